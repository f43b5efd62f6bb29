"""docs/mappings.md: every example on the page is run."""

import tomllib
from typing import Any

import msgspec
import pytest
from tests.docs.examples import Example, blocks, examples, page, table

import dealwright.actions
from dealwright.core.action import Action
from dealwright.core.cases import Case, complaints, read_suite, same
from dealwright.core.directives import compile_directives, mapping_faults
from dealwright.core.draft import trying
from dealwright.core.registry import discover
from dealwright.core.trigger import TriggerError, compile_trigger

PAGE = page("mappings.md")
EVENT = msgspec.json.decode(dict(blocks(PAGE))["event"])
ALL = list(examples(PAGE))
SUITE = read_suite(tomllib.loads(dict(blocks(PAGE))["person.test.toml"]), dict[str, object]().get)
DIRECTIVES = ["path", "template", "if", "case", "replace", "arrayPath", "literal", "json"]
DIRECTIVES += ["flatten", "merge", "transform", "excludeWhenNull", "liquid"]


@pytest.mark.parametrize("example", [one for one in ALL if one.kind == "result"])
def test_a_mapping_gives_what_the_page_says(example: Example) -> None:
    resolve = compile_directives(msgspec.json.decode(example.mapping))

    result = resolve(msgspec.json.decode(example.event))
    assert same(msgspec.json.decode(example.outcome), result), result


@pytest.mark.parametrize("example", [one for one in ALL if one.kind == "faults"])
def test_a_mapping_has_the_faults_that_the_page_says(example: Example) -> None:
    faults = mapping_faults(msgspec.json.decode(example.mapping))

    assert [fault.path for fault in faults] == example.outcome.splitlines()


@pytest.mark.parametrize(("trigger", "fires"), table(PAGE, "| trigger | fires |"))
def test_a_trigger_fires_as_the_page_says(trigger: str, fires: str) -> None:
    assert compile_trigger(trigger)(EVENT) is (fires == "yes")


@pytest.mark.parametrize(("trigger", "where"), table(PAGE, "| trigger | line, column |"))
def test_an_invalid_trigger_says_where(trigger: str, where: str) -> None:
    with pytest.raises(TriggerError) as raised:
        compile_trigger(trigger)
    assert f"{raised.value.line}, {raised.value.column}" == where


@pytest.mark.parametrize("case", SUITE.cases, ids=lambda case: case.name)
def test_the_cases_of_the_page_pass(case: Case) -> None:
    action = discover(dealwright.actions, "ACTION", Action)[SUITE.draft.action]

    event = msgspec.convert(case.given.event, dict[str, Any])
    assert complaints(case, trying(SUITE.draft, action)(event)) == ()


@pytest.mark.parametrize("name", DIRECTIVES)
def test_every_directive_is_on_the_page(name: str) -> None:
    assert f'"@{name}"' in PAGE
