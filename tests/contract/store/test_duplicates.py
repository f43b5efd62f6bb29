"""Duplicates on both databases: groups keep numbers, what was said holds after a merge."""

import pytest
import sqlalchemy as sa

from dealwright.core.errors import NotFound
from dealwright.core.record import RecordKind
from dealwright.core.twins import Group, Pair, Sign
from dealwright.store.connections import NewConnection, create_connection
from dealwright.store.duplicates import (
    LastLook,
    apart,
    group_of,
    last_looks,
    list_duplicates,
    put_apart,
    put_groups,
    regroup,
)
from dealwright.store.engine import Store
from dealwright.store.merges import merged

PERSON = RecordKind.PERSON


@pytest.fixture(autouse=True)
async def _connection(store: Store) -> None:
    new = NewConnection(name="a", base_url="https://a.pipedrive.com", plan="growth", seats=5)
    await store.write(lambda db: create_connection(db, new, now_ms=1))


def group(*ids: int, score: int = 90) -> Group:
    pairs = tuple(
        Pair(one=one, other=other, score=score, signs=(Sign.EMAIL,))
        for one in ids
        for other in ids
        if one < other
    )
    return Group(ids=ids, score=score, pairs=pairs)


def find(db: sa.Connection, *groups: Group, at_ms: int = 1) -> None:
    looked = LastLook(kind=PERSON, at_ms=at_ms, records=10)
    put_groups(db, 1, PERSON, groups=groups, looked=looked)


def say(db: sa.Connection, one: int, other: int) -> int:
    return put_apart(db, 1, PERSON, pairs=[(one, other)], said_by="sam", now_ms=1)


def numbers(db: sa.Connection) -> dict[tuple[int | str, ...], int]:
    return {one.group.ids: one.id for one in list_duplicates(db)}


async def test_a_group_keeps_its_number_and_a_new_one_gets_another(store: Store) -> None:
    await store.write(lambda db: find(db, group(1, 2), group(3, 4)))
    before = await store.read(numbers)
    await store.write(lambda db: find(db, group(1, 2, score=70), group(5, 6), at_ms=9))
    after = await store.read(numbers)

    assert after[1, 2] == before[1, 2]
    assert set(after) == {(1, 2), (5, 6)}
    assert after[5, 6] not in before.values()


async def test_the_surest_come_first_page_by_page(store: Store) -> None:
    found = [group(1, 2, score=70), group(3, 4, score=90), group(5, 6, score=90)]
    await store.write(lambda db: find(db, *found))

    first = await store.read(lambda db: list_duplicates(db, limit=2))
    last = (first[-1].group.score, first[-1].id)
    rest = await store.read(lambda db: list_duplicates(db, limit=2, before=last))

    assert [one.group.score for one in (*first, *rest)] == [90, 90, 70]


async def test_what_was_said_is_kept_once_in_either_order(store: Store) -> None:
    said = [
        await store.write(lambda db: say(db, 2, 1)),
        await store.write(lambda db: say(db, 1, 2)),
    ]

    assert said == [1, 0]
    assert await store.read(lambda db: apart(db, 1, PERSON)) == {(1, 2)}


async def test_what_was_said_of_a_merged_record_goes_for_its_heir(store: Store) -> None:
    await store.write(lambda db: (say(db, 2, 3), say(db, 2, 5)))

    await store.write(lambda db: merged(db, 1, PERSON, lost=2, into=5, at_ms=9))

    assert await store.read(lambda db: apart(db, 1, PERSON)) == {(3, 5)}


async def test_a_merged_record_leaves_its_group(store: Store) -> None:
    await store.write(lambda db: find(db, group(1, 2, 12), group(22, 23)))

    await store.write(lambda db: merged(db, 1, PERSON, lost=2, into=1, at_ms=9))
    after_one = await store.read(numbers)
    await store.write(lambda db: merged(db, 1, PERSON, lost=22, into=23, at_ms=9))

    assert set(after_one) == {(1, 12), (22, 23)}
    assert set(await store.read(numbers)) == {(1, 12)}


async def test_a_group_of_which_somebody_spoke_becomes_what_is_left_of_it(store: Store) -> None:
    await store.write(lambda db: find(db, group(1, 2, 3)))
    (found,) = await store.read(list_duplicates)

    await store.write(lambda db: regroup(db, found, [group(1, 2)]))

    assert set(await store.read(numbers)) == {(1, 2)}
    with pytest.raises(NotFound):
        await store.read(lambda db: group_of(db, found.id))


async def test_when_a_kind_was_looked_through_is_remembered(store: Store) -> None:
    await store.write(lambda db: find(db, at_ms=5))
    await store.write(lambda db: find(db, at_ms=7))

    looks = await store.read(lambda db: last_looks(db, 1))
    assert looks == [LastLook(kind=PERSON, at_ms=7, records=10)]
