"""What both Senders do alike: over HTTP and in process."""

import traceback

import pytest
from tests.contract.client.conftest import SenderFactory
from tests.contract.client.odd import OddServer

from dealwright.core.errors import Unavailable
from dealwright.core.record import Person, RecordKind
from dealwright.core.secret import Secret
from dealwright.pipedrive import operations
from dealwright.pipedrive.sender import AsgiSender, Sender
from dealwright.pipedrive.wire import decipher

READ = operations.read_record(RecordKind.PERSON, 7)
CREATE = operations.create_record(RecordKind.PERSON, {"name": "Ada Lovelace"})


async def failure(sender: Sender) -> Unavailable:
    with pytest.raises(Unavailable) as caught:
        await sender.send(CREATE)
    return caught.value


def shown(error: BaseException) -> str:
    """Everything that a logger could make of an error, local variables of all frames included."""
    story = traceback.TracebackException.from_exception(error, capture_locals=True)
    return "".join([*story.format(), repr(error), str(error), repr(vars(error))])


async def test_the_answer_comes_back_whole(sender: Sender) -> None:
    response = await sender.send(READ)

    assert (response.status, response.body) == (200, b'{"success":true,"data":{"id":7}}')


async def test_a_request_arrives_as_it_was_built(sender: Sender, odd: OddServer) -> None:
    await sender.send(CREATE)

    seen = odd.seen[0]
    assert (seen.method, seen.path, seen.query, seen.body) == (
        "POST",
        "/api/v2/persons",
        "",
        b'{"name":"Ada Lovelace"}',
    )


async def test_a_query_arrives_as_it_was_encoded(sender: Sender, odd: OddServer) -> None:
    request = operations.search_records(
        RecordKind.PERSON, term="a+b&c=%20é@example.com", field="email"
    )
    await sender.send(request)

    assert odd.seen[0].query == request.query_string


async def test_a_body_is_json(sender: Sender, odd: OddServer) -> None:
    await sender.send(CREATE)

    assert odd.seen[0].headers["content-type"] == "application/json"


async def test_without_a_body_there_is_no_content_type(sender: Sender, odd: OddServer) -> None:
    await sender.send(READ)

    assert "content-type" not in odd.seen[0].headers


async def test_the_token_goes_in_its_header(sender: Sender, odd: OddServer, canary: str) -> None:
    await sender.send(READ)

    assert odd.seen[0].headers["x-api-token"] == canary


async def test_the_token_goes_nowhere_else(sender: Sender, odd: OddServer, canary: str) -> None:
    await sender.send(CREATE)

    del odd.seen[0].headers["x-api-token"]
    assert canary not in repr(odd.seen[0])


async def test_any_status_is_an_answer(sender: Sender, odd: OddServer) -> None:
    odd.status = 503

    assert (await sender.send(READ)).status == 503


async def test_header_names_are_lower_case(sender: Sender, odd: OddServer) -> None:
    odd.headers = {"X-RateLimit-Limit": "20"}

    assert (await sender.send(READ)).headers["x-ratelimit-limit"] == "20"


async def test_a_redirect_is_not_followed(sender: Sender, odd: OddServer) -> None:
    odd.status, odd.headers = 302, {"location": "/api/v2/persons/8"}
    await sender.send(READ)

    assert [seen.path for seen in odd.seen] == ["/api/v2/persons/7"]


async def test_a_redirect_is_an_error(sender: Sender, odd: OddServer) -> None:
    odd.status, odd.headers = 301, {"location": "https://elsewhere.example/"}
    response = await sender.send(READ)

    with pytest.raises(Unavailable, match="redirect"):
        decipher(READ, response, Person)


async def test_cookies_are_not_kept(sender: Sender, odd: OddServer) -> None:
    odd.headers = {"set-cookie": "crumb=1; Path=/"}
    await sender.send(READ)
    await sender.send(READ)

    assert "cookie" not in odd.seen[1].headers


async def test_no_answer_in_time_is_a_timeout(impatient: Sender, odd: OddServer) -> None:
    odd.hangs = True

    assert (await failure(impatient)).code == "timeout"


async def test_after_a_timeout_the_request_may_have_arrived(
    impatient: Sender, odd: OddServer
) -> None:
    odd.hangs = True

    assert (await failure(impatient)).sent


async def test_an_answer_that_breaks_off_is_none(sender: Sender, odd: OddServer) -> None:
    odd.breaks_off = True

    assert (await failure(sender)).code == "unavailable"


async def test_after_a_broken_answer_the_request_may_have_arrived(
    sender: Sender, odd: OddServer
) -> None:
    odd.breaks_off = True

    assert (await failure(sender)).sent


async def test_an_answer_without_end_is_cut(make_sender: SenderFactory, odd: OddServer) -> None:
    odd.body = b"x" * 1001

    assert (await failure(make_sender(max_answer_bytes=1000))).code == "unreadable_answer"


async def test_an_answer_up_to_the_bound_is_taken(
    make_sender: SenderFactory, odd: OddServer
) -> None:
    odd.body = b"x" * 1000
    response = await make_sender(max_answer_bytes=1000).send(READ)

    assert len(response.body) == 1000


async def test_a_timeout_shows_no_token(impatient: Sender, odd: OddServer, canary: str) -> None:
    odd.hangs = True

    assert canary not in shown(await failure(impatient))


async def test_a_broken_answer_shows_no_token(sender: Sender, odd: OddServer, canary: str) -> None:
    odd.breaks_off = True

    assert canary not in shown(await failure(sender))


async def test_a_huge_answer_shows_no_token(
    make_sender: SenderFactory, odd: OddServer, canary: str
) -> None:
    odd.body = b"x" * 1001

    assert canary not in shown(await failure(make_sender(max_answer_bytes=1000)))


async def test_an_answer_that_repeats_the_token_is_taken_without_it(
    sender: Sender, odd: OddServer, canary: str
) -> None:
    odd.status = 401
    odd.body = f'{{"success":false,"error":"bad token {canary}"}}'.encode()

    assert (await sender.send(READ)).body == b'{"success":false,"error":"bad token ***"}'


async def test_a_short_token_does_not_spoil_answers(odd: OddServer) -> None:
    sender = AsgiSender(odd, "http://sandbox.example", Secret("t"))

    assert b"true" in (await sender.send(READ)).body


async def test_an_error_shows_nothing_of_the_body(sender: Sender, odd: OddServer) -> None:
    odd.breaks_off = True

    assert "Lovelace" not in shown(await failure(sender))


async def test_a_sender_shows_no_token(sender: Sender, canary: str) -> None:
    await sender.send(READ)

    assert canary not in f"{sender!r} {sender} {vars(sender)!r}"
