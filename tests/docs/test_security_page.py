"""Each statement of the security page names a test that is there."""

import re
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PAGE = ROOT / "docs" / "security.md"
NAMED = re.compile(r"`(tests/[\w/]+\.py)::(test_\w+)`")


def test_every_test_that_it_names_is_there() -> None:
    named = NAMED.findall(PAGE.read_text(encoding="utf-8"))
    missing = [
        f"{file}::{test}"
        for file, test in named
        if not re.search(rf"def {test}\(", (ROOT / file).read_text(encoding="utf-8"))
    ]

    assert missing == []
    assert len(named) > 40


def test_every_attacker_of_the_threat_model_has_a_test() -> None:
    _, _, model = PAGE.read_text(encoding="utf-8").partition("## What an attacker has, and gets")
    parts = model.partition("## Hardening")[0].split("\n### ")[1:]

    assert len(parts) == 8
    assert [part.splitlines()[0] for part in parts if not NAMED.search(part)] == []
