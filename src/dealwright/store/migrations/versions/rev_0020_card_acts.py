"""Buttons of cards: what was pressed, by whom, and what they are signed with."""

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None

_INT = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_OF_CARDS = sa.text("card_act_id IS NOT NULL")


def upgrade() -> None:
    """Make the tables, and say of a Delivery which button it is of."""
    op.add_column("deliveries", sa.Column("card_act_id", _INT, nullable=True))
    op.create_index(
        "ix_deliveries_card_act",
        "deliveries",
        ["card_act_id"],
        sqlite_where=_OF_CARDS,
        postgresql_where=_OF_CARDS,
    )
    op.create_table(
        "card_acts",
        sa.Column("id", _INT, sa.Identity(), nullable=False),
        _column("connection_id", _INT),
        _column("user_id", _INT),
        _column("user_name", sa.Text()),
        _column("op", sa.Text()),
        _column("nonce", sa.Text()),
        _column("body", sa.LargeBinary()),
        _column("created_at_ms", _INT),
        sa.PrimaryKeyConstraint("id", name="pk_card_acts"),
        sa.UniqueConstraint("nonce", name="uq_card_acts_nonce"),
        sqlite_strict=True,
        sqlite_autoincrement=True,
    )
    op.create_index("ix_card_acts_created_at_ms", "card_acts", ["created_at_ms"])
    op.create_table(
        "card_keys",
        _column("name", sa.Text()),
        _column("sealed", sa.LargeBinary()),
        _column("created_at_ms", _INT),
        sa.PrimaryKeyConstraint("name", name="pk_card_keys"),
        sqlite_strict=True,
    )


def _column(name: str, kind: sa.types.TypeEngine[Any]) -> sa.Column[Any]:
    return sa.Column(name, kind, nullable=False)
