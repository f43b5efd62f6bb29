"""The deployment that the command writes is one that Google takes."""

import pytest
from tests.cards.valid import faults

from dealwright.web.addon.manifest import Wanted, manifest


@pytest.mark.parametrize("with_body", [False, True])
@pytest.mark.parametrize("with_compose", [False, True])
def test_a_deployment_is_valid(*, with_body: bool, with_compose: bool) -> None:
    wanted = Wanted(
        base_url="https://hub.example",
        companies=("acme",),
        with_body=with_body,
        with_compose=with_compose,
    )
    assert faults(manifest(wanted), kind="deployment") == []
