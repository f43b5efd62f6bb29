"""Screen: what of an Event may be stored, decided at the door before anything reaches the disk.

Without rules and without a suppression list it costs a comparison; with them each event of a Source
that is concerned is read, and written anew. Changes count after a second at most, in every process.
"""

import asyncio
import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

import msgspec
import sqlalchemy as sa
import structlog

from dealwright.core.clock import Clock
from dealwright.core.errors import StoreUnavailable
from dealwright.core.privacy import (
    Identity,
    Sought,
    addresses_in,
    identities_in,
    opened_body,
)
from dealwright.core.privacyrules import Body, compiled
from dealwright.pipeline.accept import Accepting
from dealwright.pipeline.privacykeys import PrivacyKeys, opened_keys
from dealwright.store.append import EventRow, RejectRow
from dealwright.store.engine import Store
from dealwright.store.privacy import revision, rules_by_source, suppressed_digests
from dealwright.store.secrets import Vault

_log = structlog.get_logger(__name__)

#: For so long what was read of rules and list is believed; before that it is read anew in the
#: background, so that under load nobody waits.
STALE_AFTER_S: Final = 1.0
_RENEW_AFTER_S: Final = 0.5

#: Of a sender's bytes that are recognised by their digest, as `core.event.dedupe_key` makes it.
_HASH: Final = "hash-"

_encode: Final = msgspec.json.Encoder().encode
_json: Final = msgspec.json.Decoder().decode


def _digest_nothing(_: Identity) -> bytes:
    return b""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sieve:
    """Rules and list as they were at one moment. Pure: rows in, rows out."""

    rules: Mapping[int, Callable[[Body], Body]] = field(
        default_factory=dict[int, Callable[[Body], Body]]
    )
    suppressed: frozenset[bytes] = frozenset()
    digest: Callable[[Identity], bytes] = _digest_nothing
    keyed: Callable[[str], str] = str

    @property
    def is_idle(self) -> bool:
        """Whether everything is stored as it came."""
        return not self.rules and not self.suppressed

    def sifted(
        self, events: Sequence[EventRow], rejects: Sequence[RejectRow]
    ) -> tuple[list[EventRow], list[RejectRow]]:
        """What may be stored; events of somebody who is suppressed become rejects without body."""
        kept: list[EventRow] = []
        refused = [self._reject(row) for row in rejects]
        for row in events:
            if not self.suppressed and row.source_id not in self.rules:
                kept.append(row)
                continue
            found = self._event(row)
            if isinstance(found, EventRow):
                kept.append(found)
            else:
                refused.append(found)
        return kept, refused

    def names(self, identity: Identity) -> bool:
        """Whether somebody who is suppressed is known so."""
        if self.digest(identity) in self.suppressed:
            return True
        anywhere = identity.anywhere
        return anywhere != identity and self.digest(anywhere) in self.suppressed

    def _event(self, row: EventRow) -> EventRow | RejectRow:
        if self.suppressed:
            body = opened_body(row.payload, row.envelope)
            told = [] if body is None else identities_in(body, source_id=row.source_id)
            if body is None or any(self.names(one) for one in told):
                return _refusal(row, "suppressed", "Whose event it is, is on the suppression list.")
            row = self._without_others(row)
        rule = self.rules.get(row.source_id)
        if rule is None:
            return row
        try:
            return self._ruled(row, rule)
        except (msgspec.MsgspecError, ValueError, RecursionError, UnicodeError) as error:
            # What cannot be made as the rules want it is not stored as it came.
            _log.warning("privacy.not_applied", source_id=row.source_id, error=type(error).__name__)
            return _refusal(
                row, "privacy_rules", "The Source's privacy rules could not be applied."
            )

    def _without_others(self, row: EventRow) -> EventRow:
        """The event of somebody else, in which nobody is named who is suppressed."""
        texts = [row.payload, row.envelope or b""]
        if not any(b"@" in text or b"\\u0040" in text for text in texts):
            return row
        found = [one for text in texts for one in addresses_in(_plain(text)) if self.names(one)]
        if not found:
            return row
        bare = Sought(identities=frozenset(found)).without
        payload = _encode(bare(_json(row.payload)))
        envelope = None if row.envelope is None else _encode(bare(_json(row.envelope)))
        return row._replace(payload=payload, envelope=envelope)

    def _ruled(self, row: EventRow, rule: Callable[[Body], Body]) -> EventRow:
        payload, envelope, message_id = _encode(rule(_json(row.payload))), row.envelope, row[3]
        if envelope is not None:
            around: dict[str, Any] = _json(envelope)
            if "context" in around:
                around["context"] = rule({"context": around["context"]}).get("context", {})
            envelope = _encode(around)
        if message_id.startswith(_HASH):
            # A digest of what may be guessed must not be one that anybody can make.
            message_id = _HASH + self.keyed(message_id)[:32]
        return row._replace(payload=payload, envelope=envelope, message_id=message_id)

    def _reject(self, row: RejectRow) -> RejectRow:
        """What was refused anyhow: without its body where that might name somebody, or is ruled."""
        if row.source_id in self.rules:
            return row._replace(payload=b"", reason="")
        if self.suppressed and row.payload:
            text = _plain(row.payload)
            body = opened_body(row.payload)
            told = [] if body is None else identities_in(body, source_id=row.source_id)
            if any(self.names(one) for one in (*told, *addresses_in(text))):
                return row._replace(payload=b"", reason="")
        return row


class Screen:
    """The Sieve of this process, read anew when it is older than a second and was changed."""

    def __init__(self, store: Store, clock: Clock, vault: Vault) -> None:
        self._store = store
        self._clock = clock
        self._vault = vault
        self._sieve = Sieve()
        self._revision = -1
        self._read_at_s = -math.inf
        self._reading: asyncio.Task[None] | None = None

    def around(self, accept: Accepting) -> Accepting:
        """The same door, which stores only what may be stored; raises StoreUnavailable."""

        async def screened(events: Sequence[EventRow], rejects: Sequence[RejectRow] = ()) -> None:
            age_s = self._clock.monotonic_s() - self._read_at_s
            if age_s > _RENEW_AFTER_S:
                renewing = self._renewing()
                if age_s > STALE_AFTER_S:
                    await asyncio.shield(renewing)
            sieve = self._sieve
            if sieve.is_idle:
                await accept(events, rejects)
            else:
                await accept(*sieve.sifted(events, rejects))

        return screened

    async def sieve(self) -> Sieve:
        """What counts now; raises StoreUnavailable."""
        if self._clock.monotonic_s() - self._read_at_s > STALE_AFTER_S:
            await asyncio.shield(self._renewing())
        return self._sieve

    async def is_suppressed(self, identity: Identity | None) -> bool:
        """Whether somebody is on the list; raises StoreUnavailable."""
        sieve = await self.sieve()
        return identity is not None and bool(sieve.suppressed) and sieve.names(identity)

    def _renewing(self) -> asyncio.Task[None]:
        """The look that is under way: whoever waits for it and leaves does not end it."""
        if self._reading is None:
            self._reading = asyncio.create_task(self._read())
            self._reading.add_done_callback(_look_at_failure)
        return self._reading

    async def _read(self) -> None:
        try:
            at_s = self._clock.monotonic_s()
            known = self._revision

            def look(db: sa.Connection) -> tuple[int, Sieve | None]:
                found = revision(db)
                return found, None if found == known else read_sieve(db, self._vault)

            self._revision, fresh = await self._store.read(look)
            if fresh is not None:
                self._sieve = fresh
            self._read_at_s = at_s
        finally:
            self._reading = None


def read_sieve(db: sa.Connection, vault: Vault) -> Sieve:
    """Rules and list as they stand in the store."""
    rules, digests = rules_by_source(db), suppressed_digests(db)
    if not rules and not digests:
        return Sieve()
    keys = opened_keys(db, vault)
    if keys is None:
        raise StoreUnavailable(
            "The keys of privacy are gone from the store. Nothing is taken in: restore a backup."
        )
    return made_sieve(
        keys,
        rules={key: compiled(one, keys.keyed) for key, one in rules.items()},
        suppressed=digests,
    )


def made_sieve(
    keys: PrivacyKeys,
    *,
    rules: Mapping[int, Callable[[Body], Body]],
    suppressed: frozenset[bytes],
) -> Sieve:
    """A Sieve of these rules and this list."""
    return Sieve(rules=rules, suppressed=suppressed, digest=keys.digest, keyed=keys.keyed)


def _look_at_failure(task: asyncio.Task[None]) -> None:
    # Who waits for it raises the failure; one in the background just comes again.
    if not task.cancelled():
        task.exception()


def _refusal(row: EventRow, code: str, reason: str) -> RejectRow:
    return RejectRow(row.source_id, row.received_at_ms, code, reason, b"")


def _plain(text: bytes) -> str:
    told = text.decode("utf-8", "replace")
    return told.replace("\\u0040", "@") if "\\u0040" in told else told
