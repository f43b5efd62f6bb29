"""/card: who has an address, as cards show it, and what people decide of cards."""

from asyncio import to_thread
from typing import Annotated, Any, Literal

import sqlalchemy as sa
from fastapi import APIRouter, Depends, Query, Request, Response
from pydantic import BaseModel, Field

from dealwright.cards.known import Finding
from dealwright.cards.locale import accept_language
from dealwright.cards.render.json import render
from dealwright.cards.section import switches
from dealwright.core.people import Principal, PrincipalKind, Role
from dealwright.pipeline.cardfound import Ask
from dealwright.pipeline.cardreader import Viewer
from dealwright.pipeline.cardview import card_of
from dealwright.store import cards as store_of
from dealwright.store.connections import connection
from dealwright.web.api import card_reader
from dealwright.web.api.act import Act, Desk, allowed, configuring
from dealwright.web.api.refusals import NoSuchEndpoint
from dealwright.web.api.shapes import Configured, Given, Id, tagged
from dealwright.web.auth.permissions import SMALLEST_ROLE, Permission, require
from dealwright.web.card import CardPages

router = APIRouter(tags=["Cards"])
router.include_router(card_reader.router)

READ = allowed(Permission.CONNECTIONS_READ)
Configuring = Annotated[Act, configuring(Permission.CONNECTIONS_WRITE)]

#: What a Connection may forbid its cards: to add, to change, to log e-mails.
Write = Literal["create", "update", "log"]


class Whose(BaseModel):
    """Whose card is wanted.

    `connection_id` is to be shown, and asked though it is asked by hand only; 0: the default.
    `person` was chosen of several.
    """

    email: str = Field(min_length=3, max_length=320)
    connection_id: int = Field(default=0, ge=0, lt=2**63)
    person: int = Field(default=0, ge=0, lt=2**63)


class OtherConnection(BaseModel):
    """A Connection beside the one that is shown, and what it says of the address."""

    id: int
    name: str
    finding: Finding
    says: str


class ContactCard(BaseModel):
    """A card: `card` is its neutral form, whichever way it is shown.

    `finding` says which card it is; `calls` and `tokens` what it cost.
    """

    address: str
    finding: Finding
    connection: int | None
    others: list[OtherConnection]
    calls: int
    tokens: int
    card: dict[str, Any]


class CardSettings(Configured):
    """What is decided of the cards of a Connection.

    `sections` are shown, in this order; of sections that come later, none is. `sections_off` are
    those that are not.
    """

    sections: list[str]
    sections_off: list[str]
    writes_forbidden: list[Write]
    deal_notes: int


class CardSettingsChange(Given):
    """What is to be decided; whatever is not given stays."""

    sections: list[str] | None = None
    writes_forbidden: list[Write] | None = None
    deal_notes: int | None = Field(default=None, ge=0, le=5)


def pages_of(request: Request) -> CardPages:
    """What shows cards in this process."""
    found: CardPages | None = getattr(request.app.state, "cards", None)
    if found is None:
        raise NoSuchEndpoint("This process shows no cards.")
    return found


@router.get("/card")
async def card(
    request: Request,
    who: Annotated[Principal, Depends(require(Permission.CONNECTIONS_READ))],
    pages: Annotated[CardPages, Depends(pages_of)],
    whose: Annotated[Whose, Query()],
) -> ContactCard:
    """The contact card of an address."""
    is_user = who.kind is PrincipalKind.USER
    viewer = Viewer(
        key=f"hub {who.id}",
        user_id=who.id if is_user else 0,
        name=who.name,
        may_write=who.role.covers(Role.MEMBER),
        role=who.role,
        may_configure=who.role.covers(SMALLEST_ROLE[Permission.CONNECTIONS_WRITE]),
    )
    wanted = accept_language(request.headers.get("accept-language", ""))
    seat = await pages.readers.seat(viewer, wanted=wanted)
    ask = Ask(
        connection=whose.connection_id,
        person=whose.person,
        searches=whose.connection_id > 0,
        connections=seat.connections,
    )
    answer = await pages.cards.of(whose.email, ask=ask)
    found = answer.found
    return ContactCard(
        address=answer.address,
        finding=answer.finding,
        connection=None if found is None else found.connection,
        others=[
            OtherConnection(id=one.id, name=one.name, finding=one.finding, says=one.says)
            for one in answer.others
        ],
        calls=0 if found is None else found.calls,
        tokens=0 if found is None else found.tokens,
        card=render(await to_thread(card_of, answer, seat.reader)),
    )


@router.get("/connections/{connection_id}/card-settings", dependencies=[READ])
async def card_settings(connection_id: Id, office: Desk, response: Response) -> CardSettings:
    """What the cards of a Connection show, and what may be written from them."""
    return tagged(await office.read(lambda db: _settings(db, connection_id)), response)


@router.patch("/connections/{connection_id}/card-settings")
async def change_card_settings(
    connection_id: Id, given: CardSettingsChange, act: Configuring
) -> CardSettings:
    """Decide what the cards of a Connection show; a section that is off makes no call."""

    def change(db: sa.Connection) -> CardSettings:
        before = _settings(db, connection_id)
        act.check(before.etag())
        chosen = _changed(store_of.settings(db, connection_id), given)
        now_ms = act.office.now_ms()
        store_of.set_settings(db, connection_id, chosen=chosen, now_ms=now_ms)
        after = _settings(db, connection_id)
        target = f"connection:{connection_id}"
        act.note(db, "card_settings.update", target, before=before, after=after)
        return after

    changed = tagged(await act.do(change, answer=CardSettings), act.response)
    pages: CardPages | None = getattr(act.request.app.state, "cards", None)
    if pages is not None:
        pages.cards.forget(connection_id)
    return changed


def _settings(db: sa.Connection, connection_id: int) -> CardSettings:
    connection(db, connection_id)
    found = store_of.settings(db, connection_id)
    there = _SWITCHES
    off = set(found.off(there))
    shown = there if found.sections is None else found.sections
    return CardSettings(
        sections=[key for key in shown if key not in off],
        sections_off=[key for key in there if key in off],
        writes_forbidden=list(found.writes_forbidden),  # type: ignore[reportArgumentType]
        deal_notes=found.deal_notes,
    )


def _changed(before: store_of.CardSettings, given: CardSettingsChange) -> store_of.CardSettings:
    after = before
    if given.sections is not None:
        after = after.switched(given.sections, known=_SWITCHES)
    forbidden = before.writes_forbidden
    if given.writes_forbidden is not None:
        forbidden = tuple(sorted(set(given.writes_forbidden)))
    notes = before.deal_notes if given.deal_notes is None else given.deal_notes
    return store_of.CardSettings(
        sections=after.sections,
        known=after.known,
        writes_forbidden=forbidden,
        deal_notes=notes,
    )


#: Modules of sections are found here, not while somebody waits.
_SWITCHES = tuple(switches())
