"""Every recorded case of the actions ends as recorded, or as our choices say."""

from pathlib import Path
from typing import Any

import pytest
from tests.clock import ManualClock
from tests.golden import corpus
from tests.golden.action_choices import CHOICES, applying, broken_invariants
from tests.golden.action_compare import differences
from tests.golden.action_stage import Played, furnish, play, spoil
from tests.hub import new_sandbox

from dealwright.core.errors import ConfigError, DealwrightError, UpstreamError
from dealwright.core.matchfields import match_choices
from dealwright.core.record import RecordKind
from dealwright.core.secret import Secret
from dealwright.pipedrive.client import Client
from dealwright.pipedrive.gate import Gate
from dealwright.pipedrive.records import Records
from dealwright.pipedrive.sender import AsgiSender
from dealwright.pipedrive.urls import account_url
from dealwright.sandbox.app import Sandbox

KINDS = {
    "createUpdatePerson": RecordKind.PERSON,
    "createUpdateOrganization": RecordKind.ORGANIZATION,
    "createUpdateDeal": RecordKind.DEAL,
}


_PLAYED: dict[str, Played] = {}


async def played(case: dict[str, Any], folder: Path) -> Played:
    """What came of a case; several tests look at it, and it is played once."""
    if case["id"] not in _PLAYED:
        _PLAYED[case["id"]] = await play(case, folder)
    return _PLAYED[case["id"]]


def is_event(case: dict[str, Any]) -> bool:
    return case["kind"] in {"event", "sequence"}


def same(case: dict[str, Any]) -> bool:
    return is_event(case) and case["parity"] == "same"


def chosen(case: dict[str, Any]) -> bool:
    return is_event(case) and case["parity"] != "same"


@pytest.mark.parametrize("case", corpus.cases("actions", same))
async def test_a_case_on_which_all_agree_ends_as_recorded(
    case: dict[str, Any], tmp_path: Path
) -> None:
    assert differences(await played(case, tmp_path)) == []


@pytest.mark.parametrize("case", corpus.cases("actions", is_event))
async def test_no_case_breaks_an_invariant(case: dict[str, Any], tmp_path: Path) -> None:
    assert broken_invariants(await played(case, tmp_path)) == []


@pytest.mark.parametrize("case", corpus.cases("actions", chosen))
async def test_a_case_of_choice_ends_as_recorded_or_as_we_chose(
    case: dict[str, Any], tmp_path: Path
) -> None:
    ended = await played(case, tmp_path)
    found = differences(ended)
    choices = applying(case)
    told = [(one.code, one.message) for one in ended.deliveries]
    assert not found or choices, (found, told)
    assert not found or [one.name for one in choices if not one.holds(ended)] == [], (found, told)


def test_every_choice_is_named_once_and_has_its_reason() -> None:
    assert len({choice.name for choice in CHOICES}) == len(CHOICES)
    assert all(choice.reason for choice in CHOICES)


@pytest.mark.parametrize("case", corpus.cases("actions", lambda case: case["kind"] == "test_auth"))
async def test_credentials_are_accepted_or_refused(case: dict[str, Any]) -> None:
    settings = case["settings"]
    sandbox = new_sandbox(ManualClock(), token="tok_live_0001")
    spoil(sandbox, {"requests": [], **case})
    accepted = await accepts(sandbox, settings["domain"], settings["apiToken"])
    expected = case["outcome"]["kind"] == "ok"
    assert accepted == expected or CREDENTIALS_WE_JUDGE[settings["domain"]](settings) == accepted


#: A full host is understood; no token is refused without a call.
CREDENTIALS_WE_JUDGE = {
    "nordwind.pipedrive.com": lambda settings: bool(settings["apiToken"]),
    "nordwind": lambda settings: bool(settings["apiToken"]),
}


async def accepts(sandbox: Sandbox, domain: str, token: str) -> bool:
    clock = ManualClock()
    try:
        sender = AsgiSender(sandbox, account_url(domain), Secret(token))
        client = Client(
            sender=sender,
            clock=clock,
            gate=Gate(clock, burst=10),
            purpose="connect",
            on_call=lambda _: None,
        )
        await Records(client).me()
    except (ConfigError, UpstreamError):
        return False
    return True


@pytest.mark.parametrize(
    "case", corpus.cases("actions", lambda case: case["kind"] == "dynamic_field")
)
async def test_a_picker_offers_what_was_recorded(case: dict[str, Any]) -> None:
    sandbox = new_sandbox(ManualClock())
    furnish(sandbox, case)
    spoil(sandbox, {"requests": [], **case})
    offered = await offers(sandbox, KINDS[case["action"]])
    if case["outcome"]["kind"] == "error":
        assert isinstance(offered, str)
        return
    recorded = case["outcome"]["result"]["choices"]
    assert {(one["value"], one["label"]) for one in recorded} <= set(offered)


async def offers(sandbox: Sandbox, kind: RecordKind) -> list[tuple[str, str]] | str:
    """The choices of a match field, or the code of the error."""
    clock = ManualClock()
    client = Client(
        sender=AsgiSender(sandbox, "https://acme.pipedrive.com", Secret("t" * 40)),
        clock=clock,
        gate=Gate(clock, burst=10),
        purpose="pickers",
        on_call=lambda _: None,
    )
    try:
        fields = await Records(client).fields(kind)
    except DealwrightError as error:
        return error.code
    return [(choice.value, choice.label) for choice in match_choices(kind, fields)]
