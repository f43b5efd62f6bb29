"""What was said: a meeting as Fathom posts it, a call as Aircall does, and a transcript file."""

import base64
import hmac
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import Any, Final, NamedTuple

import msgspec

from dealwright.cli.demo.cast import BUYER

#: The salespeople's own domain, in the sandbox's account.
OURS: Final = "tallinncoffee.example"
MARA: Final = {"name": "Mara Lind", "email": f"mara@{OURS}"}
JONAS: Final = f"Jonas Weber <jonas@{OURS}>"

#: A family behind one telephone: in Pipedrive before the hub is connected.
PHONE: Final = "+372 5555 0190"
FAMILY: Final = ("Maret Sild", "Oskar Sild")

FAMILY_IN_PIPEDRIVE: Final[dict[str, Any]] = {
    "persons": [
        {"id": 901 + number, "name": name, "phones": [PHONE]} for number, name in enumerate(FAMILY)
    ]
}

#: Whom the transcript is of: somebody that an event of the webshop made.
GUEST: Final = "Priya Raman <priya.raman@fernandfig.example>"
GUEST_EMAIL: Final = "priya.raman@fernandfig.example"
TRANSCRIPT_TITLE: Final = "Two machines for Fern & Fig"
MEETING_TITLE: Final = "Espresso machines for Northwind"
INVITED: Final = {"name": BUYER.name, "email": BUYER.email}

_LENGTH: Final = timedelta(minutes=30)


class Post(NamedTuple):
    """A request as the recorder makes it."""

    path: str
    headers: Mapping[str, str]
    body: bytes


def fathom(secret: str, *, now: datetime) -> Post:
    """A meeting that has just ended, with Fathom's summary, signed by Standard Webhooks."""
    ended = now.replace(microsecond=0) - timedelta(minutes=2)
    body = msgspec.json.encode(
        {
            "recording_id": 90210,
            "title": MEETING_TITLE,
            "meeting_title": MEETING_TITLE,
            "meeting_type": "Meeting",
            "url": "https://fathom.example/calls/90210",
            "share_url": "https://fathom.example/share/90210",
            "created_at": _written(now),
            "recording_start_time": _written(ended - _LENGTH),
            "recording_end_time": _written(ended),
            "calendar_invitees_domains_type": "one_or_more_external",
            "transcript_language": "en",
            "calendar_invitees": [
                {**MARA, "email_domain": OURS, "is_external": False},
                {**INVITED, "email_domain": "northwind.example", "is_external": True},
            ],
            "recorded_by": {**MARA, "email_domain": OURS, "team": "Sales"},
            "transcript": None,
            "default_summary": {"template_name": "General", "markdown_formatted": _SUMMARY},
            "action_items": [],
        }
    )
    told, at = "msg_demo_90210", str(int(now.timestamp()))
    key = base64.b64decode(secret.removeprefix("whsec_"))
    signed = hmac.new(key, b".".join((told.encode(), at.encode(), body)), sha256).digest()
    return Post(
        "/hooks/meetings/fathom",
        {
            "webhook-id": told,
            "webhook-timestamp": at,
            "webhook-signature": f"v1,{base64.b64encode(signed).decode()}",
        },
        body,
    )


def aircall(token: str, *, now: datetime) -> Post:
    """A call that has just ended, from a number that two persons have."""
    ended = int(now.timestamp()) - 60
    call: dict[str, Any] = {
        "id": 555190,
        "direction": "inbound",
        "status": "done",
        "started_at": ended - 250,
        "answered_at": ended - 240,
        "ended_at": ended,
        "duration": 250,
        "raw_digits": PHONE,
        "number": {"id": 1, "name": "Sales", "digits": "+372 600 0100", "country": "EE"},
        "user": {"id": 7, **MARA},
        "contact": None,
        "comments": [],
        "tags": [],
    }
    told = {"resource": "call", "event": "call.ended", "timestamp": ended, "token": token}
    return Post("/hooks/calls/aircall", {}, msgspec.json.encode({**told, "data": call}))


def began(now: datetime) -> str:
    """When the conversation of the transcript began, as a command takes it."""
    return _written(now.replace(microsecond=0) - timedelta(hours=2))


def _written(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


_SUMMARY: Final = """\
## Meeting purpose

Settle the order of **12 espresso machines** for the new building.

## Key takeaways

- The canteen opens on 15 January; the machines have to stand by then
- Budget is 28,000 EUR, service included
- Ada decides together with the head of facilities

## Next steps

- Mara sends the offer with a service contract by Friday
"""

TRANSCRIPT: Final = """\
WEBVTT

00:00:04.000 --> 00:00:10.000
<v Jonas Weber>Thanks for taking the time, Priya. How many machines do you need for the new room?

00:00:11.000 --> 00:00:19.000
<v Priya Raman>Two machines, and both have to be in by 1 February, because we open on the third.

00:00:20.000 --> 00:00:26.000
<v Jonas Weber>That works. Which budget did you set aside for it?

00:00:27.000 --> 00:00:35.000
<v Priya Raman>We have 6,400 euros for both, and we would like to lease the second one.

00:00:36.000 --> 00:00:43.000
<v Jonas Weber>Then I will send you an offer with a lease for the second machine by Thursday.

00:00:44.000 --> 00:00:52.000
<v Priya Raman>Good. What worries me is the water: the old building has very hard water.

00:00:53.000 --> 00:01:00.000
<v Jonas Weber>I will ask our technician to come by on Monday and measure it.

00:01:01.000 --> 00:01:06.000
<v Priya Raman>Perfect, I will tell the landlord that he is coming.
"""
