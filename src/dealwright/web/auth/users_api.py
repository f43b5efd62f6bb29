"""`/users` and `/audit`: who may use the hub, and what everybody changed."""

from datetime import datetime
from typing import Annotated, Any

import sqlalchemy as sa
from fastapi import APIRouter, Depends, Query, Request, Response
from pydantic import BaseModel, Field

from dealwright.core.clock import from_ms
from dealwright.core.people import Principal, PrincipalKind, Role
from dealwright.core.secret import Secret
from dealwright.pipeline import people as rules
from dealwright.store import people
from dealwright.store.audit import Entry, entries
from dealwright.web.api.once import Key, Match, Once, see_that_it_matches
from dealwright.web.api.paging import Cursor, Limit, Page, cursor_before, place_of
from dealwright.web.api.shapes import Given, Id, tagged
from dealwright.web.auth.links import link_address
from dealwright.web.auth.people import People
from dealwright.web.auth.permissions import Permission, require
from dealwright.web.auth.session_api import person
from dealwright.web.auth.session_models import Email, Person
from dealwright.web.auth.tokens import hash_token, new_token

router = APIRouter(tags=["people"])

Reader = Annotated[Principal, Depends(require(Permission.USERS_READ))]
Changer = Annotated[Principal, Depends(require(Permission.USERS_WRITE))]
Auditor = Annotated[Principal, Depends(require(Permission.AUDIT_READ))]


class NewPerson(Given):
    """Somebody who shall be able to sign in."""

    email: Email
    name: Annotated[str, Field(max_length=100)] = ""
    role: Role


class RoleChange(Given):
    """Another role."""

    role: Role


class Invited(BaseModel):
    """Somebody who chooses a password by `link`: it is shown this once, and good for a day."""

    user: Person
    link: str


class Change(BaseModel):
    """One change: who made it, what it was, and what was there before and after."""

    id: int
    at: datetime
    principal_kind: PrincipalKind
    principal_id: int
    principal_name: str
    action: str
    target: str
    before: Any
    after: Any


async def _people(request: Request) -> People:
    found: People = request.app.state.people
    return found


Of = Annotated[People, Depends(_people)]


async def _changing(
    request: Request, response: Response, who: Changer, of: Of, key: Key = None
) -> Once:
    return Once(keeping=of, who=who, request=request, response=response, key=key)


Changing = Annotated[Once, Depends(_changing)]


@router.get("/users")
async def users(_: Reader, of: Of) -> Page[Person]:
    """Everybody who may use the hub."""
    return Page(items=[person(one) for one in await of.store.read(people.list_users)])


@router.get("/users/{user_id}")
async def user(user_id: Id, _: Reader, of: Of, response: Response) -> Person:
    """One of them."""
    return tagged(person(await of.store.read(lambda db: people.user(db, user_id))), response)


@router.post("/users", status_code=201)
async def invite(given: NewPerson, of: Of, act: Changing) -> Invited:
    """Add somebody, and get the link by which they choose a password."""
    token = new_token()
    now_ms = of.now_ms()

    def add(db: sa.Connection) -> Invited:
        who = act.who
        made = rules.invite(
            db, who, email=given.email, name=given.name, role=given.role, now_ms=now_ms
        )
        rules.give_link(db, who, made, link_hash=hash_token(token.reveal()), now_ms=now_ms)
        return _invited(of, made, token)

    return await act.do(add, answer=Invited)


@router.patch("/users/{user_id}")
async def change_role(
    user_id: Id, given: RoleChange, of: Of, act: Changing, match: Match = None
) -> Person:
    """Give somebody another role; it counts from their next request on."""
    now_ms = of.now_ms()

    def change(db: sa.Connection) -> Person:
        see_that_it_matches(match, person(people.user(db, user_id)).etag())
        changed = rules.change_role(db, act.who, user_id, role=given.role, now_ms=now_ms)
        return person(changed)

    return tagged(await act.do(change, answer=Person), act.response)


@router.delete("/users/{user_id}", status_code=204)
async def remove(user_id: Id, who: Changer, of: Of) -> None:
    """Remove somebody; their sessions end at once."""
    now_ms = of.now_ms()
    await of.store.write(lambda db: rules.remove(db, who, user_id, now_ms=now_ms))


@router.post("/users/{user_id}/reset")
async def reset(user_id: Id, of: Of, act: Changing) -> Invited:
    """Take password, second factor and sessions from somebody, who chooses anew by the link."""
    token, now_ms = new_token(), of.now_ms()
    link_hash = hash_token(token.reveal())

    def change(db: sa.Connection) -> Invited:
        changed = rules.reset(db, act.who, user_id, link_hash=link_hash, now_ms=now_ms)
        return _invited(of, changed, token)

    return await act.do(change, answer=Invited)


@router.delete("/users/{user_id}/sessions", status_code=204)
async def end_sessions(user_id: Id, who: Changer, of: Of) -> None:
    """Sign somebody out everywhere."""
    now_ms = of.now_ms()
    await of.store.write(lambda db: rules.end_all_sessions(db, who, user_id, now_ms=now_ms))


@router.get("/audit")
async def audit(
    _: Auditor,
    of: Of,
    *,
    limit: Limit = 50,
    cursor: Cursor = None,
    action: Annotated[str | None, Query(max_length=100)] = None,
    target: Annotated[str | None, Query(max_length=100)] = None,
) -> Page[Change]:
    """What was changed, by whom, newest first. Nobody can alter or delete any of it."""
    before = place_of(cursor, of="audit")
    found = await of.store.read(
        lambda db: entries(db, limit=limit + 1, before_id=before, action=action, target=target)
    )
    page = found[:limit]
    more = cursor_before("audit", page[-1].id) if len(found) > limit else None
    return Page(items=[_change(one) for one in page], next_cursor=more)


def _change(entry: Entry) -> Change:
    return Change(
        id=entry.id,
        at=from_ms(entry.at_ms),
        principal_kind=entry.principal_kind,
        principal_id=entry.principal_id,
        principal_name=entry.principal_name,
        action=entry.action,
        target=entry.target,
        before=entry.before,
        after=entry.after,
    )


def _invited(of: People, user: people.User, token: Secret) -> Invited:
    return Invited(user=person(user), link=link_address(of.base_url, token))
