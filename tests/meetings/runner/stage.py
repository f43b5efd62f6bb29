"""The stage of a fixture: the real web app, desk and drain, a Pipedrive loaded from the file, and
recorders' APIs that answer what the file says."""

import asyncio
from collections.abc import AsyncGenerator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

import httpx2
import msgspec
import sqlalchemy as sa
from structlog.testing import capture_logs
from tests.clock import ManualClock
from tests.exchanges import Exchange
from tests.fresh import fresh_file
from tests.hub import TOKEN, Hub, new_sandbox
from tests.meetings.runner.shape import Fetch, Fixture

from dealwright import parts
from dealwright.app import build_desk, build_web
from dealwright.core.clock import to_ms
from dealwright.core.mapping import MatchDefaults
from dealwright.core.people import Role
from dealwright.core.record import RecordKind
from dealwright.core.secret import Secret
from dealwright.meetings.settings import MeetingSettings
from dealwright.meetings.source import Answer, Request, Source
from dealwright.meetings.source import Secret as Proof
from dealwright.pipeline.drain import Engine
from dealwright.pipeline.meetingdesk import Desk
from dealwright.pipeline.meetingsetup import NewRecorder, add_recorder
from dealwright.pipeline.pace import Pace
from dealwright.pipeline.providers import AskProvider
from dealwright.recorders import recorders
from dealwright.sandbox.app import Sandbox
from dealwright.settings import Settings
from dealwright.store.api_keys import create_api_key, new_api_key
from dealwright.store.delivery_list import DeliveryFilter, find_deliveries
from dealwright.store.due import Even, due
from dealwright.store.meeting_desk import next_due_ms
from dealwright.store.meeting_inbox import last_outcome
from dealwright.store.meetings import LinkedDeal, link_deal, meeting_by_public_id

DUMMY: Final = "TEST"
HOSTS: Final = ("api.fathom.ai", "api.zoom.us", "zoom.us", "api.fireflies.ai", "api.aircall.io")
#: Nothing takes so many turns; a run that does is stuck.
_MOST_TURNS: Final = 50


class MeetingHub(Hub):
    """A hub whose notes link to the pages of its Meetings."""

    base_url = ""

    def engine(self, *, holder: str = "worker") -> Engine:
        return replace(super().engine(holder=holder), base_url=self.base_url)


class Player:
    """Answers as the recorders' APIs do, by `fetches`; `faults` are requests to anybody else."""

    def __init__(self, fetches: list[Fetch]) -> None:
        self._entries = list(enumerate(fetches))
        self.used: set[int] = set()
        self.faults: list[str] = []
        #: Who answers in its place, for tests of what fixtures do not have.
        self.instead: AskProvider | None = None

    async def __call__(self, source: Source, request: Request) -> Answer:
        if self.instead is not None:
            return await self.instead(source, request)
        if request.method == "POST" and request.url.partition("?")[0] == (
            "https://zoom.us/oauth/token"
        ):
            body = {"access_token": DUMMY, "token_type": "bearer", "expires_in": 3599}
            return Answer(status=200, body=msgspec.json.encode(body))
        fitting = [(at, one) for at, one in self._entries if _fits(one, request)]
        if fitting:
            fresh = [entry for entry in fitting if entry[0] not in self.used]
            at, entry = (fresh or fitting[-1:])[0]
            self.used.add(at)
            return Answer(status=entry.status, body=_body(entry))
        if httpx2.URL(request.url).host not in HOSTS:
            self.faults.append(f"asked outside: {request.method} {request.url}")
        return Answer(status=404, body=b"{}")

    def unused(self) -> list[str]:
        """Entries that nobody asked for."""
        return [entry.request.url for at, entry in self._entries if at not in self.used]


def _fits(entry: Fetch, request: Request) -> bool:
    told = {name.lower(): value for name, value in request.headers.items()}
    text = (request.body or b"").decode("utf-8", "replace")
    return (
        (entry.request.method, entry.request.url) == (request.method, request.url)
        and all(told.get(name.lower()) == value for name, value in entry.request.headers.items())
        and all(part in text for part in entry.request.body_contains)
    )


def _body(entry: Fetch) -> bytes:
    if isinstance(entry.response_text, str):
        return entry.response_text.encode()
    return msgspec.json.encode(None if entry.response is msgspec.UNSET else entry.response)


@dataclass(kw_only=True)
class Played:
    """What a play left behind, for `compare` to look at."""

    fixture: Fixture
    sandbox: Sandbox
    before: Mapping[str, list[dict[str, Any]]]
    answers: list[httpx2.Response] = field(default_factory=list[httpx2.Response])
    #: How many calls Pipedrive had had when each delivery was sent.
    calls_before: list[int] = field(default_factory=list[int])
    after_first: str = ""
    meetings: list[dict[str, Any]] = field(default_factory=list[dict[str, Any]])
    outcome: str = ""
    transcript: list[str] = field(default_factory=list[str])
    exchanges: list[Exchange] = field(default_factory=list[Exchange])
    player: Player = field(default_factory=lambda: Player([]))
    logs: list[Any] = field(default_factory=list[Any])
    pages: list[str] = field(default_factory=list[str])
    traces: list[bytes] = field(default_factory=list[bytes])


class Stage:
    """Plays one fixture."""

    def __init__(self, fixture: Fixture, folder: Path, *, database: str | None = None) -> None:
        self.fixture = fixture
        base_url = fixture.config.base_url
        self.clock = ManualClock(start=datetime.fromtimestamp(fixture.now_unix, tz=UTC))
        url = None if database is None else Secret(database)
        self.settings = Settings(data=folder, public_url=base_url, database_url=url)
        if database is None:
            fresh_file(folder / "dealwright.db")
        self.store = parts.open_store(self.settings)
        self.hub = MeetingHub(self.store, clock=self.clock, pace=Pace())
        self.hub.base_url = base_url
        self.sandbox = new_sandbox(self.clock)
        self.player = Player(fixture.fetches)
        self.web = build_web(self.settings, self.store, self.clock)
        self.desk: Desk = build_desk(self.settings, self.store, self.clock, ask=self.player)
        self.key = new_api_key()
        self.sources: dict[str, int] = {}

    async def set(self) -> None:
        """Section 2, steps 1 to 3."""
        load(self.sandbox, self.fixture)
        await self.hub.connect(
            self.sandbox,
            # Numbers that stand in the account are of the region of the settings too.
            defaults=MatchDefaults(region=self.fixture.config.default_region),
            mappings=lambda _: [],
            mirrored=[RecordKind.PERSON, RecordKind.DEAL],
            # It is a sandbox, of no company: a deal's link in an invitation may name any.
            base_url="http://127.0.0.1:8900",
        )
        now_ms = to_ms(self.clock.now())
        vault, config = parts.open_vault(self.settings), self.fixture.config
        settings = settings_of(self.fixture)

        def make(db: sa.Connection) -> None:
            create_api_key(
                db, "runner", role=Role.VIEWER, key=self.key, made_by="runner", now_ms=now_ms
            )
            for kind, secret in self.fixture.secrets.items():
                source = recorders()[kind]
                new = NewRecorder(
                    name=kind,
                    source=source,
                    secrets=[Proof(value=secret)],
                    credentials={one.key: DUMMY for one in source.credentials},
                    settings=settings,
                    connection_id=1,
                    poll_s=0,
                )
                made = add_recorder(db, new, vault=vault, now_ms=now_ms)
                self.sources[kind] = made.source_id
            for link in config.deal_links:
                deal = LinkedDeal(link.deal_id, link.origin)
                link_deal(db, 1, of=link.ical_uid, deal=deal, now_ms=now_ms)

        await self.store.write(make)
        await self.rest()

    async def rest(self) -> None:
        """Wait until nothing is due at this moment."""
        for _ in range(_MOST_TURNS):
            await asyncio.wait_for(self.desk.work(), timeout=30)
            sweep = await asyncio.wait_for(self.hub.run_once(), timeout=30)
            if not sweep.more and not await self._is_due():
                return
        raise AssertionError("the hub does not come to rest")

    async def _is_due(self) -> bool:
        now_ms = to_ms(self.clock.now())
        at_ms = await self.store.read(next_due_ms)
        drains = await self.store.read(lambda db: due(db, now_ms, even_idle=Even.IDLE))
        return (at_ms is not None and at_ms <= now_ms) or bool(drains)

    async def state(self, client: httpx2.AsyncClient) -> tuple[str, list[dict[str, Any]]]:
        """The one Meeting's state, or the outcome of the last delivery; and the Meetings."""
        listed = await self._get(client, "/api/v1/meetings")
        shown = [
            await self._get(client, f"/api/v1/meetings/{one['id']}") for one in listed["items"]
        ]
        if shown:
            return shown[0]["state"], shown
        source_id = self.sources[self.fixture.source]
        return await self.store.read(lambda db: last_outcome(db, source_id)), []

    async def _get(self, client: httpx2.AsyncClient, path: str) -> Any:
        answer = await client.get(path, headers={"authorization": f"Bearer {self.key}"})
        assert answer.status_code == 200, answer.text
        return answer.json()

    async def play(self) -> Played:
        """Section 2, steps 4 and 5."""
        played = Played(
            fixture=self.fixture,
            sandbox=self.sandbox,
            before=snapshot(self.sandbox),
            player=self.player,
        )
        self.hub.exchanges.clear()
        transport = httpx2.ASGITransport(app=self.web)
        base_url = self.fixture.config.base_url
        async with httpx2.AsyncClient(transport=transport, base_url=base_url) as client:
            for sent in self.fixture.deliveries:
                played.calls_before.append(len(self.sandbox.calls))
                answer = await client.post(
                    sent.path, content=sent.raw_body.encode(), headers=sent.headers
                )
                played.answers.append(answer)
                await self.rest()
                if len(played.answers) == 1:
                    played.after_first = outcome_of(answer) or (await self.state(client))[0]
            self.clock.advance(3600)
            await self.rest()
            played.outcome, played.meetings = await self.state(client)
            played.outcome = outcome_of(played.answers[-1]) or played.outcome
            played.pages = [answer.text for answer in played.answers]
        played.exchanges = list(self.hub.exchanges)
        await self._look_inside(played)
        return played

    async def _look_inside(self, played: Played) -> None:
        def look(db: sa.Connection) -> None:
            for shown in played.meetings:
                body = meeting_by_public_id(db, shown["id"]).body
                played.transcript += [one.text for one in body.transcript]
            found = find_deliveries(db, DeliveryFilter(), limit=1000)
            played.traces = [one.trace for one in found if one.trace]

        await self.store.read(look)

    async def close(self) -> None:
        """Close everything."""
        await self.desk.close()
        pages = self.web.pages
        async with pages.router.lifespan_context(pages):
            """Its end closes what the web side has opened."""
        await self.hub.close()


def outcome_of(answer: httpx2.Response) -> str:
    """What a refusal shows: `rejected:` and its code."""
    return f"rejected:{answer.json()['code']}" if answer.status_code >= 400 else ""


def settings_of(fixture: Fixture) -> MeetingSettings:
    """The settings of the Sources."""
    told: dict[str, Any] = msgspec.to_builtins(fixture.config)
    kept = {name: value for name, value in told.items() if name not in {"base_url", "deal_links"}}
    return msgspec.convert({**kept, "poll": False, "fetch_media": False}, MeetingSettings)


_COLLECTIONS: Final = (
    "users",
    "activity_types",
    "organizations",
    "persons",
    "deals",
    "leads",
    "pipelines",
    "stages",
)


def snapshot(sandbox: Sandbox) -> dict[str, list[dict[str, Any]]]:
    """Everything that nobody is to change."""
    return {name: sandbox.records(name) for name in _COLLECTIONS}


def load(sandbox: Sandbox, fixture: Fixture) -> None:
    """Put the fixture's account into the sandbox, and nothing else (section 6)."""
    account = fixture.pipedrive
    same = sandbox.clock.now_ms()
    persons = [msgspec.to_builtins(one) for one in account.persons]
    orgs = sorted({one.org_id for one in account.persons if one.org_id is not None})
    org_of = {one.id: one.org_id for one in account.persons}
    users = [msgspec.to_builtins(one) for one in account.users]
    users[0]["is_admin"] = True
    sandbox.put_state({"users": users}, replace=True)
    company = sandbox.world.default_company
    connected = company.users.get(account.users[0].id)
    assert connected is not None
    sandbox.world.issue(company, connected, TOKEN)
    sandbox.put_state(
        {
            "activity_types": [msgspec.to_builtins(one) for one in account.activity_types],
            "pipelines": [{"id": 1, "name": "Pipeline"}],
            "stages": [{"id": 1, "name": "Stage", "pipeline_id": 1}],
            "organizations": [{"id": one, "name": f"Organization {one}"} for one in orgs],
            "persons": [{**one, "add_time": same, "update_time": same} for one in persons],
            "deals": [
                {**msgspec.to_builtins(one), "org_id": org_of.get(one.person_id or 0)}
                for one in account.deals
            ],
        },
        replace=True,
    )
    for fault in account.faults:
        sandbox.add_fault(
            method=fault.method,
            path=fault.path,
            status=fault.status,
            body=fault.body,
            times=None if fault.times == "always" else fault.times,
        )


@asynccontextmanager
async def staged(
    fixture: Fixture, folder: Path, *, database: str | None = None
) -> AsyncGenerator[Stage]:
    """A stage that is set, and closed at the end."""
    stage = Stage(fixture, folder, database=database)
    try:
        await stage.set()
        yield stage
    finally:
        await stage.close()


async def play(fixture: Fixture, folder: Path, *, database: str | None = None) -> Played:
    """Play a fixture from a fresh store and a fresh sandbox."""
    with capture_logs() as logs:
        async with staged(fixture, folder, database=database) as stage:
            played = await stage.play()
    played.logs = list(logs)
    return played
