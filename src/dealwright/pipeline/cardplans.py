"""Card plans: what each button of a card means to write, as pure data; one function for each op."""

import html
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, cast

from dealwright.core import identifier
from dealwright.core.cardact import CardAct
from dealwright.core.errors import MappingError, NeedsChoice
from dealwright.core.plan import Create, Plan, Update, differing
from dealwright.core.record import (
    Activity,
    ActivityType,
    Deal,
    Labelled,
    Organization,
    Person,
    Record,
    RecordId,
    RecordKind,
)
from dealwright.core.standins import Made, complete

_FALL_BACK_TYPE: Final = "task"


@dataclass(frozen=True, slots=True, kw_only=True)
class Sight:
    """What was looked up for an act: what it is done to, and whom its form names.

    `persons` and `organizations` are all that have the address, or the name, of the form. `made`
    are records that an earlier try made, by kind. `prefix` is what new records are known by.
    """

    subject: Record | None = None
    persons: tuple[Person, ...] = ()
    organizations: tuple[Organization, ...] = ()
    types: Sequence[ActivityType] = ()
    made: Mapping[RecordKind, RecordId] = field(default_factory=dict[RecordKind, RecordId])
    prefix: str = ""


def plan_of(act: CardAct, sight: Sight) -> Plan:
    """What an act means to write; raises MappingError and NeedsChoice."""
    return _PLANS[act.op](act, sight)


def _contact_create(act: CardAct, sight: Sight) -> Plan:
    if (known := sight.made.get(RecordKind.PERSON)) is not None:
        return Plan(changes=(), record_id=known)
    if sight.persons:
        # Somebody else was faster, or the search was late: never twice.
        return Plan(changes=(), record_id=sight.persons[0].id, code="already_there")
    values: dict[str, Any] = {"name": act.text("name")}
    if email := act.text("email"):
        values["emails"] = [{"value": email, "primary": True, "label": "work"}]
    if phone := act.text("phone"):
        values["phones"] = [{"value": phone, "primary": True, "label": "work"}]
    values |= _organization(act, sight) | _owner(act)
    if labels := act.fields.get("labels"):
        values["label_ids"] = [int(label) for label in labels]
    return _creating(RecordKind.PERSON, values, sight)


def _deal_create(act: CardAct, sight: Sight) -> Plan:
    if (known := sight.made.get(RecordKind.DEAL)) is not None:
        return Plan(changes=(), record_id=known)
    person = _person(sight)
    values: dict[str, Any] = {"title": act.text("title"), "person_id": person.id}
    organization = _organization(act, sight)
    if not organization and person.org_id is not None:
        organization = {"org_id": person.org_id}
    values |= organization | _owner(act)
    if value := act.text("value"):
        values["value"] = float(value.replace(",", "."))
    if currency := act.text("currency"):
        values["currency"] = currency.upper()
    if stage := act.text("stage"):
        values["stage_id"] = int(stage)
    if close := act.text("close"):
        values["expected_close_date"] = close
    return _creating(RecordKind.DEAL, values, sight)


def _note_create(act: CardAct, sight: Sight) -> Plan:
    if (known := sight.made.get(RecordKind.NOTE)) is not None:
        return Plan(changes=(), record_id=known)
    # It was typed as text, and a note is HTML.
    lines = html.escape(act.text("text")).splitlines()
    values = {"content": "<br>".join(lines)} | _noted_on(sight)
    return _creating(RecordKind.NOTE, values, sight)


def _activity_create(act: CardAct, sight: Sight) -> Plan:
    if (known := sight.made.get(RecordKind.ACTIVITY)) is not None:
        return Plan(changes=(), record_id=known)
    values: dict[str, Any] = {"subject": act.text("subject"), "type": _type(act, sight)}
    values |= _with_whom(sight) | _owner(act)
    if act.due_date:
        values["due_date"] = act.due_date
    if act.due_time:
        values["due_time"] = act.due_time
    if note := act.text("note"):
        values["note"] = "<br>".join(html.escape(note).splitlines())
    return _creating(RecordKind.ACTIVITY, values, sight)


def _log_email(act: CardAct, sight: Sight) -> Plan:
    as_note = act.text("how") == "note"
    kind = RecordKind.NOTE if as_note else RecordKind.ACTIVITY
    for known in (RecordKind.ACTIVITY, RecordKind.NOTE):
        if known in sight.made:
            return Plan(changes=(), record_id=sight.made[known], code="already_there")
    subject = act.text("subject") or "E-mail"
    if as_note:
        content = f"<b>{html.escape(subject)}</b><br>{act.due_date} {act.due_time}".rstrip()
        there = {"deal_id": int(deal)} if (deal := act.text("deal")) else {}
        return _creating(kind, {"content": content} | _noted_on(sight) | there, sight)
    mail = next((one for one in sight.types if one.key_string == "email"), None)
    values: dict[str, Any] = {
        "subject": subject,
        "type": mail.key_string if mail else _type(act, sight),
        "done": True,
    }
    if act.due_date:
        values["due_date"] = act.due_date
    if act.due_time:
        values["due_time"] = act.due_time
    if deal := act.text("deal"):
        values["deal_id"] = int(deal)
    return _creating(kind, values | _with_whom(sight), sight)


def _activity_done(act: CardAct, sight: Sight) -> Plan:
    return _updating(sight, Activity, {"done": act.ticked})


def _deal_won(_: CardAct, sight: Sight) -> Plan:
    return _updating(sight, Deal, {"status": "won"})


def _deal_lost(act: CardAct, sight: Sight) -> Plan:
    values = {"status": "lost"}
    if reason := act.text("reason"):
        values["lost_reason"] = reason
    return _updating(sight, Deal, values)


def _deal_stage(act: CardAct, sight: Sight) -> Plan:
    values: dict[str, Any] = {"stage_id": int(act.text("stage"))}
    if close := act.text("close"):
        values["expected_close_date"] = close
    return _updating(sight, Deal, values)


def _labels_set(act: CardAct, sight: Sight) -> Plan:
    wanted = [int(label) for label in act.fields.get("labels", ())]
    current = getattr(sight.subject, "label_ids", ())
    if sorted(wanted) == sorted(current):
        return _updating(sight, (Person, Deal), {})
    return _updating(sight, (Person, Deal), {"label_ids": wanted})


def _owner_set(act: CardAct, sight: Sight) -> Plan:
    return _updating(sight, (Person, Deal), {"owner_id": int(act.text("owner"))})


def _address_add(act: CardAct, sight: Sight) -> Plan:
    person = _person(sight)
    wanted = identifier.email(act.address).value
    if any(_same_address(one, wanted) for one in person.emails):
        return Plan(changes=(), record_id=person.id, code="already_there")
    # https://developers.pipedrive.com/docs/api/v1/Persons#updatePerson: the list is written whole.
    emails = [
        {"value": one.value, "label": one.label or "work", "primary": one.primary}
        for one in person.emails
    ]
    emails.append({"value": act.address, "label": "other", "primary": not emails})
    return _updating(sight, Person, {"emails": emails})


_PLANS: Final[Mapping[str, Callable[[CardAct, Sight], Plan]]] = {
    "contact_create": _contact_create,
    "deal_create": _deal_create,
    "note_create": _note_create,
    "activity_create": _activity_create,
    "activity_done": _activity_done,
    "deal_won": _deal_won,
    "deal_lost": _deal_lost,
    "deal_stage": _deal_stage,
    "labels_set": _labels_set,
    "owner_set": _owner_set,
    "address_add": _address_add,
    "log_email": _log_email,
}


def _creating(kind: RecordKind, values: Mapping[str, Any], sight: Sight) -> Plan:
    external_id = f"{sight.prefix}/{kind}" if sight.prefix else ""
    return complete(Plan(changes=(Create(kind=kind, values=values, external_id=external_id),)))


def _updating(
    sight: Sight, kinds: type[Record] | tuple[type[Record], ...], wanted: Mapping[str, Any]
) -> Plan:
    """Change what differs of the record that the button is for."""
    record = sight.subject
    if record is None or not isinstance(record, kinds):
        raise _gone()
    current = {key: getattr(record, key, None) for key in wanted}
    values = differing(wanted, current)
    if not values:
        return Plan(changes=(), record_id=record.id)
    kind = RecordKind(type(record).__name__.lower())
    before = {key: _plain(current[key]) for key in values}
    change = Update(kind=kind, record_id=record.id, values=values, before=before)
    return Plan(changes=(change,), record_id=record.id)


def _organization(act: CardAct, sight: Sight) -> dict[str, Any]:
    """The organization of a name: the one that has it, or one that is added first."""
    name = act.text("org")
    if not name:
        return {}
    if (known := sight.made.get(RecordKind.ORGANIZATION)) is not None:
        return {"org_id": known}
    hits = sight.organizations
    exact = [one for one in hits if one.name == name] or list(hits)
    if len(exact) > 1:
        raise NeedsChoice(
            f"{len(exact)} organizations have this name. Add the contact without one, and choose "
            "in Pipedrive.",
            candidates=[one.id for one in exact],
        )
    if exact:
        return {"org_id": exact[0].id}
    external_id = f"{sight.prefix}/{RecordKind.ORGANIZATION}"
    create = Create(
        kind=RecordKind.ORGANIZATION, values={"name": name} | _owner(act), external_id=external_id
    )
    return {"org_id": Made(create=create)}


def _owner(act: CardAct) -> dict[str, Any]:
    owner = act.text("owner")
    return {"owner_id": int(owner)} if owner else {}


def _noted_on(sight: Sight) -> dict[str, Any]:
    """On which record a new note stands."""
    if isinstance(sight.subject, Deal):
        return {"deal_id": sight.subject.id}
    return {"person_id": _person(sight).id}


def _with_whom(sight: Sight) -> dict[str, Any]:
    """Who takes part in a new activity, and which deal it is about."""
    match sight.subject:
        case Deal(id=deal_id, person_id=person_id):
            taking_part = [] if person_id is None else [{"person_id": person_id, "primary": True}]
            return {"deal_id": deal_id, "participants": taking_part}
        case _:
            person = _person(sight)
            there: dict[str, Any] = {"participants": [{"person_id": person.id, "primary": True}]}
            return there if person.org_id is None else there | {"org_id": person.org_id}


def _type(act: CardAct, sight: Sight) -> str:
    """The type that was chosen, or the first that is active."""
    if wanted := act.text("type"):
        return wanted
    active = sorted((one for one in sight.types if one.active_flag), key=lambda one: one.order_nr)
    return active[0].key_string if active else _FALL_BACK_TYPE


def _person(sight: Sight) -> Person:
    if not isinstance(sight.subject, Person):
        raise _gone()
    return sight.subject


def _gone() -> MappingError:
    return MappingError(
        "This record is no longer in Pipedrive. Open the message again.", code="record_gone"
    )


def _same_address(one: Labelled, wanted: str) -> bool:
    try:
        return identifier.email(one.value).value == wanted
    except MappingError:
        return False


def _plain(value: Any) -> Any:
    """A value as a request has it, to write it back."""
    if isinstance(value, tuple):
        return [_plain(each) for each in cast("tuple[Any, ...]", value)]
    if isinstance(value, Labelled):
        return {"value": value.value, "label": value.label, "primary": value.primary}
    return value
