"""How a Connection's webhook stands, in words: for commands, API and doctor."""

from dataclasses import dataclass

import sqlalchemy as sa

from dealwright.core.errors import ConfigError
from dealwright.pipeline.webhooks import address_for
from dealwright.store.connections import Connection
from dealwright.store.webhooks import Webhook, alive, webhook


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """`state` is on, off, waiting or failed; `code` says why it is neither on nor off."""

    state: str
    sentence: str
    code: str = ""


def standing(
    db: sa.Connection, one: Connection, *, public_url: str | None, now_ms: int
) -> Standing:
    """How it stands at this moment; asks nobody."""
    known = webhook(db, one.id)
    if known is not None and not known.wanted:
        return Standing(state="off", sentence="Switched off: changes are asked for.")
    try:
        address_for(one, public_url or _of_a_sandbox(known))
    except ConfigError as error:
        return Standing(state="off", sentence=str(error), code=error.code)
    if known is None or known.checked_at_ms is None:
        return Standing(state="waiting", sentence="The worker registers it within a minute.")
    if known.remote_id is None or known.code:
        sentence = known.message or "Not registered: the worker does it within the hour."
        return Standing(state="failed", sentence=sentence, code=known.code)
    return _registered(known, alive=alive(db, one.id, now_ms))


def _of_a_sandbox(known: Webhook | None) -> str | None:
    """What `serve --sandbox` has told its processes, and nobody else."""
    here = ("http://127.0.0.1:", "http://localhost:")
    return known.address if known is not None and known.address.startswith(here) else None


def _registered(known: Webhook, *, alive: bool) -> Standing:
    if alive:
        return Standing(
            state="on", sentence=f"What people change is told at {known.address} at once."
        )
    return Standing(
        state="on",
        sentence=f"Registered at {known.address}; relied on once the mirror is reconciled.",
    )
