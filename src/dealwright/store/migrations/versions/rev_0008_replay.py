"""Replays of the log, and until when a Connection that was drained is let be.

SQLite changes no table: `leases` is made anew under its name and filled from the old one.
"""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

_INT = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_ENDED = sa.text("state IN ('delivered', 'unchanged', 'dropped')")
_OPEN = "state IN ('queued', 'sending', 'waiting')"
_CODES = "('budget_spent', 'budget_reserved', 'budget_low_priority')"
_PARKED = sa.text(f"{_OPEN} AND code IN {_CODES}")
_AT_HAND = sa.text(f"{_OPEN} AND code NOT IN {_CODES}")


def upgrade() -> None:
    """Make the table and the index, and widen the other table."""
    numbers = ("mapping_id", "mapping_version", "from_seq", "to_seq", "position")
    op.create_table(
        "replays",
        sa.Column("id", _INT, sa.Identity(), nullable=False),
        sa.Column("connection_id", _INT, nullable=False),
        *(sa.Column(name, _INT, nullable=False) for name in numbers),
        sa.Column("state", sa.Text(), nullable=False),
        *(
            sa.Column(name, _INT, nullable=False)
            for name in ("made", "created_at_ms", "updated_at_ms")
        ),
        sa.PrimaryKeyConstraint("id", name="pk_replays"),
        sa.ForeignKeyConstraint(
            ["connection_id"],
            ["connections.id"],
            name="fk_replays_connection_id",
            ondelete="CASCADE",
        ),
        sqlite_autoincrement=True,
        sqlite_strict=True,
    )
    op.create_index("ix_replays_connection_id", "replays", ["connection_id"])
    op.create_index(
        "ix_deliveries_ended",
        "deliveries",
        ["connection_id", "state"],
        sqlite_where=_ENDED,
        postgresql_where=_ENDED,
    )
    _index_open()
    if op.get_context().dialect.name == "sqlite":
        _make_leases_anew()
    else:
        op.add_column("leases", _idle())


def _index_open() -> None:
    for name, table, columns, where in (
        ("ix_deliveries_at_hand", "deliveries", ["connection_id", "id"], _AT_HAND),
        ("ix_deliveries_parked", "deliveries", ["connection_id", "next_at_ms"], _PARKED),
        ("ix_intents_open", "intents", ["connection_id"], sa.text("settled_at_ms IS NULL")),
    ):
        op.create_index(name, table, columns, sqlite_where=where, postgresql_where=where)


def _idle() -> sa.Column[int]:
    return sa.Column("idle_until_ms", _INT, nullable=False, server_default=sa.text("0"))


def _make_leases_anew() -> None:
    # No fence may come twice, so the rows stay.
    op.rename_table("leases", "leases_before")
    op.create_table(
        "leases",
        sa.Column("connection_id", _INT, nullable=False),
        sa.Column("holder", sa.Text(), nullable=False),
        sa.Column("fence", _INT, nullable=False),
        sa.Column("expires_at_ms", _INT, nullable=False),
        _idle(),
        sa.PrimaryKeyConstraint("connection_id", name="pk_leases"),
        sa.ForeignKeyConstraint(
            ["connection_id"],
            ["connections.id"],
            name="fk_leases_connection_id",
            ondelete="CASCADE",
        ),
        sqlite_strict=True,
    )
    op.execute("INSERT INTO leases SELECT *, 0 FROM leases_before")
    op.drop_table("leases_before")
