"""Which language and which zone a card is in."""

from datetime import UTC, datetime, timedelta

import pytest
from tests.cards.people import LOCALES, NOW, reader

from dealwright.cards.links import phone
from dealwright.cards.locale import accept_language, choose_locale, choose_zone, direction
from dealwright.cards.pages.toasts import Toast, toast
from dealwright.cards.voice import voice_of


@pytest.mark.parametrize(
    ("wanted", "chosen"),
    [
        (("", "de-DE"), "de-DE"),
        (("xx-XX", ""), "en-GB"),
        (("en-US; DROP", "sv"), "sv"),
        (("de",), "de"),
        (("zh-TW",), "zh-TW"),
        (("e" * 99,), "en-GB"),
        (("../../etc",), "en-GB"),
    ],
)
def test_the_first_usable_locale_is_chosen(wanted: tuple[str, ...], chosen: str) -> None:
    assert choose_locale(*wanted) == chosen


@pytest.mark.parametrize(
    ("wanted", "chosen"),
    [
        (("", "Asia/Tokyo"), "Asia/Tokyo"),
        (("Mars/Olympus", "Europe/Berlin"), "Europe/Berlin"),
        (("../etc/passwd",), "UTC"),
        (("UTC", "Asia/Tokyo"), "UTC"),
    ],
)
def test_the_first_usable_zone_is_chosen(wanted: tuple[str, ...], chosen: str) -> None:
    assert choose_zone(*wanted) == chosen


def test_languages_of_a_browser_are_read_best_first() -> None:
    assert accept_language("en;q=0.5, de-DE, fr;q=0") == ("de-DE", "en")


def test_arabic_runs_from_right_to_left() -> None:
    assert direction("ar-EG") == "rtl"


@pytest.mark.parametrize(
    ("locale", "money", "time"),
    [
        ("en-US", "€12,500.00", "10:20 AM"),
        ("de-DE", "12.500,00 €", "10:20"),
        ("sv-SE", "12 500,00 €", "10:20"),
    ],
)
def test_figures_are_the_readers(locale: str, money: str, time: str) -> None:
    voice = voice_of(reader(locale))
    said = (voice.money(12500, "EUR"), voice.time(datetime(2026, 12, 1, 9, 20, tzinfo=UTC)))

    assert tuple(" ".join(one.split()) for one in said) == (money, time)


@pytest.mark.parametrize(
    ("seconds", "locale", "said"),
    [
        (0, "en-GB", "just now"),
        (-59, "en-GB", "just now"),
        (59, "en-GB", "just now"),
        (-60, "en-GB", "1 minute ago"),
        (-59, "de-DE", "gerade eben"),
        (-7200, "de-DE", "vor 2 Stunden"),
    ],
)
def test_how_long_ago_it_was_is_said_as_people_do(seconds: int, locale: str, said: str) -> None:
    assert voice_of(reader(locale)).ago(NOW + timedelta(seconds=seconds)) == said


def test_yen_have_no_decimals() -> None:
    assert voice_of(reader("en-GB")).money(1200, "JPY") == "JP¥1,200"


@pytest.mark.parametrize("value", ["nan", float("inf"), None, "x", 10**400])
def test_what_is_no_amount_is_shown_as_it_is(value: object) -> None:
    assert str(value)[:3] in voice_of(reader()).money(value, "EUR")


@pytest.mark.parametrize(
    ("written", "region", "shown"),
    [
        ("+493023125118", "", ("+49 30 23125118", "tel:+49-30-23125118")),
        ("030 23125118", "DE", ("+49 30 23125118", "tel:+49-30-23125118")),
        ("030 23125118", "", ("030 23125118", "")),
        ("call me", "DE", ("call me", "")),
    ],
)
def test_a_number_is_shown_internationally(
    written: str, region: str, shown: tuple[str, str]
) -> None:
    assert phone(written, region) == shown


@pytest.mark.parametrize("line", list(Toast))
@pytest.mark.parametrize("locale", LOCALES)
def test_a_toast_is_short_and_plain(line: Toast, locale: str) -> None:
    said = toast(reader(locale), line, field="<b>", name="Sales", reason="x" * 500)

    assert 0 < len(said) <= 200
    assert "<" not in said
