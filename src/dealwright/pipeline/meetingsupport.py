"""MeetingSupport: one document that tells whoever helps all they would ask for first.

The page, the presenter, who was expected to match, links to persons and deals, the Trace, and why
things stand as they do. Never a secret; personal data is masked by choice.
"""

import re
from typing import Any, Final

import msgspec
import sqlalchemy as sa

from dealwright.core.record import RecordKind
from dealwright.pipeline.meetingpage import MeetingPage, Seated, meeting_page
from dealwright.store.delivery_list import DeliveryFilter, find_deliveries
from dealwright.store.migrate import HEAD

#: Tries at its Delivery that are told of, the newest first.
_MOST: Final = 3

_EMAIL: Final = re.compile(r"[^\s<>\"',;:()\[\]]+@[^\s<>\"',;:()\[\]]+")
_NUMBER: Final = re.compile(r"\+?\d[\d\s().\-/]{5,}\d")


class Who(msgspec.Struct, frozen=True, kw_only=True):
    """A participant who was expected to match, and what came of it."""

    name: str
    contact: str
    role: str
    match: str
    person_id: int | None
    url: str


class Where(msgspec.Struct, frozen=True, kw_only=True):
    """A note or an activity, and where it stands."""

    kind: str
    state: str
    record_id: int | str | None
    url: str
    deal_url: str


class Because(msgspec.Struct, frozen=True, kw_only=True):
    """A question that the meeting raises, answered."""

    question: str
    code: str
    sentence: str


class Tried(msgspec.Struct, frozen=True, kw_only=True):
    """A Delivery of the meeting, and its Trace."""

    id: int
    state: str
    code: str
    message: str
    trace: Any


class Support(msgspec.Struct, frozen=True, kw_only=True):
    """The bundle. `version` is the hub's, `schema` its database's."""

    page: str
    id: str
    key: str
    source: str
    state: str
    revision: int
    started_at: str | None
    title: str
    conversation_type: str
    presenter: str
    connection: str
    connection_state: str
    participants: tuple[Who, ...]
    deal_id: int | None
    deal_url: str
    written: tuple[Where, ...]
    why: tuple[Because, ...]
    warnings: tuple[str, ...]
    deliveries: tuple[Tried, ...]
    version: str
    schema: str
    masked: bool


def support_bundle(db: sa.Connection, public_id: str, *, base_url: str, version: str) -> Support:
    """The bundle of a meeting; raises NotFound."""
    page = meeting_page(db, public_id, base_url=base_url)
    stored, view = page.stored, page.view
    return Support(
        page=view.url,
        id=stored.public_id,
        key=stored.key,
        source=page.source.kind,
        state=stored.state,
        revision=stored.revision,
        started_at=None if view.started_at is None else view.started_at.isoformat(),
        title=view.title,
        conversation_type=view.conversation_type or "",
        presenter=view.presenter or "",
        connection="" if page.connection is None else page.connection.name,
        connection_state=page.standing.connection,
        participants=tuple(_who(page, one) for one in page.people if one.is_guest),
        deal_id=page.deal_id,
        deal_url=page.url_of(RecordKind.DEAL, page.deal_id),
        written=tuple(
            Where(
                kind=one.kind,
                state=one.write.state,
                record_id=one.write.record_id,
                url=one.url,
                deal_url=one.deal_url,
            )
            for one in page.writes
        ),
        why=tuple(
            Because(question=one.question.value, code=one.code, sentence=one.sentence)
            for one in page.answers
        ),
        warnings=view.warnings,
        deliveries=_tried(db, stored.id),
        version=version,
        schema=HEAD,
        masked=False,
    )


def masked(bundle: Support) -> Support:
    """The bundle without names, addresses and numbers; links and ids of records stay.

    The same person has the same stand-in throughout, so that a Trace can still be followed.
    """
    names = _names(bundle)
    kept = {bundle.id, bundle.page, bundle.key, bundle.version, *_links(bundle)}
    told = _walked(msgspec.to_builtins(bundle), names, kept)
    told["title"], told["presenter"] = "(masked)", "(masked)" if bundle.presenter else ""
    told["masked"] = True
    return msgspec.convert(told, Support)


def _who(page: MeetingPage, one: Seated) -> Who:
    return Who(
        name=one.label,
        contact=one.contact,
        role=one.role.value,
        match=one.match,
        person_id=one.person_id,
        url=page.url_of(RecordKind.PERSON, one.person_id),
    )


def _tried(db: sa.Connection, meeting_id: int) -> tuple[Tried, ...]:
    found = find_deliveries(db, DeliveryFilter(meeting_id=meeting_id), limit=_MOST)
    return tuple(
        Tried(
            id=one.id,
            state=one.state.value,
            code=one.code,
            message=one.message,
            trace=None if one.trace is None else msgspec.json.decode(one.trace),
        )
        for one in found
    )


def _links(bundle: Support) -> set[str]:
    urls = {bundle.deal_url, *(one.url for one in bundle.participants)}
    return urls | {url for one in bundle.written for url in (one.url, one.deal_url)}


def _names(bundle: Support) -> dict[str, str]:
    """What stands for each name, the longest first."""
    found: dict[str, str] = {}
    for number, one in enumerate(bundle.participants, start=1):
        for text in (one.name, *one.contact.split(" · ")):
            if text:
                found.setdefault(text, f"(participant {number})")
    return dict(sorted(found.items(), key=lambda pair: -len(pair[0])))


def _walked(value: Any, names: dict[str, str], kept: set[str]) -> Any:
    if isinstance(value, str):
        return value if value in kept else _masked(value, names)
    if isinstance(value, dict):
        return {key: _walked(one, names, kept) for key, one in value.items()}  # pyright: ignore[reportUnknownVariableType, reportUnknownArgumentType]
    if isinstance(value, list | tuple):
        return [_walked(one, names, kept) for one in value]  # pyright: ignore[reportUnknownVariableType]
    return value


def _masked(text: str, names: dict[str, str]) -> str:
    for name, stand_in in names.items():
        text = re.sub(re.escape(name), stand_in, text, flags=re.IGNORECASE)
    return _NUMBER.sub("(number)", _EMAIL.sub("(address)", text))
