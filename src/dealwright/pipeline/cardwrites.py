"""Card writes: a button that writes is a Delivery, as everything that writes, and is waited for."""

from asyncio import to_thread
from typing import Final

import msgspec

from dealwright.cards.card import Card, Op
from dealwright.cards.known import Finding
from dealwright.cards.pages.followup import with_follow_up
from dealwright.cards.pages.toasts import Toast, toast, told
from dealwright.core import identifier
from dealwright.core.cardact import PERMISSION, CardAct, act_of, mail_digest
from dealwright.core.cardform import FormFault
from dealwright.core.cardstate import ButtonState
from dealwright.core.clock import Clock, to_ms
from dealwright.core.delivery import State
from dealwright.core.identifier import Identifier
from dealwright.core.match import Reference
from dealwright.core.record import RecordKind
from dealwright.pipeline.card import Cards
from dealwright.pipeline.cardclick import Clicked, MailFacts, Place, Press, Wake
from dealwright.pipeline.cardfound import CardAnswer
from dealwright.pipeline.cardpages import ask_of
from dealwright.pipeline.cardview import card_of
from dealwright.pipeline.route import lanes_of
from dealwright.store import cards as stored
from dealwright.store.card_acts import NewAct, act_delivery, queue_act
from dealwright.store.connections import Connection, ConnectionState
from dealwright.store.delivery_list import Delivery
from dealwright.store.engine import Store

#: For so long a click waits for its Delivery; then it is told that it is being written.
PATIENCE_S: Final = 8.0
_LOOK_S: Final = 0.05

_UNDER_WAY: Final = frozenset({State.QUEUED, State.SENDING})
_DONE: Final = frozenset({State.DELIVERED, State.UNCHANGED})

#: What is said when it is done.
_SAID: Final = {
    "contact_create": Toast.CONTACT_ADDED,
    "deal_create": Toast.DEAL_ADDED,
    "note_create": Toast.NOTE_ADDED,
    "activity_create": Toast.ACTIVITY_ADDED,
    "deal_won": Toast.WON,
    "deal_lost": Toast.LOST,
    "deal_stage": Toast.MOVED,
    "labels_set": Toast.LABELS_SET,
    "owner_set": Toast.OWNER_SET,
    "address_add": Toast.ADDRESS_ADDED,
    "log_email": Toast.LOGGED,
}
_SAID_BEFORE: Final = {
    "contact_create": Toast.CONTACT_THERE,
    "log_email": Toast.LOGGED_BEFORE,
    "address_add": Toast.ADDRESS_THERE,
}

#: Ops of forms: what came of them is shown on the card below.
_FORMS: Final = frozenset(
    {
        "contact_create",
        "deal_create",
        "note_create",
        "activity_create",
        "deal_lost",
        "deal_stage",
        "labels_set",
        "owner_set",
        "log_email",
    }
)


class Writes:
    """Does what buttons write, in a process that serves people."""

    def __init__(self, store: Store, clock: Clock, *, cards: Cards, wake: Wake) -> None:
        self._store = store
        self._clock = clock
        self._cards = cards
        self._wake = wake

    async def click(self, press: Press, found: Connection) -> Clicked:
        """Queue it, unless this very button was pressed before, and tell what came of it."""
        nonce = press.state.nonce
        if await self._store.read(lambda db: act_delivery(db, nonce)) is None:
            if (reason := await self._forbidden(press, found)) is not None:
                return Clicked(notice=reason)
            act = await self._act(press)
            if act is None:
                return Clicked(notice=toast(press.reader, Toast.NO_MAIL))
            await self._queue(press, act)
        return await self._told(press, await self._ended(nonce))

    async def _forbidden(self, press: Press, found: Connection) -> str | None:
        settings = await self._store.read(lambda db: stored.settings(db, found.id))
        op, reader = press.state.op, press.reader
        if not press.by.may_write:
            return toast(reader, Toast.READ_ONLY)
        if {op, PERMISSION[op]} & set(settings.writes_forbidden):
            return toast(reader, Toast.FORBIDDEN)
        if found.state is not ConnectionState.OK:
            reason = found.state_reason or found.state.value
            return toast(reader, Toast.STANDS, name=found.name, reason=reason)
        if not found.delivering:
            return toast(reader, Toast.SWITCHED_OFF, name=found.name)
        return None

    async def _act(self, press: Press) -> CardAct | None:
        state = press.state
        if state.record and identifier.record_id(state.record) is None:
            raise FormFault(Toast.NO_RECORD)
        act = act_of(
            state.op,
            press.form,
            kind=state.kind,
            record=state.record,
            address=state.address,
            zone=press.reader.zone,
        )
        if state.op != "log_email":
            return act
        mail = _signed_mail(state)
        if mail is None and press.mail_of is not None and state.message:
            mail = await press.mail_of(state.message)
        if mail is None:
            return None
        return msgspec.structs.replace(
            act,
            fields=act.fields | ({"subject": (mail.subject,)} if mail.subject else {}),
            mail=mail_digest(mail.message_id) or mail_digest(state.message),
            due_date=mail.day,
            due_time=mail.time,
        )

    async def _queue(self, press: Press, act: CardAct) -> None:
        state, by = press.state, press.by
        new = NewAct(
            connection_id=state.connection,
            user_id=by.user_id,
            user_name=by.name,
            op=act.op,
            nonce=state.nonce,
            body=msgspec.json.encode(act),
            lanes=_lanes(act),
        )
        now_ms = to_ms(press.reader.now)
        await self._store.write(lambda db: queue_act(db, new, now_ms=now_ms))
        self._wake(state.connection)

    async def _ended(self, nonce: str) -> Delivery | None:
        """The Delivery when it has ended, or as far as it is when patience has."""
        until_s = self._clock.monotonic_s() + PATIENCE_S
        while True:
            found = await self._store.read(lambda db: act_delivery(db, nonce))
            if found is None or found.state not in _UNDER_WAY:
                return found
            if self._clock.monotonic_s() >= until_s:
                return found
            await self._clock.sleep(_LOOK_S)

    async def _told(self, press: Press, ended: Delivery | None) -> Clicked:
        reader, state = press.reader, press.state
        if ended is None:
            return Clicked(notice=toast(reader, Toast.LONG_AGO))
        if ended.state in _UNDER_WAY or ended.state is State.WAITING:
            return Clicked(notice=toast(reader, Toast.WRITING))
        if ended.state not in _DONE:
            reason = told(reader, ended.message) or ended.code
            return Clicked(notice=toast(reader, Toast.FAILED, reason=reason))
        self._cards.forget(state.connection)
        answer = await self._after(press, ended)
        # What Babel knows of a language is read from files.
        card = await to_thread(_drawn, answer, press)
        return Clicked(
            card=card,
            notice=toast(reader, _said(press, ended)),
            place=_place(state.op),
        )

    async def _after(self, press: Press, ended: Delivery) -> CardAnswer:
        """The card that shows what came of it."""
        state = press.state
        ask = ask_of(state, press.by.connections)._replace(fresh=True, searches=True)
        address = state.address
        if ended.record_kind == RecordKind.PERSON and isinstance(ended.record_id, int):
            ask = ask._replace(person=ended.record_id)
            if state.op == "contact_create":
                address = press.form.text("email") or address
        return await self._cards.of(address, ask=ask)


def _said(press: Press, ended: Delivery) -> Toast:
    op = press.state.op
    if op == "activity_done":
        return Toast.DONE if press.form.ticked(press.state.record) else Toast.NOT_DONE
    said = _SAID if ended.state is State.DELIVERED else _SAID_BEFORE
    return said.get(op, Toast.UNCHANGED)


def _place(op: str) -> Place:
    if op in _FORMS:
        return Place.BELOW
    return Place.LOWEST if op == "address_add" else Place.HERE


def _drawn(answer: CardAnswer, press: Press) -> Card:
    """The card; after an activity that was done the next one is offered on it."""
    card, state = card_of(answer, press.reader), press.state
    done = state.op == "activity_done" and press.form.ticked(state.record)
    found = answer.found
    if not done or found is None or found.finding is not Finding.MATCH:
        return card
    known = answer.known
    if known is None or "create" in known.writes_forbidden:
        return card
    form = Op(
        name="follow_up_form",
        connection=state.connection,
        kind="activity",
        record=state.record,
        address=state.address,
    )
    return with_follow_up(card, press.reader, form=form)


def _signed_mail(state: ButtonState) -> MailFacts | None:
    """What was signed of the e-mail when its card was made."""
    extra = state.extra
    if "mid" not in extra:
        return None
    return MailFacts(
        extra["mid"], extra.get("subject", ""), extra.get("day", ""), extra.get("time", "")
    )


def _lanes(act: CardAct) -> str:
    """What an act has to wait for: whatever else is done to the same records."""
    references: list[Reference] = []

    def add(kind: RecordKind, *keys: Identifier | None) -> None:
        known = tuple(key for key in keys if key is not None)
        references.append(Reference(role=kind.value, kind=kind, keys=known))

    if act.record:
        add(act.on, identifier.record_id(act.record))
    if email := act.text("email"):
        add(RecordKind.PERSON, identifier.email(email))
    if org := act.text("org"):
        add(RecordKind.ORGANIZATION, identifier.name(org))
    return lanes_of(references, subject="", source_id=0).strip("\n")
