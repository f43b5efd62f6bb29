"""Objects of plain paths take a shorter way through the code; they give the same."""

from types import MappingProxyType
from typing import Any

import pytest

from dealwright.core.directives import compile_directives
from dealwright.core.errors import MappingError

PATHS = {"id": {"@path": "$.a"}, "name": {"@path": "$.b.c"}, "mail": {"@path": "$.b.d"}}
MIXED = {**PATHS, "kind": "x", "whole": {"@template": "{{b.c}}"}}


@pytest.mark.parametrize(
    ("event", "expected"),
    [
        ({"a": 1, "b": {"c": 2, "d": None}}, {"id": 1, "name": 2, "mail": None}),
        ({}, {}),
        ({"b": None}, {"name": None, "mail": None}),
        ({"b": ""}, {"name": "", "mail": ""}),
        ({"b": 7}, {}),
        ({"b": "text"}, {}),
        ({"a": {"x": 1}, "b": [1]}, {"id": {"x": 1}}),
    ],
)
def test_whatever_stands_above_a_path_is_read_as_segment_does(
    event: dict[str, Any], expected: dict[str, Any]
) -> None:
    paths, mixed = compile_directives(PATHS), compile_directives({**PATHS, "kind": "x"})

    assert (paths(event), mixed(event)) == (expected, {**expected, "kind": "x"})


def test_fields_stay_in_the_order_of_the_mapping() -> None:
    mapping = {"c": {"@path": "x.y"}, "a": {"@path": "z"}, "b": {"@path": "x.z"}, "d": 1}
    resolved = compile_directives(mapping)({"x": {"y": 1, "z": 3}, "z": 2})

    assert list(resolved) == ["c", "a", "b", "d"]


def test_a_path_of_quotes_only_names_the_empty_key() -> None:
    assert compile_directives({"v": {"@path": "$.['']"}})({"": 1}) == {"v": 1}


@pytest.mark.parametrize("mapping", [PATHS, MIXED])
def test_an_event_that_is_no_plain_dict_is_read_too(mapping: dict[str, Any]) -> None:
    event = {"a": 1, "b": {"c": "2"}}
    resolve = compile_directives(mapping)

    assert resolve(MappingProxyType(event)) == resolve(event)


@pytest.mark.parametrize("mapping", [PATHS, MIXED])
@pytest.mark.parametrize("event", [[], "x", None])
def test_an_event_that_is_no_object_is_refused(mapping: dict[str, Any], event: Any) -> None:
    with pytest.raises(MappingError) as raised:
        compile_directives(mapping)(event)
    assert raised.value.code == "invalid_event"


@pytest.mark.parametrize("shape", [{"v": {"@path": "length"}}, {"v": {"@path": "length"}, "k": 1}])
def test_items_that_are_texts_have_a_length(shape: dict[str, Any]) -> None:
    resolve = compile_directives({"items": {"@arrayPath": ["$.list", shape]}})

    assert resolve({"list": ["abc"]})["items"][0]["v"] == 3
