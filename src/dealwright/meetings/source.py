"""Source: what a recorder declares: where it is received, how it is proved, read and asked.

A Source is one module of `sources/` that calls this declaration SOURCE. All of it is pure: bytes
and answers in, values out. Who receives keeps the raw body before anything is answered, reads it
later, and asks the recorder by running `fetch` and `poll`, which yield Requests and take Answers.
"""

from collections.abc import Callable, Generator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from hashlib import sha256
from typing import Final

from dealwright.core.errors import (
    DealwrightError,
    InvalidEvent,
    RateLimited,
    Unauthorized,
    Unavailable,
)
from dealwright.meetings.meeting import Meeting

#: Longer than this no body is read (413); whole transcripts are in some of them.
MAX_BODY_BYTES: Final = 20_000_000

_TOO_MANY: Final = 429
_SERVER_FAULT: Final = 500
#: What a recorder gets that asks to be let be and does not say for how long.
_PAUSE_S: Final = 60.0


class Scheme(StrEnum):
    """How a sender proves itself with one secret."""

    SIGNATURE = "signature"  # the recorder's own signature, or token in the body (Aircall)
    BEARER = "bearer"  # `Authorization: Bearer <secret>` (generic, vCon)
    HUB = "hub"  # `X-Hub-Signature-256: sha256=<hex>` (generic, vCon)


@dataclass(frozen=True, slots=True, kw_only=True)
class Secret:
    """One secret of a Source; several may hold at once, while one is being changed."""

    value: str = field(repr=False)
    scheme: Scheme = Scheme.SIGNATURE


@dataclass(frozen=True, slots=True, kw_only=True)
class Credential:
    """A field that the recorder's API wants: `key` in settings, `title` for people."""

    key: str
    title: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Arrival:
    """One request as it came: path, headers with names in small letters, raw body, and when."""

    path: str
    headers: Mapping[str, str]
    body: bytes = field(repr=False)
    now: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """What is wrong at one place of a body; `pointer` is a JSON pointer ("" for all of it)."""

    pointer: str
    message: str


class Refused(DealwrightError):
    """A delivery that is not taken, and of which nothing is kept but a count.

    Codes: `signature`, `timestamp`, `token` (401); `critical_extension`, `encrypted_vcon`,
    `invalid_meeting` with its `problems` (422; only vCon and the generic webhook).
    """

    code = "signature"

    def __init__(
        self, message: str, *, code: str, status: int = 401, problems: Sequence[Problem] = ()
    ) -> None:
        super().__init__(message, code=code)
        self.status = status
        self.problems = tuple(problems)


class RefusedBody(InvalidEvent):
    """A body that its sender is told to mend; `problems` says where (the codes of Refused, 422)."""

    code = "invalid_meeting"

    def __init__(
        self, message: str, *, code: str | None = None, problems: Sequence[Problem] = ()
    ) -> None:
        super().__init__(message, code=code)
        self.problems = tuple(problems)


@dataclass(frozen=True, slots=True, kw_only=True)
class Accepted:
    """To be stored, answered with the Source's `accepted`, and read later."""

    delivery_key: str
    meeting_key: str
    event: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Ignored:
    """Authentic, and not about a finished meeting: outcome `ignored:<event>`, no Meeting."""

    delivery_key: str
    event: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Answered:
    """A challenge: answered with this JSON and status 200, outcome `answered:challenge`."""

    json: Mapping[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class DeadLetter:
    """Authentic and unreadable: stored with the reason, answered as if it were accepted."""

    delivery_key: str
    reason: str


Received = Accepted | Ignored | Answered | DeadLetter


@dataclass(frozen=True, slots=True, kw_only=True)
class Download:
    """A file of the meeting at the recorder, and the token of the event that opens it.

    `offset_s` is how long after the meeting's start the file's own times begin; `content_hash` what
    the sender says is in it (vCon: `sha512-` and base64url).
    """

    url: str
    offset_s: float = 0.0
    content_hash: str = ""
    token: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """What one delivery tells of a Meeting.

    `waits`: it makes no Meeting by itself; it is folded into one that exists, else it waits in the
    inbox for a delivery of the same key that makes one (its outcome is then `ignored:<event>`).
    `whole`: its lists are complete and replace what was known; else they are added to it.
    `fetch`: the Source's `fetch` is to be run for it.
    """

    meeting: Meeting
    event: str
    waits: bool = False
    whole: bool = True
    fetch: bool = False
    downloads: tuple[Download, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Gone:
    """The recorder has deleted the meeting, or (`summary_only`) no more than its summary."""

    key: str
    event: str
    summary_only: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class NotOfAMeeting:
    """An authentic event about something else."""

    event: str


Facts = Told | Gone | NotOfAMeeting


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """A request to a recorder's API.

    `sender_named`: the URL was given by a sender, and is called under the rules for such.
    """

    method: str
    url: str
    headers: Mapping[str, str] = field(default_factory=dict[str, str], repr=False)
    body: bytes | None = field(default=None, repr=False)
    sender_named: bool = False
    content_types: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What came back: any status; `retry_after_s` where the recorder says when to come again."""

    status: int
    body: bytes = field(default=b"", repr=False)
    retry_after_s: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Access:
    """Credentials by their keys, and whether the Source may fetch what a sender's URL names."""

    credentials: Mapping[str, str] = field(default_factory=dict[str, str], repr=False)
    media: bool = False

    def get(self, key: str) -> str:
        """One credential, "" where it is not set."""
        return self.credentials.get(key, "")


@dataclass(frozen=True, slots=True, kw_only=True)
class Polled:
    """A meeting that polling found, as the webhook would have told it; `raw` goes the same way.

    `only_new`: it says nothing to whoever knows the Meeting already.
    """

    meeting_key: str
    raw: bytes = field(repr=False)
    only_new: bool = False


Asking = Generator[Request, Answer, Meeting]
Polling = Generator[Request, Answer, list[Polled]]

Verify = Callable[[Arrival, Sequence[Secret]], None]
Read = Callable[[bytes], Facts]
Challenge = Callable[[Arrival, Sequence[Secret]], "Answered | None"]
Key = Callable[[Arrival], str]
#: `fetch(known, told, access)`: told None is the last try, when the grace period is over.
Fetch = Callable[[Meeting, "Told | None", Access], Asking]
#: `poll(access, since, now)`.
Poll = Callable[[Access, datetime, datetime], Polling]


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """A recorder. `key` begins the keys of its Meetings; `path` is where it is received.

    `proof` tells a person what the secret is. `accepted` is the status of an accepted delivery;
    `grace_s` how long a summary is waited for when nothing else is set (MEETINGS 1.2).
    `senders_are_told`: a body with faults is refused with 422 rather than kept as dead letter.
    `marks`: keys of the outermost object by which an uploaded file is known to be this recorder's.
    `hosts` are the only ones that `fetch` and `poll` name, but for `sender_named`.
    """

    key: str
    title: str
    path: str
    proof: str
    verify: Verify
    read: Read
    accepted: int = 200
    grace_s: int = 0
    schemes: tuple[Scheme, ...] = (Scheme.SIGNATURE,)
    credentials: tuple[Credential, ...] = ()
    hosts: tuple[str, ...] = ()
    senders_are_told: bool = False
    marks: frozenset[str] = frozenset()
    delivery_id: Key | None = None
    challenge: Challenge | None = None
    check_secret: Callable[[str], str] | None = None
    fetch: Fetch | None = None
    poll: Poll | None = None


def receive(source: Source, arrival: Arrival, secrets: Sequence[Secret]) -> Received:
    """Judge one delivery by its raw bytes: verify, then read what it is of.

    Raises Refused, and nothing else.
    """
    source.verify(arrival, secrets)
    if source.challenge is not None:
        answered = source.challenge(arrival, secrets)
        if answered is not None:
            return answered
    delivery_key = _delivery_key(source, arrival)
    try:
        facts = source.read(arrival.body)
    except InvalidEvent as fault:
        if source.senders_are_told:
            raise _told_to_sender(fault) from None
        return DeadLetter(delivery_key=delivery_key, reason=str(fault))
    match facts:
        case NotOfAMeeting(event=event):
            return Ignored(delivery_key=delivery_key, event=event)
        case Gone(key=key, event=event):
            return Accepted(delivery_key=delivery_key, meeting_key=key, event=event)
        case Told(meeting=meeting, event=event):
            return Accepted(delivery_key=delivery_key, meeting_key=meeting.key, event=event)


def _told_to_sender(fault: InvalidEvent) -> Refused:
    if isinstance(fault, RefusedBody):
        return Refused(str(fault), code=fault.code, status=422, problems=fault.problems)
    message = str(fault)
    return Refused(
        f"{message} Send it again without the fault.",
        code=RefusedBody.code,
        status=422,
        problems=[Problem(pointer="", message=message)],
    )


def _delivery_key(source: Source, arrival: Arrival) -> str:
    named = source.delivery_id(arrival) if source.delivery_id is not None else ""
    # A sender's id may have any length and any character; what is stored has neither.
    if named:
        return f"id-{sha256(named.encode('utf-8', 'surrogatepass')).hexdigest()}"
    return f"body-{sha256(arrival.path.encode() + bytes(1) + arrival.body).hexdigest()}"


def usable(answer: Answer) -> bytes | None:
    """The body of a recorder's answer; None for a 4xx: there is none, or it is refused for good.

    Raises RateLimited and Unavailable, after which the whole fetch is run again.
    """
    if answer.status == _TOO_MANY:
        raise RateLimited(
            "The recorder asks to be let be for a while.",
            retry_after_s=_PAUSE_S if answer.retry_after_s is None else answer.retry_after_s,
            code="recorder_limited",
            assumed=answer.retry_after_s is None,
        )
    if answer.status >= _SERVER_FAULT or not 200 <= answer.status < 500:
        raise Unavailable(
            f"The recorder answered {answer.status}.",
            status=answer.status,
            retry_after_s=answer.retry_after_s,
        )
    return answer.body if answer.status < 300 else None


def not_let_in(source: Source, status: int) -> Unauthorized | Unavailable:
    """The error for a 4xx to a question that any credentials may ask."""
    if status in {400, 401, 403}:
        names = ", ".join(credential.title for credential in source.credentials)
        return Unauthorized(
            f"{source.title} does not take the credentials of this Source ({names}): make new ones "
            f"at {source.title} and set them here.",
            code="recorder_unauthorized",
            status=status,
        )
    return Unavailable(f"{source.title} answered {status}.", status=status)
