"""Card names: persons and organizations of a mirror by what they are called, or where they are.

The mirror finds a record by its whole name. What only begins so, and who else is at a domain, is
found in a list that is read once and counts for a minute; a hit is read again before it is shown.
"""

import asyncio
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from enum import StrEnum
from heapq import nsmallest
from typing import Final, NamedTuple, TypeVar

import msgspec
import sqlalchemy as sa

from dealwright.core import identifier
from dealwright.core.clock import Clock, to_ms
from dealwright.core.errors import DealwrightError
from dealwright.core.mailproviders import PUBLIC_DOMAINS
from dealwright.core.record import Organization, Person, RecordKind
from dealwright.pipeline.cardmirror import Eye, by_id
from dealwright.pipeline.mirrored import name_of
from dealwright.pipeline.pace import Pace
from dealwright.pipeline.verify import folded
from dealwright.store.engine import Store
from dealwright.store.mirror import by_keys, state
from dealwright.store.mirror_people import known_people, organization_names
from dealwright.store.webhooks import alive

T = TypeVar("T")

#: For so long a list counts; whoever is added meanwhile is found by the next one.
LIFETIME_S: Final = 60.0
#: Nobody is believed to be nobody by a list that is older.
YOUNG_S: Final = 5.0
#: So many are shown; of more a better word finds less.
MOST: Final = 25
_FEW: Final = 5


class Trust(StrEnum):
    """How far a mirror may be trusted that somebody is not there.

    `complete`: everybody was read once, some time ago; `sure`: whoever came since is known, too.
    """

    NONE = "none"
    COMPLETE = "complete"
    SURE = "sure"


# Without `gc=False` a list of 100,000 stops the process while Python looks for circles in it.
class _Person(msgspec.Struct, frozen=True, gc=False):
    id: int
    name: str
    org_id: int | None
    domains: tuple[str, ...]


class _Organization(msgspec.Struct, frozen=True, gc=False):
    id: int
    folded: str
    name: str


class _Kept(NamedTuple):
    at_s: float
    task: "asyncio.Task[tuple[object, ...]]"


class Names:
    """Finds by names in mirrors; asks nobody."""

    def __init__(self, store: Store, clock: Clock, *, pace: Pace | None = None) -> None:
        self._store = store
        self._clock = clock
        self._pace = pace or Pace()
        self._kept: dict[tuple[int, RecordKind], _Kept] = {}

    async def organizations(self, connection_id: int, typed: str) -> tuple[str, ...]:
        """Names of organizations that begin as typed, whatever the case, in order."""
        begins = folded(typed)
        there = await self._organizations(connection_id)
        return await asyncio.to_thread(_beginning, there, begins)

    async def trust(self, connection_id: int, kind: RecordKind) -> Trust:
        """How far what the mirror does not know is not there."""
        now_ms = to_ms(self._clock.now())

        def look(db: sa.Connection) -> Trust:
            states = state(db, connection_id)
            listening = bool(states) and alive(db, connection_id, now_ms)
            eye = Eye(states=states, listening=listening, now_ms=now_ms, pace=self._pace)
            if eye.whole(kind):
                return Trust.SURE
            known = states.get(kind)
            return Trust.COMPLETE if known is not None and known.complete else Trust.NONE

        return await self._store.look(look)

    async def persons(self, connection_id: int, term: str) -> tuple[Person, ...]:
        """Persons whose name has all the words; those whose name it is come first."""
        words, whole = folded(term).split(), folded(term)
        if not words:
            return ()
        ids: list[int] = []
        for oldest_s in (LIFETIME_S, YOUNG_S):
            there = await self._persons(connection_id, oldest_s)
            ids = await asyncio.to_thread(_called, there, words, whole)
            if ids:
                break
        found = await self._read(connection_id, RecordKind.PERSON, ids, Person)
        return tuple(one for one in found if all(word in folded(one.name) for word in words))

    async def called(self, connection_id: int, name: str) -> tuple[Person, ...]:
        """Persons of exactly this name; the mirror's own index finds them."""
        wanted = folded(name)
        if not wanted:
            return ()

        def look(db: sa.Connection) -> dict[int, Person]:
            key = name_of(identifier.name(wanted))
            ids = by_keys(db, connection_id, RecordKind.PERSON, [key]).get(key, [])
            return by_id(db, connection_id, RecordKind.PERSON, [int(one) for one in ids[:MOST]])

        there = await self._store.look(look)
        return tuple(one for one in there.values() if folded(one.name) == wanted)[:_FEW]

    async def at_domain(self, connection_id: int, domain: str) -> tuple[Organization, ...]:
        """Organizations of people whose addresses are at a domain; those of the most come first.

        None at a mail provider's: there everybody is.
        """
        if not domain or domain in PUBLIC_DOMAINS:
            return ()
        there = await self._persons(connection_id, LIFETIME_S)
        ids = await asyncio.to_thread(_most_at, there, domain)
        return await self._read(connection_id, RecordKind.ORGANIZATION, ids, Organization)

    async def organizations_of(
        self, connection_id: int, persons: Iterable[Person]
    ) -> dict[int, Organization]:
        """The organizations of persons, as far as they are known."""
        ids = [one.org_id for one in persons if one.org_id]
        found = await self._read(connection_id, RecordKind.ORGANIZATION, ids, Organization)
        return {one.id: one for one in found}

    # -- inside

    async def close(self) -> None:
        """Wait for what is being read."""
        await asyncio.gather(*(kept.task for kept in self._kept.values()), return_exceptions=True)

    async def _persons(self, connection_id: int, oldest_s: float) -> tuple[_Person, ...]:
        def read(db: sa.Connection) -> tuple[_Person, ...]:
            return tuple(_people(db, connection_id))

        return await self._list((connection_id, RecordKind.PERSON), read, oldest_s=oldest_s)

    async def _organizations(self, connection_id: int) -> tuple[_Organization, ...]:
        def read(db: sa.Connection) -> tuple[_Organization, ...]:
            rows = organization_names(db, connection_id)
            return tuple(_Organization(key, folded(name), name) for key, name in rows)

        key = (connection_id, RecordKind.ORGANIZATION)
        return await self._list(key, read, oldest_s=LIFETIME_S)

    async def _list(
        self,
        key: tuple[int, RecordKind],
        read: Callable[[sa.Connection], tuple[T, ...]],
        *,
        oldest_s: float,
    ) -> tuple[T, ...]:
        """A list that is young enough; whoever comes while it is read waits for the same one."""
        kept, now_s = self._kept.get(key), self._clock.monotonic_s()
        if kept is None or now_s - kept.at_s >= oldest_s or _failed(kept.task):
            task = asyncio.create_task(self._store.read(read))
            kept = self._kept[key] = _Kept(now_s, task)  # type: ignore[arg-type]
        return await asyncio.shield(kept.task)  # type: ignore[return-value]

    async def _read(
        self, connection_id: int, kind: RecordKind, ids: list[int], type_: type[T]
    ) -> tuple[T, ...]:
        if not ids:
            return ()
        there = await self._store.look(lambda db: by_id(db, connection_id, kind, ids))
        found = (there.get(one) for one in dict.fromkeys(ids))
        return tuple(one for one in found if isinstance(one, type_))


def _failed(task: "asyncio.Task[tuple[object, ...]]") -> bool:
    return task.done() and (task.cancelled() or isinstance(task.exception(), DealwrightError))


# A list may have 100,000 rows: it is gone through in a thread, beside whatever else is asked.


def _called(there: Iterable[_Person], words: Sequence[str], whole: str) -> list[int]:
    """Persons whose name has all the words; those whose name it is come first."""
    fitting = (one for one in there if all(word in one.name for word in words))

    def order(one: _Person) -> tuple[bool, bool, str, int]:
        return (one.name != whole, not one.name.startswith(whole), one.name, one.id)

    return [one.id for one in nsmallest(MOST, fitting, key=order)]


def _most_at(there: Iterable[_Person], domain: str) -> list[int]:
    """Organizations of people at a domain; those of the most come first."""
    counted = Counter(one.org_id for one in there if domain in one.domains and one.org_id)
    return [key for key, _ in counted.most_common(_FEW)]


def _beginning(there: Iterable[_Organization], begins: str) -> tuple[str, ...]:
    fitting = ((one.folded, one.name) for one in there if one.folded.startswith(begins))
    return tuple(dict.fromkeys(name for _, name in nsmallest(MOST, fitting)))


def _people(db: sa.Connection, connection_id: int) -> Iterator[_Person]:
    for one in known_people(db, connection_id):
        domains = (mail.value.rpartition("@")[2].casefold() for mail in one.emails)
        yield _Person(one.id, folded(one.name), one.org_id, tuple(filter(None, domains)))
