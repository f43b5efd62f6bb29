"""Scopes: what is asked for opens what is called, and nothing else is asked for."""

import pytest

from dealwright.core.errors import Unauthorized
from dealwright.core.record import RecordKind
from dealwright.pipedrive.costs import PRICES
from dealwright.pipedrive.scopes import FOR_SETTING_UP, check_scope, missing, needed, scope_of
from dealwright.sandbox.oauthscopes import opens

EVERYTHING = needed(set(RecordKind), webhooks=True)


@pytest.mark.parametrize("operation", sorted(PRICES))
def test_the_scope_that_is_named_for_an_operation_opens_it(operation: str) -> None:
    method, _, template = operation.partition(" ")

    assert opens([scope_of(operation)], method, template)


@pytest.mark.parametrize("operation", sorted(PRICES))
def test_what_is_asked_for_opens_every_operation_that_we_know(operation: str) -> None:
    method, _, template = operation.partition(" ")
    asked = [need.scope for need in (*EVERYTHING, *FOR_SETTING_UP)]

    assert opens(asked, method, template)


def test_only_what_the_open_doors_need_is_asked_for() -> None:
    asked = [need.scope for need in needed({RecordKind.PERSON}, webhooks=False)]

    assert asked == ["base", "contacts:full", "users:read", "search:read"]


def test_every_scope_is_asked_for_with_a_reason() -> None:
    assert [need for need in (*EVERYTHING, *FOR_SETTING_UP) if not need.reason] == []


def test_what_was_not_granted_is_named() -> None:
    granted = [need.scope for need in EVERYTHING if need.scope != "leads:full"]

    assert [need.scope for need in missing(EVERYTHING, granted)] == ["leads:full"]


def test_an_api_token_may_what_its_user_may() -> None:
    check_scope(RecordKind.LEAD, [])


def test_a_kind_that_was_not_granted_is_refused_before_any_call() -> None:
    with pytest.raises(Unauthorized, match="leads:full"):
        check_scope(RecordKind.LEAD, ["base", "contacts:full"])
