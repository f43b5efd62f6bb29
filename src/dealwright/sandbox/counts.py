"""Counts and next/last activities: what `include_fields` adds, computed when asked for."""

from collections.abc import Iterable, Mapping
from typing import Any

from dealwright.sandbox.clock import rfc3339
from dealwright.sandbox.company import Company
from dealwright.sandbox.records import Activity, Deal
from dealwright.sandbox.resource import Extra


def _activities(link: str, company: Company, record: Any) -> list[Activity]:
    return [row for row in company.activities.linked(link, record.id) if not row.is_deleted]


def _deals(link: str, company: Company, record: Any) -> list[Deal]:
    return [row for row in company.deals.linked(link, record.id) if not row.is_deleted]


def _activity_extras(link: str) -> Mapping[str, Extra]:
    def next_id(company: Company, record: Any) -> int | None:
        open_ones = [row for row in _activities(link, company, record) if not row.done]
        return min(open_ones, key=_when).id if open_ones else None

    def last_id(company: Company, record: Any) -> int | None:
        done = [row for row in _activities(link, company, record) if row.done]
        return max(done, key=_when).id if done else None

    return {
        "next_activity_id": next_id,
        "last_activity_id": last_id,
        "activities_count": lambda c, r: len(_activities(link, c, r)),
        "done_activities_count": lambda c, r: sum(a.done for a in _activities(link, c, r)),
        "undone_activities_count": lambda c, r: sum(not a.done for a in _activities(link, c, r)),
        "notes_count": lambda c, r: sum(not n.is_deleted for n in c.notes.linked(link, r.id)),
        "files_count": _zero,
        "followers_count": _zero,
        "email_messages_count": _zero,
    }


def _when(activity: Activity) -> tuple[str, str, int]:
    return (activity.due_date or "9999", activity.due_time or "", activity.id)


def _zero(company: Company, record: Any) -> int:
    del company, record
    return 0


def _nothing(company: Company, record: Any) -> None:
    del company, record


def _deal_counts(link: str) -> Mapping[str, Extra]:
    def count(*statuses: str) -> Extra:
        return lambda c, r: sum(deal.status in statuses for deal in _deals(link, c, r))

    counts: dict[str, Extra] = {}
    for name, statuses in {
        "open": ("open",),
        "closed": ("won", "lost"),
        "won": ("won",),
        "lost": ("lost",),
    }.items():
        counts[f"{name}_deals_count"] = count(*statuses)
        counts[f"related_{name}_deals_count"] = _zero
    return counts


def _bcc(prefix: str) -> Extra:
    return lambda c, r: f"{c.domain}+{prefix}{r.id}@pipedrivemail.example"


def _participants(company: Company, deal: Any) -> int:
    others = {row.person_id for row in company.deal_participants.linked("deal_id", deal.id)}
    return len(others - {deal.person_id}) + (deal.person_id is not None)


def _people(company: Company, record: Any) -> int:
    people: Iterable[Any] = company.persons.linked("org_id", record.id)
    return sum(not person.is_deleted for person in people)


def _marketing(company: Company, record: Any) -> str:
    del company
    return record.marketing_status


def _first_won(company: Company, record: Any) -> str | None:
    del company
    return rfc3339(record.first_won_time)


_MAIL: Mapping[str, Extra] = {
    "last_incoming_mail_time": _nothing,
    "last_outgoing_mail_time": _nothing,
}

PERSON_EXTRAS: Mapping[str, Extra] = {
    **_activity_extras("person_id"),
    **_deal_counts("person_id"),
    **_MAIL,
    "participant_open_deals_count": _zero,
    "participant_closed_deals_count": _zero,
    "marketing_status": _marketing,
    "doi_status": _nothing,
    "smart_bcc_email": _bcc("person"),
}
ORGANIZATION_EXTRAS: Mapping[str, Extra] = {
    **_activity_extras("org_id"),
    **_deal_counts("org_id"),
    "people_count": _people,
    "smart_bcc_email": _bcc("org"),
}
DEAL_EXTRAS: Mapping[str, Extra] = {
    **_activity_extras("deal_id"),
    **_MAIL,
    "first_won_time": _first_won,
    "products_count": _zero,
    "participants_count": _participants,
    "smart_bcc_email": _bcc("deal"),
    "source_lead_id": lambda _, r: r.source_lead_id,
}
