"""The summary of a Meeting whose Source sent none: made here, of its transcript, in a thread."""

import asyncio
from collections.abc import Mapping, Sequence

from dealwright.core.record import Member
from dealwright.meetings.meeting import Meeting, Origin, Summary
from dealwright.meetings.participants import Judge, Role
from dealwright.meetings.settings import MeetingSettings
from dealwright.meetings.summary.extract import extract
from dealwright.meetings.summary.units import Side


class LocalSummary:
    """Makes a summary without a model and without the network."""

    async def __call__(
        self, meeting: Meeting, *, settings: MeetingSettings, users: Sequence[Member]
    ) -> Summary:
        """The local extract; `origin` none, with why, where there is no transcript."""
        if not meeting.transcript:
            return Summary(origin=Origin.NONE, why_none="nothing_recorded")
        sides = sides_of(meeting, settings=settings, users=users)
        return await asyncio.to_thread(
            extract, meeting.transcript, language=meeting.language, sides=sides
        )


def sides_of(
    meeting: Meeting, *, settings: MeetingSettings, users: Sequence[Member]
) -> Mapping[str, Side]:
    """On whose side each speaker is, as far as their names tell."""
    people = Judge(settings, users=users).people(meeting)
    sides = {Role.INTERNAL: Side.INTERNAL, Role.EXTERNAL: Side.EXTERNAL}
    return {one.name: sides[one.role] for one in people if one.name and one.role in sides}
