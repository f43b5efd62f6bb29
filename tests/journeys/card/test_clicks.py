"""What clicks come to: new tokens, details, what follows, names, suggestions, and the wait."""

import asyncio
from typing import Any

import pytest
from tests.journeys.card.desk import (
    ADMIN,
    MEMBER,
    NEW_TOKEN,
    STRANGE_TOKEN,
    VIEWER,
    Desk,
    another_company,
    fault,
    op_of,
    ops,
    said,
    second_token,
)
from tests.journeys.card.house import ALL, ANN
from tests.journeys.mirrored import listening

from dealwright.cards.card import Card, Op
from dealwright.core.clock import to_ms
from dealwright.core.delivery import State
from dealwright.core.record import Person, RecordKind
from dealwright.pipeline.cardwrites import PATIENCE_S
from dealwright.pipeline.mirrored import row_of
from dealwright.store.connections import ConnectionState, set_state
from dealwright.store.crawls import want_crawl
from dealwright.store.mirror import put_records

ON_ANN = {"connection": 1, "kind": "person", "record": "1", "address": ANN}
SUGGEST = Op(name="suggest_org", connection=1)


async def _stand(desk: Desk, state: ConnectionState) -> None:
    await desk.hub.store.write(lambda db: set_state(db, 1, state=state, reason="So it is."))


async def _mirror(desk: Desk) -> None:
    now_ms = 1
    await desk.hub.store.write(lambda db: want_crawl(db, 1, kinds=ALL, now_ms=now_ms, region=None))
    await desk.hub.run_until_idle()


def _calls(desk: Desk) -> list[str]:
    return [one.path for one in desk.pipedrive.calls]


# -- a new token


async def test_a_token_that_is_refused_is_replaced_on_the_card(desk: Desk) -> None:
    second_token(desk.pipedrive)
    refused = await desk.card(Op(name="refresh", connection=1, address=ANN))
    done = await desk.press(op_of(refused, "reauth"), form={"token": NEW_TOKEN})

    assert refused.name == "reauth"
    assert done.card is not None
    assert (done.card.name, done.notice, done.place) == ("contact", "The token works.", "here")
    assert "Ann Lee" in said(done.card)


async def test_a_connection_that_was_held_goes_on_with_the_new_token(desk: Desk) -> None:
    second_token(desk.pipedrive)
    await _stand(desk, ConnectionState.REAUTH)
    await desk.press(Op(name="reauth", connection=1, address=ANN), form={"token": NEW_TOKEN})

    assert [one.state for one in await desk.connections()] == [ConnectionState.OK]


async def test_a_card_above_goes_when_the_token_works(desk: Desk) -> None:
    second_token(desk.pipedrive)
    form = await desk.card(Op(name="reauth_form", connection=1, address=ANN))
    done = await desk.press(op_of(form, "reauth"), form={"token": NEW_TOKEN})

    assert done.place == "below"


async def test_from_the_dashboard_a_new_token_leads_back_there(desk: Desk) -> None:
    second_token(desk.pipedrive)
    form = await desk.card(Op(name="reauth_form", connection=1))
    done = await desk.card(op_of(form, "reauth"), token=NEW_TOKEN)

    assert done.name == "dashboard"


@pytest.mark.parametrize(
    ("token", "told"),
    [("", "Paste the API token first."), ("x" * 40, "Pipedrive refuses this token.")],
)
async def test_a_token_that_is_no_good_is_asked_for_again(
    desk: Desk, token: str, told: str
) -> None:
    card = await desk.card(Op(name="reauth", connection=1, address=ANN), token=token)

    assert (card.name, fault(card)) == ("reauth", told)


async def test_a_token_of_another_company_is_not_taken(desk: Desk) -> None:
    second_token(desk.pipedrive)
    await desk.press(Op(name="reauth", connection=1), form={"token": NEW_TOKEN})
    another_company(desk.pipedrive, token=STRANGE_TOKEN)
    card = await desk.card(Op(name="reauth", connection=1), token=STRANGE_TOKEN)

    assert "Other Ltd" in fault(card)


async def test_the_sender_of_no_mail_may_not_give_tokens(desk: Desk) -> None:
    card = await desk.card(Op(name="reauth_form", connection=1), by=MEMBER)

    assert "Only an admin" in said(card)
    assert [one.name for one in ops(card) if one.name == "reauth"] == []


# -- details, old data, back


async def test_details_say_whose_account_it_is_and_why_it_does_not_work(desk: Desk) -> None:
    await _stand(desk, ConnectionState.ERROR)
    card = await desk.card(Op(name="details", connection=1, address=ANN))

    assert card.name == "details"
    assert "So it is." in said(card)
    assert {one.name for one in ops(card)} >= {"refresh", "settings_edit"}


async def test_details_of_a_refused_account_have_the_button_that_mends_it(desk: Desk) -> None:
    await _stand(desk, ConnectionState.REAUTH)

    assert op_of(await desk.card(Op(name="details", connection=1)), "reauth_form").record == "1"


async def test_what_was_known_last_is_shown_of_an_account_that_is_not_paid(desk: Desk) -> None:
    await _mirror(desk)
    await _stand(desk, ConnectionState.PAYMENT_REQUIRED)
    unpaid = await desk.card(Op(name="refresh", connection=1, address=ANN))
    old = await desk.press(op_of(unpaid, "show_old"))

    assert unpaid.name == "payment"
    assert old.card is not None
    assert (old.card.name, old.place) == ("contact", "above")
    assert "Likes tea" in said(old.card)


async def test_cancel_goes_back_and_looks_nobody_up(desk: Desk) -> None:
    done = await desk.press(Op(name="cancel", connection=1, address=ANN))

    assert (done.back, _calls(desk)) == (True, [])


async def test_a_try_again_without_an_address_shows_the_dashboard(desk: Desk) -> None:
    assert (await desk.card(Op(name="refresh", connection=1))).name == "dashboard"


async def test_a_connector_that_is_gone_is_told(desk: Desk) -> None:
    done = await desk.press(Op(name="settings_edit", connection=9))

    assert (done.notice, done.refused) == ("This connector is not there any more.", True)


# -- what follows


async def _pressed(desk: Desk, op: Op, **form: Any) -> Card:
    """Press a button that writes, with the drain at work beside it."""
    pressing = asyncio.ensure_future(desk.press(op, form=form))
    while not pressing.done():
        await desk.hub.run_once()
        await asyncio.wait({pressing}, timeout=0.01)
    clicked = await pressing
    assert clicked.card is not None, clicked.notice
    return clicked.card


def _tick(record: str) -> Op:
    return Op(name="activity_done", connection=1, kind="activity", record=record, address=ANN)


async def test_after_an_activity_the_next_one_is_offered_with_its_subject(desk: Desk) -> None:
    card = await _pressed(desk, _tick("1"), done_1="1")
    form = await desk.card(op_of(card, "follow_up_form"))

    assert (card.name, form.name) == ("contact", "follow_up")
    assert "Follow up: Call Ann" in said(form)


async def test_one_that_is_not_done_any_more_is_followed_by_nothing(desk: Desk) -> None:
    card = await _pressed(desk, _tick("1"))

    assert "follow_up_form" not in {one.name for one in ops(card)}


# -- names


async def test_a_name_in_the_box_finds_who_is_called_so(desk: Desk) -> None:
    page = await desk.hub.pumped(desk.pages.html(_viewer(), "ann"))

    assert "Ann Lee" in page
    assert "Search by name" in page


async def test_a_name_is_found_in_the_mirror_for_nothing(desk: Desk) -> None:
    await _mirror(desk)
    await listening(desk.hub)
    before = _calls(desk)
    card = await desk.card(Op(name="look_up"), address="lee ann")

    assert "Ann Lee" in said(card)
    assert "Acme" in said(card)
    assert _calls(desk) == before


async def test_nobody_of_a_name_is_believed_of_a_whole_mirror(desk: Desk) -> None:
    await _mirror(desk)
    await listening(desk.hub)
    before = _calls(desk)
    card = await desk.card(Op(name="look_up"), address="Zoe")

    assert "Nobody of this name." in said(card)
    assert _calls(desk) == before


async def test_somebody_who_came_a_moment_ago_is_found_by_name(desk: Desk) -> None:
    await _mirror(desk)
    await desk.card(Op(name="look_up"), address="Zoe")
    zoe = row_of(
        Person(id=77, name="Zoe New"),
        RecordKind.PERSON,
        checked_at_ms=to_ms(desk.hub.clock.now()),
        exact=True,
        region=None,
    )
    await desk.hub.store.write(lambda db: put_records(db, 1, [zoe]))
    desk.hub.advance(6)

    assert "Zoe New" in said(await desk.card(Op(name="look_up"), address="zoe"))


async def test_who_was_found_by_name_is_one_press_away(desk: Desk) -> None:
    found = await desk.card(Op(name="look_up"), address="Ann")
    card = await desk.card(op_of(found, "choose"))

    assert (card.name, card.header.title) == ("contact", "Ann Lee")


async def test_somebody_without_an_address_is_found_by_name(desk: Desk) -> None:
    found = await desk.card(Op(name="look_up"), address="Bo Ek")
    card = await desk.card(op_of(found, "choose"))

    assert card.header.title == "Bo Ek"


async def test_an_account_that_cannot_be_asked_is_not(desk: Desk) -> None:
    await _stand(desk, ConnectionState.REAUTH)
    await desk.card(Op(name="look_up"), address="Ann")

    assert _calls(desk) == []


async def test_an_outage_is_told_and_nobody_is_said_to_be_nobody(desk: Desk) -> None:
    desk.pipedrive.add_fault(method="GET", path="/api/v2/persons/search", status=503)
    card = await desk.card(Op(name="look_up"), address="Ann")

    assert "Nobody of this name." not in said(card)
    assert "main" in said(card)


# -- who may be meant


async def test_an_organization_of_the_same_domain_is_offered_for_nothing(desk: Desk) -> None:
    await _mirror(desk)
    before = _calls(desk)
    answer = await desk.hub.pumped(desk.cards.of("new@acme.example"))
    found = answer.found

    assert found is not None
    assert [one.name for one in found.organizations] == ["Acme"]
    assert [one for one in _calls(desk)[len(before) :] if "organizations" in one] == []


async def test_a_mail_providers_domain_is_nobodys(desk: Desk) -> None:
    desk.pipedrive.put_state(
        {"persons": [{"name": "Gail", "emails": ["gail@gmail.com"], "org_id": 1}]}
    )
    await _mirror(desk)
    found = (await desk.hub.pumped(desk.cards.of("new@gmail.com"))).found

    assert found is not None
    assert found.organizations == ()


async def test_a_person_of_the_senders_name_can_have_the_address(desk: Desk) -> None:
    await _mirror(desk)
    answer = await desk.hub.pumped(desk.cards.of("ann@private.example", name="ann LEE"))

    assert answer.found is not None
    assert [one.id for one in answer.found.same_name] == [1]


async def test_the_form_begins_with_the_organization_of_the_domain(desk: Desk) -> None:
    await _mirror(desk)
    form = Op(name="contact_form", connection=1, address="new@acme.example")

    assert "'value': 'Acme'" in said(await desk.card(form))


# -- suggestions


async def test_organizations_are_suggested_from_the_mirror_for_nothing(desk: Desk) -> None:
    await _mirror(desk)
    before = _calls(desk)
    done = await desk.press(SUGGEST, form={"org": "ac"})

    assert (done.suggestions, _calls(desk)) == (("Acme",), before)


async def test_an_old_mirror_suggests_what_it_knows_and_asks_for_what_it_does_not(
    desk: Desk,
) -> None:
    await _mirror(desk)
    desk.hub.advance(7200)
    before = _calls(desk)
    known = await desk.press(SUGGEST, form={"org": "ac"})
    unknown = await desk.press(SUGGEST, form={"org": "zy"})

    assert (known.suggestions, unknown.suggestions) == (("Acme",), ())
    assert _calls(desk)[len(before) :] == ["/api/v2/organizations/search"]


async def test_pipedrive_is_asked_for_what_the_mirror_may_lack(desk: Desk) -> None:
    done = await desk.press(SUGGEST, form={"org": "ac"})

    assert (done.suggestions, _calls(desk)) == (("Acme",), ["/api/v2/organizations/search"])


async def test_one_letter_suggests_nothing(desk: Desk) -> None:
    assert (await desk.press(SUGGEST, form={"org": "a"})).suggestions == ()


# -- the wait


async def test_a_click_waits_eight_seconds_and_is_then_told_that_it_is_being_written(
    desk: Desk,
) -> None:
    began_s = desk.hub.clock.monotonic_s()
    done = await desk.press(Op(name="note_create", **ON_ANN), form={"text": "Hello"})
    waited_s = desk.hub.clock.monotonic_s() - began_s

    assert done.notice == "Being written. Refresh in a moment."
    assert PATIENCE_S == 8.0
    assert PATIENCE_S <= waited_s < PATIENCE_S + 0.1


async def test_what_was_waited_for_in_vain_is_written_all_the_same(desk: Desk) -> None:
    await desk.press(Op(name="note_create", **ON_ANN), form={"text": "Hello"})
    await desk.hub.run_until_idle()

    assert [one.now.state for one in desk.hub.deliveries()] == [State.DELIVERED]


async def test_a_click_does_not_wait_for_what_is_done(desk: Desk) -> None:
    began_s = desk.hub.clock.monotonic_s()
    card = await _pressed(desk, Op(name="note_create", **ON_ANN), text="Hello")

    assert card.name == "contact"
    assert desk.hub.clock.monotonic_s() - began_s < PATIENCE_S


async def test_a_viewer_is_told_that_he_may_only_look(desk: Desk) -> None:
    done = await desk.press(Op(name="note_create", **ON_ANN), by=VIEWER, form={"text": "Hello"})

    assert done.notice == "You may look, but not change anything here."
    assert desk.woken == []


async def test_what_is_missing_is_told_in_the_readers_language(desk: Desk) -> None:
    desk.locale = "sv-SE"
    done = await desk.press(Op(name="note_create", **ON_ANN), by=ADMIN)

    assert done.notice == "Skriv anteckningen först."


def _viewer() -> Any:
    from dealwright.pipeline.cardreader import Viewer  # noqa: PLC0415

    return Viewer(key="hub 1", user_id=1, name="Ada", may_write=True)
