"""The doors of the real web side: senders are answered as always, and nothing of them is kept."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx2
import pytest
from tests.clock import ManualClock
from tests.fresh import fresh_file

from dealwright import parts
from dealwright.app import build_web
from dealwright.core.people import CLI
from dealwright.core.privacy import asked_for
from dealwright.core.privacyrules import Rules
from dealwright.pipeline.privacylist import Listing
from dealwright.pipeline.privacysources import set_rules
from dealwright.settings import Settings
from dealwright.store.engine import Store
from dealwright.store.events import recent_events, recent_rejects
from dealwright.store.secrets import Vault
from dealwright.store.sources import add_write_key, create_source
from dealwright.web.write_keys import hash_write_key

KEY = "key-of-the-shop"
ADA = {
    "type": "identify",
    "userId": "u-1",
    "traits": {"email": "ada@canary.example", "plan": "pro"},
}


class Side:
    """The web side, and what stands behind it."""

    def __init__(self, folder: Path) -> None:
        self.clock = ManualClock()
        settings = Settings(data=folder)
        fresh_file(folder / "dealwright.db")
        self.store: Store = parts.open_store(settings)
        self.vault: Vault = parts.open_vault(settings)
        self.web = build_web(settings, self.store, self.clock)
        with self.store.transaction() as db:
            create_source(db, "shop", now_ms=1)
            add_write_key(db, 1, key_hash=hash_write_key(KEY), prefix="key", now_ms=1)

    async def post(self, path: str, body: Any) -> tuple[int, Any]:
        transport = httpx2.ASGITransport(app=self.web)
        async with httpx2.AsyncClient(transport=transport, base_url="http://hub.example") as client:
            answer = await client.post(path, json=body, auth=(KEY, ""))
        return answer.status_code, answer.json()


@pytest.fixture
async def side(tmp_path: Path) -> AsyncIterator[Side]:
    made = Side(tmp_path)
    yield made
    async with made.web.pages.router.lifespan_context(made.web.pages):
        pass
    made.store.close()


@pytest.mark.parametrize(("path", "body"), [("/v1/identify", ADA), ("/v1/batch", {"batch": [ADA]})])
async def test_a_sender_of_somebody_suppressed_is_answered_as_always(
    side: Side, path: str, body: Any
) -> None:
    listing = Listing(side.store, side.clock, side.vault)
    await listing.add(asked_for(email="ada@canary.example"), by=CLI)
    answer = await side.post(path, body)
    rejected = await side.store.read(lambda db: recent_rejects(db, limit=9))
    assert answer == (200, {"success": True})
    assert [(one.code, bytes(one.payload)) for one in rejected] == [("suppressed", b"")]


async def test_an_event_is_stored_as_the_rules_leave_it(side: Side) -> None:
    await side.store.write(
        lambda db: set_rules(db, 1, Rules(mask=("traits.email",)), vault=side.vault, now_ms=1)
    )
    await side.post("/v1/identify", ADA)
    (stored,) = await side.store.read(lambda db: recent_events(db, limit=9))
    assert b"a***@canary.example" in stored.payload


async def test_a_reject_of_a_source_with_rules_keeps_no_body(side: Side) -> None:
    await side.store.write(
        lambda db: set_rules(db, 1, Rules(mask=("traits.email",)), vault=side.vault, now_ms=1)
    )
    await side.post("/v1/batch", {"batch": [{"traits": {"email": "ada@canary.example"}}]})
    (rejected,) = await side.store.read(lambda db: recent_rejects(db, limit=9))
    assert bytes(rejected.payload) == b""
