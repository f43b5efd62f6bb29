"""Review: what waits for a person is decided, and what waited for the same goes on by itself."""

import asyncio
from collections.abc import AsyncGenerator
from pathlib import Path

import pytest
from tests.clock import ManualClock
from tests.events import identify
from tests.hub import Hub, open_hub, states
from tests.journeys.review import SAM, decided, decided_many, items

from dealwright.core.clock import to_ms
from dealwright.core.delivery import State
from dealwright.core.errors import ConfigError
from dealwright.core.mapping import MatchDefaults
from dealwright.core.match import AmbiguousRule
from dealwright.core.record import RecordKind
from dealwright.pipeline.reviewbulk import QueueChanged
from dealwright.pipeline.reviewdesk import AlreadyDecided, Decided
from dealwright.pipeline.reviewitem import Do, Topic
from dealwright.pipeline.reviewlessons import By, Lesson, forget_teaching, teach_lesson
from dealwright.pipeline.reviewqueue import ReviewFilter
from dealwright.sandbox.app import Sandbox
from dealwright.store.audit import entries
from dealwright.store.mappings import NewMapping
from dealwright.store.review_teachings import list_teachings

ADA = "ada@lovelace.example"
FIRST, SECOND = 101, 102
HOLD = MatchDefaults(ambiguous=AmbiguousRule.HOLD)


def by_address(connection_id: int) -> list[NewMapping]:
    return [
        NewMapping(
            connection_id=connection_id,
            name="Persons",
            action="upsert_person",
            trigger='type = "identify"',
            fields={
                "match_field": "email",
                "match_value": {"@path": "$.traits.email"},
                "name": {"@path": "$.traits.name"},
                "email": {"@path": "$.traits.email"},
            },
        )
    ]


@pytest.fixture
async def asking(tmp_path: Path, clock: ManualClock, pipedrive: Sandbox) -> AsyncGenerator[Hub]:
    """A hub that asks which of several persons is meant; two of them have Ada's address."""
    twins(pipedrive)
    async with open_hub(tmp_path, clock=clock) as hub:
        await hub.connect(
            pipedrive, mappings=by_address, defaults=HOLD, mirrored=[RecordKind.PERSON]
        )
        yield hub


def twins(pipedrive: Sandbox) -> None:
    """Put two persons with one address into Pipedrive."""
    address = [{"value": ADA, "primary": True}]
    both = [
        {"id": FIRST, "name": "Ada", "emails": address},
        {"id": SECOND, "name": "A.", "emails": address},
    ]
    pipedrive.put_state({"persons": both})


async def ask(hub: Hub, *told: str) -> None:
    """Have one Delivery for each name asked about, one after the other."""
    for number, name in enumerate(told, start=1):
        await hub.send(identify(f"u-{number}", email=ADA, name=name))
        await hub.run_until_idle()


def names(pipedrive: Sandbox) -> dict[int, str]:
    return {person["id"]: person["name"] for person in pipedrive.records("persons")}


def trace(hub: Hub, number: int) -> str:
    return (hub.deliveries()[number].now.trace or b"").decode()


async def test_an_ambiguous_match_is_asked_with_what_the_mirror_knows(asking: Hub) -> None:
    await ask(asking, "Ada Lovelace")
    spent = len(asking.calls)
    (item,) = await items(asking)

    assert (item.id, item.topic, item.waiting) == ("delivery-1", Topic.RECORD, 1)
    assert item.asked == f"Which of 2 is the person with {ADA}?"
    offered = [(one.record_id, one.known) for one in item.choices if one.do is Do.CHOOSE]
    assert [record_id for record_id, _ in offered] == [FIRST, SECOND]
    assert offered[0][1].startswith(f"Ada, {ADA}, changed ")
    assert len(asking.calls) == spent


async def test_who_is_chosen_is_written_and_so_are_the_others_that_waited(
    asking: Hub, pipedrive: Sandbox
) -> None:
    await ask(asking, "Ada Lovelace", "Ada L.")
    done = await decided(asking, "delivery-1", Do.CHOOSE, record_id=SECOND)

    assert done.along == 1
    assert states(asking) == [State.DELIVERED, State.DELIVERED]
    assert names(pipedrive) == {FIRST: "Ada", SECOND: "Ada L."}
    assert await items(asking) == []
    assert f"email={ADA} is {SECOND}, as Sam decided" in trace(asking, 0)


async def test_a_choice_for_one_alone_leaves_the_others(asking: Hub) -> None:
    await ask(asking, "Ada Lovelace", "Ada L.")
    await decided(asking, "delivery-1", Do.CHOOSE, record_id=SECOND, scope="only_this")

    assert states(asking) == [State.DELIVERED, State.HELD]
    assert [one.id for one in await items(asking)] == ["delivery-2"]


async def test_an_address_that_was_taught_is_asked_about_no_more(
    asking: Hub, pipedrive: Sandbox
) -> None:
    await ask(asking, "Ada Lovelace")
    done = await decided(asking, "delivery-1", Do.TEACH, record_id=SECOND)
    await ask(asking, "Countess")

    assert states(asking) == [State.DELIVERED, State.DELIVERED]
    assert names(pipedrive) == {FIRST: "Ada", SECOND: "Countess"}
    assert f"is {SECOND}, as Sam taught (teaching {done.teachings[0]})" in trace(asking, 1)


async def test_a_teaching_that_was_taken_back_is_obeyed_no_more(asking: Hub) -> None:
    await ask(asking, "Ada Lovelace")
    done = await decided(asking, "delivery-1", Do.TEACH, record_id=SECOND)
    await asking.store.write(
        lambda db: forget_teaching(db, done.teachings[0], by=SAM, now_ms=to_ms(asking.clock.now()))
    )
    await ask(asking, "Countess")

    assert states(asking) == [State.DELIVERED, State.HELD]
    assert await asking.store.read(lambda db: list_teachings(db, limit=10)) == []


async def test_an_address_can_be_taught_that_nobody_has(asking: Hub, pipedrive: Sandbox) -> None:
    lesson = Lesson(
        connection_id=1,
        kind=RecordKind.PERSON,
        by=By.EMAIL,
        value="Countess@Byron.example",
        record_id=FIRST,
    )
    await asking.store.write(lambda db: teach_lesson(db, lesson, by=SAM, now_ms=0))
    await asking.send(identify("u-5", email="countess@byron.example", name="Ada Byron"))
    await asking.run_until_idle()

    assert names(pipedrive) == {FIRST: "Ada Byron", SECOND: "A."}


async def test_a_senders_own_id_that_is_taught_becomes_a_link(hub: Hub, pipedrive: Sandbox) -> None:
    pipedrive.put_state({"persons": [{"id": FIRST, "name": "Ada"}]})
    lesson = Lesson(
        connection_id=1,
        kind=RecordKind.PERSON,
        by=By.EXTERNAL_ID,
        value="u-17",
        record_id=FIRST,
        source_id=1,
    )
    await hub.store.write(lambda db: teach_lesson(db, lesson, by=SAM, now_ms=0))
    await hub.send(identify("u-17", name="Ada Byron"))
    await hub.run_until_idle()

    assert names(pipedrive) == {FIRST: "Ada Byron"}


async def test_a_taught_record_that_is_gone_is_asked_about_again(
    asking: Hub, pipedrive: Sandbox
) -> None:
    await ask(asking, "Ada Lovelace")
    await decided(asking, "delivery-1", Do.TEACH, record_id=SECOND)
    pipedrive.put_state({"persons": [{"id": 103, "name": "B", "emails": [{"value": ADA}]}]})
    pipedrive.put_state({"persons": [{"id": SECOND, "name": "A.", "is_deleted": True}]})
    asking.advance(7200)
    await ask(asking, "Countess")

    assert states(asking) == [State.DELIVERED, State.HELD]
    assert "is there no more" in trace(asking, 1)


async def test_a_new_person_is_made_once_for_all_that_waited(
    asking: Hub, pipedrive: Sandbox
) -> None:
    await ask(asking, "Ada Lovelace", "Ada L.")
    await decided(asking, "delivery-1", Do.CREATE)

    assert states(asking) == [State.DELIVERED, State.DELIVERED]
    assert sorted(names(pipedrive).values()) == ["A.", "Ada", "Ada L."]


async def test_a_lost_answer_to_that_creation_makes_nobody_twice(
    asking: Hub, pipedrive: Sandbox
) -> None:
    await ask(asking, "Ada Lovelace", "Ada L.")
    pipedrive.lose_next_answer("POST", "/api/v2/persons")
    await decided(asking, "delivery-1", Do.CREATE, scope="always")
    await ask(asking, "Countess")

    assert sorted(names(pipedrive).values()) == ["A.", "Ada", "Countess"]
    assert states(asking) == [State.DELIVERED] * 3


async def test_what_was_chosen_for_one_is_not_merged_with_another(
    asking: Hub, pipedrive: Sandbox
) -> None:
    await ask(asking, "Ada Lovelace")
    await asking.send(identify("u-2", email=ADA, name="Ada L."))
    await decided(asking, "delivery-1", Do.CHOOSE, record_id=SECOND, scope="only_this")

    assert states(asking) == [State.DELIVERED, State.HELD]
    assert names(pipedrive) == {FIRST: "Ada", SECOND: "Ada Lovelace"}


async def test_of_two_who_decide_at_once_one_is_heard(
    database: str, clock: ManualClock, pipedrive: Sandbox
) -> None:
    async with open_hub(database, clock=clock) as hub:
        twins(pipedrive)
        await hub.connect(pipedrive, mappings=by_address, defaults=HOLD)
        await ask(hub, "Ada Lovelace")
        both = await asyncio.gather(
            decided(hub, "delivery-1", Do.TEACH, record_id=FIRST),
            decided(hub, "delivery-1", Do.TEACH, record_id=SECOND),
            return_exceptions=True,
        )
        taught = await hub.store.read(lambda db: list_teachings(db, limit=9))

    assert {type(one) for one in both} == {Decided, AlreadyDecided}
    assert len(taught) == 1


@pytest.fixture
async def unclear(hub: Hub, pipedrive: Sandbox) -> Hub:
    """A hub that made somebody, did not hear of it, and finds two who are alike."""
    pipedrive.lose_next_answer("POST", "/api/v2/persons")
    await hub.send(identify("u-ada", email=ADA, name="Ada"))
    await hub.run_once()
    address = [{"value": ADA, "primary": True}]
    pipedrive.put_state({"persons": [{"id": SECOND, "name": "Ada", "emails": address}]})
    await hub.run_until_idle()
    return hub


async def test_which_of_two_a_lost_try_made_can_be_said(unclear: Hub, pipedrive: Sandbox) -> None:
    (item,) = await items(unclear)
    first = min(names(pipedrive))
    await decided(unclear, item.id, Do.CHOOSE, record_id=first)

    assert (item.code, item.asked) == (
        "unclear_create",
        "Which person did the try make whose answer was lost?",
    )
    now = unclear.delivery().now
    assert (now.state, now.record_id) == (State.DELIVERED, first)
    assert len(names(pipedrive)) == 2


async def test_what_is_skipped_is_dropped_with_its_reason(asking: Hub) -> None:
    await ask(asking, "Ada Lovelace")
    await decided(asking, "delivery-1", Do.SKIP, reason="a test account")

    now = asking.delivery().now
    assert (now.state, now.message) == (State.DROPPED, "Skipped by Sam: a test account")


async def test_skipping_needs_a_reason(asking: Hub) -> None:
    await ask(asking, "Ada Lovelace")

    with pytest.raises(ConfigError, match="say why it is skipped"):
        await decided(asking, "delivery-1", Do.SKIP)
    assert asking.delivery().now.state is State.HELD


async def test_the_second_of_two_who_decide_is_told_who_was_first(asking: Hub) -> None:
    await ask(asking, "Ada Lovelace")
    await decided(asking, "delivery-1", Do.SKIP, reason="a test")

    with pytest.raises(AlreadyDecided, match=r"Sam has already decided delivery-1 \(skip,"):
        await decided(asking, "delivery-1", Do.RETRY)


async def test_whoever_went_along_is_decided_as_well(asking: Hub) -> None:
    await ask(asking, "Ada Lovelace", "Ada L.")
    await decided(asking, "delivery-1", Do.CHOOSE, record_id=SECOND)

    with pytest.raises(AlreadyDecided, match=r"Sam has already decided delivery-1 \(choose,"):
        await decided(asking, "delivery-2", Do.CHOOSE, record_id=FIRST)


async def test_what_is_asked_anew_is_not_decided_by_what_was_read_before(asking: Hub) -> None:
    await ask(asking, "Ada Lovelace")
    (before,) = await items(asking)
    asking.advance(5)
    await decided(asking, "delivery-1", Do.RETRY)

    with pytest.raises(AlreadyDecided):
        await decided(asking, "delivery-1", Do.RETRY, version=before.version)


async def test_many_are_decided_after_their_number_was_shown(asking: Hub) -> None:
    await ask(asking, "Ada Lovelace", "Ada L.")
    where = ReviewFilter(topic=Topic.RECORD)
    shown = await decided_many(asking, where, Do.SKIP, expected=None, reason="old")
    assert (shown.meant, states(asking)) == (2, [State.HELD, State.HELD])

    done = await decided_many(asking, where, Do.SKIP, expected=2, reason="old")
    assert (done.decided, states(asking)) == (2, [State.DROPPED, State.DROPPED])


async def test_nothing_is_done_when_more_are_meant_than_were_shown(asking: Hub) -> None:
    await ask(asking, "Ada Lovelace", "Ada L.")

    with pytest.raises(QueueChanged, match="2 are meant by now, not 1"):
        await decided_many(asking, ReviewFilter(code="needs_choice"), Do.RETRY, expected=1)
    assert states(asking) == [State.HELD, State.HELD]


async def test_who_decided_and_who_taught_is_in_the_audit_log(asking: Hub) -> None:
    await ask(asking, "Ada Lovelace")
    await decided(asking, "delivery-1", Do.TEACH, record_id=SECOND)
    noted = await asking.store.read(lambda db: entries(db, limit=10))

    assert [(one.action, one.principal_name, one.target) for one in noted] == [
        ("review.decide", "Sam", "delivery:1"),
        ("teaching.create", "Sam", "teaching:1"),
    ]
