"""/card/panel: what Pipedrive's own pages show of a record, in a panel of the app.

Pipedrive signs its request with the panel's JWT secret, else the app's client secret, and names the
company in the query. Source: https://pipedrive.readme.io/docs/json-panels-adding-a-panel
"""

from typing import Any

import jwt
import msgspec
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route

from dealwright.core.clock import Clock
from dealwright.core.record import RecordKind
from dealwright.core.secret import Secret
from dealwright.pipeline.cardpanel import panel
from dealwright.store.engine import Store

_KINDS = {
    "person": RecordKind.PERSON,
    "deal": RecordKind.DEAL,
    "organization": RecordKind.ORGANIZATION,
}
_LEEWAY_S = 60.0


class Panel:
    """Answers Pipedrive; `secret` is the app's."""

    def __init__(self, store: Store, clock: Clock, *, secret: Secret, base_url: str) -> None:
        self._store = store
        self._clock = clock
        self._secret = secret
        self._base_url = base_url

    def routes(self) -> list[BaseRoute]:
        """Where it stands."""
        return [Route("/card/panel", self.show)]

    async def show(self, request: Request) -> Response:
        """The objects of one record; nothing is looked up before the signature is checked."""
        asked = request.query_params
        claims = self._claims(asked.get("token", ""))
        company, record = _number(asked.get("companyId", "")), _number(asked.get("selectedIds", ""))
        if claims is None or not company or str(claims.get("companyId")) != str(company):
            return _refused(401, "This request is not signed by Pipedrive for this company.")
        kind = _KINDS.get(asked.get("resource", ""))
        if kind is None or not record:
            return _refused(400, "A panel is of one person, deal or organization.")
        found = await self._store.read(
            lambda db: panel(db, company, kind, record, base_url=self._base_url)
        )
        return JSONResponse({"data": msgspec.to_builtins(found)})

    def _claims(self, token: str) -> dict[str, Any] | None:
        """What the token says; None for one that is forged, or too old by our Clock."""
        try:
            claims: dict[str, Any] = jwt.decode(
                token,
                self._secret.reveal(),
                algorithms=["HS256"],
                options={"verify_exp": False, "verify_iat": False, "verify_aud": False},
            )
        except jwt.PyJWTError:
            return None
        ends = claims.get("exp")
        if ends is None:
            return claims
        is_time = isinstance(ends, int | float)
        return claims if is_time and ends + _LEEWAY_S > self._clock.now().timestamp() else None


def _refused(status: int, sentence: str) -> Response:
    return JSONResponse({"error": {"message": sentence}}, status_code=status)


def _number(text: str) -> int:
    return int(text) if text.isascii() and text.isdecimal() and len(text) <= 18 else 0
