"""What people taught, on the command line: listed, taught without being asked, taken back."""

from typing import Annotated

import sqlalchemy as sa
import typer

from dealwright.cli.hub import Hub, with_hub
from dealwright.cli.moments import moment
from dealwright.cli.output import Json, Output, bold, column, figures, names, prose
from dealwright.core.people import CLI
from dealwright.core.record import RecordKind
from dealwright.pipeline.reviewlessons import By, Lesson, forget_teaching, teach_lesson
from dealwright.store.columns import record_id_of
from dealwright.store.connections import connection_by_name
from dealwright.store.review_teachings import Teaching, list_teachings
from dealwright.store.sources import source_by_name

COLUMNS = (
    figures("id", "Id"),
    column("at", "When"),
    names("by", "By"),
    column("kind", "Kind"),
    prose("shown", "What"),
    column("value", "Is"),
)


def taught(
    *,
    connection: Annotated[str | None, typer.Option(help="Only of this Connection.")] = None,
    limit: Annotated[int, typer.Option(min=1, max=10_000, help="At most so many.")] = 50,
    json: Json = False,
) -> None:
    """Show what was taught and holds from now on, newest first."""

    def look(db: sa.Connection) -> list[Teaching]:
        number = None if connection is None else connection_by_name(db, connection).id
        return list_teachings(db, number, limit=limit)

    rows = [_row(one) for one in with_hub(lambda hub: hub.read(look))]
    Output(json=json).table(rows, COLUMNS, empty="Nothing was taught yet.")


def rule(
    connection: Annotated[str, typer.Argument(help="The Connection.")],
    by: Annotated[By, typer.Argument(help="What is taught by.")],
    value: Annotated[str, typer.Argument(help="The address, number, name or id.")],
    record: Annotated[str, typer.Argument(help="The id of the record in Pipedrive.")],
    *,
    kind: Annotated[RecordKind, typer.Option(help="What kind of record.")] = RecordKind.PERSON,
    source: Annotated[str | None, typer.Option(help="Whose own id it is.")] = None,
    json: Json = False,
) -> None:
    """Teach whose an identifier is, without being asked; what waits for it goes on."""

    def change(hub: Hub, db: sa.Connection) -> Teaching:
        lesson = Lesson(
            connection_id=connection_by_name(db, connection).id,
            kind=kind,
            by=by,
            value=value,
            record_id=record_id_of(record),
            source_id=0 if source is None else source_by_name(db, source).id,
        )
        return teach_lesson(db, lesson, by=CLI, now_ms=hub.now_ms())

    made = with_hub(lambda hub: hub.write(lambda db: change(hub, db)))
    Output(json=json).say(
        f"{bold(made.shown)} is {made.kind} {made.value} from now on (teaching {made.id}).",
        **_row(made),
    )


def forget(
    teaching: Annotated[int, typer.Argument(help="Its number, as `review taught` lists it.")],
    *,
    json: Json = False,
) -> None:
    """Take a teaching back; what was written while it held stays."""

    def change(hub: Hub, db: sa.Connection) -> Teaching:
        return forget_teaching(db, teaching, by=CLI, now_ms=hub.now_ms())

    gone = with_hub(lambda hub: hub.write(lambda db: change(hub, db)))
    Output(json=json).say(
        f"Teaching {gone.id} holds no more: {bold(gone.shown)} is looked for as before.",
        **_row(gone),
    )


def _row(one: Teaching) -> dict[str, object]:
    return {
        "id": one.id,
        "at": moment(one.at_ms),
        "by": one.taught_by,
        "about": one.about,
        "kind": one.kind,
        "shown": one.shown,
        "value": one.value,
    }
