"""Otherwork: Deliveries that are of no Event: of a Meeting, of a card's button, of a Correction.

All of them plan, and have the same scribe write.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Protocol

from dealwright.core.correction import CorrectionKind
from dealwright.core.record import Record, RecordKind
from dealwright.pipedrive.records import Records
from dealwright.pipeline import applymapping, meetingpen, mergetwins
from dealwright.pipeline.applymapping import House
from dealwright.pipeline.cardacts import PressButton
from dealwright.pipeline.logmeeting import LogMeeting
from dealwright.pipeline.mirror import Reading
from dealwright.pipeline.putright import PutRight
from dealwright.pipeline.resolve import Resolver
from dealwright.pipeline.reviewasking import Asking
from dealwright.pipeline.verdict import Verdict
from dealwright.store.corrections import part_of
from dealwright.store.deliveries import OpenDelivery


class Scribe(applymapping.Scribe, meetingpen.Scribe, mergetwins.Scribe, Protocol):
    """The one way to write (`pipeline.write.Writer`), as far as all of them need it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OtherWork:
    """One try at a Delivery that is of no Event.

    `adopted` are records that an earlier try made though its answer was lost, by kind and external
    id.
    """

    house: House
    leader: OpenDelivery
    records: Records
    reading: Reading
    resolver: Resolver
    scribe: Scribe
    asking: Asking
    base_url: str = ""
    titles: Mapping[str, str] = field(default_factory=dict[str, str])
    adopted: Mapping[tuple[RecordKind, str], Record] = field(
        default_factory=dict[tuple[RecordKind, str], Record]
    )

    async def verdict(self) -> Verdict:
        """Try once. Raises the UpstreamError tree, MappingError and NeedsChoice."""
        leader = self.leader
        if leader.meeting_id is not None:
            return await self._meeting(leader.meeting_id)
        if leader.card_act_id is not None:
            return await self._button(leader.card_act_id)
        return await self._correction()

    async def _meeting(self, meeting_id: int) -> Verdict:
        logging = LogMeeting(
            meeting_id=meeting_id,
            source_id=self.leader.source_id,
            tenure=self.house.tenure,
            client=self.records.client,
            mirror=self.reading,
            resolver=self.resolver,
            accounts=self.house.accounts,
            scribe=self.scribe,
            base_url=self.base_url,
            titles=self.titles,
            adopted=self.adopted,
        )
        verdict = await logging.verdict()
        self.asking.asks_of_meeting(logging.result, verdict.code)
        return verdict

    async def _button(self, act_id: int) -> Verdict:
        return await PressButton(
            act_id=act_id,
            tenure=self.house.tenure,
            mirror=self.reading,
            resolver=self.resolver,
            accounts=self.house.accounts,
            scribe=self.scribe,
            adopted=self.adopted,
        ).verdict()

    async def _correction(self) -> Verdict:
        house = self.house
        correction, part = await house.tenure.read(lambda db: part_of(db, self.leader.id))
        if correction.kind is CorrectionKind.MERGE:
            return await mergetwins.MergeTwins(
                correction=correction,
                part=part,
                tenure=house.tenure,
                records=self.records,
                turns=house.turns,
                scribe=self.scribe,
                scopes=house.scopes,
            ).verdict()
        return await PutRight(
            correction=correction,
            part=part,
            tenure=house.tenure,
            records=self.records,
            mirror=self.reading,
            accounts=house.accounts,
            past=house.past,
            turns=house.turns,
            scribe=self.scribe,
            scopes=house.scopes,
            adopted=self.adopted,
        ).verdict()


def is_of_no_event(delivery: OpenDelivery) -> bool:
    """Whether a Delivery is one of these."""
    others = (delivery.meeting_id, delivery.card_act_id, delivery.correction_id)
    return any(one is not None for one in others)
