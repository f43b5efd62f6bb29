"""PrivacyList: the suppression list, by whose digests doors know whom they take nothing of."""

from collections.abc import Iterable, Iterator, Sequence
from typing import Final

import sqlalchemy as sa

from dealwright.core.clock import Clock, to_ms
from dealwright.core.errors import ConfigError
from dealwright.core.people import Principal
from dealwright.core.privacy import Identity, email_of, phone_of, user_id_of
from dealwright.pipeline.privacykeys import ensured_keys
from dealwright.pipeline.privacyscreen import Sieve, read_sieve
from dealwright.store.audit import record
from dealwright.store.engine import Store
from dealwright.store.privacy import Suppressed, on_list, suppress, suppress_records, unsuppress
from dealwright.store.privacy_ties import Mirrored, mirrored_persons, unmirror
from dealwright.store.secrets import Vault

#: Lines of a file in one transaction.
_LINES: Final = 2_000


class Listing:
    """Changes the list, and has the mirror follow it."""

    def __init__(self, store: Store, clock: Clock, vault: Vault) -> None:
        self._store = store
        self._clock = clock
        self._vault = vault

    async def add(self, identities: Sequence[Identity], *, by: Principal) -> int:
        """Take nothing of these in from now on; says how many lines are new."""
        new = 0
        for start in range(0, len(identities), _LINES):
            some = identities[start : start + _LINES]
            new += await self._store.write(lambda db, some=some: self._add(db, some, by))
        await sweep(self._store, self._vault)
        return new

    async def remove(self, identities: Sequence[Identity], *, by: Principal) -> int:
        """Take them from the list; says how many lines were on it."""
        return await self._store.write(lambda db: self._remove(db, identities, by))

    async def check(self, identities: Sequence[Identity]) -> list[Suppressed]:
        """The lines that keep somebody out; none: events of theirs are taken in."""

        def look(db: sa.Connection) -> list[Suppressed]:
            sieve = read_sieve(db, self._vault)
            told = {sieve.digest(one) for each in identities for one in (each, each.anywhere)}
            return on_list(db, told) if sieve.suppressed else []

        return await self._store.read(look)

    def _add(self, db: sa.Connection, some: Sequence[Identity], by: Principal) -> int:
        now_ms = to_ms(self._clock.now())
        keys = ensured_keys(db, self._vault, now_ms=now_ms)
        lines = (
            Suppressed(keys.digest(one), one.kind.value, by.name, now_ms, None) for one in some
        )
        new = suppress(db, lines)
        _note(db, "privacy.suppress", new, by=by, now_ms=now_ms)
        return new

    def _remove(self, db: sa.Connection, some: Sequence[Identity], by: Principal) -> int:
        now_ms = to_ms(self._clock.now())
        keys = ensured_keys(db, self._vault, now_ms=now_ms)
        gone = unsuppress(db, {keys.digest(one) for one in some})
        _note(db, "privacy.unsuppress", gone, by=by, now_ms=now_ms)
        return gone


async def sweep(store: Store, vault: Vault) -> int:
    """Take persons out of the mirrors who are on the list; says how many.

    Others may have added one to Pipedrive since: a worker does this each hour.
    """
    sieve = await store.read(lambda db: read_sieve(db, vault))
    if not sieve.suppressed:
        return 0
    count, after = 0, (0, "")
    while found := await store.read(lambda db, after=after: mirrored_persons(db, after)):
        after = (found[-1].connection_id, found[-1].record_id)
        gone = [one for one in found if any(sieve.names(known) for known in one.known_by)]
        if gone:
            await store.write(lambda db, gone=gone: _unmirror(db, gone, sieve))
        count += len(gone)
    return count


def _unmirror(db: sa.Connection, gone: Sequence[Mirrored], sieve: Sieve) -> None:
    for one in gone:
        digest = next(sieve.digest(known) for known in one.known_by if sieve.names(known))
        suppress_records(db, [(one.connection_id, one.record_id)], digest=digest)
        unmirror(db, one)


def read_lines(lines: Iterable[str]) -> Iterator[Identity]:
    """Whom the lines of a file name: an address, a number, `user_id:…`; of a CSV the first field.

    A first line that names nobody is a heading. Raises ConfigError (`invalid_person`).
    """
    for number, line in enumerate(lines, start=1):
        text = line.strip().partition(",")[0].strip().strip('"').removeprefix("\ufeff")
        if not text or text.startswith("#"):
            continue
        rest = text.removeprefix("user_id:")
        found = user_id_of(rest) if rest != text else email_of(text) or phone_of(text)
        if found is not None:
            yield found
        elif number > 1:
            raise ConfigError(
                f"Line {number}: “{text[:40]}” is no address, no number with its country, and no "
                "user_id:….",
                code="invalid_person",
            )


def _note(db: sa.Connection, action: str, count: int, *, by: Principal, now_ms: int) -> None:
    # Who it was is not said: this line stays.
    after = {"lines": count}
    record(db, at_ms=now_ms, principal=by, action=action, target="suppressed", after=after)
