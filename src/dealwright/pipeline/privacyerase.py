"""PrivacyErase: somebody is forgotten, in transactions that keep nobody waiting.

How far it is stands in the store: after a crash it goes on where it was. A second round looks once
more, for what was on its way while the first one ran; then the files are made anew without the rows
that were emptied, and a proof is signed.
"""

import asyncio
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import msgspec
import sqlalchemy as sa
import structlog

from dealwright.core.clock import Clock, from_ms, to_ms
from dealwright.core.people import Principal, PrincipalKind, Role
from dealwright.core.privacy import IdentityKind, Sought
from dealwright.pipeline.meetingerasure import erase_person
from dealwright.pipeline.meetingmedia import delete_files
from dealwright.pipeline.privacyfind import (
    Asked,
    Found,
    KnownAs,
    Placed,
    find,
    known_of,
    places,
)
from dealwright.pipeline.privacykeys import PrivacyKeys, ensured_keys, privacy_keys
from dealwright.pipeline.privacyproof import Document, Done, signed
from dealwright.pipeline.privacyscreen import STALE_AFTER_S
from dealwright.store.audit import record
from dealwright.store.engine import Store
from dealwright.store.privacy import (
    Erasure,
    Suppressed,
    add_erasure,
    end_erasure,
    erasure,
    put_progress,
    suppress,
    suppress_records,
    unfinished,
)
from dealwright.store.privacy_compact import compact
from dealwright.store.privacy_scan import Key, Place
from dealwright.store.secrets import Vault

_log = structlog.get_logger(__name__)

#: What no erasure reaches, in words for the proof.
OUT_OF_REACH: Final = (
    "backups and copies of the store that were made before {at}: delete them, or erase again after "
    "a restore",
    "what stands in Pipedrive itself, and in the systems that sent events",
    "logs of the machine, which name nobody but may be kept by others",
)


class Wish(msgspec.Struct, frozen=True, kw_only=True):
    """How somebody is to be forgotten.

    `suppress`: nothing of them is taken in again. `meetings`: whole meetings go that they were in,
    not only they. `compact`: the database's files are made anew, without what was deleted.
    """

    suppress: bool = True
    meetings: bool = False
    compact: bool = True


class Plan(msgspec.Struct, frozen=True, kw_only=True):
    """What an erasure is told; sealed while it runs, and gone with its end."""

    known_as: tuple[KnownAs, ...]
    wish: Wish
    by_kind: PrincipalKind
    by_id: int
    by_name: str
    by_role: Role

    @property
    def by(self) -> Principal:
        """Who asked for it."""
        return Principal(kind=self.by_kind, id=self.by_id, name=self.by_name, role=self.by_role)

    @property
    def sought(self) -> Sought:
        """Whom to look for."""
        return Sought(
            identities=frozenset(one.identity for one in self.known_as),
            comes_back=not self.wish.suppress,
        )


class Progress(msgspec.Struct, kw_only=True):
    """How far it is: the round, the place in it, and the last key there; and what was done."""

    round: int = 1
    stage: int = 0
    after: tuple[int | str, ...] = ()
    erased: dict[str, Placed] = {}
    meetings: Done = Done()
    met_meetings: bool = False

    @property
    def share(self) -> float:
        """How much of it is done, about."""
        return min(1.0, ((self.round - 1) * _STAGES + self.stage) / (2 * _STAGES))


_STAGES: Final = 26
_read_plan: Final = msgspec.json.Decoder(Plan).decode
_read_progress: Final = msgspec.json.Decoder(Progress).decode
_encode: Final = msgspec.json.Encoder().encode


@dataclass(frozen=True, slots=True, kw_only=True)
class Eraser:
    """What erases; `media` is the folder of recordings."""

    store: Store
    clock: Clock
    vault: Vault
    media: Path

    @property
    def now_ms(self) -> int:
        """The present moment."""
        return to_ms(self.clock.now())

    async def begin(self, found: Found, wish: Wish, *, by: Principal) -> int:
        """Know that somebody is to be forgotten, and take nothing of them in from now on.

        The number of the erasure; that of one of the same person that was not ended, where there
        is one. It is not done before `run` returns.
        """
        plan = Plan(
            known_as=found.known_as,
            wish=wish,
            by_kind=by.kind,
            by_id=by.id,
            by_name=by.name,
            by_role=by.role,
        )
        return await self.store.write(lambda db: self._begin(db, plan))

    async def run(self, number: int) -> Erasure:
        """Go on with an erasure until it is done; raises NotFound and StoreUnavailable."""
        stored = await self.store.read(lambda db: erasure(db, number))
        if stored.plan is None:
            return stored
        plan = _read_plan(self.vault.open(stored.plan))
        progress = _read_progress(stored.progress)
        while progress.round <= 2:
            await self._round(number, plan, progress)
            if progress.round == 1 and plan.wish.suppress:
                # Doors believe what they read of the list for so long.
                await self.clock.sleep(STALE_AFTER_S + 0.5)
            progress.round, progress.stage, progress.after = progress.round + 1, 0, ()
            await self.store.write(lambda db: put_progress(db, number, _encode(progress)))
        await delete_files(self.store, self.media)
        if plan.wish.compact:
            await asyncio.to_thread(compact, self.store)
        await self._end(stored, plan, progress)
        if plan.wish.compact:
            # The plan itself was there until now, sealed.
            await asyncio.to_thread(compact, self.store)
        return await self.store.read(lambda db: erasure(db, number))

    async def unfinished(self) -> list[int]:
        """Erasures that a crash has left."""
        return [one.id for one in await self.store.read(unfinished)]

    # -- the steps

    def _begin(self, db: sa.Connection, plan: Plan) -> int:
        now_ms = self.now_ms
        keys = ensured_keys(db, self.vault, now_ms=now_ms)
        digest = digest_of(plan.known_as, keys)
        there = unfinished(db, digest)
        if there:
            return there[0].id
        number = add_erasure(
            db,
            digest=digest,
            plan=self.vault.seal(_encode(plan)),
            progress=_encode(Progress()),
            made_by=plan.by_name,
            now_ms=now_ms,
        )
        if plan.wish.suppress:
            suppress_all(db, plan.known_as, keys, by=plan.by_name, now_ms=now_ms, erasure_id=number)
        record(
            db,
            at_ms=now_ms,
            principal=plan.by,
            action="privacy.erase",
            target=f"erasure:{number}",
            after={"subject": digest[:16], **msgspec.to_builtins(plan.wish)},
        )
        return number

    async def _round(self, number: int, plan: Plan, progress: Progress) -> None:
        sought = plan.sought
        there = places(self.vault)
        while progress.stage < len(there):
            await self._place(number, there[progress.stage], sought, progress)
            progress.stage, progress.after = progress.stage + 1, ()
            await self.store.write(lambda db: put_progress(db, number, _encode(progress)))
        if not progress.met_meetings:
            await self.store.write(lambda db: self._meetings(db, number, plan, progress))
            progress.met_meetings = True

    async def _place(self, number: int, place: Place, sought: Sought, progress: Progress) -> None:
        """Clear one place, a window at a time; only those that have something are written to."""
        following: Key | None = tuple(progress.after)
        while following is not None:
            look = await self.store.read(lambda db, key=following: place.look(db, sought, key))
            if look.hits or look.held:
                told = await self.store.write(
                    lambda db, key=following: self._window(
                        db, number, place, sought=sought, progress=progress, key=key
                    )
                )
                progress.erased = told.erased
            following = look.following
            if following is not None:
                progress.after = following

    def _window(
        self,
        db: sa.Connection,
        number: int,
        place: Place,
        *,
        sought: Sought,
        progress: Progress,
        key: Key,
    ) -> Progress:
        look = place.look(db, sought, key)
        place.erase(db, sought, look.hits, self.now_ms)
        before = progress.erased.get(place.name, Placed(place=place.name))
        theirs = sum(hit.is_theirs for hit in look.hits)
        now = Placed(
            place=place.name,
            theirs=before.theirs + theirs,
            named=before.named + len(look.hits) - theirs,
            held=before.held if progress.round > 1 else before.held + look.held,
        )
        # A transaction may run twice: what was done is told by what it returns.
        told = msgspec.structs.replace(
            progress, erased={**progress.erased, place.name: now}, after=key
        )
        put_progress(db, number, _encode(told))
        return told

    def _meetings(self, db: sa.Connection, number: int, plan: Plan, progress: Progress) -> None:
        known = known_of(plan.sought)
        if known is not None:
            told = erase_person(db, known, whole=plan.wish.meetings, by=plan.by, now_ms=self.now_ms)
            progress.meetings = Done(
                redacted=len(told.redacted),
                removed=len(told.removed),
                held=len(told.held),
                recorded=len(told.recorded),
            )
        done = msgspec.structs.replace(progress, met_meetings=True)
        put_progress(db, number, _encode(done))

    async def _end(self, stored: Erasure, plan: Plan, progress: Progress) -> None:
        identities = tuple(one.identity for one in plan.known_as)
        left = await find(self.store, self.vault, Asked(identities=identities, follow=False))
        keys = await privacy_keys(self.store, self.vault, now_ms=self.now_ms)
        now_ms = self.now_ms
        document = Document(
            erasure=stored.id,
            begun_at=from_ms(stored.made_at_ms),
            ended_at=from_ms(now_ms),
            subject=tuple(sorted({keys.digest(one).hex() for one in identities})),
            erased=tuple(progress.erased.values()),
            left=left.places,
            meetings=progress.meetings,
            suppressed=plan.wish.suppress,
            persons_in_pipedrive=len(left.in_pipedrive),
            out_of_reach=tuple(
                one.format(at=from_ms(now_ms).isoformat(timespec="minutes")) for one in OUT_OF_REACH
            ),
        )

        def end(db: sa.Connection) -> None:
            proof = signed(document, keys)
            end_erasure(db, stored.id, progress=_encode(progress), proof=proof, now_ms=now_ms)
            after = {"rows": sum(one.theirs + one.named for one in document.erased)}
            target = f"erasure:{stored.id}"
            record(
                db,
                at_ms=now_ms,
                principal=plan.by,
                action="privacy.erased",
                target=target,
                after=after,
            )

        await self.store.write(end)
        _log.info("privacy.erased", erasure_id=stored.id)


def progress_of(stored: Erasure) -> Progress:
    """How far an erasure is."""
    return _read_progress(stored.progress)


def digest_of(known_as: tuple[KnownAs, ...], keys: PrivacyKeys) -> str:
    """What tells the same person again: of what was asked, for the rest may have been erased."""
    asked = sorted(
        keys.digest(one.identity.anywhere).hex() for one in known_as if one.via == "asked"
    )
    return "-".join(one[:32] for one in asked)


def suppress_all(
    db: sa.Connection,
    known_as: tuple[KnownAs, ...],
    keys: PrivacyKeys,
    *,
    by: str,
    now_ms: int,
    erasure_id: int | None = None,
) -> int:
    """Put somebody on the list; says how many lines are new."""
    known = [one for one in known_as if one.kind is not IdentityKind.PERSON]
    lines = [
        Suppressed(keys.digest(one.identity), one.kind.value, by, now_ms, erasure_id)
        for one in known
    ]
    persons = [
        (one.scope, one.value) for one in known_as if one.kind is IdentityKind.PERSON and one.scope
    ]
    if persons:
        first = lines[0].digest if lines else keys.digest(known_as[0].identity)
        suppress_records(db, persons, digest=first)
    return suppress(db, lines)
