"""Every recorded mapping gives what was recorded, but for the allowed deviations."""

from typing import Any

import pytest
from tests.golden import corpus, mapping_rules


@pytest.mark.parametrize("case", corpus.cases("mapping"))
def test_a_recorded_mapping_gives_what_was_recorded(case: dict[str, Any]) -> None:
    assert mapping_rules.passes(case), mapping_rules.outcome(case["mapping"], case["event"])
