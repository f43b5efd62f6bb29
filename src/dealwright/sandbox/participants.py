"""v1 deal participants. Source: openapi-v1 `/deals/{id}/participants`."""

from dealwright.sandbox import viewsv1
from dealwright.sandbox.answers import Answer, Json, success, v1_missing, v1_refusal
from dealwright.sandbox.call import Call
from dealwright.sandbox.clock import spaced
from dealwright.sandbox.company import Company
from dealwright.sandbox.paging import page_v1
from dealwright.sandbox.records import Deal, DealParticipant
from dealwright.sandbox.visibility import sees


def _deal(call: Call) -> Deal:
    text = call.params[0]
    deal = call.company.deals.get(int(text)) if text.isdecimal() else None
    if deal is None or deal.is_deleted or not sees(call.user, call.company, deal):
        raise v1_missing("Deal not found")
    return deal


def _view(company: Company, deal: Deal, row: DealParticipant) -> Json:
    person = company.persons.get(row.person_id)
    return {
        "id": row.id,
        "person_id": viewsv1.person_ref(company, row.person_id),
        "add_time": spaced(row.add_time),
        "active_flag": True,
        "related_item_data": {"deal_id": deal.id, "title": deal.title},
        "person": viewsv1.nested_person(company, person) if person else None,
        "added_by_user_id": viewsv1.user_ref(company, row.added_by_user_id),
        "related_item_type": "deal",
        "related_item_id": deal.id,
    }


def list_participants(call: Call) -> Answer:
    """`GET /deals/{id}/participants`."""
    deal = _deal(call)
    rows = call.company.deal_participants.linked("deal_id", deal.id)
    page, pagination = page_v1(call, rows)
    data = [_view(call.company, deal, row) for row in page]
    return success(data, additional_data={"pagination": pagination})


def add(call: Call) -> Answer:
    """`POST /deals/{id}/participants`."""
    deal = _deal(call)
    person_id = call.form_or_json().get("person_id")
    person = call.company.persons.get(person_id) if isinstance(person_id, int) else None
    if person is None or person.is_deleted:
        raise v1_refusal(400, "Person not found or not accessible.")
    row = DealParticipant(
        id=call.company.deal_participants.next_id(),
        deal_id=deal.id,
        person_id=person.id,
        added_by_user_id=call.user.id,
        add_time=call.now_ms,
    )
    call.company.save("deal_participant", row, call.actor)
    return success(_view(call.company, deal, row))


def remove(call: Call) -> Answer:
    """`DELETE /deals/{id}/participants/{deal_participant_id}`."""
    deal = _deal(call)
    text = call.params[1]
    row = call.company.deal_participants.get(int(text)) if text.isdecimal() else None
    if row is None or row.deal_id != deal.id:
        raise v1_missing("Participant not found")
    call.company.purge("deal_participant", row.id, call.actor)
    return success({"id": row.id})
