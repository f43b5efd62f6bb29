"""The deployment that the command writes is one that Google takes: its own protobuf parses it."""

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


@pytest.mark.parametrize(
    ("part", "key", "value"),
    [
        ("common", "homePageTrigger", {"runFunction": "https://hub.example/addon/gmail/home"}),
        ("gmail", "composeTrigger", {"selectActions": []}),
        ("gmail", "contextualTriggers", {"unconditional": {}}),
        ("httpOptions", "authorizationHeader", "SYSTEM_TOKEN"),
    ],
)
def test_what_googles_protobuf_does_not_know_is_found(part: str, key: str, value: object) -> None:
    deployment = manifest(Wanted(base_url="https://hub.example"))
    deployment["addOns"][part][key] = value

    assert [code for code, *_ in faults(deployment, kind="deployment")] == ["P-parse"]
