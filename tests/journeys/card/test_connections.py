"""Several accounts: asked side by side, and none keeps another waiting."""

from tests.clock import ManualClock
from tests.hub import Hub, new_sandbox
from tests.journeys.card.house import ANN, SHORT, cards_of, look
from tests.journeys.mirrored import Calls

from dealwright.cards.known import Finding
from dealwright.pipeline.card import Cards
from dealwright.pipeline.cardfound import Ask
from dealwright.sandbox.app import Sandbox
from dealwright.store.connections import Run, update_connection


async def _second(hub: Hub, clock: ManualClock) -> Sandbox:
    other = new_sandbox(clock)
    other.put_state({"persons": [{"name": "Ann of the other", "emails": [ANN]}]})
    await hub.connect(other, name="other")
    return other


async def test_the_default_is_shown_and_the_other_says_that_it_knows_them_too(
    hub: Hub, cards: Cards, clock: ManualClock
) -> None:
    await _second(hub, clock)
    answer = await look(hub, cards)

    assert answer.found is not None
    assert answer.found.name == "main"
    assert [(one.name, one.finding) for one in answer.others] == [("other", Finding.MATCH)]


async def test_who_is_known_only_in_the_other_is_shown_from_there(
    hub: Hub, cards: Cards, clock: ManualClock
) -> None:
    other = await _second(hub, clock)
    other.put_state({"persons": [{"name": "Cy", "emails": ["cy@else.example"]}]})
    answer = await look(hub, cards, "cy@else.example")

    assert answer.found is not None
    assert (answer.found.name, answer.finding) == ("other", Finding.MATCH)
    assert [(one.name, one.finding) for one in answer.others] == [("main", Finding.NO_MATCH)]


async def test_a_connection_that_is_slow_does_not_keep_the_other_waiting(
    hub: Hub, clock: ManualClock
) -> None:
    other = await _second(hub, clock)
    other.add_fault(method="GET", path="/api/v2/persons/search", hang_ms=60_000)
    cards = cards_of(hub, clock, SHORT)
    answer = await look(hub, cards)
    await cards.close()

    assert answer.finding is Finding.MATCH
    assert [(one.name, one.finding) for one in answer.others] == [("other", Finding.MANUAL)]


async def test_a_connection_that_is_refused_does_not_spoil_the_other(
    hub: Hub, cards: Cards, clock: ManualClock
) -> None:
    other = await _second(hub, clock)
    other.add_fault(method="GET", path="/api/v2/persons/search", status=402)
    answer = await look(hub, cards)

    assert answer.finding is Finding.MATCH
    assert [one.finding for one in answer.others] == [Finding.PAYMENT]


async def test_a_manual_connection_is_asked_only_by_hand(
    hub: Hub, cards: Cards, pipedrive: Sandbox
) -> None:
    await hub.store.write(lambda db: update_connection(db, 1, run=Run.MANUAL.value))
    calls = Calls(pipedrive)
    by_itself = await look(hub, cards)
    made = calls.made()
    by_hand = await look(hub, cards, ask=Ask(connection=1, searches=True))

    assert (by_itself.finding, made) == (Finding.MANUAL, [])
    assert by_hand.finding is Finding.MATCH


async def test_somebody_of_the_message_who_is_known_is_offered(hub: Hub, cards: Cards) -> None:
    answer = await hub.pumped(cards.of("zoe@acme.example", people=(ANN, "yan@acme.example")))

    assert answer.finding is Finding.SEVERAL
    assert answer.found is not None
    assert [one.name for one in answer.found.persons] == ["Ann Lee"]


async def test_a_reader_sees_only_the_connections_that_are_his(
    hub: Hub, cards: Cards, clock: ManualClock
) -> None:
    await _second(hub, clock)
    answer = await look(hub, cards, ask=Ask(connections=(2,)))

    assert answer.found is not None
    assert answer.found.name == "other"
    assert answer.others == ()
