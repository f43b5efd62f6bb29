"""Home: to which Connection a Meeting goes: its presenter's, else its Source's default."""

from collections.abc import Sequence
from typing import Final, NamedTuple

import msgspec
import sqlalchemy as sa

from dealwright.core.catalogue import AccountList
from dealwright.core.record import Member
from dealwright.meetings.contacts import clean_email
from dealwright.store.catalogue import kept as kept_lists
from dealwright.store.connections import Connection, list_connections

_read_users: Final = msgspec.json.Decoder(tuple[Member, ...]).decode


class Home(NamedTuple):
    """The Connection that a Meeting goes to, None for none, and the users of its account."""

    connection_id: int | None
    users: Sequence[Member]


def home_of(db: sa.Connection, *, kept: int | None, default: int | None, presenter: str) -> Home:
    """Where a Meeting goes: where it is by now (`kept`), to its presenter's, or to the default.

    `presenter` is a clean address, "" when nobody is told. The default is the Source's own, else
    the hub's, else the one that there is.
    """
    there = {one.id: one for one in list_connections(db)}
    if kept is not None and kept in there:
        return Home(kept, _users(db, kept))
    usual = default if default in there else _usual(list(there.values()))
    if presenter:
        # The default is asked first: a person may have an account in several companies.
        for one in sorted(there, key=lambda each: each != usual):
            users = _users(db, one)
            if any(
                user.active_flag and clean_email(user.email or "") == presenter for user in users
            ):
                return Home(one, users)
    return Home(usual, () if usual is None else _users(db, usual))


def _usual(there: Sequence[Connection]) -> int | None:
    marked = next((one.id for one in there if one.is_default), None)
    return marked if marked is not None or len(there) != 1 else there[0].id


def _users(db: sa.Connection, connection_id: int) -> Sequence[Member]:
    found = kept_lists(db, connection_id, lists=[AccountList.USERS])
    users = found.get(AccountList.USERS)
    return () if users is None else _read_users(users.body)
