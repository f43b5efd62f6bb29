"""Knobs: the settings as people read them, each with its variable, type and default."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from pydantic.fields import FieldInfo

from dealwright.secretfiles import PREFIX, SECRETS
from dealwright.settings import Settings


@dataclass(frozen=True, slots=True, kw_only=True)
class Knob:
    """One setting as the reference page shows it; `file_variable` is "" but for secrets."""

    variable: str
    file_variable: str
    type: str
    default: str
    description: str


def knobs() -> tuple[Knob, ...]:
    """Every setting in the order of the class: what `docs/reference/settings.md` is made of."""
    schema = Settings.model_json_schema()["properties"]
    return tuple(
        Knob(
            variable=f"{PREFIX}{name.upper()}",
            file_variable=f"{PREFIX}{name.upper()}_FILE" if name in SECRETS else "",
            type=_type_words(schema[name]),
            default="" if field.default is None else _default_words(field),
            description=field.description or "",
        )
        for name, field in Settings.model_fields.items()
    )


def _type_words(schema: Mapping[str, Any]) -> str:
    if "anyOf" in schema:
        return _type_words(schema["anyOf"][0])
    if "enum" in schema:
        return " | ".join(schema["enum"])
    words = {"integer": "whole number", "string": "text"}
    return "path" if schema.get("format") == "path" else words.get(schema.get("type", ""), "text")


def _default_words(field: FieldInfo) -> str:
    return "~/.local/share/dealwright" if field.default_factory else str(field.default)
