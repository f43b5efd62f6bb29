"""What Pipedrive's refusals become: the table is error_bodies.toml."""

import tomllib
from pathlib import Path
from typing import Any

import pytest

from dealwright.core.errors import RateLimited, Rejected, UpstreamError
from dealwright.core.record import Person, RecordKind
from dealwright.pipedrive import operations
from dealwright.pipedrive.wire import Response, decipher

_CASES = tomllib.loads(Path(__file__).with_name("error_bodies.toml").read_text("utf-8"))["case"]
_REQUEST = operations.create_record(RecordKind.PERSON, {"name": "Ada"})


@pytest.fixture(params=_CASES, ids=[case["name"] for case in _CASES])
def case(request: pytest.FixtureRequest) -> dict[str, Any]:
    given: dict[str, Any] = request.param
    return given


def refused(status: int, body: str, headers: dict[str, str] | None = None) -> UpstreamError:
    response = Response(status=status, headers=headers or {}, body=body.encode())
    with pytest.raises(UpstreamError) as caught:
        decipher(_REQUEST, response, Person)
    return caught.value


def refused_case(case: dict[str, Any]) -> UpstreamError:
    return refused(case["status"], case["body"], case.get("headers"))


def test_the_class_says_who_must_act(case: dict[str, Any]) -> None:
    assert type(refused_case(case)).__name__ == case["raises"]


def test_the_code_is_stable(case: dict[str, Any]) -> None:
    assert refused_case(case).code == case["code"]


def test_the_sentence_names_what_happened(case: dict[str, Any]) -> None:
    assert case["says"] in str(refused_case(case))


def test_the_sentence_is_short_and_ends_as_one(case: dict[str, Any]) -> None:
    text = str(refused_case(case))

    assert len(text) < 500
    assert text.endswith(".")
    assert ".." not in text


def test_the_error_keeps_the_http_status(case: dict[str, Any]) -> None:
    assert refused_case(case).status in {case["status"], 400, 401, 429}


@pytest.mark.parametrize(
    "limited", [c for c in _CASES if "retry_after_s" in c], ids=lambda case: case["name"]
)
def test_a_limit_says_when_to_come_back(limited: dict[str, Any]) -> None:
    error = refused_case(limited)

    assert isinstance(error, RateLimited)
    assert error.retry_after_s == limited["retry_after_s"]


def test_a_wait_of_years_is_two_days_at_most() -> None:
    error = refused(429, "", {"retry-after": "1e12"})

    assert isinstance(error, RateLimited)
    assert error.retry_after_s == 172_800


def test_a_long_reason_is_cut() -> None:
    error = refused(400, '{"success":false,"error":"' + "x" * 5000 + '"}')

    assert len(str(error)) < 500


def test_a_reason_stays_in_one_line() -> None:
    error = refused(400, '{"success":false,"error":"one\\n\\u0000two\\u202ethree"}')

    assert "one two three" in str(error)


def test_an_unfamiliar_code_of_the_vendor_is_not_passed_on() -> None:
    error = refused(403, '{"success":false,"error":"limit","code":"feature_capping_<b>"}')

    assert error.code == "limit_reached"


def test_an_upstream_refusal_may_have_reached_the_vendor() -> None:
    error = refused(500, "")

    assert error.sent


def test_a_refused_request_is_not_shown_with_what_it_held() -> None:
    error = refused(400, '{"success":false,"error":"no"}')

    assert isinstance(error, Rejected)
    assert "Ada" not in str(error)
