"""Segment's own destination for Pipedrive, unchanged, against the retired v1 endpoints."""

from collections.abc import Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from tests.sandbox.clients.conftest import TOKEN
from tests.sandbox.clients.installing import npm_packages
from tests.sandbox.clients.loopback import Loopback, serving
from tests.sandbox.clients.stranger import Refused, Stranger, running

from dealwright.sandbox.options import NO_LIMITS, Options

pytestmark = [pytest.mark.npm, pytest.mark.process]

HERE = Path(__file__).parent / "segment"
BADGE = "b" * 40
LEGACY = Options(token=TOKEN, lag_s=0, limits=NO_LIMITS, legacy_v1=True)


@dataclass(frozen=True, kw_only=True)
class Segment:
    """Segment's side: it delivers one event by one action, and looks nowhere else."""

    node: Stranger
    pipedrive: Loopback

    def deliver(self, action: str, event: dict[str, Any], **mapping: Any) -> Any:
        """Send an event; the data that Pipedrive answered. Raises Refused if it did not go."""
        settings = {"domain": "tallinncoffee", "apiToken": TOKEN}
        question = {"action": action, "event": event, "mapping": mapping, "settings": settings}
        results = self.node.ask(question)
        return results[-1]["data"]["data"]

    def stored(self, kind: str, key: int | str) -> Any:
        """What Pipedrive holds now."""
        return self.pipedrive.sandbox.record(kind, key)


def destination(loopback: Loopback) -> AbstractContextManager[Stranger]:
    node = npm_packages(HERE)
    return running(node, str(HERE / "driver.js"), PIPEDRIVE_URL=loopback.url)


@pytest.fixture(scope="module")
def kept() -> Iterator[Segment]:
    with serving(LEGACY) as loopback, destination(loopback) as node:
        yield Segment(node=node, pipedrive=loopback)


@pytest.fixture
def segment(kept: Segment) -> Segment:
    kept.pipedrive.sandbox.reset()
    kept.pipedrive.sandbox.put_state(
        {"fields": {"person": [{"name": "Badge", "type": "varchar", "code": BADGE}]}}
    )
    return kept


def track(**properties: Any) -> dict[str, Any]:
    return {"type": "track", "event": "Something", "userId": "1", "properties": properties}


def test_a_person_is_made_once_and_then_changed(segment: Segment) -> None:
    event = {"type": "identify", "userId": "u-1", "traits": {"name": "Grace", "phone": "+1 555"}}
    made = segment.deliver("createUpdatePerson", event, match_field=BADGE)
    event["traits"] = {"name": "Grace Hopper"}
    segment.deliver("createUpdatePerson", event, match_field=BADGE)
    stored = segment.stored("person", made["id"])
    assert (stored["name"], stored["custom_fields"]) == ("Grace Hopper", {BADGE: "u-1"})
    assert len(segment.pipedrive.sandbox.records("persons")) == 26


def test_a_person_is_matched_by_address(segment: Segment) -> None:
    event = {"type": "identify", "traits": {"name": "Cherilyn", "email": "cher@mail.example"}}
    changed = segment.deliver(
        "createUpdatePerson", event, match_field="email", match_value={"@path": "$.traits.email"}
    )
    assert (changed["id"], segment.stored("person", 25)["name"]) == (25, "Cherilyn")


def test_an_organization_is_made_once_and_then_changed(segment: Segment) -> None:
    event = {"type": "group", "groupId": "Navy", "traits": {"name": "Navy"}}
    made = segment.deliver("createUpdateOrganization", event, match_field="name")
    again = segment.deliver("createUpdateOrganization", event, match_field="name", visible_to="1")
    assert again["id"] == made["id"]
    assert segment.stored("organization", made["id"])["visible_to"] == 1


def test_a_deal_is_made_for_a_person_and_then_won(segment: Segment) -> None:
    made = segment.deliver("createUpdateDeal", track(title="Canteen", value="1200.50", stage_id=6))
    event = track(deal_id=str(made["id"]), title="Canteen", value="1300")
    segment.deliver("createUpdateDeal", event, status="won")
    stored = segment.stored("deal", made["id"])
    assert (stored["person_id"], stored["stage_id"]) == (1, 6)
    assert (stored["value"], stored["status"]) == (1300, "won")


def test_a_lead_is_made_for_a_person_and_then_changed(segment: Segment) -> None:
    event = track(title="Asked", amount=700, currency="EUR")
    value = {"amount": {"@path": "$.properties.amount"}, "currency": "EUR"}
    made = segment.deliver("createUpdateLead", event, **value)
    segment.deliver("createUpdateLead", track(title="Asked twice"), lead_id=made["id"], **value)
    stored = segment.stored("lead", made["id"])
    assert (stored["title"], stored["person_id"]) == ("Asked twice", 1)
    assert made["value"] == {"amount": 700, "currency": "EUR"}


def test_a_note_is_made_and_then_changed(segment: Segment) -> None:
    made = segment.deliver("createUpdateNote", track(content="<p>First</p>"))
    segment.deliver("createUpdateNote", track(content="<p>Second</p>"), note_id=made["id"])
    stored = segment.stored("note", made["id"])
    assert (stored["content"], stored["person_id"]) == ("<p>Second</p>", 1)


def test_an_activity_is_made_and_then_done(segment: Segment) -> None:
    event = track(subject="Tasting", type="video_call", due_date="2026-12-01", due_time="10:00")
    made = segment.deliver("createUpdateActivity", event)
    segment.deliver(
        "createUpdateActivity", track(subject="Tasting", done=True), activity_id=made["id"]
    )
    stored = segment.stored("activity", made["id"])
    assert (stored["type"], stored["done"]) == ("video_call", True)
    assert stored["participants"][0]["person_id"] == 1


def test_an_upsert_of_a_person_costs_fifty_tokens(segment: Segment) -> None:
    event = {"type": "identify", "userId": "1", "traits": {"name": "Ada Tamm"}}
    segment.deliver("createUpdatePerson", event)
    assert [call.cost for call in segment.pipedrive.sandbox.calls] == [40, 10]


def test_without_the_switch_the_retired_endpoints_are_gone() -> None:
    event = {"type": "identify", "userId": "1", "traits": {"name": "Ada Tamm"}}
    with serving(Options(token=TOKEN, limits=NO_LIMITS)) as loopback, destination(loopback) as node:
        segment = Segment(node=node, pipedrive=loopback)
        with pytest.raises(Refused) as refused:
            segment.deliver("createUpdatePerson", event)
    assert refused.value.thrown["status"] == 410
