"""/keys: API keys, with which programs use this API."""

from datetime import datetime
from typing import Annotated

import sqlalchemy as sa
from fastapi import APIRouter
from pydantic import BaseModel, Field

from dealwright.core.clock import from_ms
from dealwright.core.people import Role
from dealwright.store.api_keys import (
    ApiKey,
    api_key,
    create_api_key,
    list_api_keys,
    new_api_key,
    revoke_api_key,
)
from dealwright.web.api.act import Act, Desk, acting, allowed
from dealwright.web.api.paging import Page
from dealwright.web.api.refusals import RoleTooHigh
from dealwright.web.api.shapes import Given, Id, moment
from dealwright.web.auth.permissions import Permission

router = APIRouter(tags=["API keys"])

READ = allowed(Permission.KEYS_READ)
Writing = Annotated[Act, acting(Permission.KEYS_WRITE)]


class KeyIn(Given):
    """An API key to be made."""

    name: Annotated[str, Field(min_length=1, max_length=200, pattern=r"\S")]
    role: Role = Role.VIEWER


class Key(BaseModel):
    """An API key, by how it begins; the hub has only a hash of it. Use is noted by the minute."""

    id: int
    name: str
    role: Role
    prefix: str
    made_by: str
    created_at: datetime
    used_at: datetime | None
    revoked_at: datetime | None


class NewKey(Key):
    """An API key that was just made: `key` is shown only here."""

    key: str


@router.get("/keys", dependencies=[READ])
async def list_keys(office: Desk) -> Page[Key]:
    """Every API key, oldest first, the revoked ones too."""
    return Page(items=[_key(one) for one in await office.read(list_api_keys)])


@router.get("/keys/{key_id}", dependencies=[READ])
async def key(key_id: Id, office: Desk) -> Key:
    """One API key."""
    return _key(await office.read(lambda db: api_key(db, key_id)))


@router.post("/keys", status_code=201)
async def create_key(given: KeyIn, act: Writing) -> NewKey:
    """Make an API key. It is shown in this answer and never again.

    Its role may be no higher than one's own.
    """
    if not act.who.role.covers(given.role):
        raise RoleTooHigh(f"You are {act.who.role}: a key of yours cannot be {given.role}.")
    text = new_api_key()

    def change(db: sa.Connection) -> NewKey:
        made = create_api_key(
            db,
            given.name.strip(),
            role=given.role,
            key=text,
            made_by=act.who.name,
            now_ms=act.office.now_ms(),
        )
        act.note(db, "key.create", f"key:{made.id}", after=_key(made))
        return NewKey(**_key(made).model_dump(), key=text)

    return await act.do(change, answer=NewKey)


@router.delete("/keys/{key_id}")
async def revoke_key(key_id: Id, act: Writing) -> Key:
    """Revoke an API key: it opens nothing any more, at once."""

    def change(db: sa.Connection) -> Key:
        before = api_key(db, key_id)
        if not act.who.role.covers(before.role):
            raise RoleTooHigh(f"You are {act.who.role}: this key is {before.role}.")
        after = _key(revoke_api_key(db, key_id, now_ms=act.office.now_ms()))
        if before.revoked_at_ms is None:
            act.note(db, "key.revoke", f"key:{key_id}", before=_key(before), after=after)
        return after

    return await act.do(change, answer=Key)


def _key(found: ApiKey) -> Key:
    return Key(
        id=found.id,
        name=found.name,
        role=found.role,
        prefix=found.prefix,
        made_by=found.made_by,
        created_at=from_ms(found.created_at_ms),
        used_at=moment(found.used_at_ms),
        revoked_at=moment(found.revoked_at_ms),
    )
