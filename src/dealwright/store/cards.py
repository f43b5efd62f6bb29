"""Cards: what people decided of them, and who reads them from where."""

import hashlib
import secrets
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Final

import msgspec
import sqlalchemy as sa

from dealwright.core.secret import Secret
from dealwright.store.card_tables import (
    card_readers,
    card_settings,
    google_tickets,
    google_users,
)
from dealwright.store.people import User, user
from dealwright.store.statements import upsert

#: How long a link of a Google user with a user of the hub may take.
TICKET_MS: Final = 3_600_000


class CardSettings(msgspec.Struct, frozen=True, kw_only=True):
    """What is decided of the cards of a Connection.

    `sections` are those that are shown, in order, of those that were `known` when that was decided:
    one that came later is off here. Both None: nobody has decided anything, and all are on.
    `writes_forbidden` are names of ops. `deal_notes` says how many deals have their notes read at
    once, at 20 tokens each; the rest are a click away.
    """

    sections: tuple[str, ...] | None = None
    known: tuple[str, ...] | None = None
    writes_forbidden: tuple[str, ...] = ()
    deal_notes: int = 0

    def off(self, there: Collection[str]) -> tuple[str, ...]:
        """Sections that are not shown, of all that `there` are."""
        if self.sections is None:
            return ()
        return tuple(sorted(set(there) - set(self.sections)))

    def switched(self, sections: Sequence[str], *, known: Collection[str]) -> "CardSettings":
        """The same with other sections, chosen among those that are known now."""
        chosen = tuple(dict.fromkeys(key for key in sections if key in known))
        return msgspec.structs.replace(self, sections=chosen, known=tuple(sorted(known)))


class CardReader(msgspec.Struct, frozen=True, kw_only=True):
    """What a user chose for himself: "" and None leave it to his browser, and to the hub."""

    locale: str = ""
    zone: str = ""
    connections: tuple[int, ...] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class GoogleUser:
    """A user of Google, as his token says who he is."""

    issuer: str
    subject: str
    email: str


_read_settings = msgspec.json.Decoder(CardSettings).decode
_read_reader = msgspec.json.Decoder(CardReader).decode


# -- settings


def settings(db: sa.Connection, connection_id: int) -> CardSettings:
    """What is decided of the cards of a Connection."""
    table = card_settings
    chosen = sa.select(table.c.body).where(table.c.connection_id == connection_id)
    body = db.scalar(chosen)
    return CardSettings() if body is None else _read_settings(body)


def set_settings(
    db: sa.Connection, connection_id: int, *, chosen: CardSettings, now_ms: int
) -> None:
    """Decide it anew."""
    values = {"body": msgspec.json.encode(chosen), "updated_at_ms": now_ms}
    made = upsert(db, card_settings).values(connection_id=connection_id, **values)
    db.execute(made.on_conflict_do_update(index_elements=["connection_id"], set_=values))


def reader(db: sa.Connection, user_id: int) -> CardReader:
    """What a user chose for himself."""
    body = db.scalar(sa.select(card_readers.c.body).where(card_readers.c.user_id == user_id))
    return CardReader() if body is None else _read_reader(body)


def set_reader(db: sa.Connection, user_id: int, *, chosen: CardReader, now_ms: int) -> None:
    """Choose it anew."""
    values = {"body": msgspec.json.encode(chosen), "updated_at_ms": now_ms}
    made = upsert(db, card_readers).values(user_id=user_id, **values)
    db.execute(made.on_conflict_do_update(index_elements=["user_id"], set_=values))


# -- users of Google


def linked_user(db: sa.Connection, *, issuer: str, subject: str) -> User | None:
    """Whom a user of Google is here; None for one who is linked to nobody."""
    table = google_users
    mine = (table.c.issuer == issuer) & (table.c.subject == subject)
    user_id = db.scalar(sa.select(table.c.user_id).where(mine))
    return None if user_id is None else user(db, user_id)


def link_google(db: sa.Connection, who: GoogleUser, *, user_id: int, now_ms: int) -> None:
    """Say whom a user of Google is here; who he was before no longer counts."""
    values = {"user_id": user_id, "email": who.email, "linked_at_ms": now_ms}
    made = upsert(db, google_users).values(issuer=who.issuer, subject=who.subject, **values)
    db.execute(made.on_conflict_do_update(index_elements=["issuer", "subject"], set_=values))


def unlink_google(db: sa.Connection, *, user_id: int) -> int:
    """Unlink all users of Google from a user; says how many there were."""
    gone = sa.delete(google_users).where(google_users.c.user_id == user_id)
    return db.execute(gone).rowcount


def new_ticket(db: sa.Connection, who: GoogleUser, *, now_ms: int) -> Secret:
    """A ticket that links a user of Google once, within the hour, to whoever brings it."""
    db.execute(sa.delete(google_tickets).where(google_tickets.c.expires_at_ms <= now_ms))
    token = secrets.token_urlsafe(32)
    values = {
        "ticket_hash": _hash(token),
        "issuer": who.issuer,
        "subject": who.subject,
        "email": who.email,
        "expires_at_ms": now_ms + TICKET_MS,
    }
    db.execute(sa.insert(google_tickets).values(values))
    return Secret(token)


def ticket(db: sa.Connection, token: str, *, now_ms: int) -> GoogleUser | None:
    """Whose ticket this is; None for one that is used, too old or none of ours."""
    mine = google_tickets.c.ticket_hash == _hash(token)
    row = db.execute(sa.select(google_tickets).where(mine)).one_or_none()
    if row is None or row.expires_at_ms <= now_ms:
        return None
    return GoogleUser(issuer=row.issuer, subject=row.subject, email=row.email)


def take_ticket(db: sa.Connection, token: str, *, now_ms: int) -> GoogleUser | None:
    """The same, and the ticket is used up."""
    found = ticket(db, token, now_ms=now_ms)
    db.execute(sa.delete(google_tickets).where(google_tickets.c.ticket_hash == _hash(token)))
    return found


def _hash(token: str) -> str:
    """How a token is kept; a fast hash is right, for the token is random and long."""
    return hashlib.sha256(token.encode("utf-8", "surrogateescape")).hexdigest()
