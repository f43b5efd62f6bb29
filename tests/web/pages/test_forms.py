"""The page of a meeting without a script: each form does what its button says, and is noted."""

import re
from typing import Any

import httpx2
import pytest
from tests.web.pages.stage import House

from dealwright.core.people import Role
from dealwright.store.audit import entries
from dealwright.store.meeting_choices import choices_of
from dealwright.store.meetings import linked_deal, meeting_by_public_id

ACTS = (
    "person", "forget", "deal", "summary", "regenerate", "version", "approve", "notes", "retry",
    "types", "reconnect", "share", "revoke",
)  # fmt: skip


def send(house: House, client: httpx2.Client, act: str, **fields: Any) -> httpx2.Response:
    """Send a form of the page, as a member's browser does."""
    data = {"csrf": house.csrf(), **fields}
    headers = {"origin": "null", "sec-fetch-site": "same-origin"}
    return client.post(f"{house.path('synced')}/{act}", data=data, headers=headers)


def stored(house: House) -> Any:
    """The meeting as it is now."""
    return house.read(lambda db: meeting_by_public_id(db, house.ids["synced"]))


def last_act(house: House) -> str:
    """What was done last, by the audit log."""
    return house.read(lambda db: entries(db, limit=1))[0].action


def test_a_form_leads_back_to_the_page(house: House, member: httpx2.Client) -> None:
    answer = send(house, member, "retry")
    assert (answer.status_code, last_act(house)) == (303, "meeting.retry")
    assert answer.headers["location"] == f"{house.path('synced')}?done=retry#sync"


def test_a_summary_is_written_by_hand(house: House, member: httpx2.Client) -> None:
    send(house, member, "summary", text="They **want** it.", steps="Ada: call (due 2026-12-01)")
    body = stored(house).body
    assert (body.summary.origin, body.summary.body.text) == ("manual", "They **want** it.")
    assert [(one.owner, one.due) for one in body.summary.action_items] == [("Ada", "2026-12-01")]


def test_what_was_edited_is_shown(house: House, member: httpx2.Client) -> None:
    send(house, member, "summary", text="They **want** it.", steps="")
    assert "They <b>want</b> it." in member.get(house.path("synced")).text


def test_an_earlier_version_is_used_again(house: House, member: httpx2.Client) -> None:
    send(house, member, "summary", text="Once", steps="")
    send(house, member, "summary", text="Twice", steps="")
    html = member.get(house.path("synced")).text
    once = re.findall(r'name="version" value="(\d+)"', html)[0]
    send(house, member, "version", version=once)
    assert stored(house).body.summary.body.text == "Once"


def test_versions_are_compared(house: House, member: httpx2.Client) -> None:
    send(house, member, "summary", text="Same\n\nOld line", steps="")
    send(house, member, "summary", text="Same\n\nNew line", steps="")
    html = member.get(house.path("synced")).text
    before = re.findall(r"\?diff=(\d+)", html)[0]
    compared = member.get(house.path("synced"), params={"diff": before}).text
    assert '<del><span class="sr">Removed: </span>Old line</del>' in compared
    assert '<ins><span class="sr">Added: </span>New line</ins>' in compared


def test_a_summary_is_made_anew(house: House, member: httpx2.Client) -> None:
    assert send(house, member, "regenerate", template="general").status_code == 303
    assert stored(house).body.summary.origin == "local"


def test_notes_are_written(house: House, member: httpx2.Client) -> None:
    send(house, member, "notes", text="Ask for the *contract*.")
    assert stored(house).body.manual_notes.text == "Ask for the *contract*."


def test_a_person_is_looked_for_and_chosen(house: House, member: httpx2.Client) -> None:
    asked = {"find": "jonas@acme.example", "q": "berglund"}
    assert "jb@globex.example" in member.get(house.path("synced"), params=asked).text
    send(house, member, "person", slot="jonas@acme.example", person_id="102", removes="1")
    found = house.read(lambda db: choices_of(db, stored(house).id))
    assert ("jonas@acme.example", 102, True) in found


def test_somebody_who_is_only_a_name_is_chosen(house: House, member: httpx2.Client) -> None:
    send(house, member, "person", slot="Priya Nair", person_id="103")
    found = house.read(lambda db: choices_of(db, stored(house).id))
    assert ("Priya Nair", 103, False) in found


def test_the_rules_decide_again(house: House, member: httpx2.Client) -> None:
    send(house, member, "person", slot="Priya Nair", person_id="103")
    send(house, member, "forget", slot="Priya Nair")
    found = house.read(lambda db: choices_of(db, stored(house).id))
    assert "Priya Nair" not in {one.slot for one in found}


@pytest.mark.parametrize("named", ["8", "#8", "https://northwind.pipedrive.com/deal/8"])
def test_a_deal_is_linked_by_number_or_address(
    house: House, member: httpx2.Client, named: str
) -> None:
    send(house, member, "deal", named=named)
    linked = house.read(lambda db: linked_deal(db, 1, meeting_id=stored(house).id))
    assert linked.deal_id == 8


def test_a_deal_that_is_none_is_said_on_the_page(house: House, member: httpx2.Client) -> None:
    answer = send(house, member, "deal", named="the big one")
    assert (answer.status_code, "Choose a deal" in answer.text) == (422, True)


def test_a_link_is_taken_away(house: House, member: httpx2.Client) -> None:
    send(house, member, "deal", named="8")
    send(house, member, "deal", unlink="1")
    assert house.read(lambda db: linked_deal(db, 1, meeting_id=stored(house).id)) is None


@pytest.mark.parametrize("act", ACTS)
def test_a_viewer_does_nothing(house: House, viewer: httpx2.Client, act: str) -> None:
    before = stored(house)
    answer = viewer.post(
        f"{house.path('synced')}/{act}", data={"csrf": house.csrf(Role.VIEWER), "text": "x"}
    )
    assert (answer.status_code, stored(house)) == (403, before)


def test_a_viewer_is_shown_no_form_but_searches(house: House, viewer: httpx2.Client) -> None:
    html = viewer.get(house.path("synced")).text
    assert ('method="post"' in html, "Jonas Berg" in html) == (False, True)


def test_a_form_without_its_token_does_nothing(house: House, member: httpx2.Client) -> None:
    before = stored(house)
    answer = member.post(f"{house.path('synced')}/notes", data={"text": "x"})
    assert (answer.status_code, stored(house)) == (403, before)


@pytest.mark.parametrize(
    "headers",
    [{"sec-fetch-site": "cross-site"}, {"origin": "https://evil.example"}],
)
def test_a_form_of_another_site_does_nothing(
    house: House, member: httpx2.Client, headers: dict[str, str]
) -> None:
    before = stored(house)
    data = {"csrf": house.csrf(), "text": "x"}
    answer = member.post(f"{house.path('synced')}/notes", data=data, headers=headers)
    assert (answer.status_code, stored(house)) == (403, before)


def test_a_form_that_is_too_large_is_refused(house: House, member: httpx2.Client) -> None:
    assert send(house, member, "notes", text="x" * 500_000).status_code == 413


def test_there_is_no_other_form(house: House, member: httpx2.Client) -> None:
    assert send(house, member, "delete").status_code == 404


@pytest.mark.parametrize("page", ["/meetings", "/s/00000000-0000-7000-8000-000000000001"])
def test_who_is_not_signed_in_does_so_first(stranger: httpx2.Client, page: str) -> None:
    answer = stranger.get(page)
    assert answer.status_code == 303
    assert answer.headers["location"].startswith("/auth/sign-in?next=%2F")


def test_a_stranger_does_not_learn_what_there_is(house: House, stranger: httpx2.Client) -> None:
    there = stranger.get(house.path("synced"))
    nowhere = stranger.get("/s/00000000-0000-7000-8000-999999999999")
    assert (there.status_code, there.text) == (nowhere.status_code, nowhere.text)


def test_a_page_that_is_not_there_is_said(member: httpx2.Client) -> None:
    assert member.get("/s/00000000-0000-7000-8000-999999999999").status_code == 404


def test_a_look_is_in_the_audit_log(house: House, viewer: httpx2.Client) -> None:
    viewer.get(house.path("long"))
    (entry, *_) = house.read(lambda db: entries(db, limit=1))
    assert (entry.action, entry.principal_name) == ("meeting.view", "viewer@hub.example")
    assert entry.target == f"meeting:{house.ids['long']}"


def test_pages_are_kept_out_of_searches_and_referrers(house: House, member: httpx2.Client) -> None:
    headers = member.get(house.path("synced")).headers
    assert headers["x-robots-tag"] == "noindex, nofollow"
    assert headers["referrer-policy"] == "no-referrer"


def test_the_transcript_is_searched(house: House, member: httpx2.Client) -> None:
    html = member.get(house.path("synced"), params={"say": "security paper"}).text
    assert ("2 of 6 utterances" in html, html.count("<mark>security paper</mark>")) == (True, 2)


def test_an_address_with_a_time_points_at_what_was_said(
    house: House, member: httpx2.Client
) -> None:
    html = member.get(house.path("synced"), params={"t": "35"}).text
    assert re.search(r'id="u3" data-start="33.0" aria-current="true"', html)


def test_an_address_with_a_time_begins_the_recording_there(
    house: House, member: httpx2.Client
) -> None:
    html = member.get(house.path("recorded"), params={"t": "35"}).text
    (source,) = re.findall(r'<audio id="player" controls preload="metadata" src="([^"]+)"', html)
    path, _, moment = source.replace("&amp;", "&").partition("#")
    heard = member.get(path, headers={"range": "bytes=0-3"})
    assert (moment, heard.status_code, heard.content) == ("t=35", 206, b"RIFF")


def test_captions_are_webvtt(house: House, member: httpx2.Client) -> None:
    answer = member.get(f"{house.path('synced')}/transcript.vtt")
    assert answer.headers["content-type"].startswith("text/vtt")
    assert answer.text.startswith("WEBVTT\n\n00:00:00.000 --> 00:00:08.800\n<v Ana Lund>Thanks")


@pytest.mark.parametrize("asked", [{}, {"state": "needs_review"}, {"q": "pricing"}])
def test_the_list_is_narrowed(member: httpx2.Client, asked: dict[str, str]) -> None:
    html = member.get("/meetings", params=asked).text
    shown = {name for name in ("Acme: pricing", "Call with +46701740605") if name in html}
    wanted = {
        "": {"Acme: pricing", "Call with +46701740605"},
        "needs_review": {"Call with +46701740605"},
        "pricing": {"Acme: pricing"},
    }
    assert shown == wanted["".join(asked.values())]
