"""Act: one change that somebody asks for: allowed, done once, and written down with who did it."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from hashlib import blake2b
from typing import Annotated, Any, TypeVar

import sqlalchemy as sa
from fastapi import Depends, Header, Request, Response
from pydantic import BaseModel

from dealwright.core.people import Principal
from dealwright.store.audit import record
from dealwright.store.idempotency import Answered, AnsweredMeanwhile, answered, keep_answer
from dealwright.web.api.office import Office
from dealwright.web.api.refusals import ChangedMeanwhile, KeyReused, MatchMissing
from dealwright.web.auth.permissions import Permission, require

M = TypeVar("M", bound=BaseModel)

Key = Annotated[
    str | None,
    Header(
        alias="Idempotency-Key",
        min_length=1,
        max_length=255,
        description="Any text. The same request with it is done once, for 24 hours.",
    ),
]
Match = Annotated[
    str | None,
    Header(
        alias="If-Match",
        max_length=200,
        description="The ETag of what is changed, as it was read; `*` for whatever it is.",
    ),
]


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
        fingerprint = await self._fingerprint()

        def once(db: sa.Connection) -> tuple[M, bool]:
            there = self._answered(db, fingerprint)
            if there is not None:
                body = self.office.vault.open(there.sealed)
                return answer.model_validate_json(body), True
            made = change(db)
            self._keep(db, fingerprint, made)
            return made, False

        try:
            made, repeated = await self.office.write(once)
        except AnsweredMeanwhile:
            made, repeated = await self.office.write(once)
        if repeated:
            self.response.headers["Idempotency-Replayed"] = "true"
        return made

    async def earlier(self, *, answer: type[M]) -> M | None:
        """What this same request was answered before, for those that ask others before they `do`.

        None for one that is new.
        """
        fingerprint = await self._fingerprint()
        there = await self.office.read(lambda db: self._answered(db, fingerprint))
        if there is None:
            return None
        self.response.headers["Idempotency-Replayed"] = "true"
        return answer.model_validate_json(self.office.vault.open(there.sealed))

    def check(self, etag: str) -> None:
        """See that what is changed is what was read; raises MatchMissing, ChangedMeanwhile."""
        if self.match is None:
            raise MatchMissing("This change needs If-Match: the ETag of what was read.")
        given = [one.strip().removeprefix("W/") for one in self.match.split(",")]
        if "*" not in given and etag not in given:
            raise ChangedMeanwhile("It was changed since it was read; nothing was done.")

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
    def _principal(self) -> str:
        return f"{self.who.kind}:{self.who.id}"

    async def _fingerprint(self) -> str:
        request = self.request
        parts = (
            request.method,
            request.url.path,
            request.url.query,
            request.headers.get("if-match", ""),
        )
        digest = blake2b("\n".join(parts).encode(), digest_size=16)
        if self.streams:
            digest.update(request.headers.get("content-length", "").encode())
        else:
            digest.update(await request.body())
        return digest.hexdigest()

    def _answered(self, db: sa.Connection, fingerprint: str) -> Answered | None:
        if self.key is None:
            return None
        there = answered(db, self._principal, key=self.key, now_ms=self.office.now_ms())
        if there is not None and there.fingerprint != fingerprint:
            raise KeyReused(
                "This Idempotency-Key was of another request. Use a new one for each change."
            )
        return there

    def _keep(self, db: sa.Connection, fingerprint: str, made: BaseModel) -> None:
        if self.key is None:
            return
        sealed = self.office.vault.seal(made.model_dump_json().encode())
        answer = Answered(fingerprint, 200, sealed)
        keep_answer(db, self._principal, key=self.key, answer=answer, now_ms=self.office.now_ms())


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
