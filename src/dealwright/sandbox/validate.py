"""Strict checking of v2 bodies, with Pipedrive's texts; all faults of a body are collected."""

import re
from collections.abc import Callable, Mapping
from datetime import date
from typing import TYPE_CHECKING, Any, TypeAlias

from dealwright.sandbox.answers import Json, invalid
from dealwright.sandbox.clock import parse_rfc3339
from dealwright.sandbox.records import Address, Attendee, ContactPoint, Participant, User

if TYPE_CHECKING:
    from dealwright.sandbox.call import Call
    from dealwright.sandbox.company import Company

_CLOCK_TIME = re.compile(r"([01]\d|2[0-3]):[0-5]\d(:[0-5]\d)?\Z")
_LENGTH = re.compile(r"\d{1,3}:[0-5]\d(:[0-5]\d)?\Z")
ZERO_DATE = "0000-00-00"


class Spot:
    """Where in the body we are, whose body it is, and the faults found so far."""

    __slots__ = ("company", "faults", "path", "user")

    def __init__(
        self,
        company: "Company",
        path: str = "",
        *,
        user: User | None = None,
        faults: list[str] | None = None,
    ) -> None:
        self.company = company
        self.path = path
        self.user = user
        self.faults: list[str] = [] if faults is None else faults

    def at(self, name: str | int) -> "Spot":
        """The spot one step further in."""
        path = f"{self.path}.{name}" if self.path else str(name)
        return Spot(self.company, path, user=self.user, faults=self.faults)

    def fail(self, message: str) -> None:
        """Note a fault."""
        self.faults.append(f"{self.path}: {message}")


Check: TypeAlias = Callable[[Any, Spot], Any]
Shape: TypeAlias = Mapping[str, Check]


def _not_valid(kind: str, spot: Spot) -> None:
    spot.fail(f"The value is not a valid '{kind}'")


def integer(value: Any, spot: Spot) -> Any:
    """A whole number; `"1"` and `true` are none."""
    if type(value) is not int:
        _not_valid("integer", spot)
    return value


def number(value: Any, spot: Spot) -> Any:
    """A number."""
    if type(value) not in {int, float}:
        _not_valid("number", spot)
    return value


def text(value: Any, spot: Spot) -> Any:
    """A string; null is none."""
    if not isinstance(value, str):
        _not_valid("string", spot)
    return value


def filled_text(value: Any, spot: Spot) -> Any:
    """A string that is not empty."""
    if isinstance(value, str) and not value.strip():
        spot.fail("This value should not be blank.")
        return value
    return text(value, spot)


def boolean(value: Any, spot: Spot) -> Any:
    """True or false; 0 and 1 are neither."""
    if not isinstance(value, bool):
        _not_valid("boolean", spot)
    return value


def moment(value: Any, spot: Spot) -> Any:
    """An RFC 3339 time, to milliseconds."""
    if not isinstance(value, str):
        _not_valid("string", spot)
        return None
    ms = parse_rfc3339(value)
    if ms is None:
        spot.fail("This value is not a valid datetime.")
    return ms


def day_text(value: Any, spot: Spot) -> Any:
    """A date `YYYY-MM-DD`; `""` is taken and becomes `0000-00-00` (seen live)."""
    if not isinstance(value, str):
        _not_valid("string", spot)
    elif not value:
        return ZERO_DATE
    elif not is_date(value):
        spot.fail("This value is not a valid date.")
    return value


def is_date(value: str) -> bool:
    """Whether a text is a date that exists."""
    if len(value) != 10:
        return False
    try:
        date.fromisoformat(value)
    except ValueError:
        return False
    return True


def clock_time(value: Any, spot: Spot) -> Any:
    """A time of day in UTC, `HH:MM` or `HH:MM:SS`, to the longer form."""
    if not isinstance(value, str):
        _not_valid("string", spot)
    elif not _CLOCK_TIME.match(value):
        spot.fail("This value is not a valid datetime.")
    elif len(value) == 5:
        return value + ":00"
    return value


def duration(value: Any, spot: Spot) -> Any:
    """A length `HH:MM` or `HH:MM:SS`, to the longer form."""
    if not isinstance(value, str):
        _not_valid("string", spot)
    elif not _LENGTH.match(value):
        spot.fail("This value is not a valid datetime.")
    elif value.count(":") == 1:
        return value + ":00"
    return value


def nullable(check: Check) -> Check:
    """The same, or null."""

    def checked(value: Any, spot: Spot) -> Any:
        return None if value is None else check(value, spot)

    return checked


def one_of(*choices: Any) -> Check:
    """One of these values."""
    listed = ", ".join(repr(choice) for choice in choices)

    def checked(value: Any, spot: Spot) -> Any:
        if value not in choices or isinstance(value, bool):
            spot.fail(f"The value should be one of: {listed}")
        return value

    return checked


def between(low: float, high: float) -> Check:
    """A number within bounds, both included."""

    def checked(value: Any, spot: Spot) -> Any:
        number(value, spot)
        if type(value) in {int, float} and not low <= value <= high:
            spot.fail(f"This value should be between {low:g} and {high:g}.")
        return value

    return checked


def at_most(length: int, check: Check = text) -> Check:
    """A text no longer than this."""

    def checked(value: Any, spot: Spot) -> Any:
        if isinstance(value, str) and len(value) > length:
            spot.fail(f"This value is too long. It should have {length} characters or less.")
            return value
        return check(value, spot)

    return checked


def listed(check: Check) -> Check:
    """An array, to a tuple."""

    def checked(value: Any, spot: Spot) -> Any:
        if not isinstance(value, list):
            _not_valid("array", spot)
            return ()
        return tuple(check(item, spot.at(i)) for i, item in enumerate(value))  # pyright: ignore[reportUnknownVariableType, reportUnknownArgumentType]

    return checked


def labels(kind: str) -> Check:
    """Ids of labels of this kind of record: options of its label field."""

    def checked(value: Any, spot: Spot) -> Any:
        ids: tuple[Any, ...] = listed(integer)(value, spot)
        field = spot.company.fields[kind].fields["label_ids"]
        there = {option.id for option in field.options or ()}
        if spot.company.options.switches.unknown_labels == "reject":
            for i, item in enumerate(ids):
                if type(item) is int and item not in there:
                    spot.at(i).fail(f"Option {item} does not exist in field 'label_ids'")
        return ids

    return checked


def known(kind: str) -> Check:
    """The id of a record of this kind that is there and not deleted."""

    def checked(value: Any, spot: Spot) -> Any:
        wanted = str if kind == "lead" else int
        if type(value) is not wanted:
            _not_valid("string" if kind == "lead" else "integer", spot)
            return value
        record = spot.company.tables[kind].get(value)
        if record is None or getattr(record, "is_deleted", False):
            spot.fail(f"{kind.replace('_', ' ').capitalize()} {value} was not found")
        return value

    return checked


def visibility(value: Any, spot: Spot) -> Any:
    """1 and 3 on small plans, 1, 3, 5 and 7 on the two big ones."""
    choices = (1, 3, 5, 7) if spot.company.plan.four_visibilities else (1, 3)
    return one_of(*choices)(value, spot)


def checked_object(value: Any, spot: Spot, shape: Shape) -> Json:
    """An object with these keys and no others."""
    if not isinstance(value, dict):
        _not_valid("object", spot)
        return {}
    result: Json = {}
    items: dict[str, Any] = value  # pyright: ignore[reportUnknownVariableType]
    for key, item in items.items():
        check = shape.get(key)
        if check is None:
            spot.at(key).fail(f"Parameter '{key}' is not allowed for this request")
        else:
            result[key] = check(item, spot.at(key))
    return result


_POINT: Shape = {"value": text, "primary": boolean, "label": text}


def contact_points(value: Any, spot: Spot) -> tuple[ContactPoint, ...]:
    """E-mails or phones: only `value` is needed, the first is primary if none says so."""
    items = listed(lambda item, at: checked_object(item, at, _POINT))(value, spot)
    points: list[ContactPoint] = []
    for i, item in enumerate(items):
        if not item.get("value"):
            spot.at(i).at("value").fail("This value should not be blank.")
            continue
        if isinstance(item["value"], str):
            points.append(ContactPoint(
                value=item["value"], primary=item.get("primary") is True,
                label=item.get("label", "work"),
            ))  # fmt: skip
    return _with_primary(points, spot)


def _with_primary(points: list[ContactPoint], spot: Spot) -> tuple[ContactPoint, ...]:
    primaries = sum(point.primary for point in points)
    if primaries > 1:
        spot.fail("Only one item can be primary")
    if points and not primaries:
        first = points[0]
        points[0] = ContactPoint(value=first.value, primary=True, label=first.label)
    return tuple(points)


_ADDRESS: Shape = {name: nullable(text) for name in Address.__struct_fields__}


def address(value: Any, spot: Spot) -> Address | None:
    """An address object; `value` is required, what is not given becomes null."""
    parts = checked_object(value, spot, _ADDRESS)
    if isinstance(value, dict) and "value" not in value:
        spot.at("value").fail("Parameter 'value' is required")
        return None
    return None if spot.faults else Address(**parts)


_PARTICIPANT: Shape = {"person_id": known("person"), "primary": boolean}


def participants(value: Any, spot: Spot) -> tuple[Participant, ...]:
    """The people of an activity; at most one is primary, the first if none says so."""
    items = listed(lambda item, at: checked_object(item, at, _PARTICIPANT))(value, spot)
    primary = next((i for i, item in enumerate(items) if item.get("primary") is True), 0)
    if sum(item.get("primary") is True for item in items) > 1:
        spot.fail("Only one item can be primary")
    return tuple(
        Participant(person_id=item.get("person_id", 0), primary=i == primary)
        for i, item in enumerate(items)
    )


_ATTENDEE: Shape = {
    "email": filled_text,
    "name": nullable(text),
    "status": text,
    "is_organizer": boolean,
    "person_id": nullable(known("person")),
    "user_id": nullable(known("user")),
}


def attendees(value: Any, spot: Spot) -> tuple[Attendee, ...]:
    """The guests of an activity; an e-mail address is required."""
    items = listed(lambda item, at: checked_object(item, at, _ATTENDEE))(value, spot)
    for i, item in enumerate(items):
        if "email" not in item:
            spot.at(i).at("email").fail("Parameter 'email' is required")
    return () if spot.faults else tuple(Attendee(**item) for item in items)


def check_body(body: Json, shape: Shape, call: "Call") -> Json:
    """The body with every value checked. Raises Refusal 400 with all faults at once."""
    spot = Spot(call.company, user=call.user)
    values = checked_object(body, spot, shape)
    if spot.faults:
        raise invalid(spot.faults)
    return values


def require(values: Json, *names: str) -> None:
    """Raise Refusal 400 unless all these are there."""
    faults = [f"{name}: Parameter '{name}' is required" for name in names if name not in values]
    if faults:
        raise invalid(faults)
