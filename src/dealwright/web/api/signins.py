"""/oauth: users are sent to Pipedrive to allow the hub's app, and confirm whose account it is.

A browser that begins is the only one that can come back: it is given a cookie for that. A program
with an API key has no browser; whoever opens the address it is told can come back.
"""

import secrets
from datetime import datetime
from enum import StrEnum
from typing import Annotated, Literal
from urllib.parse import urlsplit

import sqlalchemy as sa
from fastapi import APIRouter, Path
from pydantic import BaseModel

from dealwright.core.clock import from_ms
from dealwright.core.people import PrincipalKind
from dealwright.pipedrive.oauth import CALLBACK
from dealwright.pipedrive.scopes import FOR_SETTING_UP, missing, needed
from dealwright.pipeline.connecting import Granted
from dealwright.pipeline.signin import LIVES_MS, Arrival, Departure
from dealwright.web.api.act import Act, Desk, acting, allowed
from dealwright.web.api.connecting import Where, account_address
from dealwright.web.api.connection import Scope, listed
from dealwright.web.api.office import Office
from dealwright.web.api.refusals import InvalidRequest
from dealwright.web.auth.guard import Guard
from dealwright.web.auth.permissions import Permission
from dealwright.web.oauth import cookie_name

router = APIRouter(tags=["Connections"])

READ = allowed(Permission.CONNECTIONS_WRITE)
Writing = Annotated[Act, acting(Permission.CONNECTIONS_WRITE)]
SignInId = Annotated[str, Path(pattern="^[0-9a-f]{64}$")]


class App(BaseModel):
    """The hub's app in Pipedrive's Developer Hub: what is to be entered there.

    `configured`: whether the hub knows the app's id and secret. `setting_up`: scopes that are
    needed only if the hub is to make fields and activity types.
    """

    configured: bool
    callback_url: str
    scopes: list[Scope]
    setting_up: list[Scope]


class Sent(BaseModel):
    """A sign-in that has begun: the user's browser is to open `authorize_url`."""

    id: str
    authorize_url: str
    expires_at: datetime


class Stage(StrEnum):
    """What has become of a sign-in: nothing yet, granted, or ended without a grant."""

    WAITING = "waiting"
    GRANTED = "granted"
    ENDED = "ended"


class SignIn(BaseModel):
    """A sign-in. Once it is granted it says whose account it is, for a person to confirm.

    `missing_scopes` are those that the hub's Actions need and the app was not granted. `code` and
    `message` say why there is no grant.
    """

    id: str
    stage: Stage
    code: str = ""
    message: str = ""
    company_name: str = ""
    domain: str = ""
    user_name: str = ""
    user_email: str = ""
    missing_scopes: list[Scope] = []


class Refused(BaseModel):
    """A sign-in that a person has refused."""

    id: str
    stage: Literal["refused"] = "refused"


@router.get("/oauth/app", dependencies=[allowed(Permission.CONNECTIONS_READ)])
async def oauth_app(office: Desk) -> App:
    """What to register in Pipedrive's Developer Hub, and whether that is done here."""
    kinds = {action.kind for action in office.actions.values()}
    return App(
        configured=office.keyring.app is not None,
        callback_url=f"{office.address}{CALLBACK}",
        scopes=listed(needed(kinds, webhooks=office.public_url is not None)),
        setting_up=listed(FOR_SETTING_UP),
    )


@router.post("/oauth/sign-ins", status_code=201)
async def begin_sign_in(given: Where, act: Writing) -> Sent:
    """Begin to sign in at Pipedrive. Good for ten minutes, once, and in this browser only."""
    early = await act.earlier(answer=Sent)
    if early is not None:
        return early
    office = act.office
    sent = office.sign_ins.departure(
        base_url=account_address(office, given),
        redirect_uri=f"{office.address}{CALLBACK}",
        browser=_browser(act),
    )

    def change(db: sa.Connection) -> Sent:
        office.sign_ins.remember(db, sent)
        return _sent(sent, office)

    return await act.do(change, answer=Sent)


@router.get("/oauth/sign-ins/{sign_in_id}", dependencies=[READ])
async def oauth_sign_in(sign_in_id: SignInId, office: Desk) -> SignIn:
    """What has become of a sign-in; ask every second or so."""
    return _shown(sign_in_id, await office.sign_ins.look(sign_in_id), office)


@router.delete("/oauth/sign-ins/{sign_in_id}")
async def refuse_sign_in(sign_in_id: SignInId, act: Writing) -> Refused:
    """Refuse what was granted: it is the wrong account. The grant is given back."""
    early = await act.earlier(answer=Refused)
    if early is not None:
        return early
    await act.office.sign_ins.refuse(sign_in_id)

    def change(db: sa.Connection) -> Refused:
        act.note(db, "connection.refuse", f"sign_in:{sign_in_id[:16]}")
        return Refused(id=sign_in_id)

    return await act.do(change, answer=Refused)


def _browser(act: Act) -> str:
    """What only the browser has that begins; "" for a program, which has none."""
    if act.who.kind is not PrincipalKind.USER:
        return ""
    guard: Guard = act.request.app.state.guard
    place = guard.place(act.request)
    if place.origin != origin_of(act.office.address):
        raise InvalidRequest(
            f"Begin at {act.office.address}: Pipedrive sends the browser back there, where what "
            "you have here is not known."
        )
    name = cookie_name(act.office.address)
    # One browser may begin twice, in two windows: both can come back.
    browser = act.request.cookies.get(name) or secrets.token_urlsafe(32)
    act.response.set_cookie(
        name,
        browser,
        max_age=LIVES_MS // 1000,
        path="/",
        secure=place.is_secure,
        httponly=True,
        # It has to come along when Pipedrive sends the browser back.
        samesite="lax",
    )
    return browser


def origin_of(address: str) -> str:
    """Scheme, host and port of an address, without its path."""
    parts = urlsplit(address.lower())
    return f"{parts.scheme}://{parts.netloc}"


def _sent(sent: Departure, office: Office) -> Sent:
    expires_at = from_ms(office.now_ms() + LIVES_MS)
    return Sent(id=sent.id, authorize_url=sent.url, expires_at=expires_at)


def _shown(sign_in_id: str, arrival: Arrival, office: Office) -> SignIn:
    if arrival.granted is not None:
        return _granted(sign_in_id, arrival.granted, office)
    stage = Stage.ENDED if arrival.code else Stage.WAITING
    return SignIn(id=sign_in_id, stage=stage, code=arrival.code, message=arrival.message)


def _granted(sign_in_id: str, granted: Granted, office: Office) -> SignIn:
    user = granted.user
    kinds = {action.kind for action in office.actions.values()}
    needs = needed(kinds, webhooks=office.public_url is not None)
    return SignIn(
        id=sign_in_id,
        stage=Stage.GRANTED,
        company_name=user.company_name or "",
        domain=granted.domain,
        user_name=user.name,
        user_email=user.email or "",
        missing_scopes=listed(missing(needs, granted.credentials.scopes)),
    )
