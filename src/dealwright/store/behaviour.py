"""What people decide about a Connection: its name, its Actions, and how it shows itself."""

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa

from dealwright.store.connections import UNNAMED, Run, update_connection
from dealwright.store.tables import connections


def set_name(db: sa.Connection, connection_id: int, *, name: str) -> None:
    """Call a Connection so; an empty name becomes “Pipedrive”."""
    update_connection(db, connection_id, name=name.strip() or UNNAMED)


def set_behaviour(
    db: sa.Connection,
    connection_id: int,
    *,
    actions: Sequence[str] | None = None,
    run: Run | None = None,
    shown: bool | None = None,
) -> None:
    """Say what a Connection does by itself; None leaves it."""
    wished: dict[str, Any] = {
        "actions": None if actions is None else ",".join(actions),
        "run": run,
        "shown": None if shown is None else int(shown),
    }
    changes = {name: value for name, value in wished.items() if value is not None}
    if changes:
        update_connection(db, connection_id, **changes)


def make_default(db: sa.Connection, connection_id: int) -> None:
    """Make a Connection the one that the dashboard opens with; no other is then."""
    db.execute(sa.update(connections).values(is_default=0))
    update_connection(db, connection_id, is_default=1)


def set_account(
    db: sa.Connection,
    connection_id: int,
    *,
    base_url: str,
    company: tuple[int | None, str],
    user: tuple[int | None, str],
) -> None:
    """Say whose account it is: id and name of the company, id and name of the user."""
    update_connection(
        db,
        connection_id,
        base_url=base_url,
        company_id=company[0],
        company_name=company[1],
        user_id=user[0],
        user_name=user[1],
    )
