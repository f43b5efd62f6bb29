"""The smaller run: the same inputs every time, so that a fault stays a fault until it is mended."""

import pytest
from tests.fuzz.harness import Target, fuzz, load_targets

pytestmark = pytest.mark.security

#: Of an ordinary target. `python -m tests.fuzz --inputs 1000000` is the long run.
INPUTS = 250
SEED = 20_261_122


@pytest.mark.parametrize("target", load_targets().values(), ids=lambda each: each.name)
def test_no_input_gets_more_than_a_refusal(target: Target[object]) -> None:
    inputs = max(20, round(INPUTS * target.share))
    assert fuzz(target, inputs=inputs, first_seed=SEED) >= 1
