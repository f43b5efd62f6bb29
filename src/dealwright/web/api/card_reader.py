"""/card/reader: how somebody reads cards; everybody chooses that for himself."""

from asyncio import to_thread
from typing import Annotated

import sqlalchemy as sa
from fastapi import APIRouter, Depends, Query, Response
from pydantic import BaseModel, Field

from dealwright.core.cardform import FormFault
from dealwright.core.people import Principal, PrincipalKind
from dealwright.pipeline.cardsetup import checked_locale, checked_zone, save_reader
from dealwright.store import cards as store_of
from dealwright.store.connections import connection
from dealwright.store.people import user
from dealwright.web.api.act import Act, Desk, configuring
from dealwright.web.api.refusals import InvalidRequest
from dealwright.web.api.shapes import LARGEST, Configured, Given, tagged
from dealwright.web.auth.permissions import Permission, check, require
from dealwright.web.problem import Part

router = APIRouter(tags=["Cards"])

Reading = Annotated[Principal, Depends(require(Permission.ACCOUNT))]
Choosing = Annotated[Act, configuring(Permission.ACCOUNT)]


class Reader(BaseModel):
    """Whose choice: `user_id` 0 is whoever asks. Another's is an admin's to see and to change."""

    user_id: int = Field(default=0, ge=0, le=LARGEST)


class CardReader(Configured):
    """What somebody chose for the cards that he reads.

    "" leaves locale or time zone to his mailbox or browser. `connections` null: all that are shown
    on cards, also those that come later.
    """

    user_id: int
    locale: str
    zone: str
    connections: list[int] | None


class CardReaderChange(Given):
    """What is to be chosen; whatever is not given stays."""

    locale: Annotated[str, Field(max_length=35)] | None = Field(
        default=None, description='A tag, as de-DE; "": as the mailbox or browser.'
    )
    zone: Annotated[str, Field(max_length=64)] | None = Field(
        default=None, description='An IANA name, as Europe/Berlin; "": as the mailbox.'
    )
    connections: (
        Annotated[
            list[Annotated[int, Field(ge=1, le=LARGEST)]], Field(min_length=1, max_length=1000)
        ]
        | None
    ) = Field(default=None, description="Null: all, also later ones.")


@router.get("/card/reader")
async def card_reader(
    who: Reading, whose: Annotated[Reader, Query()], office: Desk, response: Response
) -> CardReader:
    """How somebody reads cards."""
    user_id = _of(who, whose.user_id, Permission.USERS_READ)
    return tagged(await office.read(lambda db: _shown(db, user_id)), response)


@router.patch("/card/reader")
async def choose_card_reader(
    given: CardReaderChange, whose: Annotated[Reader, Query()], act: Choosing
) -> CardReader:
    """Choose how cards are read: in which language and time zone, and of which Connections."""
    user_id = _of(act.who, whose.user_id, Permission.USERS_WRITE)
    locale, zone = await to_thread(_checked, given)

    def change(db: sa.Connection) -> CardReader:
        before = _shown(db, user_id)
        act.check(before.etag())
        chosen = store_of.CardReader(
            locale=before.locale if locale is None else locale,
            zone=before.zone if zone is None else zone,
            connections=_connections(db, before, given),
        )
        now_ms = act.office.now_ms()
        save_reader(db, chosen, who=act.who, user_id=user_id, now_ms=now_ms)
        return _shown(db, user_id)

    return tagged(await act.do(change, answer=CardReader), act.response)


def _of(who: Principal, user_id: int, permission: Permission) -> int:
    """Whose choice it is; raises InvalidRequest and NotAllowed."""
    own = who.id if who.kind is PrincipalKind.USER else 0
    if not user_id and not own:
        raise InvalidRequest("An API key is nobody: say whose choice by user_id.")
    if user_id in {0, own}:
        return own
    check(who, permission)
    return user_id


def _checked(given: CardReaderChange) -> tuple[str | None, str | None]:
    try:
        locale = None if given.locale is None else checked_locale(given.locale)
    except FormFault:
        raise _unfit("locale", "There is no such locale. Write it as de-DE.") from None
    try:
        zone = None if given.zone is None else checked_zone(given.zone)
    except FormFault as fault:
        raise _unfit("zone", str(fault)) from None
    return locale, zone


def _unfit(name: str, sentence: str) -> InvalidRequest:
    return InvalidRequest(sentence, parts=[Part(path=f"/{name}", message=sentence)])


def _connections(
    db: sa.Connection, before: CardReader, given: CardReaderChange
) -> tuple[int, ...] | None:
    """Those that are wanted; raises NotFound for one that there is not."""
    wanted = given.connections if "connections" in given.model_fields_set else before.connections
    if wanted is None:
        return None
    return tuple(connection(db, one).id for one in dict.fromkeys(wanted))


def _shown(db: sa.Connection, user_id: int) -> CardReader:
    chosen = store_of.reader(db, user(db, user_id).id)
    there = chosen.connections
    return CardReader(
        user_id=user_id,
        locale=chosen.locale,
        zone=chosen.zone,
        connections=None if there is None else list(there),
    )
