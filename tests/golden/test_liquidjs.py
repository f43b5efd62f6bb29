"""@liquid against LiquidJS itself, over generated templates; the package is pinned beside this."""

import itertools
import json
import re
import subprocess
import tomllib
from pathlib import Path
from typing import Any

import pytest
from tests.needs import need, need_path

from dealwright.core.errors import MappingError
from dealwright.core.liquid import compile_liquid
from dealwright.core.mappingkit.absence import Effort

HERE = Path(__file__).parent / "liquidjs"
SCOPE: dict[str, Any] = json.loads((HERE / "scope.json").read_text(encoding="utf-8"))
CASES = tomllib.loads((HERE / "cases.toml").read_text(encoding="utf-8"))["case"]
NUMBER = re.compile(r"-?\d+(?:\.\d+)?(?:e[+-]?\d+)?")

FILTERS = (
    "abs", "at_least", "at_most", "ceil", "floor", "plus", "minus", "times", "modulo",
    "divided_by", "round", "to_integer", "append", "prepend", "strip", "lstrip", "rstrip",
    "upcase", "downcase", "capitalize", "strip_newlines", "normalize_whitespace",
    "number_of_words", "replace", "replace_first", "replace_last", "remove", "remove_first",
    "remove_last", "truncate", "truncatewords", "default", "raw", "join", "split", "first",
    "last", "size", "sum", "compact", "slice", "where", "push", "pop", "shift", "unshift",
    "escape", "xml_escape", "escape_once", "strip_html", "url_encode", "url_decode", "cgi_escape",
    "uri_escape", "slugify", "json", "jsonify", "inspect", "base64_encode", "base64_decode",
    "sha256", "hmac_sha256", "date", "date_to_xmlschema", "date_to_rfc822", "date_to_string",
    "date_to_long_string", "squish", "map", "sort",
)  # fmt: skip
ARGUMENTS = ("", ": 2", ": 'o', 'zz'", ": nothing", ": -3, 2", ": 'k', 'a'", ": yes")
OPERATORS = ("==", "!=", "<>", "<", ">=", "contains", "and", "or")
RIGHT = ("n", "ns", "nil", "blank", "empty", "'k'")
DATES = (
    "Mar 14, 2026", "14 March 2026", "March 14 2026 9:30 PM", "2026/03/14", "03/14/2026 10:00",
    "Sat, 14 Mar 2026 09:26:53 GMT", "Sat Mar 14 2026 09:26:53 GMT+0100 (CET)", "2026-03-14 09:26",
    "2026-03-14T24:00:00Z", "2026-02-30", "2026-13-01", "12.25.2026", "25.12.2026", "March 2026",
    "2026-03-14T09:26:53+0530", "14-Mar-26 10:11:12.5", "1 2 3 4", "-5", "12 abc", "10:30",
    "2026-03-14 09:26:53 PST", "12:00 2026-03-14", "2026-03-14t09:26z", "Tuesday 5", "1/2/99",
)  # fmt: skip


def generated() -> list[str]:
    filtered = [
        f"{{{{ {name} | {each}{argument} }}}}"
        for name, each, argument in itertools.product(SCOPE, FILTERS, ARGUMENTS)
    ]
    compared = [
        f"{{% if {left} {operator} {right} %}}1{{% endif %}}{{{{ {left} {operator} {right} }}}}"
        for left, operator, right in itertools.product(
            (*SCOPE, "missing", "nil", "'b'"),
            OPERATORS,
            ("n", "ns", "nil", "blank", "empty", "'k'"),
        )
    ]
    dated = [f"{{{{ '{text}' | date: '%Y-%m-%dT%H:%M:%S.%L%z' }}}}" for text in DATES]
    return filtered + compared + dated + [case["template"] for case in CASES]


def ours(template: str) -> str | None:
    try:
        return canonical(compile_liquid(template, Effort())(SCOPE))
    except MappingError:
        return None


def canonical(text: str) -> str:
    """Numbers may differ beyond twelve significant digits."""
    return NUMBER.sub(lambda hit: f"{float(hit[0]):.12g}", text)


@pytest.fixture(scope="module")
def liquidjs() -> str:
    node = need("node")
    if not (HERE / "node_modules").exists():
        subprocess.run(
            [need("npm"), "ci", "--silent", "--no-audit", "--no-fund"],
            cwd=HERE,
            check=False,
            timeout=120,
        )
    need_path(HERE / "node_modules" / "liquidjs", "LiquidJS (npm ci in this folder)")
    return node


@pytest.mark.npm
def test_generated_templates_give_the_same_in_liquidjs(liquidjs: str) -> None:
    templates = generated()
    answer = subprocess.run(
        [liquidjs, str(HERE / "render.js")],
        input=json.dumps({"scope": SCOPE, "templates": templates}),
        env={"TZ": "UTC"},
        capture_output=True,
        text=True,
        check=True,
        timeout=120,
    )
    theirs = [
        canonical(each["text"]) if "text" in each else None for each in json.loads(answer.stdout)
    ]
    differing = [
        (template, mine, other)
        for template, mine, other in zip(templates, map(ours, templates), theirs, strict=True)
        if mine != other
    ]
    assert differing == []
