"""/connections/{id}/catalogue: what can be chosen in Mappings, of the account's own lists."""

from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Path
from pydantic import BaseModel

from dealwright.core.action import Choice
from dealwright.core.catalogue import OFFERS, choices
from dealwright.core.errors import NotFound
from dealwright.pipeline.accounts import AccountBook, price_of
from dealwright.store.catalogue import moments
from dealwright.store.connections import connection
from dealwright.web.api.act import Act, Desk, acting, allowed
from dealwright.web.api.office import Office
from dealwright.web.api.paging import Page
from dealwright.web.api.shapes import Id, moment
from dealwright.web.auth.permissions import Permission

router = APIRouter(tags=["Catalogue"])

READ = allowed(Permission.CATALOGUE_READ)
Asking = Annotated[Act, acting(Permission.MAPPINGS_WRITE)]
Name = Annotated[str, Path(max_length=100, description="As an action's field names it: `dynamic`.")]


class Offered(BaseModel):
    """One thing to choose."""

    value: str
    label: str


class Picker(BaseModel):
    """What a field offers. `read_at` null: its list was not read yet; reading costs `price`."""

    name: str
    choices: list[Offered]
    read_at: datetime | None
    price: int


@router.get("/connections/{connection_id}/catalogue", dependencies=[READ])
async def list_pickers(connection_id: Id, office: Desk) -> Page[Picker]:
    """Every picker with its choices, as they were read last; costs no tokens."""
    return Page(items=await _pickers(office, connection_id, list(OFFERS)))


@router.get("/connections/{connection_id}/catalogue/{picker}", dependencies=[READ])
async def picker(connection_id: Id, picker: Name, office: Desk) -> Picker:
    """One picker with its choices."""
    _see_that_there_is(picker)
    return (await _pickers(office, connection_id, [picker]))[0]


@router.post("/connections/{connection_id}/catalogue/{picker}/refresh")
async def refresh_picker(connection_id: Id, picker: Name, act: Asking) -> Picker:
    """Read the picker's lists from Pipedrive now, which costs its `price` in API tokens."""
    _see_that_there_is(picker)
    office = act.office
    one = await office.read(lambda db: connection(db, connection_id))
    async with office.open_account(one) as records:
        await _book(office, connection_id).refresh(OFFERS[picker].lists, records)
    return (await _pickers(office, connection_id, [picker]))[0]


def _see_that_there_is(picker: str) -> None:
    if picker not in OFFERS:
        raise NotFound(f"There is no picker {picker}. There are {', '.join(OFFERS)}.")


async def _pickers(office: Office, connection_id: int, names: list[str]) -> list[Picker]:
    await office.read(lambda db: connection(db, connection_id))
    kept = await _book(office, connection_id).catalogue()
    read_at = await office.read(lambda db: moments(db, connection_id))
    return [
        Picker(
            name=name,
            choices=[_offered(one) for one in choices(name, kept)],
            read_at=moment(
                min((read_at[one] for one in OFFERS[name].lists if one in read_at), default=None)
            ),
            price=price_of(OFFERS[name].lists),
        )
        for name in names
    ]


def _book(office: Office, connection_id: int) -> AccountBook:
    return AccountBook(office.store, connection_id=connection_id, clock=office.clock)


def _offered(choice: Choice) -> Offered:
    return Offered(value=choice.value, label=choice.label)
