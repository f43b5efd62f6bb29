"""/jobs/imports: a file of events, sent as the body, goes into the log."""

import asyncio
import tempfile
from enum import StrEnum
from typing import Annotated, Any, BinaryIO, Final, cast

import sqlalchemy as sa
from fastapi import APIRouter, Depends, Query
from starlette.requests import ClientDisconnect, Request

from dealwright.core.event import EventType
from dealwright.pipeline.importing import Read, Wanted
from dealwright.pipeline.lines import Lines
from dealwright.pipeline.table_rows import read_columns, rows
from dealwright.store.imports import create_import, find_import
from dealwright.store.sources import source
from dealwright.web.api.act import Act, uploading
from dealwright.web.api.jobs import Job, of_import
from dealwright.web.api.refusals import InvalidRequest
from dealwright.web.api.shapes import LARGEST
from dealwright.web.auth.permissions import Permission

router = APIRouter(tags=["Jobs"])

Uploading = Annotated[Act, uploading(Permission.JOBS_RUN)]

_CHUNK: Final = 1_048_576
_FILE: Final[dict[str, Any]] = {
    "requestBody": {
        "required": True,
        "content": {"application/octet-stream": {"schema": {"type": "string", "format": "binary"}}},
    }
}


class Format(StrEnum):
    """What a file is: JSON, one event a line, or a table; either may be packed with gzip."""

    JSONL = "jsonl"
    CSV = "csv"


class Shape:
    """How the rows of a table become events; none of it is for JSON lines."""

    def __init__(
        self,
        columns: Annotated[
            list[Annotated[str, Query(max_length=500)]] | None,
            Query(
                alias="map",
                max_length=500,
                description="FIELD=COLUMN, such as traits.email=E-mail; traits.*=* takes all "
                "others. Without it the columns are named as the fields.",
            ),
        ] = None,
        kind: Annotated[
            EventType, Query(alias="type", description="What the rows are.")
        ] = EventType.IDENTIFY,
        event: Annotated[
            str | None, Query(max_length=200, description="The rows are track calls of this event.")
        ] = None,
    ) -> None:
        self.columns = columns
        self.kind = kind
        self.event = event

    def reader(self) -> Read:
        """Gives the events of a table. Raises ConfigError (`invalid_columns`)."""
        fixed = {"type": str(self.kind)}
        if self.event is not None:
            fixed = {"type": "track", "event": self.event}
        wanted = read_columns(self.columns or [], fixed)
        return lambda lines: rows(lines.text, wanted)


@router.post("/jobs/imports", status_code=202, openapi_extra=_FILE)
async def import_events(
    act: Uploading,
    shape: Annotated[Shape, Depends()],
    *,
    source_id: Annotated[int, Query(ge=1, le=LARGEST)],
    name: Annotated[str, Query(max_length=200, description="The file's name.")] = "",
    form: Annotated[
        Format | None, Query(alias="format", description="Else told by the name's end.")
    ] = None,
) -> Job:
    """Take the events of a file, at most 2 GiB, plain or gzip: JSON lines, or a table.

    It is answered once the file is here; how far it is read is told by `/jobs/{id}`. Lines that are
    no event are kept as rejects. Sending a file again does no harm.
    """
    read = _reader(name, form, shape)
    early = await act.earlier(answer=Job)
    if early is not None:
        return early
    await act.office.read(lambda db: source(db, source_id))
    file, size = await _spooled(act)

    def change(db: sa.Connection) -> Job:
        made = create_import(
            db,
            source_id=source_id,
            name=name,
            total_bytes=size,
            made_by=act.who.name,
            now_ms=act.office.now_ms(),
        )
        shown = of_import(made)
        act.note(db, "import.create", f"source:{source_id}", after=shown)
        return shown

    try:
        job = await act.do(change, answer=Job)
        number = int(job.id.rpartition("-")[2])
        now_ms = act.office.now_ms()
        of = await act.office.read(lambda db: find_import(db, number, now_ms=now_ms))
    except BaseException:
        file.close()
        raise
    act.office.importer.begin(Wanted(of=of, file=file, read=read))
    return job


def _reader(name: str, form: Format | None, shape: Shape) -> Read:
    is_table = name.lower().removesuffix(".gz").endswith(".csv")
    if form is Format.CSV or (form is None and (is_table or shape.columns or shape.event)):
        return shape.reader()
    return Lines.stripped


async def _spooled(act: Act) -> tuple[BinaryIO, int]:
    """The body in a file without a name, which is gone with the process; and its bytes."""
    folder = act.office.folder
    opened: Any = await asyncio.to_thread(tempfile.TemporaryFile, dir=folder)
    file = cast("BinaryIO", opened)
    try:
        size = await _received(act.request, file)
        if not size:
            raise InvalidRequest("The body is empty: send the file as it is.")
        await asyncio.to_thread(file.seek, 0)
    except ClientDisconnect:
        file.close()
        raise InvalidRequest("The sender has gone.") from None
    except BaseException:
        file.close()
        raise
    return file, size


async def _received(request: Request, file: BinaryIO) -> int:
    size, waiting = 0, bytearray()
    async for chunk in request.stream():
        waiting += chunk
        size += len(chunk)
        if len(waiting) >= _CHUNK:
            await asyncio.to_thread(file.write, bytes(waiting))
            waiting.clear()
    await asyncio.to_thread(file.write, bytes(waiting))
    return size
