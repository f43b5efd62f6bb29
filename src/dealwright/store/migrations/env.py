"""What Alembic runs: the revisions, inside the transaction that `store.migrate` holds."""

import sqlalchemy as sa
from alembic import context

from dealwright.store.tables import events

db: sa.Connection = context.config.attributes["connection"]
context.configure(
    connection=db,
    target_metadata=events.metadata,
    # SQLite cannot alter a column: Alembic copies the table then.
    render_as_batch=True,
    transactional_ddl=True,
)
with context.begin_transaction():
    context.run_migrations()
