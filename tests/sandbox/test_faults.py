"""Bad days by rule, and the admin API that makes them."""

from typing import Any

import pytest
from tests.sandbox.conftest import NOW, Visitor

ADA = {"name": "Ada Love"}


async def test_a_rule_answers_in_the_sandboxs_place(visitor: Visitor) -> None:
    visitor.sandbox.add_fault(path="/api/v2/persons", status=503, times=1)

    assert [(await visitor.get("/api/v2/persons")).status for _ in range(2)] == [503, 200]


async def test_a_500_has_pipedrives_body(visitor: Visitor) -> None:
    visitor.sandbox.add_fault(status=500)

    assert (await visitor.get("/api/v2/persons")).json == {
        "success": False,
        "error": "Internal Server Error",
        "code": "ERR_UNKNOWN",
    }


async def test_a_rule_spares_the_first_calls(visitor: Visitor) -> None:
    visitor.sandbox.add_fault(status=503, skip=2, times=1)

    statuses = [(await visitor.get("/api/v2/persons/1")).status for _ in range(4)]

    assert statuses == [200, 200, 503, 200]


async def test_a_rule_is_for_its_method_only(visitor: Visitor) -> None:
    visitor.sandbox.add_fault(method="POST", status=503)

    assert (await visitor.get("/api/v2/persons")).status == 200


async def test_a_template_fits_one_record_only(visitor: Visitor) -> None:
    visitor.sandbox.add_fault(path="/api/v2/persons/{id}", status=503)

    assert (await visitor.get("/api/v2/persons")).status == 200
    assert (await visitor.get("/api/v2/persons/1")).status == 503


async def test_chance_is_the_same_for_the_same_seed(visitor: Visitor) -> None:
    async def run() -> list[int]:
        visitor.sandbox.faults.clear()
        visitor.sandbox.add_fault(status=503, probability=0.5, seed=1)
        return [(await visitor.get("/api/v2/persons/1")).status for _ in range(20)]

    first = await run()

    assert await run() == first
    assert set(first) == {200, 503}


async def test_a_lost_answer_leaves_the_work_done(visitor: Visitor) -> None:
    visitor.sandbox.lose_next_answer("POST", "/api/v2/persons")

    with pytest.raises(ConnectionResetError):
        await visitor.post("/api/v2/persons", ADA)

    assert visitor.sandbox.records("persons")[-1]["name"] == "Ada Love"


async def test_a_reset_before_the_work_leaves_nothing(visitor: Visitor) -> None:
    visitor.sandbox.add_fault(method="POST", reset=True)

    with pytest.raises(ConnectionResetError):
        await visitor.post("/api/v2/persons", ADA)

    assert len(visitor.sandbox.records("persons")) == 25


async def test_a_500_after_the_work_leaves_it_done(visitor: Visitor) -> None:
    visitor.sandbox.add_fault(method="POST", status=500, after_commit=True)

    await visitor.post("/api/v2/persons", ADA)

    assert len(visitor.sandbox.records("persons")) == 26


async def test_headers_can_be_left_out(visitor: Visitor) -> None:
    visitor.sandbox.add_fault(without_headers=["x-ratelimit", "x-daily"])

    reply = await visitor.get("/api/v2/persons/1")

    assert [name for name in reply.headers if "rate" in name] == []


async def test_html_can_come_instead_of_json(visitor: Visitor) -> None:
    visitor.sandbox.add_fault(status=502, raw="<html>Bad gateway</html>")

    reply = await visitor.get("/api/v2/persons/1")

    assert (reply.json, reply.text) == (None, "<html>Bad gateway</html>")


async def test_a_200_can_say_success_false(visitor: Visitor) -> None:
    visitor.sandbox.add_fault(status=200, body={"success": False, "error": "No"})

    assert (await visitor.get("/api/v2/persons/1")).json == {"success": False, "error": "No"}
    visitor.objections.clear()


async def test_a_lost_answer_is_written_down_as_such(visitor: Visitor) -> None:
    visitor.sandbox.lose_next_answer("POST", "/api/v2/persons")
    with pytest.raises(ConnectionResetError):
        await visitor.post("/api/v2/persons", ADA)

    call = visitor.sandbox.calls[-1]

    assert (call.status, call.cost, call.fault) == (0, 5, True)


async def test_rules_come_and_go_over_http(visitor: Visitor) -> None:
    await visitor.post("/_sandbox/faults", [{"path": "/persons", "status": 503}])
    struck = (await visitor.get("/api/v2/persons")).status
    await visitor.delete("/_sandbox/faults")

    assert (struck, (await visitor.get("/api/v2/persons")).status) == (503, 200)


async def test_a_misspelt_rule_is_refused_with_a_sentence(visitor: Visitor) -> None:
    reply = await visitor.post("/_sandbox/faults", {"stauts": 503})

    assert (reply.status, "stauts" in reply.error) == (400, True)


async def test_calls_are_listed_from_an_index(visitor: Visitor) -> None:
    await visitor.get("/api/v2/persons/1")
    await visitor.get("/api/v2/persons/2")

    reply = await visitor.get("/_sandbox/calls?since=1")

    assert [call["path"] for call in reply.json["calls"]] == ["/api/v2/persons/2"]
    assert reply.json["total_cost"] == 2


async def test_the_clock_moves_over_http(visitor: Visitor) -> None:
    reply = await visitor.post("/_sandbox/clock", {"advance_s": 60})

    assert reply.json == {"now": "2026-11-22T09:01:00.000Z"}


async def test_the_clock_is_set_over_http(visitor: Visitor) -> None:
    await visitor.post("/_sandbox/clock", {"set": "2027-01-01T00:00:00Z"})

    assert visitor.sandbox.clock.now().year == 2027


@pytest.mark.parametrize("seconds", [1e15, -1e15, 1e300])
async def test_a_time_that_no_calendar_has_is_refused_and_changes_nothing(
    visitor: Visitor, seconds: float
) -> None:
    refused = await visitor.post("/_sandbox/clock", {"advance_s": seconds})

    assert (refused.status, refused.error) == (400, "The clock goes from 1970 to 9000.")
    assert (await visitor.get("/_sandbox/clock")).json == {"now": "2026-11-22T09:00:00.000Z"}


async def test_partial_records_are_completed(visitor: Visitor) -> None:
    await visitor.put("/_sandbox/state", {"persons": [{"name": "Eve", "emails": ["e@x.example"]}]})

    reply = await visitor.get("/api/v2/persons/26")

    assert reply.data["emails"] == [{"value": "e@x.example", "primary": True, "label": "work"}]


async def test_a_state_put_is_searchable_at_once(visitor: Visitor) -> None:
    await visitor.put("/_sandbox/state", {"persons": [{"name": "Eve", "emails": ["e@x.example"]}]})

    reply = await visitor.get("/api/v2/persons/search?term=e@x.example")

    assert len(reply.data["items"]) == 1


async def test_a_collection_can_be_replaced(visitor: Visitor) -> None:
    await visitor.put("/_sandbox/state?replace=true", {"persons": [{"name": "Eve"}]})

    assert [p["name"] for p in (await visitor.get("/api/v2/persons")).data] == ["Eve"]


async def test_a_known_record_is_changed_in_place(visitor: Visitor) -> None:
    await visitor.put("/_sandbox/state", {"persons": [{"id": 1, "name": "Eve Kask"}]})

    reply = await visitor.get("/api/v2/persons/1")

    assert (reply.data["first_name"], reply.data["org_id"]) == ("Eve", 1)


async def test_a_state_can_be_put_back_as_it_was_taken(visitor: Visitor) -> None:
    before = (await visitor.get("/_sandbox/state")).json

    await visitor.put("/_sandbox/state?replace=true", before)

    assert (await visitor.get("/_sandbox/state")).json == before


async def test_an_unknown_collection_is_refused_with_a_sentence(visitor: Visitor) -> None:
    reply = await visitor.put("/_sandbox/state", {"people": []})

    assert (reply.status, "people: no such collection" in reply.error) == (400, True)


async def test_a_reset_brings_the_beginning_back(visitor: Visitor) -> None:
    await visitor.post("/api/v2/persons", ADA)
    await visitor.post("/_sandbox/reset", {})

    assert len(visitor.sandbox.records("persons")) == 25
    assert visitor.sandbox.calls == []


async def test_the_token_survives_a_reset(visitor: Visitor) -> None:
    await visitor.post("/_sandbox/reset", {})

    assert (await visitor.get("/api/v1/users/me")).status == 200


async def test_every_change_is_told_with_before_and_after(visitor: Visitor) -> None:
    told: list[Any] = []
    visitor.sandbox.world.on_change(lambda _, change: told.append(change))

    await visitor.patch("/api/v2/persons/1", {"name": "Eve Kask"})

    change = told[0]
    assert (change.kind, change.before.name, change.after.name) == (
        "person",
        "Ada Kask",
        "Eve Kask",
    )
    assert (change.actor.user_id, change.actor.source) == (1, "api")


async def test_the_admin_api_is_for_this_machine_only(visitor: Visitor) -> None:
    sent: list[Any] = []

    async def receive() -> Any:
        return {"type": "http.request", "body": b""}

    async def send(message: Any) -> None:
        sent.append(message)

    scope = {
        "type": "http", "method": "GET", "path": "/_sandbox/state", "query_string": b"",
        "headers": [], "client": ("203.0.113.7", 5),
    }  # fmt: skip
    await visitor.sandbox(scope, receive, send)

    assert sent[0]["status"] == 403


def test_the_clock_follows_another() -> None:
    from dealwright.sandbox.clock import Clock  # noqa: PLC0415 - the rest of this file does not need it

    clock = Clock(follow=lambda: NOW)
    clock.advance(1)

    assert clock.now_ms() == int(NOW.timestamp() * 1000) + 1000
