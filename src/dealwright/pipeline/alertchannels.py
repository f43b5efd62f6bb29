"""Channels: how alerts leave the hub. None of them tells who of the customers is concerned."""

import asyncio
import smtplib
import ssl
from collections.abc import Sequence
from dataclasses import dataclass
from email.message import EmailMessage
from typing import Any, Final, Protocol
from urllib.parse import SplitResult, parse_qs, unquote, urlsplit

import msgspec
from standardwebhooks import Webhook

from dealwright.core.alert import Message
from dealwright.core.clock import Clock, from_ms
from dealwright.core.errors import ConfigError, Rejected, Unavailable
from dealwright.core.secret import Secret
from dealwright.pipeline.outside import Call, Outside

_SMTP_TIMEOUT_S: Final = 20.0


class Channel(Protocol):
    """One way to say something."""

    async def send(self, message: Message) -> None:
        """Say it; raises DealwrightError when it was not taken."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Email:
    """E-mail by SMTP: `smtp://user:password@host:587` with STARTTLS, or `smtps://…:465`.

    `?tls=none` sends in the open, for a relay on the same machine. `tls` is for tests.
    """

    url: Secret
    sender: str
    to: Sequence[str]
    tls: ssl.SSLContext | None = None

    async def send(self, message: Message) -> None:
        """Send one e-mail to everybody."""
        try:
            await asyncio.to_thread(self._send, self._written(message))
        except (smtplib.SMTPException, OSError, ValueError) as error:
            # The error's own text may hold what the server was told.
            name = type(error).__name__
            raise Unavailable(f"The mail server did not take it ({name}).") from None

    def _written(self, message: Message) -> EmailMessage:
        mail = EmailMessage()
        mail["From"], mail["To"], mail["Subject"] = self.sender, ", ".join(self.to), message.subject
        mail["Message-ID"] = f"<{message.id}@{self.sender.rpartition('@')[2]}>"
        mail["Date"] = from_ms(message.at_ms)
        mail["Auto-Submitted"] = "auto-generated"
        mail.set_content(message.body)
        return mail

    def _send(self, mail: EmailMessage) -> None:
        url = urlsplit(self.url.reveal())
        with self._opened(url) as server:
            if url.username:
                server.login(unquote(url.username), unquote(url.password or ""))
            server.send_message(mail)

    def _opened(self, url: SplitResult) -> smtplib.SMTP:
        host, tls = url.hostname or "", self.tls or ssl.create_default_context()
        if url.scheme == "smtps":
            return smtplib.SMTP_SSL(host, url.port or 465, timeout=_SMTP_TIMEOUT_S, context=tls)
        server = smtplib.SMTP(host, url.port or 587, timeout=_SMTP_TIMEOUT_S)
        if parse_qs(url.query).get("tls") != ["none"]:
            server.starttls(context=tls)
        return server


@dataclass(frozen=True, slots=True, kw_only=True)
class SignedWebhook:
    """A POST that is signed as Standard Webhooks has it; `webhook-id` tells repeats apart.

    Source: https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md.
    """

    url: Secret
    secret: Secret
    outside: Outside
    clock: Clock

    async def send(self, message: Message) -> None:
        """Post the alert as JSON."""
        body = msgspec.json.encode(
            {
                "type": f"alert.{message.word.value}",
                "timestamp": from_ms(message.at_ms).isoformat(),
                "data": {
                    "kind": message.kind.value,
                    "title": message.title,
                    "message": message.text,
                    "connection_id": message.connection_id or None,
                },
            }
        )
        now = self.clock.now()
        signed = Webhook(self.secret.reveal()).sign(message.id, now, body.decode())
        headers = {
            "webhook-id": message.id,
            "webhook-timestamp": str(int(now.timestamp())),
            "webhook-signature": signed,
        }
        await _post(self.outside, self.url, body, headers)


@dataclass(frozen=True, slots=True, kw_only=True)
class Slack:
    """An incoming webhook of Slack, or of what takes the same: `{"text": …}`."""

    url: Secret
    outside: Outside

    async def send(self, message: Message) -> None:
        """Post the alert as one text."""
        text = f"*{_plain(message.subject)}*\n{_plain(message.text)}"
        await _post(self.outside, self.url, msgspec.json.encode({"text": text}), {})


@dataclass(frozen=True, slots=True, kw_only=True)
class Apprise:
    """The services that apprise knows, by their URLs; it calls them itself."""

    urls: Sequence[Secret]

    async def send(self, message: Message) -> None:
        """Hand it to apprise; raises ConfigError where that is not installed."""
        told = await asyncio.to_thread(self._send, message)
        if not told:
            raise Unavailable("apprise could not send it to all services.")

    def _send(self, message: Message) -> bool:
        apprise = _apprise()
        ways = apprise.Apprise()
        for url in self.urls:
            if not ways.add(url.reveal()):
                raise ConfigError("apprise does not know one of the URLs.", code="invalid_url")
        return bool(ways.notify(title=message.subject, body=message.body))


def _apprise() -> Any:
    try:
        # It knows a hundred services: it is read only where it is wanted.
        import apprise  # noqa: PLC0415
    except ImportError:
        raise ConfigError(
            "apprise is not installed: pip install 'dealwright[apprise]'.", code="invalid_config"
        ) from None
    return apprise


async def _post(outside: Outside, url: Secret, body: bytes, headers: dict[str, str]) -> None:
    call = Call(
        url=url.reveal(),
        method="POST",
        headers={"content-type": "application/json", **headers},
        body=body,
        max_bytes=65_536,
    )
    reply = await outside.fetch(call)
    if reply.status >= 300:
        raise Rejected(f"The receiver answered {reply.status}.", status=reply.status)


def _plain(text: str) -> str:
    # https://docs.slack.dev/messaging/formatting-message-text#escaping
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
