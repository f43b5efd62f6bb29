"""Whatever Pipedrive holds, the card stays a card that Google takes."""

import re
from typing import Any

import msgspec
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from tests.cards.people import BASE_URL, EVERYTHING, LISTS, LOCALES, VALUES, reader
from tests.cards.valid import faults, size, widgets

from dealwright.cards.card import Op
from dealwright.cards.contact import contact_card, section_card
from dealwright.cards.known import Known, Part
from dealwright.cards.render import google, html
from dealwright.core.record import (
    Activity,
    Deal,
    FieldDefinition,
    FieldOption,
    Labelled,
    Note,
    Person,
)

HOSTILE = (
    "<b>", "</font><a href=javascript:1>x", "<script>alert(1)</script>", "a & b < c", "\x00\x0b",
    "\ud800", "\u202egnp", "{0}{name}", "%s", "", " ", "<!-- ", "]]>", "&lt;b&gt;", "\n\r\n",
    "https://bank@evil.example", "javascript:alert(1)", "x" * 5000,
)  # fmt: skip
words = st.one_of(st.sampled_from(HOSTILE), st.text(max_size=60))
days = st.one_of(
    st.none(), words, st.dates().map(str), st.just("2026-13-45"), st.just("9999-12-31")
)
times = st.one_of(st.none(), words, st.times().map(str), st.just("25:00"))
moments = st.one_of(st.none(), words, st.datetimes().map(str))
numbers = st.one_of(
    st.none(), st.integers(-(10**18), 10**18), st.floats(allow_nan=True, allow_infinity=True)
)
anything: st.SearchStrategy[Any] = st.recursive(
    st.one_of(words, numbers, st.booleans()),
    lambda inner: st.one_of(
        st.lists(inner, max_size=4),
        st.dictionaries(st.sampled_from(("value", "until", "currency", "id", "label")), inner),
    ),
    max_leaves=6,
)
notes = st.builds(Note, id=st.integers(1, 99), content=words, add_time=moments, user_id=st.none())
deals = st.builds(
    Deal, id=st.integers(1, 10**6), title=words, value=st.one_of(st.none(), st.floats()),
    currency=st.one_of(st.none(), words, st.just("EUR"), st.just("XQQ")),
    status=st.sampled_from(("open", "won", "lost", "deleted", "odd")), expected_close_date=days,
    lost_reason=st.one_of(st.none(), words), won_time=moments, lost_time=moments,
    add_time=moments, probability=st.one_of(st.none(), st.floats(0, 100)),
)  # fmt: skip
activities = st.builds(
    Activity, id=st.integers(1, 10**6), subject=st.one_of(st.none(), words),
    type=st.one_of(st.none(), words), due_date=days, due_time=times,
    duration=st.one_of(st.none(), words), done=st.booleans(), note=st.one_of(st.none(), words),
)  # fmt: skip
addresses = st.builds(Labelled, value=words, label=st.one_of(st.none(), words))


@st.composite
def unknown_people(draw: st.DrawFn) -> Known:
    types = [*VALUES, "brand_new_type", ""]
    fields = tuple(
        FieldDefinition(
            field_code=f"f{place}",
            field_name=draw(words),
            field_type=kind,
            options=tuple(FieldOption(id=n, label=draw(words)) for n in range(3)),
        )
        for place, kind in enumerate(types)
    )
    person = Person(
        id=draw(st.integers(1, 10**9)),
        name=draw(words),
        org_id=draw(st.one_of(st.none(), st.integers(1, 99))),
        owner_id=draw(st.one_of(st.none(), st.integers(1, 99))),
        emails=tuple(draw(st.lists(addresses, max_size=5))),
        phones=tuple(draw(st.lists(addresses, max_size=5))),
        label_ids=tuple(draw(st.lists(st.integers(1, 9), max_size=5))),
        add_time=draw(moments),
        custom_fields={field.field_code: draw(anything) for field in fields},
    )
    unique: dict[int, Activity] = {one.id: one for one in draw(st.lists(activities, max_size=12))}
    return msgspec.structs.replace(
        EVERYTHING,
        company=draw(words),
        address=draw(words),
        person=person,
        deals=tuple(draw(st.lists(deals, max_size=12))),
        deal_activities={},
        activities=tuple(unique.values()),
        notes=tuple(draw(st.lists(notes, max_size=8))),
        lists=msgspec.structs.replace(LISTS, person_fields=fields, currency=draw(words)),
        people=tuple(draw(st.lists(words, max_size=3))),
        missing=draw(st.dictionaries(st.sampled_from(list(Part)), words, max_size=3)),
        left_out={"deals": draw(st.integers(0, 10**9))},
    )


def sign(op: Op) -> str:
    return f"{op.name}.{'x' * 380}"


#: Shrinking somebody with 18 fields takes minutes; what failed is printed as it is.
SEARCH = settings(
    deadline=None,
    suppress_health_check=list(HealthCheck),
    phases=[Phase.explicit, Phase.reuse, Phase.generate],
)


@settings(SEARCH, max_examples=60)
@given(known=unknown_people(), locale=st.sampled_from(LOCALES))
def test_google_takes_the_card_of_anybody(known: Known, locale: str) -> None:
    card = google.render(contact_card(known, reader(locale)), sign=sign, base_url=BASE_URL)

    assert faults(card) == []
    assert widgets(card) <= 100
    assert size(card) <= 64 * 1024


@settings(SEARCH, max_examples=25)
@given(known=unknown_people(), locale=st.sampled_from(LOCALES))
def test_no_markup_of_others_reaches_the_page(known: Known, locale: str) -> None:
    page = html.render(
        contact_card(known, reader(locale)), sign=sign, action_url="/a", static_url="/s"
    )

    assert "<script" not in page
    assert not re.search(r'href="(?!https://|mailto:|tel:|/)', page.replace("/s/card.css", "/"))


#: What is no text of somebody's: kinds that our own code has, and ids that are compared.
OURS = frozenset({"finding", "status", "field_type", "field_code", "key_string", "type", "content"})
MARKUP = "<img src=x onerror=1><script>1</script></b></a>&lt;b&gt; {0} %s "


def spoiled(told: Any) -> Any:
    """Every text of Pipedrive's and of senders', with markup before it."""
    if isinstance(told, dict):
        return {key: value if key in OURS else spoiled(value) for key, value in told.items()}
    if isinstance(told, list):
        return [spoiled(one) for one in told]
    return MARKUP + told if isinstance(told, str) else told


def hostile() -> Known:
    """Ada, of whom every text is markup: names, titles, labels, stages, colleagues, and all."""
    told = msgspec.to_builtins(msgspec.structs.replace(EVERYTHING, missing={}, as_of=None))
    times = {"meetings": EVERYTHING.meetings, "events": EVERYTHING.events, "others": ()}
    kept = {key: told.pop(key, None) for key in times}
    assert all(one is not None for one in kept.values())
    known = msgspec.convert(spoiled(told), Known)
    return msgspec.structs.replace(
        known,
        meetings=tuple(msgspec.structs.replace(m, title=MARKUP) for m in EVERYTHING.meetings),
        events=tuple(msgspec.structs.replace(e, name=MARKUP) for e in EVERYTHING.events),
        others=tuple(
            msgspec.structs.replace(one, name=MARKUP, says=MARKUP) for one in EVERYTHING.others
        ),
    )


def test_markup_in_every_text_is_text_for_google() -> None:
    card = google.render(contact_card(hostile(), reader()), sign=sign, base_url=BASE_URL)

    assert faults(card) == []
    assert "<img" not in str(card)
    assert "<script" not in str(card)


def test_markup_in_every_text_is_text_on_the_page() -> None:
    page = html.render(
        contact_card(hostile(), reader()), sign=sign, action_url="/a", static_url="/s"
    )

    assert page.count("&lt;img src=x onerror=1&gt;") > 30
    assert not re.search(r"<script|onerror=1>|<img(?! (alt|class|src)=\"[^\"]*\")", page)


def huge() -> Known:
    """300 deals, 200 activities, notes of 60 kB, fields of 500 options, 300 fields."""
    options = tuple(FieldOption(id=n, label=f"Option {n}") for n in range(500))
    fields = tuple(
        FieldDefinition(field_code=f"f{n}", field_name=f"F {n}", field_type="set", options=options)
        for n in range(300)
    )
    every = list(range(500))
    person = Person(
        id=1,
        name="Ada",
        emails=tuple(Labelled(value=f"a{n}@x.example") for n in range(200)),
        custom_fields={field.field_code: every for field in fields},
    )
    many = tuple(Deal(id=n, title=f"Deal {n}", value=n) for n in range(1, 301))
    note = "<b>long</b> " * 5000
    return msgspec.structs.replace(
        EVERYTHING,
        person=person,
        deals=many,
        deal_notes={
            n: tuple(Note(id=n * 100 + m, content=note) for m in range(9)) for n in range(9)
        },
        activities=tuple(Activity(id=n, subject=f"Call {n}", note=note) for n in range(200)),
        notes=tuple(Note(id=n, content=note) for n in range(100)),
        lists=msgspec.structs.replace(LISTS, person_fields=fields),
    )


def test_a_huge_account_fits_into_a_card() -> None:
    card = google.render(contact_card(huge(), reader()), sign=sign, base_url=BASE_URL)

    assert faults(card) == []
    assert widgets(card) <= 100
    assert size(card) <= 64 * 1024


def test_no_section_of_a_huge_account_vanishes() -> None:
    card = google.render(contact_card(huge(), reader()), sign=sign, base_url=BASE_URL)

    assert len(card["sections"]) == len(contact_card(huge(), reader()).sections)


def test_what_a_huge_account_leaves_out_is_counted() -> None:
    card = google.render(contact_card(huge(), reader()), sign=sign, base_url=BASE_URL)
    deals = next(one for one in card["sections"] if one.get("header", "").startswith("Deals"))
    shown = sum(1 for one in deals["widgets"] if "<b>Deal " in str(one))

    assert f"{300 - shown} more" in str(deals)


def pages_of_deals() -> list[str]:
    """The titles of all deals, by pressing Show all again and again."""
    titles: list[str] = []
    start, left = 0, True
    while left:
        drawn = section_card(huge(), reader(), section="deals", start=start)
        card = google.render(
            drawn, sign=lambda op: str(op.extra.get("start", "")), base_url=BASE_URL
        )
        rows = [
            one["decoratedText"] for one in card["sections"][0]["widgets"] if "decoratedText" in one
        ]
        titles += [row["text"] for row in rows if row["text"].startswith("<b>Deal ")]
        left = any(" more" in row["text"] for row in rows)
        start = len(titles)
    return titles


def test_every_deal_is_reached_page_by_page() -> None:
    assert len(set(pages_of_deals())) == 300
