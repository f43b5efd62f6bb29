"""The watch: what has drifted or gone wrong is found in time, and said once, and once when over."""

import asyncio
import base64
import email.utils
from collections.abc import AsyncGenerator
from pathlib import Path

import msgspec
import pytest
from aiohttp import web
from tests.clock import ManualClock
from tests.events import identify
from tests.hub import Hub, open_hub
from tests.journeys.drifting import FIELDS, PLAN, accept, drifts, edits, persons
from tests.smtp import MailServer, mail_server
from tests.tls import authority, listening

from dealwright.core.alert import Word
from dealwright.core.delivery import State
from dealwright.core.secret import Secret
from dealwright.core.ssrf import allow_list
from dealwright.core.standardwebhook import verify
from dealwright.pipeline.alertchannels import Channel, Email, SignedWebhook, Slack
from dealwright.pipeline.alerts import Alerting
from dealwright.pipeline.alertstates import Limits
from dealwright.pipeline.outside import Outside
from dealwright.pipeline.sentinel import Sentinel
from dealwright.pipeline.visit import visits
from dealwright.sandbox.app import Sandbox
from dealwright.store.alerts import list_alerts, sends_of
from dealwright.store.connections import ConnectionState, set_state
from dealwright.store.drift import DriftState

FIELD = f"/api/v2/personFields/{PLAN}"
DAY_S = 86_400.0
SIGNING = "whsec_" + base64.b64encode(b"s" * 32).decode()
LOCAL = Outside(allow_list(["127.0.0.1"]))


@pytest.fixture
async def watched(database: str, clock: ManualClock, pipedrive: Sandbox) -> AsyncGenerator[Hub]:
    """A hub whose Mapping names a field and an option, and that has looked once."""
    pipedrive.put_state({"fields": FIELDS})
    async with open_hub(database, clock=clock) as hub:
        await hub.connect(pipedrive, mappings=persons)
        await sentinel(hub).look()
        yield hub


@pytest.fixture
async def mail() -> AsyncGenerator[MailServer]:
    """A mail server."""
    async with mail_server() as server:
        yield server


def by_mail(mail: MailServer) -> dict[str, Channel]:
    url = Secret(f"smtp://hub:secret@127.0.0.1:{mail.port}?tls=none")
    return {"email": Email(url=url, sender="hub@hub.example", to=["sam@hub.example"])}


def sentinel(hub: Hub, channels: dict[str, Channel] | None = None, *, hours: int = 24) -> Sentinel:
    return Sentinel(
        store=hub.store,
        clock=hub.clock,
        visit=visits(hub.store, hub.clock, dial=hub.dial),
        actions=hub.actions,
        alerting=alerting(hub, channels or {}),
        every_hours=hours,
    )


def alerting(hub: Hub, channels: dict[str, Channel], *, failed: int = 25) -> Alerting:
    limits = Limits(failed=failed)
    return Alerting(store=hub.store, clock=hub.clock, channels=channels, limits=limits)


def subjects(mail: MailServer) -> list[str]:
    return [str(one["Subject"]) for one in mail.mails]


def asked(pipedrive: Sandbox) -> list[str]:
    return [call.path for call in pipedrive.calls]


async def test_a_list_that_somebody_depends_on_is_asked_for_once_a_day(
    watched: Hub, pipedrive: Sandbox
) -> None:
    assert asked(pipedrive) == ["/api/v2/personFields"]
    watched.advance(DAY_S / 2)
    await sentinel(watched).look()
    assert len(asked(pipedrive)) == 1
    watched.advance(DAY_S / 2 + 60)
    await sentinel(watched).look()
    assert len(asked(pipedrive)) == 2


async def test_with_the_check_switched_off_nothing_is_asked(
    watched: Hub, pipedrive: Sandbox
) -> None:
    watched.advance(30 * DAY_S)
    await sentinel(watched, hours=0).look()
    assert len(asked(pipedrive)) == 1


async def test_a_drift_is_told_once_and_once_when_it_is_over(
    watched: Hub, pipedrive: Sandbox, mail: MailServer
) -> None:
    edits(pipedrive, "PATCH", FIELD, {"field_name": "Tier"})
    watched.advance(DAY_S + 60)
    for _ in range(3):
        # Each is a process that has just started.
        await sentinel(watched, by_mail(mail)).look()
    assert subjects(mail) == ["Dealwright: main: The field “Plan” of persons is now called “Tier”."]
    assert "dealwright drift accept 1" in mail.mails[0].get_content()

    await accept(watched, 1)
    for _ in range(3):
        await sentinel(watched, by_mail(mail)).look()
    assert subjects(mail)[1:] == [
        "Dealwright: recovered: main: The field “Plan” of persons is now called “Tier”."
    ]


async def test_what_was_mended_in_pipedrive_is_over_after_a_day(
    watched: Hub, pipedrive: Sandbox
) -> None:
    edits(pipedrive, "PATCH", FIELD, {"field_name": "Tier"})
    watched.advance(DAY_S + 60)
    await sentinel(watched).look()
    await watched.send(identify("u-1", name="Ada"))
    await watched.run_until_idle()
    assert watched.delivery().now.code == "drift"

    edits(pipedrive, "PATCH", FIELD, {"field_name": "Plan"})
    watched.advance(DAY_S + 60)
    await sentinel(watched).look()
    await watched.run_until_idle()
    assert [one.state for one in await drifts(watched)] == [DriftState.RECOVERED]
    assert watched.delivery().now.state is State.DELIVERED


async def test_a_revoked_token_is_found_without_a_delivery_and_told(
    watched: Hub, pipedrive: Sandbox, mail: MailServer
) -> None:
    pipedrive.add_fault(status=401, body={"success": False, "error": "unauthorized access"})
    watched.advance(DAY_S + 60)
    await sentinel(watched, by_mail(mail)).look()
    await sentinel(watched, by_mail(mail)).look()

    assert (await watched.connection()).state is ConnectionState.REAUTH
    assert subjects(mail) == ["Dealwright: main needs a person: reauth"]

    await watched.store.write(lambda db: set_state(db, 1, state=ConnectionState.OK, reason=""))
    pipedrive.faults.clear()
    await sentinel(watched, by_mail(mail)).look()
    assert subjects(mail)[1:] == ["Dealwright: recovered: main needs a person: reauth"]


async def test_dead_letters_are_told_from_a_number_on(
    watched: Hub, pipedrive: Sandbox, mail: MailServer
) -> None:
    pipedrive.add_fault(method="POST", path="/api/v2/persons", status=400, body={"success": False})
    looking = alerting(watched, by_mail(mail), failed=2)
    for user_id in ("u-1", "u-2"):
        assert mail.mails == []
        await watched.send(identify(user_id, name="Ada"))
        await watched.run_until_idle()
        await looking.look()
        await looking.send_due()
    assert subjects(mail) == ["Dealwright: 2 or more Deliveries of main have failed"]


async def test_what_could_not_be_said_is_said_later(
    watched: Hub, pipedrive: Sandbox, mail: MailServer
) -> None:
    edits(pipedrive, "PATCH", FIELD, {"field_name": "Tier"})
    watched.advance(DAY_S + 60)
    mail.refusing = True
    await sentinel(watched, by_mail(mail)).look()
    mail.refusing = False
    await sentinel(watched, by_mail(mail)).look()
    assert mail.mails == []

    watched.advance(11)
    await sentinel(watched, by_mail(mail)).look()
    assert len(mail.mails) == 1
    sends = await watched.store.read(lambda db: sends_of(db, [1]))
    assert [(one.word, one.attempts) for one in sends] == [(Word.RAISED, 2)]


async def test_mail_is_sent_encrypted_and_signed_in(watched: Hub, tmp_path: Path) -> None:
    trust = authority(tmp_path, "127.0.0.1")
    async with mail_server(trust.server) as server:
        url = Secret(f"smtps://hub:secret@127.0.0.1:{server.port}")
        way = Email(url=url, sender="hub@hub.example", to=["sam@hub.example"], tls=trust.client)
        assert await alerting(watched, {"email": way}).test() == {"email": ""}
    assert base64.b64decode(server.logins[0]) == b"\0hub\0secret"
    assert email.utils.parseaddr(str(server.mails[0]["To"]))[1] == "sam@hub.example"


async def test_a_certificate_that_nobody_vouches_for_gets_no_mail(
    watched: Hub, tmp_path: Path
) -> None:
    async with mail_server(authority(tmp_path, "127.0.0.1").server) as server:
        url = Secret(f"smtps://hub:secret@127.0.0.1:{server.port}")
        way = Email(url=url, sender="hub@hub.example", to=["sam@hub.example"])
        told = await alerting(watched, {"email": way}).test()
    assert told == {"email": "The mail server did not take it (SSLCertVerificationError)."}
    assert server.logins == []


async def test_a_webhook_is_signed_and_says_what_is_wrong(watched: Hub, clock: ManualClock) -> None:
    heard: list[tuple[str, bytes]] = []

    async def hear(request: web.BaseRequest) -> web.StreamResponse:
        body = await request.read()
        headers = {name.lower(): value for name, value in request.headers.items()}
        heard.append((verify(body, headers, secrets=[SIGNING], now=clock.now()), body))
        return web.Response(status=204)

    await watched.store.write(
        lambda db: set_state(db, 1, state=ConnectionState.REAUTH, reason="The token is gone.")
    )
    async with listening(hear) as port:
        url = Secret(f"http://127.0.0.1:{port}/alerts")
        way = SignedWebhook(url=url, secret=Secret(SIGNING), outside=LOCAL, clock=clock)
        looking = alerting(watched, {"webhook": way})
        await looking.look()
        await looking.send_due()
    ((number, body),) = heard
    told = msgspec.json.decode(body)
    assert (number, told["type"], told["data"]["kind"]) == (
        "alert-1-raised",
        "alert.raised",
        "connection",
    )


async def test_slack_gets_a_text_without_markup_of_others(watched: Hub) -> None:
    heard: list[bytes] = []

    async def hear(request: web.BaseRequest) -> web.StreamResponse:
        heard.append(await request.read())
        return web.Response(text="ok")

    reason = "The token of <!channel> is gone."
    await watched.store.write(
        lambda db: set_state(db, 1, state=ConnectionState.REAUTH, reason=reason)
    )
    async with listening(hear) as port:
        way = Slack(url=Secret(f"http://127.0.0.1:{port}/"), outside=LOCAL)
        looking = alerting(watched, {"slack": way})
        await looking.look()
        await looking.send_due()
    text = msgspec.json.decode(heard[0])["text"]
    assert "&lt;!channel&gt;" in text
    assert "<" not in text


async def test_a_private_address_that_nobody_allowed_is_not_called(watched: Hub) -> None:
    way = Slack(url=Secret("http://127.0.0.1:9/"), outside=Outside())
    told = await alerting(watched, {"slack": way}).test()
    assert "is not called" in told["slack"]


async def test_two_processes_tell_it_once(watched: Hub, mail: MailServer) -> None:
    await watched.store.write(
        lambda db: set_state(db, 1, state=ConnectionState.ERROR, reason="It is broken.")
    )
    both = [alerting(watched, by_mail(mail)) for _ in range(2)]
    await asyncio.gather(*(one.look() for one in both))
    await asyncio.gather(*(one.send_due() for one in both))
    assert len(mail.mails) == 1
    assert len(await watched.store.read(lambda db: list_alerts(db, limit=10))) == 1
