"""Links to share: they open one meeting, as much of it as was said, until they are over."""

import re
from typing import Any

import httpx2
from tests.web.pages.stage import House

from dealwright.store.audit import entries
from dealwright.store.meeting_pages import shares_of
from dealwright.store.meetings import meeting_by_public_id
from dealwright.store.page_tables import meeting_shares


def share(house: House, member: httpx2.Client, of: str = "synced", **fields: Any) -> str:
    """Make a link; its path."""
    data = {"csrf": house.csrf(), "scope": "summary", "days": "14", "phrase": "", **fields}
    html = member.post(f"{house.path(of)}/share", data=data).text
    return re.findall(r"(/shared/[\w-]{43})", html)[0]


def newest(house: House) -> Any:
    """The link that was made last."""

    def look(db: Any) -> Any:
        return shares_of(db, meeting_by_public_id(db, house.ids["synced"]).id)[0]

    return house.read(look)


def test_a_link_shows_the_summary_and_nothing_more(
    house: House, member: httpx2.Client, stranger: httpx2.Client
) -> None:
    answer = stranger.get(share(house, member))
    assert (answer.status_code, "Next steps" in answer.text) == (200, True)
    assert "two days by it" not in answer.text
    assert "jonas@acme.example" not in answer.text
    assert "recorder.example" not in answer.text


def test_a_link_with_the_transcript_shows_it(
    house: House, member: httpx2.Client, stranger: httpx2.Client
) -> None:
    path = share(house, member, scope="transcript")
    assert "two days by it" in stranger.get(path).text
    assert stranger.get(f"{path}/transcript.vtt").text.startswith("WEBVTT")


def test_only_a_link_with_the_recording_plays_it(
    house: House, member: httpx2.Client, stranger: httpx2.Client
) -> None:
    without = stranger.get(share(house, member, "recorded", scope="transcript")).text
    html = stranger.get(share(house, member, "recorded", scope="media")).text
    source = re.findall(r'<audio id="player"[^>]* src="([^"]+)"', html)[0]
    heard = stranger.get(source.replace("&amp;", "&"), headers={"range": "bytes=0-3"})
    assert ("<audio" in without, heard.status_code) == (False, 206)


def test_captions_are_not_of_a_link_with_the_summary(
    house: House, member: httpx2.Client, stranger: httpx2.Client
) -> None:
    assert stranger.get(f"{share(house, member)}/transcript.vtt").status_code == 404


def test_a_pass_phrase_is_asked_for(
    house: House, member: httpx2.Client, stranger: httpx2.Client
) -> None:
    path = share(house, member, phrase="three blind mice")
    assert "Next steps" not in stranger.get(path).text
    assert stranger.post(path, data={"phrase": "two blind mice"}).status_code == 401
    assert "Next steps" in stranger.post(path, data={"phrase": "three blind mice"}).text


def test_a_short_pass_phrase_is_refused(house: House, member: httpx2.Client) -> None:
    data = {"csrf": house.csrf(), "scope": "summary", "days": "14", "phrase": "mice"}
    assert member.post(f"{house.path('synced')}/share", data=data).status_code == 422


def test_a_revoked_link_opens_nothing(
    house: House, member: httpx2.Client, stranger: httpx2.Client
) -> None:
    path = share(house, member)
    data = {"csrf": house.csrf(), "share": str(newest(house).id)}
    member.post(f"{house.path('synced')}/revoke", data=data)
    assert stranger.get(path).status_code == 404


def test_a_link_is_over_after_its_days(
    house: House, member: httpx2.Client, stranger: httpx2.Client
) -> None:
    path = share(house, member)
    with house.store.transaction() as db:
        mine = meeting_shares.c.id == newest(house).id
        db.execute(meeting_shares.update().where(mine).values(expires_at_ms=1))
    assert stranger.get(path).status_code == 404


def test_a_link_that_never_was_opens_nothing(stranger: httpx2.Client) -> None:
    assert stranger.get(f"/shared/{'x' * 43}").status_code == 404


def test_of_a_token_only_its_hash_is_kept(house: House, member: httpx2.Client) -> None:
    token = share(house, member).rpartition("/")[2].encode()
    assert house.store.path is not None
    files = house.store.path.parent.glob("dealwright.db*")
    assert not any(token in file.read_bytes() for file in files)


def test_who_opened_a_link_is_shown_and_noted(
    house: House, member: httpx2.Client, stranger: httpx2.Client
) -> None:
    stranger.get(share(house, member), headers={"user-agent": "Firefox of Ada"})
    (entry, *_) = house.read(lambda db: entries(db, limit=1))
    assert (entry.principal_kind, entry.action) == ("link", "meeting.view")
    assert "Firefox of Ada" in member.get(house.path("synced")).text
