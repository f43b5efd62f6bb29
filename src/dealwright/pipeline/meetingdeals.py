"""MeetingDeals: to which deal a meeting belongs, and by which rule (MEETINGS 4.4)."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from dealwright.core.delivery import Step
from dealwright.core.record import Deal, RecordKind
from dealwright.meetings.choosing import Setting, fitting_deals
from dealwright.meetings.outcome import DealChoice
from dealwright.meetings.settings import DealRule, MeetingSettings
from dealwright.pipedrive.client import Client
from dealwright.pipedrive.records import Records
from dealwright.pipedrive.surroundings import deals_of, leads_of
from dealwright.pipeline.mirror import Reading

#: Of so many deals it is asked who takes part in them: 10 tokens each.
_LOOKED_THROUGH = 3

NO_DEAL = DealChoice(deal_id=None, why="person_has_no_deal")

#: Several fit, and the rule is to ask.
SEVERAL = "several_open_deals"


@dataclass(slots=True, kw_only=True)
class MeetingDeals:
    """Finds the deals of one meeting. `linked` is a deal that somebody named, None for none.

    10 tokens a person, 20 more where archived deals or leads are looked at, 1 for a linked deal
    that the mirror does not know. Raises the UpstreamError tree.
    """

    client: Client
    records: Records
    mirror: Reading
    settings: MeetingSettings
    setting: Setting
    linked: int | None = None
    warnings: list[str] = field(default_factory=list[str])
    steps: list[Step] = field(default_factory=list[Step])

    async def of_link(self) -> DealChoice | None:
        """The deal that the meeting is linked to; None when there is none, or it is gone."""
        if self.linked is None:
            return None
        deal = await self.mirror.read(RecordKind.DEAL, self.linked)
        if deal is None or deal.is_deleted:
            self.warnings.append(f"linked_deal_not_found:{self.linked}")
            self._say(f"the meeting is linked to deal {self.linked}, which is not there")
            return None
        self._say(f"deal {self.linked}: the meeting is linked to it")
        return DealChoice(deal_id=self.linked, why="linked")

    async def of_person(self, person_id: int) -> DealChoice:
        """The deal of a person that the rule chooses, or why there is none."""
        if self.settings.deal_rule is DealRule.NONE:
            return NO_DEAL
        deals = await self._fitting(await deals_of(self.client, person_id))
        if self.settings.deal_rule is DealRule.ASK_IF_SEVERAL_OPEN and len(deals) > 1:
            self._say(f"person {person_id} has {len(deals)} open deals: somebody has to choose")
            return DealChoice(deal_id=None, why=SEVERAL)
        if deals:
            return self._chosen(person_id, deals[0], "latest_created")
        if self.settings.archived_deals:
            archived = await deals_of(self.client, person_id, archived=True)
            if kept := await self._fitting(archived):
                return self._chosen(person_id, kept[0], "latest_archived")
        if self.settings.lead_fallback and (leads := await leads_of(self.client, person_id)):
            self._say(f"person {person_id} has no deal; lead {leads[0].id} is open")
            return DealChoice(deal_id=None, why="open_lead", lead_id=leads[0].id)
        self._say(f"person {person_id} has no deal that fits the rule {self.settings.deal_rule}")
        return NO_DEAL

    async def _fitting(self, deals: Sequence[Deal]) -> Sequence[Deal]:
        setting = self.setting
        if self.settings.deal_rule is DealRule.CONTACT_ROLE:
            taking_part = {
                deal.id: await self.records.participants(deal.id)
                for deal in deals[:_LOOKED_THROUGH]
            }
            setting = replace(setting, taking_part=taking_part)
        return fitting_deals(deals, settings=self.settings, setting=setting)

    def _chosen(self, person_id: int, deal: Deal, why: str) -> DealChoice:
        self._say(f"deal {deal.id} of person {person_id}, made {deal.add_time or ''}: {why}")
        return DealChoice(deal_id=deal.id, why=why)

    def _say(self, text: str) -> None:
        self.steps.append(Step(stage="match", text=text))
