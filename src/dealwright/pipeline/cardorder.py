"""Order and references: what of many is shown first, and whom records name by an id alone."""

from collections.abc import Iterable
from typing import Any

import msgspec

from dealwright.cards.known import Lists
from dealwright.core.record import Activity, Deal, Member, Note, Person


def references(
    person: Person | None, deals: Iterable[Deal], lists: Lists
) -> tuple[set[int], set[int]]:
    """Persons and organizations that are only named by their ids."""
    persons: set[int] = set()
    orgs = {deal.org_id for deal in deals if deal.org_id is not None}
    custom = person.custom_fields if person else {}
    for one in lists.person_fields:
        if one.field_type in {"people", "org"} and (wanted := _id_in(custom.get(one.field_code))):
            (persons if one.field_type == "people" else orgs).add(wanted)
    return persons, orgs


def _id_in(value: Any) -> int | None:
    if isinstance(value, dict):
        held: Any = msgspec.convert(value, dict[str, Any])
        value = held.get("id") or held.get("value")
    return value if isinstance(value, int) else None


def notes_count(deal: Deal) -> int:
    """How many notes a deal has; one that the mirror has may have some."""
    return getattr(deal, "notes_count", 0) or 0


def owner(person: Person | None, lists: Lists) -> Member | None:
    """Whose a person is."""
    owner_id = person.owner_id if person else None
    return next((one for one in lists.users if one.id == owner_id), None)


def deals_first(deals: Iterable[Deal]) -> list[Deal]:
    """Open ones, then the others, the newest first of each."""
    newest = sorted(deals, key=lambda deal: (deal.add_time or "", deal.id), reverse=True)
    return sorted(newest, key=lambda deal: deal.status != "open")


def open_first(activities: Iterable[Activity]) -> list[Activity]:
    """What is to be done, the first one first; then what is done, the last one first."""
    by_time = sorted(activities, key=lambda one: (one.due_date or "9", one.due_time or "", one.id))
    return [one for one in by_time if not one.done] + [one for one in by_time[::-1] if one.done]


def pinned_first(notes: Iterable[Note]) -> list[Note]:
    """Pinned ones, then the others, the newest first of each."""
    newest = sorted(notes, key=lambda note: (note.add_time or "", note.id), reverse=True)
    return sorted(newest, key=lambda n: not (n.pinned_to_person_flag or n.pinned_to_deal_flag))
