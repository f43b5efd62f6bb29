"""v2 conversion of a lead into a deal, which takes its time. Source: openapi-v2."""

from typing import Any, Literal, TypeAlias

import msgspec
from msgspec import Struct

from dealwright.sandbox.answers import Answer, Json, Refusal, invalid, success, v1_missing
from dealwright.sandbox.call import Call
from dealwright.sandbox.company import Actor, Company
from dealwright.sandbox.deals import check_room, first_stage
from dealwright.sandbox.records import Deal, Lead
from dealwright.sandbox.resource import mark_deleted
from dealwright.sandbox.validate import Shape, check_body, known
from dealwright.sandbox.visibility import sees

Status: TypeAlias = Literal["not_started", "running", "completed", "failed", "rejected"]
_SHAPE: Shape = {"stage_id": known("stage"), "pipeline_id": known("pipeline")}


class Conversion(Struct, kw_only=True):
    """One conversion under way."""

    id: str
    lead_id: str
    status: Status = "not_started"
    deal_id: int | None = None


def _not_found() -> Refusal:
    return v1_missing("Entity was not found")


def _lead(call: Call) -> Lead:
    lead = call.company.leads.get(call.params[0].lower())
    if lead is None or lead.is_deleted or not sees(call.user, call.company, lead):
        raise _not_found()
    return lead


def convert(call: Call) -> Answer:
    """`POST /leads/{id}/convert/deal`: starts it, and says under which id to ask for it."""
    lead = _lead(call)
    values = check_body(call.json(), _SHAPE, call)
    if len(values) > 1:
        raise invalid(["stage_id: Only one of stage_id and pipeline_id can be given"])
    company = call.company
    conversion = Conversion(id=company.fresh_uuid(), lead_id=lead.id)
    company.conversions[conversion.id] = conversion
    half_ms = int(company.options.conversion_s * 500)
    place = _place(company, values)
    company.agenda.at(call.now_ms + half_ms, lambda: _start(conversion))
    company.agenda.at(
        call.now_ms + 2 * half_ms, lambda: _finish(company, conversion, place, call.actor)
    )
    return success({"conversion_id": conversion.id})


def _place(company: Company, values: Json) -> tuple[int, int]:
    stage = company.stages.get(values.get("stage_id", 0))
    if stage is not None:
        return stage.pipeline_id, stage.id
    return first_stage(company, values.get("pipeline_id"))


def status(call: Call) -> Answer:
    """`GET /leads/{id}/convert/status/{conversion_id}`."""
    conversion = call.company.conversions.get(call.params[1])
    if conversion is None or conversion.lead_id != call.params[0].lower():
        raise _not_found()
    data: Json = {
        "lead_id": conversion.lead_id,
        "conversion_id": conversion.id,
        "status": conversion.status,
    }
    if conversion.deal_id is not None:
        data["deal_id"] = conversion.deal_id
    return success(data)


def _start(conversion: Conversion) -> None:
    conversion.status = "running"


def _finish(company: Company, conversion: Conversion, place: tuple[int, int], actor: Actor) -> None:
    lead = company.leads.get(conversion.lead_id)
    if lead is None or lead.is_deleted:
        conversion.status = "failed"
        return
    try:
        check_room(company)
    except Refusal:
        conversion.status = "rejected"
        return
    deal = _deal_of(company, lead, place, actor)
    company.save("deal", deal, actor)
    for kind in ("note", "activity"):
        for record in company.tables[kind].linked("lead_id", lead.id):
            moved: Any = msgspec.structs.replace(record, lead_id=None, deal_id=deal.id)
            company.save(kind, moved, actor)
    mark_deleted(company, "lead", lead, actor)
    conversion.deal_id = deal.id
    conversion.status = "completed"


def _deal_of(company: Company, lead: Lead, place: tuple[int, int], actor: Actor) -> Deal:
    now = company.clock.now_ms()
    money = lead.value
    owner = company.users.get(lead.owner_id)
    return Deal(
        id=company.deals.next_id(),
        title=lead.title,
        creator_user_id=actor.user_id,
        owner_id=lead.owner_id,
        person_id=lead.person_id,
        org_id=lead.organization_id,
        pipeline_id=place[0],
        stage_id=place[1],
        value=money.amount if money else 0,
        currency=money.currency if money else (owner.default_currency if owner else "USD"),
        expected_close_date=lead.expected_close_date,
        visible_to=lead.visible_to,
        origin=lead.origin,
        channel=lead.channel,
        channel_id=lead.channel_id,
        source_lead_id=lead.id,
        custom=lead.custom,
        add_time=now,
        update_time=now,
    )
