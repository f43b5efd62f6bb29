"""The card side of the web process: cards, their buttons, and the doors of shells, put together.

A part of the composition root with a file of its own; `app` hands it what it has made.
"""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass

from prometheus_client import CollectorRegistry
from starlette.routing import BaseRoute

from dealwright.actionbook import actions
from dealwright.core.clock import Clock
from dealwright.core.errors import Unavailable
from dealwright.core.ssrf import allow_list
from dealwright.pipeline.card import Cards
from dealwright.pipeline.cardclick import Wake
from dealwright.pipeline.cardconnect import Connecting
from dealwright.pipeline.cardkey import CardKeys
from dealwright.pipeline.cardops import Clicks
from dealwright.pipeline.cardreader import Readers
from dealwright.pipeline.cardsettings import Steps
from dealwright.pipeline.cardwrites import Writes
from dealwright.pipeline.credentials import Keyring
from dealwright.pipeline.drain import Dial
from dealwright.pipeline.outside import Call, Reply
from dealwright.pipeline.privacyscreen import Screen
from dealwright.settings import Settings
from dealwright.store.engine import Store
from dealwright.store.secrets import Vault
from dealwright.web.addon.desk import Defaults, Desk
from dealwright.web.addon.door import AddonDoor
from dealwright.web.addon.icons import icon_routes
from dealwright.web.addon.keys import FetchKeys, GoogleKeys, KeySet
from dealwright.web.addon.linking import LinkPage
from dealwright.web.addon.tokens import AddOn, Verifier
from dealwright.web.auth.guard import Guard
from dealwright.web.card import CardPages, card_routes
from dealwright.web.cardpanel import Panel
from dealwright.web.shells.office import ShellOffice
from dealwright.web.shells.origins import Origins
from dealwright.web.shells.routes import shell_routes

Fetch = Callable[[Call], Awaitable[Reply]]

#: https://developers.google.com/identity/openid-connect/openid-connect#discovery
KEYS_URL = "https://www.googleapis.com/oauth2/v3/certs"
_HOUR_S = 3_600.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Surroundings:
    """What the card side is given. `fetch` asks Google; `fetch_keys` gives its keys.

    `keyring` checks and seals an API token that is typed on a card.
    """

    store: Store
    clock: Clock
    vault: Vault
    dial: Dial
    keyring: Keyring
    wake: Wake
    fetch: Fetch
    fetch_keys: FetchKeys
    base_url: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CardSide:
    """What was made: `routes` are all doors, `close` ends what `cards` still asks."""

    cards: Cards
    keys: CardKeys
    clicks: Clicks
    pages: CardPages
    routes: Sequence[BaseRoute]

    @property
    def counted(self) -> CollectorRegistry:
        """What cards have counted, for `/metrics`."""
        return self.cards.meter.registry

    async def close(self) -> None:
        """Let go of all connections."""
        await self.cards.close()


def card_side(settings: Settings, around: Surroundings, *, guard: Guard) -> CardSide:
    """Put it together; without a Google project there is no add-on."""
    store, clock = around.store, around.clock
    screen = Screen(store, clock, around.vault)
    cards = Cards(store, clock, dial=around.dial, base_url=around.base_url, screen=screen)
    keys = CardKeys(store, around.vault, clock)
    clicks = _clicks(settings, around, cards=cards, keys=keys)
    defaults = defaults_of(settings, around.base_url)
    readers = Readers(store=store, clock=clock, locale=defaults.locale, zone=defaults.zone)
    pages = CardPages(cards=cards, keys=keys, clicks=clicks, readers=readers)
    shells = ShellOffice(
        store=store,
        clock=clock,
        guard=guard,
        pages=pages,
        origins=Origins(settings.card_shells.split(",")),
        locale=defaults.locale,
    )
    routes: list[BaseRoute] = [
        *icon_routes(),
        *card_routes(pages, guard),
        *shell_routes(shells),
    ]
    if settings.pipedrive_client_secret:
        secret, url = settings.pipedrive_client_secret, around.base_url
        routes += Panel(store, clock, secret=secret, base_url=url).routes()
    if settings.google_project_number and settings.public_url:
        desk = Desk(
            store,
            clock,
            cards=cards,
            clicks=clicks,
            keys=keys,
            fetch=around.fetch,
            defaults=defaults,
        )
        verifier = Verifier(
            AddOn(
                public_url=settings.public_url,
                service_account=settings.add_on_account,
                client_id=settings.google_client_id,
            ),
            keys=GoogleKeys(around.fetch_keys, clock),
            clock=clock,
        )
        url = settings.public_url
        door = AddonDoor(store, clock, verifier=verifier, desk=desk, public_url=url)
        routes += [*door.routes(), *LinkPage(store, clock, guard=guard).routes()]
    return CardSide(cards=cards, keys=keys, clicks=clicks, pages=pages, routes=routes)


def _clicks(settings: Settings, around: Surroundings, *, cards: Cards, keys: CardKeys) -> Clicks:
    """What does what buttons say."""
    store, clock = around.store, around.clock
    connecting = Connecting(
        keyring=around.keyring,
        actions=actions(),
        allowed=allow_list(settings.allowed_addresses.split(",")),
        wake=around.wake,
    )
    return Clicks(
        cards=cards,
        keys=keys,
        writes=Writes(store, clock, cards=cards, wake=around.wake),
        steps=Steps(store, clock, cards=cards, connecting=connecting),
    )


def defaults_of(settings: Settings, base_url: str) -> Defaults:
    """What holds for readers of whom nothing is known."""
    domains = tuple(each.strip() for each in settings.own_domains.split(",") if each.strip())
    return Defaults(
        locale=settings.card_locale,
        zone=settings.card_time_zone,
        own_domains=domains,
        base_url=base_url,
    )


def google_keys(fetch: Fetch) -> FetchKeys:
    """Google's keys, where Google publishes them."""

    async def ask() -> KeySet:
        reply = await fetch(Call(url=KEYS_URL, content_types=("application/json",), total_s=5.0))
        if reply.status != 200:
            raise Unavailable(f"Google's keys cannot be had ({reply.status}).")
        return KeySet(reply.body, _max_age_s(reply.headers.get("cache-control", "")))

    return ask


def _max_age_s(header: str) -> float:
    for part in header.split(","):
        name, _, value = part.strip().partition("=")
        if name.lower() == "max-age" and value.isdecimal():
            return float(value[:9])
    return _HOUR_S
