"""The door: what is no request of Google's is refused before anything is looked at."""

import pytest
from tests.web.addon.gmail import Mailbox

OPEN = "/addon/gmail/open"

HOSTILE = [
    b"",
    b"[]",
    b"null",
    b'"text"',
    b"{",
    b"\xff\xfe",
    b"[" * 100_000,
    b'{"gmail": {"messageId": "../drafts"}}',
    b'{"gmail": {"messageId": ".."}}',
    b'{"gmail": {"messageId": "msg-f:1\\n"}}',
    b'{"gmail": {"accessToken": "a\\r\\nx: y"}}',
    b'{"authorizationEventObject": {"userOAuthToken": "a b"}}',
    b'{"commonEventObject": {"parameters": {"d": "1/../2"}}}',
    b'{"commonEventObject": {"invokedFunction": 9}}',
    b'{"commonEventObject": {"formInputs": {"name": []}}}',
    b'{"commonEventObject": {"formInputs": {"when": {"dateTimeInput": '
    b'{"msSinceEpoch": 1, "hasTime": "no"}}}}}',
    b'{"commonEventObject": {"formInputs": {"name": {"stringInputs": {"value": [7]}}}}}',
]


@pytest.mark.parametrize("body", HOSTILE)
async def test_a_hostile_body_is_refused_and_nothing_goes_out(
    mailbox: Mailbox, body: bytes
) -> None:
    answer = await mailbox.post(OPEN, body)
    stage = mailbox.stage
    assert (answer.status_code, stage.outdoors.asked, stage.sandbox.calls) == (400, [], [])


async def test_a_page_of_a_browser_is_refused(mailbox: Mailbox) -> None:
    answer = await mailbox.post(OPEN, {}, origin="https://evil.example")
    assert answer.status_code == 400


async def test_a_form_is_refused(mailbox: Mailbox) -> None:
    answer = await mailbox.post(OPEN, {}, **{"content-type": "text/plain"})
    assert answer.status_code == 400


async def test_a_body_that_is_too_large_is_refused(mailbox: Mailbox) -> None:
    answer = await mailbox.post(OPEN, {"padding": "x" * 300_000})
    assert answer.status_code == 400


async def test_another_method_is_refused(mailbox: Mailbox) -> None:
    answer = await mailbox.client.get(OPEN)
    assert answer.status_code == 405


async def test_gmail_that_is_down_is_a_card(mailbox: Mailbox) -> None:
    mailbox.stage.outdoors.reply = None
    answer = await mailbox.open()
    assert answer["action"]["navigations"][0]["pushCard"]["name"] == "error"
