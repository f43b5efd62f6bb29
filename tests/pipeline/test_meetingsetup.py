"""Secrets that are made for recorders: such as each of them takes, and for those alone."""

import pytest

from dealwright.meetings.signatures import checked
from dealwright.meetings.source import Scheme, Secret
from dealwright.pipeline.meetingsetup import made_secret
from dealwright.recorders import recorders

TOLD = {"generic", "vcon", "fireflies"}
WAYS = [(key, scheme) for key in sorted(TOLD) for scheme in recorders()[key].schemes]


@pytest.mark.parametrize(("key", "scheme"), WAYS)
def test_a_secret_that_is_made_is_one_that_the_recorder_takes(key: str, scheme: Scheme) -> None:
    source = recorders()[key]
    made = made_secret(source, scheme)

    assert made is not None
    assert checked(source, Secret(value=made, scheme=scheme)).value
    assert made != made_secret(source, scheme)


@pytest.mark.parametrize("key", sorted(recorders().keys() - TOLD))
def test_nothing_is_made_for_a_recorder_that_makes_its_own(key: str) -> None:
    assert made_secret(recorders()[key], Scheme.SIGNATURE) is None
