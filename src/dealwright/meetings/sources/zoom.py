"""Zoom: summaries, recordings and participants in events of their own, the rest by its API.

Source: https://developers.zoom.us/docs/api/webhooks/, zoom/rivet-javascript (MEETINGS 1.3.2).
"""

import re
from collections.abc import Generator, Sequence
from datetime import datetime
from typing import Final
from urllib.parse import urlsplit

import msgspec

from dealwright.core.errors import InvalidEvent
from dealwright.meetings import signatures, zoomapi
from dealwright.meetings.attendees import attendee, union
from dealwright.meetings.folding import fold
from dealwright.meetings.meeting import Attendee, Meeting, Part
from dealwright.meetings.moments import after, moment_of, not_before, seconds_since
from dealwright.meetings.payload import event_name, ident, reader
from dealwright.meetings.pieces import recording_at
from dealwright.meetings.source import (
    Access,
    Answer,
    Answered,
    Arrival,
    Asking,
    Credential,
    Download,
    Facts,
    Gone,
    NotOfAMeeting,
    Polled,
    Request,
    Secret,
    Source,
    Told,
)
from dealwright.meetings.texts import address, line
from dealwright.meetings.zoomsummary import SummaryObject, edits_of, summary_of

_CHALLENGE: Final = "endpoint.url_validation"
#: What may be signed as a challenge: never `v0:<time>:<body>`, the form of a signed event.
_PLAIN_TOKEN: Final = re.compile(r"[A-Za-z0-9_-]{8,128}")
_SUMMARY: Final = frozenset(
    f"meeting.summary_{what}" for what in ("completed", "updated", "shared", "recovered")
)
_SUMMARY_GONE: Final = frozenset({"meeting.summary_trashed", "meeting.summary_deleted"})
_RECORDING: Final = frozenset({"recording.completed", "recording.transcript_completed"})
_PARTICIPANT: Final = frozenset({"meeting.participant_joined", "meeting.participant_left"})
_HEARD: Final = ("TRANSCRIPT", "CC")


class _Participant(msgspec.Struct):
    user_name: str | None = None
    id: str | None = None
    participant_user_id: str | None = None
    email: str | None = None
    phone_number: str | None = None


class _File(msgspec.Struct):
    recording_start: str | None = None
    recording_end: str | None = None
    file_type: str | None = None
    download_url: str | None = None


class _Object(SummaryObject):
    uuid: str | None = None
    id: int | str | None = None
    topic: str | None = None
    host_email: str | None = None
    start_time: str | None = None
    end_time: str | None = None
    timezone: str | None = None
    duration: float | None = None
    share_url: str | None = None
    recording_files: list[_File] | None = None
    participant: _Participant | None = None


class _Payload(msgspec.Struct):
    object: _Object | None = None
    plain_token: str | None = msgspec.field(default=None, name="plainToken")


class _Envelope(msgspec.Struct):
    event: str | None = None
    event_ts: float | None = None
    payload: _Payload | None = None
    download_token: str | None = None


_read_envelope = reader(_Envelope)


def verify(arrival: Arrival, secrets: Sequence[Secret]) -> None:
    """Verify `x-zm-signature`, then its time; raises Refused."""
    _signer(arrival, secrets)
    signatures.check_time(arrival.headers.get("x-zm-request-timestamp", ""), arrival.now)


def challenge(arrival: Arrival, secrets: Sequence[Secret]) -> Answered | None:
    """The answer to an endpoint challenge that was verified as every request is; None for others.

    A token that is none is not signed: else whoever asks could have a forged event signed.
    """
    try:
        envelope = _read_envelope(arrival.body)
    except InvalidEvent:
        return None
    token = (envelope.payload.plain_token if envelope.payload else None) or ""
    if envelope.event != _CHALLENGE or not _PLAIN_TOKEN.fullmatch(token):
        return None
    key = _signer(arrival, secrets).value.encode("utf-8", "surrogatepass")
    return Answered(
        json={"plainToken": token, "encryptedToken": signatures.hex_hmac(key, token.encode())}
    )


def read(raw: bytes) -> Facts:
    """Read one event; raises InvalidEvent."""
    envelope = _read_envelope(raw)
    event = event_name(envelope.event)
    told = (envelope.payload.object if envelope.payload else None) or _Object()
    at = moment_of(envelope.event_ts)
    if event in _SUMMARY:
        return Told(meeting=_of_summary(told, at), event=event, whole=False, fetch=True)
    if event in _SUMMARY_GONE:
        return Gone(key=_key(told), event=event, summary_only=True)
    if event in _RECORDING:
        return Told(
            meeting=_of_recording(told, at),
            event=event,
            whole=False,
            fetch=True,
            downloads=_downloads(told, line(envelope.download_token)),
        )
    if event in _PARTICIPANT or event == "meeting.ended":
        return Told(meeting=_of_participant(told, at), event=event, whole=False, waits=True)
    return NotOfAMeeting(event=event)


def fetch(known: Meeting, told: Told | None, access: Access) -> Asking:
    """Ask who was there, and for the transcript and the summary where they were not told.

    Without credentials nobody can say who was there.
    """
    uuid = known.key.removeprefix("zoom:")
    token = yield from zoomapi.token(access)
    if told is not None:
        people = (yield from zoomapi.participants(uuid, token)) if token else None
        spoken = yield from zoomapi.transcript(told.downloads, token)
        known = msgspec.structs.replace(
            known,
            attendees=union(known.attendees, people or ()),
            participants_refused=people is None,
            transcript=spoken or known.transcript,
        )
    asked_for = told is None or told.event in _SUMMARY
    if token and asked_for and known.source_summary is None:
        found = yield from zoomapi.summary(uuid, token)
        if found is not None:
            facts = Meeting(key=known.key, source="zoom", summary=found)
            known = fold(known, Told(meeting=facts, event="meeting_summary", whole=False))
    return known


def poll(
    access: Access, since: datetime, now: datetime
) -> Generator[Request, Answer, list[Polled]]:
    """Recordings and summaries of the account since then, as events would have told them."""
    return zoomapi.poll(access, since, now)


def _signer(arrival: Arrival, secrets: Sequence[Secret]) -> Secret:
    given = arrival.headers.get("x-zm-signature", "").strip()
    sent_at = arrival.headers.get("x-zm-request-timestamp", "")
    if not given.startswith("v0="):
        raise signatures.refused()
    message = b"v0:" + sent_at.encode("utf-8", "surrogatepass") + b":" + arrival.body
    return signatures.check_hex(given.removeprefix("v0="), message, secrets)


def _key(told: _Object) -> str:
    # The number is that of every meeting of a series; only the UUID is of one.
    return f"zoom:{ident(told.meeting_uuid or told.uuid, of='uuid')}"


def _of_summary(told: _Object, at: datetime | None) -> Meeting:
    start = moment_of(told.meeting_start_time) or moment_of(told.summary_start_time)
    end = moment_of(told.meeting_end_time) or moment_of(told.summary_end_time)
    own, edits = summary_of(told), edits_of(told)
    return msgspec.structs.replace(
        _of_anything(told, at, host=told.meeting_host_email),
        title=line(told.meeting_topic),
        started_at=start,
        ended_at=not_before(end, start),
        source_summary=own,
        source_edits=edits,
        summary_expected=own is None and edits is None,
    )


def _of_recording(told: _Object, at: datetime | None) -> Meeting:
    files = told.recording_files or []
    starts = [found for file in files if (found := moment_of(file.recording_start))]
    ends = [found for file in files if (found := moment_of(file.recording_end))]
    start = min(starts, default=moment_of(told.start_time))
    minutes = None if told.duration is None else told.duration * 60
    end = max(ends) if ends else after(start, minutes)
    return msgspec.structs.replace(
        _of_anything(told, at, host=told.host_email),
        title=line(told.topic),
        started_at=start,
        ended_at=not_before(end, start),
        recorded=bool(starts and ends),
        recording=recording_at(told.share_url),
        summary_expected=True,
    )


def _of_participant(told: _Object, at: datetime | None) -> Meeting:
    person = told.participant
    people: list[Attendee] = []
    if person is not None:
        found = attendee(person.user_name, emails=[person.email], phones=[person.phone_number])
        source_id = line(person.participant_user_id) or line(person.id)
        people.append(msgspec.structs.replace(found, source_id=source_id, attended=True))
    ended = moment_of(told.end_time)
    start = moment_of(told.start_time) if ended else None
    meeting = _of_anything(told, at, host=told.host_email)
    return msgspec.structs.replace(
        meeting,
        title=line(told.topic),
        started_at=start,
        ended_at=not_before(ended, start),
        attendees=union(meeting.attendees, people),
    )


def _of_anything(told: _Object, at: datetime | None, *, host: str | None) -> Meeting:
    email = address(host)
    number = told.meeting_id if told.meeting_id is not None else told.id
    return Meeting(
        key=_key(told),
        source="zoom",
        timezone=line(told.timezone),
        platform="zoom",
        platform_meeting="" if number is None else ident(number, of="id"),
        organiser=email,
        presenter_email=email,
        attendees=union([attendee(emails=[email], part=Part.HOST)]),
        modified_at=at,
    )


def _downloads(told: _Object, token: str) -> tuple[Download, ...]:
    files = told.recording_files or []
    starts = [found for file in files if (found := moment_of(file.recording_start))]
    for kind in _HEARD:
        heard = [file for file in files if line(file.file_type).upper() == kind]
        found = [
            Download(
                url=line(file.download_url),
                token=token,
                offset_s=seconds_since(min(starts, default=None), moment_of(file.recording_start))
                or 0.0,
            )
            for file in heard
            if _is_zooms(line(file.download_url))
        ]
        if found:
            return tuple(found)
    return ()


def _is_zooms(url: str) -> bool:
    # The token goes along: it is Zoom's, and nobody else is to see it.
    try:
        parts = urlsplit(url)
        host = parts.hostname or ""
    except ValueError:
        return False
    return parts.scheme == "https" and (host == "zoom.us" or host.endswith(".zoom.us"))


SOURCE: Final = Source(
    key="zoom",
    title="Zoom",
    path="/hooks/meetings/zoom",
    proof="The secret token of the Zoom app's event subscription",
    verify=verify,
    check_secret=signatures.check_text,
    challenge=challenge,
    read=read,
    grace_s=15 * 60,
    credentials=(
        Credential(key="account_id", title="Account id"),
        Credential(key="client_id", title="Client id"),
        Credential(key="client_secret", title="Client secret"),
    ),
    hosts=("zoom.us", "*.zoom.us"),
    marks=frozenset({"event", "payload"}),
    fetch=fetch,
    poll=poll,
)
