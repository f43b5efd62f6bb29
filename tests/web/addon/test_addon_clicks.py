"""Buttons: each once, only for whom they were made, and only what is allowed."""

import asyncio

from tests.web.addon.gmail import COLLEAGUE, Mailbox, buttons, notice

from dealwright.store.cards import CardSettings, set_settings

WON = {"kind": "deal", "record": "900"}
ANN = {"kind": "person", "record": "4211"}


async def test_a_double_click_is_one_write(mailbox: Mailbox) -> None:
    text = await mailbox.button("contact_create")
    await asyncio.gather(
        mailbox.press(text, name="Jo Park", email="jo@newco.test"),
        mailbox.press(text, name="Jo Park", email="jo@newco.test"),
    )
    assert mailbox.writes == ["POST /api/v2/persons"]


async def test_a_replay_is_answered_with_what_came_of_it_first(mailbox: Mailbox) -> None:
    text = await mailbox.button("deal_won", **WON)
    first = await mailbox.press(text)
    again = await mailbox.press(text)
    assert (notice(again), mailbox.writes) == (notice(first), ["PATCH /api/v2/deals/900"])


async def test_two_forms_for_one_address_make_one_person(mailbox: Mailbox) -> None:
    for nonce in ("n-1", "n-2"):
        text = await mailbox.button("contact_create", nonce=nonce)
        await mailbox.press(text, name="Jo Park", email="jo@newco.test")
    assert mailbox.writes == ["POST /api/v2/persons"]


async def test_a_lost_answer_makes_one_person(mailbox: Mailbox) -> None:
    mailbox.stage.sandbox.lose_next_answer("POST", "/api/v2/persons")
    text = await mailbox.button("contact_create")
    await mailbox.press(text, name="Jo Park", email="jo@newco.test")
    await mailbox.stage.hub.run_until_idle()
    named = [one for one in mailbox.stage.sandbox.records("persons") if one["name"] == "Jo Park"]
    assert len(named) == 1


async def test_a_button_of_a_colleague_does_nothing(mailbox: Mailbox) -> None:
    text = await mailbox.button("deal_won", sub=COLLEAGUE, **WON)
    answer = await mailbox.press(text)
    assert ("somebody else" in notice(answer), mailbox.writes) == (True, [])


async def test_a_button_that_was_altered_does_nothing(mailbox: Mailbox) -> None:
    text = await mailbox.button("deal_won", **WON)
    body, _, mac = text.partition(".")
    await mailbox.press(f"{body[:-2]}AA.{mac}")
    assert mailbox.writes == []


async def test_what_a_connection_forbids_is_not_written(mailbox: Mailbox) -> None:
    chosen = CardSettings(writes_forbidden=("update",))
    await mailbox.stage.hub.store.write(lambda db: set_settings(db, 1, chosen=chosen, now_ms=1))
    answer = await mailbox.press(await mailbox.button("deal_won", **WON))
    assert ("does not allow that" in notice(answer), mailbox.writes) == (True, [])


async def test_an_email_is_logged_once_for_all_colleagues(mailbox: Mailbox) -> None:
    for sub, nonce in (("110248495921238986420", "n-1"), (COLLEAGUE, "n-2")):
        extra = {"mid": "<abc@mail.acme.test>", "subject": "Re: Offer", "day": "2026-11-22"}
        text = await mailbox.button("log_email", sub=sub, nonce=nonce, extra=extra, **ANN)
        await mailbox.press(text, sub=sub, how="activity")
    assert mailbox.writes == ["POST /api/v2/activities"]


async def test_a_deal_is_lost_with_its_reason(mailbox: Mailbox) -> None:
    await mailbox.press(await mailbox.button("deal_lost", **WON), reason="Too slow")
    deal = mailbox.stage.sandbox.record("deal", 900) or {}
    assert (deal["status"], deal["lost_reason"]) == ("lost", "Too slow")


async def test_an_address_is_added_beside_those_that_are_there(mailbox: Mailbox) -> None:
    eli = {"kind": "person", "record": "88"}
    await mailbox.press(await mailbox.button("address_add", **eli))
    person = mailbox.stage.sandbox.record("person", 88) or {}
    assert [one["value"] for one in person["emails"]] == ["eli@stone.test", "ann@acme.test"]


async def test_labels_and_owner_are_set(mailbox: Mailbox) -> None:
    await mailbox.press(await mailbox.button("labels_set", nonce="a", **ANN), labels="2")
    await mailbox.press(await mailbox.button("owner_set", nonce="b", **ANN), owner="11")
    person = mailbox.stage.sandbox.record("person", 4211) or {}
    assert (list(person["label_ids"]), person["owner_id"]) == ([2], 11)


async def test_what_was_typed_as_a_note_is_no_markup(mailbox: Mailbox) -> None:
    text = await mailbox.button("note_create", **ANN)
    await mailbox.press(text, text="<img src=x>\nsecond")
    (note,) = [one for one in mailbox.stage.sandbox.records("notes") if "second" in one["content"]]
    assert "<img" not in note["content"]


async def test_every_button_of_a_card_answers_with_what_google_takes(mailbox: Mailbox) -> None:
    from tests.cards.valid import faults  # noqa: PLC0415

    found = buttons(await mailbox.open())
    reads = [
        one for one in found if one["op"].endswith("_form") or one["op"] in {"more", "refresh"}
    ]
    wrong = [(one["op"], faults(await mailbox.press(one["t"]), kind="submit")) for one in reads]
    assert [one for one in wrong if one[1]] == []
    assert reads


async def test_a_moment_without_a_time_is_a_day(mailbox: Mailbox) -> None:
    moment = {"msSinceEpoch": "1796256000000", "hasDate": True, "hasTime": False}
    common = {
        "parameters": {"t": await mailbox.button("activity_create", **ANN)},
        "timeZone": {"id": "Europe/Berlin"},
        "formInputs": {
            "subject": {"stringInputs": {"value": ["Call"]}},
            "when": {"dateTimeInput": moment},
        },
    }
    await mailbox.post("/addon/gmail/action", {"commonEventObject": common})
    added = mailbox.stage.sandbox.records("activities")[-1]

    assert (added["due_date"], added["due_time"]) == ("2026-12-03", None)
