"""Codes, grants and tokens: what OAuth remembers. Source: the marketplace OAuth pages."""

from collections.abc import Iterator
from dataclasses import dataclass
from secrets import token_hex, token_urlsafe

import msgspec

from dealwright.sandbox.call import Principal
from dealwright.sandbox.clock import DAY_MS
from dealwright.sandbox.company import Actor, Change, Company
from dealwright.sandbox.integrations import AccessToken, App, Grant
from dealwright.sandbox.world import World

CODE_MS = 5 * 60_000
ACCESS_MS = 60 * 60_000
REFRESH_MS = 60 * DAY_MS


@dataclass(frozen=True, slots=True, kw_only=True)
class Code:
    """One authorization code, good for 5 minutes and one exchange."""

    app: App
    company: Company
    user_id: int
    expires_ms: int


class Grants:
    """All codes, and the grants in the companies' tables."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._codes: dict[str, Code] = {}
        # Access tokens live in the grants; the world knows them from there, after a restart too.
        world.on_change(self._learn)

    def apps(self) -> Iterator[App]:
        """All apps that are registered."""
        for company in self._world.companies.values():
            yield from company.apps.values()

    def app(self, client_id: str) -> App | None:
        """The app with this client id."""
        return next((app for app in self.apps() if app.id == client_id), None)

    def register(self, app: App) -> App:
        """Take an app in; one with the same client id is replaced."""
        company = self._world.default_company
        company.save("app", app, _owner(company))
        return app

    def allow(self, app: App, company: Company, user_id: int) -> str:
        """The user allowed it: a code for the callback."""
        code = token_hex(20)
        self._codes[code] = Code(
            app=app, company=company, user_id=user_id,
            expires_ms=self._world.clock.now_ms() + CODE_MS,
        )  # fmt: skip
        return code

    def redeem(self, code: str, app: App) -> tuple[Company, Grant] | None:
        """A grant for a code, which is used up; None if it is not good for this app any more."""
        known = self._codes.pop(code, None)
        if known is None or known.app.id != app.id:
            return None
        if known.expires_ms <= self._world.clock.now_ms():
            return None
        for old in self.of_user(known.company, app, known.user_id):
            self._drop(known.company, old)
        now = self._world.clock.now_ms()
        grant = Grant(
            id=f"{known.company.id}:{known.user_id}:{token_hex(20)}",
            client_id=app.id,
            user_id=known.user_id,
            scopes=app.scopes,
            refresh_expires_ms=now + REFRESH_MS,
            add_time=now,
        )
        return known.company, self._with_access(known.company, grant)

    def refresh(self, refresh_token: str, app: App) -> tuple[Company, Grant] | None:
        """A new access token; the refresh token stays and lives 60 days from now."""
        found = self.by_refresh(refresh_token)
        if found is None or found[1].client_id != app.id:
            return None
        company, grant = found
        now = self._world.clock.now_ms()
        if grant.refresh_expires_ms <= now:
            self._drop(company, grant)
            return None
        slid = msgspec.structs.replace(grant, refresh_expires_ms=now + REFRESH_MS)
        return company, self._with_access(company, slid)

    def revoke(self, token: str, app: App) -> None:
        """A refresh token takes the installation with it, an access token only itself."""
        found = self.by_refresh(token)
        if found is not None and found[1].client_id == app.id:
            self.uninstall(*found)
            return
        for company, grant in self._all():
            left = tuple(access for access in grant.access if access.token != token)
            if grant.client_id == app.id and left != grant.access:
                self._world.remove_token(token)
                changed = msgspec.structs.replace(grant, access=left)
                company.save("grant", changed, Actor(user_id=grant.user_id))

    def uninstall(self, company: Company, grant: Grant) -> None:
        """The app is gone for this user: its tokens are dead and its webhooks removed."""
        self._drop(company, grant)
        for webhook in list(company.webhooks.values()):
            if webhook.app == grant.client_id and webhook.owner_id == grant.user_id:
                company.purge("webhook", webhook.id, Actor(user_id=grant.user_id, source="app"))

    def by_refresh(self, refresh_token: str) -> tuple[Company, Grant] | None:
        """The company and grant of a refresh token."""
        return next((pair for pair in self._all() if pair[1].id == refresh_token), None)

    def of_user(self, company: Company, app: App, user_id: int) -> list[Grant]:
        """The grants of one user to one app: one, or none."""
        return [
            grant for grant in company.grants.values()
            if grant.client_id == app.id and grant.user_id == user_id
        ]  # fmt: skip

    def clear(self) -> None:
        """Forget the codes."""
        self._codes.clear()

    def _all(self) -> list[tuple[Company, Grant]]:
        return [
            (company, grant)
            for company in self._world.companies.values()
            for grant in company.grants.values()
        ]

    def _with_access(self, company: Company, grant: Grant) -> Grant:
        now = self._world.clock.now_ms()
        fresh = AccessToken(token=f"v1u:{token_urlsafe(120)}", expires_ms=now + ACCESS_MS)
        alive = tuple(access for access in grant.access if access.expires_ms > now)
        grant = msgspec.structs.replace(grant, access=(*alive, fresh))
        company.save("grant", grant, Actor(user_id=grant.user_id))
        return grant

    def _drop(self, company: Company, grant: Grant) -> None:
        company.purge("grant", grant.id, Actor(user_id=grant.user_id, source="app"))

    def _learn(self, company: Company, change: Change) -> None:
        if change.kind != "grant":
            return
        before: Grant | None = change.before
        after: Grant | None = change.after
        for access in before.access if before else ():
            self._world.remove_token(access.token)
        for access in after.access if after else ():
            self._world.add_principal(_principal(company, after, access))


def _principal(company: Company, grant: Grant | None, access: AccessToken) -> Principal:
    assert grant is not None  # noqa: S101 -- an access token comes from a grant
    return Principal(
        company=company,
        user_id=grant.user_id,
        token=access.token,
        kind="oauth",
        scopes=frozenset(grant.scopes),
        app=grant.client_id,
        expires_ms=access.expires_ms,
    )


def _owner(company: Company) -> Actor:
    return Actor(user_id=next(iter(company.users.values())).id, source="app")
