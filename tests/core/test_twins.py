"""Twins: who is likely one, why, and who is never put together."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dealwright.core.foldnames import folded_name, folded_organization
from dealwright.core.record import Deal, Labelled, Organization, Person
from dealwright.core.twins import (
    LIKELY,
    MOST_IN_BLOCK,
    Group,
    Pair,
    Sign,
    grouped,
    likely_pairs,
    look_at,
)


def person(number: int, name: str, *points: str, org: int | None = None) -> Person:
    """A person; what has an @ is an address, the rest phone numbers."""
    return Person(
        id=number,
        name=name,
        org_id=org,
        emails=tuple(Labelled(value=one) for one in points if "@" in one),
        phones=tuple(Labelled(value=one) for one in points if "@" not in one),
    )


def pairs(*records: Person | Organization | Deal) -> list[Pair]:
    return likely_pairs([look_at(record, region="EE") for record in records])


def signs(*records: Person | Organization | Deal) -> list[tuple[Sign, ...]]:
    return [pair.signs for pair in pairs(*records)]


@pytest.mark.parametrize(
    ("one", "other", "why"),
    [
        (
            person(1, "Ada Love", "Ada@x.example"),
            person(2, "A. L.", "ada@X.example"),
            {Sign.EMAIL},
        ),
        (
            person(1, "Ada Love", "5123 4567"),
            person(2, "Ada Love", "+372 51234567"),
            {Sign.PHONE, Sign.NAME},
        ),
        (person(1, "Ada", "51234567"), person(2, "Ada Love", "51234567"), {Sign.PHONE}),
        (
            person(1, "Zoë Løve", org=7),
            person(2, "zoe LOVE", org=7),
            {Sign.NAME, Sign.ORGANIZATION},
        ),
        (
            person(1, "Ada Love", "ada@x.example"),
            person(2, "Ada Love", "a.love@x.example"),
            {Sign.NAME, Sign.DOMAIN},
        ),
        (
            person(1, "Jon Smithson", "51234567"),
            person(2, "John Smithson", "51234567"),
            {Sign.NEAR_NAME, Sign.PHONE},
        ),
        (
            person(1, "Ada Love", "ada.love@gmail.com"),
            person(2, "Ada Love", "adalove+crm@googlemail.com"),
            {Sign.NAME, Sign.MAIL_ALIAS},
        ),
        (
            person(1, "Иван Петров", org=7),
            person(2, "Ivan Petrov", org=7),
            {Sign.NAME, Sign.ORGANIZATION},
        ),
        (
            Organization(id=1, name="Acme GmbH"),
            Organization(id=2, name="ACME, Inc."),
            {Sign.NAME},
        ),
        (
            Deal(id=1, title="Ten seats", person_id=4),
            Deal(id=2, title="ten  seats", person_id=4),
            {Sign.NAME, Sign.PERSON},
        ),
    ],
)
def test_these_are_likely_one(
    one: Person | Organization | Deal, other: Person | Organization | Deal, why: set[Sign]
) -> None:
    assert [set(found) for found in signs(one, other)] == [why]


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (person(1, "Ada Love"), person(2, "Ada Love")),
        (person(1, "Ada Love", "a@gmail.com"), person(2, "Ada Love", "b@gmail.com")),
        (person(1, "Ada Love", "info@x.example"), person(2, "Bob Stone", "info@x.example")),
        (person(1, "Ada Love", "51234567"), person(2, "Bob Stone", "51234567")),
        (person(1, "Ada Love", org=7), person(2, "Bob Stone", org=7)),
        (person(1, "Jon Smithson", org=7), person(2, "John Smithson", org=8)),
        (person(1, "Ada", "ada.love@gmail.com"), person(2, "Eve", "adalove@gmail.com")),
        (Organization(id=1, name="Acme"), Organization(id=2, name="Zenith")),
        (
            Deal(id=1, title="Seats", person_id=4),
            Deal(id=2, title="Seats", person_id=4, status="won"),
        ),
    ],
)
def test_these_are_not(
    one: Person | Organization | Deal, other: Person | Organization | Deal
) -> None:
    assert pairs(one, other) == []


def test_the_number_of_a_switchboard_says_little() -> None:
    desk = [person(number, name, "6123456") for number, name in enumerate(("Al", "Bo", "Cy"), 1)]
    again = person(4, "Al", "6123456")

    assert pairs(*desk, again) == []


def test_one_made_five_times_has_no_shared_mailbox() -> None:
    same = [person(number, "Ada Love", "ada@x.example") for number in range(1, 6)]

    (group,) = grouped(pairs(*same), apart=())

    assert group.ids == (1, 2, 3, 4, 5)


def test_one_under_three_names_has_no_shared_mailbox() -> None:
    names = ("Ada Love", "Ada L.", "A. L.", "ada", "Ada Lovelace", "")
    same = [person(number, name, "ada@x.example") for number, name in enumerate(names, 1)]

    (group,) = grouped(pairs(*same), apart=())

    assert group.ids == (1, 2, 3, 4, 5, 6)


def test_what_too_many_share_is_not_compared() -> None:
    crowd = [person(n, "Ada Love", "ada@x.example") for n in range(1, MOST_IN_BLOCK + 2)]

    assert pairs(*crowd) == []


def test_two_organizations_of_near_names_are_one_where_their_people_have_one_domain() -> None:
    names = {1: "Northwind Trading", 2: "Northwind Tradings"}
    looks = [
        look_at(Organization(id=number, name=name), region=None, domains=["north.example"])
        for number, name in names.items()
    ]

    assert [pair.signs for pair in likely_pairs(looks)] == [(Sign.NEAR_NAME, Sign.DOMAIN)]


@pytest.mark.parametrize(
    ("written", "folded"),
    [
        ("Foo A/S", "foo"),
        ("OÜ Foo", "foo"),
        ("Foo & Bar Sp. z o.o.", "foo bar"),
        ("Foo s.r.o.", "foo"),
        ("Foo GmbH & Co. KG", "foo"),
        ("GmbH", "gmbh"),
        ("Straße AG", "strasse"),
    ],
)
def test_the_legal_form_does_not_count(written: str, folded: str) -> None:
    assert folded_organization(written) == folded


def test_accents_case_and_scripts_do_not_count() -> None:
    assert folded_name("Łukasz ØSTERGÅRD Щукин") == "lukasz ostergard shchukin"


def pair(one: int, other: int, score: int) -> Pair:
    return Pair(one=one, other=other, score=score, signs=(Sign.EMAIL,))


def ids(groups: list[Group]) -> list[tuple[int | str, ...]]:
    return [group.ids for group in groups]


def test_a_chain_of_weak_links_does_not_join_its_ends() -> None:
    weak = [pair(1, 2, 70), pair(2, 3, 65)]

    assert ids(grouped(weak, apart=())) == [(1, 2)]


def test_a_chain_of_sure_links_does() -> None:
    sure = [pair(1, 2, 90), pair(2, 3, 90)]

    assert ids(grouped(sure, apart=())) == [(1, 2, 3)]


def test_what_people_said_is_not_the_same_is_not_joined_by_a_third() -> None:
    sure = [pair(1, 2, 95), pair(2, 3, 90)]

    assert ids(grouped(sure, apart=[(3, 1)])) == [(1, 2)]


def test_a_group_is_as_sure_as_the_weakest_link_that_holds_it() -> None:
    (group,) = grouped([pair(1, 2, 95), pair(1, 3, 90), pair(2, 3, 60)], apart=())

    assert group.score == 90


NUMBERS = st.integers(1, 8)
TWO = st.tuples(NUMBERS, NUMBERS).filter(lambda two: two[0] < two[1])
PAIRS = st.dictionaries(TWO, st.integers(LIKELY, 100), max_size=20)


@given(scores=PAIRS, apart=st.sets(TWO, max_size=6), seed=st.randoms())
def test_groups_are_the_same_in_any_order_and_keep_apart_what_is_different(
    scores: dict[tuple[int, int], int], apart: set[tuple[int, int]], seed: object
) -> None:
    straight = [pair(one, other, score) for (one, other), score in scores.items()]
    shuffled = list(straight)
    seed.shuffle(shuffled)  # type: ignore[attr-defined]
    turned = [(other, one) for one, other in apart]

    found = grouped(straight, apart=apart)

    assert found == grouped(shuffled, apart=turned)
    members = [one for group in found for one in group.ids]
    assert len(members) == len(set(members))
    assert not [two for two in apart for group in found if {*two} <= {*group.ids}]


POINTS = st.sampled_from(("a@x.example", "b@x.example", "info@x.example", "51234567", "6123456"))
NAMES = st.sampled_from(("Ada Love", "Ada Lowe", "Bob Stone", "ada", ""))
PEOPLE = st.lists(st.tuples(NAMES, st.lists(POINTS, max_size=2), st.sampled_from((None, 1))))


@given(people=PEOPLE, seed=st.randoms())
def test_pairs_do_not_depend_on_who_is_looked_at_first(
    people: list[tuple[str, list[str], int | None]], seed: object
) -> None:
    made = [person(n, name, *told, org=org) for n, (name, told, org) in enumerate(people, 1)]
    shuffled = list(made)
    seed.shuffle(shuffled)  # type: ignore[attr-defined]

    assert pairs(*made) == pairs(*shuffled)
