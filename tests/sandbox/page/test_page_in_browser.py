"""The page in a real browser: nothing to object to, and it works."""

from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest
from msgspec.structs import replace
from tests.browsing import browser

from dealwright.sandbox.app import Sandbox
from dealwright.sandbox.integrations import App
from dealwright.sandbox.options import NO_LIMITS, Options

pytestmark = [pytest.mark.npm, pytest.mark.process]
pytest_plugins = ["dealwright.sandbox.pytest_plugin"]

HERE = Path(__file__).parent
PATIENCE_S = 120
CALLBACK = "http://127.0.0.1:9/callback"
HUB = App(
    id="hub", client_secret="s", name="Dealwright", redirect_uri=CALLBACK,
    scopes=("base", "contacts:full", "webhooks:full"),
)  # fmt: skip
CONSENT = f"/oauth/authorize?client_id=hub&redirect_uri={CALLBACK}&state=1"
Step = tuple[str, ...]
Visit = Callable[..., dict[str, Any]]


@pytest.fixture
def pipedrive_options() -> Options:
    return Options(token="5a" * 20, limits=NO_LIMITS, apps=(HUB,))


@pytest.fixture
def visit(pipedrive_url: str) -> Visit:
    def visit(
        path: str, *steps: Step, width: int = 1400, scheme: str = "light", script: bool = True
    ) -> dict[str, Any]:
        story = {
            "url": pipedrive_url + path, "width": width, "scheme": scheme, "steps": steps,
            "script": script,
        }  # fmt: skip
        return browser().visit(story)

    return visit


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [400, 1400])
@pytest.mark.parametrize("path", ["/?tab=deals&edit=3", CONSENT])
def test_axe_finds_nothing(visit: Visit, path: str, width: int, scheme: str) -> None:
    assert visit(path, width=width, scheme=scheme)["violations"] == []


@pytest.mark.parametrize("path", ["/", CONSENT])
def test_nothing_is_wider_than_a_telephone(visit: Visit, path: str) -> None:
    assert visit(path, width=400)["wide"] == 400


def test_the_browser_complains_of_nothing_and_asks_nobody_else(visit: Visit) -> None:
    seen = visit("/", ("click", "[data-tab=leads][href]"), ("see", "Owner"))

    assert (seen["complaints"], seen["strangers"]) == ([], [])


def test_a_person_is_renamed_on_the_page(visit: Visit, pipedrive_sandbox: Sandbox) -> None:
    visit(
        "/",
        ("click", "#row-25"),
        ("see", "Person 25"),
        ("fill", "#edit-name", "Cherilyn Sarkisian"),
        ("click", "button.main"),
        ("see", "Person 25 changed."),
    )
    changed = pipedrive_sandbox.record("person", 25)

    assert changed is not None
    assert changed["name"] == "Cherilyn Sarkisian"


def test_a_bad_day_is_switched_on_on_the_page(visit: Visit, pipedrive_sandbox: Sandbox) -> None:
    visit("/", ("click", "#fault-search"), ("see", "Search is down: on."))

    assert [rule.status for rule in pipedrive_sandbox.faults.rules()] == [500]


def test_an_app_is_allowed_on_the_page(
    visit: Visit, pipedrive_url: str, pipedrive_sandbox: Sandbox
) -> None:
    # The sandbox's own page plays the app's callback.
    home = f"{pipedrive_url}/?tab=deals"
    pipedrive_sandbox.grants.register(replace(HUB, redirect_uri=home))
    asked = urlencode({"client_id": "hub", "redirect_uri": home, "state": "1"})
    seen = visit(f"/oauth/authorize?{asked}", ("click", "button.main"), ("see", "Calls"))

    assert seen["url"].startswith(f"{home}&code=")


def test_without_a_script_the_page_works_too(visit: Visit, pipedrive_sandbox: Sandbox) -> None:
    visit("/", ("click", "#fault-search"), ("see", "Search is down: on."), script=False)

    assert [rule.status for rule in pipedrive_sandbox.faults.rules()] == [500]
