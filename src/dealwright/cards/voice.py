"""Voice: the words and figures of a card in its reader's language, zone and habits.

CLDR through Babel: days medium, times of day short, money standard with the currency's decimals.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal, InvalidOperation
from typing import Final

from babel import Locale
from babel.dates import format_date, format_interval, format_skeleton, format_time, format_timedelta
from babel.numbers import format_currency, format_decimal, format_percent

from dealwright.cards.known import Reader
from dealwright.cards.locale import locale_of
from dealwright.cards.words import ar, de, es, fr, sv
from dealwright.core.zone import zone_of

_CATALOGUES: Final = {
    "ar": ar.WORDS,
    "de": de.WORDS,
    "es": es.WORDS,
    "fr": fr.WORDS,
    "sv": sv.WORDS,
}
#: For what is said without a now: by renderers.
EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_FALLBACK: Final = "en-GB"
_WEEK: Final = timedelta(days=7)
_MINUTE: Final = timedelta(minutes=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Voice:
    """Says things to one reader; `say` takes the English words and gives the reader's."""

    reader: Reader
    locale: Locale

    @property
    def language(self) -> str:
        """The card's language as a tag (BCP 47)."""
        return str(self.locale).replace("_", "-")

    def say(self, english: str, **values: object) -> str:
        """The words in the reader's language, English where the catalogue lacks them."""
        return said(self.locale.language, english, **values)

    def joined(self, parts: Iterable[str | None], by: str = " · ") -> str:
        """Those that say something, side by side; none tears another's direction apart."""
        told = [part for part in parts if part]
        if self.locale.character_order != "right-to-left" or len(told) < 2:
            return by.join(told)
        # U+2068 and U+2069: each is set by itself, and its own direction found out.
        return by.join(f"\u2068{part}\u2069" for part in told)

    def count(self, number: int) -> str:
        """A whole number."""
        return format_decimal(number, locale=self.locale)

    def number(self, value: object) -> str:
        """A number, never by way of a float's own writing; what is none stays as it is."""
        amount = _decimal(value)
        return str(value) if amount is None else str(format_decimal(amount, locale=self.locale))

    def percent(self, value: float) -> str:
        """Of a number between 0 and 100."""
        return format_percent(Decimal(str(value)) / 100, locale=self.locale)

    def money(self, value: object, currency: str | None) -> str:
        """An amount in its currency; with the code as it is where nobody knows the currency."""
        amount = _decimal(value)
        if amount is None:
            return f"{value} {currency or ''}".strip()
        if not currency or not currency.isalpha() or len(currency) != 3:
            return f"{format_decimal(amount, locale=self.locale)} {currency or ''}".strip()
        return format_currency(amount, currency.upper(), locale=self.locale)

    def day(self, written: str | date | None) -> str:
        """A day, never shifted; what is no day stays as it is."""
        day = _date(written)
        return str(written or "") if day is None else format_date(day, "medium", locale=self.locale)

    def days(self, start: object, end: object) -> str:
        """From one day to another."""
        first, last = _date(start), _date(end)
        if first is None or last is None:
            return " – ".join(self.day(str(part)) for part in (start, end) if part)
        return format_interval(first, last, "yMMMd", locale=self.locale)

    def clock(self, written: object) -> str:
        """A time of day on a wall; what is none stays as it is."""
        clock = _time(written)
        if clock is None:
            return str(written or "")
        return format_time(clock, "short", locale=self.locale)

    def clocks(self, start: object, end: object) -> str:
        """From one time of day to another."""
        return " – ".join(self.clock(part) for part in (start, end) if part)

    def local(self, moment: datetime) -> datetime:
        """A moment in the reader's zone; at the ends of the calendar as it is."""
        try:
            return moment.astimezone(zone_of(self.reader.zone))
        except OverflowError:
            return moment

    def time(self, moment: datetime) -> str:
        """The time of day of a moment, in the reader's zone."""
        return format_time(self.local(moment), "short", locale=self.locale, tzinfo=None)

    def moment(self, moment: datetime | None) -> str:
        """Day and time of day, in the reader's zone."""
        if moment is None:
            return ""
        there = self.local(moment)
        return f"{self.day(there.date())}, {format_time(there.time(), 'short', locale=self.locale)}"

    def weekday(self, day: date) -> str:
        """A day with its weekday, as next steps are shown."""
        return f"{format_skeleton('E', day, locale=self.locale)}, {self.day(day)}"

    def ago(self, moment: datetime) -> str:
        """How long ago, or in how long."""
        away = moment - self.reader.now
        if abs(away) < _MINUTE:
            return self.say("just now")
        return format_timedelta(away, add_direction=True, granularity="minute", locale=self.locale)

    def today(self) -> date:
        """The reader's own day."""
        return self.local(self.reader.now).date()

    def days_away(self, day: date) -> str:
        """How far a day is from today: `in 5 days`."""
        away = day - self.today()
        if not away:
            return self.say("today")
        near = abs(away) < 4 * _WEEK
        return format_timedelta(
            away,
            granularity="day" if near else "week",
            threshold=100 if near else 0.85,
            add_direction=True,
            locale=self.locale,
        )

    def length(self, written: str | None) -> str:
        """A duration such as `02:00`, in hours and minutes."""
        parts = (written or "").split(":")
        if len(parts) < 2 or not all(part.isdecimal() and len(part) < 5 for part in parts[:2]):
            return ""
        hours, minutes = int(parts[0]), int(parts[1])
        spans = ((hours, "hour"), (minutes, "minute"))
        return " ".join(self._unit(number, unit) for number, unit in spans if number)

    def _unit(self, number: int, unit: str) -> str:
        span = timedelta(hours=number) if unit == "hour" else timedelta(minutes=number)
        wide = "hour" if unit == "hour" else "minute"
        return format_timedelta(
            span, granularity=wide, threshold=10_000, format="short", locale=self.locale
        )


def said(tag: str, english: str, **values: object) -> str:
    """Words in the language of a tag, without figures; no file is read for that."""
    language = tag.replace("_", "-").partition("-")[0].lower()
    words = _CATALOGUES.get(language, {}).get(english, english)
    return words.format(**values) if values else words


def voice_of(reader: Reader) -> Voice:
    """The voice for a reader; his locale has been chosen before, junk becomes English."""
    locale = locale_of(reader.locale) or Locale.parse(_FALLBACK, sep="-")
    return Voice(reader=reader, locale=locale)


def moment_of(written: str | None) -> datetime | None:
    """A time as Pipedrive writes it: RFC 3339, or v1's without a zone, which is UTC."""
    try:
        moment = datetime.fromisoformat(written or "")
        aware = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
        return aware.astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def _decimal(value: object) -> Decimal | None:
    if isinstance(value, bool) or value is None:
        return None
    try:
        amount = Decimal(str(value))
    except InvalidOperation:
        return None
    return amount if amount.is_finite() and abs(amount.adjusted()) < 20 else None


def _date(written: object) -> date | None:
    if isinstance(written, date):
        return written
    try:
        return date.fromisoformat(str(written)[:10])
    except ValueError:
        return None


def _time(written: object) -> time | None:
    try:
        return time.fromisoformat(str(written))
    except ValueError:
        return None
