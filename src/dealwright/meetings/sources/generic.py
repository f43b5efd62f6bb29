"""Generic: the signed webhook for whatever has no Source of its own, `meeting.completed` v1.

Source: MEETINGS 1.7. Its sender can be told what is wrong, and is.
"""

from typing import Any, Final, cast

from dealwright.meetings import generic, signatures
from dealwright.meetings.payload import event_name, reader
from dealwright.meetings.source import (
    Facts,
    Gone,
    NotOfAMeeting,
    Problem,
    Scheme,
    Source,
    Told,
)

_read_any: Final = reader(object)


def read(raw: bytes) -> Facts:
    """Read one event; raises RefusedBody with every fault, InvalidEvent for what is no JSON."""
    told = _read_any(raw)
    if not isinstance(told, dict):
        raise generic.refusal([Problem(pointer="", message="expected an object")])
    event = cast("dict[str, Any]", told)
    kind = event.get("type")
    if not isinstance(kind, str) or not kind:
        raise generic.refusal([Problem(pointer="/type", message="expected meeting.completed")])
    if kind == generic.DELETED:
        return Gone(key=generic.deleted_key(event), event=kind)
    if kind in {generic.COMPLETED, generic.UPDATED}:
        return Told(meeting=generic.meeting_of(event), event=kind)
    return NotOfAMeeting(event=event_name(kind))


SOURCE: Final = Source(
    key="generic",
    title="Signed webhook",
    path="/hooks/meetings/generic",
    proof="A signing secret of Standard Webhooks (whsec_…), a bearer token, or a text that signs "
    "X-Hub-Signature-256",
    verify=signatures.any_scheme,
    check_secret=signatures.check_standard,
    delivery_id=signatures.webhook_id,
    read=read,
    accepted=202,
    schemes=(Scheme.SIGNATURE, Scheme.BEARER, Scheme.HUB),
    senders_are_told=True,
    marks=frozenset({"type", "data"}),
)
