"""Who may change what about people, and that every such change is noted with who made it."""

import hashlib
from collections.abc import Sequence
from typing import Final

import sqlalchemy as sa

from dealwright.core.errors import MappingError, NotFound
from dealwright.core.identifier import email as email_identifier
from dealwright.core.people import Conflicting, NotAllowed, Principal, PrincipalKind, Role, Unfit
from dealwright.store import people, sessions
from dealwright.store.audit import record
from dealwright.store.people import User
from dealwright.store.sessions import Session

#: How long a link to choose a password is good.
LINK_TTL_MS: Final = 24 * 3_600_000
#: A session that was not used for so long is over, and every one is after so long.
IDLE_MS: Final = 12 * 3_600_000
LONGEST_MS: Final = 7 * 24 * 3_600_000

_NAME_CHARS: Final = 100


def address_of(written: str) -> str:
    """An e-mail address in the form in which people are known; raises Unfit."""
    try:
        found = email_identifier(written).value
    except MappingError as error:
        raise Unfit(f"{written[:80]!r} is no e-mail address.", code="invalid_email") from error
    return found


def shown(user: User) -> dict[str, object]:
    """What the record of changes, and whoever may see it, is told of a user: no secrets."""
    return {
        "email": user.email,
        "name": user.name,
        "role": user.role.value,
        "second_factor": user.totp_on,
    }


def invite(
    db: sa.Connection, who: Principal, *, email: str, name: str, role: Role, now_ms: int
) -> User:
    """Add somebody, who chooses a password by a link. Raises NotAllowed, Unfit and Conflicting."""
    _check_covers(who, role)
    address = address_of(email)
    called = " ".join(name.split())[:_NAME_CHARS] or address.partition("@")[0]
    user = people.add_user(db, email=address, name=called, role=role, now_ms=now_ms)
    _note(db, who, "user.add", user, after=shown(user), now_ms=now_ms)
    return user


def give_link(
    db: sa.Connection, who: Principal, user: User, *, link_hash: str, now_ms: int
) -> None:
    """Let somebody choose a password, by a link that is good once and for a day."""
    _check_covers(who, user.role)
    people.put_link(db, link_hash, user_id=user.id, now_ms=now_ms, ttl_ms=LINK_TTL_MS)
    _note(db, who, "user.link", user, now_ms=now_ms)


def change_role(
    db: sa.Connection, who: Principal, user_id: int, *, role: Role, now_ms: int
) -> User:
    """Give somebody another role, from their next request on.

    Raises NotFound, NotAllowed, and Conflicting (`last_owner`).
    """
    before = people.user(db, user_id)
    _check_covers(who, before.role)
    _check_covers(who, role)
    if role is not Role.OWNER:
        _keep_an_owner(db, before)
    people.set_role(db, user_id, role=role)
    after = people.user(db, user_id)
    if after.role is not before.role:
        _note(db, who, "user.role", after, before=shown(before), after=shown(after), now_ms=now_ms)
    return after


def remove(db: sa.Connection, who: Principal, user_id: int, *, now_ms: int) -> User:
    """Remove somebody; their sessions end at once. Raises as `change_role`."""
    gone = people.user(db, user_id)
    _check_covers(who, gone.role)
    _keep_an_owner(db, gone)
    people.remove_user(db, user_id)
    _note(db, who, "user.remove", gone, before=shown(gone), now_ms=now_ms)
    return gone


def reset(db: sa.Connection, who: Principal, user_id: int, *, link_hash: str, now_ms: int) -> User:
    """Take password, second factor and sessions from somebody who chooses anew by a link."""
    before = people.user(db, user_id)
    _check_covers(who, before.role)
    people.set_password(db, user_id, password_hash="")
    people.switch_totp_off(db, user_id)
    sessions.end_sessions(db, user_id)
    sessions.forget_tries(db, account_key(before.email))
    sessions.forget_tries(db, factor_key(user_id))
    people.put_link(db, link_hash, user_id=user_id, now_ms=now_ms, ttl_ms=LINK_TTL_MS)
    after = people.user(db, user_id)
    _note(db, who, "user.reset", after, before=shown(before), after=shown(after), now_ms=now_ms)
    return after


def end_all_sessions(db: sa.Connection, who: Principal, user_id: int, *, now_ms: int) -> int:
    """Sign somebody out everywhere; how many sessions that were."""
    user = people.user(db, user_id)
    _check_covers(who, user.role)
    ended = sessions.end_sessions(db, user_id)
    _note(db, who, "user.sign_out", user, before={"sessions": ended}, now_ms=now_ms)
    return ended


def end_one_session(db: sa.Connection, who: Principal, session: Session, *, now_ms: int) -> None:
    """Sign somebody out at one place."""
    user = people.user(db, session.user_id)
    if not _is_own(who, user.id):
        _check_covers(who, user.role)
    if not sessions.end_session(db, session.id):
        raise NotFound(f"There is no session {session.id}.")
    _note(db, who, "session.end", user, before={"session": session.id}, now_ms=now_ms)


def end_each(db: sa.Connection, who: Principal, ended: Sequence[Session], *, now_ms: int) -> None:
    """Sign somebody out at several places."""
    for one in ended:
        end_one_session(db, who, one, now_ms=now_ms)


def begin_first_owner(db: sa.Connection, who: Principal, *, link_hash: str, now_ms: int) -> bool:
    """Make the link by which the first owner is made; False when there is somebody already."""
    if people.list_users(db):
        return False
    people.put_link(db, link_hash, user_id=None, now_ms=now_ms, ttl_ms=LINK_TTL_MS)
    record(db, at_ms=now_ms, principal=who, action="setup.link", target="hub")
    return True


def as_principal(user: User) -> Principal:
    """The Principal of somebody who has signed in."""
    return Principal(kind=PrincipalKind.USER, id=user.id, name=user.email, role=user.role)


def account_key(email: str) -> str:
    """Under what the tries at an account's password are counted, whether or not there is one."""
    return f"account:{hashlib.sha256(email.encode('utf-8', 'replace')).hexdigest()}"


def factor_key(user_id: int) -> str:
    """Under what the tries at a second factor are counted."""
    return f"factor:{user_id}"


def _is_own(who: Principal, user_id: int) -> bool:
    return who.kind is PrincipalKind.USER and who.id == user_id


def _check_covers(who: Principal, role: Role) -> None:
    if not who.role.covers(role):
        raise NotAllowed(f"Only an {role.value} may do that: your role is {who.role.value}.")


def _keep_an_owner(db: sa.Connection, user: User) -> None:
    if user.role is Role.OWNER and people.lock_owners(db) == [user.id]:
        raise Conflicting(
            "This is the only owner: make somebody else one first.", code="last_owner"
        )


def _note(
    db: sa.Connection,
    who: Principal,
    action: str,
    user: User,
    *,
    before: object = None,
    after: object = None,
    now_ms: int,
) -> None:
    record(
        db,
        at_ms=now_ms,
        principal=who,
        action=action,
        target=f"user:{user.id}",
        before=before,
        after=after,
    )
