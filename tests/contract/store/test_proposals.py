"""Proposals on both databases: each is decided once, and done once."""

import asyncio

import sqlalchemy as sa

from dealwright.core.proposal import LASTS_MS, Preview, ProposalState, RetryWish
from dealwright.store.engine import Store
from dealwright.store.proposals import (
    Proposal,
    ProposalOver,
    begin_proposal,
    decide_proposal,
    put_proposal,
)

WISH = RetryWish(deliveries=(1,))
PREVIEW = Preview(connection_id=1, summary="Send it once more.", tokens=50, writes=1)


async def approved(store: Store) -> int:
    """A Proposal that somebody approved of."""

    def make(db: sa.Connection) -> int:
        number = put_proposal(db, WISH, PREVIEW, reason="", made_by="agent", now_ms=10)
        state = ProposalState.APPROVED
        return decide_proposal(db, number, state=state, by="ada@team.example", now_ms=20).id

    return await store.write(make)


async def begun(store: Store, number: int, *, now_ms: int = 30) -> Proposal:
    return await store.write(lambda db: begin_proposal(db, number, now_ms=now_ms))


async def test_of_two_who_have_it_done_at_once_one_does(store: Store) -> None:
    number = await approved(store)
    ended = await asyncio.gather(*(begun(store, number) for _ in range(4)), return_exceptions=True)
    done = [one.state for one in ended if isinstance(one, Proposal)]
    refused = [one.code for one in ended if isinstance(one, ProposalOver)]
    assert (done, refused) == ([ProposalState.DONE], ["proposal_over"] * 3)


async def test_what_was_approved_of_yesterday_is_not_done(store: Store) -> None:
    number = await approved(store)
    (ended,) = await asyncio.gather(
        begun(store, number, now_ms=10 + LASTS_MS), return_exceptions=True
    )
    assert isinstance(ended, ProposalOver)
    assert "it is expired by ada@team.example" in str(ended)


async def test_what_was_approved_of_is_not_rejected_later(store: Store) -> None:
    number = await approved(store)
    late = store.write(
        lambda db: decide_proposal(
            db, number, state=ProposalState.REJECTED, by="bo@team.example", now_ms=30
        )
    )
    (ended,) = await asyncio.gather(late, return_exceptions=True)
    assert isinstance(ended, ProposalOver)
    assert (await begun(store, number)).decided_by == "ada@team.example"
