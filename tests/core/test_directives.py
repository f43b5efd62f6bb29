"""The mapping language, directive by directive."""

from collections import ChainMap
from typing import Any

import pytest

from dealwright.core.directives import MappingFaults, compile_directives, mapping_faults
from dealwright.core.errors import MappingError

EVENT: dict[str, Any] = {
    "type": "identify",
    "userId": "u-1",
    "empty": "",
    "zero": 0,
    "no": False,
    "yes": True,
    "nothing": None,
    "key": "name",
    "evil": "{{userId}}",
    "deep": {"list": [{"v": 1}, {"v": None}, [2, [3, None]]], "2": "two", "a b": "spaced"},
    "traits": {"name": "Ann", "email": "Ann@x.example", "total": 1200.5, "big": 10**21},
    "none": [],
    "items": [{"sku": "A", "n": 1}, None, {"sku": "B", "x": None}],
    "text": "a-b-a",
    "json": '{"a": [1, {"b": null}]}',
    "nan": "[NaN]",
    "lone": "\ud83d",
}

RESULTS: list[tuple[Any, Any]] = [
    ({"@path": "$.userId"}, "u-1"),
    ({"@path": "traits.name"}, "Ann"),
    ({"@path": "$.deep.list[0].v"}, 1),
    ({"@path": "deep.list.0.v"}, 1),
    ({"@path": "deep['a b']"}, "spaced"),
    ({"@path": "deep.2"}, "two"),
    ({"@path": "zero.more.still"}, 0),
    ({"@path": "empty.more"}, ""),
    ({"@path": "no.more"}, False),
    ({"@path": "nothing.more"}, None),
    ({"@path": "items.1"}, None),
    ({"@path": "items.length"}, 3),
    ({"@path": "userId.0"}, "u"),
    ({"@path": {"@template": "traits.{{key}}"}}, "Ann"),
    ({"@path": "traits..name"}, "Ann"),
    ({"@template": "{{traits.name}} <{{{traits.email}}}>{{gone}}"}, "Ann <Ann@x.example>"),
    ({"@template": "{{ traits.total }}|{{traits.big}}|{{yes}}|{{nothing}}"}, "1200.5|1e+21|true|"),
    ({"@template": "{{deep.list}}"}, "[object Object],[object Object],2,3,"),
    ({"@template": "{{}} {a} }}"}, "{{}} {a} }}"),
    ({"@template": "{{{evil}}} {{evil}}"}, "{{userId}} {{userId}}"),
    ({"@template": "{{traits.{{{key}}}}}"}, "Ann"),
    ({"@template": {"@path": "$.evil"}}, "u-1"),
    ({"@template": ""}, ""),
    ({"@if": {"exists": {"@path": "$.gone"}, "then": 1, "else": 2}}, 2),
    ({"@if": {"exists": {"@path": "$.empty"}, "then": 1, "else": 2}}, 1),
    ({"@if": {"exists": {"@path": "$.gone"}, "then": 1, "else": 0}}, 0),
    ({"@if": {"blank": {"@path": "$.zero"}, "then": 1, "else": 2}}, 2),
    ({"@if": {"blank": {"@path": "$.none"}, "then": 1, "else": 2}}, 2),
    ({"@if": {"blank": {"@path": "$.userId"}, "then": {"a": {"@path": "$.gone"}}}}, {}),
    ({"@case": {"operator": "upper", "value": "straße"}}, "STRASSE"),
    ({"@case": {"operator": "lower", "value": {"@path": "$.zero"}}}, 0),
    ({"@replace": {"pattern": "a", "replacement": "$$", "value": {"@path": "$.text"}}}, "$-b-$"),
    ({"@replace": {"pattern": "b", "replacement": "[$&]", "value": "a-b"}}, "a-[b]"),
    ({"@replace": {"pattern": "b", "replacement": "$`$'$1", "value": "abc"}}, "aac$1c"),
    ({"@replace": {"pattern": "A", "ignorecase": True, "value": {"@path": "$.text"}}}, "-b-"),
    ({"@replace": {"pattern": "a", "global": False, "value": {"@path": "$.text"}}}, "-b-a"),
    (
        {"@replace": {"pattern": "a", "pattern2": "-", "replacement2": "+", "value": "a-b"}},
        "+b",
    ),
    ({"@replace": {"pattern": "a", "pattern2": "b", "replacement2": 7, "value": "ab"}}, "b"),
    ({"@replace": {"pattern": "0", "replacement": "x", "value": {"@path": "$.zero"}}}, "x"),
    ({"@replace": {"pattern": "a", "value": {"@path": "$.traits"}}}, ""),
    ({"@arrayPath": ["$.items"]}, EVENT["items"]),
    (
        {"@arrayPath": ["$.items", {"id": {"@path": "$.sku"}}]},
        [{"id": "A"}, {"id": None}, {"id": "B"}],
    ),
    ({"@arrayPath": ["$.traits", {"id": {"@path": "$.name"}}]}, [{"id": "Ann"}]),
    ({"@arrayPath": ["$.items", {"@path": "$.n"}]}, [1, None, None]),
    ({"@arrayPath": ["$.userId", {"id": 1}]}, "u-1"),
    (
        {"@arrayPath": [{"@literal": [{"@path": "$.gone"}, 5]}, {"k": {"@path": "$.k"}}]},
        [{}, {}],
    ),
    ({"@arrayPath": [{"@literal": [{"@path": "$.gone"}, 5]}]}, [None, 5]),
    ({"@literal": {"a": {"@path": "$.userId"}, "b": "{{x}}"}}, {"a": "u-1", "b": "{{x}}"}),
    (
        {"@json": {"mode": "encode", "value": {"@path": "$.deep.list"}}},
        '[{"v":1},{"v":null},[2,[3,null]]]',
    ),
    (
        {
            "@json": {
                "mode": "encode",
                "value": {"b": 1, "2": "é", "1": 1.0, "g": {"@path": "gone"}},
            }
        },
        '{"1":1,"2":"é","b":1}',
    ),
    ({"@json": {"mode": "encode", "value": {"@path": "$.lone"}}}, '"\\ud83d"'),
    ({"@json": {"mode": "decode", "value": {"@path": "$.json"}}}, {"a": [1, {"b": None}]}),
    ({"@json": {"mode": "decode", "value": {"@path": "$.nan"}}}, "[NaN]"),
    ({"@json": {"mode": "decode", "value": {"@path": "$.zero"}}}, 0),
    (
        {"@flatten": {"separator": "_", "value": {"a": {"b": [1, {}]}, "c": {"@path": "gone"}}}},
        {"a_b_0": 1},
    ),
    (
        {"@flatten": {"separator": "_", "omitArrays": True, "value": {"a": {"b": [1, {}]}}}},
        {"a_b": [1, {}]},
    ),
    ({"@flatten": {"separator": "_", "value": {"@path": "$.nothing"}}}, {"": None}),
    ({"@flatten": {"separator": "_", "value": {"": {"a": 1}}}}, {"a": 1}),
    (
        {
            "@json": {
                "mode": "encode",
                "value": {"@flatten": {"separator": "_", "value": {"a": {"b": 1, "2": 2}}}},
            }
        },
        '{"a_2":2,"a_b":1}',
    ),
    ({"@flatten": {"separator": "_", "value": {"l": [{"@path": "gone"}, 1]}}}, {"l_1": 1}),
    (
        {"@merge": {"direction": "right", "objects": [{"a": 1, "b": 2}, {"b": {"@path": "gone"}}]}},
        {"a": 1},
    ),
    (
        {
            "@merge": {
                "direction": "left",
                "objects": [{"a": 1}, {"a": 2, "b": [{"@path": "gone"}]}],
            }
        },
        {"a": 1, "b": [None]},
    ),
    (
        {"@merge": {"direction": "right", "objects": [{"@path": "$.key"}]}},
        {"0": "n", "1": "a", "2": "m", "3": "e"},
    ),
    (
        {
            "@transform": {
                "apply": {"who": {"@path": "$.userId"}},
                "mapping": {"x": {"@path": "$.who"}, "y": {"@path": "$.userId"}},
            }
        },
        {"x": "u-1"},
    ),
    ({"@transform": {"apply": {"@path": "$.gone"}, "mapping": {"x": {"@path": "$.a"}}}}, {}),
    (
        {
            "@transform": {
                "apply": {"@path": "$.gone"},
                "mapping": {"@transform": {"apply": {"x": 1}, "mapping": {"y": {"@path": "$.x"}}}},
            }
        },
        {"y": 1},
    ),
    ({"@excludeWhenNull": {"@path": "$.items.2"}}, {"sku": "B"}),
    ({"@excludeWhenNull": {"a": [None], "b": {"c": None}}}, {"a": [None], "b": {}}),
    ([{"@path": "$.gone"}, {"k": {"@path": "$.gone"}}], [None, {}]),
    ({"@path": "$.userId", "_metadata": {"label": "user"}}, "u-1"),
    ({"__proto__": {"@path": "$.constructor"}}, {}),
]

FAULTS: list[tuple[Any, list[str]]] = [
    ({"v": {"@foo": 1}}, ["/v"]),
    ({"v": {"@path": "a", "raw": 1}}, ["/v"]),
    ({"v": {"@path": "a", "@template": "b"}}, ["/v"]),
    ({"v": {"@path": 7}, "w": {"@template": None}}, ["/v/@path", "/w/@template"]),
    ({"v": {"@path": {"raw": 1}}}, ["/v/@path"]),
    ({"v": [{"k": {"@foo": 1}}]}, ["/v/0/k"]),
    ({"v": {"@if": "x"}}, ["/v/@if"]),
    ({"v": {"@if": {"@path": "a"}}}, ["/v/@if"]),
    ({"v": {"@if": {"then": {"@foo": 1}}}}, ["/v/@if", "/v/@if/then"]),
    ({"v": {"@case": {"operator": "lower", "x": {"@foo": 1}}}}, ["/v/@case/x"]),
    ({"v": {"@case": {"value": 5}}}, ["/v/@case", "/v/@case/value"]),
    ({"v": {"@case": {"operator": 5}}}, ["/v/@case/operator"]),
    ({"v": {"@case": []}}, ["/v/@case"]),
    (
        {"v": {"@replace": {"pattern": "", "replacement": None, "global": "yes"}}},
        [
            "/v/@replace",
            "/v/@replace/global",
            "/v/@replace/pattern",
            "/v/@replace/replacement",
        ],
    ),
    (
        {"v": {"@replace": {"pattern": "x" * 11, "pattern2": "y" * 11, "value": "z"}}},
        ["/v/@replace/pattern", "/v/@replace/pattern2"],
    ),
    ({"v": {"@replace": 1}}, ["/v/@replace"]),
    ({"v": {"@json": {"mode": "pretty"}}}, ["/v/@json", "/v/@json/mode"]),
    ({"v": {"@json": 1}}, ["/v/@json"]),
    ({"v": {"@flatten": {"separator": 1, "value": 2}}}, ["/v/@flatten/separator"]),
    ({"v": {"@flatten": {}}}, ["/v/@flatten", "/v/@flatten"]),
    ({"v": {"@flatten": None}}, ["/v/@flatten"]),
    (
        {"v": {"@merge": {"direction": "up", "objects": [{}, 5]}}},
        ["/v/@merge/direction", "/v/@merge/objects/1"],
    ),
    ({"v": {"@merge": {"objects": {}}}}, ["/v/@merge", "/v/@merge/objects"]),
    ({"v": {"@merge": []}}, ["/v/@merge"]),
    (
        {"v": {"@transform": {"mapping": "text"}}},
        ["/v/@transform", "/v/@transform/mapping"],
    ),
    ({"v": {"@transform": 1}}, ["/v/@transform"]),
    ({"v": {"@arrayPath": "x"}}, ["/v/@arrayPath"]),
    ({"v": {"@arrayPath": []}}, ["/v/@arrayPath"]),
    ({"v": {"@arrayPath": [1, {"@foo": 1}]}}, ["/v/@arrayPath", "/v/@arrayPath"]),
    ({"v": {"@liquid": 5}}, ["/v/@liquid"]),
    ({"v": {"@liquid": "x" * 1001}}, ["/v/@liquid"]),
    ({"v": {"@liquid": "{{ a"}, "w": {"@liquid": "{% if %}"}}, ["/v/@liquid", "/w/@liquid"]),
    ({"v": {1: 2}}, ["/v"]),
    ({"v": {1, 2}}, ["/v"]),
    (
        {"__segment_internal_directive": {"@merge": {}, "@if": {}}},
        ["/__segment_internal_directive"],
    ),
    (
        {"v": {"@replace": {"pattern": "a", "value": "b", "replacement2": {"@nope": 1}}}},
        ["/v/@replace/replacement2"],
    ),
    (
        {"v": {"@flatten": {"separator": ".", "value": {}, "omitArrays": {"@a": 1, "b": 2}}}},
        ["/v/@flatten/omitArrays"],
    ),
    ({"__segment_internal_directive": {"@merge": 1}}, ["/__segment_internal_directive/@merge"]),
]


@pytest.mark.parametrize(("mapping", "result"), RESULTS)
def test_a_directive_gives_its_value(mapping: Any, result: Any) -> None:
    assert compile_directives({"v": mapping})(EVENT) == {"v": result}


@pytest.mark.parametrize(
    "mapping",
    [
        {"@path": "$.gone"},
        {"@path": "traits.name.first"},
        {"@path": "deep.list.9"},
        {"@path": "deep.list[-1]"},
        {"@path": "yes.more"},
        {"@if": {"exists": {"@path": "$.gone"}, "then": 1}},
        {"@case": {"operator": "lower"}},
        {"@json": {"mode": "encode", "value": {"@path": "$.gone"}}},
        {"@excludeWhenNull": {"@path": "$.nothing"}},
        {"@arrayPath": ["$.gone", {"a": 1}]},
    ],
)
def test_an_absent_value_leaves_its_object(mapping: Any) -> None:
    assert compile_directives({"v": mapping, "w": 1})(EVENT) == {"w": 1}


@pytest.mark.parametrize(("mapping", "paths"), FAULTS)
def test_every_fault_is_reported_with_its_path(mapping: Any, paths: list[str]) -> None:
    assert [fault.path for fault in mapping_faults(mapping)] == paths


def test_a_faulty_mapping_does_not_compile() -> None:
    with pytest.raises(MappingFaults, match="/v: has an invalid directive"):
        compile_directives({"v": {"@foo": 1}})


@pytest.mark.parametrize(
    ("mapping", "path"),
    [
        ({"@path": {"@path": "$.gone"}}, "/v/@path"),
        ({"@template": {"@path": "$.zero"}}, "/v/@template"),
        (
            {
                "@transform": {
                    "apply": {"@path": "$.userId"},
                    "mapping": {"@transform": {"apply": {}, "mapping": {}}},
                }
            },
            "/v/@transform/mapping/@transform",
        ),
        ({"@case": {"operator": "Lower", "value": "A"}}, "/v/@case"),
    ],
)
def test_a_directive_that_fails_names_its_path(mapping: Any, path: str) -> None:
    with pytest.raises(MappingError) as caught:
        compile_directives({"v": mapping})(EVENT)
    assert caught.value.path == path


@pytest.mark.parametrize("event", [None, "text", [1], 5])
def test_an_event_that_is_no_object_is_refused(event: Any) -> None:
    with pytest.raises(MappingError, match="should be an object"):
        compile_directives({"v": 1})(event)


def test_an_event_of_any_mapping_type_is_taken() -> None:
    assert compile_directives({"v": {"@path": "$.a.b"}})(ChainMap({"a": {"b": 1}})) == {"v": 1}


def test_a_directive_may_be_the_whole_mapping() -> None:
    assert compile_directives({"@path": "$.userId"})(EVENT) == "u-1"


def test_a_whole_mapping_that_is_absent_gives_none() -> None:
    assert compile_directives({"@path": "$.gone"})(EVENT) is None


def test_a_root_directive_wraps_all_other_keys() -> None:
    mapping = {
        "__segment_internal_directive": {"@transform": {"apply": {"who": {"@path": "$.userId"}}}},
        "name": {"@path": "$.who"},
        "user": {"@path": "$.userId"},
    }
    assert compile_directives(mapping)(EVENT) == {"name": "u-1"}


def test_a_root_directive_with_a_list_of_options_leaves_the_other_keys() -> None:
    mapping = {"__segment_internal_directive": {"@arrayPath": ["$.userId"]}, "name": "Ada"}
    assert compile_directives(mapping)(EVENT) == "u-1"


def test_an_empty_list_leaves_lists_alone_when_flattened() -> None:
    mapping = {"@flatten": {"separator": ".", "value": {"a": [1]}, "omitArrays": []}}
    assert compile_directives(mapping)(EVENT) == {"a": [1]}


def test_a_mapping_in_a_circle_is_refused() -> None:
    mapping: dict[str, Any] = {}
    mapping["a"] = mapping["b"] = mapping
    assert "too large" in mapping_faults(mapping)[0].message


def test_a_mapping_with_too_many_values_is_refused() -> None:
    assert "too large" in mapping_faults({"v": [1] * 10_001})[0].message


def test_a_mapping_that_doubles_its_input_over_and_over_is_stopped() -> None:
    mapping: Any = {"x": {"@template": "{{x}}{{x}}"}}
    for _ in range(30):
        mapping = {"@transform": {"apply": {"x": {"@template": "{{x}}{{x}}"}}, "mapping": mapping}}
    with pytest.raises(MappingError) as caught:
        compile_directives(mapping)({"x": "xxxx"})
    assert caught.value.code == "mapping_too_large"


def test_lists_that_multiply_are_stopped() -> None:
    shape: Any = {"v": 1}
    for _ in range(12):
        many = [{"@path": "$."}] * 100
        shape = {"v": {"@arrayPath": [{"@literal": many}, shape]}}
    with pytest.raises(MappingError) as caught:
        compile_directives(shape)(EVENT)
    assert caught.value.code == "mapping_too_large"


def test_an_event_nested_beyond_the_stack_is_mapped() -> None:
    deep: Any = 1
    for _ in range(20_000):
        deep = {"d": deep}
    flat = compile_directives({"@flatten": {"separator": ".", "value": {"@path": "$.x"}}})
    with pytest.raises(MappingError, match="lists and texts shorter"):
        flat({"x": deep})


def test_json_nested_beyond_the_stack_stays_text() -> None:
    text = "[" * 100_000
    decode = compile_directives({"v": {"@json": {"mode": "decode", "value": {"@path": "$.x"}}}})
    assert decode({"x": text}) == {"v": text}


BIG: dict[str, Any] = {"text": "x" * 30_000, "list": list(range(6_000))}


@pytest.mark.parametrize(
    "field",
    [
        {"@merge": {"direction": "right", "objects": [{"@path": "$.text"}] * 100}},
        {"@arrayPath": ["$.list", {f"k{at}": {"@path": "$."} for at in range(900)}]},
        {"@template": "{{text}}" * 100},
        [{"@case": {"operator": "upper", "value": {"@path": "$.text"}}}] * 100,
        [{"@json": {"mode": "decode", "value": {"@path": "$.text"}}}] * 100,
        [{"@liquid": "{{ text" + "| append: text" * 30 + "| split: '' | join: '' | size }}"}] * 3,
        [{"@liquid": "{% assign items = text | split: '' %}"}] * 100,
    ],
    ids=["merge", "arrayPath", "template", "case", "json", "liquid", "liquid assign"],
)
def test_a_mapping_that_works_without_end_is_stopped_at_its_path(field: object) -> None:
    with pytest.raises(MappingError) as caught:
        compile_directives({"v": field})(BIG)
    assert (caught.value.code, caught.value.path[:2]) == ("mapping_too_large", "/v")


@pytest.mark.parametrize("number", [float("nan"), float("inf")])
def test_a_number_that_json_does_not_have_is_refused(number: float) -> None:
    assert [fault.path for fault in mapping_faults({"v": [number]})] == ["/v/0"]
