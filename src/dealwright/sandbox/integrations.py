"""What other programs have in an account: apps, what people granted them, and webhooks."""

from msgspec import Struct


class App(Struct, frozen=True, kw_only=True):
    """An app as Developer Hub knows it; `id` is its client id, the scopes are set here only."""

    id: str
    client_secret: str
    name: str
    redirect_uri: str
    scopes: tuple[str, ...] = ("base",)
    add_time: int = 0


class AccessToken(Struct, frozen=True, kw_only=True):
    """One access token and when it ends."""

    token: str
    expires_ms: int


class Grant(Struct, frozen=True, kw_only=True):
    """What one user let one app do: an installation. `id` is the refresh token."""

    id: str
    client_id: str
    user_id: int
    scopes: tuple[str, ...]
    refresh_expires_ms: int
    access: tuple[AccessToken, ...] = ()
    add_time: int


class Webhook(Struct, frozen=True, kw_only=True):
    """A subscription. `app` is the client id of the app that made it. Source: openapi-v1."""

    id: int
    owner_id: int
    user_id: int
    event_action: str
    event_object: str
    subscription_url: str
    name: str = ""
    app: str | None = None
    http_auth_user: str | None = None
    http_auth_password: str | None = None
    add_time: int
    last_delivery_time: int | None = None
    last_http_status: int | None = None
    failing_since: int | None = None
