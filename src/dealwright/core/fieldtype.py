"""FieldType: how one of Pipedrive's 16 custom field types is parsed, written, shown, cleared.

Values are in v2's shape, the form in which records of persons, organizations and deals hold them;
amounts are Decimal. Leads are v1: `write_flat` and `read_flat` turn a value into its flat keys and
back. A field is cleared by null in both.
Sources: openapi-v2.yaml `/personFields`, the custom-fields page, the v2 migration guide.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Final, cast

from dealwright.core.ecmascript import number_text
from dealwright.core.record import FieldDefinition, Member
from dealwright.core.scalars import Misfit, read_text, same_number

#: What clears a custom field; "" and [] are refused by Pipedrive.
CLEARED: Final = None


@dataclass(frozen=True, slots=True, kw_only=True)
class FieldContext:
    """What reading a value may need: the field's definition, the account's users, a zone's name."""

    field: FieldDefinition
    users: tuple[Member, ...] = ()
    zone: str = ""


class UnknownOption(Misfit):
    """Labels that the field does not have; `known` is the value without them, if any is left."""

    def __init__(self, labels: tuple[str, ...], *, known: list[int] | None = None) -> None:
        super().__init__("one of the field's options, by label or id")
        self.labels = labels
        self.known = known


Parse = Callable[[Any, FieldContext], Any]
Flat = dict[str, Any]


def _as_it_is(value: Any) -> Any:
    return value


def _equal(wanted: Any, held: Any) -> bool:
    return wanted == held


def _show(value: Any, field: FieldDefinition) -> str:
    del field
    return shown_scalar(value)


def flat_plain(key: str, value: Any) -> Flat:
    """The one flat key of a value that has no parts."""
    return {key: value}


def read_flat_plain(key: str, body: Mapping[str, Any]) -> Any:
    """The value of the one flat key; None when it is not set."""
    return body.get(key)


@dataclass(frozen=True, slots=True, kw_only=True)
class FieldType:
    """One type of custom field.

    `parse(raw, context)` reads what senders send and raises Misfit; `write` gives v2's form,
    `write_flat(key, value)` v1's keys, `read_flat(key, body)` reads those back; `show(value,
    field)` is for people; `same(wanted, held)` tells whether a write would change nothing.
    `searchable`: whether Pipedrive finds records by it. `limit` is the most characters of a text.
    """

    key: str
    label: str
    wish: str
    parse: Parse
    write: Callable[[Any], Any] = _as_it_is
    write_flat: Callable[[str, Any], Flat] = flat_plain
    read_flat: Callable[[str, Mapping[str, Any]], Any] = read_flat_plain
    show: Callable[[Any, FieldDefinition], str] = _show
    same: Callable[[Any, Any], bool] = _equal
    searchable: bool = False

    @property
    def clear(self) -> None:
        """What is written to clear the field."""
        return CLEARED


def limited_text(limit: int) -> Parse:
    """Make the parser of a text field that holds at most `limit` characters."""

    def parse(raw: Any, context: FieldContext) -> str:
        del context
        text = read_text(raw)
        if len(text) > limit:
            raise Misfit(f"text of at most {limit:,} characters; this one has {len(text):,}")
        return text

    return parse


def is_empty(raw: object) -> bool:
    """Whether a sender means that the field is to be cleared: null, "" or []."""
    return raw is None or (isinstance(raw, str | list | tuple) and not raw)


def parts_of(raw: object) -> Mapping[str, Any] | None:
    """An object, if it is one."""
    return cast("Mapping[str, Any]", raw) if isinstance(raw, Mapping) else None


def first_of(parts: Mapping[str, Any], *names: str) -> Any:
    """The first of the named parts that says anything."""
    return next((parts[name] for name in names if not is_empty(parts.get(name))), None)


def within(wanted: Any, held: Any) -> bool:
    """Whether every part that is wanted is already there; parts that nobody named do not count."""
    if not isinstance(wanted, dict) or not isinstance(held, dict):
        return wanted == held
    have = cast("dict[str, Any]", held)
    return all(same_number(part, have.get(name)) for name, part in cast("Flat", wanted).items())


def read_flat_parts(key: str, body: Mapping[str, Any]) -> Any:
    """`<key>` and `<key>_<part>` of a v1 body as v2's object; None when it is not set."""
    if body.get(key) is None:
        return None
    prefix = f"{key}_"
    parts = {
        name.removeprefix(prefix): part
        for name, part in body.items()
        if name.startswith(prefix) and part is not None
    }
    return {"value": body[key], **parts}


def write_flat_parts(key: str, value: Any) -> Flat:
    """v2's object as `<key>` and `<key>_<part>`."""
    if value is None:
        return {key: None}
    parts = cast("Flat", value)
    return {key if name == "value" else f"{key}_{name}": part for name, part in parts.items()}


def shown_scalar(value: Any) -> str:
    """One value as text for people; nothing for None."""
    match value:
        case None:
            return ""
        case bool():
            return "yes" if value else "no"
        case Decimal():
            return f"{value:f}"
        case float():
            return number_text(value)
        case _:
            return str(value)
