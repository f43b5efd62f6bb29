"""Card ops: what a click on a card does. What writes is a Delivery, as everything that writes."""

from asyncio import to_thread
from collections.abc import Awaitable, Callable
from typing import Final, NamedTuple

import msgspec

from dealwright.cards.card import Card
from dealwright.cards.known import Reader
from dealwright.core import identifier
from dealwright.core.cardact import PERMISSION, WRITES, CardAct, act_of, mail_digest
from dealwright.core.cardform import Form, FormFault
from dealwright.core.cardstate import ButtonState, StateRefused
from dealwright.core.clock import Clock, to_ms
from dealwright.core.delivery import State
from dealwright.core.errors import DealwrightError, NotFound
from dealwright.core.identifier import Identifier
from dealwright.core.match import Reference
from dealwright.core.record import RecordKind
from dealwright.pipedrive.cardnames import LEAST, organizations_like
from dealwright.pipeline.card import Cards
from dealwright.pipeline.cardkey import CardKeys
from dealwright.pipeline.cardpages import Pages, ask_of
from dealwright.pipeline.cardview import card_of
from dealwright.pipeline.route import lanes_of
from dealwright.store import cards as stored
from dealwright.store.card_acts import NewAct, act_delivery, queue_act
from dealwright.store.connections import Connection, ConnectionState, connection
from dealwright.store.delivery_list import Delivery
from dealwright.store.engine import Store

#: For so long a click waits for its Delivery; then it is told that it is being written.
PATIENCE_S: Final = 8.0
_LOOK_S: Final = 0.05

_UNDER_WAY: Final = frozenset({State.QUEUED, State.SENDING})
_DONE: Final = frozenset({State.DELIVERED, State.UNCHANGED})

#: What is said when it is done.
_SAID: Final = {
    "contact_create": "The contact was added.",
    "deal_create": "The deal was added.",
    "note_create": "The note was added.",
    "activity_create": "The activity was added.",
    "activity_done": "The activity was saved.",
    "deal_won": "The deal is won.",
    "deal_lost": "The deal is lost.",
    "deal_stage": "The deal was moved.",
    "labels_set": "The labels were saved.",
    "owner_set": "The owner was changed.",
    "address_add": "The address was added.",
    "log_email": "The e-mail was logged.",
}
_SAID_BEFORE: Final = {
    "contact_create": "This contact is there already.",
    "log_email": "This e-mail is logged already.",
    "address_add": "The contact has this address already.",
}

Wake = Callable[[int], None]
"""Wakes the drain of a Connection."""


class MailFacts(NamedTuple):
    """An e-mail that is to be logged: its Message-ID, its subject, and when it was sent (UTC)."""

    message_id: str
    subject: str
    day: str
    time: str


MailOf = Callable[[str], Awaitable[MailFacts | None]]
"""Reads the e-mail of a message id, where whoever clicks allows that."""


class Clicker(NamedTuple):
    """Who clicks: for whom buttons were signed, and what he may. `connections` None: all."""

    key: str
    user_id: int
    name: str
    connections: tuple[int, ...] | None = None
    may_write: bool = True


class Clicked(NamedTuple):
    """What a click came to: a card (`above`: on top of the one clicked on), or only a notice.

    `suggestions` answer what is being typed. `refused`: nothing was looked at, nor done. `back`: to
    the card below.
    """

    card: Card | None = None
    notice: str = ""
    suggestions: tuple[str, ...] | None = None
    refused: bool = False
    above: bool = False
    back: bool = False


class _Press(NamedTuple):
    """A button that writes, who pressed it, and what was filled in."""

    state: ButtonState
    by: Clicker
    form: Form
    reader: Reader
    mail_of: MailOf | None


class Clicks:
    """Does what buttons say, in a process that serves people."""

    def __init__(
        self, store: Store, clock: Clock, *, cards: Cards, keys: CardKeys, wake: Wake
    ) -> None:
        self._store = store
        self._clock = clock
        self._cards = cards
        self._keys = keys
        self._wake = wake
        self._pages = Pages(cards)

    async def click(
        self,
        text: str,
        *,
        by: Clicker,
        form: Form,
        reader: Reader,
        mail_of: MailOf | None = None,
    ) -> Clicked:
        """Do what a button says; `text` is as it was signed. Raises StoreUnavailable."""
        try:
            state = await self._keys.read(text, user=by.key)
            found = await self._store.read(lambda db: connection(db, state.connection))
            if by.connections is not None and found.id not in by.connections:
                raise StateRefused("This card is of an account that is not yours any more.")
        except (StateRefused, NotFound) as error:
            return Clicked(notice=str(error), refused=True)
        try:
            if state.op in WRITES:
                return await self._write(_Press(state, by, form, reader, mail_of), found)
            if state.op.startswith("suggest_"):
                return Clicked(suggestions=await self._suggestions(state, form))
            return await self._shown(state, by, form, reader)
        except FormFault as error:
            return Clicked(notice=str(error))

    # -- what is shown

    async def _shown(self, state: ButtonState, by: Clicker, form: Form, reader: Reader) -> Clicked:
        if state.op == "cancel":
            return Clicked(back=True)
        found = await self._pages.page(state, form=form, reader=reader, connections=by.connections)
        if found is None:
            return Clicked(notice="This button does nothing here. Open the message again.")
        return Clicked(card=found.card, above=found.above)

    async def _suggestions(self, state: ButtonState, form: Form) -> tuple[str, ...]:
        """What may be meant; an outage suggests nothing, and one types on."""
        typed = form.text(state.op.removeprefix("suggest_"))
        if state.op != "suggest_org" or len(typed) < LEAST:
            return ()
        try:
            async with self._cards.line(state.connection) as line:
                return await organizations_like(line.client, typed)
        except DealwrightError:
            return ()

    # -- what is written

    async def _write(self, press: _Press, found: Connection) -> Clicked:
        nonce = press.state.nonce
        if await self._store.read(lambda db: act_delivery(db, nonce)) is None:
            if (reason := await self._forbidden(press, found)) is not None:
                return Clicked(notice=reason)
            act = await self._act(press)
            if act is None:
                return Clicked(notice="Open the message again, then log it.")
            await self._queue(press, act)
        return await self._told(press, await self._ended(nonce))

    async def _forbidden(self, press: _Press, found: Connection) -> str | None:
        settings = await self._store.read(lambda db: stored.settings(db, found.id))
        op = press.state.op
        if not press.by.may_write or {op, PERMISSION[op]} & set(settings.writes_forbidden):
            return "This is not allowed here. Whoever runs the hub can allow it."
        if found.state is not ConnectionState.OK:
            return f"{found.name} cannot be written to now: {found.state_reason or found.state}."
        if not found.delivering:
            return f"Nothing is written to {found.name} while delivering is switched off there."
        return None

    async def _act(self, press: _Press) -> CardAct | None:
        state = press.state
        if state.record and identifier.record_id(state.record) is None:
            raise FormFault("This button names no record of Pipedrive.")
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

    async def _queue(self, press: _Press, act: CardAct) -> None:
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

    async def _told(self, press: _Press, ended: Delivery | None) -> Clicked:
        if ended is None:
            return Clicked(notice="This was done some time ago. Open the message again.")
        if ended.state in _UNDER_WAY or ended.state is State.WAITING:
            return Clicked(notice="It is being written; Pipedrive is slow at the moment.")
        if ended.state not in _DONE:
            return Clicked(notice=ended.message or "It was not written.")
        state = press.state
        said = _SAID if ended.state is State.DELIVERED else _SAID_BEFORE
        notice = said.get(state.op, "Nothing had to be changed.")
        self._cards.forget(state.connection)
        ask = ask_of(state, press.by.connections)._replace(fresh=True, searches=True)
        address = state.address
        if ended.record_kind == RecordKind.PERSON and isinstance(ended.record_id, int):
            ask = ask._replace(person=ended.record_id)
            if state.op == "contact_create":
                address = press.form.text("email") or address
        answer = await self._cards.of(address, ask=ask)
        return Clicked(card=await to_thread(card_of, answer, press.reader), notice=notice)


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
