"""What people have to mend: Mappings, accounts; and that it goes on when they have."""

import msgspec
from tests.events import activity, identify
from tests.hub import Hub, states

from dealwright.core.delivery import State, Trace
from dealwright.core.mapping import MatchDefaults
from dealwright.core.match import AmbiguousRule
from dealwright.pipeline.switch import resume
from dealwright.sandbox.app import Sandbox
from dealwright.store.connections import ConnectionState, set_defaults
from dealwright.store.delivery_list import DeliveryFilter, retry_deliveries


def names(pipedrive: Sandbox) -> list[str]:
    return [person["name"] for person in pipedrive.records("persons")]


async def test_a_wrong_value_fails_only_its_delivery(hub: Hub, pipedrive: Sandbox) -> None:
    await hub.send(
        activity("u-ada", "Demo", subject="First"),
        activity("u-ada", "Demo", subject="Second", due_date="one day"),
        activity("u-ada", "Demo", subject="Third"),
    )
    await hub.run_until_idle()

    assert [found["subject"] for found in pipedrive.records("activities")] == ["First", "Third"]
    assert states(hub) == [State.DELIVERED, State.FAILED, State.DELIVERED]
    assert hub.deliveries()[1].now.code == "invalid_value"


async def test_a_value_that_pipedrive_refuses_fails_only_its_delivery_even_of_merged_ones(
    hub: Hub, pipedrive: Sandbox
) -> None:
    pipedrive.put_state({"persons": [{"name": "Ada", "emails": ["ada@x.example"]}]})
    pipedrive.add_fault(
        method="PATCH",
        path="/api/v2/persons/1",
        status=400,
        body={"success": False, "error": "Validation failed: name", "code": "ERR_BAD_REQUEST"},
        times=2,
    )
    await hub.send(
        identify("u-ada", name="Refused", email="ada@x.example"),
        identify("u-ada", name="Taken", email="ada@x.example"),
    )
    await hub.run_until_idle()

    assert states(hub) == [State.FAILED, State.DELIVERED]
    assert names(pipedrive) == ["Taken"]


async def test_what_failed_can_be_sent_again(hub: Hub, pipedrive: Sandbox) -> None:
    pipedrive.add_fault(method="POST", path="/api/v2/persons", status=400, times=1)
    await hub.send(identify("u-ada", name="Ada Love"))
    await hub.run_until_idle()
    failed = hub.delivery().now.state
    await hub.store.write(lambda db: retry_deliveries(db, DeliveryFilter(), now_ms=0))
    await hub.run_until_idle()

    assert (failed, hub.delivery().now.state) == (State.FAILED, State.DELIVERED)
    assert names(pipedrive) == ["Ada Love"]


async def test_a_token_that_is_refused_holds_all_deliveries(hub: Hub, pipedrive: Sandbox) -> None:
    pipedrive.add_fault(status=401)
    await hub.send(*(identify(f"u-{n}", name=f"Nobody {n}") for n in range(20)))
    await hub.run_until_idle()

    assert set(states(hub)) == {State.HELD}
    assert (await hub.connection()).state is ConnectionState.REAUTH


async def test_a_token_that_is_refused_is_not_tried_again(hub: Hub, pipedrive: Sandbox) -> None:
    pipedrive.add_fault(status=401)
    await hub.send(*(identify(f"u-{n}", name=f"Nobody {n}") for n in range(20)))
    await hub.run_until_idle()
    hub.advance(3600)
    await hub.run_until_idle()

    assert len(pipedrive.calls) <= hub.pace.lanes


async def test_what_was_held_for_the_token_goes_on_after_reconnecting(
    hub: Hub, pipedrive: Sandbox
) -> None:
    pipedrive.add_fault(status=401)
    await hub.send(*(identify(f"u-{n}", name=f"Nobody {n}") for n in range(20)))
    await hub.run_until_idle()
    pipedrive.faults.clear()
    await hub.send(identify("u-later", name="Later"))
    await hub.store.write(lambda db: resume(db, 1, now_ms=0))
    await hub.run_until_idle()

    assert set(states(hub)) == {State.DELIVERED}
    assert len(names(pipedrive)) == 21


async def test_an_unpaid_account_is_told_from_a_wrong_token(hub: Hub, pipedrive: Sandbox) -> None:
    pipedrive.add_fault(status=402, body={"success": False, "error": "Payment required"})
    await hub.send(identify("u-ada", name="Ada Love"))
    await hub.run_until_idle()

    assert (await hub.connection()).state is ConnectionState.PAYMENT_REQUIRED


async def test_two_people_with_one_address_ask_for_a_choice_if_that_is_the_rule(
    hub: Hub, pipedrive: Sandbox
) -> None:
    twins = [{"name": name, "emails": ["twin@x.example"]} for name in ("Romulus", "Remus")]
    pipedrive.put_state({"persons": twins})
    ask = MatchDefaults(ambiguous=AmbiguousRule.HOLD)
    await hub.store.write(lambda db: set_defaults(db, 1, defaults=ask))
    await hub.send(identify("u-twin", name="Twin", email="twin@x.example"))
    await hub.run_until_idle()

    assert (hub.delivery().now.state, hub.delivery().now.code) == (State.HELD, "needs_choice")
    assert names(pipedrive) == ["Romulus", "Remus"]


async def test_the_trace_says_who_was_looked_for_and_what_was_done(hub: Hub) -> None:
    await hub.send(identify("u-ada", name="Ada Love", email="ada@love.example"))
    await hub.run_until_idle()

    trace = msgspec.json.decode(hub.delivery().now.trace or b"", type=Trace)
    assert [step.text for step in trace.steps] == [
        "person: nobody by email ada@love.example",
        "created person 1 with emails, name",
    ]
