"""Shown: what pages say of codes, and what the template of a meeting is given."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final, NamedTuple

from starlette.datastructures import QueryParams

from dealwright.meetings import pagetext
from dealwright.meetings.deciding import SENTENCES, Becomes
from dealwright.meetings.meeting import Meeting, Segment
from dealwright.meetings.noteparts import steps_of
from dealwright.meetings.steps import steps_text
from dealwright.meetings.summary.templates import GENERAL, TEMPLATES
from dealwright.meetings.why import ASKED
from dealwright.pipeline.meetingpage import MeetingPage
from dealwright.store.meeting_pages import Scope
from dealwright.web.pages.look import safe
from dealwright.web.pages.player import Player

STATES: Final = {
    "needs_review": "Needs somebody",
    "pending": "Waits for its summary",
    "queued": "In the queue",
    "synced": "In Pipedrive",
    "partial": "Partly in Pipedrive",
    "skipped": "Left out",
    "deleted": "Deleted by the recorder",
}
_TONES: Final = {"needs_review": "warn", "partial": "warn", "synced": "good", "failed": "bad"}
_NO_CONNECTION: Final = "needs_review:no_connection"
ORIGINS: Final = {
    "provider": "from the recorder",
    "local": "key moments, picked here",
    "llm": "by a language model",
    "manual": "written by hand",
    "none": "no summary",
}
MATCHES: Final = {
    "linked": "chosen by hand",
    "email": "found by e-mail",
    "phone": "found by phone",
    "created": "made for this meeting",
    "ambiguous": "several persons fit",
    "none": "nobody in Pipedrive",
    "": "found",
}
SEATS: Final = {
    "host": "host",
    "organizer": "organiser",
    "attendee": "colleague",
    "bot": "bot",
    "resource": "room",
}
DEALS: Final = {
    "linked": "linked",
    "latest_created": "the person’s newest",
    "latest_archived": "the person’s newest, archived",
    "person_has_no_deal": "none",
}
KINDS: Final = {"note": "Note", "activity": "Activity"}
SCOPES: Final = {
    Scope.SUMMARY.value: "Summary and next steps",
    Scope.TRANSCRIPT.value: "Summary and transcript",
    Scope.MEDIA.value: "Summary, transcript and recording",
}


class Stands(NamedTuple):
    """A state in words, its colour, and what it means."""

    words: str
    tone: str
    sentence: str = ""


WRITES: Final = {
    "written": Stands("written", "good"),
    "edited": Stands("edited in Pipedrive", "warn"),
    "gone": Stands("gone", "bad"),
    "superseded": Stands("another took its place", ""),
}


class Piece(NamedTuple):
    """A part of an utterance; `hit`: it is what was looked for."""

    text: str
    hit: bool


class Said(NamedTuple):
    """An utterance of the transcript, with its place in it."""

    at: int
    start: float
    speaker: str
    parts: tuple[Piece, ...]


def stands(state: str) -> Stands:
    """A state as people read it."""
    group = state.partition(":")[0]
    sentence = ""
    if state == _NO_CONNECTION:
        sentence = "No Pipedrive account is connected that this meeting belongs to."
    elif group not in {"synced", "queued"}:
        known = next((one for one in Becomes if one == state), None)
        sentence = "" if known is None else SENTENCES[known]
    return Stands(STATES.get(group, group), _TONES.get(group, ""), sentence)


def seconds_of(text: str | None) -> int | None:
    """The moment that an address names (`?t=754`); None for none."""
    return int(text) if text and text.isascii() and text.isdigit() and len(text) < 7 else None


def texts(body: Meeting) -> dict[str, Any]:
    """Summary and next steps, as shared pages show them too."""
    language = body.language or "en"
    return {
        "summary": safe(pagetext.summary_html(body, language=language)),
        "steps": safe(pagetext.steps_html(body, language=language)),
        "minutes": _minutes(body),
        "zone": body.timezone or "UTC",
        "language": language,
    }


def transcript(body: Meeting, asked: QueryParams, *, vtt: str) -> dict[str, Any]:
    """The transcript, all of it or what fits `?say=`; `?t=` points at an utterance."""
    say, at = asked.get("say", "").strip()[:200], seconds_of(asked.get("t"))
    ordered = sorted(body.transcript, key=lambda one: one.start)
    return {
        "show_transcript": True,
        "segments": list(_said(ordered, say)),
        "total": len(ordered),
        "say": say,
        "at": at,
        "now": None if at is None else _now(ordered, at),
        "vtt": vtt if ordered else "",
    }


def no_transcript(asked: QueryParams) -> dict[str, Any]:
    """The same where none is shown."""
    at = seconds_of(asked.get("t"))
    return {"show_transcript": False, "segments": (), "total": 0, "at": at, "vtt": ""}


def recording(player: Player | None, url: str | None) -> dict[str, Any]:
    """The player, or the address at the recorder, if it is one."""
    safe_url = url if url and url.startswith(("https://", "http://")) else ""
    return {"player": player, "recording_url": safe_url}


def editing(page: MeetingPage, asked: QueryParams) -> dict[str, Any]:
    """What the forms begin with, and what is compared."""
    body = page.stored.body
    language = body.language or "en"
    named = next((one for one in (GENERAL, *TEMPLATES) if one.key == asked.get("template")), None)
    draft = pagetext.summary_markdown(body, language=language)
    if named is not None:
        draft = f"{pagetext.template_markdown(named, language=language)}{draft}"
    return {
        "draft": draft,
        "draft_steps": steps_text(steps_of(body)),
        "notes": safe(pagetext.notes_html(body)),
        "notes_draft": pagetext.notes_markdown(body.manual_notes),
        "template": named,
        "templates": (GENERAL, *TEMPLATES),
        "flagged": pagetext.flagged(body.summary),
        "origin": ORIGINS[page.view.summary_origin],
        "typed": False,
        **_compared(page, asked),
    }


def words() -> Mapping[str, Any]:
    """What codes are called."""
    return {
        "origins": ORIGINS,
        "matches": MATCHES,
        "seats": SEATS,
        "deals": DEALS,
        "kinds": KINDS,
        "writes": WRITES,
        "asked": ASKED,
        "scopes": SCOPES,
    }


def _compared(page: MeetingPage, asked: QueryParams) -> dict[str, Any]:
    number = asked.get("diff", "")
    old = next((one for one in page.versions if str(one.version) == number), None)
    body = page.stored.body
    if old is None or body.summary is None:
        return {"diff": None, "diff_with": 0}
    language = body.language or "en"
    diff = pagetext.compared(body, old.body, body.summary, language=language)
    return {"diff": diff, "diff_with": old.version}


def _said(ordered: Sequence[Segment], say: str) -> Iterator[Said]:
    low = say.lower()
    for at, one in enumerate(ordered):
        if not low or low in f"{one.speaker} {one.text}".lower():
            yield Said(at, one.start, one.speaker, tuple(_pieces(one.text, low)))


def _pieces(text: str, low: str) -> Iterator[Piece]:
    at = text.lower().find(low) if low else -1
    # Letters whose small form is longer move the places: then nothing is marked.
    if at < 0 or len(text.lower()) != len(text):
        yield Piece(text, hit=False)
        return
    yield Piece(text[:at], hit=False)
    yield Piece(text[at : at + len(low)], hit=True)
    yield Piece(text[at + len(low) :], hit=False)


def _now(ordered: Sequence[Segment], at: int) -> int | None:
    begun = [place for place, one in enumerate(ordered) if one.start <= at]
    return begun[-1] if begun else (0 if ordered else None)


def _minutes(body: Meeting) -> int | None:
    if body.started_at is None or body.ended_at is None:
        return None
    return round((body.ended_at - body.started_at).total_seconds() / 60)
