"""`dealwright explain`: why something is as it is, as a colleague would tell it."""

from collections.abc import Callable, Sequence
from typing import Annotated, Any

import msgspec
import sqlalchemy as sa
import typer

from dealwright.actionbook import actions
from dealwright.app import own_address
from dealwright.cli import explaintext
from dealwright.cli.examples import examples
from dealwright.cli.hub import Hub, with_hub
from dealwright.cli.output import Json, Output
from dealwright.core.errors import ConfigError, NotFound
from dealwright.core.record import RecordId, RecordKind
from dealwright.pipeline.explaindelivery import explain_delivery
from dealwright.pipeline.explainevent import explain_event
from dealwright.pipeline.explainrecord import explain_record, only, persons_with
from dealwright.pipeline.meetingpage import MeetingPage, meeting_page
from dealwright.pipeline.stories import RecordStory
from dealwright.store.connections import Connection, connection_by_name, list_connections
from dealwright.store.explaining import meeting_id_of

EXAMPLES = examples(
    "dealwright explain person 42  # every value that the hub wrote, and who changed it since",
    "dealwright explain person 42 name  # one field",
    "dealwright explain ada@love.example",
    "dealwright explain event 120  # why it did something, or nothing; also by messageId",
    "dealwright explain delivery 7",
    "dealwright explain meeting 7",
)

_KINDS = ", ".join(RecordKind)


def explain(
    what: Annotated[
        str,
        typer.Argument(help=f"{_KINDS}, event, delivery or meeting; or an e-mail address."),
    ],
    id: Annotated[
        str | None, typer.Argument(help="Its number in Pipedrive, or here; of an address: a field.")
    ] = None,
    field: Annotated[
        str | None, typer.Argument(help="Only this field of a record, by its name or key.")
    ] = None,
    *,
    connection: Annotated[
        str | None, typer.Option(help="Whose record it is, where there are several Connections.")
    ] = None,
    json: Json = False,
) -> None:
    """Tell why something is as it is: a record, an event, a Delivery or a meeting.

    Of a record: every value that the hub wrote, where it came from, what was there before, and who
    has changed it since. Asks Pipedrive nothing, and costs no tokens.
    """
    out = Output(json=json)
    if "@" in what:
        _tell_records(out, lambda db: _by_address(db, what, connection), field or id)
        return
    if id is None:
        raise ConfigError(f"Say which {what}: dealwright explain {what} ID")
    if what in set(RecordKind):
        kind = RecordKind(what)
        _tell_records(out, lambda db: _by_id(db, kind, id, connection), field)
    elif what == "event":
        _tell(out, lambda db: explain_event(db, id), explaintext.tell_event)
    elif what == "delivery":
        _tell(out, lambda db: explain_delivery(db, _number(id)), explaintext.tell_delivery)
    elif what == "meeting":
        _tell_meeting(out, id)
    else:
        raise ConfigError(
            f"{what}: explain takes {_KINDS}, event, delivery, meeting, or an e-mail."
        )


def _tell(
    out: Output,
    look: Callable[[sa.Connection], Any],
    tell: Callable[[Output, Any], None],
) -> None:
    found = with_hub(lambda hub: hub.read(look))
    if out.json:
        out.line(msgspec.to_builtins(found))
    else:
        tell(out, found)


def _tell_records(
    out: Output, look: Callable[[sa.Connection], Sequence[RecordStory]], field: str | None
) -> None:
    found = with_hub(lambda hub: hub.read(look))
    for story in found:
        told = story if field is None else only(story, field)
        if field is not None and not told.values and not out.json:
            out.say(f"The hub has not written “{field}” of {told.kind} {told.id}.")
        if out.json:
            out.line(msgspec.to_builtins(told))
        else:
            explaintext.tell_record(out, told)


def _by_address(db: sa.Connection, address: str, name: str | None) -> list[RecordStory]:
    chosen = None if name is None else connection_by_name(db, name)
    there = [
        explain_record(db, one, RecordKind.PERSON, record_id, actions=actions())
        for one, record_id in persons_with(db, address)
        if chosen is None or one.id == chosen.id
    ]
    if not there:
        raise NotFound(
            f"No mirror knows a person with {address}. `dealwright mirror status` tells how "
            "complete they are; with a number: dealwright explain person 42"
        )
    return there


def _by_id(db: sa.Connection, kind: RecordKind, text: str, name: str | None) -> list[RecordStory]:
    record_id: RecordId = text if kind is RecordKind.LEAD else _number(text)
    stories = [
        explain_record(db, one, kind, record_id, actions=actions()) for one in _chosen(db, name)
    ]
    known = [one for one in stories if one.seen_at is not None or one.causes]
    if not known and len(stories) != 1:
        raise NotFound(f"No Connection knows {kind} {record_id}. Name one: --connection NAME")
    return known or stories


def _chosen(db: sa.Connection, name: str | None) -> list[Connection]:
    return list_connections(db) if name is None else [connection_by_name(db, name)]


def _tell_meeting(out: Output, which: str) -> None:
    page = with_hub(lambda hub: hub.read(lambda db: _meeting(hub, db, which)))
    if out.json:
        answers = msgspec.to_builtins(page.answers)
        out.line({"id": page.view.id, "state": page.view.state, "answers": answers})
    else:
        explaintext.tell_meeting(out, page)


def _meeting(hub: Hub, db: sa.Connection, which: str) -> MeetingPage:
    public_id = meeting_id_of(db, int(which)) if which.isdecimal() else which
    return meeting_page(db, public_id or which, base_url=own_address(hub.settings))


def _number(text: str) -> int:
    if not (text.isascii() and text.isdecimal()):
        raise ConfigError(f"{text}: expected a number.")
    return int(text)
