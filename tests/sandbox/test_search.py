"""Search: an index that lags, case rules, what is searchable, deleted records."""

from dataclasses import replace
from typing import Any

import pytest
from tests.sandbox.conftest import QUIET, Visitor

from dealwright.sandbox.app import create_app
from dealwright.sandbox.options import Options, Switches

EMAIL = "/api/v2/persons/search?fields=email&exact_match=true&term="


def ids(reply: Any) -> list[int]:
    return [row["item"]["id"] for row in reply.data["items"]]


@pytest.fixture
def lagging() -> Visitor:
    return Visitor(create_app(replace(QUIET, lag_s=3)))


async def test_a_fresh_person_is_not_found_before_the_lag_is_over(lagging: Visitor) -> None:
    await lagging.post("/api/v2/persons", {"name": "New", "emails": [{"value": "n@x.example"}]})
    lagging.sandbox.clock.advance(2.9)

    assert ids(await lagging.get(EMAIL + "n@x.example")) == []


async def test_a_fresh_person_is_found_after_the_lag(lagging: Visitor) -> None:
    await lagging.post("/api/v2/persons", {"name": "New", "emails": [{"value": "n@x.example"}]})
    lagging.sandbox.clock.advance(3)

    assert ids(await lagging.get(EMAIL + "n@x.example")) == [26]


async def test_a_changed_address_is_still_found_until_the_lag_is_over(lagging: Visitor) -> None:
    await lagging.patch("/api/v2/persons/1", {"emails": [{"value": "n@x.example"}]})

    assert ids(await lagging.get(EMAIL + "ada.kask@northwind.example")) == [1]


async def test_a_changed_address_is_not_found_any_more(visitor: Visitor) -> None:
    await visitor.patch("/api/v2/persons/1", {"emails": [{"value": "n@x.example"}]})

    assert ids(await visitor.get(EMAIL + "ada.kask@northwind.example")) == []


async def test_an_exact_search_does_not_mind_case(visitor: Visitor) -> None:
    assert ids(await visitor.get(EMAIL + "ADA.Kask@Northwind.example")) == [1]


async def test_an_exact_search_does_not_find_parts(visitor: Visitor) -> None:
    assert ids(await visitor.get(EMAIL + "northwind.example")) == []


async def test_an_inexact_search_finds_parts(visitor: Visitor) -> None:
    reply = await visitor.get("/api/v2/persons/search?fields=email&term=northwind.example")

    assert sorted(ids(reply)) == [1, 2, 3]


async def test_one_letter_is_too_short(visitor: Visitor) -> None:
    assert (await visitor.get("/api/v2/persons/search?term=a")).status == 400


async def test_one_letter_is_enough_for_an_exact_search(visitor: Visitor) -> None:
    assert (await visitor.get("/api/v2/persons/search?term=a&exact_match=true")).status == 200


async def test_an_empty_term_is_refused_in_pipedrives_words(visitor: Visitor) -> None:
    reply = await visitor.get("/api/v2/persons/search?term=")

    assert "ERR_INVALID_INPUT" in reply.error


async def test_a_deleted_organization_stays_in_the_index(visitor: Visitor) -> None:
    await visitor.delete("/api/v2/organizations/2")
    visitor.sandbox.clock.advance(20 * 86_400)

    assert ids(await visitor.get("/api/v2/organizations/search?term=Hotel Baltika")) == [2]


async def test_a_deleted_person_stays_in_the_index_for_a_while(visitor: Visitor) -> None:
    await visitor.delete("/api/v2/persons/1")

    assert ids(await visitor.get(EMAIL + "ada.kask@northwind.example")) == [1]


async def test_a_deleted_person_drops_out_later(visitor: Visitor) -> None:
    await visitor.delete("/api/v2/persons/1")
    visitor.sandbox.clock.advance(2 * 86_400)

    assert ids(await visitor.get(EMAIL + "ada.kask@northwind.example")) == []


async def test_a_deleted_deal_is_not_found(visitor: Visitor) -> None:
    await visitor.delete("/api/v2/deals/2")

    assert ids(await visitor.get("/api/v2/deals/search?term=Lobby coffee bar")) == []


async def test_an_archived_deal_is_found_and_says_so(visitor: Visitor) -> None:
    await visitor.patch("/api/v2/deals/2", {"is_archived": True})

    reply = await visitor.get("/api/v2/deals/search?term=Lobby coffee bar")

    assert reply.data["items"][0]["item"]["is_archived"] is True


async def test_the_best_hit_comes_first(visitor: Visitor) -> None:
    await visitor.post("/api/v2/persons", {"name": "Ada Kask Junior"})

    assert ids(await visitor.get("/api/v2/persons/search?fields=name&term=Ada Kask")) == [1, 26]


async def test_the_order_is_the_same_in_one_field_as_in_all(visitor: Visitor) -> None:
    in_all = await visitor.get("/api/v2/persons/search?term=ar")
    in_one = await visitor.get("/api/v2/persons/search?term=ar&fields=name,email")

    assert in_one.data == in_all.data


async def test_control_characters_in_a_value_do_not_mix_up_records(visitor: Visitor) -> None:
    odd = {"name": "One \x1e two \x1f three \x00 four"}
    visitor.sandbox.put_state({"persons": [odd, {"name": "Three times"}]})

    reply = await visitor.get("/api/v2/persons/search?term=three")

    assert sorted(hit["item"]["id"] for hit in reply.data["items"]) == [26, 27]


async def test_the_best_of_several_kinds_come_first(visitor: Visitor) -> None:
    items = (await visitor.get("/api/v2/itemSearch?term=co")).data["items"]
    scores = [hit["result_score"] for hit in items]

    assert len({hit["item"]["type"] for hit in items}) > 1
    assert scores == sorted(scores, reverse=True)


async def test_persons_are_searched_within_an_organization(visitor: Visitor) -> None:
    reply = await visitor.get("/api/v2/persons/search?term=example&organization_id=2")

    assert sorted(ids(reply)) == [4, 5]


async def test_a_hit_through_a_note_shows_the_note(visitor: Visitor) -> None:
    reply = await visitor.get("/api/v2/persons/search?term=trade fair")

    assert reply.data["items"][0]["item"]["notes"] == ["<p>Met at the trade fair in Hamburg.</p>"]


async def test_a_hit_through_a_custom_field_shows_the_value_without_its_key(
    visitor: Visitor,
) -> None:
    reply = await visitor.get("/api/v2/organizations/search?term=C-1003&fields=custom_fields")

    assert reply.data["items"][0]["item"]["custom_fields"] == ["C-1003"]


def customer_number(visitor: Visitor) -> str:
    return next(iter(visitor.sandbox.records("organizations")[0]["custom_fields"]))


async def test_a_field_search_answers_flat(visitor: Visitor) -> None:
    code = customer_number(visitor)

    reply = await visitor.get(
        f"/api/v2/itemSearch/field?term=C-1003&entity_type=organization&field={code}"
    )

    assert reply.data == [{"id": 3, code: "C-1003"}]


async def test_a_field_search_minds_case(visitor: Visitor) -> None:
    code = customer_number(visitor)

    reply = await visitor.get(
        f"/api/v2/itemSearch/field?term=c-1003&entity_type=organization&field={code}"
    )

    assert reply.data == []


async def test_a_field_search_answers_in_items_by_switch() -> None:
    options: Options = replace(QUIET, switches=Switches(field_search_shape="items"))
    visitor = Visitor(create_app(options))

    reply = await visitor.get(
        "/api/v2/itemSearch/field?term=Cher&entity_type=person&field=name&match=exact"
    )

    assert reply.data == [{"result_score": 1.0, "item": {"id": 25, "name": "Cher"}}]


@pytest.mark.parametrize(("match", "term"), [("beginning", "C-100"), ("middle", "-100")])
async def test_a_field_search_matches_parts(visitor: Visitor, match: str, term: str) -> None:
    code = customer_number(visitor)

    reply = await visitor.get(
        f"/api/v2/itemSearch/field?term={term}&entity_type=organization&field={code}&match={match}"
    )

    assert len(reply.data) == 9


async def test_an_enum_is_not_searchable(visitor: Visitor) -> None:
    rows = (await visitor.get("/api/v2/personFields?limit=500")).data
    code = next(row["field_code"] for row in rows if row["field_name"] == "Plan")

    reply = await visitor.get(f"/api/v2/itemSearch/field?term=Team&entity_type=person&field={code}")

    assert reply.status == 400


async def test_an_item_search_allows_100_a_page(visitor: Visitor) -> None:
    assert (await visitor.get("/api/v2/itemSearch?term=xx&limit=101")).status == 400


async def test_pages_of_hits_join_to_the_whole(visitor: Visitor) -> None:
    path = "/api/v2/persons/search?term=example&fields=email&limit=13"
    first = await visitor.get(path)
    cursor = first.json["additional_data"]["next_cursor"]
    second = await visitor.get(f"{path}&cursor={cursor}")

    assert sorted(ids(first) + ids(second)) == list(range(1, 26))


async def test_phones_are_compared_as_written(visitor: Visitor) -> None:
    reply = await visitor.get(
        "/api/v2/persons/search?fields=phone&exact_match=true&term=%2B37255550101"
    )

    assert ids(reply) == []


async def test_phones_are_compared_by_digits_by_switch() -> None:
    visitor = Visitor(create_app(replace(QUIET, switches=Switches(phone_search="digits"))))

    reply = await visitor.get(
        "/api/v2/persons/search?fields=phone&exact_match=true&term=%2B37255550101"
    )

    assert ids(reply) == [1]
