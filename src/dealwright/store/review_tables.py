"""The tables of what waits for people: what was asked, what they answered, what they taught."""

import sqlalchemy as sa

from dealwright.store.columns import CleanText, blob, number, of, own_id, table, text

# What a try could not decide, beside the Delivery that waits for it: a Delivery waits for it only
# while it is held or failed with the same `code`. A Meeting asks for each guest, at a `position`.
# `same` is what all have in common that one answer settles.
review_questions = table(
    "review_questions",
    number("delivery_id", primary_key=True, autoincrement=False),
    number("position", primary_key=True, autoincrement=False),
    number("connection_id"),
    text("code"),
    text("same"),
    blob("body"),
    sa.Index("ix_review_questions_same", "connection_id", "same"),
    sqlite_with_rowid=False,
)

# What a person answered for one Delivery; the next try obeys it.
review_answers = table(
    "review_answers",
    number("delivery_id", primary_key=True, autoincrement=False),
    sa.Column("same", CleanText(), primary_key=True),
    blob("body"),
    number("at_ms"),
    sqlite_with_rowid=False,
)

# Who decided what, of which item; `body` is the decision.
review_decisions = table(
    "review_decisions",
    own_id(),
    number("connection_id"),
    number("delivery_id"),
    text("item", index=True),
    text("same", index=True),
    text("decided_by"),
    number("at_ms"),
    number("along"),
    blob("body"),
    sqlite_autoincrement=True,
)

# What holds from now on: an identifier of a `kind` of record is a record; a label of a field means
# an option. `key` is cut to what an index holds, `shown` is how a person wrote it; `source_id` is 0
# but for a sender's own id. A teaching that is replaced gets another number.
teachings = table(
    "teachings",
    own_id(),
    of("connection_id", "connections"),
    number("source_id"),
    text("about"),
    text("kind"),
    text("key"),
    text("value"),
    text("shown"),
    text("taught_by"),
    number("at_ms"),
    sa.Index("ix_teachings_key", "connection_id", "source_id", "about", "kind", "key", unique=True),
    sqlite_autoincrement=True,
)
