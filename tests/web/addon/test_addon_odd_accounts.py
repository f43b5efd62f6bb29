"""Accounts that nobody would make, and somebody has: their cards are Google's too.

`mailbox` looks at each answer as Google does: protobuf, rules, 100 widgets, 64 kB.
"""

import json
import re
from typing import Any

import pytest
from tests.web.addon.gmail import Mailbox, buttons, notice

MARKUP = '<img src=x onerror=alert(1)><a href="javascript:alert(2)">&amp;</a>\u202e'
ANN = "ann@acme.test"


def huge() -> dict[str, Any]:
    """A person with 300 deals, notes of 60 kB, and fields of 500 options."""
    options = [{"id": n, "label": f"Option {n} {MARKUP}"} for n in range(1, 501)]
    kinds = ("set", "set", "varchar", "text")
    times = {"add_time": 0, "update_time": 0}
    fields = [
        {"id": 9000 + n, "code": f"{n:040x}", "name": f"Field {n} {MARKUP}", "type": kind,
         "options": options if kind == "set" else None, **times}
        for n, kind in enumerate(kinds, start=1)
    ]  # fmt: skip
    chosen = {f"{n:040x}": list(range(1, 501)) for n in (1, 2)}
    written = {f"{n:040x}": MARKUP * 200 for n in (3, 4)}
    return {
        "fields": {"person": fields},
        "persons": [{"id": 7001, "name": f"Huge {MARKUP}", "emails": ["huge@odd.test"],
                     "custom_fields": chosen | written}],
        "deals": [{"title": f"Deal {n} {MARKUP}", "person_id": 7001} for n in range(300)],
        "notes": [{"content": f"<p>{MARKUP}{'long ' * 12_000}</p>", "person_id": 7001}] * 4,
        "activities": [{"subject": f"Call {n} {MARKUP}", "type": "call", "person_id": 7001,
                        "note": MARKUP * 50} for n in range(120)],
    }  # fmt: skip


def bare() -> dict[str, Any]:
    """A person of whom nothing is known but the address."""
    return {"persons": [{"id": 7002, "name": "", "emails": ["bare@odd.test"]}],
            "deals": [{"title": "", "person_id": 7002}],
            "notes": [{"content": "", "person_id": 7002}],
            "activities": [{"subject": "", "person_id": 7002}]}  # fmt: skip


async def opened(mailbox: Mailbox, state: dict[str, Any], sender: str) -> dict[str, Any]:
    """A message of somebody's is opened."""
    mailbox.stage.sandbox.put_state(state)
    headers = mailbox.stage.outdoors.reply
    assert headers is not None
    told = [{**one, "value": sender} if one["name"] == "From" else one
            for one in headers["payload"]["headers"]]  # fmt: skip
    mailbox.stage.outdoors.reply = {"payload": {"headers": told}}
    return await mailbox.open()


async def test_a_huge_account_is_a_card(mailbox: Mailbox) -> None:
    shown = json.dumps(await opened(mailbox, huge(), "huge@odd.test"))

    assert "Huge" in shown
    assert "more" in shown


async def test_nothing_of_its_markup_is_markup(mailbox: Mailbox) -> None:
    shown = json.dumps(await opened(mailbox, huge(), "huge@odd.test"))

    assert "<img" not in shown
    assert not re.search(r"<a[^>]*javascript", shown)


async def test_every_part_of_it_that_is_left_out_is_a_card_too(mailbox: Mailbox) -> None:
    found = buttons(await opened(mailbox, huge(), "huge@odd.test"))
    more = [one["t"] for one in found if one["op"] == "more"]
    answers = [await mailbox.press(text) for text in more]

    assert len(answers) >= 2
    assert {notice(one) for one in answers} == {""}


async def test_somebody_of_whom_nothing_is_known_is_a_card(mailbox: Mailbox) -> None:
    shown = json.dumps(await opened(mailbox, bare(), "bare@odd.test"))

    assert '"contact"' in shown


@pytest.mark.parametrize(
    "sender",
    [MARKUP, f'"{MARKUP}" <jo@newco.test>', "=?utf-8?b?PGltZyBzcmM9eD4=?= <jo@newco.test>",
     "<>", "a@b@c", "x" * 5000, "Jo <jo@newco.test>, Al <al@newco.test>", "\u202ejo@newco.test"],
)  # fmt: skip
async def test_whoever_is_said_to_have_written_it_is_a_card(mailbox: Mailbox, sender: str) -> None:
    shown = json.dumps(await opened(mailbox, {}, sender))

    assert "<img" not in shown


async def test_a_button_of_yesterday_says_that_the_card_is_to_be_opened_anew(
    mailbox: Mailbox,
) -> None:
    text = await mailbox.button("deal_won", kind="deal", record="900")
    mailbox.stage.hub.advance(24 * 3600 + 61)
    answer = await mailbox.press(text)

    assert (bool(notice(answer)), mailbox.writes) == (True, [])
