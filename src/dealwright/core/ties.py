"""Ties: the person, organization and deal that a record is with; their fields and their ids."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from dealwright.core import identifier
from dealwright.core.action import Account, ActionField, Matches, Values, ValueType, Writing
from dealwright.core.mapping import MatchDefaults
from dealwright.core.match import Ambiguous, AmbiguousRule, Found, Match, Reference
from dealwright.core.parents import also_known_by, new_parent, parent_keys
from dealwright.core.record import RecordId, RecordKind
from dealwright.core.reference import refer_if_possible
from dealwright.core.upsert import refuse_to_choose


@dataclass(frozen=True, slots=True, kw_only=True)
class Tie:
    """A kind of record that another is tied to, and its two fields."""

    kind: RecordKind
    label: str
    default: str

    @property
    def match_field(self) -> str:
        """The key of the field that says by which field it is looked up."""
        return f"{self.kind}_match_field"

    @property
    def match_value(self) -> str:
        """The key of the field that says what that field holds."""
        return f"{self.kind}_match_value"


PERSON = Tie(kind=RecordKind.PERSON, label="Person", default="$.userId")
ORGANIZATION = Tie(kind=RecordKind.ORGANIZATION, label="Organization", default="$.context.groupId")
DEAL = Tie(kind=RecordKind.DEAL, label="Deal", default="$.properties.deal_id")


def tie_fields(
    tie: Tie,
    *,
    to: str,
    missing: str = "no link is set",
    writing: Writing = Writing.LINKS,
) -> tuple[ActionField, ActionField]:
    """The match field and match value of a tie of `to`, such as “the activity”.

    `missing` is what becomes of it where there is none. `writing`: FINDS, where it is the record
    itself that is looked up.
    """
    return (
        ActionField(
            key=tie.match_field,
            writing=Writing.FINDS,
            label=f"{tie.label} match field",
            description=f"The field by which the {tie.kind} is looked up. Empty: the "
            "Connection's, which is the id unless it was changed.",
            dynamic=f"{tie.kind}_match_fields",
        ),
        ActionField(
            key=tie.match_value,
            writing=writing,
            label=f"{tie.label} match value",
            description=f"What that field holds for the {tie.kind} that {to} is with. "
            f"None found: {missing}.",
            default={"@path": tie.default} if tie.default else None,
        ),
    )


def tie_references(
    ties: Iterable[Tie],
    values: Values,
    defaults: MatchDefaults,
    *,
    rule: AmbiguousRule | None = None,
) -> list[Reference]:
    """What is to be looked up; a value that cannot match is nothing to look for.

    `rule` is the Mapping's own for several hits.
    """
    found: list[Reference] = []
    for tie in ties:
        named = values.get(tie.match_field)
        value = values.get(tie.match_value)
        also = also_known_by(tie.kind, values, defaults)
        found += refer_if_possible(tie.kind, value, named=named, defaults=defaults, also=also)
    return [reference.ruled(rule) for reference in found]


def tied_ids(
    ties: Iterable[Tie],
    values: Values,
    *,
    matches: Matches,
    account: Account,
    warnings: list[str],
) -> dict[RecordKind, Any]:
    """The ids of those that were found, and stand-ins for those that are to be made.

    Of the others a warning each. Raises NeedsChoice.
    """
    found: dict[RecordKind, Any] = {}
    # A person that is made belongs to the organization, which therefore comes first.
    for tie in sorted(ties, key=lambda tie: tie.kind is not RecordKind.ORGANIZATION):
        if not any(key in values for key in parent_keys(tie.kind)):
            continue
        match: Match | None = matches.get(tie.kind)
        if isinstance(match, Ambiguous):
            refuse_to_choose(match, role=tie.kind)
        if isinstance(match, Found) and isinstance(match.record.id, int):
            found[tie.kind] = match.record.id
        elif made := new_parent(tie.kind, values, account, links=found, warnings=warnings):
            found[tie.kind] = made
        else:
            warnings.append(_not_linked(tie, values))
    return found


def _not_linked(tie: Tie, values: Values) -> str:
    if tie.match_value not in values:
        return f"{tie.kind}: none is known by the address or number; the link is left out."
    shown = values[tie.match_value][:60]
    return f"{tie.match_value}: no {tie.kind} is known by “{shown}”; the link is left out."


def lead_field(default: Any, *, writing: Writing) -> ActionField:
    """The field for the id of a lead."""
    return ActionField(
        key="lead_id",
        writing=writing,
        label="Lead id",
        description="Pipedrive's id of the lead, a UUID.",
        type=ValueType.UUID,
        default=default,
    )


def lead_reference(values: Values) -> list[Reference]:
    """The lead, only ever by its id."""
    if "lead_id" not in values:
        return []
    key = identifier.lead_id(values["lead_id"])
    return [Reference(role="lead", kind=RecordKind.LEAD, keys=(key,))]


def found_id(matches: Matches, role: str) -> RecordId | None:
    """The id of a Match that is Found."""
    match = matches.get(role)
    return match.record.id if isinstance(match, Found) else None
