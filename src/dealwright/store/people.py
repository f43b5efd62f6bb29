"""People who use the hub: roles, passwords, second factors, and links that let them in."""

from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from dealwright.core.errors import NotFound
from dealwright.core.people import Conflicting, Role
from dealwright.store.people_tables import recovery_codes, set_up_links, users
from dealwright.store.statements import upsert


@dataclass(frozen=True, slots=True, kw_only=True)
class User:
    """Somebody who may sign in. `password_hash` is "" for none, `totp` what the Vault sealed.

    The second factor is asked for once `totp_on`; `totp_step` is the last one whose code was taken.
    """

    id: int
    email: str
    name: str
    role: Role
    password_hash: str
    totp: bytes | None
    totp_on: bool
    totp_step: int
    subject: str | None
    created_at_ms: int
    signed_in_at_ms: int | None


def add_user(db: sa.Connection, *, email: str, name: str, role: Role, now_ms: int) -> User:
    """Add somebody who has no password yet; raises Conflicting (`email_taken`)."""
    made = (
        upsert(db, users)
        .values(
            email=email,
            name=name,
            role=role.value,
            password_hash="",
            totp_on=0,
            totp_step=0,
            created_at_ms=now_ms,
        )
        .on_conflict_do_nothing(index_elements=["email"])
        .returning(users.c.id)
    )
    user_id = db.scalar(made)
    if user_id is None:
        raise Conflicting(f"{email} has an account already.")
    return user(db, user_id)


def list_users(db: sa.Connection) -> list[User]:
    """Everybody, oldest first."""
    return [user_of(row) for row in db.execute(sa.select(users).order_by(users.c.id))]


def user(db: sa.Connection, user_id: int) -> User:
    """One of them; raises NotFound."""
    row = db.execute(sa.select(users).where(users.c.id == user_id)).one_or_none()
    if row is None:
        raise NotFound(f"There is no user {user_id}.")
    return user_of(row)


def find_user(db: sa.Connection, email: str) -> User | None:
    """Who has this address, in lower case; None for nobody."""
    row = db.execute(sa.select(users).where(users.c.email == email)).one_or_none()
    return None if row is None else user_of(row)


def user_by_subject(db: sa.Connection, subject: str) -> User | None:
    """Who is known to the OpenID provider under this name; None for nobody."""
    row = db.execute(sa.select(users).where(users.c.subject == subject)).one_or_none()
    return None if row is None else user_of(row)


def lock_owners(db: sa.Connection) -> list[int]:
    """The ids of all owners, who stay so until the end of the transaction."""
    owners = sa.select(users.c.id).where(users.c.role == Role.OWNER.value).with_for_update()
    return list(db.scalars(owners))


def set_role(db: sa.Connection, user_id: int, *, role: Role) -> None:
    """Give somebody another role; it counts from the next request on."""
    _update(db, user_id, role=role.value)


def set_password(db: sa.Connection, user_id: int, *, password_hash: str) -> None:
    """Keep the hash of a new password; "" for none."""
    _update(db, user_id, password_hash=password_hash)


def set_subject(db: sa.Connection, user_id: int, *, subject: str) -> None:
    """Remember under which name the OpenID provider knows somebody."""
    _update(db, user_id, subject=subject)


def note_sign_in(db: sa.Connection, user_id: int, *, now_ms: int) -> None:
    """Remember when somebody signed in last."""
    _update(db, user_id, signed_in_at_ms=now_ms)


def remove_user(db: sa.Connection, user_id: int) -> None:
    """Remove somebody, with sessions, second factor and links."""
    db.execute(sa.delete(users).where(users.c.id == user_id))


def offer_totp(db: sa.Connection, user_id: int, *, sealed: bytes) -> None:
    """Keep the secret of a second factor that is not asked for before it has been proved."""
    _update(db, user_id, totp=sealed, totp_on=0, totp_step=0)


def take_step(db: sa.Connection, user_id: int, *, step: int) -> bool:
    """Take the code of a moment, once; False when it, or a later one, was taken before."""
    later = (users.c.id == user_id) & (users.c.totp_step < step)
    return bool(db.execute(sa.update(users).where(later).values(totp_step=step)).rowcount)


def switch_totp_on(db: sa.Connection, user_id: int, *, code_hashes: list[str]) -> None:
    """Ask for the second factor from now on; these recovery codes replace any others."""
    _update(db, user_id, totp_on=1)
    db.execute(sa.delete(recovery_codes).where(recovery_codes.c.user_id == user_id))
    rows = [{"user_id": user_id, "code_hash": one} for one in code_hashes]
    db.execute(sa.insert(recovery_codes), rows)


def switch_totp_off(db: sa.Connection, user_id: int) -> None:
    """Forget the second factor and its recovery codes."""
    _update(db, user_id, totp=None, totp_on=0, totp_step=0)
    db.execute(sa.delete(recovery_codes).where(recovery_codes.c.user_id == user_id))


def use_recovery_code(db: sa.Connection, user_id: int, *, code_hash: str) -> bool:
    """Use a recovery code up; False for one that there is not."""
    mine = (recovery_codes.c.user_id == user_id) & (recovery_codes.c.code_hash == code_hash)
    return bool(db.execute(sa.delete(recovery_codes).where(mine)).rowcount)


def count_recovery_codes(db: sa.Connection, user_id: int) -> int:
    """How many are left."""
    mine = recovery_codes.c.user_id == user_id
    return db.scalar(sa.select(sa.func.count()).where(mine)) or 0


def put_link(
    db: sa.Connection, token_hash: str, *, user_id: int | None, now_ms: int, ttl_ms: int
) -> None:
    """Make a link with which somebody chooses a password; it ends the earlier ones.

    `user_id` is None for the link that makes the first owner.
    """
    db.execute(sa.delete(set_up_links).where(_links_of(user_id)))
    db.execute(
        sa.insert(set_up_links).values(
            token_hash=token_hash,
            user_id=user_id,
            created_at_ms=now_ms,
            expires_at_ms=now_ms + ttl_ms,
        )
    )


def link_of(db: sa.Connection, token_hash: str, *, now_ms: int) -> tuple[int | None] | None:
    """Whose link this is, as a tuple of one; None for one that is not good (any more)."""
    good = (set_up_links.c.token_hash == token_hash) & (set_up_links.c.expires_at_ms > now_ms)
    row = db.execute(sa.select(set_up_links.c.user_id).where(good)).one_or_none()
    return None if row is None else (row.user_id,)


def use_links(db: sa.Connection, user_id: int | None) -> bool:
    """Use up the links of somebody; False where another request was faster.

    All of them at once: of two good links for the first owner only one makes one.
    """
    return bool(db.execute(sa.delete(set_up_links).where(_links_of(user_id))).rowcount)


def _links_of(user_id: int | None) -> sa.ColumnElement[bool]:
    column = set_up_links.c.user_id
    return column.is_(None) if user_id is None else column == user_id


def _update(db: sa.Connection, user_id: int, **values: Any) -> None:
    db.execute(sa.update(users).where(users.c.id == user_id).values(**values))


def user_of(row: Any) -> User:
    """A User of a row that has the columns of `users`."""
    return User(
        id=row.id,
        email=row.email,
        name=row.name,
        role=Role(row.role),
        password_hash=row.password_hash,
        totp=None if row.totp is None else bytes(row.totp),
        totp_on=bool(row.totp_on),
        totp_step=row.totp_step,
        subject=row.subject,
        created_at_ms=row.created_at_ms,
        signed_in_at_ms=row.signed_in_at_ms,
    )
