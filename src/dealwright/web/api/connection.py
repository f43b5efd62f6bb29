"""Connection: how answers show an account, and what it lacks."""

from datetime import datetime
from typing import ClassVar

import sqlalchemy as sa
from pydantic import BaseModel, Field

from dealwright.core.clock import from_ms
from dealwright.core.mapping import MatchDefaults
from dealwright.core.match import AmbiguousRule
from dealwright.core.record import RecordKind
from dealwright.pipedrive.scopes import Need
from dealwright.pipeline.admission import token_page
from dealwright.pipeline.condition import condition
from dealwright.pipeline.connecting import lacking
from dealwright.store import connections as store_of
from dealwright.store.connections import Auth, ConnectionState, Run
from dealwright.web.api.office import Office
from dealwright.web.api.shapes import Configured, moment


class Scope(BaseModel):
    """A scope of OAuth, and what it is for."""

    scope: str
    reason: str


class Matching(BaseModel):
    """How records are found where a Mapping does not say.

    `match_fields`: the field of a kind by which its records are looked up; one that is not named
    by `id`. `external_id_fields`: the custom fields that hold your own ids. `region`: the country
    of phone numbers without a country code.
    """

    match_fields: dict[RecordKind, str]
    external_id_fields: dict[RecordKind, str]
    region: str | None
    ambiguous: AmbiguousRule


class Connection(Configured):
    """One Pipedrive account.

    `state_reason` says what to do where it is not ok; `missing_scopes` are those that what is
    enabled needs and the app was not granted. `position` is the number of the last event that was
    routed. `listens_to` null: every Source, later ones too; `actions` ["*"]: every one.
    """

    PASSING: ClassVar = frozenset(
        {"state", "state_reason", "position", "rests_until", "missing_scopes"}
    )

    id: int
    name: str
    state: ConnectionState
    state_reason: str
    base_url: str
    company_id: int | None
    company_name: str
    user_id: int | None
    user_name: str
    plan: str
    seats: int
    auth: Auth
    scopes: list[str]
    missing_scopes: list[Scope]
    token_page: str = Field(description="Where its user finds the API token.")
    delivering: bool
    position: int
    listens_to: list[int] | None
    actions: list[str]
    run: Run
    shown: bool
    is_default: bool
    matching: Matching
    rests_until: datetime | None = Field(description="Nothing is sent before.")
    created_at: datetime


def connection_shown(db: sa.Connection, connection_id: int, office: Office) -> Connection:
    """One Connection as answers have it; raises NotFound."""
    return shown(db, store_of.connection(db, connection_id), office)


def shown(db: sa.Connection, one: store_of.Connection, office: Office) -> Connection:
    """A Connection as answers have it."""
    found = condition(db, one, now_ms=office.now_ms())
    kinds = [action.kind for key, action in office.actions.items() if one.does(key)]
    return Connection(
        id=one.id,
        name=one.name,
        state=found.state,
        state_reason=found.sentence,
        base_url=one.base_url,
        company_id=one.company_id,
        company_name=one.company_name,
        user_id=one.user_id,
        user_name=one.user_name,
        plan=one.plan,
        seats=one.seats,
        auth=one.auth,
        scopes=list(one.scopes),
        missing_scopes=listed(lacking(one, kinds, webhooks=office.public_url is not None)),
        token_page=token_page(one.base_url),
        delivering=one.delivering,
        position=one.position,
        listens_to=None if one.listens_to is None else list(one.listens_to),
        actions=list(one.actions),
        run=one.run,
        shown=one.shown,
        is_default=one.is_default,
        matching=_matching(one.defaults),
        rests_until=moment(found.until_ms),
        created_at=from_ms(one.created_at_ms),
    )


def listed(needs: tuple[Need, ...]) -> list[Scope]:
    """Scopes as answers have them."""
    return [Scope(scope=need.scope, reason=need.reason) for need in needs]


def _matching(defaults: MatchDefaults) -> Matching:
    return Matching(
        match_fields=dict(defaults.match_fields),
        external_id_fields=dict(defaults.external_id_fields),
        region=defaults.region,
        ambiguous=defaults.ambiguous,
    )
