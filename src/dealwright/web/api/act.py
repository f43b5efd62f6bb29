"""Act: one change that somebody asks for: allowed, done once, and written down with who did it."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Annotated, Any, TypeVar

import sqlalchemy as sa
from fastapi import Depends, Request, Response
from pydantic import BaseModel

from dealwright.core.people import Principal
from dealwright.store.audit import record
from dealwright.web.api.office import Office
from dealwright.web.api.once import Key, Match, Once, see_that_it_matches
from dealwright.web.auth.permissions import Permission, require

M = TypeVar("M", bound=BaseModel)


def office_of(request: Request) -> Office:
    """The Office that this application was put together with."""
    found: Office = request.app.state.office
    return found


Desk = Annotated[Office, Depends(office_of)]


def allowed(permission: Permission) -> Any:
    """A dependency of endpoints that only look: whoever asks must have the permission."""
    return Depends(require(permission))


@dataclass(frozen=True, slots=True, kw_only=True)
class Act:
    """A change under way. `key` is the request's Idempotency-Key, `match` its If-Match.

    `streams`: the body is a file, which is not read to tell one request from another.
    """

    office: Office
    who: Principal
    request: Request
    response: Response
    key: str | None
    match: str | None
    streams: bool = False

    async def do(self, change: Callable[[sa.Connection], M], *, answer: type[M]) -> M:
        """Make the change in one transaction, and answer a repeat as the first was answered."""
        return await self._once.do(change, answer=answer)

    async def earlier(self, *, answer: type[M]) -> M | None:
        """What this same request was answered before, for those that ask others before they `do`.

        None for one that is new.
        """
        return await self._once.earlier(answer=answer)

    def check(self, etag: str) -> None:
        """See that what is changed is what was read; raises MatchMissing, ChangedMeanwhile."""
        see_that_it_matches(self.match, etag)

    def note(
        self,
        db: sa.Connection,
        action: str,
        target: str,
        *,
        before: BaseModel | dict[str, Any] | None = None,
        after: BaseModel | dict[str, Any] | None = None,
    ) -> None:
        """Write down who changed what, in the transaction of the change."""
        record(
            db,
            at_ms=self.office.now_ms(),
            principal=self.who,
            action=action,
            target=target,
            before=_plain(before),
            after=_plain(after),
        )

    @property
    def _once(self) -> Once:
        return Once(
            keeping=self.office,
            who=self.who,
            request=self.request,
            response=self.response,
            key=self.key,
            streams=self.streams,
        )


def acting(permission: Permission) -> Any:
    """A dependency of endpoints that change something: gives the Act."""

    async def act(
        request: Request,
        response: Response,
        who: Annotated[Principal, Depends(require(permission))],
        key: Key = None,
    ) -> Act:
        return Act(
            office=office_of(request),
            who=who,
            request=request,
            response=response,
            key=key,
            match=None,
        )

    return Depends(act)


def uploading(permission: Permission) -> Any:
    """The same for endpoints whose body is a file."""
    acts = acting(permission)

    async def act(made: Annotated[Act, acts]) -> Act:
        return replace(made, streams=True)

    return Depends(act)


def configuring(permission: Permission) -> Any:
    """The same for endpoints that change configuration, which need If-Match."""

    async def act(
        request: Request,
        response: Response,
        who: Annotated[Principal, Depends(require(permission))],
        key: Key = None,
        match: Match = None,
    ) -> Act:
        return Act(
            office=office_of(request),
            who=who,
            request=request,
            response=response,
            key=key,
            match=match,
        )

    return Depends(act)


def _plain(value: BaseModel | dict[str, Any] | None) -> Any:
    return value.model_dump(mode="json") if isinstance(value, BaseModel) else value
