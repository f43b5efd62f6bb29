"""Card act: what a button of a card is to do, with what was filled in, ready to be done later."""

import hashlib
import re
from datetime import UTC, datetime, time
from typing import Final

import msgspec

from dealwright.core import identifier
from dealwright.core.cardform import Form, FormFault
from dealwright.core.errors import MappingError
from dealwright.core.record import RecordKind
from dealwright.core.zone import zone_of

#: Ops that write, and of which kind of record each is.
WRITES: Final = {
    "contact_create": RecordKind.PERSON,
    "deal_create": RecordKind.DEAL,
    "note_create": RecordKind.NOTE,
    "activity_create": RecordKind.ACTIVITY,
    "activity_done": RecordKind.ACTIVITY,
    "deal_won": RecordKind.DEAL,
    "deal_lost": RecordKind.DEAL,
    "deal_stage": RecordKind.DEAL,
    "labels_set": RecordKind.PERSON,
    "owner_set": RecordKind.PERSON,
    "address_add": RecordKind.PERSON,
    "log_email": RecordKind.ACTIVITY,
}

#: What the setting that forbids an op calls it (`create`, `update`, `log`).
PERMISSION: Final = {
    op: "log" if op == "log_email" else "create" if op.endswith("_create") else "update"
    for op in WRITES
}

#: What has to be filled in, and what is said without it.
NEEDED: Final = {
    "contact_create": ("name", "Type a name: nobody is added without one."),
    "deal_create": ("title", "Type a title: no deal is added without one."),
    "note_create": ("text", "Type the note first."),
    "activity_create": ("subject", "Type what is to be done."),
    "deal_stage": ("stage", "Choose a stage."),
    "owner_set": ("owner", "Choose an owner."),
}

#: On which record an op works, where its button does not say.
_SUBJECTS: Final = {
    "activity_done": RecordKind.ACTIVITY,
    "deal_won": RecordKind.DEAL,
    "deal_lost": RecordKind.DEAL,
    "deal_stage": RecordKind.DEAL,
}


class CardAct(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What is to be done. `record` is the id of what it is done to, "" for nothing yet.

    Of `fields` only texts that are not empty are there. `due_date` and `due_time` are UTC together;
    without a time it is all day. `mail` is the digest of an e-mail's Message-ID.
    """

    op: str
    kind: str = ""
    record: str = ""
    address: str = ""
    fields: dict[str, tuple[str, ...]] = {}
    ticked: bool = False
    due_date: str = ""
    due_time: str = ""
    mail: str = ""

    def text(self, name: str) -> str:
        """A field's text; "" for none."""
        values = self.fields.get(name, ())
        return values[0] if values else ""

    @property
    def on(self) -> RecordKind:
        """The kind of record that it is done to."""
        return RecordKind(self.kind) if self.kind else _SUBJECTS.get(self.op, RecordKind.PERSON)


_FIELDS: Final = {
    "contact_create": ("name", "email", "phone", "org", "owner", "labels"),
    "deal_create": ("title", "value", "currency", "stage", "org", "owner"),
    "note_create": ("text",),
    "activity_create": ("subject", "type", "note", "owner"),
    "activity_done": (),
    "deal_won": (),
    "deal_lost": ("reason",),
    "deal_stage": ("stage",),
    "labels_set": ("labels",),
    "owner_set": ("owner",),
    "address_add": (),
    "log_email": ("how",),
}
#: Ops whose form may name another record than the one that the card shows.
_ELSEWHERE: Final = frozenset({"note_create", "activity_create", "log_email"})
_NUMBERS: Final = frozenset({"owner", "labels", "stage"})
_LONGEST: Final = {"text": 100_000, "note": 100_000}
_PLACE: Final = re.compile(r"(person|deal):([0-9]{1,18})\Z")
_CURRENCY: Final = re.compile(r"[A-Z0-9_]{3,20}\Z")


def act_of(op: str, form: Form, *, kind: str, record: str, address: str, zone: str) -> CardAct:
    """The act of a button and what was filled in; raises FormFault, with nothing written.

    `zone` is the reader's: what he typed is wall-clock time there.
    """
    if (needed := NEEDED.get(op)) and not form.text(needed[0]):
        raise FormFault(needed[1])
    fields = {name: values for name in _FIELDS[op] if (values := _values(form, name))}
    due_date, due_time = _due(form, zone) if op == "activity_create" else ("", "")
    if (close := form.days.get("close")) is not None and op in {"deal_create", "deal_stage"}:
        fields["close"] = (close.isoformat(),)
    places = _places(form) if op in _ELSEWHERE else []
    if len(places) == 1:
        kind, record = places[0]
    elif places:
        fields["deal"] = tuple(number for place, number in places if place == "deal")[:1]
    if email := next(iter(fields.get("email", ())), ""):
        _checked_email(email)
    _checked_amount(next(iter(fields.get("value", ())), ""))
    if (currency := fields.get("currency")) and not _CURRENCY.match(currency[0].upper()):
        raise FormFault("The currency is none. Write it as EUR.")
    return CardAct(
        op=op,
        kind=kind,
        record=record,
        address=address,
        fields=fields,
        ticked=form.ticked(record),
        due_date=due_date,
        due_time=due_time,
    )


def mail_digest(message_id: str) -> str:
    """What an e-mail is known by, in every mailbox that has it; "" without a Message-ID."""
    bare = message_id.strip().strip("<>")
    return hashlib.sha256(bare.encode("utf-8", "replace")).hexdigest()[:40] if bare else ""


def _values(form: Form, name: str) -> tuple[str, ...]:
    values = tuple(text for value in form.texts.get(name, ()) if (text := value.strip()))
    if any(len(value) > _LONGEST.get(name, 1_000) for value in values):
        raise FormFault("A text of this form is too long for Pipedrive.")
    if name in _NUMBERS and not all(value.isascii() and value.isdecimal() for value in values):
        raise FormFault("What was chosen is not in the list. Open the card again.")
    return values


def _places(form: Form) -> list[tuple[str, str]]:
    """Which records the form says it is to stand on."""
    found = [_PLACE.match(value) for value in form.chosen("to")]
    if not all(found):
        raise FormFault("What was chosen is not in the list. Open the card again.")
    return [(one[1], one[2]) for one in found if one is not None]


def _due(form: Form, zone: str) -> tuple[str, str]:
    """When it is due, in UTC; a day without a time stays the day that it is."""
    day, at = form.days.get("due") or form.days.get("when"), form.times.get("at")
    if day is None and (moment := form.moments.get("when")) is not None:
        day, at = moment.date(), moment.time()
    if day is None:
        return "", ""
    if at is None:
        return day.isoformat(), ""
    local = datetime.combine(day, time(at.hour, at.minute), tzinfo=zone_of(zone))
    try:
        there = local.astimezone(UTC)
    except OverflowError:
        raise FormFault("This date is too far away. Choose another one.") from None
    return there.date().isoformat(), there.strftime("%H:%M")


def _checked_email(text: str) -> None:
    try:
        identifier.email(text)
    except MappingError as error:
        raise FormFault(str(error)) from None


def _checked_amount(text: str) -> None:
    try:
        fits = not text or 0 <= float(text.replace(",", ".")) < 1e15
    except ValueError:
        fits = False
    if not fits:
        raise FormFault("The value is no amount. Write it as 1250.50.")
