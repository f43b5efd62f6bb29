"""What a Shift knows of records, while outcomes are stored in any order."""

import pytest
import sqlalchemy as sa
from tests.clock import ManualClock

from dealwright.core.plan import Create, Plan, Update
from dealwright.core.record import Person, RecordKind
from dealwright.core.written import Moment, Path, Told
from dealwright.pipeline.past import Memo, Past
from dealwright.pipeline.tenure import Tenure
from dealwright.store.engine import Store
from dealwright.store.merges import merged
from dealwright.store.written import written

PERSON = RecordKind.PERSON


@pytest.fixture
def tenure(store: Store) -> Tenure:
    """The drain's hold on Connection 1."""
    return Tenure(store, connection_id=1, holder="worker", clock=ManualClock(), lease_s=30)


def renamed(past: Past, name: str, at_ms: int) -> Memo:
    """Take a person as renamed; what is to be stored."""
    values = {"name": name}
    update = Update(kind=PERSON, record_id=7, values=values, before={})
    told = Told(values=values, moments={Path("name"): Moment(at_ms, at_ms, 1)})
    memo = past.add(
        PERSON, Person(id=7, name=name), plan=Plan(changes=(update,)), told=told, schema=None
    )
    assert memo is not None
    return memo


async def test_the_latest_is_stored_whichever_outcome_is_stored_last(
    store: Store, tenure: Tenure
) -> None:
    past = Past(tenure)
    first, second = renamed(past, "Ada", 1), renamed(past, "Ada Love", 2)
    for memo in (second, first):
        await store.write(memo)

    kept = await Past(tenure).of(PERSON, 7)
    assert kept == await past.of(PERSON, 7)
    assert kept.times == {"name": Moment(2, 2, 1)}


async def test_what_was_just_written_is_known_before_it_is_stored(tenure: Tenure) -> None:
    past = Past(tenure)
    renamed(past, "Ada", 1)

    assert (await past.of(PERSON, 7)).times == {"name": Moment(1, 1, 1)}


async def test_a_look_that_comes_late_makes_nothing_older(store: Store, tenure: Tenure) -> None:
    past = Past(tenure)
    renamed(past, "Ada", 1)

    def look(db: sa.Connection) -> None:
        past.look(db, PERSON, [7])

    await store.read(look)
    assert (await past.of(PERSON, 7)).times == {"name": Moment(1, 1, 1)}


async def test_saying_the_same_again_stores_nothing(store: Store, tenure: Tenure) -> None:
    past = Past(tenure)
    await store.write(renamed(past, "Ada", 1))
    told = Told(values={"name": "Ada"}, moments={Path("name"): Moment(1, 1, 1)})
    again = past.add(
        PERSON, Person(id=7, name="Ada"), plan=Plan(changes=()), told=told, schema=None
    )

    assert again is None
    assert await store.read(lambda db: written(db, 1, kind=PERSON, record_ids=[7])) != {}


def named(past: Past, person: int, name: str, at_ms: int) -> Memo:
    """Take a person as created with a name; what is to be stored."""
    told = Told(values={"name": name}, moments={Path("name"): Moment(at_ms, at_ms, 1)})
    plan = Plan(changes=(Create(kind=PERSON, values={"name": name}),))
    memo = past.add(PERSON, Person(id=person, name=name), plan=plan, told=told, schema=None)
    assert memo is not None
    return memo


async def test_of_who_was_merged_while_the_shift_runs_nothing_older_is_written(
    store: Store, tenure: Tenure
) -> None:
    past = Past(tenure)
    for memo in (named(past, 1, "Ada", 1), named(past, 2, "Ada Love", 9)):
        await store.write(memo)
    await store.write(lambda db: merged(db, 1, PERSON, lost=2, into=1, at_ms=10))
    await store.read(lambda db: past.look(db, PERSON, [1]))

    assert (await past.of(PERSON, 1)).times == {"name": Moment(9, 9, 1)}


async def test_an_outcome_that_is_stored_after_a_merge_forgets_nothing_of_it(
    store: Store, tenure: Tenure
) -> None:
    past = Past(tenure)
    await store.write(named(past, 2, "Ada Love", 9))
    late = named(past, 1, "Ada", 1)
    await store.write(lambda db: merged(db, 1, PERSON, lost=2, into=1, at_ms=10))
    await store.write(late)

    assert (await Past(tenure).of(PERSON, 1)).times == {"name": Moment(9, 9, 1)}
