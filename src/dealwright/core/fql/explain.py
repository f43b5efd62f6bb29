"""Tell why a trigger fires for an event, or why not: each clause, and what its fields hold."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from dealwright.core.fql.evaluate import Facts, condition, operand
from dealwright.core.fql.printing import print_node
from dealwright.core.fql.syntax import (
    Conjunction,
    Disjunction,
    Negation,
    Node,
    Path,
    children,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Clause:
    """One comparison, call or field of a trigger for one event.

    `text` is its canonical text, `holds` whether it is true as it stands (a `!` before it is not
    counted), `fields` what the event has where it looks: (path, value), null for missing.
    """

    text: str
    holds: bool
    fields: tuple[tuple[str, Any], ...]


def clauses(node: Node, event: Facts) -> Iterator[Clause]:
    """Give the clauses of a trigger in reading order."""
    match node:
        case Conjunction(parts=parts) | Disjunction(parts=parts):
            for part in parts:
                yield from clauses(part, event)
        case Negation(of=of):
            yield from clauses(of, event)
        case _:
            fields = tuple((print_node(path), operand(path)(event)) for path in _paths(node))
            yield Clause(text=print_node(node), holds=condition(node)(event), fields=fields)


def _paths(node: Node) -> Iterator[Path]:
    if isinstance(node, Path):
        yield node
    for child in children(node):
        yield from _paths(child)
