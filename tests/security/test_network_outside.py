"""What calls the addresses that others name, against servers that would lead it inside."""

import asyncio
import socket
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack
from pathlib import Path

import pytest
from aiohttp import web
from tests.tls import Authority, authority, listening

from dealwright.core.errors import Rejected, Unavailable
from dealwright.core.secret import Secret
from dealwright.core.ssrf import AddressRefused, allow_list
from dealwright.pipedrive.sender import AiohttpSender
from dealwright.pipedrive.wire import Request
from dealwright.pipeline.outside import Call, Outside

pytestmark = pytest.mark.security

LOOPBACK = allow_list(["127.0.0.1"])


class Server:
    """Answers by path, and remembers every request."""

    def __init__(self) -> None:
        self.seen: list[web.BaseRequest] = []
        self.stack = AsyncExitStack()
        self.to = ""

    async def start(self, **options: object) -> int:
        return await self.stack.enter_async_context(listening(self.answer, **options))  # type: ignore[arg-type]

    async def answer(self, request: web.BaseRequest) -> web.StreamResponse:
        self.seen.append(request)
        if request.path == "/large":
            return await self._endless(request)
        if request.path == "/silent":
            await asyncio.Event().wait()
        return self._short(request.path)

    def _short(self, path: str) -> web.Response:
        match path:
            case "/redirect":
                return web.Response(status=302, headers={"location": self.to})
            case "/loop":
                return web.Response(status=307, headers={"location": "/loop"})
            case "/said-large":
                return web.Response(body=b"x" * 2_000, content_type="audio/mpeg")
            case "/packed":
                return web.Response(body=b"x", headers={"content-encoding": "gzip"})
            case "/page":
                return web.Response(text="<p>", content_type="text/html")
            case "/gone":
                return web.Response(status=404, text="no" * 1_000)
        return web.Response(body=b"sound", content_type="audio/mpeg")

    async def _endless(self, request: web.BaseRequest) -> web.StreamResponse:
        response = web.StreamResponse(headers={"content-type": "audio/mpeg"})
        await response.prepare(request)
        for _ in range(1_000):
            await response.write(b"x" * 10_000)
        return response


@pytest.fixture
async def server() -> AsyncIterator[Server]:
    server = Server()
    async with server.stack:
        yield server


@pytest.fixture
async def url(server: Server) -> str:
    return f"http://127.0.0.1:{await server.start()}"


async def test_an_allowed_address_is_asked(server: Server, url: str) -> None:
    reply = await Outside(LOOPBACK).fetch(Call(url=f"{url}/a?b=%2F", content_types=("audio/",)))

    assert (reply.status, reply.body) == (200, b"sound")
    assert server.seen[0].raw_path == "/a?b=%2F"


async def test_a_private_address_is_not_asked(server: Server, url: str) -> None:
    with pytest.raises(AddressRefused):
        await Outside().fetch(Call(url=f"{url}/a"))
    assert server.seen == []


async def test_a_name_of_a_private_address_is_not_asked(server: Server, url: str) -> None:
    port = int(url.rpartition(":")[2])
    allowed = allow_list(["10.0.0.1"])
    with pytest.raises(AddressRefused, match="leads to a private or reserved address"):
        await Outside(allowed).fetch(Call(url=f"http://localhost:{port}/a"))
    assert server.seen == []


async def test_a_name_that_leads_elsewhere_a_moment_later_leads_nowhere(server: Server) -> None:
    inside = Server()
    async with inside.stack:
        port = await server.start()
        await inside.start(host="127.0.0.2", port=port)
        answers = [["127.0.0.1"], ["127.0.0.2"], ["127.0.0.2"]]

        async def rebinding(host: str, port: int) -> Sequence[str]:
            assert (host, port) == ("files.example", server_port)
            return answers.pop(0)

        server_port = port
        outside = Outside(LOOPBACK, look_up=rebinding)
        await outside.fetch(Call(url=f"http://files.example:{port}/a"))
        with pytest.raises(AddressRefused):
            await outside.fetch(Call(url=f"http://files.example:{port}/a"))

        assert len(server.seen) == 1
        assert server.seen[0].host == f"files.example:{port}"
        assert inside.seen == []


@pytest.mark.parametrize(
    "to",
    [
        "http://127.0.0.2/a",
        "http://169.254.169.254/latest/meta-data",
        "//[::1]/a",
        "https://10.0.0.1/",
        "file:///etc/passwd",
        "http://user:password@127.0.0.1/",
    ],
)
async def test_a_redirect_inside_is_not_followed(server: Server, url: str, to: str) -> None:
    server.to = to
    with pytest.raises(AddressRefused):
        await Outside(LOOPBACK).fetch(Call(url=f"{url}/redirect"))
    assert len(server.seen) == 1


async def test_a_redirect_is_followed_and_what_is_secret_stays(server: Server, url: str) -> None:
    other = Server()
    async with other.stack:
        server.to = f"http://127.0.0.1:{await other.start()}/a"
        headers = {"Authorization": "Bearer t", "X-Api-Key": "k", "X-Kept": "1"}
        await Outside(LOOPBACK).fetch(Call(url=f"{url}/redirect", headers=headers))

        assert "authorization" in server.seen[0].headers
        assert not {"authorization", "x-api-key"} & {n.lower() for n in other.seen[0].headers}
        assert other.seen[0].headers["x-kept"] == "1"


async def test_redirects_end(server: Server, url: str) -> None:
    with pytest.raises(Rejected) as refused:
        await Outside(LOOPBACK).fetch(Call(url=f"{url}/loop", max_redirects=3))
    assert (refused.value.code, len(server.seen)) == ("too_many_redirects", 4)


async def test_what_is_posted_is_sent_once(server: Server, url: str) -> None:
    server.to = "/a"
    reply = await Outside(LOOPBACK).fetch(Call(url=f"{url}/redirect", method="POST", body=b"x"))
    assert (reply.status, len(server.seen)) == (302, 1)


@pytest.mark.parametrize("path", ["/large", "/said-large"])
async def test_an_answer_that_is_too_large_is_left(url: str, path: str) -> None:
    with pytest.raises(Rejected) as refused:
        await Outside(LOOPBACK).fetch(Call(url=f"{url}{path}", max_bytes=1_000))
    assert refused.value.code == "answer_too_large"


async def test_of_a_refusal_only_the_beginning_is_read(url: str) -> None:
    reply = await Outside(LOOPBACK).fetch(Call(url=f"{url}/gone", max_bytes=10))
    assert (reply.status, reply.body) == (404, b"nonononono")


@pytest.mark.parametrize("path", ["/page", "/packed"])
async def test_another_kind_of_answer_is_left(url: str, path: str) -> None:
    with pytest.raises(Rejected) as refused:
        await Outside(LOOPBACK).fetch(Call(url=f"{url}{path}", content_types=("audio/",)))
    assert refused.value.code == "answer_unwanted"


async def test_a_silent_server_is_not_waited_for(url: str) -> None:
    with pytest.raises(Unavailable) as refused:
        await Outside(LOOPBACK).fetch(Call(url=f"{url}/silent?sig=s3cret", total_s=0.05))
    assert refused.value.code == "timeout"
    assert "s3cret" not in str(refused.value)


async def test_a_recording_comes_in_pieces(url: str) -> None:
    async with Outside(LOOPBACK).open(Call(url=f"{url}/large", max_bytes=20_000_000)) as stream:
        sizes = [len(chunk) async for chunk in stream.chunks]
    assert (sum(sizes), len(sizes) > 1) == (10_000_000, True)


async def test_what_the_reader_does_wrong_is_not_the_servers_fault(url: str) -> None:
    async def keep() -> None:
        async with Outside(LOOPBACK).open(Call(url=f"{url}/a")):
            raise OSError("disk full")

    with pytest.raises(OSError, match="disk full"):
        await keep()


@pytest.fixture
def nobody(tmp_path: Path) -> Authority:
    return authority(tmp_path, "acme.pipedrive.com", "files.example")


async def test_a_certificate_that_nobody_vouches_for_is_refused(
    server: Server, nobody: Authority
) -> None:
    port = await server.start(tls=nobody.server)
    allowed = allow_list(["127.0.0.1", "files.example", "other.example"])

    async def here(_: str, __: int) -> Sequence[str]:
        return ["127.0.0.1"]

    with pytest.raises(Unavailable) as refused:
        await Outside(allowed, look_up=here).fetch(Call(url=f"https://files.example:{port}/a"))
    assert (refused.value.code, refused.value.sent) == ("certificate_refused", False)
    with pytest.raises(Unavailable):
        await Outside(allowed, look_up=here, tls=nobody.client).fetch(
            Call(url=f"https://other.example:{port}/a")
        )
    assert server.seen == []

    trusting = Outside(allowed, look_up=here, tls=nobody.client)
    assert (await trusting.fetch(Call(url=f"https://files.example:{port}/a"))).status == 200


async def test_a_token_does_not_reach_a_pipedrive_with_a_certificate_of_its_own(
    server: Server, nobody: Authority, monkeypatch: pytest.MonkeyPatch
) -> None:
    port = await server.start(tls=nobody.server)
    asked: list[str] = []

    def lying_dns(host: str, *_: object, **__: object) -> list[object]:
        asked.append(host)
        return [(socket.AF_INET, socket.SOCK_STREAM, 0, "", ("127.0.0.1", port))]

    monkeypatch.setattr(socket, "getaddrinfo", lying_dns)
    sender = AiohttpSender("https://acme.pipedrive.com", Secret("a" * 40))
    try:
        with pytest.raises(Unavailable) as refused:
            await sender.send(
                Request(operation="x", tokens=1, method="GET", path="/api/v2/persons")
            )
    finally:
        await sender.close()
    assert (asked, refused.value.sent) == (["acme.pipedrive.com"], False)
    assert server.seen == []
