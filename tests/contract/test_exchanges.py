"""The watch over journeys sees a wrong request and a wrong answer."""

import pytest
from tests.exchanges import Exchange, objections
from tests.needs import need_path
from tests.openapi import spec_folder

from dealwright.pipedrive.wire import Request


@pytest.fixture(autouse=True)
def _with_the_files() -> None:
    need_path(spec_folder() / "openapi-v2.yaml", "Pipedrive's OpenAPI file")


def _made(body: bytes, *, status: int = 200, answer: bytes = b"") -> Exchange:
    path = "/api/v2/persons"
    request = Request(method="POST", path=path, operation=f"POST {path}", tokens=5, body=body)
    return Exchange(request=request, status=status, answer=answer)


def test_a_field_that_pipedrive_does_not_have_is_objected_to() -> None:
    assert objections([_made(b'{"nme":"Ada"}', status=0)]) == [
        "POST v2/persons body: 'nme' is not a property of this operation"
    ]


def test_an_answer_of_another_shape_is_objected_to() -> None:
    answer = b'{"success":true,"data":{"id":"7"}}'

    assert objections([_made(b'{"name":"Ada"}', answer=answer)]) == [
        "POST v2/persons answer.data.id: '7' is not of type 'integer'"
    ]


def test_a_refusal_is_looked_at_for_its_request_alone() -> None:
    assert objections([_made(b'{"name":"Ada"}', status=400, answer=b'{"success":false}')]) == []
