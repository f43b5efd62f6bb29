"""Whatever people do in Pipedrive between events, in any order: nobody is there twice."""

import asyncio
import tempfile
from collections import Counter
from pathlib import Path
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st
from tests.clock import ManualClock
from tests.events import identify
from tests.hub import new_sandbox, open_hub

from dealwright.core.record import RecordKind
from dealwright.sandbox.app import Sandbox
from dealwright.sandbox.edit import Edit, edit

#: Few people, so that they meet.
WHO = st.sampled_from(["ada", "bob", "cy"])

STEPS = st.one_of(
    st.tuples(st.just("event"), WHO, st.sampled_from(["a", "b"])),
    st.tuples(st.just("wait"), st.sampled_from([1, 30, 61, 7200])),
    st.tuples(st.just("create"), WHO),
    st.tuples(st.just("rename"), WHO),
    st.tuples(st.just("delete"), WHO),
    st.tuples(st.just("merge"), WHO, WHO),
    st.tuples(st.just("restart")),
    st.tuples(st.just("lose"), st.sampled_from(["POST", "PATCH"])),
)


@given(st.lists(STEPS, max_size=14))
@settings(max_examples=60)
def test_nobody_is_made_twice(steps: list[tuple[Any, ...]]) -> None:
    """By the hub, that is: what a person makes twice stays twice."""
    asyncio.run(_played(steps))


async def _played(steps: list[tuple[Any, ...]]) -> None:
    clock = ManualClock()
    pipedrive = new_sandbox(clock, lag_s=30)
    with tempfile.TemporaryDirectory() as folder:
        async with open_hub(Path(folder), clock=clock) as hub:
            await hub.connect(pipedrive, mirrored=[RecordKind.PERSON])
            await hub.run_until_idle()
            for verb, *rest in steps:
                match verb:
                    case "event":
                        who, name = rest
                        await hub.send(identify(f"u-{who}", name=name, email=_address(who)))
                        await hub.run_until_idle()
                    case "wait":
                        hub.advance(*rest)
                    case "restart":
                        hub.restart()
                    case "lose":
                        pipedrive.lose_next_answer(*rest, "/api/v2/persons")
                    case _:
                        _by_hand(pipedrive, verb, *rest)
                        if verb == "create":
                            # Within a minute nobody knows what another program has made.
                            hub.advance(61)
            assert _doubles(pipedrive) == []


def _address(who: str) -> str:
    return f"{who}@x.example"


def _there(pipedrive: Sandbox, who: str) -> list[int]:
    return [
        one["id"]
        for one in pipedrive.records("persons")
        if not one["is_deleted"] and _address(who) in {mail["value"] for mail in one["emails"]}
    ]


def _by_hand(pipedrive: Sandbox, verb: str, who: str, into: str = "") -> None:
    there = _there(pipedrive, who)
    others = _there(pipedrive, into)
    company = pipedrive.world.default_company
    if verb == "create" and not there:
        data = {"name": who, "emails": [{"value": _address(who)}]}
        edit(pipedrive, company, Edit(object="person", action="create", data=data))
    elif verb == "rename" and there:
        edit(pipedrive, company, Edit(object="person", id=there[0], data={"name": "by hand"}))
    elif verb == "delete" and there:
        edit(pipedrive, company, Edit(object="person", action="delete", id=there[0]))
    elif verb == "merge" and there and others and there[0] != others[0]:
        data = {"merge_with_id": others[0]}
        edit(pipedrive, company, Edit(object="person", action="merge", id=there[0], data=data))


def _doubles(pipedrive: Sandbox) -> list[str]:
    addresses = Counter(
        mail["value"]
        for one in pipedrive.records("persons")
        if not one["is_deleted"]
        for mail in one["emails"]
    )
    return [address for address, count in addresses.items() if count > 1]
