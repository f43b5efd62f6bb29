"""Proposals: what is to be done once somebody has approved of it; each is done once."""

from dataclasses import dataclass
from typing import Any

import msgspec
import sqlalchemy as sa

from dealwright.core.errors import ConfigError, NotFound
from dealwright.core.proposal import LASTS_MS, Preview, ProposalState, Wish
from dealwright.store.proposal_tables import proposals

_wish = msgspec.json.Decoder(Wish).decode
_preview = msgspec.json.Decoder(Preview).decode
_encoded = msgspec.json.Encoder().encode


class ProposalOver(ConfigError):
    """It is not open any more, or not approved yet: look at it again."""

    code = "proposal_over"
    status = 409


@dataclass(frozen=True, slots=True, kw_only=True)
class Proposal:
    """A Proposal; `result` is what came of it once it is done, else None."""

    id: int
    state: ProposalState
    wish: Wish
    preview: Preview
    reason: str
    made_by: str
    made_at_ms: int
    decided_by: str
    decided_at_ms: int | None
    expires_at_ms: int
    result: Any


def put_proposal(
    db: sa.Connection, wish: Wish, preview: Preview, *, reason: str, made_by: str, now_ms: int
) -> int:
    """Keep a Proposal; its id."""
    made = sa.insert(proposals).values(
        connection_id=preview.connection_id,
        kind=wish.__struct_config__.tag,
        state=ProposalState.PROPOSED.value,
        summary=preview.summary,
        reason=reason,
        tokens=preview.tokens,
        writes=preview.writes,
        wish=_encoded(wish),
        preview=_encoded(preview),
        made_by=made_by,
        made_at_ms=now_ms,
        decided_by="",
        expires_at_ms=now_ms + LASTS_MS,
        result=b"null",
    )
    return db.execute(made.returning(proposals.c.id)).scalar_one()


def proposal(db: sa.Connection, proposal_id: int, *, now_ms: int) -> Proposal:
    """One Proposal; raises NotFound."""
    row = db.execute(sa.select(proposals).where(proposals.c.id == proposal_id)).one_or_none()
    if row is None:
        raise NotFound(
            f"There is no proposal {proposal_id}. `dealwright proposals list` lists them."
        )
    return _proposal(row, now_ms)


def list_proposals(
    db: sa.Connection, *, now_ms: int, limit: int = 50, before: int | None = None
) -> list[Proposal]:
    """Proposals, newest first; `before` is the last id of the page before."""
    chosen = sa.select(proposals).order_by(proposals.c.id.desc()).limit(limit)
    if before is not None:
        chosen = chosen.where(proposals.c.id < before)
    return [_proposal(row, now_ms) for row in db.execute(chosen)]


def decide_proposal(
    db: sa.Connection, proposal_id: int, *, state: ProposalState, by: str, now_ms: int
) -> Proposal:
    """Approve of a Proposal, or reject it; raises NotFound, ProposalOver."""
    _move(
        db,
        proposal_id,
        before=ProposalState.PROPOSED,
        now_ms=now_ms,
        values={"state": state.value, "decided_by": by, "decided_at_ms": now_ms},
    )
    return proposal(db, proposal_id, now_ms=now_ms)


def begin_proposal(db: sa.Connection, proposal_id: int, *, now_ms: int) -> Proposal:
    """Take an approved Proposal to be done, in this transaction; raises NotFound, ProposalOver."""
    _move(
        db,
        proposal_id,
        before=ProposalState.APPROVED,
        now_ms=now_ms,
        values={"state": ProposalState.DONE.value},
    )
    return proposal(db, proposal_id, now_ms=now_ms)


def keep_result(db: sa.Connection, proposal_id: int, result: Any) -> None:
    """Keep what came of it."""
    db.execute(
        sa.update(proposals).where(proposals.c.id == proposal_id).values(result=_encoded(result))
    )


def prune_proposals(db: sa.Connection, before_ms: int) -> int:
    """Forget Proposals that were made before a moment; says how many."""
    return db.execute(sa.delete(proposals).where(proposals.c.made_at_ms < before_ms)).rowcount


def _move(
    db: sa.Connection,
    proposal_id: int,
    *,
    before: ProposalState,
    now_ms: int,
    values: dict[str, Any],
) -> None:
    moved = sa.update(proposals).where(
        proposals.c.id == proposal_id,
        proposals.c.state == before.value,
        proposals.c.expires_at_ms > now_ms,
    )
    if db.execute(moved.values(values)).rowcount:
        return
    now = proposal(db, proposal_id, now_ms=now_ms)
    wanted = "waits for nobody" if before is ProposalState.PROPOSED else "cannot be done"
    by = f" by {now.decided_by}" if now.decided_by else ""
    raise ProposalOver(f"Proposal {proposal_id} {wanted}: it is {now.state}{by}.")


def _proposal(row: Any, now_ms: int) -> Proposal:
    state = ProposalState(row.state)
    if state in {ProposalState.PROPOSED, ProposalState.APPROVED} and row.expires_at_ms <= now_ms:
        state = ProposalState.EXPIRED
    return Proposal(
        id=row.id,
        state=state,
        wish=_wish(row.wish),
        preview=_preview(row.preview),
        reason=row.reason,
        made_by=row.made_by,
        made_at_ms=row.made_at_ms,
        decided_by=row.decided_by,
        decided_at_ms=row.decided_at_ms,
        expires_at_ms=row.expires_at_ms,
        result=msgspec.json.decode(row.result),
    )
