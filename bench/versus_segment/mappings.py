"""The Mappings of the comparison: each side's defaults, and what a team would add to both."""

from dataclasses import dataclass
from typing import Any

from bench.versus_segment.account import (
    CITY,
    DEAL_ID,
    ORGANIZATION_ID,
    PERSON_ID,
    PLAN,
    SEATS,
    TITLE,
)

_LINKS = {
    "person_match_field": PERSON_ID,
    "organization_match_field": ORGANIZATION_ID,
    "deal_match_field": DEAL_ID,
}


@dataclass(frozen=True, kw_only=True)
class Wanted:
    """One Mapping for both sides: `theirs` and `ours` name the action, `fields` the same fields."""

    trigger: str
    theirs: str
    ours: str
    fields: dict[str, Any]


MAPPINGS = (
    Wanted(
        trigger='type = "identify"',
        theirs="createUpdatePerson",
        ours="upsert_person",
        fields={
            "match_field": PERSON_ID,
            "custom_fields": {
                TITLE: {"@path": "$.traits.title"},
                PLAN: {"@path": "$.traits.plan"},
                SEATS: {"@path": "$.traits.seats"},
                CITY: {"@path": "$.traits.address.city"},
            },
        },
    ),
    Wanted(
        trigger='type = "group"',
        theirs="createUpdateOrganization",
        ours="upsert_organization",
        fields={"match_field": ORGANIZATION_ID},
    ),
    Wanted(
        trigger='type = "track" and event = "Deal Upserted"',
        theirs="createUpdateDeal",
        ours="upsert_deal",
        fields={**_LINKS, "status": {"@path": "$.properties.status"}},
    ),
    Wanted(
        trigger='type = "track" and event = "Activity Upserted"',
        theirs="createUpdateActivity",
        ours="upsert_activity",
        fields=_LINKS,
    ),
    Wanted(
        trigger='type = "track" and event = "Note Upserted"',
        theirs="createUpdateNote",
        ours="upsert_note",
        fields=_LINKS,
    ),
)
