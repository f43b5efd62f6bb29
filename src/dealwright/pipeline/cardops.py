"""Card ops: what a click on a card does: shows, suggests, writes, or sets something up."""

import asyncio
from typing import Final

from dealwright.cards.known import Reader
from dealwright.cards.pages.toasts import Toast, toast, told
from dealwright.core.cardact import WRITES
from dealwright.core.cardform import Form, FormFault
from dealwright.core.cardstate import ButtonState, StateRefused
from dealwright.core.errors import DealwrightError, NotFound
from dealwright.core.record import RecordKind
from dealwright.pipedrive.cardnames import LEAST, organizations_like
from dealwright.pipeline.card import Cards
from dealwright.pipeline.cardclick import Clicked, Clicker, MailOf, Place, Press
from dealwright.pipeline.cardkey import CardKeys
from dealwright.pipeline.cardnames import Trust
from dealwright.pipeline.cardpages import Pages
from dealwright.pipeline.cardsettings import Steps
from dealwright.pipeline.cardwrites import Writes

#: Longer lists of suggestions nobody reads.
_MOST: Final = 20

_REFUSALS: Final = {"state_expired": Toast.EXPIRED, "state_foreign": Toast.FOREIGN}


class Clicks:
    """Does what buttons say, in a process that serves people."""

    def __init__(self, *, cards: Cards, keys: CardKeys, writes: Writes, steps: Steps) -> None:
        self._cards = cards
        self._keys = keys
        self._writes = writes
        self._steps = steps
        self._pages = Pages(cards, steps.dashboard)

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
        except StateRefused as error:
            said = _REFUSALS.get(error.code, Toast.UNKNOWN)
            return Clicked(notice=toast(reader, said), refused=True)
        press = Press(state, by, form, reader, mail_of)
        try:
            return await self._done(press)
        except FormFault as error:
            return Clicked(notice=told(reader, str(error)))

    async def _done(self, press: Press) -> Clicked:
        state, by = press.state, press.by
        if state.op == "cancel":
            return Clicked(back=True)
        try:
            found = await self._steps.connection(state.connection) if state.connection else None
        except NotFound:
            return Clicked(notice=toast(press.reader, Toast.NO_CONNECTOR), refused=True)
        if self._steps.does(state.op):
            return await self._steps.click(press, found)
        if found is not None and by.connections is not None and found.id not in by.connections:
            return Clicked(notice=toast(press.reader, Toast.NOT_YOURS), refused=True)
        if state.op in WRITES and found is not None:
            return await self._writes.click(press, found)
        return await self._shown(press)

    async def _shown(self, press: Press) -> Clicked:
        if press.state.op.startswith("suggest_"):
            return Clicked(suggestions=await self._suggestions(press.state, press.form))
        if press.state.op in WRITES:
            return Clicked(notice=toast(press.reader, Toast.NO_RECORD), refused=True)
        found = await self._pages.page(press)
        if found is None:
            return Clicked(notice=toast(press.reader, Toast.NOTHING_HERE))
        return Clicked(card=found.card, place=Place.ABOVE if found.above else Place.HERE)

    async def _suggestions(self, state: ButtonState, form: Form) -> tuple[str, ...]:
        """What may be meant: of the mirror, else of Pipedrive.

        A mirror that has read everybody once is enough where it knows some: suggestions are asked
        for with every letter. An outage suggests nothing more, and one types on.
        """
        typed = form.text(state.op.removeprefix("suggest_"))
        if state.op != "suggest_org" or len(typed) < LEAST:
            return ()
        known, trust = await asyncio.gather(
            self._cards.names.organizations(state.connection, typed),
            self._cards.names.trust(state.connection, RecordKind.ORGANIZATION),
        )
        if trust is Trust.SURE or (known and trust is Trust.COMPLETE):
            return known[:_MOST]
        try:
            async with self._cards.line(state.connection) as line:
                asked = await organizations_like(line.client, typed)
        except DealwrightError:
            return known[:_MOST]
        return tuple(dict.fromkeys((*known, *asked)))[:_MOST]
