"""Card connect: an account becomes a Connection on a card, by the functions that the API uses."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, NamedTuple

import sqlalchemy as sa

from dealwright.core.action import Action
from dealwright.core.clock import to_ms
from dealwright.core.errors import ConfigError
from dealwright.core.people import Principal
from dealwright.core.secret import Secret
from dealwright.core.ssrf import AllowList, aim
from dealwright.pipedrive.urls import account_url, sandbox_url
from dealwright.pipeline.admission import (
    Checked,
    Wish,
    admitted,
    again_by_token,
    check_token,
)
from dealwright.pipeline.cardclick import Wake
from dealwright.pipeline.cardsetup import save_actions
from dealwright.pipeline.connecting import told
from dealwright.pipeline.credentials import Keyring
from dealwright.pipeline.switch import mirror_usual, switch_on
from dealwright.store.audit import record
from dealwright.store.connections import Connection, connection, list_connections
from dealwright.store.notify import notify

#: Where Pipedrive tells of any token whose it is.
#: https://pipedrive.readme.io/docs/core-api-concepts-about-pipedrive-api
ANYBODYS: Final = "https://api.pipedrive.com"

#: Nobody has said which plan the account is on: the smallest, until somebody does.
_PLAN: Final = "lite"


class NewConnector(NamedTuple):
    """What the first three steps have decided; `account` "" leaves it to the token."""

    name: str
    account: str
    on: tuple[str, ...]
    writes: tuple[str, ...]


class Connected(NamedTuple):
    """A Connection, and whether there was none to this account under this name before."""

    connection: Connection
    is_new: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Connecting:
    """Makes Connections. A sandbox may be connected to at the addresses that are `allowed`."""

    keyring: Keyring
    actions: Mapping[str, Action]
    allowed: AllowList
    wake: Wake

    @property
    def has_app(self) -> bool:
        """Whether one can sign in by OAuth: by an app of the hub's."""
        return self.keyring.app is not None

    async def connected(self, new: NewConnector, token: Secret, *, who: Principal) -> Connected:
        """Make one that cards are read from and written to; no event is, without a Mapping.

        An account that is connected already under this name is signed in anew, and otherwise left
        as it is. Raises ConfigError, and the UpstreamError tree.
        """
        asked = self._address(new.account)
        checked = await check_token(self.keyring, asked, token)
        wish = Wish(
            base_url=_own(asked, checked), plan=_PLAN, seats=1, name=new.name, presets=False
        )
        now_ms = to_ms(self.keyring.clock.now())

        def change(db: sa.Connection) -> Connected:
            before = {one.id: one for one in list_connections(db)}
            made = admitted(db, wish, checked.user, actions=self.actions, now_ms=now_ms)
            checked.keep(db, made.id, now_ms=now_ms)
            old = before.get(made.id)
            if old is None:
                # A card's button is written by the drain, which works for what is switched on.
                switch_on(db, made.id)
                mirror_usual(db, made.id, now_ms=now_ms)
                save_actions(db, made.id, on=new.on, allowed=new.writes, who=who, now_ms=now_ms)
            after = connection(db, made.id)
            record(
                db,
                at_ms=now_ms,
                principal=who,
                action="connection.connect",
                target=f"connection:{made.id}",
                before=None if old is None else told(old),
                after=told(after),
            )
            notify(db, made.id)
            return Connected(after, old is None)

        done = await self.keyring.store.write(change)
        self.wake(done.connection.id)
        return done

    async def renewed(self, found: Connection, token: Secret, *, who: Principal) -> None:
        """Let a Connection sign in with another API token; what was held for that goes on.

        Raises ConfigError (`other_account`), and the UpstreamError tree.
        """
        checked = await check_token(self.keyring, found.base_url, token)
        now_ms = to_ms(self.keyring.clock.now())

        def change(db: sa.Connection) -> None:
            before = connection(db, found.id)
            after = again_by_token(db, found.id, checked, now_ms=now_ms)
            record(
                db,
                at_ms=now_ms,
                principal=who,
                action="connection.reconnect",
                target=f"connection:{found.id}",
                before=told(before),
                after=told(after),
            )
            notify(db, found.id)

        await self.keyring.store.write(change)
        self.wake(found.id)

    def _address(self, account: str) -> str:
        """Where the token is shown; raises ConfigError for what is no account's address."""
        if not account:
            return ANYBODYS
        if account.startswith("http://"):
            url = sandbox_url(account)
            aim(url, allowed=self.allowed)
            return url
        return account_url(account)


def _own(asked: str, checked: Checked) -> str:
    """The account's own address."""
    if asked != ANYBODYS:
        return asked
    if not checked.user.company_domain:
        raise ConfigError(
            "Pipedrive does not say whose token that is. Give the company domain as well.",
            code="invalid_url",
        )
    return account_url(checked.user.company_domain)
