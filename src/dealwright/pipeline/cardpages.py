"""Card pages: the card that a click asks for: another contact, a form, one section whole.

Cards are drawn in a thread: what Babel knows of a language is read from files.
"""

from asyncio import to_thread
from collections.abc import Awaitable, Callable
from typing import Final, NamedTuple

from dealwright.cards.card import Card
from dealwright.cards.contact import deal_card, section_card
from dealwright.cards.known import Finding, Known, Reader
from dealwright.cards.pages.changes import labels_form, lost_form, owner_form, stage_form
from dealwright.cards.pages.forms import (
    Draft,
    activity_form,
    contact_form,
    deal_form,
    follow_up_card,
    note_form,
)
from dealwright.cards.pages.logmail import Mail, log_form
from dealwright.cards.pages.named import names_card
from dealwright.cards.pages.nobody import Nobody, search_card
from dealwright.core.cardstate import ButtonState
from dealwright.core.errors import DealwrightError
from dealwright.core.record import Activity, Deal, Person, RecordKind
from dealwright.pipedrive.cardnames import LEAST
from dealwright.pipeline.card import Cards
from dealwright.pipeline.cardclick import Press
from dealwright.pipeline.cardfound import Ask, CardAnswer
from dealwright.pipeline.cardview import card_of, old_card_of

#: Ops that show the card of somebody; those of `_ASKING` ask Pipedrive whatever is kept.
_CARDS: Final = frozenset({"refresh", "choose", "show", "run", "show_old", "look_up", "contact"})
_ASKING: Final = frozenset({"refresh", "run"})

#: Connections of a reader; None: all that are shown on cards.
Chosen = tuple[int, ...] | None


class Page(NamedTuple):
    """A card, and whether it stands above the one that was clicked on."""

    card: Card
    above: bool = False


Dashboards = Callable[[Press], Awaitable[Card]]
"""Makes what is shown where no address is."""


class Pages:
    """Makes the cards that clicks ask for."""

    def __init__(self, cards: Cards, dashboard: Dashboards) -> None:
        self._cards = cards
        self._dashboard = dashboard

    async def page(self, press: Press) -> Page | None:
        """The card of a click; None for an op that shows none. Raises StoreUnavailable."""
        state, reader = press.state, press.reader
        if state.op in _CARDS:
            return await self._of_somebody(press)
        if state.op in {"search_form", "search"}:
            return await self._search(press)
        ask = ask_of(state, press.by.connections)._replace(searches=True)
        answer = await self._cards.of(state.address, ask=ask, name=state.extra.get("name", ""))
        if state.op == "contact_form":
            return Page(await to_thread(_contact_form, state, answer, reader), above=True)
        known = answer.known
        if known is None or known.person is None:
            return Page(await to_thread(card_of, answer, reader))
        if state.op == "more":
            return await self._more(state, known, reader)
        if state.op == "follow_up_form":
            return await self._follow_up(state, known, reader)
        card = await to_thread(_form, state, known, reader)
        return None if card is None else Page(card, above=True)

    async def named(self, term: str, reader: Reader, *, connections: Chosen) -> Card:
        """Whom somebody may mean by a name, in every Connection of his."""
        found = await self._cards.called(term, connections=connections)
        return await to_thread(names_card, term, found, reader)

    async def _of_somebody(self, press: Press) -> Page:
        state, reader, by = press.state, press.reader, press.by
        typed = press.form.text("address")
        above = state.op == "look_up"
        if typed and "@" not in typed:
            return Page(await self.named(typed, reader, connections=by.connections), above=above)
        address, ask = typed or state.address, ask_of(state, by.connections)
        if not address and not ask.person:
            return Page(await self._dashboard(press))
        ask = ask._replace(fresh=state.op in _ASKING, searches=True)
        answer = await self._cards.of(address, ask=ask, name=state.extra.get("name", ""))
        if state.op == "show_old":
            return Page(await to_thread(old_card_of, answer, reader), above=True)
        return Page(await to_thread(card_of, answer, reader), above=above)

    async def _more(self, state: ButtonState, known: Known, reader: Reader) -> Page:
        section, start = state.extra.get("section", ""), _number(state.extra.get("start", ""))
        person = known.person.id if known.person else 0
        found = await self._cards.section(state.connection, person, section)
        whole = known if found.known is None else found.known
        card = await to_thread(section_card, whole, reader, section=section, start=start)
        return Page(card, above=True)

    async def _follow_up(self, state: ButtonState, known: Known, reader: Reader) -> Page:
        """The form of what comes after an activity, which begins with what that was."""
        of_deals = (one for some in known.deal_activities.values() for one in some)
        shown = (one for one in (*known.activities, *of_deals) if str(one.id) == state.record)
        done = next(shown, None) or await self._activity(state)
        if done is None:
            return Page(await to_thread(activity_form, known, reader), above=True)
        return Page(await to_thread(follow_up_card, known, reader, done=done), above=True)

    async def _activity(self, state: ButtonState) -> Activity | None:
        """One that the card has no room for; where it cannot be had, the form begins empty."""
        try:
            async with self._cards.line(state.connection) as line:
                found = await line.records.get(RecordKind.ACTIVITY, _number(state.record))
        except DealwrightError:
            return None
        return found if isinstance(found, Activity) else None

    async def _search(self, press: Press) -> Page:
        """By name: to give somebody the address of a card, or just to find them."""
        state, reader = press.state, press.reader
        above, term = state.op == "search_form", press.form.text("term")
        if not state.connection:
            card = await self.named(term, reader, connections=press.by.connections)
            return Page(card, above=above)
        nobody = Nobody(
            connection=state.connection,
            connection_name="",
            company="",
            address=state.address,
            name=state.extra.get("name", ""),
        )
        found: tuple[Person, ...] = ()
        if not above and len(term) >= LEAST:
            (one,) = await self._cards.called(term, connections=(state.connection,))
            found = one.persons
        card = await to_thread(search_card, nobody, reader, term=term, found=found)
        return Page(card, above=above)


def ask_of(state: ButtonState, connections: tuple[int, ...] | None) -> Ask:
    """How the card is asked for that a button is on."""
    person = state.record if state.kind in {"", RecordKind.PERSON} else ""
    return Ask(connection=state.connection, person=_number(person), connections=connections)


def _contact_form(state: ButtonState, answer: CardAnswer, reader: Reader) -> Card:
    found = answer.found
    draft = Draft(
        connection=state.connection,
        name=state.extra.get("name", ""),
        email=state.address,
        organization=_organization(answer),
    )
    if found is None:
        return card_of(answer, reader)
    lists = found.known.lists if found.known else found.lists
    return contact_form(draft, lists, reader)


def _organization(answer: CardAnswer) -> str:
    """The organization of others at this domain, if there is just one."""
    found = answer.found
    if found is None or found.finding is not Finding.NO_MATCH or len(found.organizations) != 1:
        return ""
    return found.organizations[0].name


def _form(state: ButtonState, known: Known, reader: Reader) -> Card | None:
    deal = next((one for one in known.deals if str(one.id) == state.record), None)
    match state.op:
        case "deal_form":
            return deal_form(known, reader)
        case "note_form":
            return note_form(known, reader)
        case "activity_form":
            return activity_form(known, reader)
        case "labels_form":
            return labels_form(known, reader)
        case "owner_form":
            return owner_form(known, reader)
        case "log_form":
            return log_form(known, reader, mail=Mail(subject=state.extra.get("subject", "")))
        case _:
            return None if deal is None else _deal_form(state, known, reader, deal)


def _deal_form(state: ButtonState, known: Known, reader: Reader, deal: Deal) -> Card | None:
    match state.op:
        case "stage_form":
            return stage_form(known, reader, deal=deal)
        case "lost_form":
            return lost_form(known, reader, deal=deal)
        case "deal":
            start = _number(state.extra.get("start", ""))
            return deal_card(known, reader, deal=deal.id, start=start)
        case _:
            return None


def _number(text: str) -> int:
    return int(text) if text.isascii() and text.isdecimal() and len(text) <= 18 else 0
