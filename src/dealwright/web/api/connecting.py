"""Connecting accounts: made, signed in anew, and given up."""

from dataclasses import replace
from typing import Annotated

import sqlalchemy as sa
from fastapi import APIRouter
from pydantic import BaseModel, Field

from dealwright.core.errors import ConfigError
from dealwright.core.mapping import MatchDefaults
from dealwright.core.record import RecordKind
from dealwright.core.secret import Secret
from dealwright.core.ssrf import aim
from dealwright.pipedrive.oauth import SERVER
from dealwright.pipedrive.plans import plan
from dealwright.pipedrive.urls import account_url, sandbox_url
from dealwright.pipeline.admission import (
    Wish,
    admitted,
    again_by_token,
    check_token,
    see_that_it_is_the_same,
)
from dealwright.pipeline.connecting import keep, reconnect, taken_up, told
from dealwright.pipeline.idfields import id_fields
from dealwright.pipeline.parting import clear_away, part
from dealwright.store import connections as store_of
from dealwright.store.connections import set_defaults
from dealwright.web.api.act import Act, acting
from dealwright.web.api.connection import Connection, connection_shown
from dealwright.web.api.office import Office
from dealwright.web.api.refusals import InvalidRequest
from dealwright.web.api.shapes import Given, Id, tagged
from dealwright.web.auth.permissions import Permission

router = APIRouter(tags=["Connections"])

Writing = Annotated[Act, acting(Permission.CONNECTIONS_WRITE)]

Token = Annotated[str, Field(min_length=1, max_length=200, description="An API token.")]
SignInId = Annotated[
    str, Field(pattern="^[0-9a-f]{64}$", description="A sign-in that Pipedrive has granted.")
]
FieldKeys = Annotated[
    dict[RecordKind, Annotated[str, Field(min_length=1, max_length=100)]], Field(max_length=6)
]


class Where(Given):
    """Whose account: by its domain, or a sandbox by its address where the operator allows it."""

    domain: Annotated[str, Field(max_length=200)] | None = Field(
        default=None, description="acme, for acme.pipedrive.com."
    )
    sandbox: Annotated[str, Field(max_length=200)] | None = Field(
        default=None, description="http://127.0.0.1:8900; see DEALWRIGHT_ALLOWED_ADDRESSES."
    )


class ConnectionIn(Where):
    """An account to be connected, by `sign_in`, or by `token` with its `domain` or `sandbox`.

    An account that is connected already, under this name or without one, is signed in anew.
    """

    token: Token | None = None
    sign_in: SignInId | None = None
    name: Annotated[str, Field(max_length=200)] | None = Field(
        default=None, description="Else its domain."
    )
    plan: Annotated[str, Field(max_length=50)] = "lite"
    seats: Annotated[int, Field(ge=1, le=100_000)] = 1
    presets: bool = Field(default=True, description="Make the three usual Mappings.")
    deliver: bool = Field(default=False, description="Write events to it from now on.")
    mirror: bool = Field(default=True, description="With `deliver`: copy who is who.")
    external_id_fields: FieldKeys = Field(default_factory=dict[RecordKind, str])


class Again(Given):
    """How to sign in anew; with neither, what is stored is tried once more."""

    token: Token | None = None
    sign_in: SignInId | None = None


class Disconnected(BaseModel):
    """A Connection that was given up; `left_behind`: what could not be cleared away there."""

    connection: Connection
    held: int
    left_behind: list[str]


class IdFields(BaseModel):
    """The Connection with its external-id fields; `skipped`: what its user may not make."""

    connection: Connection
    skipped: str


@router.post("/connections", status_code=201)
async def create_connection(given: ConnectionIn, act: Writing) -> Connection:
    """Connect an account. An API token is checked at once; nothing is written to the account.

    With OAuth, begin at `/oauth/sign-ins`, and confirm here what was granted.
    """
    if (given.token is None) == (given.sign_in is None):
        raise InvalidRequest("Say how the hub signs in: either by token or by sign_in.")
    early = await act.earlier(answer=Connection)
    if early is not None:
        return tagged(early, act.response)
    if given.sign_in is not None:
        return tagged(await _by_sign_in(act, given, given.sign_in), act.response)
    return tagged(await _by_token(act, given, given.token or ""), act.response)


async def _by_token(act: Act, given: ConnectionIn, token: str) -> Connection:
    office, wish = act.office, _wish(given, account_address(act.office, given))
    checked = await check_token(office.keyring, wish.base_url, Secret(token.strip()))

    def change(db: sa.Connection) -> Connection:
        now_ms = office.now_ms()
        made = admitted(db, wish, checked.user, actions=office.actions, now_ms=now_ms)
        checked.keep(db, made.id, now_ms=now_ms)
        return _noted(db, act, "connection.connect", made.id)

    return await act.do(change, answer=Connection)


async def _by_sign_in(act: Act, given: ConnectionIn, sign_in: str) -> Connection:
    office = act.office
    expected = account_address(office, given) if given.domain or given.sandbox else None

    def change(db: sa.Connection) -> Connection:
        granted = office.sign_ins.take(db, sign_in)
        base_url = granted.credentials.api_domain
        if expected not in {None, base_url}:
            raise ConfigError(
                f"That is {granted.domain}, not {given.domain or given.sandbox}. Confirm it as "
                "what it is, or refuse it.",
                code="account_refused",
            )
        wish = _wish(given, base_url)
        made = admitted(db, wish, granted.user, actions=office.actions, now_ms=office.now_ms())
        keep(db, made.id, granted)
        return _noted(db, act, "connection.connect", made.id)

    return await act.do(change, answer=Connection)


@router.post("/connections/{connection_id}/reconnect")
async def reconnect_connection(connection_id: Id, given: Again, act: Writing) -> Connection:
    """Take a Connection into use again; what was held for that goes on.

    It stays with its company: the credentials of another are refused.
    """
    if given.token is not None and given.sign_in is not None:
        raise InvalidRequest("Give a token or a sign_in, not both.")
    early = await act.earlier(answer=Connection)
    if early is not None:
        return tagged(early, act.response)
    found = await act.office.read(lambda db: store_of.connection(db, connection_id))
    if given.sign_in is not None:
        again = await _signed_in_again(act, found, given.sign_in)
    elif given.token is not None:
        again = await _token_again(act, found, Secret(given.token.strip()))
    else:
        again = await _tried_again(act, found)
    return tagged(again, act.response)


async def _signed_in_again(act: Act, found: store_of.Connection, sign_in: str) -> Connection:
    office = act.office

    def change(db: sa.Connection) -> Connection:
        reconnect(db, found.id, office.sign_ins.take(db, sign_in), now_ms=office.now_ms())
        return _noted(db, act, "connection.reconnect", found.id, before=found)

    try:
        return await act.do(change, answer=Connection)
    except ConfigError as error:
        if error.code == "other_account":
            await office.sign_ins.refuse(sign_in)
        raise


async def _token_again(act: Act, found: store_of.Connection, token: Secret) -> Connection:
    office = act.office
    checked = await check_token(office.keyring, found.base_url, token)

    def change(db: sa.Connection) -> Connection:
        again_by_token(db, found.id, checked, now_ms=office.now_ms())
        return _noted(db, act, "connection.reconnect", found.id, before=found)

    return await act.do(change, answer=Connection)


async def _tried_again(act: Act, found: store_of.Connection) -> Connection:
    office = act.office
    async with office.open_account(found) as records:
        see_that_it_is_the_same(found, await records.me())

    def change(db: sa.Connection) -> Connection:
        taken_up(db, found.id, now_ms=office.now_ms())
        return _noted(db, act, "connection.reconnect", found.id, before=found)

    return await act.do(change, answer=Connection)


@router.post("/connections/{connection_id}/disconnect")
async def disconnect_connection(connection_id: Id, act: Writing) -> Disconnected:
    """Give an account up: tokens and mirror are wiped here, our webhook and grant there.

    What was written in Pipedrive stays, and so does the history here. What waits is held, and goes
    on after reconnecting.
    """
    early = await act.earlier(answer=Disconnected)
    if early is not None:
        return early
    office = act.office
    left = await clear_away(office.keyring, office.registrar, connection_id)

    def change(db: sa.Connection) -> Disconnected:
        held = part(db, connection_id, who=act.who, now_ms=office.now_ms())
        shown = connection_shown(db, connection_id, office)
        return Disconnected(connection=shown, held=held, left_behind=list(left))

    return await act.do(change, answer=Disconnected)


@router.post("/connections/{connection_id}/external-id-fields")
async def make_external_id_fields(connection_id: Id, act: Writing) -> IdFields:
    """See that persons and organizations have a field for your own ids, and use it.

    A field of the name is taken, else made, which not every user may: that is told and skipped.
    """
    early = await act.earlier(answer=IdFields)
    if early is not None:
        return early
    office = act.office
    found = await office.read(lambda db: store_of.connection(db, connection_id))
    async with office.open_account(found) as records:
        fields, skipped = await id_fields(records)

    def change(db: sa.Connection) -> IdFields:
        before = store_of.connection(db, connection_id)
        kept = {**before.defaults.external_id_fields, **fields}
        set_defaults(db, connection_id, defaults=_with_fields(before, kept))
        target = f"connection:{connection_id}"
        act.note(db, "connection.id_fields", target, after={kind: kept[kind] for kind in fields})
        return IdFields(connection=connection_shown(db, connection_id, office), skipped=skipped)

    return await act.do(change, answer=IdFields)


def account_address(office: Office, given: Where) -> str:
    """The address that somebody names; raises ConfigError (`invalid_url`) and AddressRefused.

    Pipedrive's own OAuth server where nobody names one.
    """
    if given.domain is not None and given.sandbox is not None:
        raise InvalidRequest("Give a domain or a sandbox, not both.")
    if given.sandbox is not None:
        url = sandbox_url(given.sandbox)
        aim(url, allowed=office.allowed)
        return url
    return SERVER if given.domain is None else account_url(given.domain)


def _wish(given: ConnectionIn, base_url: str) -> Wish:
    if base_url == SERVER:
        raise InvalidRequest("Say whose token that is: the account's domain.")
    return Wish(
        base_url=base_url,
        plan=plan(given.plan).key,
        seats=given.seats,
        name=given.name,
        presets=given.presets,
        deliver=given.deliver,
        mirrored=given.mirror,
        fields=given.external_id_fields,
    )


def _with_fields(one: store_of.Connection, fields: dict[RecordKind, str]) -> MatchDefaults:
    return replace(one.defaults, external_id_fields=fields)


def _noted(
    db: sa.Connection,
    act: Act,
    action: str,
    connection_id: int,
    *,
    before: store_of.Connection | None = None,
) -> Connection:
    made = store_of.connection(db, connection_id)
    was = None if before is None else told(before)
    act.note(db, action, f"connection:{connection_id}", before=was, after=told(made))
    return connection_shown(db, connection_id, act.office)
