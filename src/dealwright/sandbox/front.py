"""What a browser sees: the page at `/`, its files, and the OAuth server."""

from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from dealwright.sandbox.answers import Answer
from dealwright.sandbox.exchange import Exchange
from dealwright.sandbox.oauth import answer_oauth
from dealwright.sandbox.page import answer_page, static

if TYPE_CHECKING:
    from dealwright.sandbox.app import Sandbox


def answer_front(sandbox: "Sandbox", exchange: Exchange, *, scheme: str) -> Answer:
    """Answer one request that is neither the API's nor the admin's."""
    if foreign(exchange):
        return Answer(403, b"From another site.", content_type=b"text/plain")
    file = static(exchange.path)
    if file is not None:
        return file
    if exchange.path.startswith("/oauth/"):
        host = exchange.headers.get(b"host", b"localhost").decode("latin-1")
        return answer_oauth(sandbox, exchange, origin=f"{scheme}://{host}")
    return answer_page(sandbox, exchange)


def foreign(exchange: Exchange) -> bool:
    """Whether another site's page sends this: a browser says so, and nothing else does."""
    origin = exchange.headers.get(b"origin")
    if origin is None:
        return False
    host = exchange.headers.get(b"host", b"").decode("latin-1")
    return urlsplit(origin.decode("latin-1")).netloc != host
