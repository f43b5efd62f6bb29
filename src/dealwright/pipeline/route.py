"""Route: which Deliveries an Event makes. Pure: events and Mappings in, rows out."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from dealwright.core.action import Action, Values
from dealwright.core.coerce import coerce
from dealwright.core.delivery import State
from dealwright.core.directives import compile_directives
from dealwright.core.errors import InvalidEvent, MappingError
from dealwright.core.event import DESTINATION_NAMES, Event, open_event, switched_off
from dealwright.core.mapping import Mapping as MappingVersion
from dealwright.core.mapping import MatchDefaults
from dealwright.core.match import Reference
from dealwright.core.matchkey import value_lane
from dealwright.core.question import Question, of_value
from dealwright.core.trigger import compile_trigger
from dealwright.pipeline.coalesce import Dated, dated
from dealwright.pipeline.verdict import defect
from dealwright.store.connections import Connection
from dealwright.store.deliveries import NewDelivery
from dealwright.store.events import StoredEvent

Condition = Callable[[Mapping[str, Any]], bool]
Directives = Callable[[Mapping[str, Any]], Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Route:
    """One version of a Mapping, compiled.

    `fault` is why it cannot be used; its events then make Deliveries that failed with it.
    """

    mapping: MappingVersion
    action: Action | None
    fires: Condition
    directives: Directives
    fault: MappingError | None = None


class Routed(NamedTuple):
    """What one Event makes: the item it is recognised by, and its rows (never empty).

    `values` are those of the rows, one by one; None for a row that failed. `asked` is what is to
    become of the value at which one failed, by its Mapping.
    """

    item: tuple[int, str]
    rows: list[NewDelivery]
    values: list[Dated | None]
    asked: Mapping[int, Question] = {}


class Unreadable(NamedTuple):
    """An Event of the log that nobody can read; it is passed by."""

    seq: int
    reason: str


def compile_route(mapping: MappingVersion, actions: Mapping[str, Action]) -> Route:
    """Compile a Mapping; never raises.

    A Mapping whose trigger is invalid fires for nothing, since nobody can say what it is for.
    """
    try:
        fires = compile_trigger(mapping.trigger)
    except MappingError as error:
        return Route(mapping=mapping, action=None, fires=_never, directives=_nothing, fault=error)
    action = actions.get(mapping.action)
    if action is None:
        fault = MappingError(
            f"There is no action {mapping.action!r}: choose one of {', '.join(sorted(actions))}.",
            code="unknown_action",
            path="action",
        )
        return Route(mapping=mapping, action=None, fires=fires, directives=_nothing, fault=fault)
    try:
        directives = compile_directives(mapping.fields)
    except MappingError as error:
        return Route(mapping=mapping, action=action, fires=fires, directives=_nothing, fault=error)
    return Route(mapping=mapping, action=action, fires=fires, directives=directives)


def action_of(route: Route) -> Action:
    """The Action of a Route; raises MappingError for one that could not be compiled."""
    if route.fault is not None:
        raise route.fault.with_traceback(None)
    if route.action is None:
        raise MappingError("The Mapping has no action: choose one.", path="action")
    return route.action


def values_of(route: Route, event: Event, *, left_out: Iterable[str] = ()) -> Values:
    """The values that an Event gives the fields of a Route's Action.

    Those of `left_out` go without a value that does not fit. Raises MappingError, also for a Route
    that could not be compiled.
    """
    return coerce(action_of(route), route.directives(event.body), left_out=left_out)


def read_event(stored: StoredEvent) -> Event:
    """Make the Event of a row of the log; raises InvalidEvent."""
    return open_event(
        stored.payload,
        envelope=stored.envelope,
        received_at_ms=stored.received_at_ms,
        sent_at_ms=stored.sent_at_ms,
        message_id=stored.message_id,
    )


def lanes_of(references: Iterable[Reference], *, subject: str, source_id: int) -> str:
    """The lanes of a Delivery, one a line; the first is its subject's, or empty.

    Every key of a record is a lane, and what a new one will be found by, so that whoever shares one
    waits; the sender's own ids are a Source's own.
    """
    first = ""
    lanes: list[str] = []
    for reference in references:
        found = _identities(reference, source_id)
        if found and not first and reference.role == subject:
            first = found.pop(0)
        lanes += found
    if len(lanes) < 2:
        return first + "\n" + lanes[0] if lanes else first
    return "\n".join((first, *dict.fromkeys(lane for lane in lanes if lane != first)))


def route_event(
    stored: StoredEvent,
    event: Event,
    *,
    connection: Connection,
    routes: Sequence[Route],
    now_ms: int,
) -> Routed:
    """The Deliveries that one Event makes and their values, for each Route that fires."""
    asked: dict[int, Question] = {}
    made = [
        _delivery(route, stored, event, defaults=connection.defaults, now_ms=now_ms, asked=asked)
        for route in routes
        if route.fires(event.body)
    ]
    rows, values = [row for row, _ in made], [given for _, given in made]
    return Routed((stored.source_id, stored.message_id), rows, values, asked)


def route_batch(
    batch: Sequence[StoredEvent],
    *,
    connection: Connection,
    routes: Sequence[Route],
    now_ms: int,
) -> tuple[list[Routed], list[Unreadable]]:
    """The Deliveries of a batch of the log, in its order; Events that make none are left out.

    Repeats are not recognised here: they are dropped in the transaction that stores the rows.
    """
    routed: list[Routed] = []
    unreadable: list[Unreadable] = []
    names = (connection.name, *DESTINATION_NAMES)
    for stored in batch:
        if not connection.hears(stored.source_id):
            continue
        try:
            event = read_event(stored)
        except InvalidEvent as error:
            if error.code != "event_erased":
                unreadable.append(Unreadable(stored.seq, str(error)))
            continue
        if switched_off(event, names):
            continue
        made = route_event(stored, event, connection=connection, routes=routes, now_ms=now_ms)
        if made.rows:
            routed.append(made)
    return routed, unreadable


def _delivery(
    route: Route,
    stored: StoredEvent,
    event: Event,
    *,
    defaults: MatchDefaults,
    now_ms: int,
    asked: dict[int, Question],
) -> tuple[NewDelivery, Dated | None]:
    lanes, state, code, message = "", State.QUEUED, "", ""
    values: Dated | None = None
    try:
        action = action_of(route)
        given = values_of(route, event)
        references = action.references(given, defaults)
        lanes = lanes_of(references, subject=action.subject, source_id=stored.source_id)
        values = dated(event, stored.seq, given)
    except MappingError as error:
        state, code, message = State.FAILED, error.code, str(error)
        if route.action is not None and (question := of_value(error, route.action.kind.value)):
            asked[route.mapping.id] = question
    except Exception as error:  # noqa: BLE001 - one event must not stop the log for all others
        state, code, message = State.FAILED, "defect", defect(error)
    mapping = route.mapping
    row = NewDelivery(
        mapping.connection_id,
        mapping.id,
        mapping.version,
        stored.source_id,
        stored.seq,
        lanes,
        state,
        code,
        message,
        now_ms,
        mapping.priority,
    )
    return row, values


def _identities(reference: Reference, source_id: int) -> list[str]:
    # Added up, not formatted: an enum's own way into an f-string costs half a microsecond.
    kind = reference.kind + ":"
    keys = (*reference.keys, *reference.shares) if reference.shares else reference.keys
    found = [kind + key.kind + key.field + "=" + key.value for key in keys]
    # One Mapping may give a field's key, another its name: they meet by the value alone.
    found += [kind + "field=" + value_lane(key.value) for key in keys if key.field]
    if reference.external_id:
        found.insert(0, f"{kind}{source_id}/{reference.external_id}")
    return [_line(lane) for lane in found]


def _line(lane: str) -> str:
    # An id with a line break must not look like two lanes: the first could be somebody else's.
    if "\n" not in lane and "\\" not in lane:
        return lane
    return lane.replace("\\", "\\\\").replace("\n", "\\n")


def _never(_: Mapping[str, Any]) -> bool:
    return False


def _nothing(_: Mapping[str, Any]) -> dict[str, Any]:
    return {}
