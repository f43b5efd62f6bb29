"""Undo, as pure data: what is left, and why; what nobody knows is never written over."""

from typing import Any

import pytest

from dealwright.core.journal import Act, Entry
from dealwright.core.record import Activity, Deal, Person, RecordKind
from dealwright.core.undo import Reversal, Standing, Undo
from dealwright.core.undofields import Stays, To, Why, Written, undo_list, undo_value

PERSON = Person(id=7, name="Bo", update_time="t2")


def entry(number: int, act: Act = Act.UPDATE, **told: Any) -> Entry:
    facts: dict[str, Any] = {
        "connection_id": 1,
        "delivery_id": number,
        "at_ms": number,
        "kind": RecordKind.PERSON,
        "record_id": 7,
        "external_id": "",
        "before": {},
        "after": {},
        "is_sure": True,
        "correction_id": None,
    }
    return Entry(id=number, act=act, **{**facts, **told})


def named(number: int, before: str, after: str, **told: Any) -> Entry:
    return entry(number, before={"name": before}, after={"name": after}, **told)


def undone(
    *entries: Entry, now: Standing, kind: RecordKind = RecordKind.PERSON, **told: Any
) -> Reversal:
    chosen = told.pop("chosen", {one.id for one in entries})
    return Undo(kind=kind, record_id=7, entries=entries, chosen=chosen, now=now, **told).reversal()


def codes(found: Reversal) -> list[str]:
    return [one.code for one in found.refused]


@pytest.mark.parametrize(
    ("entries", "now", "code"),
    [
        ([named(1, "Ada", "Bo")], Standing(record=None), Why.GONE),
        ([named(1, "Ada", "Bo")], Standing(record=None, merged_into=9), Why.MERGED),
        ([entry(1, Act.MERGE)], Standing(record=PERSON), Why.MERGE),
        ([entry(1, Act.DELETE, before={"name": "Bo"})], Standing(record=None), Why.DELETED),
        ([named(1, "Ada", "Cy")], Standing(record=PERSON), Why.EDITED),
        (
            [entry(1, before={"busy": True}, after={"busy": False})],
            Standing(record=PERSON),
            Why.UNREAD,
        ),
    ],
)
def test_what_cannot_be_undone_has_a_code(entries: list[Entry], now: Standing, code: Why) -> None:
    found = undone(*entries, now=now)
    assert (codes(found), found.plan.changes) == ([code.value], ())


def test_a_main_contact_is_not_taken_out_of_a_deal() -> None:
    joined = entry(1, Act.JOIN, kind=RecordKind.DEAL, after={"person_ids": [3, 4]})
    now = Standing(record=Deal(id=7, person_id=3), participants={3, 4})
    found = undone(joined, now=now, kind=RecordKind.DEAL)
    assert codes(found) == ["main_contact"]
    assert [one.field for one in found.turned] == ["person 4"]


@pytest.mark.parametrize(
    ("stamp", "sure", "code"),
    [("t1", True, Why.EDITED), ("", True, Why.UNSURE), ("t2", False, Why.UNSURE)],
)
def test_what_was_made_is_kept_unless_it_is_known_to_be_ours(
    *, stamp: str, sure: bool, code: Why
) -> None:
    made = entry(1, Act.CREATE, after={"name": "Bo"}, update_time=stamp, is_sure=sure)
    found = undone(made, now=Standing(record=PERSON), remove_created=True)
    assert (codes(found), found.removes) == ([code.value], False)


def test_what_hangs_on_a_record_keeps_it() -> None:
    made = entry(1, Act.CREATE, after={"name": "Bo"}, update_time="t2")
    now = Standing(record=PERSON, hanging={"notes": 2})
    assert codes(undone(made, now=now, remove_created=True)) == ["record_in_use"]


def test_a_link_that_leads_elsewhere_by_now_stays() -> None:
    linked = entry(1, Act.LINK, external_id="u-1", after={"source_id": 1})
    found = undone(linked, now=Standing(record=PERSON, links={(1, "u-1"): 9}))
    assert codes(found) == ["link_changed"]


def test_a_link_goes_back_to_whom_it_was() -> None:
    linked = entry(1, Act.LINK, external_id="u-1", after={"source_id": 1}, before={"record_id": 5})
    found = undone(linked, now=Standing(record=PERSON, links={(1, "u-1"): 7}))
    assert [one.then for one in found.turned] == ["person 5"]


def test_what_this_undo_has_done_itself_does_not_stand_in_its_way() -> None:
    own = named(2, "Cy", "Bo", correction_id=4, is_sure=False)
    found = undone(named(1, "Bo", "Cy"), own, now=Standing(record=PERSON), chosen={1}, own=4)
    assert (found.plan.changes, found.refused) == ((), ())


def test_a_meeting_whose_day_a_person_moved_keeps_its_hour() -> None:
    moved = entry(
        1,
        kind=RecordKind.ACTIVITY,
        before={"due_date": "2026-01-01", "due_time": "08:00"},
        after={"due_date": "2026-01-02", "due_time": "09:00"},
    )
    now = Standing(record=Activity(id=7, due_date="2026-01-09", due_time="09:00:00"))
    found = undone(moved, now=now, kind=RecordKind.ACTIVITY)
    assert (codes(found), found.plan.changes) == (["edited_since"] * 2, ())


def wrote(before: Any, after: Any, *, undone: bool = True, is_sure: bool = True) -> Written:
    return Written(before=before, after=after, undone=undone, is_sure=is_sure)


def same(one: Any, other: Any) -> bool:
    return one == other


def test_a_write_that_was_never_answered_and_cannot_be_seen_does_not_count() -> None:
    writes = [wrote("a", "b"), wrote("b", "c", undone=False, is_sure=False)]
    assert undo_value(writes, "b", same=same, ours=False) == To("a")


@pytest.mark.parametrize(
    ("now", "left"),
    [
        ("held\nours\ntheirs", To("held\ntheirs")),
        ("mine\nours", To("mine")),
        ("held\nours and more", Stays(Why.EDITED)),
        ("held\nours\nours", Stays(Why.EDITED)),
    ],
)
def test_of_a_text_only_what_we_added_is_taken_out(now: str, left: To | Stays) -> None:
    writes = [wrote("held", "held\nours")]
    assert undo_value(writes, now, same=same, ours=False) == left


def test_what_pipedrive_made_of_our_value_is_still_ours() -> None:
    assert undo_value([wrote("a", "b ")], "b", same=same, ours=True) == To("a")


def phone(value: str, *, primary: bool = False) -> dict[str, Any]:
    return {"value": value, "primary": primary}


def test_a_number_is_the_same_however_it_is_spelled() -> None:
    writes = [wrote([], [phone("+44 20 1")])]
    to, stays = undo_list("phones", writes, [phone("+4420-1"), phone("112", primary=True)])
    assert (to, stays) == (To([phone("112", primary=True)]), ())


def test_a_number_of_ours_that_a_person_made_the_primary_one_stays() -> None:
    writes = [wrote([phone("1", primary=True)], [phone("1", primary=True), phone("2")])]
    to, stays = undo_list("phones", writes, [phone("1"), phone("2", primary=True)])
    assert (to, stays) == (None, (Stays(Why.EDITED, "2"),))


def test_who_was_the_primary_one_is_it_again() -> None:
    before, after = [phone("1", primary=True)], [phone("1"), phone("2", primary=True)]
    to, _ = undo_list("phones", [wrote(before, after)], after)
    assert to == To(before)
