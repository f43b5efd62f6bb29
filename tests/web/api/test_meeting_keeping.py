"""What is kept of meetings, by the API: search, export, support, recordings, holds, erasure."""

import io
import zipfile
from datetime import UTC, datetime
from typing import Any

import httpx2
import msgspec
import pytest
import pytest_asyncio
from starlette.applications import Starlette
from tests.web.api.hub import ApiHub
from tests.web.api.test_meetings import TOLD, tell

from dealwright.core.people import Role
from dealwright.meetings.meeting import (
    ActionItem,
    Attendee,
    Bullet,
    Meeting,
    Origin,
    Recording,
    Section,
    Segment,
    Summary,
)
from dealwright.pipeline.meetingmedia import media_folder
from dealwright.store.audit import entries
from dealwright.store.meeting_desk import NewMeeting, put_meeting
from dealwright.store.meeting_media import media_of
from dealwright.store.meeting_sources import list_meeting_sources
from dealwright.store.meetings import meeting_by_public_id
from dealwright.web.media import HOLDS_S, PlayKept, media_routes

PAGE = "00000000-0000-7000-8000-000000000001"
SOUND = bytes(range(256)) * 400
TALK = Meeting(
    key="generic:1",
    source="generic",
    title="Rollout <b>at</b> Love",
    started_at=datetime(2026, 11, 22, 8, tzinfo=UTC),
    ended_at=datetime(2026, 11, 22, 9, tzinfo=UTC),
    attendees=(
        Attendee(name="Ada Keller", emails=("ada@love.example",), phones=("+46701234567",)),
    ),
    recording=Recording(url="https://rec.example/x?signature=canary"),
    transcript=(
        Segment(start=61.0, end=64.0, speaker="Ada Keller", text="The price --> is 7,\n\nfine."),
    ),
    summary=Summary(origin=Origin.LOCAL, sections=(Section(bullets=(Bullet(text="A price"),)),)),
    action_items=(ActionItem(text="Send it"),),
    extra={"_fetch": {"download_token": "canary"}, "room": "7"},
)


@pytest_asyncio.fixture
async def talk(hub: ApiHub) -> ApiHub:
    """The hub with one meeting."""
    await tell(hub, TOLD)
    (source,) = await hub.store.read(list_meeting_sources)
    new = NewMeeting(
        public_id=PAGE,
        source_id=source.source_id,
        connection_id=None,
        revision=1,
        body=TALK,
        merge=None,
        state="needs_review:no_connection",
        next_at_ms=None,
        title=TALK.title,
    )
    await hub.store.write(lambda db: put_meeting(db, new, meeting_id=None, now_ms=hub.now_ms()))
    return hub


async def ask(hub: ApiHub, path: str, *, role: Role = Role.MEMBER, **asked: Any) -> Any:
    async with hub.client(role) as client:
        return await client.get(path, params=asked)


async def act(hub: ApiHub, method: str, path: str, *, role: Role = Role.ADMIN, **more: Any) -> Any:
    async with hub.client(role) as client:
        return await client.request(method, path, **more)


class TestSearch:
    async def test_words_are_found_with_the_time_at_which_they_were_said(
        self, talk: ApiHub
    ) -> None:
        (hit,) = (await ask(talk, "/meetings", q="PRICE fin")).json()["items"]
        times = [one["at"] for one in hit["snippets"]]
        assert (hit["id"], times) == (PAGE, [None, 61.0])

    async def test_what_nobody_said_is_not_found(self, talk: ApiHub) -> None:
        assert (await ask(talk, "/meetings", q="pudding")).json()["items"] == []


class TestExport:
    @pytest.mark.parametrize("form", ["vcon", "vtt", "srt", "md", "json"])
    async def test_no_address_of_a_recording_and_no_token_leaves(
        self, talk: ApiHub, form: str
    ) -> None:
        answer = await ask(talk, f"/meetings/{PAGE}/export", format=form)
        assert (answer.status_code, "canary" in answer.text) == (200, False)

    async def test_captions_hold_what_was_said_in_one_cue(self, talk: ApiHub) -> None:
        text = (await ask(talk, f"/meetings/{PAGE}/export", format="srt")).text
        assert text == "1\n00:01:01,000 --> 00:01:04,000\nAda Keller: The price --> is 7, fine.\n"

    async def test_a_vcon_is_read_by_the_hub_itself(self, talk: ApiHub) -> None:
        from dealwright.meetings.vcon import opened, told_of  # noqa: PLC0415

        answer = await ask(talk, f"/meetings/{PAGE}/export", format="vcon")
        told = told_of(opened(answer.content)).meeting
        assert (told.attendees[0].emails, told.transcript[0].start, told.started_at) == (
            ("ada@love.example",),
            61.0,
            TALK.started_at,
        )

    async def test_markup_in_a_title_is_text(self, talk: ApiHub) -> None:
        text = (await ask(talk, f"/meetings/{PAGE}/export", format="md")).text
        assert text.startswith(r"# Rollout \<b\>at\</b\> Love")

    async def test_somebody_gets_all_meetings_that_they_were_in(self, talk: ApiHub) -> None:
        body = {"email": "ADA@love.example"}
        answer = await act(talk, "POST", "/meetings/export-person", json=body)
        archive = zipfile.ZipFile(io.BytesIO(answer.content))
        assert sorted(archive.namelist()) == [
            f"meeting-{PAGE}.md",
            f"meeting-{PAGE}.vcon.json",
            "meetings.json",
        ]


class TestSupport:
    async def test_the_bundle_tells_what_is_asked_for_first(self, talk: ApiHub) -> None:
        told = (await ask(talk, f"/meetings/{PAGE}/support")).json()
        assert told["page"].endswith(f"/s/{PAGE}")
        assert [one["code"] for one in told["why"]] == ["no_connection"]
        assert (told["participants"][0]["name"], "canary" in str(told)) == ("Ada Keller", False)

    async def test_a_masked_bundle_names_nobody(self, talk: ApiHub) -> None:
        text = (await ask(talk, f"/meetings/{PAGE}/support", mask=True)).text
        assert [word for word in ("Ada", "love.example", "+4670", "Rollout") if word in text] == []
        assert PAGE in text


class TestRecordings:
    async def bring(self, hub: ApiHub) -> Any:
        return await act(
            hub,
            "POST",
            f"/meetings/{PAGE}/recordings?name=call.mp3",
            role=Role.MEMBER,
            content=SOUND,
        )

    async def url(self, hub: ApiHub, viewer: str = "user:7") -> str:
        play = PlayKept(hub.office.vault, hub.clock)
        found = await hub.store.read(lambda db: play(db, meeting_by_public_id(db, PAGE), viewer))
        assert found is not None
        return found.url

    async def get(self, hub: ApiHub, url: str, **headers: str) -> httpx2.Response:
        folder = media_folder(hub.office.folder)
        routes = media_routes(hub.store, hub.clock, vault=hub.office.vault, folder=folder)
        transport = httpx2.ASGITransport(app=Starlette(routes=routes))
        async with httpx2.AsyncClient(
            transport=transport, base_url="https://hub.example"
        ) as client:
            return await client.get(url, headers=headers)

    async def test_a_recording_that_is_brought_is_played_whole(self, talk: ApiHub) -> None:
        assert (await self.bring(talk)).status_code == 201
        answer = await self.get(talk, await self.url(talk))
        assert (answer.status_code, answer.content) == (200, SOUND)
        assert answer.headers["content-type"] == "audio/mpeg"

    async def test_a_player_may_ask_for_a_part(self, talk: ApiHub) -> None:
        await self.bring(talk)
        answer = await self.get(talk, await self.url(talk), range="bytes=70000-70009")
        assert (answer.status_code, answer.content) == (206, SOUND[70000:70010])
        assert answer.headers["content-range"] == f"bytes 70000-70009/{len(SOUND)}"

    async def test_a_part_that_there_is_not_is_refused(self, talk: ApiHub) -> None:
        await self.bring(talk)
        answer = await self.get(talk, await self.url(talk), range="bytes=999999999-")
        assert answer.status_code == 416

    async def test_an_address_is_over_after_ten_minutes(self, talk: ApiHub) -> None:
        await self.bring(talk)
        url = await self.url(talk)
        talk.clock.advance(HOLDS_S)
        assert (await self.get(talk, url)).status_code == 404

    @pytest.mark.parametrize(
        ("old", "new"), [("user%3A7", "user%3A8"), ("until=1", "until=2"), ("sig=", "sig=0")]
    )
    async def test_a_changed_address_plays_nothing(self, talk: ApiHub, old: str, new: str) -> None:
        await self.bring(talk)
        url = await self.url(talk)
        answer = await self.get(talk, url.replace(old, new))
        assert (old in url, answer.status_code) == (True, 404)

    async def test_an_erased_recording_plays_no_more(self, talk: ApiHub) -> None:
        await self.bring(talk)
        url = await self.url(talk)
        answer = await act(talk, "DELETE", f"/meetings/{PAGE}/parts/media")
        assert (answer.status_code, (await self.get(talk, url)).status_code) == (200, 404)
        assert answer.json()["recordings"][0]["state"] == "erased"

    async def test_who_plays_it_is_in_the_audit_log(self, talk: ApiHub) -> None:
        await self.bring(talk)
        await self.get(talk, await self.url(talk))
        (last, *_) = await talk.store.read(lambda db: entries(db, limit=1))
        assert (last.action, last.principal_name) == ("meeting.media.play", "user:7")

    async def test_a_page_is_no_recording(self, talk: ApiHub) -> None:
        answer = await act(talk, "POST", f"/meetings/{PAGE}/recordings?name=x.html", content=b"<p>")
        assert (answer.status_code, answer.json()["code"]) == (422, "media_refused")
        assert await talk.store.read(lambda db: media_of(db, 1)) == []


class TestHolds:
    async def test_a_held_meeting_is_not_erased(self, talk: ApiHub) -> None:
        await act(talk, "PUT", f"/meetings/{PAGE}/hold", json={"reason": "case 12"})
        answer = await act(talk, "DELETE", f"/meetings/{PAGE}/parts/meeting")
        assert (answer.status_code, answer.json()["code"]) == (409, "meeting_held")

    async def test_once_released_it_is(self, talk: ApiHub) -> None:
        await act(talk, "PUT", f"/meetings/{PAGE}/hold", json={"reason": "case 12"})
        await act(talk, "DELETE", f"/meetings/{PAGE}/hold")
        answer = await act(talk, "DELETE", f"/meetings/{PAGE}/parts/meeting")
        (gone,) = answer.json()["removed"]
        assert gone["sentence"].startswith("The meeting was removed on 2026-")


class TestErasure:
    async def test_somebody_is_forgotten(self, talk: ApiHub) -> None:
        body = {"email": "ada@love.example"}
        told = (await act(talk, "POST", "/meetings/erase-person", json=body)).json()
        kept = await talk.store.read(lambda db: meeting_by_public_id(db, PAGE))
        assert (told["redacted"], b"Ada" in msgspec.json.encode(kept.body)) == ([PAGE], False)

    async def test_who_is_meant_must_be_told(self, talk: ApiHub) -> None:
        answer = await act(talk, "POST", "/meetings/erase-person", json={"email": "ada"})
        assert (answer.status_code, answer.json()["code"]) == (422, "invalid_person")


class TestPast:
    async def test_a_setting_that_there_is_not_is_refused(self, talk: ApiHub) -> None:
        body = {"settings": {"deal_rul": "none"}, "since": "2026-11-01T00:00:00Z"}
        answer = await act(talk, "POST", "/meetings/simulate", json=body)
        assert answer.json()["code"] == "invalid_settings"

    async def test_a_meeting_without_a_connection_is_left(self, talk: ApiHub) -> None:
        body = {"since": "2026-11-01T00:00:00Z"}
        told = (await act(talk, "POST", "/meetings/retro", json=body)).json()
        assert (told["queued"], told["left"]) == (0, 1)
