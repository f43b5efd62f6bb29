"""/proposals: what programs propose; a person or a policy approves, then it is done."""

from datetime import datetime
from typing import Annotated, Any

import msgspec
import sqlalchemy as sa
from fastapi import APIRouter
from pydantic import BaseModel, Field

from dealwright.core.clock import from_ms
from dealwright.core.people import Principal
from dealwright.core.proposal import ProposalState, Wish
from dealwright.pipeline.proposing import Proposing
from dealwright.store import proposals as store_of
from dealwright.web.api.act import Act, Desk, acting, allowed
from dealwright.web.api.office import Office
from dealwright.web.api.paging import Cursor, Limit, Page, cursor_before, place_of
from dealwright.web.api.refusals import InvalidRequest
from dealwright.web.api.shapes import Given, Id, moment
from dealwright.web.auth.permissions import Permission

router = APIRouter(tags=["Proposals"])

READ = allowed(Permission.PROPOSE)
Making = Annotated[Act, acting(Permission.PROPOSE)]
Acting = Annotated[Act, acting(Permission.PROPOSALS_ACT)]


class ProposalIn(Given):
    """What is proposed, and why.

    `wish.kind` is replay (mapping_id, from_event, to_event, version), retry (deliveries), review
    (item, do, version, record_id, option_ids, scope, note), undo (selection) or mapping
    (connection_id, name, action, trigger, fields; mapping_id for its next version).
    """

    wish: dict[str, Any]
    reason: Annotated[str, Field(max_length=2_000)] = ""

    def read(self) -> Wish:
        """The wish, typed; raises InvalidRequest."""
        try:
            return msgspec.convert(self.wish, Wish)
        except msgspec.ValidationError as error:
            raise InvalidRequest(f"The wish does not fit: {error}.") from None


class Proposal(BaseModel):
    """A Proposal. `tokens` and `writes` are what it costs and writes, at most, as it was shown."""

    id: int
    state: ProposalState
    kind: str
    connection_id: int
    summary: str
    reason: str
    tokens: int
    writes: int
    wish: dict[str, Any]
    detail: Any = None
    made_by: str
    made_at: datetime
    decided_by: str
    decided_at: datetime | None
    expires_at: datetime
    result: Any = None


@router.post("/proposals", status_code=201)
async def propose(given: ProposalIn, act: Making) -> Proposal:
    """Look what something would do, and keep it to be approved of. Nothing is done by that."""
    wish = given.read()

    def change(db: sa.Connection) -> Proposal:
        return shown(proposing(act.office, db, act.who).propose(wish, reason=given.reason))

    return await act.do(change, answer=Proposal)


@router.get("/proposals", dependencies=[READ])
async def list_proposals(office: Desk, limit: Limit = 50, cursor: Cursor = None) -> Page[Proposal]:
    """Proposals, newest first."""
    before, now_ms = place_of(cursor, of="proposals"), office.now_ms()
    found = await office.read(
        lambda db: store_of.list_proposals(db, now_ms=now_ms, limit=limit, before=before)
    )
    following = cursor_before("proposals", found[-1].id) if len(found) == limit else None
    return Page(items=[shown(one) for one in found], next_cursor=following)


@router.get("/proposals/{proposal_id}", dependencies=[READ])
async def proposal(proposal_id: Id, office: Desk) -> Proposal:
    """One Proposal: what it would do, and where it stands."""
    now_ms = office.now_ms()
    return shown(await office.read(lambda db: store_of.proposal(db, proposal_id, now_ms=now_ms)))


@router.post("/proposals/{proposal_id}/approve")
async def approve_proposal(proposal_id: Id, act: Acting) -> Proposal:
    """Approve of a Proposal. Only people do: a request with an API key is refused."""
    return await _decided(act, proposal_id, approve=True)


@router.post("/proposals/{proposal_id}/reject")
async def reject_proposal(proposal_id: Id, act: Acting) -> Proposal:
    """Let a Proposal be, for good."""
    return await _decided(act, proposal_id, approve=False)


@router.post("/proposals/{proposal_id}/run")
async def run_proposal(proposal_id: Id, act: Acting) -> Proposal:
    """Do what was approved of, once; refused when it would cost or write more by now."""

    def change(db: sa.Connection) -> Proposal:
        return shown(proposing(act.office, db, act.who).carry_out(proposal_id))

    return await act.do(change, answer=Proposal)


async def _decided(act: Act, proposal_id: int, *, approve: bool) -> Proposal:
    def change(db: sa.Connection) -> Proposal:
        return shown(proposing(act.office, db, act.who).decide(proposal_id, approve=approve))

    return await act.do(change, answer=Proposal)


def proposing(office: Office, db: sa.Connection, who: Principal) -> Proposing:
    """Who proposes and decides, with the operator's policy."""
    return Proposing(
        db=db,
        who=who,
        now_ms=office.now_ms(),
        actions=office.actions,
        free_tokens=office.free_tokens,
    )


def shown(one: store_of.Proposal) -> Proposal:
    """A Proposal as answers have it."""
    wish: dict[str, Any] = msgspec.to_builtins(one.wish)
    return Proposal(
        id=one.id,
        state=one.state,
        kind=wish["kind"],
        connection_id=one.preview.connection_id,
        summary=one.preview.summary,
        reason=one.reason,
        tokens=one.preview.tokens,
        writes=one.preview.writes,
        wish=wish,
        detail=one.preview.detail,
        made_by=one.made_by,
        made_at=from_ms(one.made_at_ms),
        decided_by=one.decided_by,
        decided_at=moment(one.decided_at_ms),
        expires_at=from_ms(one.expires_at_ms),
        result=one.result,
    )
