"""Every card, in every renderer, in several languages."""

import json
import re
from html.parser import HTMLParser
from typing import Any

import pytest
from tests.cards.every import every_card
from tests.cards.people import BASE_URL, LOCALES, reader
from tests.cards.valid import faults, size

from dealwright.cards.card import Card, Op
from dealwright.cards.files import icon_bytes
from dealwright.cards.render import google, html
from dealwright.cards.render import json as plain
from dealwright.web.addon.manifest import prefixes

NAMES = sorted(every_card(reader()))
BOTH = [(name, locale) for name in NAMES for locale in LOCALES]


def sign(op: Op) -> str:
    """State as long as the hub's own."""
    return f"{op.name}.{'x' * 380}"


def in_google(card: Card) -> dict[str, Any]:
    return google.render(card, sign=sign, base_url=BASE_URL)


def on_the_web(card: Card) -> str:
    return html.render(card, sign=sign, action_url="/card/act", static_url="/static/card")


@pytest.mark.parametrize(("name", "locale"), BOTH)
def test_google_takes_it(name: str, locale: str) -> None:
    card = in_google(every_card(reader(locale))[name])

    assert faults(card) == []


@pytest.mark.parametrize("name", NAMES)
def test_its_links_are_those_that_a_deployment_lists(name: str) -> None:
    links = re.findall(
        r'"url": "(https://[^/"]+)', json.dumps(in_google(every_card(reader())[name]))
    )
    known = {one.rstrip("/") for one in prefixes(BASE_URL, ("acme",))}

    assert set(links) <= known


@pytest.mark.parametrize("name", NAMES)
def test_it_is_small(name: str) -> None:
    assert size(in_google(every_card(reader())[name])) < 64 * 1024


@pytest.mark.parametrize("name", NAMES)
def test_its_pictures_are_there(name: str) -> None:
    shown = json.dumps(in_google(every_card(reader())[name]))
    pictures = set(re.findall(r"/static/card/([a-z0-9-]+)\.png", shown))

    assert [one for one in pictures if icon_bytes(one) is None] == []


@pytest.mark.parametrize("name", NAMES)
def test_the_pictures_of_its_page_are_there(name: str) -> None:
    pictures = set(re.findall(r'/static/card/([^"]+)\.png', on_the_web(every_card(reader())[name])))

    assert [one for one in pictures if icon_bytes(one) is None] == []


@pytest.mark.parametrize("name", NAMES)
def test_it_is_json(name: str) -> None:
    card = every_card(reader())[name]

    assert json.loads(json.dumps(plain.render(card)))["name"] == card.name


class Page(HTMLParser):
    """What a page is made of; every tag must be closed in order."""

    EMPTY = frozenset({"meta", "link", "img", "input", "br", "hr"})

    def __init__(self, text: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.crossed: list[str] = []
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag == "form" and "form" in self.open:
            self.crossed.append("a form in a form")
        if tag not in self.EMPTY:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        if not self.open or self.open.pop() != tag:
            self.crossed.append(tag)


@pytest.mark.parametrize(("name", "locale"), BOTH)
def test_its_page_is_well_formed(name: str, locale: str) -> None:
    page = Page(on_the_web(every_card(reader(locale))[name]))

    assert (page.crossed, page.open) == ([], [])


@pytest.mark.parametrize("name", NAMES)
def test_its_page_has_one_heading_of_the_first_order(name: str) -> None:
    page = Page(on_the_web(every_card(reader())[name]))

    assert [tag for tag, _ in page.tags].count("h1") == 1


@pytest.mark.parametrize("name", NAMES)
def test_its_page_has_nothing_inline(name: str) -> None:
    page = Page(on_the_web(every_card(reader())[name]))
    inline = [
        (tag, key)
        for tag, attrs in page.tags
        for key in attrs
        if key == "style" or key.startswith("on")
    ]

    assert inline == []
    assert not {"script", "style"} & {tag for tag, _ in page.tags}


@pytest.mark.parametrize("name", NAMES)
def test_every_id_of_its_page_is_there_once(name: str) -> None:
    page = Page(on_the_web(every_card(reader())[name]))
    ids = [attrs["id"] for _, attrs in page.tags if "id" in attrs]

    assert len(ids) == len(set(ids))


@pytest.mark.parametrize("name", NAMES)
def test_every_label_of_its_page_has_its_field(name: str) -> None:
    page = Page(on_the_web(every_card(reader())[name]))
    ids = {attrs.get("id") for _, attrs in page.tags}
    wanted = {attrs["for"] for tag, attrs in page.tags if tag == "label" and "for" in attrs}

    assert wanted <= ids


@pytest.mark.parametrize(("locale", "way"), [("ar", "rtl"), ("he-IL", "rtl"), ("de", "ltr")])
def test_a_page_runs_in_the_direction_of_its_language(locale: str, way: str) -> None:
    page = Page(on_the_web(every_card(reader(locale))["contact"]))

    assert page.tags[0][1]["dir"] == way


def test_a_token_is_never_written_into_a_page() -> None:
    page = on_the_web(every_card(reader())["reauth"])

    assert 'type="password" id="i-token"' in page
