"""The table of the keys that seal, beside those of `tables`."""

import sqlalchemy as sa

from dealwright.store.columns import CleanText, blob, number, table

# Of a key its id and a known text that it sealed: what opens that has the key. No secret of
# anybody's, so the column is none of those that a rotation seals anew.
sealing_keys = table(
    "sealing_keys",
    sa.Column("key_id", CleanText(), primary_key=True),
    blob("canary"),
    number("since_ms"),
)
