"""Dialling: how a Client of a Connection comes about, in whatever process."""

from dealwright.core.clock import Clock
from dealwright.pipedrive.client import CallRecord, Client
from dealwright.pipedrive.gate import Gate
from dealwright.pipedrive.plans import plan
from dealwright.pipeline.credentials import Keyring
from dealwright.pipeline.drain import Dial
from dealwright.store.connections import Auth, Connection


def dialler(keyring: Keyring) -> Dial:
    """What makes a Client of a Connection and its sealed credentials; raises as `Keyring.badge`."""

    def dial(connection: Connection, sealed: bytes) -> Client:
        badge = keyring.badge(connection, sealed)
        return Client(
            sender=keyring.open_sender(connection.base_url, badge),
            clock=keyring.clock,
            gate=gate_of(connection, keyring.clock),
            purpose="events",
            on_call=_nobody_listens,
        )

    return dial


def gate_of(connection: Connection, clock: Clock) -> Gate:
    """A gate as wide as the plan makes it for this kind of token."""
    chosen = plan(connection.plan)
    if connection.auth is Auth.OAUTH:
        return Gate.for_app(clock, chosen)
    return Gate.for_plan(clock, chosen)


def _nobody_listens(_: CallRecord) -> None:
    """Every piece of work derives a Client of its own from the dialled one, and listens there."""
