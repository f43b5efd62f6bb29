"""Whatever stands in a file of a user: a result, or a MappingError that says so."""

import re
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

import dealwright.actions
from dealwright.core.action import Action
from dealwright.core.cases import read_suite
from dealwright.core.draft import draft_faults, read_draft, trying
from dealwright.core.errors import MappingError
from dealwright.core.registry import discover
from dealwright.core.segment_export import read_export
from dealwright.core.segment_import import bring
from dealwright.core.trigger import shipped_differences

ACTIONS = discover(dealwright.actions, "ACTION", Action)
WORDS = st.sampled_from(
    re.findall(
        r"\S+",
        "data destination settings subscriptions trigger actionSlug mapping fields name action "
        "case given expect event metadata slug enabled custom_fields match_field match_value label "
        "id modelId pagination next domain personField @path @template @if __proto__",
    )
)
VALUES = st.sampled_from(
    ["", "x", "createUpdatePerson", 'type = "a"', "type ==", "$.a", "{{{a}}}", "pipedrive", "id"]
)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5) | VALUES,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(WORDS, inner, max_size=6),
    max_leaves=25,
)
SUBSCRIPTIONS = st.fixed_dictionaries(
    {"trigger": VALUES, "actionSlug": VALUES, "settings": st.dictionaries(WORDS, JSON, max_size=6)}
)
PIECES = st.lists(
    st.sampled_from(
        re.findall(
            r"\S+",
            "type traits.a groupId = != > in and or ! ( ) [ ] \"x\" 'y' 7 null true contains( "
            "match( , a\\.b",
        )
    )
    | st.sampled_from([" ", "\r"]),
    max_size=14,
)


def said(work: Any) -> Any:
    """What came of it; None where it was refused as it should be."""
    try:
        return work()
    except MappingError:
        return None


@given(JSON)
def test_any_document_is_a_mapping_or_refused(document: Any) -> None:
    draft = said(lambda: read_draft(document))
    assert draft is None or isinstance(draft_faults(draft, ACTIONS), tuple)


@given(JSON, JSON)
def test_any_mapping_that_compiles_can_be_tried_on_any_event(document: Any, event: Any) -> None:
    tried = said(lambda: trying(read_draft(document), ACTIONS["upsert_person"]))
    body = event if isinstance(event, dict) else {"event": event}
    assert tried is None or tried(body).fires in {True, False}


@given(JSON)
def test_any_document_is_a_file_of_cases_or_refused(document: Any) -> None:
    suite = said(lambda: read_suite(document, lambda _name: {}))
    assert suite is None or suite.cases


@settings(max_examples=200)
@given(st.lists(SUBSCRIPTIONS, max_size=4), st.dictionaries(WORDS, JSON, max_size=5))
def test_any_subscription_is_brought_or_in_the_report(
    subscriptions: list[Any], options: dict[str, Any]
) -> None:
    export = read_export([{"settings": options}, subscriptions])
    imported = bring(export, ACTIONS, {})
    assert len(imported.mappings) + len(imported.lost) == len(subscriptions)


@given(JSON)
def test_any_document_is_an_export_or_refused(document: Any) -> None:
    export = said(lambda: read_export([document]))
    assert export is None or bring(export, ACTIONS, {}).notes is not None


@settings(max_examples=300)
@given(PIECES)
def test_any_trigger_has_differences_or_is_invalid(pieces: list[str]) -> None:
    told = said(lambda: shipped_differences("".join(pieces)))
    assert told is None or isinstance(told, tuple)
