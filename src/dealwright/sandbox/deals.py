"""v2 deals. Source: openapi-v2 `/deals`, migration guide, changelog on archived deals."""

from typing import Any

import msgspec

from dealwright.sandbox.answers import Answer, Json, capped, invalid
from dealwright.sandbox.call import Call
from dealwright.sandbox.clock import day, rfc3339
from dealwright.sandbox.company import Company
from dealwright.sandbox.counts import DEAL_EXTRAS
from dealwright.sandbox.customvalues import custom_fields, merged
from dealwright.sandbox.persons import patched_custom
from dealwright.sandbox.records import Deal
from dealwright.sandbox.resource import Resource
from dealwright.sandbox.validate import (
    Shape,
    Spot,
    between,
    boolean,
    day_text,
    filled_text,
    integer,
    known,
    labels,
    moment,
    nullable,
    number,
    one_of,
    require,
    text,
    visibility,
)
from dealwright.sandbox.visibility import default_visibility

# A company's cap, whatever its seats. Source: the usage-limits article.
MOST_OPEN_DEALS = 300_000
STATUSES = ("open", "won", "lost")
CURRENCIES = ("USD", "EUR", "GBP", "SEK", "NOK", "DKK", "CHF", "PLN", "JPY", "CAD", "AUD", "BRL")


def _currency(value: Any, spot: Spot) -> Any:
    if value not in CURRENCIES:
        spot.fail("This value is not a valid currency.")
    return value


PATCH_SHAPE: Shape = {
    "title": filled_text,
    "owner_id": known("user"),
    "person_id": known("person"),
    "org_id": known("organization"),
    "pipeline_id": known("pipeline"),
    "stage_id": known("stage"),
    "value": number,
    "currency": _currency,
    "is_archived": boolean,
    "archive_time": moment,
    "status": one_of(*STATUSES),
    "probability": nullable(between(0, 100)),
    "lost_reason": nullable(text),
    "visible_to": visibility,
    "close_time": nullable(moment),
    "won_time": moment,
    "lost_time": moment,
    "expected_close_date": day_text,
    "label_ids": labels("deal"),
    "channel": nullable(integer),
    "channel_id": nullable(text),
    "custom_fields": custom_fields("deal"),
}
CREATE_SHAPE: Shape = {**PATCH_SHAPE, "origin_id": nullable(text)}


def first_stage(company: Company, pipeline_id: int | None) -> tuple[int, int]:
    """Pipeline and its first stage; the default pipeline has the lowest `order_nr`."""
    if pipeline_id is None:
        alive = [row for row in company.pipelines.values() if not row.is_deleted]
        pipeline_id = min(alive, key=lambda row: row.order_nr).id
    stages = [s for s in company.stages.linked("pipeline_id", pipeline_id) if not s.is_deleted]
    if not stages:
        raise invalid([f"pipeline_id: Pipeline {pipeline_id} has no stages"])
    return pipeline_id, min(stages, key=lambda row: row.order_nr).id


def _place(company: Company, values: Json) -> Json:
    stage = company.stages.get(values["stage_id"]) if "stage_id" in values else None
    if stage is not None:
        return {"pipeline_id": stage.pipeline_id, "stage_id": stage.id}
    pipeline_id, stage_id = first_stage(company, values.get("pipeline_id"))
    return {"pipeline_id": pipeline_id, "stage_id": stage_id}


_STATUS_RULES = {
    "lost_reason": (("lost",), "lost_reason can only be set for a lost deal"),
    "won_time": (("won",), "won_time can only be set for a won deal"),
    "lost_time": (("lost",), "lost_time can only be set for a lost deal"),
    "close_time": (("won", "lost"), "close_time can only be set for a won or lost deal"),
}


def _check_status_rules(values: Json, status: str) -> None:
    faults = [
        f"{name}: {sentence}"
        for name, (statuses, sentence) in _STATUS_RULES.items()
        if values.get(name) is not None and status not in statuses
    ]
    if faults:
        raise invalid(faults)


def _status_times(values: Json, status: str, before: str | None, now_ms: int) -> Json:
    if status == before:
        return {}
    if status == "won":
        at = values.get("won_time", now_ms)
        return {"won_time": at, "close_time": at, "lost_time": None}
    if status == "lost":
        at = values.get("lost_time", now_ms)
        return {"lost_time": at, "close_time": at, "won_time": None}
    # A reopened deal keeps its lost_reason text (seen live).
    return {"won_time": None, "lost_time": None, "close_time": None}


def make(call: Call, values: Json) -> Deal:
    """A new deal: value 0, the user's currency, open, first stage of the default pipeline."""
    require(values, "title")
    company = call.company
    rest = dict(values)
    status = rest.setdefault("status", "open")
    _check_status_rules(rest, status)
    if status == "open":
        check_room(company)
    place = _place(company, rest)
    rest.update(place)
    rest.update(_status_times(rest, status, "open", call.now_ms))
    if rest.get("won_time") is not None:
        rest["first_won_time"] = rest["won_time"]
    custom = rest.pop("custom_fields", {})
    rest.setdefault("owner_id", call.user.id)
    rest.setdefault("currency", call.user.default_currency)
    rest.setdefault("visible_to", default_visibility(company))
    _archive(rest, call.now_ms)
    return Deal(
        id=company.deals.next_id(),
        origin="API" if call.actor.source == "api" else "ManuallyCreated",
        creator_user_id=call.user.id,
        **rest,
        add_time=call.now_ms,
        update_time=call.now_ms,
        custom=merged(None, custom),
    )


def check_room(company: Company) -> None:
    """Raise Refusal 403 when the plan's cap of open deals and leads is reached."""
    cap = min(company.plan.open_deals_per_seat * company.options.seats, MOST_OPEN_DEALS)
    if len(company.deals) + len(company.leads) < cap:
        return
    taken = sum(d.status == "open" and not d.is_deleted for d in company.deals.values())
    taken += sum(not lead.is_deleted for lead in company.leads.values())
    if taken >= cap:
        raise capped(
            "Couldn't add the deal. Open deals limit reached.", code="feature_capping_deals_limit"
        )


def _archive(rest: Json, now_ms: int) -> None:
    if rest.get("is_archived") is True:
        rest.setdefault("archive_time", now_ms)
    elif rest.get("is_archived") is False:
        rest["archive_time"] = None


def change(call: Call, deal: Deal, values: Json) -> Deal:
    """The deal with what a PATCH says; an archived deal can only be unarchived."""
    if deal.is_archived and values.get("is_archived") is not False:
        raise invalid(["id: Archived deals cannot be edited, unarchive the deal first"])
    rest = dict(values)
    status = rest.get("status", deal.status)
    _check_status_rules(rest, status)
    if "stage_id" in rest or rest.get("pipeline_id", deal.pipeline_id) != deal.pipeline_id:
        rest.update(_place(call.company, rest))
    if rest.get("stage_id", deal.stage_id) != deal.stage_id:
        rest["stage_change_time"] = call.now_ms
    rest.update(_status_times(rest, status, deal.status, call.now_ms))
    if rest.get("won_time") is not None and deal.first_won_time is None:
        rest["first_won_time"] = rest["won_time"]
    if "custom_fields" in rest:
        rest["custom"] = patched_custom(call.company, deal.custom, rest.pop("custom_fields"))
    _archive(rest, call.now_ms)
    return msgspec.structs.replace(deal, **rest)


def whole(amount: float) -> float:
    """An amount as JSON shows it: 5, not 5.0."""
    return int(amount) if amount == int(amount) else amount


def view(company: Company, deal: Deal) -> Json:
    """The deal as v2 shows it, without custom fields."""
    del company
    return {
        "id": deal.id,
        "title": deal.title,
        "creator_user_id": deal.creator_user_id,
        "owner_id": deal.owner_id,
        "value": whole(deal.value),
        "person_id": deal.person_id,
        "org_id": deal.org_id,
        "stage_id": deal.stage_id,
        "pipeline_id": deal.pipeline_id,
        "currency": deal.currency,
        "archive_time": rfc3339(deal.archive_time),
        "add_time": rfc3339(deal.add_time),
        "update_time": rfc3339(deal.update_time),
        "stage_change_time": rfc3339(deal.stage_change_time),
        "status": deal.status,
        "is_archived": deal.is_archived,
        "is_deleted": deal.is_deleted,
        "probability": deal.probability,
        "lost_reason": deal.lost_reason,
        "visible_to": deal.visible_to,
        **_times_view(deal),
        "expected_close_date": deal.expected_close_date,
        "label_ids": deal.label_ids,
        "origin": deal.origin,
        "origin_id": deal.origin_id,
        "channel": deal.channel,
        "channel_id": deal.channel_id,
        "source_lead_id": deal.source_lead_id,
        "acv": None,
        "arr": None,
        "mrr": None,
    }


def _times_view(deal: Deal) -> Json:
    return {
        "close_time": rfc3339(deal.close_time),
        "won_time": rfc3339(deal.won_time),
        "lost_time": rfc3339(deal.lost_time),
        "local_won_date": None if deal.won_time is None else day(deal.won_time),
        "local_lost_date": None if deal.lost_time is None else day(deal.lost_time),
        "local_close_date": None if deal.close_time is None else day(deal.close_time),
    }


class Deals(Resource):
    """Deals: also listed by status, and archived ones apart."""

    def page(self, call: Call) -> Answer:
        """`GET /deals`: not archived; all but deleted unless `status` says otherwise."""
        wanted = _statuses(call)
        return self.listed(call, lambda deal: not deal.is_archived and _in(deal, wanted, call))

    def archived(self, call: Call) -> Answer:
        """`GET /deals/archived`."""
        wanted = _statuses(call)
        return self.listed(call, lambda deal: deal.is_archived and _in(deal, wanted, call))


def _statuses(call: Call) -> frozenset[str]:
    text_value = call.query.get("status")
    if text_value is None:
        return frozenset(STATUSES)
    wanted = frozenset(part.strip() for part in text_value.split(","))
    if not wanted <= {*STATUSES, "deleted"}:
        raise invalid(["status: The value should be one of: open, won, lost, deleted"])
    return wanted


def _in(deal: Deal, wanted: frozenset[str], call: Call) -> bool:
    if deal.is_deleted:
        return "deleted" in wanted and not call.company.gone(deal)
    return deal.status in wanted


DEALS = Deals(
    kind="deal",
    noun="Deal",
    create_shape=CREATE_SHAPE,
    patch_shape=PATCH_SHAPE,
    make=make,
    change=change,
    view=view,
    extras=DEAL_EXTRAS,
    filters={
        "owner_id": "owner_id",
        "person_id": "person_id",
        "org_id": "org_id",
        "pipeline_id": "pipeline_id",
        "stage_id": "stage_id",
    },
)
