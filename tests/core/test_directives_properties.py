"""What holds for every mapping and every event."""

import json
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from dealwright.core.directives import compile_directives, mapping_faults
from dealwright.core.errors import MappingError
from dealwright.core.liquid import compile_liquid
from dealwright.core.mappingkit.absence import Effort

KEYS = st.sampled_from(["a", "b", "traits", "0", "length", "__proto__", "x.y", ""]) | st.text(
    max_size=3
)
TEXTS = st.text(max_size=8) | st.sampled_from(
    ["$.a", "$.traits.b", "{{a}}", "{{{b}}}", "a.0", "$.", "\ud800", "{{ a | upcase }}", "lower"]
)
SCALARS = st.none() | st.booleans() | st.integers() | st.floats() | TEXTS
EVENTS = st.dictionaries(
    KEYS,
    st.recursive(
        SCALARS,
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=3),
    ),
    max_size=5,
)
PATHS = st.sampled_from(
    ["$.a", "b", "$.traits", "$.traits.a", "a.0.b", "a.0", "a.2", "", "$."]
).map(lambda path: {"@path": path})


def grown(inner: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    objects = st.dictionaries(KEYS, inner, max_size=3)
    return st.one_of(
        objects,
        st.lists(inner, max_size=3),
        inner.map(lambda value: {"@literal": value}),
        inner.map(lambda value: {"@excludeWhenNull": value}),
        inner.map(lambda value: {"@template": value}),
        inner.map(lambda value: {"@path": value}),
        st.tuples(inner, inner, inner).map(
            lambda all_: {"@if": {"exists": all_[0], "then": all_[1], "else": all_[2]}}
        ),
        st.tuples(inner, inner).map(lambda both: {"@if": {"blank": both[0], "then": both[1]}}),
        inner.map(lambda value: {"@case": {"operator": "upper", "value": value}}),
        inner.map(
            lambda value: {"@replace": {"pattern": "a", "replacement": "$&b", "value": value}}
        ),
        st.tuples(PATHS, inner).map(lambda both: {"@arrayPath": list(both)}),
        st.tuples(st.sampled_from(["encode", "decode"]), inner).map(
            lambda both: {"@json": {"mode": both[0], "value": both[1]}}
        ),
        inner.map(lambda value: {"@flatten": {"separator": ".", "value": value}}),
        st.lists(objects | PATHS, max_size=3).map(
            lambda items: {"@merge": {"direction": "left", "objects": items}}
        ),
        st.tuples(objects | PATHS, objects).map(
            lambda both: {"@transform": {"apply": both[0], "mapping": both[1]}}
        ),
    )


MAPPINGS = st.dictionaries(KEYS, st.recursive(SCALARS | PATHS, grown, max_leaves=10), max_size=4)
HOSTILE = st.recursive(
    SCALARS,
    lambda inner: (
        st.dictionaries(
            KEYS
            | st.sampled_from(["@if", "@path", "@merge", "@json", "@arrayPath", "@", "_metadata"]),
            inner,
            max_size=3,
        )
        | st.lists(inner, max_size=3)
    ),
)


def result(mapping: Any, event: dict[str, Any]) -> Any:
    """The result, or the error; any other exception is what these tests are about."""
    try:
        return compile_directives(mapping)(event)
    except MappingError as error:
        return error


@given(MAPPINGS, EVENTS)
def test_a_mapping_gives_json_or_a_mapping_error(mapping: Any, event: dict[str, Any]) -> None:
    found = result(mapping, event)
    assert isinstance(found, MappingError) or json.dumps(found) is not None


@given(st.dictionaries(KEYS, HOSTILE, max_size=3), EVENTS)
def test_anything_taken_for_a_mapping_is_refused_or_works(
    mapping: Any, event: dict[str, Any]
) -> None:
    found = result(mapping, event)
    assert bool(mapping_faults(mapping)) <= isinstance(found, MappingError)


@given(MAPPINGS, EVENTS)
def test_a_mapping_gives_the_same_each_time(mapping: Any, event: dict[str, Any]) -> None:
    assert repr(result(mapping, event)) == repr(result(mapping, event))


@given(MAPPINGS, EVENTS)
def test_an_event_is_never_changed(mapping: Any, event: dict[str, Any]) -> None:
    before = repr(event)
    result(mapping, event)
    assert repr(event) == before


@given(
    st.lists(
        st.sampled_from(
            ["{{", "}}", "{%", "%}", "if", "a", "|", "date", ":", "'", "..", "(", "[", "1", " "]
        ),
        max_size=15,
    ).map("".join),
    EVENTS,
)
def test_any_text_taken_for_a_template_renders_or_is_refused(
    template: str, event: dict[str, Any]
) -> None:
    try:
        rendered: object = compile_liquid(template, Effort())(event)
    except MappingError as error:
        rendered = str(error)
    assert isinstance(rendered, str)


FILTERED = st.sampled_from(
    ["date", "plus: 1", "round: 2", "truncate: 3", "slice: 1, 2", "json: 2", "where: 'a'", "sum",
     "modulo: 3", "divided_by: 0", "split: 'a'", "join", "url_encode", "base64_decode", "sha256",
     "slugify", "escape_once", "strip_html", "default: 1", "at_most: 2", "date_to_string",
     "number_of_words", "size", "ceil", "to_integer", "capitalize", "truncatewords: 1", "first"]
)  # fmt: skip


@given(st.lists(FILTERED, min_size=1, max_size=3), EVENTS)
def test_a_chain_of_filters_takes_any_value(chain: list[str], event: dict[str, Any]) -> None:
    template = compile_liquid(
        f"{{{{ a | {' | '.join(chain)} }}}}{{{{ traits.b | {chain[0]} }}}}", Effort()
    )
    try:
        rendered: object = template(event)
    except MappingError as error:
        rendered = str(error)
    assert isinstance(rendered, str)
