"""Every recorded trigger gives what the language page documents."""

from typing import Any

import pytest
from tests.golden import corpus

from dealwright.core.trigger import (
    TriggerError,
    compile_trigger,
    print_trigger,
    shipped_differences,
)


def verdict(text: str, event: dict[str, Any]) -> bool | str:
    try:
        return compile_trigger(text)(event)
    except TriggerError:
        return "invalid"


@pytest.mark.parametrize("case", corpus.cases("fql"))
def test_a_recorded_trigger_gives_what_is_documented(case: dict[str, Any]) -> None:
    assert verdict(case["fql"], case["event"]) == case["documented"]


@pytest.mark.parametrize("case", corpus.cases("fql", lambda case: case["documented"] != "invalid"))
def test_a_recorded_trigger_printed_anew_gives_the_same(case: dict[str, Any]) -> None:
    assert verdict(print_trigger(case["fql"]), case["event"]) == case["documented"]


@pytest.mark.parametrize(
    "case",
    corpus.cases(
        "fql",
        lambda case: case["documented"] != "invalid" and case["agrees_with_documented"] is False,
    ),
)
def test_a_trigger_that_segment_reads_otherwise_is_noticed(case: dict[str, Any]) -> None:
    assert shipped_differences(case["fql"]) != ()
