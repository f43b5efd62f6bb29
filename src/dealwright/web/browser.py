"""Browser: what Segment's and RudderStack's SDKs ask for before they send their first event.

Source: run against `@segment/analytics-next`. `sampleRate` 0 keeps it from calling Segment's
metrics host, and exactly one integration keeps its loader of others off. RudderStack's
(`configUrl`, github.com/rudderlabs/rudder-sdk-js) wants a source with an id and no destinations.
"""

import re
from typing import Any, Final

import msgspec

from dealwright.web import answers
from dealwright.web.answers import Answer
from dealwright.web.write_keys import WriteKeys, authorization_of_query

_SETTINGS: Final = re.compile(r"/v1/projects/([^/]{1,200})/settings")
#: Where RudderStack's SDKs ask at their `configUrl`.
SOURCE_CONFIG: Final = "/sourceConfig"
_HOST: Final = re.compile(rb"[A-Za-z0-9._\-\[\]:]{1,255}")
_CACHED: Final = (
    (b"content-type", b"application/json"),
    (b"cache-control", b"public, max-age=60"),
    (b"vary", b"host"),
)


class BrowserSettings:
    """Answers `GET /v1/projects/{writeKey}/settings` and `GET /sourceConfig`, and nothing else.

    `public_url` is where browsers reach the hub; None sends them to the host that they asked.
    """

    def __init__(self, *, keys: WriteKeys, public_url: str | None) -> None:
        self._keys = keys
        self._public_url = public_url

    async def answer(self, scope: Any, path: str) -> Answer:
        """Answer a request that carries no events.

        Raises NoSuchPath, UnknownWriteKey, and StoreUnavailable when the key cannot be checked.
        """
        hit = _SETTINGS.fullmatch(path)
        if hit is None and path != SOURCE_CONFIG:
            raise answers.NoSuchPath(
                f"There is nothing at {path[:80]}: send events to /v1/batch or /v1/track."
            )
        if scope["method"] == "OPTIONS":
            return answers.PREFLIGHT
        if scope["method"] not in {"GET", "HEAD"}:
            raise answers.MethodNotAllowed(f"{scope['method']} is not for this path: use GET.")
        if hit is None:
            return await self._source_config(scope)
        await self._keys.source_of(key=hit[1])
        protocol, host = self._address(scope)
        return answers.answer(200, _settings(hit[1], protocol, host), _CACHED)

    async def _source_config(self, scope: Any) -> Answer:
        asked = dict(scope["headers"]).get(b"authorization", b"")
        authorization = asked or authorization_of_query(scope["query_string"])
        source_id = await self._keys.source_of(authorization=authorization)
        nothing = {"enabled": False}
        source = {
            "id": str(source_id),
            "name": "Dealwright",
            "enabled": True,
            "workspaceId": "",
            "config": {"statsCollection": {"errors": nothing, "metrics": nothing}},
            "destinations": (),
        }
        # By key, hence for nobody else.
        headers = ((b"content-type", b"application/json"), (b"cache-control", b"no-store"))
        return answers.answer(200, msgspec.json.encode({"source": source}), headers)

    def _address(self, scope: Any) -> tuple[str, str]:
        if self._public_url is not None:
            protocol, _, host = self._public_url.partition("://")
            return protocol, host
        asked = dict(scope["headers"]).get(b"host", b"")
        host = asked.decode("ascii") if _HOST.fullmatch(asked) else "localhost"
        return scope["scheme"], host


def _settings(write_key: str, protocol: str, host: str) -> bytes:
    segment = {
        "apiKey": write_key,
        "apiHost": f"{host}/v1",
        "protocol": protocol,
        "deliveryStrategy": {"strategy": "batching", "config": {"size": 10, "timeout": 2000}},
    }
    return msgspec.json.encode(
        {
            "integrations": {"Segment.io": segment},
            "plan": {"track": {"__default": {"enabled": True}}},
            "metrics": {"sampleRate": 0},
            "enabledMiddleware": {},
            "remotePlugins": [],
        }
    )
