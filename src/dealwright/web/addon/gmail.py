"""Gmail: the headers of the message that is open, asked for with the user's own tokens.

https://developers.google.com/workspace/gmail/api/reference/rest/v1/users.messages/get
"""

import re
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass, field
from typing import Final
from urllib.parse import quote

import msgspec

from dealwright.core.errors import Rejected, Unavailable
from dealwright.pipeline.outside import Call, Reply

Fetch = Callable[[Call], Awaitable[Reply]]
"""Asks an address of the outside (`pipeline.outside.Outside.fetch`)."""

#: What the card needs of a message; never its text.
HEADERS: Final = ("From", "To", "Cc", "Reply-To", "List-Post", "Subject", "Date", "Message-ID")
_MESSAGES: Final = "https://gmail.googleapis.com/gmail/v1/users/me/messages/"
_DECIMAL: Final = re.compile(r"msg-f:([0-9]{1,20})\Z")
_OTHER_FORM: Final = frozenset({400, 404})
_OK: Final = 200
_ANSWER_S: Final = 5.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Opened:
    """A message, and what allows to read it."""

    message_id: str
    user_token: str = field(repr=False)
    message_token: str = field(repr=False)


class _Header(msgspec.Struct, frozen=True):
    name: str
    value: str


class _Payload(msgspec.Struct, frozen=True):
    headers: tuple[_Header, ...] = ()


class _Message(msgspec.Struct, frozen=True):
    payload: _Payload = _Payload()


async def headers_of(opened: Opened, *, fetch: Fetch) -> dict[str, tuple[str, ...]]:
    """The headers of a message, by their names in small letters.

    Raises Rejected (`gmail_refused`) and Unavailable.
    """
    reply: Reply | None = None
    for form in _forms(opened.message_id):
        reply = await fetch(_call(form, opened))
        if reply.status not in _OTHER_FORM:
            break
    if reply is None or reply.status != _OK:
        status = reply.status if reply else 0
        raise Rejected(
            f"Gmail does not show this message to the hub ({status}). Open it again.",
            code="gmail_refused",
            status=status,
        )
    return _read(reply.body)


def _forms(message_id: str) -> Iterator[str]:
    """How Gmail may know a message: what the add-on is told is not always what the API takes."""
    if found := _DECIMAL.match(message_id):
        yield f"{int(found[1]):x}"
    yield message_id


def _call(form: str, opened: Opened) -> Call:
    wanted = "&".join(f"metadataHeaders={name}" for name in HEADERS)
    headers = {"authorization": f"Bearer {opened.user_token}"}
    if opened.message_token:
        headers["x-goog-gmail-access-token"] = opened.message_token
    return Call(
        url=f"{_MESSAGES}{quote(form, safe='')}?format=metadata&{wanted}",
        headers=headers,
        content_types=("application/json",),
        max_bytes=1_000_000,
        total_s=_ANSWER_S,
        max_redirects=0,
    )


def _read(body: bytes) -> dict[str, tuple[str, ...]]:
    try:
        message = msgspec.json.decode(body, type=_Message)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        raise Unavailable("Gmail's answer cannot be read.", code="unreadable_answer") from None
    found: dict[str, tuple[str, ...]] = {}
    for header in message.payload.headers:
        name = header.name.lower()
        found[name] = (*found.get(name, ()), header.value)
    return found
