"""Holding: a Delivery that only fails because of a drift waits for its mend instead."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Final

import sqlalchemy as sa

from dealwright.core.catalogue import AccountList
from dealwright.core.delivery import State
from dealwright.core.drift import ThingKind, folded
from dealwright.core.driftuses import SubjectKind
from dealwright.core.errors import MappingError, Rejected, UpstreamError
from dealwright.pipedrive.records import Records
from dealwright.pipeline.accounts import YOUNG_MS, AccountBook
from dealwright.pipeline.drift import Actions, notice, subjects, told
from dealwright.pipeline.lanes import Group
from dealwright.pipeline.tenure import Tenure
from dealwright.pipeline.verdict import Verdict
from dealwright.store.catalogue import moments
from dealwright.store.connections import connection
from dealwright.store.deliveries import OpenDelivery
from dealwright.store.drift import Drift, DriftState, of_mapping

#: What may be the reason for an error of a Mapping, by its code.
_REASONS: Final[Mapping[str, frozenset[ThingKind]]] = {
    "unknown_field": frozenset({ThingKind.FIELD}),
    "unknown_option": frozenset({ThingKind.OPTION, ThingKind.LABEL, ThingKind.LEAD_LABEL}),
    "unknown_user": frozenset({ThingKind.USER}),
    "unknown_activity_type": frozenset({ThingKind.ACTIVITY_TYPE}),
    "invalid_value": frozenset({ThingKind.USER, ThingKind.OPTION}),
}

#: What Pipedrive itself refuses, since nobody reads these lists before writing.
_ASKED: Final = frozenset({AccountList.STAGES, AccountList.PIPELINES})
_REFUSED: Final = frozenset({ThingKind.STAGE, ThingKind.PIPELINE})


@dataclass(frozen=True, slots=True, kw_only=True)
class Holding:
    """Looks, when a Delivery of a Mapping has failed, whether that is a drift's fault."""

    tenure: Tenure
    accounts: AccountBook
    actions: Actions

    async def judged(
        self, found: Verdict, error: Exception, *, group: Group, records: Records
    ) -> Verdict:
        """The same verdict; `held` with the mend where a drift is the reason.

        Asks for stages and pipelines once a minute at most, where Pipedrive has refused a deal of a
        Mapping that names some.
        """
        leader = group.leader
        reasons = _reasons(error)
        if found.state is not State.FAILED or not leader.mapping_id or not reasons:
            return found
        reason = await self.tenure.read(lambda db: self._reason(db, leader, reasons, error))
        if reason is None:
            if isinstance(error, Rejected):
                await self._ask(leader.mapping_id, records)
            now_ms = self.tenure.now_ms

            def look(db: sa.Connection) -> Drift | None:
                notice(db, self.tenure.connection_id, actions=self.actions, now_ms=now_ms)
                return self._reason(db, leader, reasons, error)

            reason = await self.tenure.write(look)
        if reason is None:
            return found
        return replace(found, state=State.HELD, code="drift", message=told_of(reason))

    def _reason(
        self,
        db: sa.Connection,
        leader: OpenDelivery,
        reasons: frozenset[ThingKind],
        error: Exception,
    ) -> Drift | None:
        """The drift that an error comes of; one that a later version mends, too."""
        for one in of_mapping(db, self.tenure.connection_id, leader.mapping_id):
            mended = one.state is not DriftState.OPEN
            if mended and one.mended_version <= leader.mapping_version:
                continue
            if one.thing.kind in reasons and _is_about(one, error):
                return one
        return None

    async def _ask(self, mapping_id: int, records: Records) -> None:
        """Have stages and pipelines told anew, if the Mapping names one that was there."""
        wanted = await self.tenure.read(lambda db: self._named(db, mapping_id))
        try:
            await self.accounts.refresh(wanted, records)
        except UpstreamError:
            # What has failed stays so; the next look at the account tells.
            return

    def _named(self, db: sa.Connection, mapping_id: int) -> list[AccountList]:
        connection_id, now_ms = self.tenure.connection_id, self.tenure.now_ms
        old_ms, at = now_ms - YOUNG_MS, moments(db, connection_id)
        there = {name: of for name, of in told(db, connection_id).items() if at[name] < old_ms}
        everyone = subjects(db, connection(db, connection_id), self.actions)
        mine = [one for one in everyone if one.kind is SubjectKind.MAPPING and one.id == mapping_id]
        return [
            name
            for name in _ASKED.intersection(there)
            for subject in mine
            if any(list(subject.find(name, thing)) for thing in there[name])
        ]


def told_of(one: Drift) -> str:
    """A drift and its mend, in sentences."""
    if one.state is not DriftState.OPEN:
        return f"{one.sentence} That was mended; this goes on by itself."
    if one.mend:
        advice = f"Proposed: “{one.mend}” in the place of “{one.ref}”. Accept it with"
    else:
        advice = f"Nothing like “{one.ref}” is there; choose another with"
    other = "" if one.mend else " --with NAME"
    return f"{one.sentence} {advice} `dealwright drift accept {one.id}{other}`."


def _reasons(error: Exception) -> frozenset[ThingKind]:
    match error:
        case MappingError():
            return _REASONS.get(error.code, frozenset())
        case Rejected():
            return _REFUSED
        case _:
            return frozenset()


def _is_about(one: Drift, error: Exception) -> bool:
    """Whether an error names what has changed; what Pipedrive refuses names nothing for sure."""
    return isinstance(error, Rejected) or folded(one.ref) in " ".join(str(error).split()).casefold()
