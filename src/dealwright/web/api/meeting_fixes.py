"""What helps a meeting, of the things that ask Pipedrive: its activity types, its credentials."""

import sqlalchemy as sa

from dealwright.core.catalogue import OFFERS
from dealwright.core.errors import NotFound
from dealwright.core.people import Principal
from dealwright.pipeline.accounts import AccountBook
from dealwright.pipeline.admission import see_that_it_is_the_same
from dealwright.pipeline.connecting import taken_up
from dealwright.pipeline.meetingpages import write_now
from dealwright.store.audit import record
from dealwright.store.connections import Connection, connection
from dealwright.store.meetings import StoredMeeting
from dealwright.web.api.office import Office


async def refresh_types(office: Office, stored: StoredMeeting, *, by: Principal) -> None:
    """Read the account's activity types now, and have the meeting tried again with them."""
    home = await _home(office, stored)
    book = AccountBook(office.store, connection_id=home.id, clock=office.clock)
    async with office.open_account(home) as records:
        await book.refresh(OFFERS["activity_types"].lists, records)
    now_ms = office.now_ms()
    await office.write(lambda db: write_now(db, stored, by=by, now_ms=now_ms))


async def reconnect(office: Office, stored: StoredMeeting, *, by: Principal) -> None:
    """Try the Connection's credentials once more, and go on with it where they are good.

    Raises Unauthorized where somebody has to sign in to Pipedrive anew.
    """
    home = await _home(office, stored)
    async with office.open_account(home) as records:
        see_that_it_is_the_same(home, await records.me())
    now_ms = office.now_ms()
    target = f"connection:{home.id}"

    def take_up(db: sa.Connection) -> None:
        taken_up(db, home.id, now_ms=now_ms)
        record(db, at_ms=now_ms, principal=by, action="connection.reconnect", target=target)

    await office.write(take_up)


async def _home(office: Office, stored: StoredMeeting) -> Connection:
    if stored.connection_id is None:
        raise NotFound("No Pipedrive account is connected that this meeting belongs to.")
    connection_id = stored.connection_id
    return await office.read(lambda db: connection(db, connection_id))
