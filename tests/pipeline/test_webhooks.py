"""Registration: exactly one webhook of ours at Pipedrive, and never one of another's touched."""

from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import httpx2
import pytest
from tests.clock import ManualClock
from tests.fresh import fresh_store
from tests.hub import TOKEN, new_sandbox

from dealwright.core.clock import to_ms
from dealwright.core.errors import ConfigError, RateLimited, Rejected, Unauthorized, Unavailable
from dealwright.core.secret import Secret
from dealwright.pipedrive.client import Client
from dealwright.pipedrive.gate import Gate
from dealwright.pipedrive.sender import AsgiSender
from dealwright.pipeline.webhooks import Registrar
from dealwright.sandbox.app import Sandbox
from dealwright.store.budget import spend
from dealwright.store.connections import (
    Connection,
    ConnectionState,
    NewConnection,
    create_connection,
    save_credentials,
    set_state,
)
from dealwright.store.engine import Store
from dealwright.store.ledger import spent
from dealwright.store.secrets import Vault, generate_key
from dealwright.store.webhooks import Webhook, heard, webhook

HUB = "https://hub.example"
HOUR_S = 3600.0


@dataclass(frozen=True, kw_only=True)
class Office:
    """A Registrar, the account that it registers at, and its store."""

    registrar: Registrar
    sandbox: Sandbox
    store: Store
    clock: ManualClock
    outside: httpx2.AsyncClient

    @property
    def listed(self) -> list[Any]:
        return list(self.sandbox.world.default_company.webhooks.values())

    @property
    def urls(self) -> list[str]:
        return [one.subscription_url for one in self.listed]

    @property
    def calls(self) -> list[str]:
        return [f"{call.method} {call.template}" for call in self.sandbox.calls]

    async def known(self) -> Webhook:
        found = await self.store.read(lambda db: webhook(db, 1))
        assert found is not None
        return found

    def moved_to(self, public_url: str | None) -> "Office":
        return replace(self, registrar=replace(self.registrar, public_url=public_url))

    async def others(self, number: int = 1) -> None:
        """Somebody else makes webhooks with the same token."""
        for _ in range(number):
            await self.outside.post(
                "/api/v1/webhooks",
                json={
                    "subscription_url": "https://other.example/hooks/pipedrive/theirs",
                    "event_action": "*",
                    "event_object": "*",
                    "name": "Theirs",
                },
            )


@pytest.fixture
async def office(tmp_path: Path, clock: ManualClock) -> AsyncIterator[Office]:
    sandbox = new_sandbox(clock)
    store = fresh_store(tmp_path)
    new = NewConnection(name="acme", base_url="https://acme.pipedrive.com", plan="lite", seats=1)

    def dial(found: Connection, sealed: bytes) -> Client:
        return Client(
            sender=AsgiSender(sandbox, found.base_url, Secret(sealed.decode())),
            clock=clock,
            gate=Gate(clock, burst=1000),
            purpose="events",
            on_call=lambda _: None,
        )

    with store.transaction() as db:
        made = create_connection(db, new, now_ms=to_ms(clock.now()))
        save_credentials(db, made.id, sealed=TOKEN.encode())
    registrar = Registrar(
        store=store, vault=Vault([generate_key()]), dial=dial, clock=clock, public_url=HUB
    )
    outside = httpx2.AsyncClient(
        transport=httpx2.ASGITransport(app=sandbox),
        base_url="https://acme.pipedrive.com",
        headers={"x-api-token": TOKEN},
    )
    async with outside:
        yield Office(
            registrar=registrar, sandbox=sandbox, store=store, clock=clock, outside=outside
        )
    store.close()


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock()


async def test_everything_is_to_be_told_at_a_secret_address(office: Office) -> None:
    await office.registrar.check_due()

    (made,) = office.listed
    assert (made.event_action, made.event_object, made.name) == ("*", "*", "Dealwright (acme)")
    assert made.subscription_url.startswith(f"{HUB}/hooks/pipedrive/")
    assert len(made.subscription_url) > len(HUB) + 50
    assert made.http_auth_user == "dealwright"
    assert len(made.http_auth_password) > 40


async def test_the_store_holds_no_secret_that_can_be_read(office: Office) -> None:
    await office.registrar.check_due()

    (made,) = office.listed
    secret = made.subscription_url.rpartition("/")[2]
    assert secret not in repr(await office.known())
    assert made.http_auth_password not in repr(await office.known())


async def test_what_was_registered_is_known(office: Office) -> None:
    await office.registrar.check_due()

    known = await office.known()
    assert (known.remote_id, known.address, known.code) == (office.listed[0].id, HUB, "")


async def test_a_check_costs_what_the_ledger_says(office: Office) -> None:
    await office.registrar.check_due()

    day = office.clock.now().strftime("%Y-%m-%d")
    (line,) = await office.store.read(lambda db: spent(db, 1, day=day))
    assert (line.purpose, line.tokens, line.calls) == ("setup", 20, 2)


async def test_a_day_that_is_spent_is_not_spent_further(office: Office) -> None:
    at_ms = to_ms(office.clock.now())
    day = {"purpose": "events", "tokens": 30_000, "calls": 1}
    await office.store.write(lambda db: spend(db, 1, at_ms=at_ms, **day))
    with pytest.raises(RateLimited, match="spent"):
        await office.registrar.check(1)

    assert office.calls == []


async def test_nothing_is_asked_again_within_the_hour(office: Office) -> None:
    await office.registrar.check_due()
    await office.registrar.check_due()

    assert office.calls == ["GET /api/v1/webhooks", "POST /api/v1/webhooks"]


async def test_after_an_hour_it_is_looked_at_and_left_alone(office: Office) -> None:
    await office.registrar.check_due()
    office.clock.advance(HOUR_S)
    await office.registrar.check_due()

    assert office.calls[2:] == ["GET /api/v1/webhooks"]
    assert len(office.listed) == 1


async def test_one_that_has_spoken_since_is_not_asked_for(office: Office) -> None:
    await office.registrar.check_due()
    office.clock.advance(HOUR_S)
    now_ms = to_ms(office.clock.now())
    await office.store.write(lambda db: heard(db, 1, now_ms=now_ms - 1))
    await office.registrar.check_due()

    assert len(office.calls) == 2


async def test_one_that_pipedrive_deleted_is_made_anew(office: Office) -> None:
    await office.registrar.check_due()
    first = office.urls
    await office.outside.delete(f"/api/v1/webhooks/{office.listed[0].id}")
    office.clock.advance(HOUR_S)
    await office.registrar.check_due()

    assert office.urls == first


async def test_one_whose_answer_was_lost_is_adopted(office: Office) -> None:
    office.sandbox.lose_next_answer("POST", "/api/v1/webhooks")
    await office.registrar.check_due()
    office.clock.advance(HOUR_S)
    await office.registrar.check_due()

    (made,) = office.listed
    assert (await office.known()).remote_id == made.id


async def test_at_another_address_the_old_one_goes(office: Office) -> None:
    await office.registrar.check_due()
    moved = office.moved_to("https://new.example/hub")
    await moved.registrar.check_due(moved_after_ms=0)

    (url,) = moved.urls
    assert url.startswith("https://new.example/hub/hooks/pipedrive/")


async def test_those_of_others_are_never_touched(office: Office) -> None:
    await office.others()
    await office.registrar.check_due()
    await office.registrar.switch_off(1)

    assert office.urls == ["https://other.example/hooks/pipedrive/theirs"]


async def test_twins_of_ours_are_deleted(office: Office) -> None:
    await office.registrar.check_due()
    again = {"event_action": "*", "event_object": "*", "name": "Twin"}
    await office.outside.post(
        "/api/v1/webhooks", json={"subscription_url": office.urls[0], **again}
    )
    office.clock.advance(HOUR_S)
    await office.registrar.check_due()

    assert [one.name for one in office.listed] == ["Dealwright (acme)"]


async def test_switched_off_it_is_gone_and_stays_away(office: Office) -> None:
    await office.registrar.check_due()
    await office.registrar.switch_off(1)
    office.clock.advance(HOUR_S)
    await office.registrar.check_due()

    assert office.urls == []
    assert not (await office.known()).wanted


async def test_switched_on_again_it_has_other_secrets(office: Office) -> None:
    await office.registrar.switch_on(1)
    (before,) = office.urls
    await office.registrar.switch_off(1)
    await office.registrar.switch_on(1)

    (after,) = office.urls
    assert after != before


async def test_with_a_lost_key_the_one_with_the_lost_secrets_goes(office: Office) -> None:
    await office.registrar.check_due()
    before = office.urls
    other = replace(office.registrar, vault=Vault([generate_key()]))
    await other.check(1)

    assert len(office.urls) == 1
    assert office.urls != before


async def test_the_forty_first_is_told_as_one_too_many(office: Office) -> None:
    await office.others(40)

    with pytest.raises(Rejected, match="40 webhooks") as refused:
        await office.registrar.check(1)

    assert refused.value.code == "webhook_limit"
    assert (await office.known()).code == "webhook_limit"


async def test_an_address_that_cannot_be_reached_is_told(office: Office) -> None:
    lost = office.moved_to("https://hub.pipedrive.com")

    with pytest.raises(Rejected, match=r"could not reach https://hub\.pipedrive\.com") as refused:
        await lost.registrar.check(1)

    assert refused.value.code == "webhook_unreachable"


async def test_a_token_that_may_make_none_is_told_which_scope_it_needs(office: Office) -> None:
    office.sandbox.add_fault(
        path="/api/v1/webhooks",
        status=403,
        body={"success": False, "error": "Scope and URL mismatch", "errorCode": 403},
    )

    with pytest.raises(Rejected, match="webhooks:full") as refused:
        await office.registrar.check(1)

    assert refused.value.code == "webhook_scope_missing"


async def test_a_user_who_may_not_is_told_so(office: Office) -> None:
    office.sandbox.add_fault(
        path="/api/v1/webhooks", status=403, body={"success": False, "message": "Forbidden"}
    )

    with pytest.raises(Rejected) as refused:
        await office.registrar.check(1)

    assert refused.value.code == "webhook_refused"


async def test_a_refusal_is_tried_again_after_an_hour(office: Office) -> None:
    office.sandbox.add_fault(
        path="/api/v1/webhooks", status=403, body={"success": False, "message": "Forbidden"}
    )
    await office.registrar.check_due()
    office.clock.advance(HOUR_S / 2)
    await office.registrar.check_due()

    assert len(office.calls) == 1


async def test_an_outage_is_tried_again_after_five_minutes(office: Office) -> None:
    office.sandbox.add_fault(path="/api/v1/webhooks", status=503, times=1)
    await office.registrar.check_due()
    office.clock.advance(300)
    await office.registrar.check_due()

    assert len(office.urls) == 1


async def test_an_outage_says_nothing_about_what_is_registered(office: Office) -> None:
    await office.registrar.check_due()
    office.sandbox.add_fault(path="/api/v1/webhooks", status=503, times=1)

    with pytest.raises(Unavailable):
        await office.registrar.check(1)

    assert (await office.known()).remote_id == office.listed[0].id


async def test_without_an_address_nothing_is_asked(office: Office) -> None:
    await office.moved_to(None).registrar.check_due()

    assert office.calls == []


async def test_whoever_wants_it_without_an_address_is_told_what_to_set(office: Office) -> None:
    with pytest.raises(ConfigError, match="DEALWRIGHT_PUBLIC_URL") as refused:
        await office.moved_to(None).registrar.switch_on(1)

    assert refused.value.code == "webhook_no_address"


async def test_plain_http_is_not_for_peoples_data(office: Office) -> None:
    with pytest.raises(ConfigError, match="https://"):
        await office.moved_to("http://hub.example").registrar.switch_on(1)


async def test_a_connection_that_cannot_be_used_is_let_be(office: Office) -> None:
    await office.store.write(
        lambda db: set_state(db, 1, state=ConnectionState.REAUTH, reason="token")
    )
    await office.registrar.check_due()

    assert office.calls == []


async def test_a_token_that_is_refused_stops_nobody_else(office: Office) -> None:
    await office.store.write(lambda db: save_credentials(db, 1, sealed=b"wrong"))
    await office.registrar.check_due()

    with pytest.raises(Unauthorized):
        await office.registrar.check(1)

    assert (await office.known()).code == "reauth"
