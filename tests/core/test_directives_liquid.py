"""@liquid renders as LiquidJS does (recorded with LiquidJS 10.27.2), within limits."""

import json
import tomllib
from pathlib import Path
from typing import Any

import pytest

from dealwright.core.directives import compile_directives
from dealwright.core.errors import MappingError
from dealwright.core.liquid import compile_liquid
from dealwright.core.mappingkit.absence import Effort

CASES = Path(__file__).parents[1] / "golden" / "liquidjs"
SCOPE: dict[str, Any] = json.loads((CASES / "scope.json").read_text(encoding="utf-8"))
RENDERED = tomllib.loads((CASES / "cases.toml").read_text(encoding="utf-8"))["case"]

REFUSED = [
    "{{ a",
    "{% if a %}",
    "{% if %}{% endif %}",
    "{% endif %}",
    "{{ }}",
    "{{ a ! b }}",
    "{{ a | upcase b }}",
    "{{ a | | b }}",
    "{{ a[b }}",
    "{{ (1..2 }}",
    "{{ (a or b) }}",
    "{% assign x %}",
    "{% capture %}{% endcapture %}",
    "{% cycle %}",
    "{% case n %}{% endcase %}",
    "{% if no %}{% for i in list %}{% endfor %}{% endif %}",
    "{% include 'a' %}",
    "{% render 'a' %}",
    "{% tablerow i in list %}{% endtablerow %}",
    "{% doc %}{% enddoc %}",
    "{% raw %}",
    "{% comment %}",
    "{% nonsense %}",
    "{{ " + "a[" * 200 + "}}",
    "{% if a %}" * 99,
    "x" * 1001,
]

FAILING = [
    "{{ list | map: 'x' }}",
    "{{ list | sort }}",
    "{{ s | append }}",
    "{{ '%zz' | url_decode }}",
    "{{ '%ff' | url_decode }}",
    "{{ 'now' | date }}",
    "{{ date | date: '%Y', 'Nowhere/At_All' }}",
    "{{ (1..1000000000) }}",
    "{{ date | date: '%999999999Y' }}",
    "{{ no | default: 1, 2 }}",
]


@pytest.mark.parametrize("case", RENDERED, ids=lambda case: case["template"])
def test_a_template_gives_what_liquidjs_gives(case: dict[str, str]) -> None:
    assert compile_liquid(case["template"], Effort())(SCOPE) == case["text"]


@pytest.mark.parametrize("template", REFUSED)
def test_a_template_that_cannot_be_compiled_is_refused(template: str) -> None:
    with pytest.raises(MappingError) as caught:
        compile_liquid(template, Effort())
    assert caught.value.code == "invalid_liquid"


@pytest.mark.parametrize("template", FAILING)
def test_a_filter_that_cannot_do_its_work_is_an_error(template: str) -> None:
    with pytest.raises(MappingError, match="Liquid template cannot be used"):
        compile_liquid(template, Effort())(SCOPE)


def test_a_disabled_filter_in_a_branch_not_taken_does_no_harm() -> None:
    assert compile_liquid("{% if no %}{{ s | map: 'x' }}{% endif %}ok", Effort())(SCOPE) == "ok"


def test_a_sample_is_the_same_each_time_an_event_is_replayed() -> None:
    assert (
        compile_liquid("{{ words | sample }}{{ words | sample: 2 | join }}", Effort())(SCOPE)
        == "bb a"
    )


def test_half_a_surrogate_pair_is_encoded_as_ecmascript_does() -> None:
    assert compile_liquid("{{ a | base64_encode }}", Effort())({"a": "\ud83dx"}) == "77+9eA=="


def test_nothing_survives_a_render() -> None:
    template = compile_liquid("{{ x }}{% assign x = 1 %}{% increment y %}", Effort())
    template(SCOPE)
    assert template(SCOPE) == "0"


@pytest.mark.parametrize(
    "template",
    [
        "{% assign a = big %}" + "{% assign a = a | append: a %}" * 30 + "{{ a }}",
        "{{ big | replace: '', big }}",
        "{{ big | split: '' | join: big }}",
        "{% capture a %}{{ big }}{{ big }}{{ big }}{{ big }}{{ big }}{{ big }}{% endcapture %}",
    ],
)
def test_a_template_that_grows_without_end_is_stopped(template: str) -> None:
    with pytest.raises(MappingError, match="more than 1000000 characters"):
        compile_liquid(template, Effort())({"big": "x" * 200_000})


def test_a_failing_template_in_a_mapping_names_its_path() -> None:
    mapping = compile_directives({"note": {"@liquid": "{{ s | sort }}"}})
    with pytest.raises(MappingError) as caught:
        mapping(SCOPE)
    assert caught.value.path == "/note/@liquid"


def test_a_template_without_an_object_to_look_into_sees_nothing() -> None:
    mapping = {"@transform": {"apply": {"@path": "$.s"}, "mapping": {"@liquid": "[{{ s }}]"}}}
    assert compile_directives(mapping)(SCOPE) == "[]"
