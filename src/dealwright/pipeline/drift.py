"""Drift: compares what an account tells with what it told before, and mends who depends on it.

Nothing is asked for here: lists are compared when they have been told anew, for whatever reason.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import msgspec
import sqlalchemy as sa

from dealwright.core.action import Action
from dealwright.core.catalogue import TYPES, AccountList
from dealwright.core.drift import WATCHED, Change, Thing, changes, proposed, said, stands
from dealwright.core.drift import things as things_of
from dealwright.core.driftuses import (
    Mention,
    Subject,
    SubjectKind,
    as_known,
    of_defaults,
    of_mapping,
    of_meetings,
)
from dealwright.meetings.settings import MeetingSettings
from dealwright.store.catalogue import Kept, kept, moments
from dealwright.store.connections import Connection, connection
from dealwright.store.drift import (
    Drift,
    DriftState,
    NewDrift,
    add_drift,
    compared_at,
    end_drift,
    held_by_drift,
    list_drifts,
    names_before,
    put_names,
    release_held,
)
from dealwright.store.drift import of_mapping as drifts_of_mapping
from dealwright.store.mappings import enabled_mappings
from dealwright.store.meeting_sources import list_meeting_sources

Actions = Mapping[str, Action]
Told = Mapping[AccountList, tuple[Thing, ...]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Noticed:
    """What a comparison came to: drifts that are new, that ended, and Deliveries let go on."""

    new: int = 0
    ended: int = 0
    released: int = 0


def notice(db: sa.Connection, connection_id: int, *, actions: Actions, now_ms: int) -> Noticed:
    """Compare the lists that were told since, mark who depends on what changed, release the rest.

    Costs a few reads and no token.
    """
    one = connection(db, connection_id)
    fresh = _fresh(db, connection_id)
    new = 0
    if fresh:
        everyone = subjects(db, one, actions)
        new = sum(
            add_drift(db, found, now_ms=now_ms)
            for name, (before, after) in fresh.items()
            for change in changes(name, before, after)
            for found in _found(one.id, change, after, everyone)
        )
    ended = _settle(db, one, actions=actions, now_ms=now_ms)
    return Noticed(new=new, ended=ended, released=release(db, connection_id, now_ms=now_ms))


def told(db: sa.Connection, connection_id: int) -> dict[AccountList, tuple[Thing, ...]]:
    """The Things of an account as they were told last, by list."""
    there = kept(db, connection_id, lists=WATCHED)
    return {AccountList(name): _things(AccountList(name), one) for name, one in there.items()}


def subjects(db: sa.Connection, one: Connection, actions: Actions) -> list[Subject]:
    """Whoever names Things of an account: enabled Mappings, Sources of meetings, defaults."""
    return [
        *(
            Subject(
                kind=SubjectKind.MAPPING,
                id=found.id,
                name=found.name,
                body=found.fields,
                find=of_mapping(actions[found.action], found.fields),
                version=found.version,
            )
            for found in enabled_mappings(db, one.id)
            if found.action in actions
        ),
        *_sources(db, one),
        _defaults(one),
    ]


def release(db: sa.Connection, connection_id: int, *, now_ms: int) -> int:
    """Let go on what is held for drifts that are over; says how many Deliveries."""
    released = 0
    for mapping_id in held_by_drift(db, connection_id):
        found = drifts_of_mapping(db, connection_id, mapping_id)
        if any(one.state is DriftState.OPEN for one in found):
            continue
        version = max((one.mended_version for one in found), default=0)
        released += release_held(db, connection_id, mapping_id, version=version, now_ms=now_ms)
    return released


def subject_of(db: sa.Connection, found: Drift, actions: Actions) -> Subject | None:
    """Whom a drift concerns, as they are now; None where they are no more."""
    everyone = subjects(db, connection(db, found.connection_id), actions)
    mine = (one for one in everyone if (one.kind, one.id) == (found.subject, found.subject_id))
    return next(mine, None)


def mentions_of(found: Drift, subject: Subject) -> list[Mention]:
    """Where the name stands that a drift is about."""
    return [one for one in subject.find(found.list, found.thing) if one.text == found.ref]


def _fresh(
    db: sa.Connection, connection_id: int
) -> dict[AccountList, tuple[tuple[Thing, ...], tuple[Thing, ...]]]:
    """Lists that were told since they were compared last: before and after."""
    at, known = moments(db, connection_id), compared_at(db, connection_id)
    newer = [name for name in WATCHED if name in at and at[name] > known.get(name, -1)]
    if not newer:
        return {}
    before = names_before(db, connection_id, lists=newer)
    there = kept(db, connection_id, lists=newer)
    found: dict[AccountList, tuple[tuple[Thing, ...], tuple[Thing, ...]]] = {}
    for name in newer:
        put_names(db, connection_id, name=name, kept=there[name])
        if name in before and before[name].body != there[name].body:
            found[name] = (_things(name, before[name]), _things(name, there[name]))
    return found


def _things(name: AccountList, there: Kept) -> tuple[Thing, ...]:
    try:
        return things_of(name, msgspec.json.decode(there.body, type=TYPES[name]))
    except msgspec.DecodeError:
        # An earlier program kept it in another form: it is told anew within the hour.
        return ()


def _found(
    connection_id: int, change: Change, after: tuple[Thing, ...], everyone: list[Subject]
) -> Iterator[NewDrift]:
    """Who names what has changed, once for each name that is used."""
    for subject in everyone:
        known = _known(change, subject)
        there = [as_known(subject.kind, one) for one in after]
        for ref in {one.text for one in subject.find(change.list, change.before)}:
            breaks = not stands(known.before, ref, there)
            if breaks or _is_renamed(change):
                yield NewDrift(
                    connection_id=connection_id,
                    subject=subject.kind,
                    subject_id=subject.id,
                    list=change.list,
                    ref=ref,
                    thing=change.before,
                    after=change.after.name if change.after else "",
                    sentence=said(change),
                    mend=proposed(known, ref, there) if breaks else "",
                    breaks=breaks,
                )


def _known(change: Change, subject: Subject) -> Change:
    after = change.after and as_known(subject.kind, change.after)
    return change._replace(before=as_known(subject.kind, change.before), after=after)


def _is_renamed(change: Change) -> bool:
    return change.after is not None and change.after.name != change.before.name


def _settle(db: sa.Connection, one: Connection, *, actions: Actions, now_ms: int) -> int:
    """End drifts whose name leads somewhere again, or that nobody uses any more."""
    standing = list_drifts(db, connection_id=one.id, states=[DriftState.OPEN])
    if not standing:
        return 0
    now = told(db, one.id)
    everyone = {(subject.kind, subject.id): subject for subject in subjects(db, one, actions)}
    ended = 0
    for found in standing:
        subject = everyone.get((found.subject, found.subject_id))
        state = _ended(found, subject, now.get(found.list))
        if state is not None:
            version = subject.version if subject and state is DriftState.MENDED else 0
            ended += end_drift(db, found.id, state=state, now_ms=now_ms, mended_version=version)
    return ended


def _ended(
    found: Drift, subject: Subject | None, there: tuple[Thing, ...] | None
) -> DriftState | None:
    if subject is None or not mentions_of(found, subject):
        return DriftState.MENDED
    if there is None:
        return None
    if not found.breaks:
        back = any(one.beside(found.thing) and one.name == found.thing.name for one in there)
        return DriftState.RECOVERED if back else None
    known, now = (
        as_known(found.subject, found.thing),
        [as_known(found.subject, one) for one in there],
    )
    return DriftState.RECOVERED if stands(known, found.ref, now) else None


def _sources(db: sa.Connection, one: Connection) -> Iterator[Subject]:
    usual = MeetingSettings().conversation_type.default
    for found in list_meeting_sources(db):
        if found.connection_id not in {None, one.id}:
            continue
        body: dict[str, Any] = msgspec.to_builtins(found.settings)
        yield Subject(
            kind=SubjectKind.SOURCE,
            id=found.source_id,
            name=found.name,
            body=body,
            find=of_meetings(body, usual_type=usual),
        )


def _defaults(one: Connection) -> Subject:
    chosen = one.defaults
    body: dict[str, dict[str, str]] = {
        "match_fields": {str(kind): text for kind, text in chosen.match_fields.items()},
        "external_id_fields": {str(kind): text for kind, text in chosen.external_id_fields.items()},
    }
    return Subject(
        kind=SubjectKind.CONNECTION,
        id=one.id,
        name=one.name,
        body=body,
        find=of_defaults(body),
    )
