"""What is said of dependencies: never clean where the advisory service was not reached."""

import importlib.util
import json
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[2]


def load(name: str) -> ModuleType:
    """A program of tools/, which is no package."""
    spec = importlib.util.spec_from_file_location(name, ROOT / "tools" / f"{name}.py")
    assert spec is not None
    assert spec.loader is not None
    module = sys.modules[name] = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


audit = load("audit")
bandit_check = load("bandit_check")

IDNA = {"name": "idna", "version": "3.0", "vulns": []}
OLD = {"name": "jinja2", "version": "2.0", "vulns": [{"id": "GHSA-1", "fix_versions": ["3"]}]}
SKIPPED = {"name": "own", "skip_reason": "not on the index"}


def pip_said(*dependencies: dict[str, Any]) -> str:
    return json.dumps({"dependencies": list(dependencies), "fixes": []})


def npm_said(total: int, *, looked_at: int = 3, **found: Any) -> str:
    metadata = {"vulnerabilities": {"total": total}, "dependencies": {"total": looked_at}}
    return json.dumps({"auditReportVersion": 2, "vulnerabilities": found, "metadata": metadata})


@pytest.mark.parametrize(
    ("said", "verdict"),
    [
        (pip_said(IDNA), "CLEAN"),
        (pip_said(IDNA, OLD), "VULNERABLE"),
        (pip_said(OLD, SKIPPED), "VULNERABLE"),
        (pip_said(IDNA, SKIPPED), "NOT_AUDITED"),
        (pip_said(), "NOT_AUDITED"),
        ("", "NOT_AUDITED"),
        ("ERROR: could not connect to the service", "NOT_AUDITED"),
        ("[]", "NOT_AUDITED"),
        ("{}", "NOT_AUDITED"),
    ],
)
def test_the_verdict_on_python_packages(said: str, verdict: str) -> None:
    assert audit.of_pip_audit(said).verdict.name == verdict


@pytest.mark.parametrize(
    ("said", "verdict"),
    [
        (npm_said(0), "CLEAN"),
        (npm_said(1, lodash={"severity": "high"}), "VULNERABLE"),
        (npm_said(0, looked_at=0), "NOT_AUDITED"),
        ('{"error": {"code": "ENOAUDIT", "summary": "no such service"}}', "NOT_AUDITED"),
        ('{"message": "request to https://registry.example failed"}', "NOT_AUDITED"),
        ("{}", "NOT_AUDITED"),
        ("", "NOT_AUDITED"),
        ("<html>", "NOT_AUDITED"),
    ],
)
def test_the_verdict_on_npm_packages(said: str, verdict: str) -> None:
    assert audit.of_npm_audit(said, packages=3).verdict.name == verdict


def test_what_was_found_is_named() -> None:
    assert audit.of_pip_audit(pip_said(OLD)).lines == ("jinja2 2.0: GHSA-1",)


@pytest.mark.parametrize(
    ("verdicts", "verdict"),
    [
        (["CLEAN", "CLEAN"], "CLEAN"),
        (["CLEAN", "NOT_AUDITED"], "NOT_AUDITED"),
        (["NOT_AUDITED", "VULNERABLE"], "VULNERABLE"),
        ([], "NOT_AUDITED"),
    ],
)
def test_the_worst_verdict_counts(verdicts: list[str], verdict: str) -> None:
    assert audit.worst([audit.Verdict[one] for one in verdicts]).name == verdict


def test_only_a_clean_verdict_lets_a_release_go_on() -> None:
    assert [one.name for one in audit.Verdict if one.value == 0] == ["CLEAN"]


def test_a_program_that_is_not_there_audits_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "package-lock.json").write_text('{"packages": {"": {}, "node_modules/a": {}}}')
    monkeypatch.setenv("PATH", str(tmp_path))

    assert audit.main([str(tmp_path)]) == audit.Verdict.NOT_AUDITED.value
    assert "not audited" in capsys.readouterr().out


def test_a_finding_that_nobody_has_explained_is_told() -> None:
    found = {("B608", "store/a.py"), ("B608", "web/b.py"), ("B101", "store/a.py")}
    explained = {("B608", "store/*"), ("B101", "store/a.py")}

    assert bandit_check.unexplained(found, explained) == {("B608", "web/b.py")}


def test_an_explanation_of_nothing_is_told() -> None:
    explained = {("B608", "store/*"), ("B101", "store/a.py")}

    assert bandit_check.outlived({("B608", "store/a.py")}, explained) == {("B101", "store/a.py")}


def test_a_reason_that_says_nothing_explains_nothing() -> None:
    text = '[[explained]]\ntest = "B101"\nfiles = ["a.py"]\nwhy = "false positive"\n'

    assert bandit_check.explanations(text) == set()
