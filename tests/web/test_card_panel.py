"""A panel inside Pipedrive: only for who is signed for, and of what the hub knows."""

from datetime import timedelta
from pathlib import Path
from typing import Any

import jwt
import pytest
from starlette.applications import Starlette
from starlette.testclient import TestClient
from tests.clock import ManualClock

from dealwright.core.secret import Secret
from dealwright.store.connections import NewConnection, create_connection
from dealwright.store.deliveries import NewDelivery, add_deliveries
from dealwright.store.engine import Store
from dealwright.store.migrate import migrate
from dealwright.store.tables import deliveries
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
    store = Store.open(f"sqlite:///{tmp_path}/dealwright.db")
    migrate(store)
    new = NewConnection(
        name="acme", base_url="https://acme.pipedrive.com", plan="lite", seats=1, company_id=77
    )
    with store.transaction() as db:
        create_connection(db, new, now_ms=0)
        add_deliveries(db, [NewDelivery(1, 1, 1, 1, 1, "", "held", "several", "Two of them", 0)])
        db.execute(deliveries.update().values(record_kind="person", record_id=5))
    site = Panel(store, clock, secret=Secret(SECRET), base_url="https://hub.example")
    with TestClient(Starlette(routes=site.routes())) as client:
        yield client
    store.close()


def signed(clock: ManualClock, *, secret: str = SECRET, company: int = 77, age_s: int = 0) -> str:
    ends = clock.now() + timedelta(seconds=300 - age_s)
    claims = {"companyId": company, "userId": 1, "exp": int(ends.timestamp())}
    return jwt.encode(claims, secret, algorithm="HS256")


def test_the_panel_says_what_was_done_and_why(panel: TestClient, clock: ManualClock) -> None:
    answer = panel.get("/card/panel", params={**ASKED, "token": signed(clock)})

    assert answer.status_code == 200
    (why,) = answer.json()["data"]
    assert (why["kind"], why["outcome"]) == ("why", "held: Two of them")


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
