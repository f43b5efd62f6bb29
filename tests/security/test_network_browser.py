"""The hub's pages in a real browser that keeps to their policy: they work, and ask nobody else."""

import asyncio
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

import pytest
from tests.browsing import browser
from tests.cli.conftest import serving

from dealwright.app import build_web
from dealwright.cli.first_owner import first_owners_link
from dealwright.cli.hub import opened
from dealwright.pipeline.clock import SystemClock
from dealwright.settings import Settings

pytestmark = [pytest.mark.security, pytest.mark.npm, pytest.mark.process]

PASSWORD = "several words are good"
EMAIL = "ada@hub.example"

Step = tuple[str, ...]
Seen = dict[str, Any]


@dataclass(frozen=True, kw_only=True)
class Place:
    """A hub that listens; `link` makes its first owner."""

    url: str
    link: str

    def visit(self, path: str, *steps: Step, width: int = 1400) -> Seen:
        """Open a page as a person does; what the browser had to say."""
        story = {
            "url": path if path.startswith("http") else self.url + path,
            "width": width, "scheme": "light", "steps": steps, "policy": "kept",
        }  # fmt: skip
        return browser().visit(story)


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    settings = Settings(data=tmp_path_factory.mktemp("hub"))
    with opened(settings) as hub, serving(build_web(settings, hub.store, SystemClock())) as url:
        yield Place(url=url, link=asyncio.run(first_owners_link(hub, url)))


SET_UP: tuple[Step, ...] = (
    ("see", "You become the owner of this hub."),
    ("fill", "#set-up [name=email]", EMAIL),
    ("fill", "#set-up [name=name]", "Ada"),
    ("fill", "#set-up [name=password]", PASSWORD),
    ("click", "#set-up button"),
    ("see", f"You are {EMAIL}, owner."),
)
SIGN_IN: tuple[Step, ...] = (
    ("fill", "#sign-in [name=email]", EMAIL),
    ("fill", "#sign-in [name=password]", PASSWORD),
    ("click", "#sign-in button"),
    ("see", f"You are {EMAIL}, owner."),
    ("click", "#full button"),
    ("see", "Password"),
)


@pytest.fixture(scope="module")
def set_up(place: Place) -> Seen:
    """The first owner, made on the page."""
    return place.visit(place.link, *SET_UP)


def quiet(seen: Seen) -> None:
    """Nothing was against the policy, and nobody else was asked."""
    assert seen["complaints"] == []
    assert seen["strangers"] == []


def test_the_first_owner_is_made_on_the_page(set_up: Seen) -> None:
    quiet(set_up)


def test_the_link_leaves_the_address(set_up: Seen) -> None:
    assert "#" not in set_up["url"]


@pytest.mark.usefixtures("set_up")
def test_somebody_signs_in_and_out_on_the_page(place: Place) -> None:
    quiet(place.visit("/auth/sign-in", *SIGN_IN))


@pytest.mark.usefixtures("set_up")
def test_who_signs_in_for_a_page_comes_back_to_it(place: Place) -> None:
    seen = place.visit("/meetings?state=synced", *SIGN_IN[:3], ("see", "No meeting is like that."))
    quiet(seen)
    assert seen["url"] == f"{place.url}/meetings?state=synced"


@pytest.mark.usefixtures("set_up")
@pytest.mark.parametrize("elsewhere", ["https://evil.example/", "//evil.example/s", "/api/v1/x"])
def test_sign_in_leads_to_no_other_address(place: Place, elsewhere: str) -> None:
    path = f"/auth/sign-in?{urlencode({'next': elsewhere})}"
    quiet(place.visit(path, *SIGN_IN[:4]))


@pytest.mark.usefixtures("set_up")
def test_a_wrong_password_is_said_on_the_page(place: Place) -> None:
    wrong = ("fill", "#sign-in [name=password]", "not the one that it is")
    seen = place.visit(
        "/auth/sign-in", SIGN_IN[0], wrong, SIGN_IN[2], ("see", "password"), ("see", "not right")
    )
    assert seen["strangers"] == []


@pytest.mark.parametrize("path", ["/docs", "/", "/auth/sign-in"])
def test_a_page_keeps_to_its_policy(place: Place, path: str) -> None:
    quiet(place.visit(path))


@pytest.mark.parametrize("width", [400, 1400])
@pytest.mark.parametrize("path", ["/", "/docs", "/auth/sign-in", "/auth/set-up"])
def test_axe_finds_nothing(place: Place, path: str, width: int) -> None:
    seen = place.visit(path, width=width)
    assert (seen["violations"], seen["wide"]) == ([], width)
