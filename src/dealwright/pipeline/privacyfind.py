"""PrivacyFind: everything that the hub holds of somebody, and by what else they are known."""

from collections.abc import AsyncIterator, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Final

import msgspec
import sqlalchemy as sa

from dealwright.core.errors import ConfigError
from dealwright.core.privacy import Identity, IdentityKind, Sought, identities_in, opened_body
from dealwright.pipeline.meetingerasure import Known, known_by, meetings_with
from dealwright.store.engine import Store
from dealwright.store.meeting_keeping import hold_of
from dealwright.store.privacy_inbox import OfInbox
from dealwright.store.privacy_places import PLACES
from dealwright.store.privacy_scan import Key, Look, Place
from dealwright.store.privacy_ties import (
    ids_by_links,
    mirror_body,
    persons_by_events,
    persons_by_links,
    where_they_stand,
)
from dealwright.store.secrets import Vault


class KnownAs(msgspec.Struct, frozen=True, kw_only=True):
    """By what they are known; `via` is where that was found, `asked` for what was asked."""

    kind: IdentityKind
    value: str
    scope: int = 0
    via: str = "asked"

    @property
    def identity(self) -> Identity:
        """As what it is looked for."""
        return Identity(self.kind, self.value, self.scope)


class Placed(msgspec.Struct, frozen=True, kw_only=True):
    """How much stands in one place: rows of theirs, rows that name them, rows under a hold."""

    place: str
    theirs: int = 0
    named: int = 0
    held: int = 0


class Standing(msgspec.Struct, frozen=True, kw_only=True):
    """What stands in Pipedrive, and stays there: nobody but people of the account removes it."""

    connection: str
    person_id: int
    url: str


class Found(msgspec.Struct, frozen=True, kw_only=True):
    """Everything; `meetings` and `held` are ids of pages."""

    known_as: tuple[KnownAs, ...]
    places: tuple[Placed, ...]
    meetings: tuple[str, ...] = ()
    held: tuple[str, ...] = ()
    in_pipedrive: tuple[Standing, ...] = ()

    @property
    def sought(self) -> Sought:
        """Whom to look for."""
        return Sought(identities=frozenset(one.identity for one in self.known_as))

    @property
    def rows(self) -> int:
        """How many rows have something of them."""
        return sum(one.theirs + one.named + one.held for one in self.places)


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """Whom somebody means; without `follow` nothing but what was asked is looked for."""

    identities: tuple[Identity, ...]
    follow: bool = True

    def __post_init__(self) -> None:
        """See that somebody is meant; raises ConfigError (`invalid_person`)."""
        if not self.identities:
            raise ConfigError(
                "Name somebody: by e-mail address, number, user id, or person of Pipedrive.",
                code="invalid_person",
            )


def places(vault: Vault) -> tuple[Place, ...]:
    """Where somebody is looked for."""
    return (*PLACES, OfInbox(opened=vault.open))


@dataclass(slots=True)
class _Ties:
    known: dict[Identity, KnownAs] = field(default_factory=dict[Identity, KnownAs])

    def add(self, found: Iterable[Identity], via: str) -> None:
        for one in found:
            told = KnownAs(kind=one.kind, value=one.value, scope=one.scope, via=via)
            if one not in self.known and one.anywhere not in self.known:
                self.known[one] = told

    @property
    def sought(self) -> Sought:
        return Sought(identities=frozenset(self.known))


#: Where the first of the places is told of events, by whose ids others are known.
_EVENTS: Final = PLACES[0]
_MIRROR: Final = next(one for one in PLACES if one.name == "mirror: persons")


async def known_as(store: Store, asked: Asked) -> tuple[KnownAs, ...]:
    """What they are known by: what was asked, and with `follow` what that leads to in one step."""
    ties = _Ties()
    ties.add(asked.identities, "asked")
    if not asked.follow:
        return tuple(ties.known.values())
    asked_for = ties.sought
    for connection_id, record_id in asked_for.persons:
        found = await store.read(lambda db, c=connection_id, r=record_id: mirror_body(db, c, r))
        ties.add(found, "the mirror")
    seeds = ties.sought
    await _from_events(store, seeds, ties)
    async for look in walk(store, _MIRROR, seeds):
        for hit in look.hits:
            if not hit.is_theirs:
                continue
            key = (hit.row["connection_id"], str(hit.row["record_id"]))
            ties.add([Identity(IdentityKind.PERSON, key[1], key[0])], "the mirror")
            ties.add(await store.read(lambda db, key=key: mirror_body(db, *key)), "the mirror")

    def linked(db: sa.Connection) -> list[Identity]:
        persons = [*persons_by_links(db, ties.sought), *persons_by_events(db, seeds.events)]
        return [*persons, *ids_by_links(db, asked_for.persons)]

    ties.add(await store.read(linked), "a link or a delivery")
    return tuple(ties.known.values())


async def _from_events(store: Store, seeds: Sought, ties: _Ties) -> None:
    async for look in walk(store, _EVENTS, seeds):
        for hit in look.hits:
            body = opened_body(hit.row["payload"], hit.row["envelope"]) if hit.is_theirs else None
            if body is not None:
                found = identities_in(body, source_id=hit.row["source_id"])
                ties.add(found, f"event {hit.row['seq']}")


async def walk(store: Store, place: Place, sought: Sought, after: Key = ()) -> AsyncIterator[Look]:
    """Look through a place, a window at a time."""
    following: Key | None = after
    while following is not None:
        look = await store.read(lambda db, key=following: place.look(db, sought, key))
        yield look
        following = look.following


async def find(store: Store, vault: Vault, asked: Asked) -> Found:
    """Everything of somebody; reads the whole store, some of it at a time.

    Raises StoreUnavailable, and ConfigError (`wrong_key`).
    """
    told = await known_as(store, asked)
    sought = Sought(identities=frozenset(one.identity for one in told))
    counted: list[Placed] = []
    for place in places(vault):
        theirs = named = held = 0
        async for look in walk(store, place, sought):
            mine = sum(hit.is_theirs for hit in look.hits)
            theirs, named, held = theirs + mine, named + len(look.hits) - mine, held + look.held
        if theirs or named or held:
            counted.append(Placed(place=place.name, theirs=theirs, named=named, held=held))
    pages = await store.read(lambda db: _meetings(db, sought))
    stands = await store.read(lambda db: where_they_stand(db, sought.persons))
    return Found(
        known_as=told,
        places=tuple(counted),
        meetings=tuple(page for page, held in pages if not held),
        held=tuple(page for page, held in pages if held),
        in_pipedrive=tuple(
            Standing(connection=name, person_id=number, url=url) for name, number, url in stands
        ),
    )


def known_of(sought: Sought) -> Known | None:
    """As what meetings know them; None where no address and no number is known."""
    known = [known_by(email=one) for one in sorted(sought.emails) if _is_usual(one)]
    known += [known_by(phone=one) for one in sorted(sought.phones)]
    if not known:
        return None
    return Known(
        emails=tuple(email for one in known for email in one.emails),
        phones=tuple(phone for one in known for phone in one.phones),
    )


def _is_usual(email: str) -> bool:
    try:
        known_by(email=email)
    except ConfigError:
        return False
    return True


def _meetings(db: sa.Connection, sought: Sought) -> Sequence[tuple[str, bool]]:
    known = known_of(sought)
    if known is None:
        return []
    found = [stored for stored, _ in meetings_with(db, known)]
    return [(one.public_id, hold_of(db, one.id) is not None) for one in found]
