"""What only the Sender over HTTP does: sockets."""

import gzip
import socket
from collections.abc import AsyncIterator, Iterator

import pytest
from blockbuster import blockbuster_ctx
from tests.contract.client.odd import OddServer, served
from tests.contract.client.test_sender import shown

from dealwright.core.errors import ConfigError, Unavailable
from dealwright.core.record import RecordKind
from dealwright.core.secret import Secret
from dealwright.pipedrive import operations
from dealwright.pipedrive.sender import AiohttpSender, Timeouts

READ = operations.read_record(RecordKind.PERSON, 7)


@pytest.fixture
async def http_sender(odd: OddServer, canary: str) -> AsyncIterator[AiohttpSender]:
    async with served(odd) as url:
        sender = AiohttpSender(url, Secret(canary), max_answer_bytes=1000)
        yield sender
        await sender.close()


@pytest.fixture
async def deaf_sender(canary: str) -> AsyncIterator[AiohttpSender]:
    """Talks to a port that nobody listens on."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        sender = AiohttpSender(f"http://127.0.0.1:{taken.getsockname()[1]}", Secret(canary))
        yield sender
        await sender.close()


async def refused(sender: AiohttpSender) -> Unavailable:
    with pytest.raises(Unavailable) as caught:
        await sender.send(READ)
    return caught.value


async def test_connections_are_kept_alive(http_sender: AiohttpSender, odd: OddServer) -> None:
    await http_sender.send(READ)
    await http_sender.send(READ)

    assert odd.seen[0].client_port == odd.seen[1].client_port


@pytest.fixture
def watched_loop() -> Iterator[None]:
    """Fail the test when the client blocks the event loop."""
    with blockbuster_ctx(["dealwright.pipedrive"]):
        yield


@pytest.mark.usefixtures("watched_loop")
async def test_nothing_of_it_blocks_the_loop(http_sender: AiohttpSender) -> None:
    response = await http_sender.send(READ)

    assert response.status == 200


async def test_a_compressed_answer_is_unpacked(http_sender: AiohttpSender, odd: OddServer) -> None:
    odd.body, odd.headers = gzip.compress(b"short"), {"content-encoding": "gzip"}

    assert (await http_sender.send(READ)).body == b"short"


async def test_a_compressed_answer_is_bounded_by_what_it_unpacks_to(
    http_sender: AiohttpSender, odd: OddServer
) -> None:
    odd.body, odd.headers = gzip.compress(b"x" * 100_000), {"content-encoding": "gzip"}

    assert (await refused(http_sender)).code == "unreadable_answer"


async def test_an_answer_that_does_not_unpack_is_none(
    http_sender: AiohttpSender, odd: OddServer
) -> None:
    odd.body, odd.headers = b"no gzip", {"content-encoding": "gzip"}

    assert (await refused(http_sender)).code == "unavailable"


async def test_a_refused_connection_has_sent_nothing(deaf_sender: AiohttpSender) -> None:
    assert not (await refused(deaf_sender)).sent


async def test_a_refused_connection_shows_no_token(deaf_sender: AiohttpSender, canary: str) -> None:
    assert canary not in shown(await refused(deaf_sender))


async def test_it_can_be_closed_before_it_was_used() -> None:
    sender = AiohttpSender("https://acme.pipedrive.com", Secret("t"))
    await sender.close()

    assert "AiohttpSender" in repr(sender)


def test_a_token_is_not_sent_to_another_host() -> None:
    with pytest.raises(ConfigError):
        AiohttpSender("https://pipedrive.example", Secret("t"))


@pytest.mark.parametrize("token", ["", "a b", "a\r\nx-evil: 1", "é"])
def test_what_cannot_be_a_token_is_refused_unseen(token: str) -> None:
    with pytest.raises(ConfigError, match="That is no API token"):
        AiohttpSender("https://acme.pipedrive.com", Secret(token))


def test_the_default_patience_is_thirty_and_five_seconds() -> None:
    assert Timeouts() == Timeouts(total_s=30.0, connect_s=5.0)
