"""Admission and metering: 401, prices, the daily budget, windows, what abuse earns."""

from dataclasses import replace

import pytest
from tests.sandbox.conftest import QUIET, Visitor

from dealwright.sandbox.app import create_app
from dealwright.sandbox.options import Limits, Options, Switches

ALL: Options = replace(QUIET, plan="lite", seats=1, limits=Limits())


@pytest.fixture
def metered() -> Visitor:
    return Visitor(create_app(ALL))


async def test_without_a_token_the_gateway_answers(visitor: Visitor) -> None:
    reply = await Visitor(visitor.sandbox, token="").get("/api/v2/nowhere")

    assert reply.status == 401
    assert reply.json == {
        "success": False,
        "error": "unauthorized access",
        "errorCode": 401,
        "error_info": "Please check developers.pipedrive.com",
    }
    assert reply.headers["x-401-by-gw"] == "true"


async def test_a_token_in_the_query_is_taken_with_a_warning(visitor: Visitor) -> None:
    stranger = Visitor(visitor.sandbox, token="")

    reply = await stranger.get(f"/api/v1/users/me?api_token={visitor.sandbox.token}")

    assert (reply.status, "warning" in reply.headers) == (200, True)


async def test_a_token_in_the_query_is_told_of_once_where_the_sandbox_runs(
    visitor: Visitor, caplog: pytest.LogCaptureFixture
) -> None:
    stranger = Visitor(visitor.sandbox, token="")

    for _ in range(2):
        await stranger.get(f"/api/v1/users/me?api_token={visitor.sandbox.token}")

    assert [r.getMessage()[:27] for r in caplog.records if r.name == "dealwright.sandbox"] == [
        "A token came in an address "
    ]


async def test_the_call_of_a_token_in_the_query_says_so(visitor: Visitor) -> None:
    stranger = Visitor(visitor.sandbox, token="")
    await visitor.get("/api/v1/users/me")
    await stranger.get(f"/api/v1/users/me?api_token={visitor.sandbox.token}")

    calls = (await visitor.get("/_sandbox/calls")).json["calls"]

    assert [call["query_token"] for call in calls] == [False, True]


async def test_a_token_in_the_query_is_not_written_down(visitor: Visitor) -> None:
    stranger = Visitor(visitor.sandbox, token="")
    await stranger.get(f"/api/v1/users/find?term=jonas&api_token={visitor.sandbox.token}")

    assert visitor.sandbox.calls[-1].query == "term=jonas"


async def test_a_token_in_the_query_is_refused_by_switch() -> None:
    sandbox = create_app(replace(QUIET, switches=Switches(query_token=False)))

    reply = await Visitor(sandbox, token="").get(f"/api/v1/users/me?api_token={sandbox.token}")

    assert reply.status == 401


async def test_a_new_token_kills_the_old_one(visitor: Visitor) -> None:
    company = visitor.sandbox.world.default_company
    user = company.users.get(1)
    assert user is not None
    visitor.sandbox.world.issue(company, user, "b" * 40)

    assert (await visitor.get("/api/v1/users/me")).status == 401


async def test_an_unknown_path_is_an_unknown_method(visitor: Visitor) -> None:
    reply = await visitor.get("/api/v2/unicorns")

    assert (reply.status, reply.error) == (404, "Unknown method")


async def test_a_retired_endpoint_is_gone(visitor: Visitor) -> None:
    assert (await visitor.get("/api/v1/persons/7")).status == 410


PRICES = [
    ("GET", "/api/v2/persons/1", 1),
    ("GET", "/api/v2/persons", 10),
    ("GET", "/api/v2/persons/search?term=ada", 20),
    ("GET", "/api/v2/pipelines", 5),
    ("GET", "/api/v2/deals/archived", 20),
    ("DELETE", "/api/v2/persons/1", 3),
    ("GET", "/api/v1/users/me", 2),
    ("GET", "/api/v1/activityTypes", 20),
    ("GET", "/v1/notes/1", 2),
]


@pytest.mark.parametrize(("method", "path", "price"), PRICES)
async def test_a_call_costs_what_the_table_says(
    visitor: Visitor, method: str, path: str, price: int
) -> None:
    await visitor.send(method, path)

    assert visitor.sandbox.calls[-1].cost == price


async def test_headers_show_what_is_left(metered: Visitor) -> None:
    reply = await metered.get("/api/v2/persons/1")

    assert reply.headers["x-daily-ratelimit-token-limit"] == "30000"
    assert reply.headers["x-daily-ratelimit-token-remaining"] == "29999"
    assert reply.headers["x-ratelimit-limit"] == "20"
    assert reply.headers["x-ratelimit-remaining"] == "19"


async def writes_left(visitor: Visitor, method: str) -> str | None:
    reply = await visitor.send(method, "/api/v1/activityTypes/1", {"name": "Ring"})
    return reply.headers.get("x-daily-requests-left")


async def test_post_and_put_say_how_many_of_them_are_left_today(metered: Visitor) -> None:
    assert [await writes_left(metered, "PUT") for _ in range(2)] == ["9999", "9998"]


async def test_reading_says_nothing_of_writes(metered: Visitor) -> None:
    assert await writes_left(metered, "GET") is None


async def test_writes_are_counted_anew_each_day(metered: Visitor) -> None:
    await writes_left(metered, "PUT")
    metered.sandbox.clock.advance(15 * 3600)

    assert await writes_left(metered, "PUT") == "9999"


async def test_a_spent_budget_is_429_until_midnight(metered: Visitor) -> None:
    metered.sandbox.world.default_company.ledger.charge(30_000, metered.sandbox.clock.now_ms())

    reply = await metered.get("/api/v2/persons/1")

    assert reply.json == {
        "success": False,
        "error": "daily request budget exceeded",
        "errorCode": 429,
        "error_info": "Please check developers.pipedrive.com",
    }
    assert reply.headers["retry-after"] == str(15 * 3600)


async def test_the_budget_is_whole_again_after_midnight(metered: Visitor) -> None:
    metered.sandbox.world.default_company.ledger.charge(30_000, metered.sandbox.clock.now_ms())
    metered.sandbox.clock.advance(15 * 3600)

    assert (await metered.get("/api/v2/persons/1")).status == 200


async def test_a_refused_call_costs_nothing(metered: Visitor) -> None:
    metered.sandbox.world.default_company.ledger.charge(30_000, metered.sandbox.clock.now_ms())
    await metered.get("/api/v2/persons/1")

    assert metered.sandbox.calls[-1].cost == 0


async def knock(visitor: Visitor, times: int, path: str = "/api/v2/persons/1") -> list[int]:
    return [(await visitor.get(path)).status for _ in range(times)]


async def test_the_21st_call_in_2_seconds_is_429(metered: Visitor) -> None:
    assert await knock(metered, 21) == [200] * 20 + [429]


async def test_the_window_rolls_on(metered: Visitor) -> None:
    await knock(metered, 20)
    metered.sandbox.clock.advance(2)

    assert await knock(metered, 1) == [200]


async def test_the_11th_search_in_2_seconds_is_429(metered: Visitor) -> None:
    assert await knock(metered, 11, "/api/v2/persons/search?term=ada") == [200] * 10 + [429]


async def test_a_burst_refusal_says_when_to_come_back(metered: Visitor) -> None:
    await knock(metered, 20)

    reply = await metered.get("/api/v2/persons/1")

    assert (reply.headers["x-ratelimit-remaining"], reply.headers["x-ratelimit-reset"]) == (
        "0",
        "2",
    )


async def test_who_does_not_stop_meets_cloudflare(metered: Visitor) -> None:
    await knock(metered, 20 + 30)

    reply = await metered.get("/api/v2/persons/1")

    assert (reply.status, reply.json, "Cloudflare" in reply.text) == (403, None, True)


async def test_cloudflare_lets_go_after_5_minutes(metered: Visitor) -> None:
    await knock(metered, 20 + 30)
    metered.sandbox.clock.advance(301)

    assert await knock(metered, 1) == [200]
