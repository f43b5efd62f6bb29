"""Search of Meetings: the same words find the same Meetings on both databases.

SQLite: FTS5 over `meeting_texts`; PostgreSQL: a GIN index of the same words. Both get words that
were cut and folded here (`meetings.searching`), so neither database's own parser matters.
"""

from dataclasses import dataclass

import sqlalchemy as sa

from dealwright.meetings.searching import asked_words, words_of, words_of_meeting
from dealwright.store.keeping_tables import WORDS_OF, meeting_texts
from dealwright.store.meeting_tables import meeting_choices, meeting_writes, meetings
from dealwright.store.meetings import JOINED, StoredMeeting, meeting, stored_meeting
from dealwright.store.statements import upsert


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What is looked for; whatever is not given does not narrow. Times are of the start.

    `connections`: whoever asks may see only Meetings of these; None: all.
    """

    query: str = ""
    connection_id: int | None = None
    source_id: int | None = None
    key: str | None = None
    person_id: int | None = None
    deal_id: int | None = None
    conversation_type: str | None = None
    presenter: str | None = None
    state: str | None = None
    since_ms: int | None = None
    until_ms: int | None = None
    connections: frozenset[int] | None = None


def index_meeting(db: sa.Connection, meeting_id: int) -> None:
    """Let a Meeting be found by what it says now; to be called whenever that changes."""
    stored = meeting(db, meeting_id)
    title = db.scalar(sa.select(meetings.c.title).where(meetings.c.id == meeting_id)) or ""
    values = {
        "words": words_of_meeting(stored.body, title),
        "conversation_type": _plain(_type_of(stored)),
        "presenter": _plain(stored.body.presenter_email),
    }
    _forget_words(db, meeting_id)
    row = upsert(db, meeting_texts).values(meeting_id=meeting_id, **values)
    db.execute(row.on_conflict_do_update(index_elements=["meeting_id"], set_=values))
    if db.dialect.name == "sqlite":
        insert = "INSERT INTO meeting_search (rowid, words) VALUES (?, ?)"
        db.exec_driver_sql(insert, (meeting_id, values["words"]))


def forget_meeting(db: sa.Connection, meeting_id: int) -> None:
    """Let a Meeting be found no more."""
    _forget_words(db, meeting_id)
    db.execute(sa.delete(meeting_texts).where(meeting_texts.c.meeting_id == meeting_id))


def search_meetings(
    db: sa.Connection, asked: Asked, *, limit: int, before: int | None = None
) -> list[StoredMeeting]:
    """Meetings with every word asked for, the last one heard of first.

    `before` is the last number of the page before.
    """
    conditions = _conditions(asked)
    if words := asked_words(asked.query):
        conditions += [meetings.c.deleted_at_ms.is_(None), _with_words(db, words)]
    elif asked.query.strip():
        # There is nothing in it that could be found.
        return []
    if before is not None:
        conditions.append(meetings.c.id < before)
    texts = meeting_texts.c.meeting_id == meetings.c.id
    chosen = JOINED.join(meeting_texts, texts, isouter=True).where(*conditions)
    rows = db.execute(chosen.order_by(meetings.c.id.desc()).limit(limit))
    return [stored_meeting(row) for row in rows]


def _with_words(db: sa.Connection, words: tuple[str, ...]) -> sa.ColumnElement[bool]:
    if db.dialect.name == "sqlite":
        # Quoted, a word is nothing but a word to FTS5; the star takes words that begin so.
        asked = " ".join(f'"{word}"' for word in words) + "*"
        found = sa.text("SELECT rowid FROM meeting_search WHERE meeting_search MATCH :asked")
        matching = found.bindparams(asked=asked).columns(rowid=sa.Integer)
    else:
        asked = " & ".join(f"'{word}'" for word in words) + ":*"
        found = sa.text(
            f"SELECT meeting_id FROM meeting_texts "  # noqa: S608 - the expression is ours
            f"WHERE {WORDS_OF} @@ CAST(:asked AS tsquery)"
        )
        matching = found.bindparams(asked=asked).columns(meeting_id=sa.BigInteger)
    return meetings.c.id.in_(matching)


def _conditions(asked: Asked) -> list[sa.ColumnElement[bool]]:
    same = (
        (meetings.c.connection_id, asked.connection_id),
        (meetings.c.source_id, asked.source_id),
        (meetings.c.key, asked.key),
    )
    conditions = [column == value for column, value in same if value is not None]
    if asked.connections is not None:
        conditions.append(meetings.c.connection_id.in_(asked.connections))
    if asked.person_id is not None:
        written = sa.select(meeting_writes.c.meeting_id).where(
            meeting_writes.c.person_id == asked.person_id
        )
        chosen = sa.select(meeting_choices.c.meeting_id).where(
            meeting_choices.c.person_id == asked.person_id
        )
        conditions.append(meetings.c.id.in_(written.union(chosen)))
    if asked.deal_id is not None:
        of_deal = sa.select(meeting_writes.c.meeting_id).where(
            meeting_writes.c.deal_id == asked.deal_id
        )
        conditions.append(meetings.c.id.in_(of_deal))
    if asked.conversation_type is not None:
        conditions.append(meeting_texts.c.conversation_type == _plain(asked.conversation_type))
    if asked.presenter is not None:
        conditions.append(meeting_texts.c.presenter == _plain(asked.presenter))
    return conditions + _when(asked)


def _when(asked: Asked) -> list[sa.ColumnElement[bool]]:
    conditions: list[sa.ColumnElement[bool]] = []
    if asked.state is not None:
        begins = meetings.c.state.startswith(f"{asked.state}:", autoescape=True)
        conditions.append((meetings.c.state == asked.state) | begins)
    if asked.since_ms is not None:
        conditions.append(meetings.c.started_at_ms >= asked.since_ms)
    if asked.until_ms is not None:
        conditions.append(meetings.c.started_at_ms < asked.until_ms)
    return conditions


def _forget_words(db: sa.Connection, meeting_id: int) -> None:
    if db.dialect.name != "sqlite":
        return
    # FTS5 forgets a row by what it was told of it.
    mine = meeting_texts.c.meeting_id == meeting_id
    words = db.scalar(sa.select(meeting_texts.c.words).where(mine))
    if words is not None:
        gone = "INSERT INTO meeting_search (meeting_search, rowid, words) VALUES ('delete', ?, ?)"
        db.exec_driver_sql(gone, (meeting_id, words))


def _plain(text: str) -> str:
    return " ".join(words_of(text))


def _type_of(stored: StoredMeeting) -> str:
    # What the Source or a rule says; a tag counts only once the account's types are known.
    body, rules = stored.body, stored.settings.conversation_type
    told = " ".join(words_of(body.title))
    named = (rule.type for rule in rules.title_rules if " ".join(words_of(rule.contains)) in told)
    return body.said_type or next(named, "") or rules.default
