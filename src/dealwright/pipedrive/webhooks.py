"""Webhooks at Pipedrive: list, create, delete. v1, and there is no call that changes one.

Source: openapi-v1.yaml `/webhooks`, https://pipedrive.readme.io/docs/guide-for-webhooks-v2.
"""

from types import NoneType

import msgspec

from dealwright.core.errors import Rejected
from dealwright.core.secret import Secret
from dealwright.pipedrive.client import Client
from dealwright.pipedrive.costs import price
from dealwright.pipedrive.wire import Request

#: Any action, any object: one webhook of the 40 that a user may have hears of everything.
EVERYTHING = "*"

_COLLECTION = "/api/v1/webhooks"


class RemoteWebhook(msgspec.Struct, frozen=True, kw_only=True):
    """A webhook as Pipedrive lists it. Its URL may hold a secret: it is not for logs."""

    id: int
    subscription_url: str = ""
    event_action: str = ""
    event_object: str = ""
    is_active: bool | int = True


class Webhooks:
    """The webhooks that a token's user may see; an app sees those that it made itself.

    Everything raises the UpstreamError tree.
    """

    def __init__(self, client: Client) -> None:
        self._client = client

    async def listed(self) -> list[RemoteWebhook]:
        """All of them; 10 tokens."""
        return (await self._client.perform(list_webhooks(), list[RemoteWebhook])).data

    async def create(self, url: str, *, name: str, user: str, password: Secret) -> RemoteWebhook:
        """Have everything told to `url`, signed with Basic authentication; 10 tokens.

        Rejected with status 400 is an address that Pipedrive cannot reach, 422 one too many.
        """
        request = create_webhook(url, name=name, user=user, password=password)
        return (await self._client.perform(request, RemoteWebhook)).data

    async def delete(self, webhook_id: int) -> None:
        """Have nothing more told; 6 tokens. One that is gone already is no error."""
        try:
            await self._client.perform(delete_webhook(webhook_id), NoneType)
        except Rejected as error:
            if error.code != "record_not_found":
                raise


def list_webhooks() -> Request:
    """`GET /webhooks` (v1, in one answer); 10 tokens."""
    return _request("GET", _COLLECTION)


def create_webhook(url: str, *, name: str, user: str, password: Secret) -> Request:
    """`POST /webhooks`: everything that happens, in the shape of webhooks v2; 10 tokens."""
    body = {
        "subscription_url": url,
        "event_action": EVERYTHING,
        "event_object": EVERYTHING,
        "name": name,
        "version": "2.0",
        "http_auth_user": user,
        "http_auth_password": password.reveal(),
    }
    return _request("POST", _COLLECTION, body=msgspec.json.encode(body))


def delete_webhook(webhook_id: int) -> Request:
    """`DELETE /webhooks/{id}`; 6 tokens."""
    operation = f"DELETE {_COLLECTION}/{{id}}"
    path = f"{_COLLECTION}/{webhook_id}"
    return Request(method="DELETE", path=path, operation=operation, tokens=price(operation))


def _request(method: str, path: str, *, body: bytes | None = None) -> Request:
    operation = f"{method} {path}"
    return Request(
        method=method, path=path, operation=operation, tokens=price(operation), body=body
    )
