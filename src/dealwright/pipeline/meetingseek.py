"""MeetingSeek: persons and deals of the mirror that somebody looks for by words."""

import re
from collections.abc import Collection, Iterable, Iterator, Mapping
from itertools import islice
from typing import Final

import msgspec
import sqlalchemy as sa

from dealwright.core.record import RecordKind
from dealwright.store.mirror import records
from dealwright.store.mirror_people import Known, known_people
from dealwright.store.tables import mirror_records

#: More nobody reads: a better word finds less.
MOST_FOUND: Final = 12

_DEAL_LINK: Final = re.compile(r"/deals?/(\d{1,15})\b")
_BATCH: Final = 2000


class FoundPerson(msgspec.Struct, frozen=True, kw_only=True):
    """A person who may be meant."""

    id: int
    name: str = ""
    email: str = ""
    organisation: str = ""


class FoundDeal(msgspec.Struct, frozen=True, kw_only=True):
    """A deal that may be meant."""

    id: int
    title: str = ""
    status: str = ""
    person_id: int | None = None


class _Named(msgspec.Struct, frozen=True):
    name: str = ""


_read_named: Final = msgspec.json.Decoder(_Named).decode
_read_deal: Final = msgspec.json.Decoder(FoundDeal).decode


def find_people(db: sa.Connection, connection_id: int, text: str) -> list[FoundPerson]:
    """Persons whose name or address has all the words; a number is an id. By name."""
    words = text.casefold().split()
    if not words:
        return []
    found = [one for one in known_people(db, connection_id) if _fits(one, words)]
    found.sort(key=lambda one: (one.name.casefold(), one.id))
    return _people(db, connection_id, found[:MOST_FOUND])


def people_named(
    db: sa.Connection, connection_id: int, ids: Collection[int]
) -> dict[int, FoundPerson]:
    """The persons of these ids, as far as the mirror knows them."""
    there = records(db, connection_id, RecordKind.PERSON, ids)
    known = [msgspec.json.decode(one.body, type=Known) for one in there.values() if not one.deleted]
    return {one.id: one for one in _people(db, connection_id, known)}


def find_deals(
    db: sa.Connection, connection_id: int, text: str, *, persons: Collection[int]
) -> list[FoundDeal]:
    """Deals whose title has all the words, newest first; without words those of `persons`."""
    words = text.casefold().split()
    fitting = (
        one
        for one in _deals(db, connection_id)
        if (all(word in one.title.casefold() for word in words) if words else True)
        and (bool(words) or one.person_id in persons)
    )
    return list(islice(fitting, MOST_FOUND))


def deal_titles(db: sa.Connection, connection_id: int, ids: Collection[int]) -> dict[int, str]:
    """The titles of deals, as far as the mirror knows them."""
    there = records(db, connection_id, RecordKind.DEAL, ids)
    deals = (_read_deal(one.body) for one in there.values() if not one.deleted)
    return {one.id: one.title for one in deals}


def deal_number(text: str) -> int | None:
    """The deal that somebody names: its number, or its address in Pipedrive; None for neither.

    >>> deal_number("https://acme.pipedrive.com/deal/12")
    12
    """
    plain = text.strip().removeprefix("#")
    if plain.isascii() and plain.isdigit() and len(plain) <= 15:
        return int(plain) or None
    hit = _DEAL_LINK.search(plain)
    return int(hit[1]) if hit else None


def _fits(one: Known, words: Iterable[str]) -> bool:
    addresses = " ".join(mail.value for mail in one.emails)
    told = f"{one.name} {addresses} {one.id}".casefold()
    return all(word in told for word in words)


def _people(db: sa.Connection, connection_id: int, known: Collection[Known]) -> list[FoundPerson]:
    names = _organisations(db, connection_id, {one.org_id for one in known if one.org_id})
    return [
        FoundPerson(
            id=one.id,
            name=one.name,
            email=one.emails[0].value if one.emails else "",
            organisation=names.get(one.org_id or 0, ""),
        )
        for one in known
    ]


def _organisations(
    db: sa.Connection, connection_id: int, ids: Collection[int]
) -> Mapping[int | str, str]:
    there = records(db, connection_id, RecordKind.ORGANIZATION, ids)
    return {key: _read_named(one.body).name for key, one in there.items() if not one.deleted}


def _deals(db: sa.Connection, connection_id: int) -> Iterator[FoundDeal]:
    mine = (
        (mirror_records.c.connection_id == connection_id)
        & (mirror_records.c.kind == RecordKind.DEAL)
        & (mirror_records.c.deleted == 0)
    )
    rows = sa.select(mirror_records.c.body).where(mine)
    newest = rows.order_by(sa.cast(mirror_records.c.record_id, sa.BigInteger).desc())
    for body in db.execute(newest.execution_options(yield_per=_BATCH)).scalars():
        yield _read_deal(body)
