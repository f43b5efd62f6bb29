"""Cards: who has an address, in every Connection, and everything that stands around them.

What the mirror knows costs nothing; what is stale is asked for at once and side by side, within the
time of a card. A Connection that is slow, refused or manual never keeps another one waiting.
"""

import asyncio
from collections.abc import AsyncGenerator, Collection, Sequence
from contextlib import asynccontextmanager
from typing import Any, Final

from msgspec.structs import replace

from dealwright.cards.known import Connector, Finding
from dealwright.cards.pages.named import Named
from dealwright.core.clock import Clock
from dealwright.core.privacy import email_of
from dealwright.core.record import RecordId, RecordKind
from dealwright.core.webhook import Told
from dealwright.pipeline.cardask import Asked, normal
from dealwright.pipeline.cardcache import CardCache, Key
from dealwright.pipeline.cardfound import Ask, CardAnswer, CardFound
from dealwright.pipeline.cardlines import Line, Lines
from dealwright.pipeline.cardmeter import CardMeter
from dealwright.pipeline.cardnames import Names
from dealwright.pipeline.cardpace import CardPace
from dealwright.pipeline.cardsearch import NameSearch
from dealwright.pipeline.drain import Dial
from dealwright.pipeline.pace import Pace
from dealwright.pipeline.privacyscreen import Screen
from dealwright.store.connections import Connection, Run, connection, list_connections
from dealwright.store.engine import Store

#: The default Connection, as it is known.
AT_ONCE: Final = Ask()

#: What a card says of somebody who is on the suppression list.
SUPPRESSED: Final = (
    "This address is on the hub's suppression list: they asked not to be known here. Look in "
    "Pipedrive itself."
)

#: Of more people of a message nobody is looked for: each may cost a search.
_PEOPLE: Final = 5


class Cards:
    """Finds and gathers cards in this process; `close` it at its end."""

    def __init__(
        self,
        store: Store,
        clock: Clock,
        *,
        dial: Dial,
        base_url: str = "",
        pace: CardPace | None = None,
        mirror_pace: Pace | None = None,
        screen: Screen | None = None,
    ) -> None:
        self._store = store
        self._clock = clock
        self._screen = screen
        self._pace = pace or CardPace()
        self._lines = Lines(store, clock, dial=dial)
        self._cache = CardCache(clock, self._pace)
        #: What the cards of this process took.
        self.meter = CardMeter()
        #: Who is called what, as mirrors have it.
        self.names = Names(store, clock, pace=mirror_pace)
        self._asked = Asked(
            store=store,
            clock=clock,
            lines=self._lines,
            base_url=base_url,
            pace=self._pace,
            mirror_pace=mirror_pace or Pace(),
        )

    async def of(
        self,
        address: str,
        *,
        ask: Ask = AT_ONCE,
        people: tuple[str, ...] = (),
        name: str = "",
    ) -> CardAnswer:
        """The card of an address; what Pipedrive refuses is a card too.

        `people` are the others of the message, `name` is the sender's there. Where nobody has the
        address and others of the message are known, one of those is to be chosen. Raises
        StoreUnavailable.
        """
        begun_s = self._clock.monotonic_s()
        address = normal(address)
        if self._screen is not None and await self._screen.is_suppressed(email_of(address)):
            return CardAnswer(address=address, found=None, addable=False, says=SUPPRESSED)
        answer = await self._answer(address, ask)
        found = answer.found
        if found is not None and found.finding is Finding.NO_MATCH and people:
            found = await self._somebody(found, people, ask)
        if found is not None and found.finding is Finding.NO_MATCH:
            found = await self._maybe(found, address, name)
        answer = replace(answer, found=found, people=people, name=name)
        self.meter.shown(answer, took_s=self._clock.monotonic_s() - begun_s)
        return answer

    async def _answer(self, address: str, ask: Ask) -> CardAnswer:
        there = _wanted(await self._store.look(list_connections), ask)
        if not there:
            return CardAnswer(address=address, found=None)
        main = _main(there, ask)
        beside = [one for one in there if one.id != main.id]
        tasks = {
            one.id: asyncio.create_task(self._look(one, address, _beside(ask), whole=False))
            for one in beside
        }
        try:
            found = await self._look(main, address, ask, whole=True)
            await self._lag(tasks.values())
        finally:
            # Who is late goes on for the next card; nobody waits for it here.
            self._late(tasks.values())
        told = {key: task.result() for key, task in tasks.items() if _told(task)}
        better = _better(found, told, ask)
        if better is not None:
            one = next(one for one in beside if one.id == better)
            told[main.id] = found
            found = await self._look(one, address, ask, whole=True)
        others = tuple(
            _connector(one, told.get(one.id)) for one in there if one.id != found.connection
        )
        return CardAnswer(address=address, found=found, others=others)

    async def section(self, connection_id: int, person_id: int, section: str) -> CardFound:
        """A person with one section whole (`deal_notes:900`, `deals`, …): nothing of it is cut."""
        found = await self._store.look(lambda db: connection(db, connection_id))
        ask = Ask(connection=connection_id, person=person_id, searches=True)
        return await self._asked.look(found, "", ask, whole=True, section=section)

    async def called(
        self, term: str, *, connections: tuple[int, ...] | None = None
    ) -> tuple[Named, ...]:
        """Persons whose name has all the words of a term. Raises StoreUnavailable."""
        search = NameSearch(
            store=self._store, names=self.names, line=self.line, patience_s=self._pace.call_s
        )
        return await search.called(term, connections=connections)

    def forget(
        self,
        connection_id: int,
        *,
        kind: RecordKind | None = None,
        record_id: RecordId | None = None,
    ) -> None:
        """Let no card count that shows a record, or any of a Connection: something was written."""
        ids = () if record_id is None else (record_id,)
        self._cache.forget(connection_id, kind=kind if ids else None, ids=ids)

    def heard(self, connection_id: int, told: Told) -> None:
        """The same for what Pipedrive tells: the record, and the person that it is about."""
        kind, record_id = told.kind, told.record_id
        if kind is None or record_id is None:
            return
        self._cache.forget(connection_id, kind=kind, ids=(record_id,))
        data = told.data or told.previous or {}
        persons = {data.get("person_id"), *_participants(data.get("participants"))} - {None}
        if kind is not RecordKind.PERSON and persons:
            self._cache.forget(connection_id, kind=RecordKind.PERSON, ids=persons)

    @asynccontextmanager
    async def line(self, connection_id: int) -> AsyncGenerator[Line]:
        """The account of a Connection, to ask something for a card within its budget."""
        found = await self._store.look(lambda db: connection(db, connection_id))
        async with self._lines.line(found) as line:
            yield line

    async def settle(self) -> None:
        """Wait until nothing is asked any more."""
        await self._cache.settle()

    async def close(self) -> None:
        """End what is under way, and close the connections."""
        await self._cache.close()
        await self.names.close()
        await self._lines.close()

    # -- one Connection

    async def _look(self, one: Connection, address: str, ask: Ask, *, whole: bool) -> CardFound:
        was_kept = True

        async def look() -> CardFound:
            nonlocal was_kept
            was_kept = False
            found = await self._asked.look(one, address, ask, whole=whole)
            self.meter.paid(found)
            return found

        if one.run is Run.MANUAL and not ask.searches:
            return self._asked.manual(one)
        key = Key(one.id, address, ask.person, whole)
        found = await (self._cache.renew if ask.fresh else self._cache.get)(key, look)
        self.meter.looked(found, was_kept=was_kept)
        return found

    async def _somebody(self, nobody: CardFound, people: Sequence[str], ask: Ask) -> CardFound:
        """Others of a message whom a Connection knows, to be chosen from."""
        one = await self._store.look(lambda db: connection(db, nobody.connection))
        looks = (
            self._look(one, normal(who), ask._replace(fresh=False), whole=False)
            for who in people[:_PEOPLE]
        )
        told = await asyncio.gather(*looks)
        persons = {who.id: who for found in told for who in found.persons}
        if not persons:
            return nobody
        return replace(nobody, finding=Finding.SEVERAL, persons=tuple(persons.values()))

    async def _maybe(self, nobody: CardFound, address: str, name: str) -> CardFound:
        """Who may be meant by an address that nobody has, as far as the mirror knows; 0 tokens."""
        looks = (
            asyncio.create_task(
                self.names.at_domain(nobody.connection, address.rpartition("@")[2])
            ),
            asyncio.create_task(self.names.called(nobody.connection, name)),
        )
        await self._lag(looks)
        self._late(looks)
        at_domain, called = (task.result() if _told(task) else () for task in looks)
        return replace(nobody, organizations=at_domain, same_name=called)

    async def _lag(self, tasks: Collection[asyncio.Task[Any]]) -> None:
        if tasks:
            await asyncio.wait(tasks, timeout=self._pace.lag_s)

    def _late(self, tasks: Collection[asyncio.Task[Any]]) -> None:
        # The cache's own task lives on; only our waiting for it ends.
        for task in tasks:
            if not task.done():
                task.cancel()


def _told(task: asyncio.Task[Any]) -> bool:
    return task.done() and not task.cancelled() and task.exception() is None


def _beside(ask: Ask) -> Ask:
    """What is asked of a Connection that is not the one that is shown."""
    return ask._replace(person=0, fresh=False, searches=False)


def _wanted(there: Sequence[Connection], ask: Ask) -> list[Connection]:
    mine = [one for one in there if ask.connections is None or one.id in ask.connections]
    return [one for one in mine if one.shown or one.id == ask.connection]


def _main(there: Sequence[Connection], ask: Ask) -> Connection:
    """The Connection that is shown: that asked for, the default, the first that runs by itself."""

    def rank(one: Connection) -> tuple[bool, bool, bool, int]:
        chosen = one.id == ask.connection
        return (not chosen, not one.is_default, one.run is Run.MANUAL, one.id)

    return min(there, key=rank)


def _better(found: CardFound, told: dict[int, CardFound], ask: Ask) -> int | None:
    """Another Connection that knows whom the first one does not."""
    if ask.connection or found.finding is Finding.MATCH or found.finding is Finding.SEVERAL:
        return None
    return next((key for key, one in told.items() if one.finding is Finding.MATCH), None)


def _connector(one: Connection, found: CardFound | None) -> Connector:
    if found is not None:
        return found.connector()
    says = "It has not answered yet."
    return Connector(id=one.id, name=one.name, finding=Finding.MANUAL, says=says)


def _participants(told: object) -> set[object]:
    """Ids of persons in what a webhook tells of an activity, whatever its form."""
    found: set[object] = set()
    for one in told if isinstance(told, list) else ():  # type: ignore[reportUnknownVariableType]
        if isinstance(one, dict):
            found.add(one.get("person_id"))  # type: ignore[reportUnknownMemberType]
    return found
