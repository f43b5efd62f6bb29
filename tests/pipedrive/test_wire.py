"""Requests as they go out, and what good answers and their headers mean."""

import pytest

from dealwright.core.errors import Unavailable
from dealwright.core.record import Labelled, Person, RecordKind
from dealwright.pipedrive import operations
from dealwright.pipedrive.wire import Answer, Limits, Response, decipher, limits


def answer_to(body: bytes, *, status: int = 200) -> Answer[Person]:
    request = operations.read_record(RecordKind.PERSON, 7)
    return decipher(request, Response(status=status, headers={}, body=body), Person)


def test_a_record_comes_back_typed() -> None:
    answer = answer_to(b'{"success":true,"data":{"id":7,"name":"Ada"}}')

    assert answer.data == Person(id=7, name="Ada")


def test_any_2xx_is_a_success() -> None:
    answer = answer_to(b'{"success":true,"data":{"id":7}}', status=201)

    assert answer.data.id == 7


def test_keys_that_we_do_not_know_are_ignored() -> None:
    answer = answer_to(b'{"success":true,"data":{"id":7,"ims":[]},"related_objects":{"a":1}}')

    assert answer.data.id == 7


def test_a_null_means_no_more_than_a_missing_key() -> None:
    answer = answer_to(
        b'{"success":true,"data":{"id":7,"name":null,"emails":null,"phones":[{"value":"1",'
        b'"primary":null}],"label_ids":null,"is_deleted":null,"custom_fields":null}}'
    )

    assert answer.data == Person(id=7, phones=(Labelled(value="1"),))


@pytest.mark.parametrize("data", ["null", '{"id":null}', '{"id":7,"emails":[null]}'])
def test_a_null_in_place_of_what_is_needed_is_no_answer(data: str) -> None:
    with pytest.raises(Unavailable) as caught:
        answer_to(f'{{"success":true,"data":{data}}}'.encode())

    assert caught.value.code == "unreadable_answer"


def test_the_next_page_is_told() -> None:
    answer = answer_to(b'{"success":true,"data":{"id":7},"additional_data":{"next_cursor":"abc"}}')

    assert answer.next_cursor == "abc"


@pytest.mark.parametrize(
    "tail", ["", ',"additional_data":null', ',"additional_data":{"next_cursor":null}']
)
def test_a_last_page_has_no_next_one(tail: str) -> None:
    answer = answer_to(f'{{"success":true,"data":{{"id":7}}{tail}}}'.encode())

    assert answer.next_cursor is None


def test_what_stands_in_a_query_is_encoded() -> None:
    request = operations.search_records(
        RecordKind.PERSON, term="ada+lovelace&co@bücher.example", field="email"
    )

    assert request.target == (
        "/api/v2/persons/search?term=ada%2Blovelace%26co%40b%C3%BCcher.example"
        "&fields=email&exact_match=true&limit=100"
    )


def test_a_shown_request_hides_what_people_wrote() -> None:
    request = operations.search_records(RecordKind.PERSON, term="ada@example.com", field="email")

    assert "ada" not in repr(request)


def test_a_shown_response_hides_what_people_wrote() -> None:
    response = Response(status=200, headers={"set-cookie": "crumbs"}, body=b"Ada")

    assert repr(response) == "Response(status=200)"


def test_an_empty_custom_fields_object_is_never_sent() -> None:
    request = operations.update_record(RecordKind.PERSON, 7, {"name": "Ada", "custom_fields": {}})

    assert request.body == b'{"name":"Ada"}'


def test_a_change_is_a_patch_of_one_record() -> None:
    request = operations.update_record(RecordKind.DEAL, 7, {"title": "Deal"})

    assert (request.method, request.target, request.tokens) == ("PATCH", "/api/v2/deals/7", 5)


@pytest.mark.parametrize(
    ("request_", "is_search"),
    [
        (operations.search_records(RecordKind.PERSON, term="ada", field="name"), True),
        (operations.search_field(RecordKind.DEAL, field_key="title", term="x"), True),
        (operations.read_record(RecordKind.PERSON, 7), False),
        (operations.list_activity_types(), False),
    ],
    ids=["persons/search", "itemSearch/field", "get", "list"],
)
def test_searches_are_known_as_such(request_: operations.Request, is_search: bool) -> None:  # noqa: FBT001
    assert request_.is_search is is_search


def test_the_limits_are_read_from_the_headers() -> None:
    told = limits(
        {
            "x-ratelimit-limit": "20",
            "x-ratelimit-remaining": "19",
            "x-ratelimit-reset": "2",
            "x-daily-ratelimit-token-limit": "30000",
            "x-daily-ratelimit-token-remaining": "29980",
        }
    )

    assert told == Limits(
        limit=20, remaining=19, reset_s=2.0, day_limit=30_000, day_remaining=29_980
    )


def test_a_missing_header_means_nothing() -> None:
    assert limits({}) == Limits()


@pytest.mark.parametrize("text", ["", "many", "-1", "1.5", "٣", "9" * 40])
def test_a_header_that_is_no_count_means_nothing(text: str) -> None:
    assert limits({"x-ratelimit-limit": text}) == Limits()
