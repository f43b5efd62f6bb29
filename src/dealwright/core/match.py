"""Match: Found, Missing or Ambiguous. No fourth: a failed search is an error that travels."""

from dataclasses import dataclass
from enum import StrEnum

from dealwright.core.identifier import Identifier
from dealwright.core.record import Record, RecordKind


class AmbiguousRule(StrEnum):
    """Who is taken when several records fit: the smallest id, the largest id, or nobody."""

    OLDEST = "oldest"
    NEWEST = "newest"
    HOLD = "hold"


@dataclass(frozen=True, slots=True, kw_only=True)
class Reference:
    """A record that an action needs to know before it can plan.

    `role` names it within the action ("person", "organization", "deal", "activity"). `external_id`
    is the sender's own id, looked at first among the Links; "" when the sender gave none. `keys`
    are tried in order, the first that hits decides. Neither: nothing to look for, hence Missing.
    """

    role: str
    kind: RecordKind
    external_id: str = ""
    keys: tuple[Identifier, ...] = ()

    @property
    def lane(self) -> str:
        """What Deliveries that speak of the same record share; "" when it names none."""
        if self.external_id:
            return f"{self.kind}:{self.external_id}"
        return f"{self.kind}:{self.keys[0].value}" if self.keys else ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """One record it is. `by` says which key, `others` are ids that fitted too (rule applied)."""

    record: Record
    by: str
    others: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Missing:
    """Looked for and positively not there; `tried` are the keys."""

    tried: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Ambiguous:
    """Several fit and the rule is to ask; `candidates` in id order."""

    candidates: tuple[int, ...]
    by: str


Match = Found | Missing | Ambiguous


def choose(hits: tuple[Record, ...], *, by: str, rule: AmbiguousRule) -> Match:
    """Make a Match of verified hits of one key (at least one)."""
    ranked = sorted(hits, key=lambda record: record.id)
    if len(ranked) == 1:
        return Found(record=ranked[0], by=by)
    if rule is AmbiguousRule.HOLD:
        return Ambiguous(candidates=tuple(record.id for record in ranked), by=by)
    chosen = ranked[0] if rule is AmbiguousRule.OLDEST else ranked[-1]
    others = tuple(record.id for record in ranked if record.id != chosen.id)
    return Found(record=chosen, by=by, others=others)
