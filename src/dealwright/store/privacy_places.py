"""Places: every table of the store, and whether somebody's data may be in it.

A table that is not told of here fails a test: whoever adds one says what an erasure does with it.
"""

from collections.abc import Mapping, Sequence
from typing import Any, Final

import msgspec
import sqlalchemy as sa

from dealwright.core.event import TOMBSTONE
from dealwright.core.privacy import REMOVED, Sought, opened_body
from dealwright.store.api_tables import imports
from dealwright.store.card_acts import DONE
from dealwright.store.card_tables import card_acts
from dealwright.store.dry_run_tables import dry_run_results, dry_runs
from dealwright.store.journal_tables import corrections, journal
from dealwright.store.keeping_tables import meeting_holds
from dealwright.store.meeting_tables import meeting_choices, meeting_reports
from dealwright.store.people_tables import audit
from dealwright.store.privacy_deliveries import OfDeliveries
from dealwright.store.privacy_scan import Place, Row, Scan
from dealwright.store.proposal_tables import proposals
from dealwright.store.review_tables import (
    review_answers,
    review_decisions,
    review_questions,
    teachings,
)
from dealwright.store.tables import (
    attempts,
    events,
    intents,
    links,
    mirror_keys,
    mirror_records,
    rejects,
    written,
)

# -- whose rows are


def _event(row: Row, sought: Sought) -> bool:
    payload = bytes(row["payload"])
    around = None if row["envelope"] is None else bytes(row["envelope"])
    if payload == TOMBSTONE:
        return False
    if not sought.may_be_in(payload) and not (around and sought.may_be_in(around)):
        return False
    body = opened_body(payload, around)
    if body is None or not sought.is_of(body, row["source_id"]):
        return False
    sought.events.add(row["seq"])
    return True


def _rejected(row: Row, sought: Sought) -> bool:
    """By an id that is written out: what was refused may be no JSON at all."""
    quoted = (f'"{one}"'.encode() for one in sought.user_ids)
    return any(one in bytes(row["payload"]) for one in quoted)


def _record(row: Row, sought: Sought) -> bool:
    return sought.is_person(row["connection_id"], row["kind"], row["record_id"])


def _link(row: Row, sought: Sought) -> bool:
    called = row["kind"] == "person" and sought.has_id(row["external_id"], row["source_id"])
    return called or _record(row, sought)


def _external(row: Row, sought: Sought) -> bool:
    return _record(row, sought) or (
        row["kind"] == "person" and row["external_id"] in sought.user_ids
    )


def _taught(row: Row, sought: Sought) -> bool:
    known = row["kind"] == "person" and sought.has_id(row["key"], row["source_id"])
    return known or sought.is_person(row["connection_id"], row["kind"], row["value"])


def _foretold(row: Row, sought: Sought) -> bool:
    """By event, record, or a sender's id in the Trace; what a dry run foretold may always go."""
    told: dict[str, Any] = opened_body(bytes(row["body"])) or {}
    words = {word for line in told.get("trace", ()) for word in line.split()}
    return (
        not sought.events.isdisjoint(told.get("events", ()))
        or not sought.user_ids.isdisjoint(words)
        or (told.get("kind") == "person" and sought.has_number(told.get("record_id")))
    )


def _audited(row: Row, sought: Sought) -> bool:
    """Whose name or id was taught, or is not any more."""
    return any(_lesson_of(told, sought) for told in _lessons(row))


def _lessons(row: Row) -> list[dict[str, Any]]:
    if not row["action"].startswith("teaching."):
        return []
    return [opened_body(bytes(row[key] or b"")) or {} for key in ("before", "after")]


def _lesson_of(told: dict[str, Any], sought: Sought) -> bool:
    theirs = sought.is_person(told.get("connection_id", 0), told.get("kind"), told.get("value"))
    return theirs and told.get("shown") != REMOVED


def _mirrored(row: Row, sought: Sought) -> bool:
    is_known = not row["deleted"] and bytes(row["body"]) != _stub(row)
    return is_known and _record(row, sought)


# -- what is left


def _tombstone(row: Row, _: Sought) -> Mapping[str, Any]:
    return {"payload": TOMBSTONE, "envelope": None, "message_id": f"erased-{row['seq']}"}


def _unnamed(row: Row, sought: Sought) -> Mapping[str, Any]:
    """Who taught what and when stays; not of whom."""
    before, after = (
        msgspec.json.encode({**told, "shown": REMOVED}) if _lesson_of(told, sought) else None
        for told in _lessons(row)
    )
    return {"before": before or row["before"], "after": after or row["after"]}


def _unread(row: Row, sought: Sought) -> Mapping[str, Any] | None:
    """Nothing, or no more than that there is a record, which has to be read when it is needed."""
    if not sought.comes_back:
        return None
    return {"body": _stub(row), "exact": 0}


def _stub(row: Row) -> bytes:
    return b'{"id":%d}' % int(row["record_id"])


def _forget_keys(db: sa.Connection, rows: Sequence[Row], sought: Sought) -> None:
    # Who may come back is found by the numbers of what they are known by; else two would be made.
    for row in () if sought.comes_back else rows:
        db.execute(
            sa.delete(mirror_keys).where(
                mirror_keys.c.connection_id == row["connection_id"],
                mirror_keys.c.kind == row["kind"],
                mirror_keys.c.record_id == row["record_id"],
            )
        )


_NOT_HELD: Final = ~sa.exists().where(meeting_holds.c.meeting_id == meeting_choices.c.meeting_id)
_PERSON: Final = mirror_records.c.kind == "person"

#: Where they are looked for, in the order in which they are erased: events first, for all that was
#: made of them follows from those.
PLACES: Final[tuple[Place, ...]] = (
    Scan(
        name="events",
        table=events,
        keys=("seq",),
        json=("payload", "envelope"),
        mine=_event,
        gone=_tombstone,
    ),
    Scan(
        name="rejects",
        table=rejects,
        json=("payload",),
        texts=("reason",),
        mine=_rejected,
        whole=True,
        gone=lambda _, __: {"payload": b"", "reason": ""},
    ),
    OfDeliveries(),
    Scan(name="attempts", table=attempts, json=("calls",)),
    Scan(name="intents", table=intents, json=("body",), texts=("external_id",), mine=_external),
    Scan(
        name="journal",
        table=journal,
        json=("before", "after"),
        texts=("external_id",),
        mine=_external,
    ),
    Scan(name="corrections", table=corrections, json=("body",), texts=("summary",)),
    Scan(
        name="links",
        table=links,
        keys=("connection_id", "source_id", "kind", "external_id"),
        texts=("external_id",),
        mine=_link,
        whole=True,
    ),
    Scan(
        name="written",
        table=written,
        keys=("connection_id", "kind", "record_id"),
        mine=_record,
    ),
    Scan(
        name="mirror: persons",
        table=mirror_records,
        keys=("connection_id", "kind", "record_id"),
        json=("body",),
        mine=_mirrored,
        whole=True,
        gone=_unread,
        also=_forget_keys,
        beside=(mirror_keys,),
        only=_PERSON,
    ),
    Scan(
        # It is read by its id before it decides anything: what stands in Pipedrive comes back.
        name="mirror: other records",
        table=mirror_records,
        keys=("connection_id", "kind", "record_id"),
        json=("body",),
        marked={"exact": 0},
        only=~_PERSON,
    ),
    Scan(
        name="reports of meetings to come",
        table=meeting_reports,
        json=("body",),
        only=meeting_reports.c.meeting_id.is_(None),
    ),
    Scan(
        name="choices of guests",
        table=meeting_choices,
        keys=("meeting_id", "slot"),
        texts=("slot",),
        whole=True,
        only=_NOT_HELD,
    ),
    Scan(
        name="card buttons",
        table=card_acts,
        json=("body",),
        whole=True,
        gone=lambda _, __: {"body": DONE},
    ),
    Scan(
        name="questions to people",
        table=review_questions,
        keys=("delivery_id", "position"),
        json=("body",),
        texts=("same",),
        whole=True,
    ),
    Scan(
        name="answers of people",
        table=review_answers,
        keys=("delivery_id", "same"),
        json=("body",),
        texts=("same",),
        whole=True,
    ),
    Scan(name="decisions", table=review_decisions, json=("body",), texts=("item", "same")),
    Scan(
        name="teachings",
        table=teachings,
        texts=("key", "value", "shown"),
        mine=_taught,
        whole=True,
    ),
    Scan(
        name="proposals",
        table=proposals,
        json=("wish", "preview", "result"),
        texts=("summary", "reason"),
    ),
    Scan(
        name="dry runs",
        table=dry_runs,
        json=("wanted", "summary"),
        texts=("name", "message"),
    ),
    Scan(
        name="results of dry runs",
        table=dry_run_results,
        keys=("dry_run_id", "number"),
        json=("body",),
        mine=_foretold,
        whole=True,
    ),
    # Who did what stays; only whom it was about goes.
    Scan(name="audit", table=audit, json=("before", "after"), mine=_audited, gone=_unnamed),
    Scan(name="imports", table=imports, texts=("name", "message")),
)

#: Tables whose rows are cleared with a Meeting (pipeline/meetingerasure.py).
WITH_MEETINGS: Final = frozenset(
    {
        *("meetings", "meeting_reports", "meeting_inbox", "meeting_summaries", "meeting_texts"),
        *("meeting_media", "meeting_choices"),
    }
)

_STAFF: Final = "of those who use the hub, not of customers: `dealwright users` removes them"
_OURS: Final = "what operators configured"
_COUNTS: Final = "numbers, codes and times only"
_SECRETS: Final = "hashes and sealed secrets of the hub"

#: All others, and why nobody is looked for there.
NOT_PERSONAL: Final[Mapping[str, str]] = {
    **dict.fromkeys(
        (
            *("users", "sessions", "recovery_codes", "set_up_links", "tries", "oidc_visits"),
            *("google_users", "google_tickets", "card_devices", "card_codes", "card_readers"),
            *("catalogue", "meeting_share_views", "touches", "drift_names", "drifts"),
        ),
        _STAFF,
    ),
    **dict.fromkeys(
        (
            *("sources", "connections", "connection_sources", "mappings", "mapping_versions"),
            *("card_settings", "event_hooks", "meeting_sources", "webhooks", "source_privacy"),
        ),
        _OURS,
    ),
    **dict.fromkeys(
        (
            *("leases", "ledger", "mirror_state", "replays", "budgets", "budget_leases"),
            *("renewals", "meeting_refusals", "meeting_desk", "meeting_links", "meeting_writes"),
            *("meeting_removals", "privacy_state", "correction_parts"),
            *("duplicates", "duplicates_apart", "duplicate_looks"),
            *("alerts", "alert_sends"),
        ),
        _COUNTS,
    ),
    **dict.fromkeys(
        (
            *("write_keys", "api_keys", "sealing_keys", "card_keys", "privacy_keys", "sign_ins"),
            "meeting_shares",
        ),
        _SECRETS,
    ),
    "seen": "digests of messageIds, gone after a week",
    "repeatable": "answers to programs, sealed, gone after a day",
    "meeting_holds": "why a Meeting must stay: the law's business",
    "suppressed": "keyed digests",
    "suppressed_records": "numbers of records, so that the mirror leaves them out",
    "erasures": "sealed until it is done, then counts and digests",
}


def declared() -> dict[str, str]:
    """Every table that is told of, and how."""
    told = {table.name: place.name for place in PLACES for table in place.tables}
    return {**dict.fromkeys(WITH_MEETINGS, "meetings"), **told, **NOT_PERSONAL}
