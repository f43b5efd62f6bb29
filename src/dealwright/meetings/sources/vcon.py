"""vCon: whatever speaks the IETF's container of conversations, telephony above all.

Source: draft-ietf-vcon-vcon-core (MEETINGS 1.8). Its sender can be told what is wrong, and is.
"""

import base64
from collections.abc import Sequence
from hashlib import sha512
from typing import Final

import msgspec

from dealwright.meetings import signatures
from dealwright.meetings import vcon as form
from dealwright.meetings.meeting import Meeting, Segment
from dealwright.meetings.source import (
    Access,
    Asking,
    Download,
    Facts,
    Request,
    Scheme,
    Source,
    Told,
    usable,
)

_HASHED: Final = "sha512-"
_TYPES: Final = ("text/vtt", "text/plain", "application/json", "application/x-subrip")


def read(raw: bytes) -> Facts:
    """Read a vCon: plain, zipped or signed; raises InvalidEvent."""
    return form.told_of(form.opened(raw))


def fetch(known: Meeting, told: Told | None, access: Access) -> Asking:
    """Fetch transcripts that are elsewhere, where the Source may fetch what senders name."""
    found: list[Segment] = []
    for file in _elsewhere(told) if access.media else ():
        answer = yield Request(method="GET", url=file.url, sender_named=True, content_types=_TYPES)
        body = usable(answer)
        if body is not None and _is_what_was_hashed(body, file.content_hash):
            found += form.transcript_text(body)
    if not found:
        return known
    return msgspec.structs.replace(known, transcript=known.transcript or tuple(found))


def _elsewhere(told: Told | None) -> Sequence[Download]:
    files = told.downloads if told is not None else ()
    return [file for file in files if file.url.lower().startswith("https://")]


def _is_what_was_hashed(body: bytes, written: str) -> bool:
    if not written:
        return True
    made = base64.urlsafe_b64encode(sha512(body).digest()).rstrip(b"=").decode()
    return written.removeprefix(_HASHED).rstrip("=") == made


SOURCE: Final = Source(
    key="vcon",
    title="vCon",
    path="/hooks/meetings/vcon",
    proof="A signing secret of Standard Webhooks (whsec_…), a bearer token, or a text that signs "
    "X-Hub-Signature-256",
    verify=signatures.any_scheme,
    check_secret=signatures.check_standard,
    delivery_id=signatures.webhook_id,
    read=read,
    schemes=(Scheme.SIGNATURE, Scheme.BEARER, Scheme.HUB),
    senders_are_told=True,
    marks=frozenset({"uuid", "parties"}),
    fetch=fetch,
)
