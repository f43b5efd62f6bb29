"""People in the store, on both databases: what only one of many at once may get, one gets."""

import asyncio

import pytest
import sqlalchemy as sa

from dealwright.core.errors import NotFound
from dealwright.core.people import CLI, Conflicting, Role
from dealwright.pipeline import people as rules
from dealwright.store import audit, people, sessions
from dealwright.store.audit import entries, record
from dealwright.store.engine import Store
from dealwright.store.people import User
from dealwright.store.sessions import NewSession, Stage

HOUR = 3_600_000
NAME = audit.__name__


def add(db: sa.Connection, email: str = "ada@hub.example", role: Role = Role.OWNER) -> User:
    return people.add_user(db, email=email, name="Ada", role=role, now_ms=1)


def begin(db: sa.Connection, user: User, *, hashed: str = "t", expires_at_ms: int = HOUR) -> int:
    new = NewSession(
        token_hash=hashed,
        user_id=user.id,
        stage=Stage.FULL,
        method="password",
        address="192.0.2.1",
        agent="x" * 1_000,
        expires_at_ms=expires_at_ms,
    )
    return sessions.begin_session(db, new, now_ms=0)


def test_a_user_is_read_as_added(db: sa.Connection) -> None:
    user = add(db)

    assert people.user(db, user.id) == people.find_user(db, "ada@hub.example") == user
    assert (user.password_hash, user.totp, user.totp_on, user.subject) == ("", None, False, None)


def test_an_address_is_taken_once(db: sa.Connection) -> None:
    add(db)

    with pytest.raises(Conflicting) as raised:
        add(db)
    assert raised.value.code == "email_taken"


def test_who_is_not_there_is_not_found(db: sa.Connection) -> None:
    with pytest.raises(NotFound):
        people.user(db, 7)
    assert people.find_user(db, "ada@hub.example") is None


def test_with_a_user_everything_of_theirs_goes_but_not_the_record(db: sa.Connection) -> None:
    user = add(db)
    begin(db, user)
    people.switch_totp_on(db, user.id, code_hashes=["a", "b"])
    people.put_link(db, "link", user_id=user.id, now_ms=0, ttl_ms=HOUR)
    record(db, at_ms=1, principal=CLI, action="user.add", target=f"user:{user.id}")
    people.remove_user(db, user.id)

    assert sessions.open_session(db, "t", now_ms=1, idle_ms=HOUR) is None
    assert people.link_of(db, "link", now_ms=1) is None
    assert people.count_recovery_codes(db, user.id) == 0
    assert [one.target for one in entries(db, limit=9)] == [f"user:{user.id}"]


@pytest.mark.parametrize(("now_ms", "is_open"), [(999, True), (1_000, False)])
def test_a_session_ends_when_it_is_not_used(
    db: sa.Connection, now_ms: int, *, is_open: bool
) -> None:
    begin(db, add(db))

    found = sessions.open_session(db, "t", now_ms=now_ms, idle_ms=1_000)
    assert (found is not None) is is_open


@pytest.mark.parametrize(("now_ms", "is_open"), [(HOUR - 1, True), (HOUR, False)])
def test_a_session_ends_however_it_is_used(
    db: sa.Connection, now_ms: int, *, is_open: bool
) -> None:
    session_id = begin(db, add(db))
    sessions.touch_session(db, session_id, now_ms=now_ms)

    assert (sessions.open_session(db, "t", now_ms=now_ms, idle_ms=HOUR) is not None) is is_open


def test_a_session_has_its_user_as_they_are_now(db: sa.Connection) -> None:
    user = add(db)
    begin(db, user)
    people.set_role(db, user.id, role=Role.VIEWER)

    found = sessions.open_session(db, "t", now_ms=1, idle_ms=HOUR)
    assert found is not None
    assert found[1].role is Role.VIEWER


def test_what_has_expired_is_forgotten_when_somebody_signs_in(db: sa.Connection) -> None:
    user = add(db)
    begin(db, user, hashed="old", expires_at_ms=-1)
    begin(db, user, hashed="new")

    tokens = db.scalars(sa.text("select token_hash from sessions")).all()
    assert tokens == ["new"]


def test_tries_are_counted_within_a_window(db: sa.Connection) -> None:
    made = [
        sessions.count_try(db, "k", now_ms=now_ms, window_ms=100).made
        for now_ms in (0, 50, 99, 100, 101)
    ]

    assert made == [1, 2, 3, 1, 2]


async def test_of_tries_at_once_none_is_lost(store: Store) -> None:
    made = await asyncio.gather(
        *(
            store.write(lambda db: sessions.count_try(db, "k", now_ms=0, window_ms=100).made)
            for _ in range(20)
        )
    )

    assert sorted(made) == list(range(1, 21))


async def test_of_two_owners_who_leave_at_once_one_stays(store: Store) -> None:
    users = [
        await store.write(lambda db, email=email: add(db, email))
        for email in ("a@hub.example", "b@hub.example")
    ]
    left = await asyncio.gather(
        *(
            store.write(
                lambda db, user=user: rules.change_role(
                    db, CLI, user.id, role=Role.VIEWER, now_ms=0
                )
            )
            for user in users
        ),
        return_exceptions=True,
    )

    assert [type(one) for one in left].count(Conflicting) == 1


async def test_a_step_is_taken_once_by_whoever_is_first(store: Store) -> None:
    user = await store.write(add)
    taken = await asyncio.gather(
        *(store.write(lambda db: people.take_step(db, user.id, step=5)) for _ in range(5))
    )

    assert sorted(taken) == [False, False, False, False, True]


async def test_a_recovery_code_is_used_once_by_whoever_is_first(store: Store) -> None:
    user = await store.write(add)
    await store.write(lambda db: people.switch_totp_on(db, user.id, code_hashes=["a"]))
    used = await asyncio.gather(
        *(
            store.write(lambda db: people.use_recovery_code(db, user.id, code_hash="a"))
            for _ in range(5)
        )
    )

    assert sorted(used) == [False, False, False, False, True]


@pytest.mark.parametrize("of_nobody", [True, False])
async def test_a_link_is_used_once_by_whoever_is_first(store: Store, *, of_nobody: bool) -> None:
    user = await store.write(add)
    user_id = None if of_nobody else user.id
    await store.write(lambda db: people.put_link(db, "l", user_id=user_id, now_ms=0, ttl_ms=HOUR))
    used = await asyncio.gather(
        *(store.write(lambda db: people.use_links(db, user_id)) for _ in range(5))
    )

    assert sorted(used) == [False, False, False, False, True]


def test_whoever_comes_back_from_the_provider_is_waited_for_once(db: sa.Connection) -> None:
    sessions.begin_visit(db, "s", bound_to="b", sealed=b"x", expires_at_ms=100)

    assert sessions.end_visit(db, "s", bound_to="another", now_ms=1) is None
    assert sessions.end_visit(db, "s", bound_to="b", now_ms=100) is None
    assert sessions.end_visit(db, "s", bound_to="b", now_ms=1) == b"x"
    assert sessions.end_visit(db, "s", bound_to="b", now_ms=1) is None


def test_a_change_is_read_as_recorded(db: sa.Connection) -> None:
    record(
        db,
        at_ms=7,
        principal=CLI,
        action="mapping.update",
        target="mapping:3",
        before={"name": "old", "n": [1, None]},
        after={"name": "nül\0"},
    )

    entry = entries(db, limit=1)[0]
    assert (entry.at_ms, entry.principal_name, entry.action) == (7, "cli", "mapping.update")
    assert (entry.before, entry.after) == ({"name": "old", "n": [1, None]}, {"name": "nül\0"})


def test_changes_are_found_by_what_and_of_what(db: sa.Connection) -> None:
    for action, target in (("user.add", "user:1"), ("user.role", "user:1"), ("users", "user:2")):
        record(db, at_ms=1, principal=CLI, action=action, target=target)

    assert [one.action for one in entries(db, limit=9, action="user")] == ["user.role", "user.add"]
    assert [one.action for one in entries(db, limit=9, action="user.add")] == ["user.add"]
    assert [one.action for one in entries(db, limit=9, target="user:2")] == ["users"]
    assert entries(db, limit=9, action="user_") == []


def test_the_record_offers_nothing_that_alters_it() -> None:
    own = (name for name, one in vars(audit).items() if getattr(one, "__module__", "") == NAME)

    assert {name for name in own if not name.startswith("_")} == {"Entry", "record", "entries"}
