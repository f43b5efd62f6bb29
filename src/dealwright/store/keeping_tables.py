"""The tables of keeping: recordings, legal holds, what was removed, and what is searched."""

from typing import Final

import sqlalchemy as sa
from sqlalchemy import event

from dealwright.store.columns import (
    maybe_number,
    maybe_sealed,
    number,
    own_id,
    table,
    text,
)

# Recordings. `file` is the name of the encrypted file below the media folder, `data_key` the key
# of that file alone: without it the file is noise. `state` is `wanted`, `here`, `refused` or
# `erased`; `size` counts the bytes of the recording itself.
meeting_media = table(
    "meeting_media",
    own_id(),
    number("meeting_id", index=True),
    text("origin"),
    text("mime_type"),
    text("file"),
    number("size"),
    maybe_sealed("data_key"),
    text("state"),
    text("code"),
    number("attempts", server_default=sa.text("0")),
    maybe_number("next_at_ms"),
    number("added_at_ms"),
    sa.Index("ix_meeting_media_next_at_ms", "next_at_ms"),
    sqlite_autoincrement=True,
)

# Meetings of which nothing may be removed, and who said so.
meeting_holds = table(
    "meeting_holds",
    number("meeting_id", primary_key=True, autoincrement=False),
    text("reason"),
    text("held_by"),
    number("held_at_ms"),
)

# What is no longer here: `kind` is media, transcript, summary, raw, meeting or person; `why` is
# `policy` or `request`.
meeting_removals = table(
    "meeting_removals",
    own_id(),
    number("meeting_id"),
    text("kind"),
    text("why"),
    text("removed_by"),
    number("removed_at_ms"),
    sa.Index("ix_meeting_removals_kind", "meeting_id", "kind", unique=True),
    sqlite_autoincrement=True,
)

#: How PostgreSQL sees the words of a Meeting; nothing parses them again.
WORDS_OF: Final = "array_to_tsvector(string_to_array(words, ' '))"

# Every word of a Meeting once, without accents and capitals, and what it is filtered by.
meeting_texts = table(
    "meeting_texts",
    number("meeting_id", primary_key=True, autoincrement=False),
    text("words"),
    text("conversation_type"),
    text("presenter"),
    sa.Index("ix_meeting_texts_words", sa.text(WORDS_OF), postgresql_using="gin").ddl_if(
        dialect="postgresql"
    ),
)

#: SQLite's index of the words; their text stands in `meeting_texts` alone.
SEARCH_DDL: Final = (
    "CREATE VIRTUAL TABLE meeting_search USING fts5(words, content='meeting_texts', "
    "content_rowid='meeting_id', tokenize='unicode61 remove_diacritics 2')"
)

event.listen(
    meeting_texts,
    "after_create",
    sa.DDL(SEARCH_DDL).execute_if(dialect="sqlite"),
)
