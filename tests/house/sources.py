"""The files that the tests of the house look at, and how long the functions in them are."""

import ast
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
FOLDERS = ("src", "tests", "bench", "console", "extensions")
SKIPPED = {"vendored", "node_modules", "dist", "__pycache__", ".venv", "coverage", "generated"}

_TS_NOISE = re.compile(
    r"//[^\n]*|/\*.*?\*/|\"(?:\\.|[^\"\\\n])*\"|'(?:\\.|[^'\\\n])*'|`(?:\\.|[^`\\])*`", re.DOTALL
)
_TS_FUNCTION = re.compile(
    r"\bfunction\b[^{;]*\{|=>\s*\{|^\s+(?:async\s+)?\w+\([^;{}]*\)[^;{}]*\{", re.MULTILINE
)


def sources(*endings: str) -> list[Path]:
    """Every source file of ours with one of the endings, in order."""
    found = (
        path
        for folder in FOLDERS
        for ending in endings
        for path in (ROOT / folder).rglob(f"*{ending}")
    )
    return sorted(path for path in found if not SKIPPED & set(path.relative_to(ROOT).parts))


def committed() -> list[Path]:
    """Every file that git knows and that stands in the checkout."""
    listed = subprocess.run(
        ["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, check=True, text=True
    ).stdout
    return [ROOT / name for name in listed.split("\0") if name and (ROOT / name).is_file()]


def named(path: Path) -> str:
    """A file's name as people say it: from the root of the checkout."""
    return path.relative_to(ROOT).as_posix()


def lines(path: Path) -> int:
    """How many lines a file has."""
    return len(path.read_text(encoding="utf-8").splitlines())


def python_functions(path: Path) -> Iterator[tuple[str, int]]:
    """Each function of a Python file, with how many lines it has from `def` to its end."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield f"{named(path)}:{node.name}", (node.end_lineno or node.lineno) - node.lineno + 1


def typescript_functions(path: Path) -> Iterator[tuple[str, int]]:
    """Each function body of a TypeScript file, measured by its braces, with its lines.

    Texts and comments are blanked first; a method, an arrow and a `function` all count.
    """
    text = _TS_NOISE.sub(
        lambda hit: re.sub(r"[^\n]", " ", hit[0]), path.read_text(encoding="utf-8")
    )
    for hit in _TS_FUNCTION.finditer(text):
        line = text.count("\n", 0, hit.end()) + 1
        yield f"{named(path)}:{line}", text.count("\n", hit.end(), _closing(text, hit.end())) + 1


def _closing(text: str, start: int) -> int:
    depth = 1
    for brace in re.finditer(r"[{}]", text[start:]):
        depth += 1 if brace[0] == "{" else -1
        if depth == 0:
            return start + brace.start()
    return len(text)
