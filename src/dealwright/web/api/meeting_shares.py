"""/meetings/{id}/shares: links that open one meeting to people without an account."""

import asyncio
from datetime import datetime
from typing import Annotated, Final

import sqlalchemy as sa
from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from fastapi import APIRouter
from pydantic import BaseModel, Field

from dealwright.core.clock import from_ms
from dealwright.core.people import Principal
from dealwright.pipeline.meetingpages import DAY_MS, MOST_DAYS, USUAL_DAYS, revoke, share
from dealwright.store.meeting_pages import NewShare, Scope, Share, shares_of, view_counts
from dealwright.store.meetings import meeting_by_public_id
from dealwright.web.api.act import Act, acting
from dealwright.web.api.meetings import MeetingId
from dealwright.web.api.office import Office
from dealwright.web.api.paging import Page
from dealwright.web.api.refusals import InvalidRequest
from dealwright.web.api.shapes import Given, Id
from dealwright.web.auth.permissions import Permission
from dealwright.web.auth.tokens import hash_token, new_token

router = APIRouter(tags=["Meetings"])

Writing = Annotated[Act, acting(Permission.MEETINGS_WRITE)]

_SHORTEST_PHRASE: Final = 12
_HASHER: Final = PasswordHasher()


class ShareIn(Given):
    """A link that is to be. `phrase` "" for none."""

    scope: Scope = Scope.SUMMARY
    days: Annotated[int, Field(ge=1, le=MOST_DAYS)] = USUAL_DAYS
    phrase: Annotated[str, Field(max_length=200)] = ""


class Shared(BaseModel):
    """A link; `views`: how often it was opened."""

    id: int
    scope: Scope
    has_phrase: bool
    made_by: str
    made_at: datetime
    expires_at: datetime
    revoked_at: datetime | None
    views: int


class SharedAnew(Shared):
    """The same with its address, which is shown this once."""

    url: str


@router.get("/meetings/{meeting_id}/shares")
async def list_shares(meeting_id: MeetingId, act: Writing) -> Page[Shared]:
    """All links of a meeting, newest first, those that are over too."""

    def look(db: sa.Connection) -> list[Shared]:
        stored = meeting_by_public_id(db, meeting_id)
        counts = view_counts(db, stored.id)
        return [_shown(one, counts.get(one.id, 0)) for one in shares_of(db, stored.id)]

    return Page(items=await act.office.read(look))


@router.post("/meetings/{meeting_id}/shares", status_code=201)
async def create_share(meeting_id: MeetingId, given: ShareIn, act: Writing) -> SharedAnew:
    """Make a link; its address is told this once."""
    return await make_share(
        act.office,
        meeting_id,
        scope=given.scope.value,
        days=given.days,
        phrase=given.phrase,
        by=act.who,
    )


@router.delete("/meetings/{meeting_id}/shares/{share_id}", status_code=204)
async def delete_share(meeting_id: MeetingId, share_id: Id, act: Writing) -> None:
    """Let a link open nothing any more."""
    now_ms = act.office.now_ms()

    def change(db: sa.Connection) -> None:
        stored = meeting_by_public_id(db, meeting_id)
        revoke(db, stored, share_id, by=act.who, now_ms=now_ms)

    await act.office.write(change)


async def make_share(
    office: Office, public_id: str, *, scope: str, days: int, phrase: str, by: Principal
) -> SharedAnew:
    """Make a link; raises NotFound and InvalidRequest."""
    if scope not in set(Scope) or not 1 <= days <= MOST_DAYS:
        raise InvalidRequest(f"A link shows one of {', '.join(Scope)}, for 1 to {MOST_DAYS} days.")
    token, now_ms = new_token().reveal(), office.now_ms()
    kept = await _phrase_hash(phrase)
    expires_at_ms = now_ms + days * DAY_MS
    new = NewShare(hash_token(token), Scope(scope), kept, by.name, expires_at_ms)

    def change(db: sa.Connection) -> Share:
        return share(db, meeting_by_public_id(db, public_id), new, by=by, now_ms=now_ms)

    made = _shown(await office.write(change), 0)
    url = f"{office.address.rstrip('/')}/shared/{token}"
    return SharedAnew(**made.model_dump(), url=url)


async def is_phrase(kept: str, given: str) -> bool:
    """Whether a pass phrase is that of a link."""
    return await asyncio.to_thread(_verified, kept, given)


async def _phrase_hash(phrase: str) -> str:
    if not phrase:
        return ""
    if len(phrase) < _SHORTEST_PHRASE:
        raise InvalidRequest(f"A pass phrase needs {_SHORTEST_PHRASE} characters at least.")
    return await asyncio.to_thread(_HASHER.hash, phrase)


def _verified(kept: str, given: str) -> bool:
    try:
        return _HASHER.verify(kept, given)
    except (VerificationError, InvalidHashError):
        return False


def _shown(one: Share, views: int) -> Shared:
    return Shared(
        id=one.id,
        scope=one.scope,
        has_phrase=bool(one.phrase_hash),
        made_by=one.made_by,
        made_at=from_ms(one.made_at_ms),
        expires_at=from_ms(one.expires_at_ms),
        revoked_at=None if one.revoked_at_ms is None else from_ms(one.revoked_at_ms),
        views=views,
    )
