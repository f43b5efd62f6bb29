"""The card's words in other languages."""

from string import Formatter

import pytest
from tests.cards.people import EVERYTHING, reader

from dealwright.cards.contact import contact_card
from dealwright.cards.pages.toasts import Toast
from dealwright.cards.voice import _CATALOGUES
from dealwright.core.cardact import NEEDED

PAIRS = [
    (language, english, said)
    for language, words in _CATALOGUES.items()
    for english, said in words.items()
]


def blanks(text: str) -> set[str]:
    return {name for _, name, _, _ in Formatter().parse(text) if name}


@pytest.mark.parametrize("language", sorted(_CATALOGUES))
def test_a_language_keeps_the_blanks_of_the_english(language: str) -> None:
    torn = [
        english for of, english, said in PAIRS if of == language and blanks(english) != blanks(said)
    ]

    assert torn == []


def test_all_languages_have_the_same_words() -> None:
    assert len({frozenset(words) for words in _CATALOGUES.values()}) == 1


@pytest.mark.parametrize(
    ("locale", "title"),
    [
        ("de-AT", "Benutzerdefinierte Felder"),
        ("fr", "Champs personnalisés"),
        ("sv-SE", "Anpassade fält"),
        ("es-419", "Campos personalizados"),
        ("ar-EG", "الحقول المخصصة"),
        ("ja", "Custom fields"),
    ],
)
def test_a_card_is_in_its_readers_language_or_in_english(locale: str, title: str) -> None:
    titles = [section.title for section in contact_card(EVERYTHING, reader(locale)).sections]

    assert title in titles


def test_joined_texts_do_not_tear_each_other_in_arabic() -> None:
    card = contact_card(EVERYTHING, reader("ar"))

    assert card.header.subtitle == "\u2068Analytical\u2069 · \u2068ada@analytical.example\u2069"


@pytest.mark.parametrize("language", sorted(_CATALOGUES))
def test_every_notice_is_there_in_a_language(language: str) -> None:
    notices = [*(line.value for line in Toast), *(told for _, told in NEEDED.values())]
    lacking = [one for one in notices if one not in _CATALOGUES[language]]

    assert lacking == []
