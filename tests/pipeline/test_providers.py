"""Providers: recorders are asked at their own hosts, and generators run to their end."""

from collections.abc import Generator
from dataclasses import replace

import pytest

from dealwright.core.errors import Rejected
from dealwright.meetings.source import Answer, Request, Source
from dealwright.pipeline.outside import Outside
from dealwright.pipeline.providers import MOST_REQUESTS, Providers, asked
from dealwright.recorders import recorders

ZOOM = recorders()["zoom"]


def to(url: str, *, sender_named: bool = False) -> Request:
    return Request(method="GET", url=url, sender_named=sender_named)


async def refuse_everything(_host: str, _port: int) -> list[str]:
    return ["127.0.0.1"]


def providers() -> Providers:
    """With a resolver that leads everything inside, where nothing may be called."""
    inside = Outside(look_up=refuse_everything)
    return Providers(known=inside, senders=inside)


@pytest.mark.parametrize(
    "url",
    [
        "https://evil.example/",
        "https://api.zoom.us.evil.example/",
        "https://evilzoom.us/",
        "https://user@evil.example/?api.zoom.us",
    ],
)
async def test_a_host_that_the_recorder_did_not_declare_is_not_called(url: str) -> None:
    with pytest.raises(Rejected) as refused:
        await providers()(ZOOM, to(url))
    assert refused.value.code == "host_not_declared"


async def test_a_host_below_a_star_is_one_of_its_own() -> None:
    source = replace(ZOOM, hosts=("*.zoom.us",))
    with pytest.raises(Exception, match="private") as refused:
        await providers()(source, to("https://us02web.zoom.us/x"))
    assert getattr(refused.value, "code", "") == "address_refused"


async def test_what_a_sender_names_and_must_not_is_not_there() -> None:
    answer = await providers()(ZOOM, to("https://10.0.0.1/secret", sender_named=True))
    assert answer.status == 404


async def test_a_generator_gets_its_answers_and_gives_what_it_makes() -> None:
    def asking() -> Generator[Request, Answer, int]:
        first = yield to("https://api.zoom.us/1")
        second = yield to("https://api.zoom.us/2")
        return first.status + second.status

    async def ask(_source: Source, request: Request) -> Answer:
        return Answer(status=int(request.url[-1]))

    assert await asked(asking(), ZOOM, ask=ask) == 3


async def test_one_that_asks_on_and_on_is_stopped() -> None:
    def asking() -> Generator[Request, Answer, int]:
        while True:
            yield to("https://api.zoom.us/1")

    count = 0

    async def ask(_source: Source, _request: Request) -> Answer:
        nonlocal count
        count += 1
        return Answer(status=200)

    with pytest.raises(Rejected) as stopped:
        await asked(asking(), ZOOM, ask=ask)
    assert (stopped.value.code, count) == ("too_many_requests", MOST_REQUESTS)
