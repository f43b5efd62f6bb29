"""The directives against Segment's own mapping-kit, over generated mappings."""

import json
import subprocess
from pathlib import Path
from typing import Any

import pytest
from tests.golden import mapping_rules
from tests.golden.generated_mappings import EVENT, Generator
from tests.needs import need, need_path

HERE = Path(__file__).parent / "mappingkit"


@pytest.fixture(scope="module")
def node() -> str:
    program = need("node")
    if not (HERE / "node_modules").exists():
        subprocess.run(
            [need("npm"), "ci", "--silent", "--no-audit", "--no-fund", "--ignore-scripts"],
            cwd=HERE,
            check=False,
            timeout=120,
        )
    need_path(HERE / "node_modules" / "@segment" / "actions-core", "mapping-kit (npm ci there)")
    return program


def theirs(program: str, mappings: list[dict[str, Any]]) -> list[dict[str, Any]]:
    answer = subprocess.run(
        [program, str(HERE / "transform.js")],
        input=json.dumps([{"mapping": mapping, "event": EVENT} for mapping in mappings]),
        env={"TZ": "UTC"},
        capture_output=True,
        text=True,
        check=True,
        timeout=120,
    )
    return json.loads(answer.stdout)


@pytest.mark.npm
def test_generated_mappings_give_the_same_in_segments_code(node: str) -> None:
    generator = Generator(seed=2026)
    mappings = [generator.mapping() for _ in range(3_000)]
    differing = [
        mapping
        for mapping, outcome in zip(mappings, theirs(node, mappings), strict=True)
        if not mapping_rules.passes({"mapping": mapping, "event": EVENT, **outcome})
    ]
    assert differing == []
