"""Who may do what to whom, and the record of it."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from tests.web.people import PASSWORD, PUBLIC, Browser, House, open_house

from dealwright.core.people import Role


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[House]:
    async with open_house(tmp_path) as house:
        yield house


async def browser_of(house: House, role: Role) -> Browser:
    """The browser of somebody with this role."""
    email = f"{role.value}@hub.example"
    await house.person(role, email=email)
    browser = house.browser()
    await browser.sign_in(email)
    return browser


@pytest.fixture
async def owner(house: House) -> Browser:
    return await browser_of(house, Role.OWNER)


@pytest.fixture
async def admin(house: House, owner: Browser) -> Browser:
    assert await owner.role() == "owner"
    return await browser_of(house, Role.ADMIN)


async def id_of(browser: Browser, role: str) -> int:
    listed = (await browser.send("GET", "/users"))["items"]
    return next(one["id"] for one in listed if one["role"] == role)


async def test_whoever_is_invited_signs_in_by_the_link(house: House, owner: Browser) -> None:
    body = {"email": "bob@hub.example", "role": "member"}
    told = await owner.send("POST", "/users", body)
    address, _, token = told["link"].partition("#")
    bob = house.browser()
    await bob.send("POST", "/session/set-up", {"token": token, "password": PASSWORD})

    assert (told["status"], address) == (201, f"{PUBLIC}/auth/set-up")
    assert await bob.role() == "member"


async def test_users_are_shown_without_what_lets_them_in(owner: Browser) -> None:
    answer = await owner.raw("GET", "/users")

    assert "argon2" not in answer.text
    assert set(answer.json()["items"][0]) == {
        "id",
        "email",
        "name",
        "role",
        "second_factor",
        "created_at",
        "signed_in_at",
    }


@pytest.mark.parametrize("role", [Role.MEMBER, Role.VIEWER])
@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("GET", "/users", None),
        ("GET", "/users/1", None),
        ("POST", "/users", {"email": "x@hub.example", "role": "viewer"}),
        ("PATCH", "/users/1", {"role": "viewer"}),
        ("DELETE", "/users/1", None),
        ("POST", "/users/1/reset", None),
        ("DELETE", "/users/1/sessions", None),
        ("GET", "/audit", None),
    ],
)
async def test_members_and_viewers_have_no_business_there(
    house: House, role: Role, method: str, path: str, body: Any
) -> None:
    browser = await browser_of(house, role)

    told = await browser.send(method, path, body)
    assert (told["status"], told["code"]) == (403, "role_too_low")


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("PATCH", "/users/1", {"role": "viewer"}),
        ("DELETE", "/users/1", None),
        ("POST", "/users/1/reset", None),
        ("DELETE", "/users/1/sessions", None),
        ("POST", "/users", {"email": "x@hub.example", "role": "owner"}),
        ("PATCH", "/users/2", {"role": "owner"}),
    ],
)
async def test_an_admin_neither_touches_an_owner_nor_becomes_one(
    admin: Browser, method: str, path: str, body: Any
) -> None:
    told = await admin.send(method, path, body)

    assert (told["status"], told["code"]) == (403, "role_too_low")


@pytest.mark.parametrize(("method", "body"), [("PATCH", {"role": "admin"}), ("DELETE", None)])
async def test_the_only_owner_cannot_leave(owner: Browser, method: str, body: Any) -> None:
    told = await owner.send(method, "/users/1", body)

    assert (told["status"], told["code"]) == (409, "last_owner")


async def test_an_owner_may_hand_over(owner: Browser, admin: Browser) -> None:
    heir = await id_of(owner, "admin")
    await owner.send("PATCH", f"/users/{heir}", {"role": "owner"})
    await admin.send("PATCH", "/users/1", {"role": "viewer"})

    assert (await admin.role(), await owner.role()) == ("owner", "viewer")


async def test_a_reset_signs_out_everywhere(owner: Browser, admin: Browser) -> None:
    told = await owner.send("POST", f"/users/{await id_of(owner, 'admin')}/reset")

    assert (told["status"], "#" in told["link"], await admin.role()) == (200, True, "")


async def test_signing_somebody_out_leaves_them_their_password(
    house: House, owner: Browser, admin: Browser
) -> None:
    await owner.send("DELETE", f"/users/{await id_of(owner, 'admin')}/sessions")

    assert await admin.role() == ""
    assert (await house.browser().sign_in("admin@hub.example"))["status"] == 200


@pytest.mark.parametrize("role", ["root", "", "OWNER", None, 1])
async def test_there_are_four_roles(owner: Browser, role: Any) -> None:
    told = await owner.send("POST", "/users", {"email": "x@hub.example", "role": role})

    assert told["status"] == 422


async def test_an_address_is_taken_once(owner: Browser) -> None:
    body = {"email": "OWNER@hub.example", "role": "viewer"}

    told = await owner.send("POST", "/users", body)
    assert (told["status"], told["code"]) == (409, "email_taken")


async def test_nobody_who_is_not_there_is_changed(owner: Browser) -> None:
    assert (await owner.send("PATCH", "/users/99", {"role": "admin"}))["status"] == 404


async def test_a_change_is_recorded_with_before_and_after(owner: Browser, admin: Browser) -> None:
    assert await admin.role() == "admin"
    user_id = await id_of(owner, "admin")
    await owner.send("PATCH", f"/users/{user_id}", {"role": "member"})

    entry = (await owner.send("GET", "/audit"))["items"][0]
    assert entry["principal_name"] == "owner@hub.example"
    assert (entry["action"], entry["target"]) == ("user.role", f"user:{user_id}")
    assert (entry["before"]["role"], entry["after"]["role"]) == ("admin", "member")


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE"])
async def test_the_record_cannot_be_changed(owner: Browser, method: str) -> None:
    answers = [await owner.raw(method, path) for path in ("/audit", "/audit/1")]

    assert {answer.status_code for answer in answers} <= {404, 405}


async def test_the_record_comes_in_pages(owner: Browser) -> None:
    for number in range(5):
        await owner.send("POST", "/users", {"email": f"u{number}@hub.example", "role": "viewer"})
    first = await owner.send("GET", "/audit?limit=4&action=user.add")
    rest = await owner.send("GET", f"/audit?limit=4&cursor={first['next_cursor']}&action=user.add")

    emails = [one["after"]["email"][:2] for one in first["items"] + rest["items"]]
    assert (emails, rest["next_cursor"]) == (["u4", "u3", "u2", "u1", "u0"], None)


async def test_no_link_is_in_the_record(owner: Browser) -> None:
    body = {"email": "bob@hub.example", "role": "member"}
    token = (await owner.send("POST", "/users", body))["link"].partition("#")[2]

    assert token not in (await owner.raw("GET", "/audit")).text
