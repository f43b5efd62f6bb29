"""Participants: persons who take part in a deal or an activity beside the primary one."""

from typing import Final

from dealwright.core.action import ActionField, Matches, Values, Writing
from dealwright.core.errors import MappingError
from dealwright.core.mapping import MatchDefaults
from dealwright.core.match import Ambiguous, AmbiguousRule, Found, Reference
from dealwright.core.record import RecordKind
from dealwright.core.reference import refer_if_possible
from dealwright.core.upsert import refuse_to_choose

#: Each of them is looked up; a list longer than that is a mistake.
MOST: Final = 50

_ROLE: Final = "participant"


def participant_fields(*, to: str) -> tuple[ActionField, ActionField]:
    """The participants of `to`, such as “the deal”, and by what they are looked up."""
    return (
        ActionField(
            key="participants",
            label="Participants",
            description=f"Persons who take part in {to} beside the one it is with, at most {MOST}. "
            "Who is there already stays; who is not known is left out with a warning.",
            many=True,
            writing=Writing.ADDS,
        ),
        ActionField(
            key="participants_match_field",
            label="Participants match field",
            description="The field by which participants are looked up. Empty: the e-mail address.",
            dynamic="person_match_fields",
            writing=Writing.FINDS,
        ),
    )


def participant_references(
    values: Values, defaults: MatchDefaults, *, rule: AmbiguousRule | None
) -> list[Reference]:
    """What is to be looked up, a role each. Raises MappingError (`invalid_value`) for too many."""
    given = values.get("participants", ())
    if len(given) > MOST:
        raise MappingError(
            f"participants: expected at most {MOST}, got {len(given)}.",
            code="invalid_value",
            path="participants",
        )
    named = values.get("participants_match_field", "email")
    return [
        Reference(
            role=f"{_ROLE} {at}",
            kind=found.kind,
            external_id=found.external_id,
            keys=found.keys,
            rule=rule,
        )
        for at, value in enumerate(given, 1)
        for found in refer_if_possible(RecordKind.PERSON, value, named=named, defaults=defaults)
    ]


def participant_ids(values: Values, matches: Matches, *, warnings: list[str]) -> list[int]:
    """The ids of those that were found; of the others a warning each. Raises NeedsChoice."""
    found: list[int] = []
    for at, value in enumerate(values.get("participants", ()), 1):
        match = matches.get(f"{_ROLE} {at}")
        if isinstance(match, Ambiguous):
            refuse_to_choose(match, role=_ROLE)
        if isinstance(match, Found) and isinstance(match.record.id, int):
            found.append(match.record.id)
        else:
            warnings.append(f"participants: no person is known by “{value[:60]}”; left out.")
    return list(dict.fromkeys(found))
