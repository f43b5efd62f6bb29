"""One request on its way through the sandbox, and who makes it."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, TypeAlias
from urllib.parse import parse_qsl

import msgspec

from dealwright.sandbox.answers import Json, Refusal, invalid, v1_refusal
from dealwright.sandbox.company import Actor, Company, Source
from dealwright.sandbox.records import User

TokenKind: TypeAlias = Literal["api_token", "oauth"]
_decoder = msgspec.json.Decoder()


@dataclass(frozen=True, slots=True, kw_only=True)
class Principal:
    """Whose token it is. `scopes` None: an API token, which may do all its user may.

    `app` is the client id behind an OAuth token, which ends at `expires_ms`; `source` "app" is
    a person at work in Pipedrive's own pages.
    """

    company: Company
    user_id: int
    token: str
    kind: TokenKind = "api_token"
    scopes: frozenset[str] | None = None
    app: str | None = None
    expires_ms: int | None = None
    source: Source = "api"


class Call:
    """What a handler gets: who asks, for what, with what."""

    __slots__ = ("body_bytes", "company", "content_type", "now_ms", "params", "path",
                 "principal", "query", "user")  # fmt: skip

    def __init__(
        self, principal: Principal, path: str, *, query_string: str, body: bytes, content_type: str
    ) -> None:
        self.principal = principal
        self.company = principal.company
        user = self.company.users.get(principal.user_id)
        assert user is not None  # noqa: S101 -- tokens are made for users that exist
        self.user: User = user
        self.now_ms = self.company.clock.now_ms()
        self.path = path
        self.params: tuple[str, ...] = ()
        self.query: Mapping[str, str] = (
            dict(parse_qsl(query_string, keep_blank_values=True)) if query_string else {}
        )
        self.body_bytes = body
        self.content_type = content_type

    @property
    def actor(self) -> Actor:
        """Who changes things in this call."""
        return Actor(user_id=self.user.id, source=self.principal.source)

    def json(self) -> Json:
        """The body of a v2 call: a JSON object. Raises Refusal 400 otherwise."""
        value = self.json_value()
        if not isinstance(value, dict):
            raise invalid(["body: The value is not a valid 'object'"])
        return value  # pyright: ignore[reportUnknownVariableType]

    def json_value(self) -> object:
        """The body as any JSON value. Raises Refusal 400 if it is none."""
        if not self.body_bytes:
            return {}
        try:
            return _decoder.decode(self.body_bytes)
        except msgspec.DecodeError:
            raise invalid(["body: Invalid JSON"]) from None

    def form_or_json(self) -> Json:
        """The body of a v1 call, which may be a form as well."""
        if "x-www-form-urlencoded" in self.content_type:
            return dict(parse_qsl(self.body_bytes.decode(), keep_blank_values=True))
        try:
            return self.json()
        except Refusal:
            raise v1_refusal(400, "Bad request") from None

    def int_param(self, position: int = 0) -> int:
        """A path placeholder as a number; a text there is a v2 validation fault."""
        text = self.params[position]
        if not text.isdecimal():
            raise invalid(["id: The value is not a valid 'integer'"])
        return int(text)
