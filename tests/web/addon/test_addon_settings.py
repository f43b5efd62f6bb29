"""Connectors set up in Gmail, and the same on the page, without script."""

import re
from html import unescape
from typing import Any

import httpx2
import pytest
from tests.hub import TOKEN
from tests.web.addon.gmail import Mailbox, buttons, notice
from tests.web.people import signed_in

from dealwright.core.people import Role
from dealwright.store import people
from dealwright.store.connections import Connection, credentials, list_connections

NEW_TOKEN = "n" * 40
SETTINGS = "/addon/gmail/settings"
CARDS = ("updateCard", "pushCard")


@pytest.fixture
async def admin(mailbox: Mailbox) -> Mailbox:
    """Rep's mailbox, who is an admin of the hub."""

    def promote(db: Any) -> None:
        rep = people.find_user(db, "rep@hub.test")
        assert rep is not None
        people.set_role(db, rep.id, role=Role.ADMIN)

    await mailbox.stage.hub.store.write(promote)
    return mailbox


def _steps(answer: dict[str, Any]) -> list[str]:
    """What an answer does with the cards that lie on each other."""
    action = answer.get("renderActions", answer)["action"]
    return [next(iter(one)) for one in action["navigations"]]


def _card(answer: dict[str, Any]) -> dict[str, Any]:
    action = answer.get("renderActions", answer)["action"]
    (card,) = [one[key] for one in action["navigations"] for key in CARDS if key in one]
    return card


def _button(answer: dict[str, Any], op: str) -> str:
    return next(one["t"] for one in buttons(_card(answer)) if one["op"] == op)


async def _connections(mailbox: Mailbox) -> list[Connection]:
    return await mailbox.stage.hub.store.read(list_connections)


async def _to(mailbox: Mailbox, step: str) -> dict[str, Any]:
    """The answer that shows a step of the connector."""
    settings = (await mailbox.post(SETTINGS, {})).json()
    answer = await mailbox.press(_button(settings, "settings_edit"))
    for name in ("name", "actions", "authorization", "behaviour"):
        if name == step:
            break
        answer = await mailbox.press(_button(answer, f"settings_{name}"))
    return answer


async def test_the_steps_lie_above_the_settings_and_take_each_others_place(
    admin: Mailbox,
) -> None:
    settings = (await admin.post(SETTINGS, {})).json()
    name = await admin.press(_button(settings, "settings_edit"))
    actions = await admin.press(_button(name, "settings_name"), name="Sales")

    assert [_steps(one) for one in (settings, name, actions)] == [
        ["pushCard"],
        ["pushCard"],
        ["updateCard"],
    ]
    assert [one.name for one in await _connections(admin)] == ["Sales"]


async def test_the_last_step_leads_back_to_the_settings(admin: Mailbox) -> None:
    behaviour = await _to(admin, "behaviour")
    done = await admin.press(_button(behaviour, "settings_behaviour"), run="auto", default="1")

    assert (_steps(done), notice(done)) == (["pop", "updateCard"], "Saved.")
    assert _card(done)["name"] == "settings"


async def test_an_empty_name_is_no_field_at_all_in_gmail(admin: Mailbox) -> None:
    await admin.press(_button(await _to(admin, "name"), "settings_name"))

    assert [one.name for one in await _connections(admin)] == ["Pipedrive"]


async def test_a_refused_token_stays_on_its_card_with_the_reason(admin: Mailbox) -> None:
    step = await _to(admin, "authorization")
    answer = await admin.press(_button(step, "settings_authorization"), token="x" * 40)

    assert _steps(answer) == ["updateCard"]
    assert "Pipedrive refuses this token." in str(_card(answer))


async def test_a_new_token_shows_the_contact_in_the_place_of_its_card(admin: Mailbox) -> None:
    stage = admin.stage
    company = stage.sandbox.world.default_company
    stage.sandbox.world.issue(company, next(iter(company.users.values())), NEW_TOKEN)
    refused = await admin.open()
    answer = await admin.press(_button(refused, "reauth"), token=NEW_TOKEN)

    assert _card(refused)["name"] == "reauth"
    assert notice(answer) == "The token works."
    assert (_steps(answer), _card(answer)["name"]) == (["updateCard"], "contact")


async def test_a_member_sees_how_a_connector_is_set_up(mailbox: Mailbox) -> None:
    settings = (await mailbox.post(SETTINGS, {})).json()
    name = await mailbox.press(_button(settings, "settings_edit"))

    assert "Only an admin of the hub can change this." in str(_card(name))
    assert "settings_new" not in str(settings)


async def test_an_activity_that_is_done_offers_the_next_one(mailbox: Mailbox) -> None:
    text = await mailbox.button("activity_done", kind="activity", record="502")
    answer = await mailbox.press(text, done_502="1")
    form = await mailbox.press(_button(answer, "follow_up_form"))

    assert (_card(answer)["name"], notice(answer)) == ("contact", "Marked as done.")
    assert (_steps(form), _card(form)["name"]) == (["pushCard"], "follow_up")


# -- the page


class _Page:
    """The card as a page in a browser without script."""

    def __init__(self, client: httpx2.AsyncClient, headers: dict[str, str]) -> None:
        self._client = client
        self._headers = headers
        self.html = ""

    async def show(self, email: str = "") -> None:
        """Open it."""
        answer = await self._client.get("/card", params={"email": email}, headers=self._headers)
        self.html = answer.text

    async def press(self, op: str, **form: Any) -> None:
        """Press the first button that does this."""
        found = re.search(rf'name="t" value="([^"]+)" data-op="{op}"', self.html)
        assert found is not None, op
        data = {"t": unescape(found[1]), **form}
        answer = await self._client.post("/card/act", data=data, headers=self._headers)
        assert answer.status_code == 200, answer.text
        self.html = answer.text

    @property
    def notice(self) -> str:
        """What is announced."""
        return unescape(re.findall(r'role="status">([^<]*)<', self.html)[0])


async def _page(mailbox: Mailbox, role: Role) -> _Page:
    hub = mailbox.stage.hub
    headers = await signed_in(hub.store, hub.clock, role)
    page = _Page(mailbox.client, headers)
    await page.show()
    return page


async def test_the_four_steps_work_on_the_page(mailbox: Mailbox) -> None:
    page = await _page(mailbox, Role.OWNER)
    await page.press("settings")
    await page.press("settings_edit")
    await page.press("settings_name", name="Sales")
    await page.press("settings_actions", features=["deals", "notes"], writes=["create"])
    await page.press("settings_authorization", token="")
    await page.press("settings_behaviour", run="manual", default="1", locale="")
    (one,) = await _connections(mailbox)

    assert page.notice == "Saved."
    assert (one.name, one.run) == ("Sales", "manual")
    assert 'class="card card-settings"' in page.html


async def test_a_refused_name_stays_on_the_page_with_its_reason(mailbox: Mailbox) -> None:
    page = await _page(mailbox, Role.ADMIN)
    await page.press("settings")
    await page.press("settings_edit")
    await page.press("settings_name", name="x" * 201)

    assert page.notice == "This name is too long: 200 characters are enough."
    assert "card-settings_name" in page.html


async def test_a_viewer_finds_nothing_to_fill_in_on_the_page(mailbox: Mailbox) -> None:
    page = await _page(mailbox, Role.VIEWER)
    await page.press("settings")
    await page.press("settings_edit")

    assert "Only an admin of the hub can change this." in page.html
    assert 'name="name"' not in page.html


async def test_a_viewer_chooses_how_he_reads_on_the_page(mailbox: Mailbox) -> None:
    page = await _page(mailbox, Role.VIEWER)
    await page.press("settings")
    await page.press("settings_reader")
    await page.press("settings_reading", locale="de-DE", zone="Europe/Berlin", shown=["1"])
    await page.show()

    assert '<html lang="de-DE"' in page.html


async def test_the_box_of_the_page_takes_a_name(mailbox: Mailbox) -> None:
    page = await _page(mailbox, Role.VIEWER)
    await page.show("ann lee")
    await page.press("choose")

    assert "<h1" in page.html
    assert "Ann Lee" in page.html


async def test_a_token_is_sealed_before_it_is_stored(admin: Mailbox) -> None:
    stage = admin.stage
    company = stage.sandbox.world.default_company
    stage.sandbox.world.issue(company, next(iter(company.users.values())), NEW_TOKEN)
    step = await _to(admin, "authorization")
    await admin.press(_button(step, "settings_authorization"), token=NEW_TOKEN)
    sealed = await stage.hub.store.read(lambda db: credentials(db, 1))

    assert NEW_TOKEN.encode() not in sealed
    assert sealed != TOKEN.encode()
