"""Trigger: which Events a Mapping is for, in the filter query language that Segment documents."""

from dataclasses import dataclass

from dealwright.core.fql.errors import Position, TriggerError, locate
from dealwright.core.fql.evaluate import Condition, Facts, condition
from dealwright.core.fql.explain import Clause, clauses
from dealwright.core.fql.kinds import check
from dealwright.core.fql.parse import parse
from dealwright.core.fql.printing import print_node
from dealwright.core.fql.shipped import meant_differently, spelled_differently
from dealwright.core.fql.suspicion import suspicions
from dealwright.core.fql.syntax import Node
from dealwright.core.fql.tokens import tokenize

__all__ = [
    "Clause",
    "Condition",
    "Position",
    "TriggerError",
    "TriggerWarning",
    "compile_trigger",
    "explain_trigger",
    "print_trigger",
    "shipped_differences",
    "trigger_warnings",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class TriggerWarning:
    """Something valid that is hardly meant: where it stands, and a sentence."""

    position: Position
    message: str


def compile_trigger(text: str) -> Condition:
    """Compile a trigger into a function that tells for any event whether it fires.

    Raises TriggerError (code `invalid_trigger`) for invalid text, whatever the event; the
    function itself never raises. At most 10,000 code points, nesting 100, lists of 1,000.
    """
    return condition(_checked(text))


def explain_trigger(text: str, event: Facts) -> tuple[Clause, ...]:
    """Tell clause by clause what a trigger makes of an event; raises TriggerError if invalid."""
    return tuple(clauses(_checked(text), event))


def print_trigger(text: str) -> str:
    """Rewrite a trigger in its canonical spelling; compiling that gives the same trigger.

    Raises TriggerError for invalid text.
    """
    return print_node(_checked(text))


def trigger_warnings(text: str) -> tuple[TriggerWarning, ...]:
    """List what is valid but suspicious, in reading order; raises TriggerError for invalid text."""
    found = sorted(suspicions(_checked(text)))
    return tuple(
        TriggerWarning(position=locate(text, at), message=message) for at, message in found
    )


def shipped_differences(text: str) -> tuple[str, ...]:
    """List, in sentences, where Segment as shipped read a trigger otherwise than documented.

    Raises TriggerError for invalid text.
    """
    node = _checked(text)
    found = [*spelled_differently(text, tokenize(text)), *meant_differently(node)]
    return tuple(dict.fromkeys(found))


def _checked(text: str) -> Node:
    node = parse(text)
    check(node, text)
    return node
