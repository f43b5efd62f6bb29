"""Somebody is planted in every place of the hub, erased, and searched for in every byte."""

import asyncio
import io
import zipfile
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import msgspec
import pytest
import sqlalchemy as sa
from tests.clock import ManualClock
from tests.events import identify, track
from tests.hub import Hub, new_sandbox, open_hub
from tests.journeys.meetings.log import Log, met

from dealwright.core.clock import to_ms
from dealwright.core.delivery import State
from dealwright.core.mapping import MatchDefaults
from dealwright.core.people import CLI
from dealwright.core.privacy import REMOVED, IdentityKind, asked_for
from dealwright.core.record import RecordKind
from dealwright.meetings.meeting import Attendee, Segment
from dealwright.pipeline.meetingkeeping import hold_meeting
from dealwright.pipeline.privacyerase import Eraser, Wish
from dealwright.pipeline.privacyexport import export
from dealwright.pipeline.privacyfind import Asked, Found, find
from dealwright.pipeline.privacykeys import opened_keys
from dealwright.pipeline.privacylist import Listing
from dealwright.pipeline.privacyproof import ProofRefused, is_about, verified
from dealwright.pipeline.privacyruns import tend
from dealwright.sandbox.app import Sandbox
from dealwright.store.append import RejectRow
from dealwright.store.audit import entries, record
from dealwright.store.card_acts import NewAct, queue_act
from dealwright.store.columns import metadata
from dealwright.store.events import count_events, recent_events
from dealwright.store.meetings import meeting
from dealwright.store.mirror import counts, records
from dealwright.store.privacy import erasure
from dealwright.store.secrets import Vault, generate_key

EMAIL = "canary.person@birds.example"
PHONE = "+46701112233"
USER = "u-canary-seven"
NAME = "Canaria Birdsong"
#: What must not be found anywhere, as bytes; case does not count.
CANARIES = (b"canary.person", b"birds.example", b"701112233", b"u-canary-seven", b"canaria")

OTHER = "otto@else.example"
ASKED = Asked(identities=asked_for(email=EMAIL))


class Aviary:
    """A hub in which somebody has lived, and what erases them."""

    def __init__(self, hub: Hub, pipedrive: Sandbox, folder: Path) -> None:
        self.hub = hub
        self.pipedrive = pipedrive
        self.vault = Vault([generate_key()])
        self.eraser = Eraser(store=hub.store, clock=hub.clock, vault=self.vault, media=folder)

    async def live(self) -> None:
        """Everything that leaves a trace of somebody."""
        hub = self.hub
        self.pipedrive.put_state(
            {"persons": [{"id": 42, "name": NAME, "emails": [EMAIL], "phones": [PHONE]}]}
        )
        await hub.run_until_idle()
        await hub.send(
            identify(USER, email=EMAIL, name=NAME, phone=PHONE),
            track(USER, "Order Completed", total=7),
            identify("u-otto", email=OTHER, name="Otto", referred_by=f"My aunt <{EMAIL}>"),
        )
        await hub.run_until_idle()
        await self._reject()
        await Log(hub, self.pipedrive).hear(MET)
        # And something that is still to be done.
        await hub.send(identify(USER, email=EMAIL, plan="pro"))
        await hub.store.write(self._press)

    async def _reject(self) -> None:
        row = RejectRow(1, 1, "missing_id", f"For {EMAIL}", f'{{"email":"{EMAIL}"}}'.encode())
        await self.hub._acceptor.accept([], [row])

    def _press(self, db: sa.Connection) -> None:
        body = msgspec.json.encode({"email": EMAIL, "name": NAME})
        queue_act(
            db,
            NewAct(1, 1, "Ada", "unknown_op", "n-1", body, f"person:email={EMAIL}"),
            now_ms=to_ms(self.hub.clock.now()),
        )

    async def find(self, asked: Asked = ASKED) -> Found:
        return await find(self.hub.store, self.vault, asked)

    async def erase(self, wish: Wish | None = None) -> int:
        number = await self.begin(wish)
        await self.hub.pumped(self.eraser.run(number))
        return number

    async def begin(self, wish: Wish | None = None) -> int:
        return await self.eraser.begin(await self.find(), wish or Wish(), by=CLI)

    async def leaks(self) -> list[str]:
        """Where a canary is still to be read."""
        return await asyncio.to_thread(self._leaks)

    def _leaks(self) -> list[str]:
        path = self.hub.store.path
        if path is not None:
            return [
                f"{file.name}: {canary.decode()}"
                for file in path.parent.iterdir()
                if file.is_file()
                for canary in CANARIES
                if canary in file.read_bytes().lower()
            ]
        with self.hub.store.snapshot() as db:
            return [
                f"{table.name}: {canary.decode()}"
                for table in metadata.sorted_tables
                for canary in CANARIES
                if canary in _dumped(db, table)
            ]


MET = met(
    Attendee(name=NAME, emails=(EMAIL,), phones=(PHONE,)),
    Attendee(name="Otto Else", emails=(OTHER,)),
    transcript=(
        Segment(start=1.0, speaker=NAME, text=f"Write to {EMAIL}, or call 070-111 22 33."),
        Segment(start=5.0, speaker="Otto Else", text="Thanks, Canaria."),
    ),
)


def _dumped(db: sa.Connection, table: sa.Table) -> bytes:
    values = [value for row in db.execute(sa.select(table)) for value in row if value is not None]
    return b"\n".join(
        bytes(one) if isinstance(one, bytes | memoryview) else str(one).encode() for one in values
    ).lower()


@pytest.fixture
async def aviary(clock: ManualClock, tmp_path: Path) -> AsyncGenerator[Aviary]:
    """A hub that mirrors an account, on SQLite."""
    async with _opened(f"sqlite:///{tmp_path / 'dealwright.db'}", clock, tmp_path) as made:
        yield made


@pytest.fixture
async def either(database: str, clock: ManualClock, tmp_path: Path) -> AsyncGenerator[Aviary]:
    """The same on either database."""
    async with _opened(database, clock, tmp_path) as made:
        yield made


@asynccontextmanager
async def _opened(database: str, clock: ManualClock, tmp_path: Path) -> AsyncGenerator[Aviary]:
    pipedrive = new_sandbox(clock)
    async with open_hub(database, clock=clock) as hub:
        defaults = MatchDefaults(region="SE")
        await hub.connect(pipedrive, defaults=defaults, mirrored=[RecordKind.PERSON])
        yield Aviary(hub, pipedrive, tmp_path / "media")


async def test_after_an_erasure_no_byte_of_them_is_left(either: Aviary) -> None:
    await either.live()
    assert await either.leaks()
    await either.erase()
    assert await either.leaks() == []


async def test_they_are_found_in_every_place(either: Aviary) -> None:
    await either.live()
    found = await either.find()
    assert {one.place for one in found.places} >= {
        *("events", "rejects", "deliveries", "links", "journal", "written", "mirror: persons"),
        "card buttons",
    }
    assert len(found.meetings) == 1


async def test_an_address_leads_to_the_user_id_and_the_person(aviary: Aviary) -> None:
    await aviary.live()
    known = {(one.kind, one.value) for one in (await aviary.find()).known_as}
    assert known == {
        (IdentityKind.EMAIL, EMAIL),
        (IdentityKind.PHONE, PHONE),
        (IdentityKind.USER_ID, USER),
        (IdentityKind.PERSON, "42"),
    }


async def test_who_only_names_them_is_not_them(aviary: Aviary) -> None:
    await aviary.live()
    known = {one.value for one in (await aviary.find()).known_as}
    assert "u-otto" not in known


async def test_nothing_leads_further_where_only_what_is_named_is_meant(aviary: Aviary) -> None:
    await aviary.live()
    found = await aviary.find(Asked(identities=asked_for(user_id=USER), follow=False))
    assert [one.value for one in found.known_as] == [USER]


async def test_the_log_keeps_its_numbers(aviary: Aviary) -> None:
    await aviary.live()
    before = await aviary.hub.store.read(count_events)
    await aviary.erase()
    assert await aviary.hub.store.read(count_events) == before


async def test_the_event_of_somebody_else_stays_without_their_name(aviary: Aviary) -> None:
    await aviary.live()
    await aviary.erase()
    events = await aviary.hub.store.read(lambda db: recent_events(db, limit=10))
    bodies = [msgspec.json.decode(one.payload) for one in events]
    (of_otto,) = [one for one in bodies if one.get("userId") == "u-otto"]
    assert of_otto["traits"]["email"] == OTHER
    assert EMAIL not in of_otto["traits"]["referred_by"]


async def test_what_was_still_to_be_done_of_them_is_not_done(aviary: Aviary) -> None:
    await aviary.live()
    await aviary.erase()
    writes = len(aviary.pipedrive.calls)
    await aviary.hub.run_until_idle()
    changed = [one for one in aviary.pipedrive.calls[writes:] if one.method != "GET"]
    assert changed == []


async def test_a_delivery_that_waited_is_dropped_with_a_code(aviary: Aviary) -> None:
    await aviary.live()
    await aviary.hub.send(identify(USER, email=EMAIL, name="Canaria Newname"))
    aviary.pipedrive.add_fault(method="PATCH", path="/api/v2/persons", status=503)
    await aviary.hub.run_once()
    await aviary.erase()
    await aviary.hub.look()
    codes = {(one.now.state, one.now.code) for one in aviary.hub.deliveries()}
    assert (State.DROPPED, "event_erased") in codes
    assert State.WAITING not in {state for state, _ in codes}


async def test_a_button_that_was_pressed_for_them_is_not_done(aviary: Aviary) -> None:
    await aviary.live()
    await aviary.erase()
    await aviary.hub.look()
    (button,) = [one.now for one in aviary.hub.deliveries() if one.now.card_act_id]
    assert (button.state, button.code) == (State.DROPPED, "event_erased")


async def test_who_is_suppressed_is_not_mirrored_again(either: Aviary) -> None:
    await either.live()
    before = (await either.hub.store.read(lambda db: counts(db, 1)))[RecordKind.PERSON]
    await either.erase()
    either.hub.advance(7200)
    await either.hub.run_until_idle()
    after = (await either.hub.store.read(lambda db: counts(db, 1)))[RecordKind.PERSON]
    assert after == before - 1
    assert await either.leaks() == []


async def test_who_is_not_suppressed_is_found_again_and_not_doubled(aviary: Aviary) -> None:
    await aviary.live()
    await aviary.erase(Wish(suppress=False))
    persons = len(aviary.pipedrive.records("persons"))
    await aviary.hub.send(identify("u-new", email=EMAIL, plan="team"))
    await aviary.hub.run_until_idle()
    assert len(aviary.pipedrive.records("persons")) == persons


async def test_a_meeting_under_a_hold_stays_and_is_told_of(either: Aviary) -> None:
    await either.live()

    def hold(db: sa.Connection) -> None:
        stored = meeting(db, 1)
        hold_meeting(db, stored, reason="case 12", by=CLI, now_ms=1)

    await either.hub.store.write(hold)
    number = await either.erase()
    stored = await either.hub.store.read(lambda db: erasure(db, number))
    document = msgspec.json.decode(stored.proof or b"")["document"]
    assert document["meetings"]["held"] == 1
    assert EMAIL in str(await either.hub.store.read(lambda db: meeting(db, 1).body))


async def test_an_erasure_that_broke_off_goes_on_where_it_was(either: Aviary) -> None:
    await either.live()
    number = await either.begin()

    class Gone(Exception):
        """The process is no more."""

    writes = 0
    store = either.hub.store
    write = store.write

    async def failing(fn: Any) -> Any:
        nonlocal writes
        writes += 1
        if writes == 6:
            raise Gone
        return await write(fn)

    store.write = failing  # type: ignore[method-assign]
    with pytest.raises(Gone):
        await either.hub.pumped(either.eraser.run(number))
    store.write = write  # type: ignore[method-assign]
    again = replace(either.eraser)
    assert await again.unfinished() == [number]
    await either.hub.pumped(again.run(number))
    assert await either.leaks() == []


async def test_erasing_the_same_person_twice_is_one_erasure_until_it_is_done(
    aviary: Aviary,
) -> None:
    await aviary.live()
    assert await aviary.begin() == await aviary.begin()


async def test_erasing_once_more_finds_nothing(aviary: Aviary) -> None:
    await aviary.live()
    await aviary.erase()
    assert (await aviary.find()).rows == 0


async def test_the_proof_is_of_them_and_of_this_hub(aviary: Aviary) -> None:
    await aviary.live()
    number = await aviary.erase()
    stored = await aviary.hub.store.read(lambda db: erasure(db, number))
    keys = await aviary.hub.store.read(lambda db: opened_keys(db, aviary.vault))
    assert keys is not None
    document = verified(stored.proof or b"", keys)
    assert is_about(document, ASKED.identities[0], keys)
    assert not is_about(document, asked_for(email=OTHER)[0], keys)
    assert document.left == ()


async def test_a_proof_that_was_changed_is_refused(aviary: Aviary) -> None:
    await aviary.live()
    number = await aviary.erase()
    stored = await aviary.hub.store.read(lambda db: erasure(db, number))
    keys = await aviary.hub.store.read(lambda db: opened_keys(db, aviary.vault))
    changed = (stored.proof or b"").replace(b'"suppressed": true', b'"suppressed": false')
    with pytest.raises(ProofRefused):
        verified(changed, keys)


async def test_the_audit_names_nobody(aviary: Aviary) -> None:
    await aviary.live()
    await aviary.erase()
    told = await aviary.hub.store.read(lambda db: entries(db, limit=100, action="privacy"))
    assert {one.action for one in told} == {"privacy.erase", "privacy.erased"}
    assert EMAIL not in str(told)


async def test_an_export_has_their_rows_and_meetings_and_a_readme(aviary: Aviary) -> None:
    await aviary.live()
    body, found = await export(aviary.hub.store, aviary.vault, ASKED, clock=aviary.hub.clock)
    names = _names(body)
    assert {"README.txt", "person.json", "data/events.jsonl", "pipedrive.json"} <= set(names)
    assert any(name.startswith("meetings/") for name in names)
    assert found.in_pipedrive[0].url.endswith("/person/42")


async def test_an_export_has_no_rows_of_others(aviary: Aviary) -> None:
    await aviary.live()
    body, _ = await export(aviary.hub.store, aviary.vault, ASKED, clock=aviary.hub.clock)
    assert OTHER.encode() not in _read(body, "data/events.jsonl")


def _names(body: bytes) -> list[str]:
    with zipfile.ZipFile(io.BytesIO(body)) as archive:
        return archive.namelist()


def _read(body: bytes, name: str) -> bytes:
    with zipfile.ZipFile(io.BytesIO(body)) as archive:
        return archive.read(name)


async def test_a_reject_that_only_has_their_id_is_emptied(aviary: Aviary) -> None:
    await aviary.live()
    row = RejectRow(1, 1, "too_deep", "Too deep.", f'{{"userId":"{USER}","x":['.encode())
    await aviary.hub._acceptor.accept([], [row])
    await aviary.erase()
    assert await aviary.leaks() == []


async def test_a_line_of_the_audit_stays_and_names_them_no_more(aviary: Aviary) -> None:
    await aviary.live()

    def note(db: sa.Connection) -> None:
        told = {"at_ms": 1, "principal": CLI, "target": "meeting:1"}
        record(db, action="meeting.person.choose", after={"slot": EMAIL, "person_id": 42}, **told)

    await aviary.hub.store.write(note)
    await aviary.erase()
    (line,) = await aviary.hub.store.read(lambda db: entries(db, limit=9, action="meeting.person"))
    assert line.after == {"slot": REMOVED, "person_id": 42}


async def test_what_a_crash_has_left_is_ended_by_a_worker(aviary: Aviary) -> None:
    await aviary.live()
    await aviary.begin()
    aviary.hub.advance(7200)
    await aviary.hub.pumped(tend(aviary.eraser))
    assert await aviary.leaks() == []


async def test_who_was_added_to_pipedrive_later_leaves_the_mirror_within_an_hour(
    aviary: Aviary,
) -> None:
    await aviary.hub.run_until_idle()
    listing = Listing(aviary.hub.store, aviary.hub.clock, aviary.vault)
    await listing.add(ASKED.identities, by=CLI)
    aviary.pipedrive.put_state({"persons": [{"id": 42, "name": NAME, "emails": [EMAIL]}]})
    aviary.hub.advance(7200)
    await aviary.hub.send(identify("u-otto", email=OTHER))
    await aviary.hub.run_until_idle()
    await aviary.hub.pumped(tend(aviary.eraser))
    persons = await aviary.hub.store.read(lambda db: records(db, 1, RecordKind.PERSON, [42]))
    assert persons == {}
