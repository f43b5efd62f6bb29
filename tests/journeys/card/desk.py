"""A desk at which cards are pressed: what clicks come to, with Pipedrive in this process."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import msgspec
from tests.hub import TOKEN, Hub

from dealwright.cards.card import Button, Card, Op, Text
from dealwright.cards.known import Reader
from dealwright.core.cardform import Form
from dealwright.core.people import Role
from dealwright.core.ssrf import allow_list
from dealwright.pipedrive.client import Client
from dealwright.pipedrive.oauth import App
from dealwright.pipedrive.sender import AsgiSender
from dealwright.pipeline.card import Cards
from dealwright.pipeline.cardclick import Clicked, Clicker
from dealwright.pipeline.cardconnect import Connecting
from dealwright.pipeline.cardkey import CardKeys
from dealwright.pipeline.cardops import Clicks
from dealwright.pipeline.cardreader import Readers
from dealwright.pipeline.cardsettings import Steps
from dealwright.pipeline.cardwrites import Writes
from dealwright.pipeline.credentials import Keyring
from dealwright.pipeline.dialling import dialler
from dealwright.sandbox.app import Sandbox
from dealwright.sandbox.seed import new_account
from dealwright.store.audit import Entry, entries
from dealwright.store.connections import Connection, list_connections
from dealwright.store.secrets import Vault, generate_key
from dealwright.web.card import CardPages

#: Whoever may do everything, who may write, and who may only look.
ADMIN = Clicker(key="hub 1", user_id=1, name="Ada", may_configure=True, role=Role.ADMIN)
MEMBER = Clicker(key="hub 2", user_id=2, name="Bo")
VIEWER = Clicker(key="hub 3", user_id=3, name="Cy", may_write=False, role=Role.VIEWER)

#: Another token of the same company, and one of another.
NEW_TOKEN = "n" * 40
STRANGE_TOKEN = "s" * 40


@dataclass(kw_only=True)
class Desk:
    """Presses buttons of cards."""

    hub: Hub
    pipedrive: Sandbox
    cards: Cards
    clicks: Clicks
    keys: CardKeys
    pages: CardPages
    vault: Vault
    woken: list[int] = field(default_factory=list[int])
    locale: str = "en-GB"

    async def press(
        self, op: Op, *, by: Clicker = ADMIN, form: dict[str, Any] | None = None
    ) -> Clicked:
        """Press a button, as whoever it was signed for."""
        sign = await self.keys.signer(user=by.key)
        texts = {
            name: (value,) if isinstance(value, str) else tuple(value)
            for name, value in (form or {}).items()
        }
        reader = Reader(
            now=self.hub.clock.now(),
            locale=self.locale,
            may_write=by.may_write,
            may_configure=by.may_configure,
        )
        click = self.clicks.click(sign(op), by=by, form=Form(texts=texts), reader=reader)
        return await self.hub.pumped(click)

    async def card(self, op: Op, *, by: Clicker = ADMIN, **form: Any) -> Card:
        """Press a button, and take the card that comes."""
        clicked = await self.press(op, by=by, form=form)
        assert clicked.card is not None, clicked.notice
        return clicked.card

    async def changes(self) -> list[Entry]:
        """What was recorded, newest first."""
        return await self.hub.store.read(lambda db: entries(db, limit=100))

    async def connections(self) -> list[Connection]:
        """All Connections."""
        return await self.hub.store.read(list_connections)


def second_token(pipedrive: Sandbox, token: str = NEW_TOKEN) -> None:
    """Have the token of before refused, and another one taken."""
    company = pipedrive.world.default_company
    pipedrive.world.issue(company, next(iter(company.users.values())), token)


def another_company(pipedrive: Sandbox, *, domain: str = "other", token: str) -> None:
    """Have another company at the same Pipedrive, with a token."""
    company = new_account(pipedrive.world, domain=domain, name=f"{domain.title()} Ltd")
    pipedrive.world.issue(company, next(iter(company.users.values())), token)


def desk_of(hub: Hub, pipedrive: Sandbox, *, app: App | None = None) -> Desk:
    """A desk in a hub that is connected to a Pipedrive; `app` is the hub's own there."""
    clock, vault, woken = hub.clock, Vault([generate_key()]), list[int]()
    keyring = Keyring(
        store=hub.store,
        vault=vault,
        clock=clock,
        app=app,
        open_sender=lambda base_url, badge: AsgiSender(pipedrive, base_url, badge),
    )

    def dial(found: Connection, sealed: bytes) -> Client:
        if sealed == TOKEN.encode():
            return hub.dial(found, sealed)
        return dialler(keyring)(found, sealed)

    cards = Cards(hub.store, clock, dial=dial, base_url="https://hub.example")
    connecting = Connecting(
        keyring=keyring,
        actions=hub.actions,
        allowed=allow_list(["127.0.0.1:8900"]),
        wake=woken.append,
    )
    keys = CardKeys(hub.store, vault, clock)
    clicks = Clicks(
        cards=cards,
        keys=keys,
        writes=Writes(hub.store, clock, cards=cards, wake=woken.append),
        steps=Steps(hub.store, clock, cards=cards, connecting=connecting),
    )
    readers = Readers(store=hub.store, clock=clock, locale="en-GB", zone="UTC")
    pages = CardPages(cards=cards, keys=keys, clicks=clicks, readers=readers)
    return Desk(
        hub=hub,
        pipedrive=pipedrive,
        cards=cards,
        clicks=clicks,
        keys=keys,
        pages=pages,
        vault=vault,
        woken=woken,
    )


def ops(card: Card) -> list[Op]:
    """What the buttons of a card do, its footer first."""
    return [one for one in _ops((card.footer, card.sections, card.menu)) if one.name]


def op_of(card: Card, name: str, *, record: str | None = None) -> Op:
    """The button of a card that does this."""
    return next(one for one in ops(card) if one.name == name and record in (None, one.record))


def said(card: Card) -> str:
    """All that a card says."""
    return str(msgspec.to_builtins(card))


def fault(card: Card) -> str:
    """The line above a form that was refused."""
    first = card.sections[0].widgets[0]
    return first.body if isinstance(first, Text) and isinstance(first.body, str) else ""


def _ops(node: Any) -> Iterator[Op]:
    if isinstance(node, Op):
        yield node
    elif isinstance(node, Button):
        yield from _ops((node.target, node.menu))
    elif isinstance(node, tuple | list):
        for one in node:  # type: ignore[reportUnknownVariableType]
            yield from _ops(one)
    elif isinstance(node, msgspec.Struct):
        for name in node.__struct_fields__:
            yield from _ops(getattr(node, name))
