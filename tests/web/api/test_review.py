"""The review queue by the API."""

from typing import Any

import sqlalchemy as sa
from tests.web.api.hub import ApiHub, delivery

from dealwright.core.people import Role
from dealwright.core.question import Asks, Question
from dealwright.store.audit import entries
from dealwright.store.deliveries import add_deliveries
from dealwright.store.review_questions import Asked, ask

ADA = Question(
    asks=Asks.RECORD,
    kind="person",
    key="email=ada@x.example",
    shown="ada@x.example",
    role="person",
    candidates=(42, 43),
)


async def filled(hub: ApiHub, *, count: int = 2) -> None:
    """Deliveries 2, 3, … wait for whose Ada's address is; 1 was refused."""

    def put(db: sa.Connection) -> None:
        held = delivery(state="held", at_ms=hub.now_ms())._replace(
            code="needs_choice", message="2 records fit."
        )
        add_deliveries(db, [held] * count)
        numbers = list(range(2, count + 2))
        ask(db, numbers, connection_id=1, code="needs_choice", asked=[Asked(0, ADA)])

    await hub.store.write(put)


async def call(
    hub: ApiHub, method: str, path: str, body: Any = None, *, role: Role = Role.MEMBER
) -> Any:
    async with hub.client(role) as client:
        return await client.request(method, path, json=body)


async def test_what_waits_is_listed_with_what_may_be_decided(hub: ApiHub) -> None:
    await filled(hub, count=1)
    items = (await call(hub, "GET", "/review", role=Role.VIEWER)).json()["items"]

    assert [(one["id"], one["topic"]) for one in items] == [
        ("delivery-2", "record"),
        ("delivery-1", "value"),
    ]
    assert items[0]["asked"] == "Which of 2 is the person with ada@x.example?"
    done = [(one["do"], one["record_id"]) for one in items[0]["choices"]]
    assert done == [
        ("choose", 42),
        ("choose", 43),
        ("teach", None),
        ("create", None),
        ("retry", None),
        ("skip", None),
    ]


async def test_the_list_is_narrowed_and_comes_in_pages(hub: ApiHub) -> None:
    await filled(hub, count=3)
    first = (await call(hub, "GET", "/review?topic=record&limit=2")).json()
    rest = (
        await call(hub, "GET", f"/review?topic=record&limit=2&cursor={first['next_cursor']}")
    ).json()

    assert [one["id"] for one in first["items"]] == ["delivery-4", "delivery-3"]
    assert [one["id"] for one in rest["items"]] == ["delivery-2"]


async def test_how_many_wait_is_counted(hub: ApiHub) -> None:
    await filled(hub)
    items = (await call(hub, "GET", "/review/counts")).json()["items"]

    assert [(one["code"], one["count"]) for one in items] == [("needs_choice", 2), ("rejected", 1)]


async def test_a_decision_takes_the_others_along(hub: ApiHub) -> None:
    await filled(hub)
    one = (await call(hub, "GET", "/review/delivery-2")).json()
    body = {"do": "teach", "record_id": 42, "version": one["version"]}
    answer = await call(hub, "POST", "/review/delivery-2/decide", body)

    assert answer.json() == {"item": "delivery-2", "along": 1, "teachings": [1]}
    assert (await call(hub, "GET", "/review/delivery-3")).status_code == 404


async def test_the_second_who_decides_is_told_who_was_first(hub: ApiHub) -> None:
    await filled(hub)
    body = {"do": "skip", "reason": "a test"}
    await call(hub, "POST", "/review/delivery-2/decide", body)
    answer = await call(hub, "POST", "/review/delivery-2/decide", body)

    assert (answer.status_code, answer.json()["code"]) == (409, "already_decided")
    assert answer.json()["detail"].startswith("member has already decided delivery-2 (skip,")


async def test_what_cannot_be_decided_is_said(hub: ApiHub) -> None:
    await filled(hub)
    answer = await call(hub, "POST", "/review/delivery-2/decide", {"do": "add_option"})

    assert (answer.status_code, answer.json()["code"]) == (422, "invalid_decision")


async def test_a_viewer_decides_nothing(hub: ApiHub) -> None:
    await filled(hub)
    body = {"do": "retry"}
    answer = await call(hub, "POST", "/review/delivery-2/decide", body, role=Role.VIEWER)

    assert (answer.status_code, answer.json()["code"]) == (403, "role_too_low")


async def test_many_are_decided_after_their_number_was_shown(hub: ApiHub) -> None:
    await filled(hub)
    body = {"where": {"topic": "record"}, "decision": {"do": "skip", "reason": "old"}}
    shown = (await call(hub, "POST", "/review/bulk", body)).json()
    wrong = await call(hub, "POST", "/review/bulk", {**body, "expected": 1})
    done = (await call(hub, "POST", "/review/bulk", {**body, "expected": 2})).json()

    assert shown == {"meant": 2, "decided": 0, "along": 0, "more": False}
    assert (wrong.status_code, wrong.json()["code"]) == (409, "queue_changed")
    assert done == {"meant": 2, "decided": 2, "along": 0, "more": False}


async def test_which_many_has_to_be_said(hub: ApiHub) -> None:
    body = {"decision": {"do": "retry"}}
    assert (await call(hub, "POST", "/review/bulk", body)).status_code == 422


async def test_a_teaching_is_made_listed_and_taken_back(hub: ApiHub) -> None:
    given = {"connection_id": 1, "by": "email", "value": "Ada@x.example", "record_id": 42}
    made = await call(hub, "POST", "/teachings", given)
    listed = (await call(hub, "GET", "/teachings")).json()["items"]
    gone = await call(hub, "DELETE", "/teachings/1")

    assert (made.status_code, made.json()["key"]) == (201, "email=ada@x.example")
    assert [(one["shown"], one["value"], one["taught_by"]) for one in listed] == [
        ("Ada@x.example", "42", "member")
    ]
    assert gone.json()["id"] == 1
    assert (await call(hub, "GET", "/teachings")).json()["items"] == []
    assert (await call(hub, "DELETE", "/teachings/1")).status_code == 404


async def test_teaching_lets_go_on_what_waited_for_it(hub: ApiHub) -> None:
    await filled(hub)
    given = {"connection_id": 1, "by": "email", "value": "ada@x.example", "record_id": 42}
    await call(hub, "POST", "/teachings", given)

    counts = (await call(hub, "GET", "/deliveries/counts")).json()
    assert (counts["queued"], counts["held"]) == (2, 0)


async def test_who_taught_and_who_took_back_is_noted(hub: ApiHub) -> None:
    given = {"connection_id": 1, "by": "phone", "value": "+46 8 123 45 67", "record_id": 42}
    await call(hub, "POST", "/teachings", given)
    await call(hub, "DELETE", "/teachings/1")
    noted = await hub.store.read(lambda db: entries(db, limit=2))

    assert [(one.action, one.principal_name) for one in noted] == [
        ("teaching.delete", "member"),
        ("teaching.create", "member"),
    ]


async def test_an_organization_has_no_address_to_be_taught(hub: ApiHub) -> None:
    given = {
        "connection_id": 1,
        "kind": "organization",
        "by": "email",
        "value": "ada@x.example",
        "record_id": 42,
    }
    answer = await call(hub, "POST", "/teachings", given)
    assert (answer.status_code, answer.json()["code"]) == (422, "invalid_teaching")
