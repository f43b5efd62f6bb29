"""vCon: the container of a conversation, its wrappings opened and its parts read as a Meeting.

Source: draft-ietf-vcon-vcon-core, as of 2026-07-01, and the names of older drafts (MEETINGS 1.8).
"""

import base64
import binascii
import zlib
from datetime import datetime
from typing import Any, Final, cast

import msgspec

from dealwright.core.errors import InvalidEvent
from dealwright.meetings import shapes
from dealwright.meetings.attendees import attendee, is_name, union
from dealwright.meetings.files.encoding import text_of
from dealwright.meetings.files.speech import language_of, segments_of
from dealwright.meetings.files.transcripts import read_transcript
from dealwright.meetings.meeting import (
    Attendee,
    Crm,
    Meeting,
    Origin,
    Part,
    Recording,
    Segment,
    Summary,
    Text,
)
from dealwright.meetings.moments import after, moment_of, seconds_since
from dealwright.meetings.payload import ident, reader
from dealwright.meetings.source import (
    MAX_BODY_BYTES,
    Download,
    Problem,
    RefusedBody,
    Told,
)
from dealwright.meetings.texts import block, line, numbers

Json = dict[str, Any]

#: Extensions of which a vCon may say that it cannot be understood without them.
KNOWN_EXTENSIONS: Final = frozenset({"wtf_transcription"})

_GZIP: Final = b"\x1f\x8b"
_LONGEST_S: Final = 366 * 86_400.0
_INDEX: Final = shapes.number(least=0, most=1_000_000)
_INDEXES: Final = shapes.either(_INDEX, shapes.items(shapes.either(_INDEX, shapes.items(_INDEX))))
_TIME: Final = shapes.either(shapes.moment, shapes.number(least=0, most=1e14))
_CONTENT: Final = {
    "mediatype": shapes.text(most=200),
    "mimetype": shapes.text(most=200),
    "encoding": shapes.text(most=50),
    "url": shapes.text(most=8_000),
}
_PARTY: Final = shapes.fields(
    {name: shapes.text(most=1_000) for name in ("tel", "sip", "mailto", "name", "type")}
)
_DIALOG: Final = shapes.fields(
    _CONTENT
    | {
        "type": shapes.text(most=100),
        "start": _TIME,
        "duration": shapes.number(least=0, most=_LONGEST_S),
        "parties": _INDEXES,
        "originator": _INDEX,
        "disposition": shapes.text(most=200),
    }
)
_ANALYSIS: Final = shapes.fields(
    _CONTENT | {"type": shapes.text(most=100), "dialog": _INDEXES, "vendor": shapes.text()}
)
_ATTACHMENT: Final = shapes.fields(
    _CONTENT | {"purpose": shapes.text(most=200), "type": shapes.text(most=200)}
)
_NAMES: Final = shapes.items(shapes.text(most=200))
_OTHER: Final = shapes.fields({"uuid": shapes.text(most=200)})
_VCON: Final = shapes.fields(
    {
        "uuid": shapes.text(least=1, most=200),
        "created_at": _TIME,
        "updated_at": _TIME,
        "subject": shapes.text(),
        "parties": shapes.items(_PARTY),
        "dialog": shapes.items(_DIALOG),
        "analysis": shapes.items(_ANALYSIS),
        "attachments": shapes.items(_ATTACHMENT),
        "critical": _NAMES,
        "must_support": _NAMES,
        "amended": shapes.either(_OTHER, shapes.items(_OTHER)),
        "appended": shapes.either(_OTHER, shapes.items(_OTHER)),
    },
    needed=("uuid",),
)
_read_any: Final = reader(object)


def opened(raw: bytes) -> Json:
    """The vCon in a body: gzip and JWS are taken off; raises InvalidEvent.

    A signature inside is not verified: the sender proved itself by the delivery's own.
    """
    told = _object(_read_any(_unzipped(raw)))
    if "ciphertext" in told and "uuid" not in told:
        raise RefusedBody(
            "An encrypted vCon cannot be read here: send it signed or plain.",
            code="encrypted_vcon",
            problems=[Problem(pointer="/ciphertext", message="encrypted vCon not supported")],
        )
    if "signatures" in told and isinstance(told.get("payload"), str):
        told = _object(_read_any(_unzipped(_from_base64url(told["payload"], "/payload"))))
    _judge(told)
    return told


def told_of(vcon: Json) -> Told:
    """What a vCon tells; raises InvalidEvent."""
    start, end = _span(vcon)
    dialogs = _list(vcon, "dialog")
    transcript, language, downloads = _transcript(vcon, start)
    meeting = Meeting(
        key=f"vcon:{_uuid(vcon)}",
        source="vcon",
        title=line(vcon.get("subject")),
        started_at=start,
        ended_at=end,
        language=language,
        # One that connected at last is a conversation, whatever was tried before.
        answered=not dialogs or any(one.get("type") != "incomplete" for one in dialogs),
        attendees=union(_party(party) for party in _list(vcon, "parties")),
        transcript=transcript or _texts(vcon, start),
        recording=_recording(dialogs),
        summary=_summary(vcon),
        modified_at=moment_of(vcon.get("updated_at")) or moment_of(vcon.get("created_at")),
    )
    return Told(
        meeting=_tagged(meeting, vcon),
        event="vcon",
        fetch=bool(downloads),
        downloads=downloads,
    )


def _recording(dialogs: list[Json]) -> Recording | None:
    """The first dialog that was recorded and is elsewhere."""
    for one in dialogs:
        url = one.get("url")
        if line(one.get("type")) == "recording" and isinstance(url, str) and url:
            known = one.get("content_hash")
            return Recording(
                url=line(url),
                mime_type=line(one.get("mediatype") or one.get("mimetype")),
                fetch=True,
                content_hash=line(known) if isinstance(known, str) else "",
            )
    return None


def transcript_text(raw: bytes) -> tuple[Segment, ...]:
    """The segments of a transcript's file; none where it cannot be read as one."""
    try:
        return read_transcript(text_of(raw))
    except InvalidEvent:
        return ()


def _judge(told: Json) -> None:
    names = [told.get("critical"), told.get("must_support")]
    named = [line(one) for listed in names for one in _items(listed) if isinstance(one, str)]
    if unknown := [name for name in named if name not in KNOWN_EXTENSIONS]:
        raise RefusedBody(
            f"This vCon cannot be understood without {unknown[0]}, which is not known here: send "
            "it without the extension.",
            code="critical_extension",
            problems=[Problem(pointer="/critical", message="unknown extension")],
        )
    if problems := shapes.problems_of(told, _VCON):
        first = problems[0]
        raise RefusedBody(f"{first.pointer or 'The vCon'}: {first.message}.", problems=problems)


def _uuid(vcon: Json) -> str:
    for name in ("amended", "appended"):
        earlier = _first(vcon.get(name))
        if isinstance(earlier, dict) and cast("Json", earlier).get("uuid"):
            return ident(cast("Json", earlier)["uuid"], of=f"/{name}/uuid")
    return ident(vcon.get("uuid"), of="/uuid")


def _span(vcon: Json) -> tuple[datetime | None, datetime | None]:
    starts: list[datetime] = []
    ends: list[datetime] = []
    for dialog in _list(vcon, "dialog"):
        start = moment_of(dialog.get("start"))
        if start is not None:
            starts.append(start)
            ends.append(after(start, dialog.get("duration") or 0.0) or start)
    start = min(starts, default=moment_of(vcon.get("created_at")))
    return start, max(ends, default=start)


def _party(party: Json) -> Attendee:
    part = Part.BOT if line(party.get("type")).casefold() == "bot" else Part.ATTENDEE
    tel = party.get("tel") or _number_of_sip(line(party.get("sip")))
    return attendee(party.get("name"), emails=[party.get("mailto")], phones=[tel], part=part)


def _number_of_sip(sip: str) -> str:
    user = sip.removeprefix("sips:").removeprefix("sip:").partition("@")[0]
    digits = user.removeprefix("+")
    return user if digits.isascii() and digits.isdecimal() and len(digits) >= 7 else ""


def _spoken_by(vcon: Json, dialog: Json) -> str:
    parties = _list(vcon, "parties")
    index = dialog.get("originator", _first(dialog.get("parties")))
    if not isinstance(index, int) or isinstance(index, bool) or not 0 <= index < len(parties):
        return ""
    party = parties[index]
    tel = next(iter(numbers([party.get("tel")])), "")
    name = line(party.get("name"))
    return name if is_name(name) else line(party.get("mailto")) or tel


def _texts(vcon: Json, start: datetime | None) -> tuple[Segment, ...]:
    found: list[Segment] = []
    for dialog in _list(vcon, "dialog"):
        if dialog.get("type") != "text":
            continue
        content = _content(dialog)
        text = block(content) if isinstance(content, str) else ""
        if text:
            at = seconds_since(start, moment_of(dialog.get("start"))) or 0.0
            found.append(Segment(start=at, speaker=_spoken_by(vcon, dialog), text=text))
    return tuple(sorted(found, key=lambda segment: segment.start))


def _transcript(
    vcon: Json, start: datetime | None
) -> tuple[tuple[Segment, ...], str, tuple[Download, ...]]:
    """What was said, in which language, and transcripts that are elsewhere; one a dialog."""
    found: list[Segment] = []
    language = ""
    downloads: list[Download] = []
    seen: set[str] = set()
    for analysis in _list(vcon, "analysis"):
        of = str(analysis.get("dialog", 0))
        if line(analysis.get("type")) != "transcript" or of in seen:
            continue
        content, offset = _content(analysis), _offset(vcon, analysis, start)
        segments = _segments(content)
        if segments:
            seen.add(of)
            found += [_later(segment, offset) for segment in segments]
            language = language or language_of(content)
        elif content is None and analysis.get("url"):
            seen.add(of)
            content_hash = analysis.get("content_hash")
            known = line(content_hash) if isinstance(content_hash, str) else ""
            url = line(analysis["url"])
            downloads.append(Download(url=url, offset_s=offset, content_hash=known))
    return tuple(sorted(found, key=lambda one: one.start)), language, tuple(downloads)


def _segments(content: object) -> tuple[Segment, ...]:
    try:
        if isinstance(content, str):
            return read_transcript(content)
        return () if content is None else segments_of(content)
    except InvalidEvent:
        # A transcript in a form of somebody's own takes nothing from the rest.
        return ()


def _offset(vcon: Json, analysis: Json, start: datetime | None) -> float:
    index = _first(analysis.get("dialog", 0))
    dialogs = _list(vcon, "dialog")
    if not isinstance(index, int) or isinstance(index, bool) or not 0 <= index < len(dialogs):
        return 0.0
    return seconds_since(start, moment_of(dialogs[index].get("start"))) or 0.0


def _later(segment: Segment, offset_s: float) -> Segment:
    end = None if segment.end is None else segment.end + offset_s
    return msgspec.structs.replace(segment, start=segment.start + offset_s, end=end)


def _summary(vcon: Json) -> Summary | None:
    texts: list[str] = []
    kind = "markdown"
    for analysis in _list(vcon, "analysis"):
        if line(analysis.get("type")) != "summary":
            continue
        content = _content(analysis)
        if isinstance(content, dict):
            inside = cast("Json", content)
            content = next((inside[name] for name in ("summary", "text") if name in inside), None)
        if isinstance(content, str) and block(content):
            texts.append(block(content))
            media = line(analysis.get("mediatype") or analysis.get("mimetype")).casefold()
            kind = {"text/plain": "text", "text/html": "html"}.get(media, "markdown")
    if not texts:
        return None
    return Summary(origin=Origin.PROVIDER, body=Text(format=kind, text="\n\n".join(texts)))


def _tagged(meeting: Meeting, vcon: Json) -> Meeting:
    tags: dict[str, str] = {}
    for attachment in _list(vcon, "attachments"):
        if line(attachment.get("purpose") or attachment.get("type")) == "tags":
            content = _content(attachment)
            pairs = (tag.partition(":") for tag in _items(content) if isinstance(tag, str))
            tags |= {line(key): line(value) for key, _, value in pairs}
    crm = Crm(deal_id=_record(tags.get("deal_id")), person_id=_record(tags.get("person_id")))
    return msgspec.structs.replace(
        meeting, said_type=tags.get("conversation_type", ""), crm=crm, tags=()
    )


def _record(written: str | None) -> int | None:
    text = written or ""
    return int(text) if text.isascii() and text.isdecimal() and 0 < len(text) < 16 else None


def _content(part: Json) -> object:
    """What stands in a part: text, or JSON; None where it is elsewhere or cannot be read."""
    body, encoding = part.get("body"), line(part.get("encoding")).casefold()
    if not isinstance(body, str):
        return body
    if encoding == "base64url":
        try:
            body = text_of(_from_base64url(body, ""))
        except InvalidEvent:
            return None
    is_json = encoding == "json" or "json" in line(part.get("mediatype") or part.get("mimetype"))
    if not is_json:
        return body
    try:
        return _read_any(body.encode("utf-8", "replace"))
    except InvalidEvent:
        return body


def _unzipped(raw: bytes) -> bytes:
    if not raw.startswith(_GZIP):
        return raw
    unzip = zlib.decompressobj(wbits=zlib.MAX_WBITS | 16)
    try:
        plain = unzip.decompress(raw, MAX_BODY_BYTES)
    except zlib.error:
        raise RefusedBody("This is no gzip that can be read: send it again.") from None
    if unzip.unconsumed_tail:
        raise RefusedBody("Unzipped it is larger than 20 MB: leave recordings out of it.")
    return plain


def _from_base64url(written: str, pointer: str) -> bytes:
    try:
        return base64.b64decode(written + "=" * (-len(written) % 4), altchars=b"-_", validate=True)
    except (binascii.Error, ValueError):
        problem = Problem(pointer=pointer, message="expected base64url")
        raise RefusedBody(f"{pointer}: this is no base64url.", problems=[problem]) from None


def _object(told: object) -> Json:
    if not isinstance(told, dict):
        problem = Problem(pointer="", message="expected an object")
        raise RefusedBody("A vCon is one JSON object.", problems=[problem])
    return cast("Json", told)


def _items(value: object) -> list[object]:
    return cast("list[object]", value) if isinstance(value, list) else []


def _first(value: object) -> object:
    """An index or an object that may stand in a list of its kind."""
    if not isinstance(value, list):
        return value
    return next(iter(cast("list[object]", value)), None)


def _list(vcon: Json, name: str) -> list[Json]:
    return cast("list[Json]", vcon.get(name) or [])
