"""`/session` and `/sessions`: signing in and out, and what people change about that themselves."""

from fastapi import APIRouter, Response

from dealwright.core.clock import from_ms
from dealwright.core.errors import NotFound
from dealwright.pipeline import people as rules
from dealwright.store import people, sessions
from dealwright.store.people import User
from dealwright.store.sessions import Session, Stage
from dealwright.web.api.paging import Page
from dealwright.web.api.shapes import Id, moment
from dealwright.web.auth.asking import Asked, Asking, Halfway, Own
from dealwright.web.auth.cookies import drop_cookie, set_cookie
from dealwright.web.auth.people import Begun
from dealwright.web.auth.session_models import (
    Confirmation,
    Credentials,
    LinkState,
    LinkToken,
    NewPassword,
    OpenSession,
    Person,
    RecoveryCodes,
    Removal,
    SecondFactor,
    SessionState,
    SetUp,
    TotpOffer,
)
from dealwright.web.auth.tokens import csrf_token

router = APIRouter(tags=["session"])


@router.get("/session")
async def state(asking: Asking, response: Response) -> SessionState:
    """How far this browser is signed in, and the token that its changes need."""
    response.headers["cache-control"] = "no-store"
    found = asking.visitor.session
    if found is not None:
        return _state(found.session.stage, found.user, found.token)
    users = await asking.people.store.read(people.list_users)
    return SessionState(stage="none", set_up=not users, oidc=asking.people.provider)


@router.post("/session")
async def sign_in(credentials: Credentials, asking: Asking, response: Response) -> SessionState:
    """Sign in by address and password; with a second factor its code is asked for next."""
    begun = await asking.people.sign_in(
        asking.visitor, email=credentials.email, password=credentials.password
    )
    return _begun(asking, response, begun)


@router.delete("/session", status_code=204)
async def sign_out(own: Own, asking: Asking, response: Response) -> None:
    """Sign out here."""
    await asking.people.sign_out(own)
    drop_cookie(response, asking.place)


@router.post("/session/second-factor")
async def second_factor(
    given: SecondFactor, signed: Halfway, asking: Asking, response: Response
) -> SessionState:
    """Go on from the password with a code of the app, or a recovery code."""
    begun = await asking.account.second_factor(asking.visitor, signed, given.code)
    return _begun(asking, response, begun)


@router.post("/session/link")
async def link(given: LinkToken, asking: Asking) -> LinkState:
    """Whom a link to set up is for. It is not used up by that."""
    found = await asking.people.link(given.token)
    user = found.user
    return LinkState(email=user.email if user else None, name=user.name if user else None)


@router.post("/session/set-up")
async def set_up(given: SetUp, asking: Asking, response: Response) -> SessionState:
    """Choose a password by a link; the very first one makes the owner of the hub."""
    begun = await asking.people.set_up(
        asking.visitor,
        given.token,
        password=given.password,
        email=given.email,
        name=given.name,
    )
    return _begun(asking, response, begun)


@router.put("/session/password")
async def change_password(
    given: NewPassword, own: Own, asking: Asking, response: Response
) -> SessionState:
    """Change one's password; every other session ends."""
    begun = await asking.account.change_password(
        asking.visitor, own, present=given.present, new=given.new
    )
    return _begun(asking, response, begun)


@router.post("/session/totp")
async def offer_totp(
    given: Confirmation, own: Own, asking: Asking, response: Response
) -> TotpOffer:
    """Get a second factor for an authenticator app; it counts once it has been confirmed."""
    response.headers["cache-control"] = "no-store"
    offer = await asking.account.offer_totp(asking.visitor, own, given.password)
    return TotpOffer(secret=offer.secret.reveal(), address=offer.address.reveal())


@router.post("/session/totp/confirm")
async def confirm_totp(
    given: SecondFactor, own: Own, asking: Asking, response: Response
) -> RecoveryCodes:
    """Confirm the second factor by a code of the app; the recovery codes, this once."""
    response.headers["cache-control"] = "no-store"
    codes = await asking.account.confirm_totp(asking.visitor, own, given.code)
    return RecoveryCodes(recovery_codes=[one.reveal() for one in codes])


@router.post("/session/totp/remove", status_code=204)
async def drop_totp(given: Removal, own: Own, asking: Asking) -> None:
    """Do without a second factor."""
    await asking.account.drop_totp(asking.visitor, own, password=given.password, code=given.code)


@router.get("/sessions")
async def own_sessions(own: Own, asking: Asking) -> Page[OpenSession]:
    """One's own sessions, newest first."""
    listed = await _listed(asking, own.user.id)
    return Page(items=[_open(one, present=own.session.id) for one in listed])


@router.delete("/sessions/{session_id}", status_code=204)
async def end_session(session_id: Id, own: Own, asking: Asking) -> None:
    """End one of one's own sessions."""
    mine = [one for one in await _listed(asking, own.user.id) if one.id == session_id]
    if not mine:
        raise NotFound(f"You have no session {session_id}.")
    now_ms = asking.people.now_ms()
    await asking.people.store.write(
        lambda db: rules.end_one_session(db, own.principal, mine[0], now_ms=now_ms)
    )


@router.delete("/sessions", status_code=204)
async def end_others(own: Own, asking: Asking) -> None:
    """End all of one's own sessions but this."""
    now_ms = asking.people.now_ms()
    others = [one for one in await _listed(asking, own.user.id) if one.id != own.session.id]
    await asking.people.store.write(
        lambda db: rules.end_each(db, own.principal, others, now_ms=now_ms)
    )


async def _listed(asking: Asked, user_id: int) -> list[Session]:
    now_ms = asking.people.now_ms()
    return await asking.people.store.read(
        lambda db: sessions.list_sessions(db, user_id=user_id, now_ms=now_ms, idle_ms=rules.IDLE_MS)
    )


def person(user: User) -> Person:
    """Somebody, as they are shown."""
    return Person(
        id=user.id,
        email=user.email,
        name=user.name,
        role=user.role,
        second_factor=user.totp_on,
        created_at=from_ms(user.created_at_ms),
        signed_in_at=moment(user.signed_in_at_ms),
    )


def _begun(asking: Asked, response: Response, begun: Begun) -> SessionState:
    response.headers["cache-control"] = "no-store"
    set_cookie(response, asking.place, begun)
    return _state(begun.stage, begun.user, begun.token.reveal())


def _state(stage: Stage, user: User, token: str) -> SessionState:
    # Before the second factor nothing is told of whose password it was.
    shown = person(user) if stage is Stage.FULL else None
    return SessionState(stage=stage.value, user=shown, csrf_token=csrf_token(token))


def _open(session: Session, *, present: int) -> OpenSession:
    return OpenSession(
        id=session.id,
        user_id=session.user_id,
        method=session.method,
        address=session.address,
        agent=session.agent,
        created_at=from_ms(session.created_at_ms),
        seen_at=from_ms(session.seen_at_ms),
        expires_at=from_ms(session.expires_at_ms),
        present=session.id == present,
    )
