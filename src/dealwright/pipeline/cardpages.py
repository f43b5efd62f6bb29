"""Card pages: the card that a click asks for: another contact, a form, one section whole.

Cards are drawn in a thread: what Babel knows of a language is read from files.
"""

from asyncio import to_thread
from typing import Any, Final, NamedTuple

from dealwright.cards.card import Card
from dealwright.cards.contact import deal_card, section_card
from dealwright.cards.known import Finding, Known, Reader
from dealwright.cards.pages.changes import labels_form, lost_form, owner_form, stage_form
from dealwright.cards.pages.forms import (
    Draft,
    activity_form,
    contact_form,
    deal_form,
    note_form,
)
from dealwright.cards.pages.logmail import Mail, log_form
from dealwright.cards.pages.nobody import Nobody, search_card
from dealwright.core.cardform import Form
from dealwright.core.cardstate import ButtonState
from dealwright.core.errors import DealwrightError
from dealwright.core.record import Deal, RecordKind
from dealwright.pipedrive.cardcalls import named_so, persons
from dealwright.pipeline.card import Cards
from dealwright.pipeline.cardfound import Ask, CardAnswer
from dealwright.pipeline.cardview import card_of, old_card_of

#: Ops that show the card of somebody; those of `_ASKING` ask Pipedrive whatever is kept.
_CARDS: Final = frozenset(
    {"refresh", "choose", "show", "run", "details", "show_old", "look_up", "contact"}
)
_ASKING: Final = frozenset({"refresh", "run"})
_LEAST: Final = 2


class Page(NamedTuple):
    """A card, and whether it stands above the one that was clicked on."""

    card: Card
    above: bool = False


class Pages:
    """Makes the cards that clicks ask for."""

    def __init__(self, cards: Cards) -> None:
        self._cards = cards

    async def page(
        self,
        state: ButtonState,
        *,
        form: Form,
        reader: Reader,
        connections: tuple[int, ...] | None,
    ) -> Page | None:
        """The card of a click; None for an op that shows none. Raises StoreUnavailable."""
        ask = ask_of(state, connections)
        if state.op in _CARDS:
            address = form.text("address") or state.address
            fresh = state.op in _ASKING
            found = ask._replace(fresh=fresh, searches=state.op != "details")
            name = state.extra.get("name", "")
            answer = await self._cards.of(address, ask=found, name=name)
            if state.op == "show_old":
                return Page(await to_thread(old_card_of, answer, reader), above=True)
            card = await to_thread(card_of, answer, reader)
            return Page(card, above=state.op == "look_up")
        if state.op in {"search_form", "search"}:
            return await self._search(state, form, reader)
        answer = await self._cards.of(state.address, ask=ask._replace(searches=True))
        if state.op == "contact_form":
            return Page(await to_thread(_contact_form, state, answer, reader), above=True)
        known = answer.known
        if known is None or known.person is None:
            return Page(await to_thread(card_of, answer, reader))
        if state.op == "more":
            return await self._more(state, known, reader)
        card = await to_thread(_form, state, known, reader)
        return None if card is None else Page(card, above=True)

    async def _more(self, state: ButtonState, known: Known, reader: Reader) -> Page:
        section, start = state.extra.get("section", ""), _number(state.extra.get("start", ""))
        person = known.person.id if known.person else 0
        found = await self._cards.section(state.connection, person, section)
        whole = known if found.known is None else found.known
        card = await to_thread(section_card, whole, reader, section=section, start=start)
        return Page(card, above=True)

    async def _search(self, state: ButtonState, form: Form, reader: Reader) -> Page:
        term, found = form.text("term"), ()
        nobody = Nobody(
            connection=state.connection,
            connection_name="",
            company="",
            address=state.address,
            name=state.extra.get("name", ""),
        )
        if state.op == "search" and len(term) >= _LEAST:
            found = await self._named(state.connection, term)
        card = await to_thread(search_card, nobody, reader, term=term, found=found)
        return Page(card, above=state.op == "search_form")

    async def _named(self, connection: int, term: str) -> tuple[Any, ...]:
        """Persons of a name; an outage finds nobody, and one searches again."""
        try:
            async with self._cards.line(connection) as line:
                ids = [hit.id for hit in await named_so(line.client, term)]
                return tuple(await persons(line.client, ids)) if ids else ()
        except DealwrightError:
            return ()


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
