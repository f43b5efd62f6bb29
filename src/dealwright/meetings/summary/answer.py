"""The answer of a model as a value: its JSON schema, and reading it from whatever came.

Source: MEETINGS 3.6, rule 3: plain strings of a schema; what is more than the caps is cut off.
"""

import re
from typing import Any, Final, Literal

import msgspec

from dealwright.meetings.summary.templates import Template

MAX_BULLET: Final = 300
MAX_BULLETS: Final = 40

_FENCE: Final = re.compile(r"```(?:json)?\s*(\{.*?\})\s*```", re.DOTALL | re.IGNORECASE)


class Point(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One point of a slot; `at` is seconds from the start."""

    text: str
    speaker: str | None = None
    at: float | None = None


class Slot(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What was said about one slot of the template, and how surely."""

    slot: str
    status: Literal["stated", "implied", "unknown"] = "stated"
    points: tuple[Point, ...] = ()


class Step(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One next step."""

    text: str
    owner: str | None = None
    due: str | None = None


class Answer(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A summary as the model gives it."""

    outcome: str = ""
    slots: tuple[Slot, ...] = ()
    next_steps: tuple[Step, ...] = ()
    open_questions: tuple[str, ...] = ()


class Malformed(Exception):
    """The model's text is no Answer; says why, in words that the model can use."""


def schema(template: Template) -> dict[str, Any]:
    """The JSON schema of an Answer for a template, in the strict form of OpenAI's."""
    text: dict[str, Any] = {"type": "string"}
    maybe: dict[str, Any] = {"type": ["string", "null"]}
    point = _object(text=text, speaker=maybe, at={"type": ["number", "null"]})
    slot = _object(
        slot={"type": "string", "enum": list(template.slots)},
        status={"type": "string", "enum": ["stated", "implied", "unknown"]},
        points={"type": "array", "items": point},
    )
    step = _object(text=text, owner=maybe, due=maybe)
    return _object(
        outcome=text,
        slots={"type": "array", "items": slot},
        next_steps={"type": "array", "items": step},
        open_questions={"type": "array", "items": text},
    )


def read(content: str) -> Answer:
    """The Answer in a model's text: the text itself, a fenced block, or its outermost braces.

    Raises Malformed.
    """
    for candidate in _candidates(content):
        try:
            return msgspec.json.decode(candidate, type=Answer)
        except msgspec.ValidationError as fault:
            raise Malformed(str(fault)) from None
        except (msgspec.DecodeError, UnicodeError, RecursionError):
            continue
    raise Malformed("it is not JSON")


def _candidates(content: str) -> list[str]:
    fenced = _FENCE.search(content)
    start, end = content.find("{"), content.rfind("}")
    outer = content[start : end + 1] if 0 <= start < end else ""
    return [content.strip(), *([fenced[1]] if fenced else []), *([outer] if outer else [])]


def _object(**properties: Any) -> dict[str, Any]:
    return {
        "type": "object",
        "properties": properties,
        "required": list(properties),
        "additionalProperties": False,
    }
