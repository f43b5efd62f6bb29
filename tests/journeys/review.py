"""Reviewing: the verbs of journeys in which people decide of what waits for them."""

from typing import Any

import sqlalchemy as sa
from tests.hub import Hub

from dealwright.core.clock import to_ms
from dealwright.core.people import Principal, PrincipalKind, Role
from dealwright.pipeline.reviewbulk import Bulk, decide_many
from dealwright.pipeline.reviewdesk import Decided, Decision, decide
from dealwright.pipeline.reviewitem import Do, ReviewItem
from dealwright.pipeline.reviewqueue import ReviewFilter, queue

SAM = Principal(kind=PrincipalKind.USER, id=1, name="Sam", role=Role.MEMBER)


async def items(hub: Hub, **where: Any) -> list[ReviewItem]:
    """What waits for a person, newest first."""
    page = await hub.store.read(lambda db: queue(db, ReviewFilter(**where), limit=50))
    return list(page.items)


async def decided(hub: Hub, item_id: str, do: Do, *, version: str = "", **given: Any) -> Decided:
    """Sam decides of an item, and the hub goes on until nothing is due."""

    def change(db: sa.Connection) -> Decided:
        decision, now_ms = Decision(do=do, **given), to_ms(hub.clock.now())
        return decide(db, item_id, decision, by=SAM, now_ms=now_ms, version=version)

    done = await hub.store.write(change)
    await hub.run_until_idle()
    await hub.run_until_idle()
    return done


async def decided_many(
    hub: Hub, which: list[str] | ReviewFilter, do: Do, *, expected: int | None, **given: Any
) -> Bulk:
    """Sam decides of many items at once."""

    def change(db: sa.Connection) -> Bulk:
        decision, now_ms = Decision(do=do, **given), to_ms(hub.clock.now())
        return decide_many(db, which, decision, by=SAM, now_ms=now_ms, expected=expected)

    done = await hub.store.write(change)
    await hub.run_until_idle()
    return done
