"""`dealwright proposals`: what a program proposes is looked at, approved of or let be, and done."""

import asyncio
from collections.abc import Callable

import pytest
from tests.cli.conftest import Account, Dealwright

from dealwright.actionbook import actions
from dealwright.cli.hub import Hub
from dealwright.core.correction import Selection
from dealwright.core.people import Principal, PrincipalKind, Role
from dealwright.core.proposal import MappingWish, UndoWish, Wish
from dealwright.core.record import RecordKind
from dealwright.pipeline.proposing import Proposing
from dealwright.store.journal import Act, NewEntry, enter

AGENT = Principal(kind=PrincipalKind.KEY, id="7", name="agent", role=Role.MEMBER)

WRITTEN = NewEntry(
    act=Act.UPDATE,
    kind=RecordKind.PERSON,
    record_id=7,
    after={"name": "Ada Keller"},
    before={"name": "Ada"},
)
OTHER = NewEntry(
    act=Act.UPDATE,
    kind=RecordKind.PERSON,
    record_id=8,
    after={"name": "Bo Lund"},
    before={"name": "Bo"},
)
UNDO = UndoWish(selection=Selection(delivery=5))
MAPPING = MappingWish(
    connection_id=1,
    name="Deals [new]",
    action="upsert_person",
    trigger='type = "identify"',
    fields={"match_value": {"@path": "$.userId"}},
)

Propose = Callable[..., int]


@pytest.fixture
def propose(dealwright: Dealwright, account: Account, hub: Hub) -> Propose:
    """Has an agent propose something to a hub with a Connection; the answer is its number."""
    ran = dealwright("connect", "--url", account.url, "--token", account.token, "--name", "acme")
    assert ran.code == 0, ran.err
    asyncio.run(hub.write(lambda db: enter(db, 1, WRITTEN, delivery_id=5, now_ms=5_000)))

    def made(wish: Wish, reason: str = "") -> int:
        now_ms = hub.now_ms()
        proposed = hub.write(
            lambda db: Proposing(db=db, who=AGENT, now_ms=now_ms, actions=actions()).propose(
                wish, reason=reason
            )
        )
        return asyncio.run(proposed).id

    return made


def undos(dealwright: Dealwright) -> list[object]:
    return [one["summary"] for one in dealwright("undo", "list", "--json").lines]


def test_what_is_proposed_is_listed_with_its_price(
    dealwright: Dealwright, propose: Propose
) -> None:
    propose(UNDO)
    (listed,) = dealwright("proposals", "list", "--json").lines
    told = {key: listed[key] for key in ("id", "state", "tokens", "writes", "made_by")}
    assert told == {"id": 1, "state": "proposed", "tokens": 6, "writes": 1, "made_by": "agent"}


def test_nothing_proposed_is_said_so(dealwright: Dealwright) -> None:
    assert "Nothing was proposed." in dealwright("proposals", "list").out


def test_one_is_shown_with_the_agents_own_words_as_they_are(
    dealwright: Dealwright, propose: Propose
) -> None:
    propose(MAPPING, "[red]urgent[/red]")
    ran = dealwright("proposals", "show", "1")
    assert "Deals [new]" in ran.out
    assert "“[red]urgent[/red]” (agent)" in ran.out


def test_approving_alone_does_nothing_yet(dealwright: Dealwright, propose: Propose) -> None:
    propose(UNDO)
    ran = dealwright("proposals", "approve", "1", "--json")
    assert (ran.code, ran.lines[-1]["state"], undos(dealwright)) == (0, "approved", [])


def test_what_was_approved_of_is_done_once(dealwright: Dealwright, propose: Propose) -> None:
    propose(UNDO)
    dealwright("proposals", "approve", "1")
    first = dealwright("proposals", "run", "1", "--json")
    second = dealwright("proposals", "run", "1")
    assert (first.code, first.lines[-1]["result"]) == (0, {"undo": 1})
    assert (second.code != 0, len(undos(dealwright))) == (True, 1)


def test_approve_and_run_is_one_command(dealwright: Dealwright, propose: Propose) -> None:
    propose(UNDO)
    ran = dealwright("proposals", "approve", "1", "--run")
    assert (ran.code, "Done: undo 1" in ran.out, len(undos(dealwright))) == (0, True, 1)


def test_an_approved_mapping_is_made_and_not_enabled(
    dealwright: Dealwright, propose: Propose
) -> None:
    propose(MAPPING)
    dealwright("proposals", "approve", "1", "--run")
    made = dealwright("mappings", "list", "--json").lines[-1]
    assert (made["name"], made["enabled"]) == ("Deals [new]", False)


def test_what_nobody_approved_of_is_not_done(dealwright: Dealwright, propose: Propose) -> None:
    propose(UNDO)
    ran = dealwright("proposals", "run", "1")
    assert (ran.code != 0, undos(dealwright)) == (True, [])


def test_what_is_rejected_is_over(dealwright: Dealwright, propose: Propose) -> None:
    propose(UNDO)
    rejected = dealwright("proposals", "reject", "1", "--json")
    after = dealwright("proposals", "approve", "1", "--run")
    assert (rejected.lines[-1]["state"], after.code != 0) == ("rejected", True)
    assert undos(dealwright) == []


def test_what_has_changed_since_it_was_shown_is_not_done(
    dealwright: Dealwright, propose: Propose, hub: Hub
) -> None:
    propose(UNDO)
    dealwright("proposals", "approve", "1")
    asyncio.run(hub.write(lambda db: enter(db, 1, OTHER, delivery_id=5, now_ms=6_000)))
    ran = dealwright("proposals", "run", "1")
    assert "Propose it anew" in ran.err.replace("\n", " ")
    assert undos(dealwright) == []


def test_a_persons_word_stands_in_the_audit_log(dealwright: Dealwright, propose: Propose) -> None:
    propose(UNDO)
    dealwright("proposals", "approve", "1", "--run")
    noted = {one["action"] for one in dealwright("audit", "--json").lines}
    assert {"proposal.make", "proposal.approved", "proposal.do"} <= noted


@pytest.mark.parametrize("word", ["show", "approve", "reject", "run"])
def test_a_number_that_is_none_is_said(dealwright: Dealwright, word: str) -> None:
    ran = dealwright("proposals", word, "9")
    assert (ran.code != 0, "There is no proposal 9" in ran.err) == (True, True)
