"""How often somebody may ask: by user, for all of Google's calls come from Google's addresses."""

from typing import Any

from tests.web.addon.gmail import COLLEAGUE, Mailbox, notice

HOME = "/addon/gmail/home"
MOST = 240
GERMAN = {"commonEventObject": {"userLocale": "de-DE"}}


async def _ask(mailbox: Mailbox, times: int) -> None:
    for number in range(times):
        await mailbox.post(HOME, {})
        # The hub's own limit, of a second, is not what this is about.
        mailbox.stage.hub.advance(number % 50 == 0)


async def _card(mailbox: Mailbox, body: Any = None, **more: Any) -> dict[str, Any]:
    answer = (await mailbox.post(HOME, body or {}, **more)).json()
    return answer["action"]["navigations"][0]["pushCard"]


async def test_so_many_clicks_in_a_minute_are_a_persons(mailbox: Mailbox) -> None:
    await _ask(mailbox, MOST - 1)

    assert (await _card(mailbox))["name"] == "dashboard"


async def test_more_are_a_programs_which_is_told_to_wait(mailbox: Mailbox) -> None:
    await _ask(mailbox, MOST)
    card = await _card(mailbox, GERMAN)

    assert card["name"] == "error"
    assert "Das war zu schnell. Warten Sie eine Minute." in str(card)


async def test_a_click_is_answered_with_a_line(mailbox: Mailbox) -> None:
    text = await mailbox.button("refresh", kind="person", record="4211")
    await _ask(mailbox, MOST)

    assert notice(await mailbox.press(text)) == "That was too fast. Wait a minute."


async def test_who_is_too_fast_costs_nothing(mailbox: Mailbox) -> None:
    await _ask(mailbox, MOST)
    await mailbox.open()

    assert (mailbox.stage.outdoors.asked, mailbox.stage.sandbox.calls) == ([], [])


async def test_the_next_minute_is_a_new_one(mailbox: Mailbox) -> None:
    await _ask(mailbox, MOST + 1)
    mailbox.stage.hub.advance(61)

    assert (await _card(mailbox))["name"] == "dashboard"


async def test_a_colleague_is_not_kept_waiting(mailbox: Mailbox) -> None:
    await _ask(mailbox, MOST + 1)

    assert (await _card(mailbox, sub=COLLEAGUE))["name"] == "dashboard"
