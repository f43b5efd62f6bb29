"""One Connection and one address: found in the mirror, by a poll or by a search; then gathered."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import sqlalchemy as sa
from msgspec.structs import replace

from dealwright.cards.known import Finding, Known, Part
from dealwright.cards.section import parts_needed, switches
from dealwright.core import identifier
from dealwright.core.clock import Clock, to_ms
from dealwright.core.errors import ConfigError, MappingError, NotFound, UpstreamError
from dealwright.core.identifier import Identifier
from dealwright.core.record import Labelled, Person, RecordKind
from dealwright.pipedrive import cardcalls
from dealwright.pipedrive.urls import company_of
from dealwright.pipeline.cardfound import Ask, CardFound
from dealwright.pipeline.cardgather import Gathering, Subject
from dealwright.pipeline.cardlines import Line, Lines
from dealwright.pipeline.cardmirror import Seen, Shelf, shelf, taught_person
from dealwright.pipeline.cardpace import CardPace
from dealwright.pipeline.cardparts import OUT_OF_USE, Asking, Trouble, trouble_of
from dealwright.pipeline.freshen import Polls
from dealwright.pipeline.mirrored import row_of
from dealwright.pipeline.pace import Pace
from dealwright.pipeline.switch import take_out
from dealwright.pipeline.verdict import verdict_of
from dealwright.pipeline.verify import carries
from dealwright.store.connections import Connection, ConnectionState
from dealwright.store.engine import Store
from dealwright.store.mirror import put_records

#: A mirror that nobody has freshened for so long may be many pages behind: a search is one call.
_POLL_MS: Final = 3_600_000

#: What settings can switch off. Modules of sections are found here, not while somebody waits.
_SWITCHES: Final = tuple(switches())

#: What somebody can put right only elsewhere.
_LIMITED: Final = "Pipedrive's API tokens or requests are used up for now."


@dataclass(slots=True, kw_only=True)
class _Case:
    """One address in one Connection."""

    shelf: Shelf
    line: Line
    asking: Asking
    address: str
    keys: tuple[Identifier, ...]
    ask: Ask
    section: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """Answers for one Connection at a time."""

    store: Store
    clock: Clock
    lines: Lines
    base_url: str
    pace: CardPace
    mirror_pace: Pace

    async def look(
        self, one: Connection, address: str, ask: Ask, *, whole: bool, section: str = ""
    ) -> CardFound:
        """What a Connection says of an address. Raises StoreUnavailable."""
        keys = addresses(address)
        now_ms = to_ms(self.clock.now())

        def there(db: sa.Connection) -> tuple[int, Shelf]:
            person = ask.person or taught_person(db, one.id, keys)
            return person, shelf(
                db,
                one.id,
                keys,
                person_id=person,
                now_ms=now_ms,
                pace=self.mirror_pace,
                blind=ask.fresh,
            )

        person, known = await self.store.look(there)
        asking = Asking(
            pace=self.pace, until_s=asyncio.get_running_loop().time() + self.pace.whole_s
        )
        try:
            async with self.lines.line(known.found) as line:
                case = _Case(
                    shelf=known,
                    line=line,
                    asking=asking,
                    address=address,
                    keys=keys,
                    ask=ask._replace(person=person),
                    section=section,
                )
                found = await self._answered(case, whole=whole)
                return _billed(found, line)
        except (ConfigError, NotFound) as error:
            return _troubled(known.found, trouble_of(error, now_ms=now_ms))

    def manual(self, one: Connection) -> CardFound:
        """A Connection that is asked only by hand."""
        return CardFound(
            connection=one.id,
            name=one.name,
            company=company_of(one.base_url),
            finding=Finding.MANUAL,
        )

    async def _answered(self, case: _Case, *, whole: bool) -> CardFound:
        found = case.shelf.found
        out = _out_of_use(case.shelf)
        if out is not None:
            return await self._last_known(case, out, whole=whole)
        try:
            subjects = await case.asking.call(lambda: self._who(case))
        except (UpstreamError, TimeoutError) as error:
            await self._note_trouble(case, error)
            trouble = trouble_of(error, now_ms=case.shelf.eye.now_ms)
            return await self._last_known(case, trouble, whole=whole)
        if not subjects:
            return await self._nobody(case, whole=whole)
        if len(subjects) > 1:
            persons = tuple(who for one in subjects if (who := one.person or one.hint))
            return replace(_found(found, Finding.SEVERAL), persons=persons)
        if not whole:
            person = subjects[0].person or subjects[0].hint
            return replace(_found(found, Finding.MATCH), persons=(person,) if person else ())
        return await self._whole(case, subjects[0])

    async def _whole(self, case: _Case, subject: Subject) -> CardFound:
        gathering = self._gathering(case)
        known = await gathering.known(subject, case.address)
        refused = case.asking.refused
        if refused is not None:
            await self._note_trouble(case, refused)
            trouble = trouble_of(refused, now_ms=case.shelf.eye.now_ms)
            return _troubled(case.shelf.found, trouble, known=known if known.person else None)
        if known.person is None and Part.PERSON in known.missing:
            now_ms = case.shelf.eye.now_ms
            errors: Sequence[Exception] = [*case.asking.errors, TimeoutError()]
            return _troubled(case.shelf.found, trouble_of(errors[0], now_ms=now_ms))
        if known.person is None or known.person.is_deleted or not _fits(known, case):
            return await self._nobody(case, whole=True)
        return replace(_found(case.shelf.found, Finding.MATCH), known=known)

    async def _nobody(self, case: _Case, *, whole: bool) -> CardFound:
        found = _found(case.shelf.found, Finding.NO_MATCH)
        if not whole:
            return found
        lists = await self._gathering(case).lists()
        forbidden = case.shelf.settings.writes_forbidden
        return replace(found, lists=lists, writes_forbidden=forbidden)

    async def _last_known(self, case: _Case, trouble: Trouble, *, whole: bool) -> CardFound:
        """A Connection that cannot be asked, with what was known of the person before."""
        person = next(iter(case.shelf.persons.items), None)
        if not whole or not isinstance(person, Person):
            return _troubled(case.shelf.found, trouble)
        case.asking.quiet = True
        known = await self._gathering(case).known(Subject(person.id, person), case.address)
        return _troubled(case.shelf.found, trouble, known=known)

    def _gathering(self, case: _Case) -> Gathering:
        off = case.shelf.settings.off(_SWITCHES)
        return Gathering(
            store=self.store,
            shelf=case.shelf,
            line=case.line,
            asking=case.asking,
            parts=parts_needed(off),
            sections_off=off,
            base_url=self.base_url,
            pace=self.pace,
            whole=case.section,
        )

    # -- who it is

    async def _who(self, case: _Case) -> list[Subject]:
        seen = case.shelf.persons
        if seen.sure and seen.items:
            return [Subject(one.id, one) for one in seen.items]
        if case.ask.person:
            return [Subject(case.ask.person, None, _org(seen))]
        if seen.items:
            return await self._read_again(case, seen)
        if seen.sure:
            return []
        return await self._searched(case)

    async def _read_again(self, case: _Case, seen: Seen) -> list[Subject]:
        """Persons who may have changed; 1 token each, with everything else where it is one."""
        if len(seen.items) == 1:
            return [Subject(seen.items[0].id, None, seen.items[0].org_id, seen.items[0])]
        read = case.line.records.get
        some = await asyncio.gather(*(read(RecordKind.PERSON, one.id) for one in seen.items))
        there = [one for one in some if isinstance(one, Person) and not one.is_deleted]
        mine = [one for one in there if any(carries(one, key, region=None) for key in case.keys)]
        return [Subject(one.id, one) for one in mine]

    async def _searched(self, case: _Case) -> list[Subject]:
        eye, found = case.shelf.eye, case.shelf.found
        known = eye.states.get(RecordKind.PERSON)
        fresh_ms = 0 if known is None else known.fresh_at_ms or 0
        if known is not None and known.complete and fresh_ms >= eye.now_ms - _POLL_MS:
            polls = Polls(self.store, connection_id=found.id, region=found.defaults.region)
            await polls.catch_up(case.line.records, known, now_ms=eye.now_ms)
            again = await self.store.look(
                lambda db: shelf(
                    db, found.id, case.keys, person_id=0, now_ms=eye.now_ms, pace=eye.pace
                )
            )
            return [Subject(one.id, one) for one in again.persons.items]
        for key in case.keys:
            hits = await cardcalls.who_has(case.line.client, key.value)
            if mine := [one for one in hits if key.value in _normal(one.emails or ())]:
                return await self._subjects(case, mine)
        return []

    async def _subjects(self, case: _Case, hits: Sequence[cardcalls.Hit]) -> list[Subject]:
        if len(hits) == 1:
            hint = _hint(hits[0])
            return [Subject(hint.id, None, hint.org_id, hint)]
        # An index keeps the deleted: of several everybody is looked at, in one call.
        told = await cardcalls.persons(case.line.client, [hit.id for hit in hits])
        there = [one for one in told if not one.is_deleted]
        await self._learn(case, there)
        return [Subject(one.id, one) for one in there]

    async def _learn(self, case: _Case, persons: Sequence[Person]) -> None:
        eye, found = case.shelf.eye, case.shelf.found
        if RecordKind.PERSON not in eye.states or not persons:
            return
        rows = [
            row_of(
                one,
                RecordKind.PERSON,
                checked_at_ms=eye.now_ms,
                exact=True,
                region=found.defaults.region,
            )
            for one in persons
        ]
        await self.store.write(lambda db: put_records(db, found.id, rows))

    async def _note_trouble(self, case: _Case, error: Exception) -> None:
        """What is wrong with the account as a whole is known to the drains, too."""
        trouble = verdict_of(error, attempts=1, merged=False, pace=self.mirror_pace)
        found = case.shelf.found
        if trouble.account is not None and isinstance(error, UpstreamError):
            now_ms = to_ms(self.clock.now())
            await self.store.write(
                lambda db: take_out(
                    db, found.id, signed_in=found.signed_in, trouble=trouble, now_ms=now_ms
                )
            )


def normal(address: str) -> str:
    """An address as cards are kept by it."""
    found = _email(address)
    return address.strip().lower() if found is None else found.value


def addresses(address: str) -> tuple[Identifier, ...]:
    """What an address is looked for by: itself, then itself without what follows a plus."""
    whole = _email(address)
    if whole is None:
        return ()
    local, _, domain = whole.value.rpartition("@")
    plain = local.partition("+")[0]
    untagged = _email(f"{plain}@{domain}") if plain and plain != local else None
    return (whole,) if untagged is None else (whole, untagged)


def _email(raw: str) -> Identifier | None:
    try:
        return identifier.email(raw)
    except MappingError:
        return None


def _normal(emails: Sequence[str]) -> set[str]:
    return {found.value for raw in emails if (found := _email(raw))}


def _hint(hit: cardcalls.Hit) -> Person:
    org = hit.organization
    emails = tuple(Labelled(value=one) for one in hit.emails or ())
    return Person(
        id=hit.id, name=hit.name or "", emails=emails, org_id=None if org is None else org.id
    )


def _org(seen: Seen) -> int | None:
    return seen.items[0].org_id if seen.items else None


def _fits(known: Known, case: _Case) -> bool:
    """A search's index lags, and a hint may be wrong: the person has the address, or was chosen."""
    person = known.person
    if case.ask.person or person is None:
        return person is not None
    return any(carries(person, key, region=None) for key in case.keys)


def _out_of_use(known: Shelf) -> Trouble | None:
    """Why a Connection cannot be asked, as far as that is known without asking."""
    now = known.condition
    if now.state is ConnectionState.OK:
        return None
    return Trouble(
        finding=OUT_OF_USE[now.state], says=now.sentence or _LIMITED, until_ms=now.until_ms
    )


def _found(one: Connection, finding: Finding) -> CardFound:
    company = company_of(one.base_url)
    return CardFound(connection=one.id, name=one.name, company=company, finding=finding)


def _troubled(one: Connection, trouble: Trouble, *, known: Known | None = None) -> CardFound:
    found = _found(one, trouble.finding)
    return replace(found, says=trouble.says, until=trouble.until, known=known)


def _billed(found: CardFound, line: Line) -> CardFound:
    return replace(found, calls=len(line.bill.calls), tokens=line.bill.tokens)
