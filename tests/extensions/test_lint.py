"""Mozilla's linter and TypeScript's checker on the extensions as they are packed."""

import json
import subprocess
from pathlib import Path
from typing import Any

import pytest
from tests.extensions.conftest import HERE, PATIENCE_S

pytestmark = pytest.mark.npm

#: The linter is Firefox's: what Chrome and Thunderbird have of their own it does not know.
EXPECTED = {
    "chrome": [
        "ADDON_ID_REQUIRED",
        "BACKGROUND_SERVICE_WORKER_NOFALLBACK",
        "MANIFEST_PERMISSIONS",
        "MISSING_DATA_COLLECTION_PERMISSIONS",
    ],
    "firefox": [],
    "thunderbird": ["MANIFEST_PERMISSIONS", "MISSING_DATA_COLLECTION_PERMISSIONS"],
}


@pytest.mark.parametrize("target", [*EXPECTED])
def test_the_linter_finds_only_what_is_not_firefoxs(
    node: str, packed: dict[str, Path], target: str
) -> None:
    command = [node, "node_modules/addons-linter/bin/addons-linter", "--output", "json"]
    done = subprocess.run(
        [*command, str(packed[target])],
        cwd=HERE,
        capture_output=True,
        text=True,
        check=False,
        timeout=PATIENCE_S,
    )
    found: dict[str, Any] = json.loads(done.stdout)
    told = [*found["errors"], *found["warnings"], *found["notices"]]
    assert sorted(one["code"] for one in told) == EXPECTED[target]


@pytest.mark.parametrize("target", [*EXPECTED])
def test_types_fit(node: str, packed: dict[str, Path], target: str) -> None:
    folder = packed[target]
    options = "--noEmit --allowJs --checkJs --strict --target es2022 --module es2022 --skipLibCheck"
    files = [str(file) for file in sorted(folder.glob("*.js"))]
    command = [node, "node_modules/typescript/bin/tsc", *options.split(), "shapes.d.ts", *files]
    done = subprocess.run(
        command, cwd=HERE, capture_output=True, text=True, check=False, timeout=PATIENCE_S
    )
    assert done.stdout == ""


@pytest.mark.parametrize("target", [*EXPECTED])
def test_the_policy_lets_no_script_in_but_the_extensions_own(
    packed: dict[str, Path], target: str
) -> None:
    manifest = json.loads((packed[target] / "manifest.json").read_text(encoding="utf-8"))
    policy = manifest["content_security_policy"]["extension_pages"].split("; ")
    assert {"default-src 'none'", "script-src 'self'", "style-src 'self'"} < set(policy)
    assert "unsafe" not in str(policy)


@pytest.mark.parametrize("target", [*EXPECTED])
def test_no_extension_asks_for_a_host(packed: dict[str, Path], target: str) -> None:
    manifest = json.loads((packed[target] / "manifest.json").read_text(encoding="utf-8"))
    assert {"host_permissions", "optional_host_permissions"} & manifest.keys() == set()
