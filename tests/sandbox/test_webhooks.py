"""Webhooks v2: who is told what."""

from base64 import b64encode
from dataclasses import replace
from typing import Any

import pytest
from tests.sandbox.conftest import QUIET, Visitor
from tests.sandbox.receiver import URL, Receiver, Subscriber, wish

from dealwright.sandbox.options import Options, Switches

# --- management ---


async def test_a_new_webhook_is_given_back_whole(visitor: Visitor) -> None:
    made = await visitor.post("/api/v1/webhooks", wish("change", "deal", http_auth_user="u"))

    assert (made.status, made.data) == (201, {
        "id": 1, "company_id": 15747575, "owner_id": 1, "user_id": 1, "event_action": "change",
        "event_object": "deal", "subscription_url": URL, "version": "2.0", "is_active": 1,
        "add_time": "2026-11-22T09:00:00.000Z", "remove_time": None, "type": "general",
        "http_auth_user": "u", "http_auth_password": None, "remove_reason": None,
        "last_delivery_time": None, "last_http_status": None, "admin_id": 1, "name": "Hub",
    })  # fmt: skip


async def test_webhooks_are_listed(subscriber: Subscriber) -> None:
    number = await subscriber.subscribe()
    listed = await subscriber.visitor.get("/api/v1/webhooks")

    assert [row["id"] for row in listed.data] == [number]


async def test_a_deleted_webhook_is_told_nothing(
    subscriber: Subscriber, receiver: Receiver
) -> None:
    number = await subscriber.subscribe()
    await subscriber.visitor.delete(f"/api/v1/webhooks/{number}")
    await subscriber.rename("Ada")

    assert receiver.requests == []


async def test_deleting_what_is_not_there_is_404(visitor: Visitor) -> None:
    gone = await visitor.delete("/api/v1/webhooks/9")

    assert (gone.status, gone.json["errors"]) == (404, {"id": ["not found"]})


async def test_somebody_elses_webhook_can_be_deleted_by_admins_only(
    subscriber: Subscriber,
) -> None:
    number = await subscriber.subscribe()
    company = subscriber.sandbox.world.default_company
    jonas = company.users.get(2)
    assert jonas is not None
    subscriber.sandbox.world.issue(company, jonas, "jonas")
    other = Visitor(subscriber.sandbox, token="jonas")
    refused = await other.delete(f"/api/v1/webhooks/{number}")
    await other.close()

    assert (refused.status, refused.json) == (403, {"success": False, "message": "Forbidden"})


@pytest.mark.parametrize(
    "url",
    ["nowhere", "ftp://hub.example/", "https://", "http://[", "https://api.pipedrive.com/v1/x", 7],
)
async def test_an_address_that_cannot_be_reached_is_400(visitor: Visitor, url: Any) -> None:
    refused = await visitor.post("/api/v1/webhooks", wish(subscription_url=url))

    assert (refused.status, refused.json) == (400, {
        "status": "error", "success": False,
        "errors": {"subscription_url": ["invalid or non-reachable URL"]},
    })  # fmt: skip


async def test_all_faults_are_told_at_once(visitor: Visitor) -> None:
    asked = wish("added", "dragon", name="n" * 256, version="1.0", user_id=99)
    refused = await visitor.post("/api/v1/webhooks", asked)

    assert set(refused.json["errors"]) == {
        "event_action", "event_object", "name", "version", "user_id",
    }  # fmt: skip


async def test_the_forty_first_webhook_of_a_user_is_422(subscriber: Subscriber) -> None:
    for _ in range(40):
        await subscriber.subscribe()
    refused = await subscriber.visitor.post("/api/v1/webhooks", wish())

    assert refused.status == 422


async def test_this_machine_may_listen(subscriber: Subscriber) -> None:
    assert await subscriber.subscribe(subscription_url="http://127.0.0.1:8000/hooks") == 1


class TestAsStrictAsPipedrive:
    @pytest.fixture
    def options(self) -> Options:
        switches = Switches(loopback=False, plain_http_webhooks="refuse")
        return replace(QUIET, switches=switches)

    async def test_this_machine_cannot_be_reached(self, visitor: Visitor) -> None:
        asked = wish(subscription_url="http://localhost:8000/")

        assert (await visitor.post("/api/v1/webhooks", asked)).status == 400

    async def test_plain_http_is_answered_as_a_missing_scope(self, visitor: Visitor) -> None:
        refused = await visitor.post("/api/v1/webhooks", wish(subscription_url="http://a.example"))

        assert (refused.status, refused.error) == (403, "Scope and URL mismatch")


# --- what is told ---


async def test_a_change_is_told_with_texts_for_ids(
    subscriber: Subscriber, receiver: Receiver
) -> None:
    await subscriber.subscribe()
    await subscriber.rename("Ada Tamm")
    meta = receiver.last["meta"]
    del meta["id"], meta["correlation_id"]

    assert meta == {
        "action": "change", "company_id": "15747575", "entity": "person", "entity_id": "1",
        "is_bulk_edit": False, "timestamp": "2026-11-22T09:00:00.000Z", "type": "general",
        "user_id": "1", "version": "2.0", "webhook_id": "1", "webhook_owner_id": "1",
        "change_source": "api", "permitted_user_ids": ["1", "2", "3"], "attempt": 1,
        "host": "tallinncoffee.pipedrive.com",
    }  # fmt: skip


async def test_previous_holds_only_what_changed(subscriber: Subscriber, receiver: Receiver) -> None:
    before = subscriber.sandbox.record("deal", 1)
    assert before is not None
    await subscriber.subscribe()
    await subscriber.visitor.patch("/api/v2/deals/1", {"title": "New title"})
    await subscriber.sandbox.courier.deliver()

    assert receiver.last["previous"] == {"title": before["title"]}


async def test_a_change_of_nothing_is_not_told(subscriber: Subscriber, receiver: Receiver) -> None:
    await subscriber.subscribe()
    await subscriber.rename("Ada Tamm", "Ada Tamm")

    assert receiver.names == ["change.person"]


async def test_a_creation_has_no_previous(subscriber: Subscriber, receiver: Receiver) -> None:
    await subscriber.subscribe()
    await subscriber.visitor.post("/api/v2/persons", {"name": "Eva"})
    await subscriber.sandbox.courier.deliver()

    assert (receiver.names, receiver.last["previous"]) == (["create.person"], None)


async def test_a_deletion_has_no_data_and_the_last_state_as_previous(
    subscriber: Subscriber, receiver: Receiver
) -> None:
    await subscriber.subscribe()
    await subscriber.visitor.delete("/api/v2/persons/1")
    await subscriber.sandbox.courier.deliver()

    assert (receiver.last["data"], receiver.last["previous"]["id"]) == (None, 1)


async def test_custom_fields_carry_their_type(subscriber: Subscriber, receiver: Receiver) -> None:
    fields = (await subscriber.visitor.get("/api/v2/personFields?limit=500")).data
    code = next(field["field_code"] for field in fields if field["field_name"] == "Renewal date")
    await subscriber.subscribe()
    await subscriber.patch_person(custom_fields={code: "2027-01-31"})

    assert receiver.last["data"]["custom_fields"][code] == {"type": "date", "value": "2027-01-31"}


async def test_visibility_is_a_text(subscriber: Subscriber, receiver: Receiver) -> None:
    await subscriber.subscribe()
    await subscriber.rename("Ada Tamm")

    assert receiver.last["data"]["visible_to"] == "3"


async def test_a_webhook_hears_only_of_what_it_asked_for(
    subscriber: Subscriber, receiver: Receiver
) -> None:
    await subscriber.subscribe("delete.person")
    await subscriber.rename("Ada Tamm")
    await subscriber.visitor.delete("/api/v2/organizations/1")
    await subscriber.visitor.delete("/api/v2/persons/1")
    await subscriber.sandbox.courier.deliver()

    assert receiver.names == ["delete.person"]


async def test_a_webhook_hears_nothing_of_what_its_user_may_not_see(
    subscriber: Subscriber, receiver: Receiver
) -> None:
    await subscriber.subscribe(user_id=2)
    await subscriber.patch_person(owner_id=1, visible_to=1)

    assert receiver.requests == []


async def test_a_merge_is_told_as_a_pair(subscriber: Subscriber, receiver: Receiver) -> None:
    await subscriber.subscribe("*.person")
    await subscriber.visitor.put("/api/v1/persons/1/merge", {"merge_with_id": 2})
    await subscriber.sandbox.courier.deliver()
    pair = [(name, t["meta"].get("merged_to_id"), t["meta"].get("merged_from_id"))
            for name, t in zip(receiver.names, receiver.told, strict=True)]  # fmt: skip

    assert pair == [("delete.person", "2", None), ("change.person", None, "1")]


async def test_a_deactivated_user_is_a_change_with_seconds_as_time(
    subscriber: Subscriber, receiver: Receiver
) -> None:
    await subscriber.subscribe("*.user")
    subscriber.sandbox.put_state({"users": [{"id": 2, "active_flag": False}]})
    await subscriber.sandbox.courier.deliver()
    told = receiver.last

    assert (receiver.names, told["data"]["active_flag"], told["meta"]["timestamp"]) == (
        ["change.user"], False, 1795338000,
    )  # fmt: skip


async def test_basic_auth_goes_along(subscriber: Subscriber, receiver: Receiver) -> None:
    await subscriber.subscribe(http_auth_user="hub", http_auth_password="pa:ss")
    await subscriber.rename("Ada")

    assert receiver.requests[0].headers["authorization"] == (
        "Basic " + b64encode(b"hub:pa:ss").decode()
    )
