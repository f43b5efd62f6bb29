"""/sources: where events come from, and the write keys of their senders."""

from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, ClassVar

import sqlalchemy as sa
from fastapi import APIRouter, Path, Response
from pydantic import BaseModel, Field

from dealwright.core.clock import from_ms
from dealwright.pipeline.eventhooks import add_secret, new_secret
from dealwright.store import sources as store_of
from dealwright.store.event_hooks import SourceKind, set_source_kind, source_kinds
from dealwright.store.secrets import Vault
from dealwright.web.api.act import Act, Desk, acting, allowed, configuring
from dealwright.web.api.paging import Page
from dealwright.web.api.refusals import InvalidRequest
from dealwright.web.api.shapes import Configured, Given, Id, moment, tagged
from dealwright.web.auth.permissions import Permission
from dealwright.web.write_keys import hash_write_key, new_write_key

router = APIRouter(tags=["Sources"])

READ = allowed(Permission.SOURCES_READ)
Writing = Annotated[Act, acting(Permission.SOURCES_WRITE)]
Configuring = Annotated[Act, configuring(Permission.SOURCES_WRITE)]
Name = Annotated[str, Field(min_length=1, max_length=200, pattern=r"\S")]


class SourceIn(Given):
    """A Source to be made, or its new name."""

    name: Name


class NewSourceIn(SourceIn):
    """A Source to be made: what its senders speak, and what they sign with.

    Without a `secret` one is made for those that sign, which are Standard Webhooks.
    """

    kind: SourceKind = SourceKind.SEGMENT
    secret: Annotated[str, Field(max_length=200)] | None = None


class Source(Configured):
    """Where events come from."""

    id: int
    name: str
    kind: SourceKind
    created_at: datetime


class NewSource(Source):
    """A Source that was just made: a `secret` that was made for it is shown only here."""

    PASSING: ClassVar = frozenset({"secret"})

    secret: str | None = None


class WriteKey(BaseModel):
    """A write key, by how it begins; the hub has only a hash of it. Use is noted by the minute."""

    id: str
    prefix: str
    created_at: datetime
    used_at: datetime | None


class NewWriteKey(WriteKey):
    """A write key that was just made: `key` is shown only here."""

    key: str


@router.get("/sources", dependencies=[READ])
async def list_sources(office: Desk) -> Page[Source]:
    """Every Source, oldest first."""

    def look(db: sa.Connection) -> list[Source]:
        kinds = source_kinds(db)
        return [_source(one, kinds) for one in store_of.list_sources(db)]

    return Page(items=await office.read(look))


@router.post("/sources", status_code=201)
async def create_source(given: NewSourceIn, act: Writing) -> NewSource:
    """Make a Source. It has no write key yet; one of Standard Webhooks needs none."""
    if given.secret is not None and given.kind is not SourceKind.STANDARD_WEBHOOKS:
        raise InvalidRequest("Only senders of Standard Webhooks sign: leave the secret out.")

    def change(db: sa.Connection) -> NewSource:
        made = store_of.create_source(db, given.name.strip(), now_ms=act.office.now_ms())
        secret = _speaks(db, made.id, given, act.office.vault)
        after = _source(made, source_kinds(db))
        act.note(db, "source.create", f"source:{made.id}", after=after)
        return NewSource(**after.model_dump(), secret=secret)

    return tagged(await act.do(change, answer=NewSource), act.response)


def _speaks(db: sa.Connection, source_id: int, given: NewSourceIn, vault: Vault) -> str | None:
    """Say what a Source speaks; the secret that was made for it, if one was."""
    if given.kind is SourceKind.STANDARD_WEBHOOKS:
        made = None if given.secret else new_secret()
        add_secret(db, source_id, secret=given.secret or made or "", vault=vault)
        return made
    if given.kind is not SourceKind.SEGMENT:
        set_source_kind(db, source_id, kind=given.kind)
    return None


@router.get("/sources/{source_id}", dependencies=[READ])
async def source(source_id: Id, office: Desk, response: Response) -> Source:
    """One Source."""
    return tagged(await office.read(lambda db: _one(db, source_id)), response)


@router.patch("/sources/{source_id}")
async def change_source(source_id: Id, given: SourceIn, act: Configuring) -> Source:
    """Give a Source another name."""

    def change(db: sa.Connection) -> Source:
        before = _one(db, source_id)
        act.check(before.etag())
        store_of.rename_source(db, source_id, name=given.name.strip())
        after = _one(db, source_id)
        act.note(db, "source.update", f"source:{source_id}", before=before, after=after)
        return after

    return tagged(await act.do(change, answer=Source), act.response)


@router.get("/sources/{source_id}/write-keys", dependencies=[READ])
async def list_write_keys(source_id: Id, office: Desk) -> Page[WriteKey]:
    """The write keys of a Source."""
    found = await office.read(lambda db: store_of.list_write_keys(db, source_id))
    return Page(items=[_write_key(one) for one in found])


@router.post("/sources/{source_id}/write-keys", status_code=201)
async def create_write_key(source_id: Id, act: Writing) -> NewWriteKey:
    """Make a write key. It is shown in this answer and never again; it works at once."""
    key = new_write_key()

    def change(db: sa.Connection) -> NewWriteKey:
        store_of.source(db, source_id)
        digest, prefix = hash_write_key(key), key[:6]
        now_ms = act.office.now_ms()
        store_of.add_write_key(db, source_id, key_hash=digest, prefix=prefix, now_ms=now_ms)
        listed = store_of.list_write_keys(db, source_id)
        made = next(_write_key(one) for one in listed if digest.startswith(one.id))
        act.note(db, "write_key.create", f"source:{source_id}", after=made)
        return NewWriteKey(**made.model_dump(), key=key)

    return await act.do(change, answer=NewWriteKey)


@router.delete("/sources/{source_id}/write-keys/{key_id}")
async def revoke_write_key(
    source_id: Id, key_id: Annotated[str, Path(pattern="^[0-9a-f]{16}$")], act: Writing
) -> WriteKey:
    """Revoke a write key: within a second nothing is taken with it any more."""

    def change(db: sa.Connection) -> WriteKey:
        gone = _write_key(store_of.revoke_write_key(db, source_id, key_id=key_id))
        act.note(db, "write_key.revoke", f"source:{source_id}", before=gone)
        return gone

    return await act.do(change, answer=WriteKey)


def _one(db: sa.Connection, source_id: int) -> Source:
    return _source(store_of.source(db, source_id), source_kinds(db))


def _source(found: store_of.Source, kinds: Mapping[int, SourceKind]) -> Source:
    return Source(
        id=found.id,
        name=found.name,
        kind=kinds.get(found.id, SourceKind.SEGMENT),
        created_at=from_ms(found.created_at_ms),
    )


def _write_key(found: store_of.WriteKey) -> WriteKey:
    return WriteKey(
        id=found.id,
        prefix=found.prefix,
        created_at=from_ms(found.created_at_ms),
        used_at=moment(found.used_at_ms),
    )
