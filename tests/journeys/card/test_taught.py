"""What people taught of an address holds on cards as it does for events."""

from collections.abc import AsyncGenerator
from pathlib import Path

import pytest
from tests.clock import ManualClock
from tests.hub import Hub, open_hub
from tests.journeys.card.house import ALL, ANN, look
from tests.journeys.mirrored import Calls

from dealwright.cards.known import Finding
from dealwright.core.clock import to_ms
from dealwright.core.people import CLI
from dealwright.core.record import RecordKind
from dealwright.pipeline.card import Cards
from dealwright.pipeline.reviewlessons import By, Lesson, teach_lesson
from dealwright.sandbox.app import Sandbox
from dealwright.sandbox.edit import Edit, edit
from dealwright.store.merges import merged
from dealwright.store.mirror import bury

PRIVATE = "ann@home.example"


@pytest.fixture
async def mirroring(tmp_path: Path, clock: ManualClock, pipedrive: Sandbox) -> AsyncGenerator[Hub]:
    """A hub that mirrors everything."""
    async with open_hub(tmp_path, clock=clock) as hub:
        await hub.connect(pipedrive, mirrored=ALL)
        await hub.run_until_idle()
        yield hub


async def teach(hub: Hub, address: str, person: int) -> None:
    lesson = Lesson(
        connection_id=1, kind=RecordKind.PERSON, by=By.EMAIL, value=address, record_id=person
    )
    now_ms = to_ms(hub.clock.now())
    await hub.store.write(lambda db: teach_lesson(db, lesson, by=CLI, now_ms=now_ms))


async def shown(hub: Hub, cards: Cards, address: str) -> int | None:
    """Whose card an address has."""
    known = (await look(hub, cards, address)).known
    return None if known is None or known.person is None else known.person.id


async def test_an_address_that_was_taught_has_that_persons_card(hub: Hub, cards: Cards) -> None:
    await teach(hub, PRIVATE, 1)
    assert await shown(hub, cards, PRIVATE) == 1


async def test_nobody_is_searched_for_whom_people_have_named(
    hub: Hub, cards: Cards, pipedrive: Sandbox
) -> None:
    await teach(hub, PRIVATE, 1)
    calls = Calls(pipedrive)
    await look(hub, cards, PRIVATE)
    assert not [path for _, path in calls.made() if path.endswith("/search")]


async def test_what_was_taught_counts_before_who_has_the_address(hub: Hub, cards: Cards) -> None:
    await teach(hub, ANN, 2)
    assert await shown(hub, cards, ANN) == 2


async def test_a_tag_does_not_hide_what_was_taught(hub: Hub, cards: Cards) -> None:
    await teach(hub, PRIVATE, 1)
    assert await shown(hub, cards, "ann+news@home.example") == 1


async def test_who_has_the_address_with_its_tag_counts_before_what_was_taught_without_it(
    mirroring: Hub, clock: ManualClock, pipedrive: Sandbox
) -> None:
    cards = Cards(mirroring.store, clock, dial=mirroring.dial)
    tagged = "ann+news@home.example"
    change = Edit(object="person", id=2, data={"emails": [{"value": tagged, "primary": True}]})
    assert edit(pipedrive, pipedrive.world.default_company, change).status == 200
    mirroring.advance(3600)
    await mirroring.run_until_idle()
    await teach(mirroring, PRIVATE, 1)
    assert await shown(mirroring, cards, tagged) == 2
    await cards.close()


async def test_a_person_who_was_merged_is_whom_they_were_merged_into(
    mirroring: Hub, clock: ManualClock
) -> None:
    cards = Cards(mirroring.store, clock, dial=mirroring.dial)
    await teach(mirroring, PRIVATE, 2)
    await mirroring.store.write(
        lambda db: merged(
            db, 1, RecordKind.PERSON, lost=2, into=1, at_ms=to_ms(mirroring.clock.now())
        )
    )
    assert await shown(mirroring, cards, PRIVATE) == 1
    await cards.close()


async def test_a_teaching_of_somebody_who_was_deleted_is_passed_over(
    mirroring: Hub, clock: ManualClock
) -> None:
    cards = Cards(mirroring.store, clock, dial=mirroring.dial)
    await teach(mirroring, ANN, 2)
    await mirroring.store.write(
        lambda db: bury(db, 1, RecordKind.PERSON, record_id=2, at_ms=to_ms(mirroring.clock.now()))
    )
    answer = await look(mirroring, cards, ANN)
    assert (answer.finding, answer.known and answer.known.person and answer.known.person.id) == (
        Finding.MATCH,
        1,
    )
    await cards.close()
