"""What the operator decides about the web side, as values; a part of the composition root."""

from collections.abc import Awaitable, Callable, Collection

import sqlalchemy as sa

from dealwright.core.clock import Clock, to_ms
from dealwright.core.ssrf import AllowList, allow_list, networks
from dealwright.pipeline.outside import Outside
from dealwright.settings import Settings
from dealwright.store import sources
from dealwright.store.engine import Store
from dealwright.web.app import WebOptions
from dealwright.web.auth.arrivals import Arrivals
from dealwright.web.auth.fetching import fetching
from dealwright.web.auth.oidc import Oidc, Provider
from dealwright.web.auth.pages import CALLBACK_PATH
from dealwright.web.auth.people import People
from dealwright.web.limits import Rates
from dealwright.web.proxies import Proxies
from dealwright.web.tracking import Bounds


def web_options(settings: Settings) -> WebOptions:
    """What the operator decides about the web side."""
    return WebOptions(
        bounds=Bounds(
            max_event_bytes=settings.max_event_bytes,
            max_batch_bytes=settings.max_batch_bytes,
            max_batch_events=settings.max_batch_events,
        ),
        public_url=settings.public_url,
        proxies=Proxies(networks(settings.trusted_proxies.split(","))),
        rates=Rates(
            per_source=settings.source_rate,
            per_asker=settings.api_rate,
            per_address=settings.address_rate,
        ),
    )


def arrivals(settings: Settings, people: People, clock: Clock) -> Arrivals | None:
    """Who lets people in by the company's OpenID provider, if it has one."""
    issuer, client_id = settings.oidc_issuer, settings.oidc_client_id
    secret = settings.oidc_client_secret
    if issuer is None or client_id is None or secret is None:
        return None
    provider = Provider(issuer=issuer, client_id=client_id, client_secret=secret)
    back = f"{people.base_url}{CALLBACK_PATH}"
    # Who set the issuer meant it to be asked, wherever it is; not so what it names besides.
    fetch = fetching(Outside(allowed(settings).with_origin(issuer)))
    return Arrivals(people, Oidc(provider, fetch=fetch, clock=clock, redirect_uri=back))


def allowed(settings: Settings) -> AllowList:
    """The private addresses that people may have the hub call."""
    return allow_list(settings.allowed_addresses.split(","))


def checking(store: Store) -> Callable[[], Awaitable[None]]:
    """What sees that the store is there and answers."""

    def look(db: sa.Connection) -> None:
        store.check_file()
        db.execute(sa.text("select 1"))

    async def check() -> None:
        await store.read(look)

    return check


def noting_keys(store: Store, clock: Clock) -> Callable[[Collection[str]], Awaitable[None]]:
    """What remembers which write keys were used."""

    async def note(hashes: Collection[str]) -> None:
        at_ms = to_ms(clock.now())
        await store.write(lambda db: sources.note_write_keys(db, hashes, at_ms=at_ms))

    return note
