"""/connections/{id}/segment-import: a Segment destination becomes Mappings."""

from typing import Annotated, Any

import sqlalchemy as sa
from fastapi import APIRouter
from pydantic import BaseModel, Field

from dealwright.core.mapping import Mapping as StoredMapping
from dealwright.core.segment_export import read_export
from dealwright.core.segment_import import Imported, Verdict, bring
from dealwright.pipeline.accounts import AccountBook
from dealwright.pipeline.bringing import bring_in, schemas_of
from dealwright.store.connections import connection
from dealwright.web.api.act import Act, acting
from dealwright.web.api.mappings import Mapping, shown
from dealwright.web.api.shapes import Given, Id
from dealwright.web.auth.permissions import Permission

router = APIRouter(tags=["Mappings"])

Writing = Annotated[Act, acting(Permission.MAPPINGS_WRITE)]


class ExportIn(Given):
    """What Segment's public API answers of a destination and its subscriptions, as it is.

    With `dry_run` only the report: nothing is called or stored.
    """

    documents: Annotated[list[Any], Field(min_length=1, max_length=100)]
    dry_run: bool = False


class Note(BaseModel):
    """One thing that differs, and why; `mapping` "": of the destination."""

    verdict: Verdict
    mapping: str
    place: str
    text: str


class Brought(BaseModel):
    """The Mappings that were made, the names that were there already, and what could not be."""

    made: list[Mapping]
    there: list[str]
    lost: list[str]
    notes: list[Note]


@router.post("/connections/{connection_id}/segment-import")
async def import_segment(connection_id: Id, given: ExportIn, act: Writing) -> Brought:
    """Make Mappings of a Segment destination, and report what differs and why.

    They are enabled where they were in Segment. Done twice, what is there stays as it is.
    """
    early = await act.earlier(answer=Brought)
    if early is not None:
        return early
    office, export = act.office, read_export(given.documents)
    one = await office.read(lambda db: connection(db, connection_id))
    if given.dry_run:
        return _told(bring(export, office.actions, {}), (), ())
    book = AccountBook(office.store, connection_id=connection_id, clock=office.clock)
    async with office.open_account(one) as records:
        imported = bring(export, office.actions, await schemas_of(book, records))

    def change(db: sa.Connection) -> Brought:
        def note(made: StoredMapping) -> None:
            act.note(db, "mapping.create", f"mapping:{made.id}", after=shown(made))

        now_ms = office.now_ms()
        arrived = bring_in(db, connection_id, imported, note=note, now_ms=now_ms)
        return _told(imported, arrived.made, arrived.there)

    return await act.do(change, answer=Brought)


def _told(imported: Imported, made: tuple[StoredMapping, ...], there: tuple[str, ...]) -> Brought:
    return Brought(
        made=[shown(one) for one in made],
        there=list(there),
        lost=[one.name for one in imported.lost],
        notes=[
            Note(verdict=one.verdict, mapping=one.mapping, place=one.place, text=one.text)
            for one in imported.notes
        ],
    )
