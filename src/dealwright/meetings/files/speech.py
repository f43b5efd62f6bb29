"""What machines that hear write as JSON: Whisper and its kin, WTF, Deepgram, plain segments.

Sources: openai-whisper's verbose JSON, whisper.cpp's `-oj`, WhisperX, Deepgram's answers,
draft-howe-vcon-wtf-extension (MEETINGS 1.8, 1.9).
"""

from collections.abc import Callable, Sequence
from typing import Any, Final, cast

from dealwright.core.errors import InvalidEvent
from dealwright.meetings.meeting import Segment
from dealwright.meetings.moments import clock_seconds
from dealwright.meetings.payload import reader
from dealwright.meetings.texts import block, line

Json = dict[str, Any]

_read_any: Final = reader(object)
#: What each kind calls the parts of an utterance.
_TEXT: Final = ("text", "transcript", "words", "content")
_START: Final = ("start", "start_time", "timestamp", "startTime")
_END: Final = ("end", "end_time", "endTime")
_SPEAKER: Final = ("speaker", "speaker_name", "speaker_label", "speaker_id", "participant")
_LATEST_S: Final = 10_000_000.0


def read_speech(raw: bytes) -> tuple[Segment, ...]:
    """The segments of such JSON; raises InvalidEvent where it has none of the shapes."""
    return segments_of(_read_any(raw))


def segments_of(told: object) -> tuple[Segment, ...]:
    """The segments of decoded JSON, told by its shape; raises InvalidEvent (as `read_speech`)."""
    for find in _SHAPES:
        found = find(told)
        if found is not None:
            return found
    raise InvalidEvent(
        "This JSON is no transcript that is known: it has neither segments, nor transcription, "
        "utterances or results.",
        code="transcript_unreadable",
    )


def language_of(told: object) -> str:
    """The language that such JSON names, "" for none."""
    inside = (_dict(told), _dict(_dict(told).get("result")), _dict(_dict(told).get("transcript")))
    found = (of.get("language") for of in inside)
    return next((line(one) for one in found if isinstance(one, str)), "")


def _whisper(told: object) -> tuple[Segment, ...] | None:
    inside = _dict(told)
    items = cast("object", told) if isinstance(told, list) else inside.get("segments")
    if not isinstance(items, list):
        return None
    return _segments(cast("list[object]", items), names=_dict(inside.get("speakers")))


def _whisper_cpp(told: object) -> tuple[Segment, ...] | None:
    items = _dict(told).get("transcription")
    if not isinstance(items, list):
        return None
    found: list[Segment] = []
    for item in map(_dict, cast("list[object]", items)):
        offsets = _dict(item.get("offsets"))
        if text := _text(item):
            found.append(
                Segment(
                    start=_seconds(offsets.get("from"), per=1000) or 0.0,
                    end=_seconds(offsets.get("to"), per=1000),
                    speaker=_speaker(item, {}),
                    text=text,
                )
            )
    return tuple(found)


def _deepgram(told: object) -> tuple[Segment, ...] | None:
    results = _dict(_dict(told).get("results")) or _dict(told)
    utterances = results.get("utterances")
    if isinstance(utterances, list):
        return _segments(cast("list[object]", utterances), names={})
    best = _first(_dict(_first(results.get("channels"))).get("alternatives"))
    paragraphs = _dict(_dict(best).get("paragraphs")).get("paragraphs")
    if isinstance(paragraphs, list):
        return _paragraphs(cast("list[object]", paragraphs))
    return _plain(best) if isinstance(_dict(best).get("transcript"), str) else None


def _plain(told: object) -> tuple[Segment, ...] | None:
    text = _text(_dict(told))
    return (Segment(start=0.0, text=text),) if text else None


_SHAPES: Final[Sequence[Callable[[object], tuple[Segment, ...] | None]]] = (
    _whisper,
    _whisper_cpp,
    _deepgram,
    _plain,
)


def _paragraphs(paragraphs: list[object]) -> tuple[Segment, ...]:
    found: list[Segment] = []
    for paragraph in map(_dict, paragraphs):
        sentences = paragraph.get("sentences")
        parts = cast("list[object]", sentences) if isinstance(sentences, list) else []
        text = " ".join(filter(None, (_text(_dict(part)) for part in parts)))
        joined = {**paragraph, "text": text}
        found += _segments([joined], names={})
    return tuple(found)


def _segments(items: list[object], *, names: Json) -> tuple[Segment, ...]:
    return tuple(
        Segment(
            start=_seconds(_one_of(item, _START)) or 0.0,
            end=_seconds(_one_of(item, _END)),
            speaker=_speaker(item, names),
            text=_text(item),
        )
        for item in map(_dict, items)
        if _text(item)
    )


def _text(item: Json) -> str:
    text = _one_of(item, _TEXT)
    return block(text) if isinstance(text, str) else ""


def _speaker(item: Json, names: Json) -> str:
    said = _one_of(item, _SPEAKER)
    if isinstance(said, dict):
        said = _one_of(cast("Json", said), ("name", "display_name", "label", "id"))
    known = names.get(str(said)) if isinstance(said, str | int) else None
    if isinstance(known, dict):
        known = _one_of(cast("Json", known), ("name", "label"))
    if isinstance(known, str) and known:
        return line(known)
    if isinstance(said, int) and not isinstance(said, bool):
        return f"Speaker {said}" if abs(said) < 1_000_000 else ""
    return line(said) if isinstance(said, str) else ""


def _seconds(written: object, *, per: int = 1) -> float | None:
    if isinstance(written, str):
        return clock_seconds(written)
    if isinstance(written, bool) or not isinstance(written, int | float):
        return None
    return written / per if 0 <= written <= _LATEST_S * per else None


def _one_of(item: Json, names: Sequence[str]) -> Any:
    return next((item[name] for name in names if item.get(name) is not None), None)


def _dict(told: object) -> Json:
    return cast("Json", told) if isinstance(told, dict) else {}


def _first(told: object) -> object:
    items = cast("list[object]", told) if isinstance(told, list) else []
    return items[0] if items else None
