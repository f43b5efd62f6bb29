"""A mirror in which somebody is there twice, for tests of what is made of that."""

from collections.abc import Sequence

import sqlalchemy as sa

from dealwright.core.record import Labelled, Person, RecordKind
from dealwright.pipeline.mirrored import row_of
from dealwright.store.crawls import want_crawl
from dealwright.store.mirror import put_records
from dealwright.store.tables import mirror_state


def ada_twice() -> list[Person]:
    """Ada, Ada, and Bob."""
    address = Labelled(value="ada@x.example", primary=True)
    return [
        Person(id=1, name="Ada Love", emails=(address,), add_time="2026-01-01T00:00:00Z"),
        Person(id=2, name="Ada L", emails=(address,), add_time="2026-02-01T00:00:00Z"),
        Person(id=3, name="Bob Stone"),
    ]


def twins_of(first: int, name: str, address: str) -> list[Person]:
    """Two records of one person."""
    emails = (Labelled(value=address, primary=True),)
    return [Person(id=number, name=name, emails=emails) for number in (first, first + 1)]


def put_people(db: sa.Connection, connection_id: int, people: Sequence[Person]) -> None:
    """Have these be all the persons of an account, as its mirror knows it."""
    kind = RecordKind.PERSON
    rows = [row_of(one, kind, checked_at_ms=1, exact=True, region=None) for one in people]
    put_records(db, connection_id, rows)
    want_crawl(db, connection_id, kinds=[kind], now_ms=1)
    db.execute(sa.update(mirror_state).values(complete_at_ms=1, crawling=0))
