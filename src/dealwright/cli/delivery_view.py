"""One Delivery as a person reads it: its state, its Trace, and each Attempt with its calls."""

from typing import Any

import msgspec
from rich.text import Text

from dealwright.cli.moments import moment, words
from dealwright.cli.output import COLOURS, Output, column, drawn, figures
from dealwright.core.clock import from_ms
from dealwright.core.delivery import STUCK, Call, Trace
from dealwright.store.attempts import Attempt
from dealwright.store.delivery_list import Delivery

CALLS = (
    column("method", "Call"),
    column("path", "Path"),
    figures("status", "Status"),
    figures("tokens", "Tokens"),
    figures("duration_ms", "ms"),
)

_calls_of = msgspec.json.Decoder(list[Call]).decode
_trace_of = msgspec.json.Decoder(Trace).decode


def facts(one: Delivery) -> dict[str, Any]:
    """A Delivery as a row."""
    record = f"{one.record_kind} {one.record_id}" if one.record_id is not None else ""
    return {
        "id": one.id,
        "updated": moment(one.updated_at_ms),
        "created": moment(one.created_at_ms),
        "connection_id": one.connection_id,
        "mapping_id": one.mapping_id,
        "mapping_version": one.mapping_version,
        "event": one.event_seq,
        "state": str(one.state),
        "code": one.code,
        "message": one.message,
        "record": record,
        "record_kind": one.record_kind,
        "record_id": one.record_id,
        "attempts": one.attempts,
        "next_at": moment(one.next_at_ms),
        "tokens": one.tokens,
        "written_by": one.written_by,
    }


def print_delivery(out: Output, one: Delivery, tries: list[Attempt]) -> None:
    """Print all that is known of one Delivery."""
    trace = _trace_of(one.trace) if one.trace else Trace()
    if out.json:
        steps = msgspec.to_builtins(trace.steps)
        out.line({**facts(one), "trace": steps, "tries": [_try(a) for a in tries]})
        return
    _print_head(out, one)
    for step in trace.steps:
        out.console.print(Text.assemble((f"  {step.stage:<8}", "cyan"), step.text))
    for number, attempt in enumerate(tries, start=1):
        _print_try(out, attempt, number)
    if one.state in STUCK:
        out.hint(f"Once that is mended: dealwright deliveries retry {one.id}")


def _print_head(out: Output, one: Delivery) -> None:
    row = facts(one)
    colour = COLOURS.get(row["state"], "")
    head = Text.assemble(f"Delivery {one.id}: ", (row["state"], f"bold {colour}"))
    if row["record"]:
        head.append(f", {row['record']}")
    out.console.print(head)
    if one.message:
        out.console.print(Text(f"  {one.message} ({one.code})"))
    details = f"event {one.event_seq}, Mapping {one.mapping_id} version {one.mapping_version}"
    out.hint(f"  {details}, {one.tokens} tokens, since {words(row['created'])}")
    if one.next_at_ms is not None:
        out.console.print(Text(f"  Next try {words(row['next_at'])}"))
    if one.written_by is not None:
        out.console.print(Text(f"  Written together with Delivery {one.written_by}"))


def _print_try(out: Output, attempt: Attempt, number: int) -> None:
    ended = attempt.code or "ok"
    title = f"Attempt {number}: {words(from_ms(attempt.at_ms))}, {attempt.duration_ms} ms, {ended}"
    rows = [msgspec.to_builtins(call) for call in _calls_of(attempt.calls)]
    if rows:
        out.console.print(drawn(rows, CALLS, width=out.console.width, title=title))
    else:
        out.console.print(Text(f"{title}, no call"))


def _try(attempt: Attempt) -> dict[str, Any]:
    return {
        "at": moment(attempt.at_ms),
        "duration_ms": attempt.duration_ms,
        "code": attempt.code,
        "tokens": attempt.tokens,
        "calls": msgspec.to_builtins(_calls_of(attempt.calls)),
    }
