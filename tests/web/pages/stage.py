"""Stage: a hub with meetings in every state, for pages to be looked at."""

import asyncio
import io
import wave
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import msgspec
import sqlalchemy as sa
from tests.cli.conftest import serving

from dealwright.app import build_web
from dealwright.cli.hub import opened
from dealwright.core.clock import to_ms
from dealwright.core.people import Role
from dealwright.core.record import Deal, Labelled, Organization, Person, RecordKind
from dealwright.meetings.meeting import (
    ActionItem,
    Attendee,
    Bullet,
    Meeting,
    Origin,
    Part,
    Recording,
    Section,
    Segment,
    Summary,
    Text,
)
from dealwright.meetings.outcome import (
    Conflict,
    DealChoice,
    Matched,
    MeetingResult,
    NearMiss,
    Seen,
    Suggestion,
)
from dealwright.meetings.participants import Role as Seat
from dealwright.meetings.settings import MeetingSettings
from dealwright.parts import open_vault
from dealwright.pipeline import people as rules
from dealwright.pipeline.clock import SystemClock
from dealwright.pipeline.meetingmedia import MediaShelf, media_folder
from dealwright.pipeline.mirrored import row_of
from dealwright.settings import Settings
from dealwright.store import people, sessions
from dealwright.store.connections import NewConnection, create_connection
from dealwright.store.engine import Store
from dealwright.store.meeting_desk import NewMeeting, put_meeting
from dealwright.store.meeting_sources import add_meeting_source, set_meeting_settings
from dealwright.store.meetings import (
    MeetingWrite,
    meeting_by_public_id,
    put_result,
    put_write,
)
from dealwright.store.mirror import put_records
from dealwright.store.sessions import NewSession, Stage
from dealwright.store.sources import create_source
from dealwright.web.auth.tokens import csrf_token, hash_token, new_token

START = datetime(2026, 11, 20, 14, 1, 12, tzinfo=UTC)
ANA = Attendee(name="Ana Lund", emails=("ana@northwind.example",), part=Part.HOST)
JONAS = Attendee(name="Jonas Berg", emails=("jonas@acme.example",))
PRIYA = Attendee(name="Priya Nair")

SAID = (
    ("Ana Lund", "Thanks for making the time, Jonas. Shall we start with how you work today?"),
    ("Jonas Berg", "We type every order twice, and each month we lose about two days by it."),
    ("Ana Lund", "Who else is touched by that?"),
    ("Jonas Berg", "Finance mostly. Priya signs off anything above twenty thousand euros."),
    ("Priya Nair", "I would need the security paper before the board meets in December."),
    ("Ana Lund", "I will send you the security paper and an offer by Friday."),
)


def transcript(times: int = 1, *, apart: float = 11.0) -> tuple[Segment, ...]:
    """What was said, so many times over, a line each so many seconds."""
    lines = [line for _ in range(times) for line in SAID]
    return tuple(
        Segment(start=at * apart, end=(at + 0.8) * apart, speaker=who, text=text)
        for at, (who, text) in enumerate(lines)
    )


SUMMARY = Summary(
    origin=Origin.PROVIDER,
    overview=("Acme enters each order twice and wants to stop that before the new year.",),
    sections=(
        Section(
            title="pain",
            bullets=(
                Bullet(text="Orders are typed twice; two days a month are lost.", at=11.0),
                Bullet(text="Finance feels it most.", speaker="Jonas Berg", at=33.0),
            ),
        ),
        Section(
            title="decision_process",
            bullets=(Bullet(text="Priya Nair signs off above 20,000 euros.", at=33.0),),
        ),
    ),
    action_items=(
        ActionItem(text="Send the security paper and an offer", owner="Ana Lund", due="2026-11-27"),
        ActionItem(text="Bring the offer to the board", owner="Priya Nair"),
    ),
)


def met(key: str, *attendees: Attendee, **told: Any) -> Meeting:
    """Half an hour of somebody with Ana, who held it."""
    about: dict[str, Any] = {
        "key": key,
        "source": "fathom",
        "title": "Acme: first look",
        "said_type": "Discovery",
        "platform": "zoom",
        "started_at": START,
        "ended_at": START + timedelta(minutes=31),
        "timezone": "Europe/Stockholm",
        "presenter_email": "ana@northwind.example",
        "attendees": (ANA, *attendees),
        "summary": SUMMARY,
        "transcript": transcript(),
        "recording": Recording(url="https://recorder.example/calls/81"),
        "manual_notes": Text(format="markdown", text="Ask about **rollout** in Spain."),
    }
    return Meeting(**about | told)


def seen(one: Attendee, match: Matched | None, person_id: int | None = None) -> Seen:
    """A guest as a try found them."""
    return Seen(
        role=Seat.EXTERNAL if one.emails or one.phones else Seat.UNKNOWN,
        name=one.name,
        email=one.emails[0] if one.emails else "",
        phone=one.phones[0] if one.phones else "",
        match=match,
        person_id=person_id,
    )


ANA_SEEN = Seen(role=Seat.INTERNAL, name="Ana Lund", email="ana@northwind.example", part=Part.HOST)
WRITES = (
    MeetingWrite("note", 101, 7, 3001, "a", "a", "written", to_ms(START) + 2_000_000),
    MeetingWrite("activity", 0, 7, 4001, "b", "b", "edited", to_ms(START) + 2_001_000),
)
HOSTILE = "<script>alert(1)</script><img src=x onerror=alert(2)> javascript:alert(3)"


@dataclass(frozen=True, kw_only=True)
class Play:
    """A meeting in a state, with what came of it."""

    body: Meeting
    result: MeetingResult | None
    writes: tuple[MeetingWrite, ...] = ()
    has_home: bool = True

    @property
    def state(self) -> str:
        return self.result.state if self.result else "pending:summary"


def synced(body: Meeting, guest: Attendee = JONAS) -> Play:
    """Written: a note and an activity."""
    result = MeetingResult(
        state="synced",
        title=body.title,
        conversation_type=body.said_type,
        participants=(ANA_SEEN, seen(guest, Matched.EMAIL, 101), seen(PRIYA, Matched.NONE)),
        suggestions=(Suggestion(participant="Priya Nair", person_id=103),),
        primary=101,
        deal=DealChoice(deal_id=7, why="latest_created"),
        edited=("the activity",),
    )
    return Play(body=body, result=result, writes=WRITES)


EVE = Attendee(name=HOSTILE, emails=("eve@evil.example",))
PHONE = Attendee(name="", phones=("+46701740605",))
PLAYS: dict[str, Play] = {
    "synced": synced(met("fathom:1", JONAS, PRIYA)),
    "ambiguous": Play(
        body=met("aircall:2", PHONE, title="Call with +46701740605", summary=None, transcript=()),
        result=MeetingResult(
            state="needs_review:ambiguous_phone",
            participants=(ANA_SEEN, seen(PHONE, Matched.AMBIGUOUS)),
            conflicts=(
                Conflict(participant="+46701740605", why="shared_phone", candidates=(101, 102)),
            ),
        ),
    ),
    "no_activity": Play(
        body=met("fathom:3", JONAS, title="Acme: pricing"),
        result=MeetingResult(
            state="synced",
            conversation_type="Pricing call",
            participants=(ANA_SEEN, seen(JONAS, Matched.EMAIL, 101)),
            deal=DealChoice(deal_id=None, why="person_has_no_deal"),
            activity_reason="activity_type_not_found",
            near_misses=(NearMiss(name="pricing call", why="case"),),
        ),
        writes=WRITES[:1],
    ),
    "pending": Play(
        body=met("zoom:4", JONAS, title="", summary=None, transcript=(), manual_notes=None),
        result=None,
    ),
    "hostile": synced(
        met(
            "fathom:5",
            EVE,
            title=HOSTILE,
            said_type=HOSTILE,
            summary=Summary(
                origin=Origin.PROVIDER,
                overview=(HOSTILE,),
                body=Text(format="html", text=f"<h1>{HOSTILE}</h1><p onclick=alert(4)>Hi</p>"),
            ),
            transcript=(Segment(start=0, speaker=HOSTILE, text=HOSTILE),),
            manual_notes=Text(format="markdown", text=f"[x](javascript:alert(5)) {HOSTILE}"),
            recording=Recording(url="javascript:alert(6)"),
        ),
        EVE,
    ),
    "homeless": Play(
        body=met("fathom:6", JONAS, title="A meeting of nobody"),
        result=MeetingResult(state="needs_review:no_connection"),
        has_home=False,
    ),
    "recorded": synced(
        met("zoom:8", JONAS, title="A recorded call", transcript=transcript(apart=1.0))
    ),
    "long": synced(met("fathom:7", JONAS, title="A long afternoon", transcript=transcript(100))),
}


@dataclass(kw_only=True)
class House:
    """The hub that listens, whose sessions, and the ids of its pages."""

    url: str
    store: Store
    ids: dict[str, str] = field(default_factory=dict[str, str])
    tokens: dict[Role, str] = field(default_factory=dict[Role, str])

    def path(self, name: str) -> str:
        """The page of a meeting."""
        return f"/s/{self.ids[name]}"

    def csrf(self, role: Role = Role.MEMBER) -> str:
        """What the forms of somebody carry."""
        return csrf_token(self.tokens[role])

    def read(self, look: Any) -> Any:
        """Look something up in the store."""
        with self.store.snapshot() as db:
            return look(db)


def page_id(at: int) -> str:
    return f"00000000-0000-7000-8000-{at:012}"


def fill(db: sa.Connection, house: House) -> None:
    """The account, its persons and deals, and the meetings."""
    now_ms = to_ms(START)
    create_source(db, "Fathom", now_ms=now_ms)
    add_meeting_source(db, 1, kind="fathom", path_hash="x", sealed=None, connection_id=1)
    set_meeting_settings(db, 1, settings=MeetingSettings(internal_domains=("northwind.example",)))
    new = NewConnection(
        name="main", base_url="https://northwind.pipedrive.com", plan="growth", seats=5
    )
    create_connection(db, new, now_ms=now_ms)
    mirror(db, now_ms=now_ms)
    for at, (name, play) in enumerate(PLAYS.items(), start=1):
        house.ids[name] = page_id(at)
        put(db, play, public=page_id(at), now_ms=now_ms + at)
    for role in (Role.OWNER, Role.MEMBER, Role.VIEWER):
        house.tokens[role] = session(db, role)


def mirror(db: sa.Connection, *, now_ms: int) -> None:
    """Three persons, their organisation, two deals."""
    acme = Organization(id=11, name="Acme AB")
    persons = (
        Person(
            id=101, name="Jonas Berg", org_id=11, emails=(Labelled(value="jonas@acme.example"),)
        ),
        Person(id=102, name="Jonas Berglund", emails=(Labelled(value="jb@globex.example"),)),
        Person(
            id=103, name="Priya Nair", org_id=11, emails=(Labelled(value="priya@acme.example"),)
        ),
    )
    deals = (
        Deal(id=7, title="Acme, 40 seats", person_id=101, status="open"),
        Deal(id=8, title="Acme, pilot", person_id=101, status="won"),
    )
    kinds: tuple[tuple[RecordKind, tuple[Any, ...]], ...] = (
        (RecordKind.ORGANIZATION, (acme,)),
        (RecordKind.PERSON, persons),
        (RecordKind.DEAL, deals),
    )
    rows = [
        row_of(one, kind, checked_at_ms=now_ms, exact=True, region="SE")
        for kind, records in kinds
        for one in records
    ]
    put_records(db, 1, rows)


def put(db: sa.Connection, play: Play, *, public: str, now_ms: int) -> None:
    """A meeting, and what came of it."""
    home = 1 if play.has_home else None
    new = NewMeeting(public, 1, home, 1, play.body, None, play.state, None, play.body.title)
    number = put_meeting(db, new, meeting_id=None, now_ms=now_ms)
    if play.result is not None:
        body = msgspec.json.encode(play.result)
        put_result(db, number, revision=1, result=body, state=play.state, now_ms=now_ms)
    for write in play.writes:
        put_write(db, number, write=write)


def session(db: sa.Connection, role: Role) -> str:
    """Somebody with this role, signed in; their token."""
    token = new_token().reveal()
    now_ms = to_ms(SystemClock().now())
    user = people.add_user(
        db, email=f"{role.value}@hub.example", name=role.value.title(), role=role, now_ms=now_ms
    )
    new = NewSession(
        token_hash=hash_token(token),
        user_id=user.id,
        stage=Stage.FULL,
        method="password",
        address="127.0.0.1",
        agent="tests",
        expires_at_ms=now_ms + rules.LONGEST_MS,
    )
    sessions.begin_session(db, new, now_ms=now_ms)
    return token


@contextmanager
def open_house(folder: Path) -> Iterator[House]:
    """The hub, filled, listening on a free port."""
    settings = Settings(data=folder, api_rate=0, address_rate=0)
    with opened(settings) as hub, serving(build_web(settings, hub.store, SystemClock())) as url:
        house = House(url=url, store=hub.store)
        asyncio.run(hub.store.write(lambda db: fill(db, house)))
        asyncio.run(record(house, settings))
        yield house


async def record(house: House, settings: Settings) -> None:
    """Keep a recording of one of the meetings: a minute of silence."""
    folder = media_folder(settings.data)
    vault = open_vault(settings)
    shelf = MediaShelf(store=house.store, vault=vault, clock=SystemClock(), folder=folder)
    found = house.read(lambda db: meeting_by_public_id(db, house.ids["recorded"]))
    await shelf.bring(found, "audio/wav", _silence())


async def _silence() -> AsyncIterator[bytes]:
    made = io.BytesIO()
    with wave.open(made, "wb") as sound:
        sound.setnchannels(1)
        sound.setsampwidth(1)
        sound.setframerate(8000)
        sound.writeframes(b"\x80" * 8000 * 66)
    yield made.getvalue()
