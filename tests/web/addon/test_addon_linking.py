"""Linking: a user of Google becomes a user of the hub, by a ticket that is good once."""

import re
from html import unescape

import httpx2
import pytest
from tests.web.addon.gmail import MESSAGE, Mailbox
from tests.web.people import signed_in

from dealwright.core.clock import to_ms
from dealwright.core.people import Role
from dealwright.store import cards
from dealwright.store.audit import entries

LINK = "/addon/gmail/link"
STRANGER = "110248495921238900001"
ISSUER = "https://accounts.google.com"


async def _prompted(mailbox: Mailbox) -> str:
    """The address that somebody whom the hub does not know is sent to."""
    answer = (
        await mailbox.post("/addon/gmail/open", {"gmail": {"messageId": MESSAGE}}, sub=STRANGER)
    ).json()
    (link,) = re.findall(r'https://[^"]+ticket=[\w-]+', str(answer).replace("'", '"'))
    return link.partition(".test")[2]


async def _ada(mailbox: Mailbox, role: Role = Role.MEMBER) -> dict[str, str]:
    """Headers of a browser of Ada's, who is signed in to the hub."""
    hub = mailbox.stage.hub
    return await signed_in(hub.store, hub.clock, role, email="ada@hub.test")


async def _linked(mailbox: Mailbox) -> str:
    """Whom the stranger is at the hub; "" for nobody."""
    found = await mailbox.stage.hub.store.read(
        lambda db: cards.linked_user(db, issuer=ISSUER, subject=STRANGER)
    )
    return "" if found is None else found.email


async def _agree(
    mailbox: Mailbox, address: str, headers: dict[str, str], **more: str
) -> httpx2.Response:
    """Open the page, and press its button."""
    page = await mailbox.client.get(address, headers=headers)
    found = re.findall(r'name=(\w+)\s+value="([^"]*)"', page.text)
    fields = {name: unescape(value) for name, value in found} | more
    return await mailbox.client.post(LINK, data=fields, headers=headers)


async def test_whoever_is_signed_in_sees_whom_he_lets_read_in_his_name(mailbox: Mailbox) -> None:
    page = await mailbox.client.get(await _prompted(mailbox), headers=await _ada(mailbox))

    assert page.status_code == 200
    assert "rep@hub.test" in page.text
    assert await _linked(mailbox) == ""


async def test_agreeing_links_them_and_is_written_down(mailbox: Mailbox) -> None:
    answer = await _agree(mailbox, await _prompted(mailbox), await _ada(mailbox))
    (entry,) = await mailbox.stage.hub.store.read(
        lambda db: entries(db, limit=1, action="google.link")
    )

    assert "Connected" in answer.text
    assert await _linked(mailbox) == "ada@hub.test"
    assert entry.after == {"google": "rep@hub.test"}


async def test_the_next_message_is_a_card(mailbox: Mailbox) -> None:
    await _agree(mailbox, await _prompted(mailbox), await _ada(mailbox))
    answer = await mailbox.open(sub=STRANGER)

    assert answer["action"]["navigations"][0]["pushCard"]["name"] == "contact"


async def test_a_ticket_is_good_once(mailbox: Mailbox) -> None:
    address, ada = await _prompted(mailbox), await _ada(mailbox)
    await _agree(mailbox, address, ada)
    again = await mailbox.client.get(address, headers=ada)

    assert (again.status_code, "has been used" in again.text) == (404, True)


async def test_a_ticket_is_good_for_an_hour(mailbox: Mailbox) -> None:
    address = await _prompted(mailbox)
    mailbox.stage.hub.advance(3601)
    page = await mailbox.client.get(address, headers=await _ada(mailbox))

    assert page.status_code == 404


@pytest.mark.parametrize("ticket", ["", "x", "x" * 5000, "%00", "\u2603"])
async def test_a_ticket_that_is_none_links_nobody(mailbox: Mailbox, ticket: str) -> None:
    page = await mailbox.client.get(LINK, params={"ticket": ticket}, headers=await _ada(mailbox))

    assert (page.status_code, await _linked(mailbox)) == (404, "")


async def test_nobody_who_is_not_signed_in_sees_the_page(mailbox: Mailbox) -> None:
    page = await mailbox.client.get(await _prompted(mailbox))

    assert page.status_code == 303
    assert page.headers["location"].startswith("/auth/sign-in?next=%2Faddon%2Fgmail%2Flink")


async def test_nobody_who_is_not_signed_in_links_anybody(mailbox: Mailbox) -> None:
    address = await _prompted(mailbox)
    ticket = address.partition("ticket=")[2]
    answer = await mailbox.client.post(LINK, data={"ticket": ticket, "csrf": "x"})

    assert (answer.status_code, await _linked(mailbox)) == (401, "")


async def test_a_form_without_the_sessions_token_links_nobody(mailbox: Mailbox) -> None:
    address, ada = await _prompted(mailbox), await _ada(mailbox)
    answer = await _agree(mailbox, address, ada, csrf="wrong")

    assert (answer.status_code, await _linked(mailbox)) == (403, "")


async def test_a_form_of_another_site_links_nobody(mailbox: Mailbox) -> None:
    address, ada = await _prompted(mailbox), await _ada(mailbox)
    answer = await _agree(mailbox, address, ada | {"sec-fetch-site": "cross-site"})

    assert (answer.status_code, await _linked(mailbox)) == (403, "")


async def test_linking_again_makes_somebody_else_of_him(mailbox: Mailbox) -> None:
    address = await _prompted(mailbox)
    await _agree(mailbox, address, await _ada(mailbox))
    who = cards.GoogleUser(issuer=ISSUER, subject=STRANGER, email="rep@hub.test")
    hub = mailbox.stage.hub
    now_ms = to_ms(hub.clock.now())
    ticket = await hub.store.write(lambda db: cards.new_ticket(db, who, now_ms=now_ms))
    bo = await signed_in(hub.store, hub.clock, Role.VIEWER, email="bo@hub.test")
    await _agree(mailbox, f"{LINK}?ticket={ticket.reveal()}", bo)

    assert await _linked(mailbox) == "bo@hub.test"


async def test_an_address_is_no_markup(mailbox: Mailbox) -> None:
    hub = mailbox.stage.hub
    eve = cards.GoogleUser(issuer=ISSUER, subject=STRANGER, email="<b>eve</b>@hub.test")
    now_ms = to_ms(hub.clock.now())
    ticket = await hub.store.write(lambda db: cards.new_ticket(db, eve, now_ms=now_ms))
    address = f"{LINK}?ticket={ticket.reveal()}"
    page = await mailbox.client.get(address, headers=await _ada(mailbox))

    assert "&lt;b&gt;eve&lt;/b&gt;@hub.test" in page.text


async def test_the_page_keeps_its_address_to_itself(mailbox: Mailbox) -> None:
    page = await mailbox.client.get(await _prompted(mailbox), headers=await _ada(mailbox))

    assert page.headers["referrer-policy"] in {"no-referrer", "same-origin"}
    assert page.headers["cache-control"] == "no-store"
