"""A panel inside Pipedrive: only for who is signed for, and of what the hub knows."""

from datetime import timedelta
from pathlib import Path
from typing import Any

import jwt
import pytest
import sqlalchemy as sa
from starlette.applications import Starlette
from starlette.testclient import TestClient
from tests.clock import ManualClock
from tests.fresh import fresh_store

from dealwright.core.secret import Secret
from dealwright.store.connections import NewConnection, create_connection
from dealwright.store.deliveries import NewDelivery, add_deliveries
from dealwright.store.meeting_tables import meeting_writes, meetings
from dealwright.store.tables import deliveries, events
from dealwright.web.cardpanel import Panel

SECRET = "s" * 40
ASKED = {"resource": "person", "companyId": "77", "userId": "1", "selectedIds": "5"}


@pytest.fixture
def clock() -> ManualClock:
    """Time that stands still."""
    return ManualClock()


@pytest.fixture
def panel(tmp_path: Path, clock: ManualClock) -> Any:
    """A hub that has done something with person 5 of company 77."""
    store = fresh_store(tmp_path)
    new = NewConnection(
        name="acme", base_url="https://acme.pipedrive.com", plan="lite", seats=1, company_id=77
    )
    with store.transaction() as db:
        create_connection(db, new, now_ms=0)
        add_deliveries(db, [NewDelivery(1, 1, 1, 1, 1, "", "held", "several", "Two of them", 0)])
        db.execute(deliveries.update().values(record_kind="person", record_id=5))
        _happened(db)
    site = Panel(store, clock, secret=Secret(SECRET), base_url="https://hub.example")
    with TestClient(Starlette(routes=site.routes())) as client:
        yield client
    store.close()


def _happened(db: sa.Connection) -> None:
    """An event that was delivered to the person, one that nobody asks for, and a meeting."""
    told = (
        (b'{"type":"identify","userId":"u-5"}', 60_000),
        (b'{"type":"track","event":"Order Placed","userId":"u-5"}', 120_000),
        (b'{"type":"track","event":"Somebody else","userId":"u-55"}', 130_000),
    )
    for number, (payload, at_ms) in enumerate(told, start=1):
        row = {"source_id": 1, "received_at_ms": at_ms, "message_id": f"m{number}"}
        db.execute(events.insert().values(seq=number, payload=payload, **row))
    db.execute(
        meetings.insert().values(
            public_id="01a2", source_id=1, connection_id=1, key="k", revision=1, body=b"{}",
            state="synced", created_at_ms=0, updated_at_ms=0, started_at_ms=180_000,
            title="Kick-off", ical_uid="", platform_meeting="", organiser="",
        )
    )  # fmt: skip
    db.execute(
        meeting_writes.insert().values(
            meeting_id=1, kind="note", person_id=5, deal_id=9, content_hash="", kept_hash="",
            state="done", written_at_ms=0,
        )
    )  # fmt: skip


def signed(clock: ManualClock, *, secret: str = SECRET, company: int = 77, age_s: int = 0) -> str:
    ends = clock.now() + timedelta(seconds=300 - age_s)
    claims = {"companyId": company, "userId": 1, "exp": int(ends.timestamp())}
    return jwt.encode(claims, secret, algorithm="HS256")


def shown(panel: TestClient, clock: ManualClock, **asked: str) -> list[dict[str, Any]]:
    """The objects of a panel."""
    answer = panel.get("/card/panel", params={**ASKED, **asked, "token": signed(clock)})
    assert answer.status_code == 200, answer.text
    return answer.json()["data"]


def test_first_the_panel_says_what_was_done_and_why(panel: TestClient, clock: ManualClock) -> None:
    why = shown(panel, clock)[0]

    assert (why["kind"], why["outcome"]) == ("why", "held: Two of them")


def test_the_panel_has_the_events_of_a_person(panel: TestClient, clock: ManualClock) -> None:
    told = [(one["header"], one["at"]) for one in shown(panel, clock) if one["kind"] == "event"]

    assert told == [
        ("Order Placed", "1970-01-01 00:02 UTC"),
        ("Profile updated", "1970-01-01 00:01 UTC"),
    ]


@pytest.mark.parametrize(("resource", "number"), [("person", "5"), ("deal", "9")])
def test_the_panel_has_the_meetings_of_a_record(
    panel: TestClient, clock: ManualClock, resource: str, number: str
) -> None:
    told = shown(panel, clock, resource=resource, selectedIds=number)
    (meeting,) = [one for one in told if one["kind"] == "meeting"]

    assert (meeting["header"], meeting["outcome"]) == ("Kick-off", "synced")
    assert meeting["link"] == "https://hub.example/s/01a2"


def test_the_panel_of_somebody_else_is_empty(panel: TestClient, clock: ManualClock) -> None:
    assert shown(panel, clock, selectedIds="6") == []


def test_a_token_of_another_secret_is_refused(panel: TestClient, clock: ManualClock) -> None:
    token = signed(clock, secret="x" * 40)

    assert panel.get("/card/panel", params={**ASKED, "token": token}).status_code == 401


def test_a_token_for_another_company_is_refused(panel: TestClient, clock: ManualClock) -> None:
    token = signed(clock, company=78)

    assert panel.get("/card/panel", params={**ASKED, "token": token}).status_code == 401


def test_a_token_that_is_too_old_is_refused(panel: TestClient, clock: ManualClock) -> None:
    token = signed(clock, age_s=361)

    assert panel.get("/card/panel", params={**ASKED, "token": token}).status_code == 401


def test_a_request_without_a_token_is_refused(panel: TestClient) -> None:
    assert panel.get("/card/panel", params=ASKED).status_code == 401
