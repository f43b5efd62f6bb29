"""Every state and code of a Delivery is explained: what it means, what to do, who must act."""

import pytest
from tests.docs.codes import codes_in_docs
from tests.docs.delivery_codes import NEVER, delivery_codes, met_codes

from dealwright.core.delivery import STUCK, State
from dealwright.core.explanation import Explanation, Who
from dealwright.core.explanations import CODES, STATES, explanation
from dealwright.pipeline.explainevent import CODES as EVENT_CODES

ALL = [*STATES.items(), *CODES.items()]


def test_every_state_is_explained() -> None:
    assert set(STATES) == set(State)


def test_every_code_that_a_delivery_can_end_in_is_explained() -> None:
    assert delivery_codes() - set(CODES) == set()


def test_no_code_is_explained_that_no_delivery_can_have() -> None:
    assert set(CODES) - delivery_codes() == set()


def test_what_is_never_a_deliverys_is_not_explained_as_one() -> None:
    assert set(CODES) & NEVER == set()


def test_the_source_is_really_walked() -> None:
    found = met_codes()
    assert {"edits_kept", "disconnected", "invalid_value", "superseded", "unclear_create"} <= found


def test_every_explained_code_stands_in_the_reference() -> None:
    assert set(CODES) - codes_in_docs() == set()


def test_every_reason_why_an_event_did_nothing_stands_in_the_reference() -> None:
    assert set(EVENT_CODES) - codes_in_docs() == set()


@pytest.mark.parametrize(("name", "one"), ALL)
def test_it_is_a_sentence(name: str, one: Explanation) -> None:
    assert one.means[0].isupper(), name
    assert one.means.endswith("."), name


@pytest.mark.parametrize(("name", "one"), ALL)
def test_whoever_must_act_is_told_what_to_do(name: str, one: Explanation) -> None:
    acts = one.who not in {Who.NOBODY, Who.TIME}
    assert one.do.endswith(".") or not acts, name


@pytest.mark.parametrize("state", sorted(STUCK))
def test_a_state_that_waits_for_a_person_says_what_to_do(state: State) -> None:
    assert STATES[state].do


def test_a_limit_of_a_plan_that_pipedrive_names_is_explained() -> None:
    found = explanation("feature_capping_deals", State.FAILED)
    assert found is CODES["limit_reached"]


def test_a_code_of_another_version_is_explained_by_its_state() -> None:
    assert explanation("from_the_future", State.HELD) is STATES[State.HELD]


def test_the_advice_names_the_delivery() -> None:
    advice = CODES["forbidden"].advice(delivery=7)
    assert "dealwright deliveries retry 7`" in advice


def test_the_advice_names_the_connection() -> None:
    assert "reconnect acme`" in CODES["reauth"].advice(connection="acme")


def test_what_is_mended_in_the_mapping_is_replayed_with_its_new_version() -> None:
    advice = CODES["invalid_value"].advice(delivery=7, event=120, mapping=3)
    assert "`dealwright replay --from 120 --to 120 --mapping 3`" in advice
