"""One HTTP request as it came, before anybody looked at its path."""

from urllib.parse import parse_qsl, unquote

from dealwright.sandbox.call import Principal


class Exchange:
    """One request as it came, and what became known about it on the way."""

    __slots__ = ("body", "content_type", "cost", "headers", "method", "path", "principal",
                 "query_string", "template", "token", "token_in_query")  # fmt: skip

    def __init__(
        self, method: str, path: str, *, query_string: str, headers: dict[bytes, bytes], body: bytes
    ) -> None:
        self.method = method
        self.path = path
        self.body = body
        self.headers = headers
        self.content_type = headers.get(b"content-type", b"").decode("latin-1")
        self.query_string = query_string
        self.token_in_query = False
        self.token = self._find_token()
        self.principal: Principal | None = None
        self.template: str | None = None
        self.cost = 0

    @property
    def query(self) -> dict[str, str]:
        """The query's values by name; of several the last."""
        return dict(parse_qsl(self.query_string))

    def _find_token(self) -> str:
        token = self.headers.get(b"x-api-token")
        if token is not None:
            return token.decode("latin-1")
        bearer = self.headers.get(b"authorization", b"").decode("latin-1")
        if bearer[:7].lower() == "bearer ":
            return bearer[7:]
        if "api_token=" not in self.query_string:
            return ""
        parts = self.query_string.split("&")
        rest = [part for part in parts if not part.startswith("api_token=")]
        found = [part for part in parts if part.startswith("api_token=")]
        self.query_string = "&".join(rest)
        self.token_in_query = bool(found)
        return unquote(found[0].partition("=")[2]) if found else ""
