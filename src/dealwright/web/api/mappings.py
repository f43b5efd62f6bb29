"""/mappings: which events do what in Pipedrive; every version of them."""

from typing import Annotated, Any, Literal

import sqlalchemy as sa
from fastapi import APIRouter, Path, Response
from pydantic import Field

from dealwright.core.directives import MappingFaults
from dealwright.core.draft import Draft, draft_faults
from dealwright.core.mapping import Mapping as StoredMapping
from dealwright.core.priority import OF_MAPPINGS
from dealwright.pipeline.unmapping import unmap
from dealwright.store import mappings as store_of
from dealwright.store.connections import connection
from dealwright.store.deliveries import unpark
from dealwright.web.api.act import Act, Desk, acting, allowed, configuring
from dealwright.web.api.office import Office
from dealwright.web.api.paging import Page
from dealwright.web.api.shapes import LARGEST, Configured, Count, Given, Id, tagged
from dealwright.web.auth.permissions import Permission

router = APIRouter(tags=["Mappings"])

READ = allowed(Permission.MAPPINGS_READ)
Writing = Annotated[Act, acting(Permission.MAPPINGS_WRITE)]
Configuring = Annotated[Act, configuring(Permission.MAPPINGS_WRITE)]

Trigger = Annotated[
    str, Field(max_length=20_000, description='Which events, as in `type = "identify"`.')
]
Fields = Annotated[dict[str, Any], Field(description="Directives by the action's field.")]
Name = Annotated[str, Field(min_length=1, max_length=200, pattern=r"\S")]
Level = Literal["high", "normal", "low"]
Version = Annotated[int, Path(ge=1, le=LARGEST)]


class MappingIn(Given):
    """A Mapping to be made. It is disabled unless `enabled` says otherwise."""

    name: Name
    action: Annotated[str, Field(max_length=100)]
    trigger: Trigger
    fields: Fields
    enabled: bool = False

    def draft(self) -> Draft:
        """The same as the rules of Mappings see it."""
        return Draft(name=self.name, action=self.action, trigger=self.trigger, fields=self.fields)


class VersionIn(Given):
    """What a Mapping is to do from now on."""

    trigger: Trigger
    fields: Fields


class MappingChange(Given):
    """What is to be changed of a Mapping, whatever its version; what is not given stays."""

    name: Name | None = None
    enabled: bool | None = None
    priority: Level | None = None


class Mapping(Configured):
    """One version of what is done with some events."""

    id: int
    connection_id: int
    version: int
    name: str
    action: str
    trigger: str
    fields: dict[str, Any]
    enabled: bool
    priority: str


@router.get("/connections/{connection_id}/mappings", dependencies=[READ])
async def list_mappings(connection_id: Id, office: Desk) -> Page[Mapping]:
    """The Mappings of a Connection as they are now, oldest first."""

    def look(db: sa.Connection) -> list[Mapping]:
        connection(db, connection_id)
        return [shown(one) for one in store_of.list_mappings(db, connection_id)]

    return Page(items=await office.read(look))


@router.post("/connections/{connection_id}/mappings", status_code=201)
async def create_mapping(connection_id: Id, given: MappingIn, act: Writing) -> Mapping:
    """Make a Mapping, version 1. What is wrong with it is told with its path."""
    see_that_it_fits(act.office, given.draft())

    def change(db: sa.Connection) -> Mapping:
        connection(db, connection_id)
        new = store_of.NewMapping(
            connection_id=connection_id,
            name=given.name.strip(),
            action=given.action,
            trigger=given.trigger,
            fields=given.fields,
            enabled=given.enabled,
        )
        made = shown(store_of.create_mapping(db, new, now_ms=act.office.now_ms()))
        act.note(db, "mapping.create", f"mapping:{made.id}", after=made)
        return made

    return tagged(await act.do(change, answer=Mapping), act.response)


@router.get("/mappings/{mapping_id}", dependencies=[READ])
async def mapping(mapping_id: Id, office: Desk, response: Response) -> Mapping:
    """One Mapping as it is now."""
    found = await office.read(lambda db: store_of.mapping(db, mapping_id))
    return tagged(shown(found), response)


@router.patch("/mappings/{mapping_id}")
async def change_mapping(mapping_id: Id, given: MappingChange, act: Configuring) -> Mapping:
    """Enable, disable or rename a Mapping, or say how urgent it is."""

    def change(db: sa.Connection) -> Mapping:
        before = shown(store_of.mapping(db, mapping_id))
        act.check(before.etag())
        if given.name is not None:
            store_of.rename_mapping(db, mapping_id, name=given.name.strip())
        if given.enabled is not None:
            store_of.set_enabled(db, mapping_id, enabled=given.enabled)
        if given.priority is not None:
            store_of.set_priority(db, mapping_id, priority=OF_MAPPINGS[given.priority])
            now_ms = act.office.now_ms()
            unpark(db, before.connection_id, now_ms=now_ms, mapping_id=mapping_id)
        after = shown(store_of.mapping(db, mapping_id))
        act.note(db, "mapping.update", f"mapping:{mapping_id}", before=before, after=after)
        return after

    return tagged(await act.do(change, answer=Mapping), act.response)


@router.delete("/mappings/{mapping_id}")
async def delete_mapping(mapping_id: Id, act: Configuring) -> Count:
    """Delete a Mapping, and drop what it has queued; says how many Deliveries that were.

    What it has done stays, and so do its versions in the history.
    """

    def change(db: sa.Connection) -> Count:
        before = shown(store_of.mapping(db, mapping_id))
        act.check(before.etag())
        dropped = unmap(db, mapping_id, now_ms=act.office.now_ms())
        act.note(db, "mapping.delete", f"mapping:{mapping_id}", before=before)
        return Count(count=dropped)

    return await act.do(change, answer=Count)


@router.get("/mappings/{mapping_id}/versions", dependencies=[READ])
async def list_versions(mapping_id: Id, office: Desk) -> Page[Mapping]:
    """Every version of a Mapping, newest first."""
    found = await office.read(lambda db: store_of.list_versions(db, mapping_id))
    return Page(items=[shown(one) for one in found])


@router.post("/mappings/{mapping_id}/versions", status_code=201)
async def create_version(mapping_id: Id, given: VersionIn, act: Configuring) -> Mapping:
    """Give a Mapping another trigger and other fields, as its next version."""

    def change(db: sa.Connection) -> Mapping:
        before = shown(store_of.mapping(db, mapping_id))
        act.check(before.etag())
        draft = Draft(
            name=before.name, action=before.action, trigger=given.trigger, fields=given.fields
        )
        see_that_it_fits(act.office, draft)
        made = store_of.new_version(
            db,
            mapping_id,
            trigger=given.trigger,
            fields=given.fields,
            now_ms=act.office.now_ms(),
        )
        act.note(db, "mapping.version", f"mapping:{mapping_id}", before=before, after=shown(made))
        return shown(made)

    return tagged(await act.do(change, answer=Mapping), act.response)


@router.get("/mappings/{mapping_id}/versions/{version}", dependencies=[READ])
async def mapping_version(mapping_id: Id, version: Version, office: Desk) -> Mapping:
    """A Mapping as it was in one version."""
    found = await office.read(lambda db: store_of.mapping(db, mapping_id, version=version))
    return shown(found)


def see_that_it_fits(office: Office, draft: Draft) -> None:
    """Raise MappingFaults with all that keeps a draft from becoming a Mapping."""
    faults = draft_faults(draft, office.actions)
    if faults:
        raise MappingFaults(faults)


def shown(one: StoredMapping) -> Mapping:
    """A Mapping as answers have it."""
    return Mapping(
        id=one.id,
        connection_id=one.connection_id,
        version=one.version,
        name=one.name,
        action=one.action,
        trigger=one.trigger,
        fields=dict(one.fields),
        enabled=one.enabled,
        priority=one.priority.name.lower(),
    )
