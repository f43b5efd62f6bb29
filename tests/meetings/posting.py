"""Deliveries as recorders sign them, and scenes made of a fixture with other deliveries."""

import base64
import hmac
from hashlib import sha256
from pathlib import Path
from typing import Any

import msgspec
from tests.meetings.runner.shape import Account, Config, Fetch, Fixture, Sent, read_fixture

FIXTURES = Path(__file__).parent / "fixtures"


def fixture(name: str) -> Fixture:
    """A fixture by its id, `fathom/01_external_full`."""
    return read_fixture(FIXTURES / f"{name}.json")


def body_of(name: str, at: int = 0) -> Any:
    """What one of its deliveries says."""
    return msgspec.json.decode(fixture(name).deliveries[at].raw_body)


def scene(
    base: Fixture,
    *deliveries: Sent,
    secrets: dict[str, str] | None = None,
    fetches: list[Fetch] | None = None,
    config: Config | None = None,
    pipedrive: Account | None = None,
) -> Fixture:
    """The same account and moment, and other things that come."""
    return msgspec.structs.replace(
        base,
        deliveries=list(deliveries),
        secret=secrets or base.secret,
        fetches=fetches or [],
        config=config or base.config,
        pipedrive=pipedrive or base.pipedrive,
    )


def posted(path: str, raw: str, **headers: str) -> Sent:
    """A request with these headers."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return Sent(
        method="POST",
        path=path,
        headers={"content-type": "application/json", **named},
        raw_body=raw,
        body=None,
    )


def standard(kind: str, body: Any, *, secret: str, at: int, message_id: str = "msg-1") -> Sent:
    """Signed by Standard Webhooks: fathom, vcon, generic."""
    raw = _raw(body)
    key = base64.b64decode(secret.removeprefix("whsec_"))
    signed = hmac.new(key, f"{message_id}.{at}.{raw}".encode(), sha256).digest()
    return posted(
        f"/hooks/meetings/{kind}",
        raw,
        webhook_id=message_id,
        webhook_timestamp=str(at),
        webhook_signature=f"v1,{base64.b64encode(signed).decode()}",
    )


def zoom(body: Any, *, secret: str, at: int) -> Sent:
    """As Zoom signs."""
    raw = _raw(body)
    signed = hmac.new(secret.encode(), f"v0:{at}:{raw}".encode(), sha256).hexdigest()
    return posted(
        "/hooks/meetings/zoom",
        raw,
        x_zm_request_timestamp=str(at),
        x_zm_signature=f"v0={signed}",
    )


def fireflies(body: Any, *, secret: str) -> Sent:
    """As Fireflies signs."""
    raw = _raw(body)
    signed = hmac.new(secret.encode(), raw.encode(), sha256).hexdigest()
    return posted("/hooks/meetings/fireflies", raw, x_hub_signature=f"sha256={signed}")


def readai(body: Any, *, secret: str) -> Sent:
    """As Read AI signs."""
    raw = _raw(body)
    signed = hmac.new(base64.b64decode(secret), raw.encode(), sha256).hexdigest()
    return posted("/hooks/meetings/read", raw, x_read_signature=signed)


def aircall(body: Any) -> Sent:
    """Aircall signs nothing: the token stands in the body."""
    return posted("/hooks/calls/aircall", _raw(body))


def _raw(body: Any) -> str:
    return body if isinstance(body, str) else msgspec.json.encode(body).decode()
