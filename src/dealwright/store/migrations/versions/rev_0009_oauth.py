"""How an account was authorized and what it allows; names of Connections need not be unique.

SQLite takes no constraint away: the table is made anew under its name. What refers to it goes with
it then, and is put back.
"""

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

_INT = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_TEXT = sa.Text()
_BYTES = sa.LargeBinary()

#: What refers to a Connection, and what refers to that.
_DEPENDENT = (
    "connection_sources",
    "leases",
    "mappings",
    "mapping_versions",
    "webhooks",
    "budgets",
    "budget_leases",
    "replays",
)

#: Those that there were: one that is added later starts off.
_ACTIONS = "upsert_activity,upsert_deal,upsert_lead,upsert_note,upsert_organization,upsert_person"


def upgrade() -> None:
    """Add the columns and make the tables."""
    if op.get_context().dialect.name == "sqlite":
        _make_anew()
    else:
        op.drop_constraint("uq_connections_name", "connections")
        for column in _added():
            op.add_column("connections", column)
    op.create_index("ix_connections_company", "connections", ["company_id"])
    op.execute(f"UPDATE connections SET actions = '{_ACTIONS}'")  # noqa: S608 - constants
    op.execute("UPDATE connections SET is_default = 1 WHERE id = (SELECT min(id) FROM connections)")
    _create_renewals()
    _create_sign_ins()


def _make_anew() -> None:
    tables = ("connections", *_DEPENDENT)
    for table in tables:
        op.execute(f"CREATE TEMPORARY TABLE kept_{table} AS SELECT * FROM {table}")  # noqa: S608
    op.drop_table("connections")
    op.create_table(
        "connections",
        *_before(),
        *_added(),
        sa.PrimaryKeyConstraint("id", name="pk_connections"),
        sqlite_autoincrement=True,
        sqlite_strict=True,
    )
    listed = ", ".join(column.name for column in _before())
    op.execute(
        f"INSERT INTO connections ({listed}) SELECT {listed} FROM kept_connections"  # noqa: S608
    )
    for table in _DEPENDENT:
        op.execute(f"INSERT INTO {table} SELECT * FROM kept_{table}")  # noqa: S608
    for table in tables:
        op.execute(f"DROP TABLE kept_{table}")


def _column(
    name: str, kind: sa.types.TypeEngine[Any], *more: Any, **options: Any
) -> sa.Column[Any]:
    return sa.Column(name, kind, *more, nullable=False, **options)


def _maybe(name: str, kind: sa.types.TypeEngine[Any]) -> sa.Column[Any]:
    return sa.Column(name, kind, nullable=True)


def _before() -> tuple[sa.Column[Any], ...]:
    return (
        _column("id", _INT, sa.Identity()),
        _column("name", _TEXT),
        _column("state", _TEXT),
        _column("state_reason", _TEXT),
        _column("base_url", _TEXT),
        _maybe("company_id", _INT),
        _column("company_name", _TEXT),
        _maybe("user_id", _INT),
        _column("user_name", _TEXT),
        _column("plan", _TEXT),
        _column("seats", _INT),
        _column("delivering", _INT),
        _column("position", _INT),
        _column("hears_all", _INT),
        _column("defaults", _BYTES),
        _maybe("paused_until_ms", _INT),
        _column("pause_code", _TEXT),
        _maybe("credentials", _BYTES),
        _column("created_at_ms", _INT),
    )


def _added() -> tuple[sa.Column[Any], ...]:
    return (
        _column("auth", _TEXT, server_default=sa.text("'api_token'")),
        _column("scopes", _TEXT, server_default=sa.text("''")),
        _column("signed_in", _INT, server_default=sa.text("0")),
        _column("actions", _TEXT, server_default=sa.text("'*'")),
        _column("run", _TEXT, server_default=sa.text("'automatic'")),
        _column("shown", _INT, server_default=sa.text("1")),
        _column("is_default", _INT, server_default=sa.text("0")),
    )


def _create_renewals() -> None:
    op.create_table(
        "renewals",
        _column("connection_id", _INT),
        _column("holder", _TEXT),
        _column("until_ms", _INT),
        sa.PrimaryKeyConstraint("connection_id", name="pk_renewals"),
        sa.ForeignKeyConstraint(
            ["connection_id"],
            ["connections.id"],
            name="fk_renewals_connection_id",
            ondelete="CASCADE",
        ),
        sqlite_strict=True,
    )


def _create_sign_ins() -> None:
    op.create_table(
        "sign_ins",
        _column("state_hash", _TEXT),
        _column("bound_to", _TEXT),
        _column("server", _TEXT),
        _column("redirect_uri", _TEXT),
        _column("stage", _TEXT),
        _column("code", _TEXT),
        _column("message", _TEXT),
        _maybe("sealed", _BYTES),
        _column("expires_at_ms", _INT),
        sa.PrimaryKeyConstraint("state_hash", name="pk_sign_ins"),
        sqlite_strict=True,
    )
    op.create_index("ix_sign_ins_expires_at_ms", "sign_ins", ["expires_at_ms"])
