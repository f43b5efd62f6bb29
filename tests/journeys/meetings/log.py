"""Log: puts meetings in front of a hub's drain, as the desk does, and reads what became of them."""

from datetime import UTC, datetime
from typing import Any

import msgspec
import sqlalchemy as sa
from tests.hub import Hub

from dealwright.core.clock import to_ms
from dealwright.meetings.deciding import Becomes
from dealwright.meetings.meeting import Attendee, Bullet, Meeting, Origin, Section, Summary
from dealwright.meetings.outcome import MeetingResult
from dealwright.meetings.settings import MeetingSettings
from dealwright.pipeline.meetinglanes import lanes_of_meeting
from dealwright.sandbox.app import Sandbox
from dealwright.store.meeting_deliveries import queue_meeting
from dealwright.store.meeting_desk import NewMeeting, put_meeting
from dealwright.store.meeting_sources import add_meeting_source, set_meeting_settings
from dealwright.store.meetings import meeting

ANA = Attendee(name="Ana Lund", emails=("ana@northwind.example",))
JONAS = Attendee(name="Jonas Berg", emails=("jonas@acme.example",))
PRIYA = Attendee(name="Priya Nair", emails=("priya@globex.example",))
BASE_URL = "https://hub.northwind.example"


def met(*attendees: Attendee, text: str = "Wants a quote", **told: Any) -> Meeting:
    """Half an hour of somebody with Ana, who held it."""
    about: dict[str, Any] = {
        "key": "fathom:1",
        "source": "fathom",
        "title": "Acme demo",
        "said_type": "Meeting",
        "started_at": datetime(2026, 11, 20, 14, 1, 12, tzinfo=UTC),
        "ended_at": datetime(2026, 11, 20, 14, 31, 40, tzinfo=UTC),
        "presenter_email": "ana@northwind.example",
        "attendees": (ANA, *attendees),
        "summary": Summary(
            origin=Origin.PROVIDER, sections=(Section(bullets=(Bullet(text=text),)),)
        ),
    }
    return Meeting(**about | told)


class Log:
    """Logs meetings of one Source."""

    def __init__(self, hub: Hub, pipedrive: Sandbox) -> None:
        self.hub = hub
        self.pipedrive = pipedrive
        self._known = False

    async def settle(self, **settings: Any) -> None:
        """Choose settings for the Source's meetings."""
        chosen = MeetingSettings(internal_domains=("northwind.example",), **settings)

        def put(db: sa.Connection) -> None:
            if not self._known:
                add_meeting_source(db, 1, kind="fathom", path_hash="", sealed=None, connection_id=1)
            set_meeting_settings(db, 1, settings=chosen)

        await self.hub.store.write(put)
        self._known = True

    async def hear(self, body: Meeting, *, revision: int = 1) -> MeetingResult:
        """Have a meeting, or a new version of it, logged; what came of it."""
        if not self._known:
            await self.settle()
        await self.queue(body, revision=revision)
        await self.hub.run_until_idle()
        return await self.result()

    async def queue(self, body: Meeting, *, revision: int = 1, waits_s: int = 0) -> None:
        """Make the Delivery, and let nobody do it yet; or its summary is waited for."""
        now_ms = to_ms(self.hub.clock.now())
        page = body.key.replace(":", "-")
        state, next_at_ms = "queued", None
        if waits_s:
            state, next_at_ms = Becomes.PENDING.value, now_ms + waits_s * 1000
        new = NewMeeting(page, 1, 1, revision, body, None, state, next_at_ms, body.title)

        def put(db: sa.Connection) -> None:
            known = None if revision == 1 else 1
            number = put_meeting(db, new, meeting_id=known, now_ms=now_ms)
            lanes = lanes_of_meeting(body, meeting_id=number, region="SE")
            queue_meeting(db, number, connection_id=1, source_id=1, lanes=lanes, now_ms=now_ms)

        await self.hub.store.write(put)

    async def result(self) -> MeetingResult:
        """What the last try found."""
        stored = await self.hub.store.read(lambda db: meeting(db, 1))
        return msgspec.json.decode(stored.result or b"null", type=MeetingResult)

    def notes(self) -> dict[int | None, dict[str, Any]]:
        """The notes in Pipedrive, by person."""
        return {one["person_id"]: one for one in self.pipedrive.records("notes")}

    def activities(self) -> list[dict[str, Any]]:
        """The activities in Pipedrive."""
        return list(self.pipedrive.records("activities"))

    def writes(self) -> list[str]:
        """What was changed in Pipedrive so far, in order."""
        return [
            f"{call.method} {call.path.rpartition('/api/')[2]}"
            for call in self.pipedrive.calls
            if call.method != "GET" and call.status < 300
        ]


IN_PIPEDRIVE = {"id": 101, "name": "Jonas Berg", "emails": ["jonas@acme.example"]}


def have(log: Log, *persons: dict[str, Any], deals: tuple[dict[str, Any], ...] = ()) -> None:
    """Put persons and deals into Pipedrive."""
    log.pipedrive.put_state({"persons": list(persons), "deals": list(deals)})


def deal(number: int, person: int = 101, *, day: int = 1, **more: Any) -> dict[str, Any]:
    """A deal, made on a day of October."""
    made = f"2026-10-{day:02}T08:00:00Z"
    about = {"id": number, "title": f"Deal {number}", "person_id": person, "add_time": made}
    return {"stage_id": 1, "update_time": made, **about, **more}
