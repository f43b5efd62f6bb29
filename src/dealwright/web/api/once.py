"""Once: a change that is asked for twice with one key is made once; and only of what was read."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from hashlib import blake2b
from typing import Annotated, Protocol, TypeVar

import sqlalchemy as sa
from fastapi import Header, Request, Response
from pydantic import BaseModel

from dealwright.core.people import Principal
from dealwright.store.idempotency import Answered, AnsweredMeanwhile, answered, keep_answer
from dealwright.store.secrets import Vault
from dealwright.web.api.refusals import ChangedMeanwhile, KeyReused, MatchMissing

M = TypeVar("M", bound=BaseModel)
T = TypeVar("T")

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


class Keeping(Protocol):
    """Where changes are made, and answers kept."""

    @property
    def vault(self) -> Vault:
        """Seals the answers: one may hold a key that is shown once."""
        ...

    def now_ms(self) -> int:
        """The present moment."""
        ...

    def read(self, look: Callable[[sa.Connection], T]) -> Awaitable[T]:
        """Look something up."""
        ...

    def write(self, change: Callable[[sa.Connection], T]) -> Awaitable[T]:
        """Change something, all of it or nothing."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Once:
    """One request, and whether it was answered before. `key` is its Idempotency-Key.

    `streams`: the body is a file, which is not read to tell one request from another.
    """

    keeping: Keeping
    who: Principal
    request: Request
    response: Response
    key: str | None
    streams: bool = False

    async def do(self, change: Callable[[sa.Connection], M], *, answer: type[M]) -> M:
        """Make the change in one transaction, and answer a repeat as the first was answered."""
        fingerprint = await self._fingerprint()

        def once(db: sa.Connection) -> tuple[M, bool]:
            there = self._answered(db, fingerprint)
            if there is not None:
                body = self.keeping.vault.open(there.sealed)
                return answer.model_validate_json(body), True
            made = change(db)
            self._keep(db, fingerprint, made)
            return made, False

        try:
            made, repeated = await self.keeping.write(once)
        except AnsweredMeanwhile:
            made, repeated = await self.keeping.write(once)
        if repeated:
            self.response.headers["Idempotency-Replayed"] = "true"
        return made

    async def earlier(self, *, answer: type[M]) -> M | None:
        """What this same request was answered before, for those that ask others before they `do`.

        None for one that is new.
        """
        fingerprint = await self._fingerprint()
        there = await self.keeping.read(lambda db: self._answered(db, fingerprint))
        if there is None:
            return None
        self.response.headers["Idempotency-Replayed"] = "true"
        return answer.model_validate_json(self.keeping.vault.open(there.sealed))

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
        there = answered(db, self._principal, key=self.key, now_ms=self.keeping.now_ms())
        if there is not None and there.fingerprint != fingerprint:
            raise KeyReused(
                "This Idempotency-Key was of another request. Use a new one for each change."
            )
        return there

    def _keep(self, db: sa.Connection, fingerprint: str, made: BaseModel) -> None:
        if self.key is None:
            return
        sealed = self.keeping.vault.seal(made.model_dump_json().encode())
        answer = Answered(fingerprint, 200, sealed)
        now_ms = self.keeping.now_ms()
        keep_answer(db, self._principal, key=self.key, answer=answer, now_ms=now_ms)


def see_that_it_matches(match: str | None, etag: str) -> None:
    """See that what is changed is what was read; raises MatchMissing, ChangedMeanwhile."""
    if match is None:
        raise MatchMissing("This change needs If-Match: the ETag of what was read.")
    given = [one.strip().removeprefix("W/") for one in match.split(",")]
    if "*" not in given and etag not in given:
        raise ChangedMeanwhile("It was changed since it was read; nothing was done.")
