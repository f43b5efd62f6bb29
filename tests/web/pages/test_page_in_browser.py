"""The pages of meetings in a real browser: nothing to object to, and what a script adds works.

Pictures of all states are put into `build/pages` where DEALWRIGHT_PAGE_PICTURES is set.
"""

import os
from pathlib import Path
from typing import Any

import pytest
from tests.browsing import browser
from tests.web.pages.stage import PLAYS, House

from dealwright.core.people import Role
from dealwright.store.meetings import meeting_by_public_id

pytestmark = [pytest.mark.npm, pytest.mark.process]

ROOT = Path(__file__).parents[3]
Step = tuple[str, ...]
Seen = dict[str, Any]

#: A script that one of the hostile texts got to run would have opened a dialogue, which the
#: browser tells of, or asked for an address elsewhere.
OPEN = ("#edit-summary summary", "#people details summary", "#link summary", "#new-share summary")


def visit(
    house: House,
    path: str,
    *steps: Step,
    role: Role = Role.MEMBER,
    width: int = 1400,
    scheme: str = "light",
    script: bool = True,
    policy: str = "kept",
) -> Seen:
    """Open a page as somebody who is signed in; what the browser had to say."""
    story = {
        "url": house.url + path, "width": width, "scheme": scheme, "steps": steps,
        "script": script, "policy": policy,
        "cookies": [{"name": "dealwright", "value": house.tokens[role]}],
        "screenshot": _picture(path, width, scheme, steps),
    }  # fmt: skip
    return browser().visit(story)


def _picture(path: str, width: int, scheme: str, steps: tuple[Step, ...]) -> str | None:
    if "DEALWRIGHT_PAGE_PICTURES" not in os.environ:
        return None
    folder = ROOT / "build" / "pages"
    folder.mkdir(parents=True, exist_ok=True)
    name = path.strip("/").replace("/", "-").replace("?", "-")[-40:]
    return str(folder / f"{name}-{width}-{scheme}-{len(steps)}.png")


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [400, 1400])
@pytest.mark.parametrize("state", [*PLAYS])
def test_axe_finds_nothing_and_nothing_is_too_wide(
    house: House, state: str, width: int, scheme: str
) -> None:
    seen = visit(house, house.path(state), width=width, scheme=scheme)
    assert (seen["violations"], seen["wide"]) == ([], width)
    assert (seen["complaints"], seen["strangers"]) == ([], [])


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [400, 1400])
def test_axe_finds_nothing_with_everything_open(house: House, width: int, scheme: str) -> None:
    steps = [("click", place) for place in OPEN]
    path = f"{house.path('synced')}?say=paper"
    seen = visit(house, path, *steps, width=width, scheme=scheme)
    assert (seen["violations"], seen["wide"]) == ([], width)


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [400, 1400])
def test_axe_finds_nothing_in_the_list(house: House, width: int, scheme: str) -> None:
    seen = visit(house, "/meetings", width=width, scheme=scheme)
    assert (seen["violations"], seen["wide"]) == ([], width)


EDITED: tuple[Step, ...] = (
    ("click", "#edit-summary summary"),
    ("fill", "#edit-summary [name=text]", "Written in a browser."),
    ("click", "#edit-summary button.main"),
    ("see", "The summary is saved"),
    ("see", "Written in a browser."),
)


@pytest.mark.parametrize("script", [True, False])
def test_a_summary_is_edited_with_and_without_a_script(house: House, *, script: bool) -> None:
    seen = visit(house, house.path("no_activity"), *EDITED, script=script)
    assert seen["url"].endswith("?done=summary#summary")


CHOSEN: tuple[Step, ...] = (
    ("click", "#people details summary"),
    ("fill", "#people [name=q]", "berglund"),
    ("click", "#people form[role=search] button"),
    ("check", "#people [name=person_id]"),
    ("check", "#people [name=removes]"),
    ("click", "#people button.main"),
    ("see", "The person is chosen"),
)


def test_another_person_is_chosen_without_a_script(house: House) -> None:
    seen = visit(house, house.path("no_activity"), *CHOSEN, script=False)
    assert seen["url"].endswith("?done=person#people")


LINKED: tuple[Step, ...] = (
    ("click", "#link summary"),
    ("fill", "#link [name=named]", "https://northwind.pipedrive.com/deal/8"),
    ("click", "#link button.main"),
    ("see", "The deal is linked"),
)


def test_a_deal_is_linked_without_a_script(house: House) -> None:
    visit(house, house.path("no_activity"), *LINKED, script=False)


SHARED: tuple[Step, ...] = (
    ("click", "#new-share summary"),
    ("click", "#new-share button.main"),
    ("see", "This link is shown once"),
)


def test_a_link_is_made_without_a_script(house: House) -> None:
    visit(house, house.path("no_activity"), *SHARED, script=False)


def test_the_transcript_is_searched_as_one_types(house: House) -> None:
    seen = visit(
        house,
        house.path("long"),
        ("fill", "#say", "twenty thousand"),
        ("see", "100 of 600 utterances have “twenty thousand”."),
    )
    assert seen["complaints"] == []


def test_a_time_leads_the_player_there_and_the_transcript_follows(house: House) -> None:
    seen = visit(
        house,
        house.path("recorded"),
        ("there", "#player track[src$='transcript.vtt']"),
        ("click", "#u4 a.time"),
        ("there", "#u4[aria-current]"),
        ("there", "#u5[aria-current]"),
    )
    assert (seen["complaints"], seen["strangers"]) == ([], [])
    assert seen["url"].endswith(house.path("recorded"))


def test_keys_alone_lead_past_the_bar(house: House) -> None:
    seen = visit(house, house.path("synced"), ("press", "Tab"), ("press", "Enter"))
    assert seen["url"].endswith("#main")


def test_hostile_texts_stand_on_the_page_as_text(house: House) -> None:
    seen = visit(house, house.path("hostile"), ("see", "<script>alert(1)</script>"))
    assert (seen["complaints"], seen["strangers"]) == ([], [])


def test_hostile_texts_are_still_text_after_an_edit(house: House) -> None:
    text = "<b onclick=alert(7)>Hi</b> [x](javascript:alert(8)) <script>alert(9)</script>"
    steps: tuple[Step, ...] = (EDITED[0], ("fill", EDITED[1][1], text), *EDITED[2:4])
    seen = visit(house, house.path("hostile"), *steps)
    kept = house.read(lambda db: meeting_by_public_id(db, house.ids["hostile"]).body.summary)
    assert (seen["complaints"], kept.body.text) == ([], text)
