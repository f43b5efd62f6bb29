"""Pairing: whoever is signed in lets a device show their cards, and takes it away again."""

import re

import httpx2
import pytest
from tests.extensions.conftest import ANN, CHROME, House

from dealwright.core.people import Role
from dealwright.store.card_devices import devices

FIREFOX = "moz-extension://7a1c2c6e-52a3-4a62-9b52-7f3a5f8f1c11"


def test_a_stranger_signs_in_first(house: House) -> None:
    answer = house.post("/pair", {})
    assert answer.headers["location"] == "/auth/sign-in?next=%2Fpair"


def test_a_code_makes_one_device(house: House) -> None:
    body = {"code": house.code(), "label": "Laptop", "origin": CHROME}
    answers = [house.ask("/shell/pair", body) for _ in range(2)]
    assert [answer.status_code for answer in answers] == [200, 410]
    assert answers[1].json()["code"] == "pairing_refused"


def test_a_code_may_be_typed_as_people_do(house: House) -> None:
    typed = house.code().lower().replace("-", " ")
    answer = house.ask("/shell/pair", {"code": typed, "label": "Laptop", "origin": CHROME})
    assert answer.json()["token"].startswith("dwc_")


def test_another_code_voids_the_one_before(house: House) -> None:
    first, _ = house.code(), house.code()
    answer = house.ask("/shell/pair", {"code": first, "label": "Laptop", "origin": CHROME})
    assert answer.status_code == 410


@pytest.mark.parametrize("origin", ["https://evil.example", "null", "chrome-extension://x/y", ""])
def test_a_web_page_is_not_paired(house: House, origin: str) -> None:
    body = {"code": house.code(), "label": "Laptop", "origin": origin}
    answer = house.ask("/shell/pair", body, origin=origin)
    assert (answer.status_code, answer.json()["code"]) == (403, "foreign_shell")
    assert "access-control-allow-origin" not in answer.headers


def test_a_page_cannot_say_that_it_is_another(house: House) -> None:
    body = {"code": house.code(), "label": "Laptop", "origin": CHROME}
    assert house.ask("/shell/pair", body, origin=FIREFOX).status_code == 403


def test_a_form_without_the_sessions_token_makes_no_code(house: House) -> None:
    with house.browser() as client:
        assert client.post("/pair", data={"csrf": "x"}).status_code == 403


def test_the_token_is_stored_nowhere(house: House) -> None:
    token = house.paired()
    with house.store.snapshot() as db:
        rows = db.exec_driver_sql("select * from card_devices").all()
    assert token not in str(rows)


def test_a_device_is_revoked_on_the_page(house: House) -> None:
    token = house.paired()
    with house.store.snapshot() as db:
        mine = devices(db)[-1]
    with house.browser() as client:
        csrf = re.findall(r'name="csrf" value="([^"]+)"', client.get("/pair").text)[0]
        client.post("/pair", data={"csrf": csrf, "revoke": str(mine.id)})
    answer = house.ask("/shell/open", {}, token=token)
    assert (answer.status_code, answer.json()["code"]) == (401, "device_unknown")


def test_nobody_revokes_the_device_of_somebody_else(house: House) -> None:
    token = house.paired()
    with house.store.snapshot() as db:
        mine = devices(db)[-1]
    with house.browser(Role.VIEWER) as client:
        csrf = re.findall(r'name="csrf" value="([^"]+)"', client.get("/pair").text)[0]
        client.post("/pair", data={"csrf": csrf, "revoke": str(mine.id)})
    assert house.ask("/shell/open", {}, token=token).status_code == 200


def test_a_device_that_leaves_is_gone(house: House) -> None:
    token = house.paired()
    house.ask("/shell/leave", {}, token=token)
    assert house.ask("/shell/open", {}, token=token).status_code == 401


def test_a_viewers_device_never_writes(house: House) -> None:
    body = {"code": house.code(may_write=True, role=Role.VIEWER), "label": "x", "origin": CHROME}
    assert house.ask("/shell/pair", body).json()["may_write"] is False


def test_a_device_opens_nothing_of_the_api(house: House) -> None:
    token = house.paired(may_write=True)
    with house.browser() as client:
        client.cookies.clear()
        headers = {"authorization": f"Bearer {token}"}
        assert client.get("/api/v1/connections", headers=headers).status_code == 401


def test_the_card_is_for_the_frame_of_that_extension_alone(house: House) -> None:
    answer = house.embedded(house.paired())
    assert "Ann Lee" in answer.text
    assert f"frame-ancestors {CHROME}" in answer.headers["content-security-policy"]


def test_devices_are_listed_and_revoked_by_the_api(house: House) -> None:
    token = house.paired()
    with house.browser() as client:
        mine = client.get("/api/v1/card/devices").json()["items"][-1]
        csrf = client.get("/api/v1/session").json()["csrf_token"]
        headers = {"x-csrf-token": csrf}
        client.delete(f"/api/v1/card/devices/{mine['id']}", headers=headers)
    assert (mine["label"], mine["origin"]) == ("Laptop", CHROME)
    assert house.ask("/shell/open", {}, token=token).status_code == 401


def test_the_api_does_not_show_devices_of_others(house: House) -> None:
    house.paired()
    with house.browser(Role.VIEWER) as client:
        items = client.get("/api/v1/card/devices").json()["items"]
        me = client.get("/api/v1/session").json()["user"]["id"]
    assert {one["user_id"] for one in items} <= {me}


def test_a_code_opens_one_card(house: House) -> None:
    code = house.ask("/shell/open", {}, token=house.paired()).json()["code"]
    fields = {"code": code, "email": ANN}
    answers = [house.post("/card/embed", fields) for _ in range(2)]
    assert [answer.status_code for answer in answers] == [200, 401]
    assert "Ann Lee" not in answers[1].text


def test_a_reading_device_has_no_buttons_that_write(house: House) -> None:
    ops = re.findall(r'data-op="([a-z_]+)"', house.embedded(house.paired()).text)
    assert not {"note_form", "deal_won", "deal_form"} & {*ops}


def test_not_even_an_admins_device_sets_up_a_connector(house: House) -> None:
    with house.browser(Role.ADMIN) as client:
        by_hand = _settings(client, client.get("/card", params={"email": ANN}).text)
    page = house.embedded(house.paired(may_write=True, role=Role.ADMIN)).text
    with httpx2.Client(base_url=house.url, headers={"origin": CHROME}) as frame:
        in_the_frame = _settings(frame, page)

    assert "settings_new" in by_hand
    assert {"settings_new", "settings_edit"} & in_the_frame == {"settings_edit"}


def test_a_button_works_without_a_cookie(house: House) -> None:
    page = house.embedded(house.paired(may_write=True)).text
    action = re.findall(r'class="whole" method="post" action="([^"]+)"', page)[0]
    press = re.findall(r'value="([^"]+)" data-op="note_form"', page)[0]
    assert '<textarea id="i-text"' in house.post(action, {"t": press}).text


def test_a_button_of_one_device_is_none_of_another(house: House) -> None:
    first = house.embedded(house.paired(may_write=True)).text
    second = house.embedded(house.paired(may_write=True)).text
    press = re.findall(r'value="([^"]+)" data-op="note_form"', first)[0]
    action = re.findall(r'class="whole" method="post" action="([^"]+)"', second)[0]
    answer = house.post(action, {"t": press})
    assert (answer.status_code, "Ann Lee" in answer.text) == (401, False)


def test_a_revoked_device_presses_nothing(house: House) -> None:
    token = house.paired(may_write=True)
    page = house.embedded(token).text
    action = re.findall(r'class="whole" method="post" action="([^"]+)"', page)[0]
    press = re.findall(r'value="([^"]+)" data-op="note_form"', page)[0]
    house.ask("/shell/leave", {}, token=token)
    assert house.post(action, {"t": press}).status_code == 401


@pytest.mark.parametrize("forged", ["", "x", "eyJ9.abc"])
def test_a_forged_button_shows_nothing(house: House, forged: str) -> None:
    page = house.embedded(house.paired(may_write=True)).text
    action = re.findall(r'class="whole" method="post" action="([^"]+)"', page)[0]
    answer = house.post(action, {"t": forged, "address": ANN})
    assert "Ann Lee" not in answer.text
    assert "Shop of Ann" not in answer.text


def _settings(client: httpx2.Client, page: str) -> set[str]:
    """What can be pressed on the settings, to which a button of the page leads."""
    action = re.findall(r'class="whole" method="post" action="([^"]+)"', page)[0]
    press = re.findall(r'value="([^"]+)" data-op="settings"', page)[0]
    return {*re.findall(r'data-op="([a-z_]+)"', client.post(action, data={"t": press}).text)}
