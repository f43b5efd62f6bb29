"""Webhooks v2: when somebody does not listen, and bad days in between."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from tests.sandbox.conftest import QUIET, Visitor
from tests.sandbox.receiver import Receiver, Subscriber, wish

from dealwright.sandbox.app import create_app

MINUTE, DAY = 60, 86_400


@pytest.fixture
async def failing(subscriber: Subscriber, receiver: Receiver) -> Subscriber:
    receiver.status = 500
    await subscriber.subscribe()
    return subscriber


async def test_a_failed_delivery_is_tried_again_after_3_30_and_150_seconds(
    failing: Subscriber, receiver: Receiver
) -> None:
    await failing.rename("Ada")
    for seconds in (3, 30, 150, DAY):
        await failing.wait(seconds)

    assert [t["meta"]["attempt"] for t in receiver.told] == [1, 2, 3, 4]


async def test_it_is_not_tried_before_its_time(failing: Subscriber, receiver: Receiver) -> None:
    await failing.rename("Ada")
    await failing.wait(2.9)

    assert len(receiver.told) == 1


async def test_all_attempts_carry_one_id(failing: Subscriber, receiver: Receiver) -> None:
    await failing.rename("Ada")
    await failing.wait(3)

    assert len({t["meta"]["id"] for t in receiver.told}) == 1


async def test_no_answer_is_a_failure(failing: Subscriber, receiver: Receiver) -> None:
    receiver.status = None
    await failing.rename("Ada")

    assert failing.fates == ["failed"]


async def test_a_redirect_is_a_failure(failing: Subscriber, receiver: Receiver) -> None:
    receiver.status = 302
    await failing.rename("Ada")

    assert failing.fates == ["failed"]


async def test_any_2xx_is_a_success(failing: Subscriber, receiver: Receiver) -> None:
    receiver.status = 204
    await failing.rename("Ada")

    assert failing.fates == ["delivered"]


async def test_the_list_tells_how_the_last_delivery_went(failing: Subscriber) -> None:
    await failing.rename("Ada")
    listed = await failing.visitor.get("/api/v1/webhooks")

    assert listed.data[0]["last_http_status"] == 500


NINE = [f"Ada {n}" for n in range(9)]


async def test_ten_failed_first_attempts_ban_a_webhook(
    failing: Subscriber, receiver: Receiver
) -> None:
    await failing.rename(*NINE, "the tenth")
    receiver.status = 200
    await failing.rename("the eleventh")

    assert failing.fates[-1] == "banned"


async def test_nine_do_not(failing: Subscriber, receiver: Receiver) -> None:
    await failing.rename(*NINE)
    receiver.status = 200
    await failing.rename("the tenth")

    assert failing.fates[-1] == "delivered"


async def test_what_happens_in_a_ban_is_lost(failing: Subscriber, receiver: Receiver) -> None:
    await failing.rename(*NINE, "the tenth")
    receiver.status = 200
    await failing.rename("lost")
    await failing.wait(31 * MINUTE)

    assert "lost" not in [t["data"]["name"] for t in receiver.told]


async def test_a_ban_ends_after_thirty_minutes(failing: Subscriber, receiver: Receiver) -> None:
    await failing.rename(*NINE, "the tenth")
    receiver.status = 200
    await failing.wait(30 * MINUTE)
    await failing.rename("heard")

    assert failing.fates[-1] == "delivered"


async def test_three_days_without_success_delete_a_webhook(failing: Subscriber) -> None:
    await failing.rename("Ada")
    await failing.wait(3 * DAY)

    assert failing.sandbox.records("webhooks") == []


async def test_one_success_starts_the_three_days_anew(
    failing: Subscriber, receiver: Receiver
) -> None:
    await failing.rename("Ada")
    receiver.status = 200
    await failing.wait(2 * DAY)
    await failing.wait(2 * DAY)

    assert len(failing.sandbox.records("webhooks")) == 1


async def test_webhooks_cost_no_tokens(subscriber: Subscriber) -> None:
    await subscriber.subscribe()
    before = subscriber.sandbox.total_cost
    subscriber.sandbox.put_state({"persons": [{"id": 1, "name": "Ada"}]})
    await subscriber.sandbox.courier.deliver()

    assert (subscriber.fates, subscriber.sandbox.total_cost) == (["delivered"], before)


# --- bad days ---


Arm = Callable[[dict[str, Any]], Any]


@pytest.fixture
async def arm(subscriber: Subscriber) -> Arm:
    await subscriber.subscribe()

    async def add(rule: dict[str, Any]) -> Any:
        return await subscriber.visitor.post("/_sandbox/webhook-faults", rule)

    return add


async def test_an_event_can_be_lost(subscriber: Subscriber, receiver: Receiver, arm: Arm) -> None:
    await arm({"kind": "lose", "event": "change.person", "times": 1})
    await subscriber.rename("lost", "heard")

    assert [t["data"]["name"] for t in receiver.told] == ["heard"]


async def test_an_event_can_come_twice_with_one_id(
    subscriber: Subscriber, receiver: Receiver, arm: Arm
) -> None:
    await arm({"kind": "double", "times": 1})
    await subscriber.rename("Ada")

    assert [t["meta"]["id"] for t in receiver.told] == [receiver.last["meta"]["id"]] * 2


async def test_events_can_overtake_each_other(
    subscriber: Subscriber, receiver: Receiver, arm: Arm
) -> None:
    await arm({"kind": "reorder", "times": 1, "hold_s": 5})
    await subscriber.rename("first", "second")
    await subscriber.wait(5)

    assert [t["data"]["name"] for t in receiver.told] == ["second", "first"]


async def test_a_rule_that_does_not_fit_is_400(arm: Arm) -> None:
    assert (await arm({"kind": "explode"})).status == 400


async def test_bad_days_end(subscriber: Subscriber, receiver: Receiver, arm: Arm) -> None:
    await arm({"kind": "lose"})
    await subscriber.visitor.delete("/_sandbox/webhook-faults")
    await subscriber.rename("heard")

    assert len(receiver.told) == 1


async def test_every_attempt_can_be_read(subscriber: Subscriber) -> None:
    await subscriber.subscribe()
    await subscriber.rename("one", "two")
    told = await subscriber.visitor.get("/_sandbox/webhooks?since=1")

    assert [(a["event"], a["fate"], a["status"]) for a in told.json["attempts"]] == [
        ("change.person", "delivered", 200)
    ]


async def test_webhooks_survive_a_restart_and_are_not_told_of_it(
    receiver: Receiver, tmp_path: Any
) -> None:
    kept = replace(QUIET, state_dir=tmp_path)
    first = Visitor(create_app(kept, sender=receiver))
    await first.post("/api/v1/webhooks", wish())
    await first.patch("/api/v2/persons/1", {"name": "Ada"})
    await first.close()
    second = create_app(kept, sender=receiver)
    await second.courier.deliver()

    assert (len(second.records("webhooks")), receiver.requests) == (1, [])
