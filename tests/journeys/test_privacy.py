"""Somebody is planted in every place of the hub, erased, and searched for in every byte."""

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
from tests.events import identify
from tests.hub import new_sandbox, open_hub
from tests.journeys.aviary import ASKED, EMAIL, NAME, OTHER, PHONE, USER, Aviary

from dealwright.core.delivery import State
from dealwright.core.mapping import MatchDefaults
from dealwright.core.people import CLI
from dealwright.core.privacy import REMOVED, IdentityKind, asked_for
from dealwright.core.record import RecordKind
from dealwright.pipeline.meetingkeeping import hold_meeting
from dealwright.pipeline.privacyerase import Wish
from dealwright.pipeline.privacyexport import export
from dealwright.pipeline.privacyfind import Asked
from dealwright.pipeline.privacykeys import opened_keys
from dealwright.pipeline.privacylist import Listing
from dealwright.pipeline.privacyproof import ProofRefused, is_about, verified
from dealwright.pipeline.privacyruns import tend
from dealwright.store.append import RejectRow
from dealwright.store.audit import entries, record
from dealwright.store.events import count_events, recent_events
from dealwright.store.meetings import meeting
from dealwright.store.mirror import counts, records
from dealwright.store.privacy import erasure


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
