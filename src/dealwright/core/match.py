"""Match: Found, Missing or Ambiguous. No fourth: a failed search is an error that travels."""

from dataclasses import dataclass
from enum import StrEnum

import msgspec

from dealwright.core.identifier import Identifier
from dealwright.core.record import Record, RecordId, RecordKind


class AmbiguousRule(StrEnum):
    """Who is taken when several fit: smallest id, largest id, the one changed last, or nobody."""

    OLDEST = "oldest"
    NEWEST = "newest"
    RECENTLY_UPDATED = "recently_updated"
    HOLD = "hold"


class Reference(msgspec.Struct, frozen=True, kw_only=True):
    """A record that an action needs to know before it can plan.

    `role` names it within the action ("person", "organization", "deal", "activity"). `external_id`
    is the sender's own id, looked at first among the Links; "" when the sender gave none. `keys`
    are tried in order, the first that hits decides. Neither: nothing to look for, hence Missing.
    `rule` is the Mapping's own for several hits; None: the Connection's. Not looked for, but
    written into the record are `shares`: whoever looks for one of them is to wait until then.
    """

    role: str
    kind: RecordKind
    external_id: str = ""
    keys: tuple[Identifier, ...] = ()
    rule: AmbiguousRule | None = None
    shares: tuple[Identifier, ...] = ()

    def ruled(self, rule: AmbiguousRule | None) -> "Reference":
        """The same Reference under a Mapping's own rule, if it has one."""
        return self if rule is None else msgspec.structs.replace(self, rule=rule)

    def sharing(self, *others: Identifier) -> "Reference":
        """The same Reference to a record into which these are written, too."""
        shares = (one for one in dict.fromkeys(others) if one not in self.keys)
        return msgspec.structs.replace(self, shares=tuple(shares))

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
    others: tuple[RecordId, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Missing:
    """Looked for and positively not there; `tried` are the keys."""

    tried: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Ambiguous:
    """Several fit and the rule is to ask; `candidates` in id order, `key` is what all have."""

    candidates: tuple[RecordId, ...]
    by: str
    key: Identifier | None = None


Match = Found | Missing | Ambiguous


def choose(hits: tuple[Record, ...], *, by: str, rule: AmbiguousRule) -> Match:
    """Make a Match of verified hits of one key (at least one)."""
    ranked = sorted(hits, key=age)
    if len(ranked) == 1:
        return Found(record=ranked[0], by=by)
    if rule is AmbiguousRule.HOLD:
        return Ambiguous(candidates=tuple(record.id for record in ranked), by=by)
    chosen = _chosen(ranked, rule)
    others = tuple(record.id for record in ranked if record.id != chosen.id)
    return Found(record=chosen, by=by, others=others)


def age(record: Record) -> tuple[int, str]:
    """What records of one kind are sorted by: numbers by size, UUIDs as text."""
    return (record.id, "") if isinstance(record.id, int) else (0, record.id)


def _chosen(ranked: list[Record], rule: AmbiguousRule) -> Record:
    match rule:
        case AmbiguousRule.NEWEST:
            return ranked[-1]
        case AmbiguousRule.RECENTLY_UPDATED:
            return max(ranked, key=lambda record: (record.update_time or "", age(record)))
        case _:
            return ranked[0]
