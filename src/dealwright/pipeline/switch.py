"""Switch: turn the delivery of a Connection's events on and off, and take it up again."""

import sqlalchemy as sa

from dealwright.pipeline.crawl import USUAL_KINDS
from dealwright.pipeline.verdict import Verdict
from dealwright.store.connections import (
    ConnectionState,
    connection,
    set_delivering,
    set_pause,
    set_state,
)
from dealwright.store.crawls import wake_crawls, want_crawl
from dealwright.store.deliveries import release_held
from dealwright.store.delivery_list import hold_open
from dealwright.store.events import end_of_log
from dealwright.store.mirror import state

#: Why Deliveries are held that need nothing but a Connection that works again.
ACCOUNT_CODES = (
    "reauth",
    "scope_missing",
    "payment_required",
    "app_refused",
    "api_domain_refused",
    "disconnected",
)


def switch_on(db: sa.Connection, connection_id: int, *, start: int | None = None) -> int:
    """Deliver events from now on; returns the position in the log.

    Begins behind the end of the log, or behind the Event number `start` (0: with the first).
    One that is on already keeps its position unless a start is given.
    """
    found = connection(db, connection_id)
    if start is None:
        start = found.position if found.delivering else end_of_log(db)
    set_delivering(db, connection_id, on=True, position=start)
    return start


def mirror_usual(db: sa.Connection, connection_id: int, *, now_ms: int) -> None:
    """Have a Connection's mirror filled if nothing of it was yet; drains do that by the way."""
    if state(db, connection_id):
        return
    region = connection(db, connection_id).defaults.region
    want_crawl(db, connection_id, kinds=USUAL_KINDS, now_ms=now_ms, region=region)


def switch_off(db: sa.Connection, connection_id: int) -> None:
    """Deliver nothing more; what waits stays where it is."""
    set_delivering(db, connection_id, on=False)


def take_out(
    db: sa.Connection, connection_id: int, *, signed_in: int, trouble: Verdict, now_ms: int
) -> None:
    """Use a Connection no more, for a person has to mend it; what is open is held.

    Unless somebody has reconnected it meanwhile: what was refused is then the token of before, when
    people had signed in `signed_in` times.
    """
    found = connection(db, connection_id)
    if found.signed_in != signed_in and found.state is ConnectionState.OK:
        release_held(db, connection_id, code=trouble.code, now_ms=now_ms)
    elif found.signed_in == signed_in and trouble.account is not None:
        set_state(db, connection_id, state=trouble.account, reason=trouble.message)
        hold_open(db, connection_id, code=trouble.code, message=trouble.message, now_ms=now_ms)


def resume(db: sa.Connection, connection_id: int, *, now_ms: int) -> int:
    """Take a Connection into use again that could not be used; returns how many Deliveries go on.

    For whoever has mended it: new credentials, a bill paid. What made it rest counts no more.
    """
    set_state(db, connection_id, state=ConnectionState.OK)
    set_pause(db, connection_id, until_ms=None)
    wake_crawls(db, connection_id)
    return sum(release_held(db, connection_id, code=code, now_ms=now_ms) for code in ACCOUNT_CODES)
