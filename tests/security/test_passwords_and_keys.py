"""Passwords follow the parameters of today; keys are known by their hashes alone."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import sqlalchemy as sa
from argon2 import PasswordHasher, Type, extract_parameters
from tests.web.people import PASSWORD, QUICK, House, everything_in, open_house

from dealwright.core.apikey import PREFIX, hash_api_key
from dealwright.core.people import Role
from dealwright.store.api_keys import create_api_key, list_api_keys, new_api_key
from dealwright.store.people import find_user
from dealwright.store.sources import add_write_key, create_source
from dealwright.web.auth.passwords import Passwords
from dealwright.web.write_keys import hash_write_key, new_write_key

pytestmark = pytest.mark.security

EMAIL = "ada@hub.example"
STRONGER = PasswordHasher(time_cost=2, memory_cost=16, parallelism=1)

#: Random characters of URL-safe base64 that are as much as 128 bits.
UNGUESSABLE = 22


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[House]:
    """A hub of people, with Ada in it."""
    async with open_house(tmp_path) as opened:
        await opened.person(email=EMAIL)
        yield opened


async def kept(house: House) -> str:
    user = await house.store.read(lambda db: find_user(db, EMAIL))
    assert user is not None
    return user.password_hash


async def test_a_password_is_hashed_anew_at_sign_in_when_more_work_is_wanted(house: House) -> None:
    house.people.passwords = Passwords(STRONGER)
    told = await house.browser().sign_in(EMAIL)

    assert told["stage"] == "full"
    assert extract_parameters(await kept(house)).time_cost == 2


async def test_it_still_opens_after_that(house: House) -> None:
    house.people.passwords = Passwords(STRONGER)
    await house.browser().sign_in(EMAIL)

    assert (await house.browser().sign_in(EMAIL))["stage"] == "full"


async def test_other_sessions_go_on(house: House) -> None:
    before = house.browser()
    await before.sign_in(EMAIL)
    house.people.passwords = Passwords(STRONGER)
    await house.browser().sign_in(EMAIL)

    assert await before.role() == "viewer"


async def test_a_wrong_password_changes_no_hash(house: House) -> None:
    before = await kept(house)
    house.people.passwords = Passwords(STRONGER)
    await house.browser().sign_in(EMAIL, "wrong horse battery staple")

    assert await kept(house) == before


async def test_a_hash_of_today_stays(house: House) -> None:
    before = await kept(house)
    house.people.passwords = Passwords(QUICK)
    await house.browser().sign_in(EMAIL)

    assert await kept(house) == before


def test_passwords_are_argon2id_as_rfc_9106_has_it_for_little_memory() -> None:
    parameters = extract_parameters(Passwords()._hasher.hash("x"))
    cost = (parameters.type, parameters.time_cost, parameters.memory_cost, parameters.parallelism)
    assert cost == (Type.ID, 3, 65_536, 4)


async def test_the_store_has_no_key_and_no_password(house: House, tmp_path: Path) -> None:
    api_key, write_key = new_api_key(), new_write_key()

    def keep(db: sa.Connection) -> None:
        create_api_key(db, "ci", role=Role.OWNER, key=api_key, made_by="cli", now_ms=1)
        source = create_source(db, "website", now_ms=1)
        hashed = hash_write_key(write_key)
        add_write_key(db, source.id, key_hash=hashed, prefix=write_key[:6], now_ms=1)

    await house.store.write(keep)
    stored = everything_in(tmp_path)

    assert hash_api_key(api_key).encode() in stored
    assert [one for one in (api_key, write_key, PASSWORD) if one.encode() in stored] == []


async def test_what_is_shown_of_an_api_key_leaves_it_unguessable(house: House) -> None:
    key = new_api_key()
    made = await house.store.write(
        lambda db: create_api_key(db, "ci", role=Role.OWNER, key=key, made_by="cli", now_ms=1)
    )
    (listed,) = await house.store.read(list_api_keys)

    assert (key.startswith(PREFIX), listed.prefix) == (True, made.prefix)
    assert len(key) - len(made.prefix) >= UNGUESSABLE


def test_what_is_shown_of_a_write_key_leaves_it_unguessable() -> None:
    assert len(new_write_key()) - 6 >= UNGUESSABLE


def test_no_two_keys_are_alike() -> None:
    made = [new_api_key() for _ in range(100)] + [new_write_key() for _ in range(100)]
    assert len(set(made)) == 200
