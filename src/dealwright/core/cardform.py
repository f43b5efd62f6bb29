"""Form: what somebody filled in on a card, whichever shell it came from."""

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, time, timedelta
from typing import Final

import msgspec

from dealwright.core.errors import DealwrightError

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)


class FormFault(DealwrightError):
    """A field of a form that cannot be used as it is; nothing was written."""

    code = "form_fault"


class Form(msgspec.Struct, frozen=True, kw_only=True):
    """The fields that were filled in, by name. Moments are wall-clock time, without a zone.

    A box that is not ticked, and a list of which nothing is chosen, are not there.
    """

    texts: dict[str, tuple[str, ...]] = {}
    days: dict[str, date] = {}
    times: dict[str, time] = {}
    moments: dict[str, datetime] = {}

    def text(self, name: str) -> str:
        """What was typed, without white space around it; "" for nothing."""
        values = self.texts.get(name, ())
        return values[0].strip() if values else ""

    def chosen(self, name: str) -> tuple[str, ...]:
        """The values that were chosen of a list."""
        return tuple(value for value in self.texts.get(name, ()) if value)

    def ticked(self, record: str) -> bool:
        """Whether the box of a record is ticked; boxes of other records do not count."""
        return any(any(values) for name, values in self.texts.items() if _is_box_of(name, record))


def form_of_page(fields: Mapping[str, Sequence[str]]) -> Form:
    """The Form of an HTML form; raises FormFault for a day or a time that is none."""
    texts = {name: tuple(values) for name, values in fields.items()}
    days = {name: _day(text) for name in ("due", "close") if (text := _first(texts, name))}
    times = {"at": _time(text)} if (text := _first(texts, "at")) else {}
    moments = {"when": _moment(text)} if (text := _first(texts, "when")) else {}
    return Form(texts=texts, days=days, times=times, moments=moments)


def day_of_ms(ms: int) -> date:
    """The day of a picker: midnight UTC of it, and never shifted. Raises FormFault."""
    return moment_of_ms(ms).date()


def moment_of_ms(ms: int) -> datetime:
    """The wall-clock time that a picker means by milliseconds; raises FormFault."""
    try:
        return (_EPOCH + timedelta(milliseconds=ms)).replace(tzinfo=None)
    except OverflowError:
        raise FormFault("This date is too far away. Choose another one.") from None


def time_of(hours: int, minutes: int) -> time:
    """A time of day; raises FormFault."""
    try:
        return time(hours, minutes)
    except ValueError:
        raise FormFault("This is no time of day. Choose another one.") from None


def _is_box_of(name: str, record: str) -> bool:
    """Whether a box is of a record: its name ends with the record's id, or names none at all."""
    digits = "".join(each if each.isdigit() else " " for each in name).split()
    return not digits or digits[-1] == record


def _first(texts: Mapping[str, tuple[str, ...]], name: str) -> str:
    values = texts.get(name, ())
    return values[0].strip() if values else ""


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise FormFault("This is no date. Write it as 2026-11-22.") from None


def _time(text: str) -> time:
    try:
        return time.fromisoformat(text).replace(second=0, microsecond=0, tzinfo=None)
    except ValueError:
        raise FormFault("This is no time of day. Write it as 15:30.") from None


def _moment(text: str) -> datetime:
    try:
        return datetime.fromisoformat(text).replace(tzinfo=None)
    except ValueError:
        raise FormFault("This is no date and time. Write it as 2026-11-22T15:30.") from None
