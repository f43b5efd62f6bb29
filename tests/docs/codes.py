"""The error codes that the source uses, read from the source."""

import ast
import re
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
SOURCE = ROOT / "src" / "dealwright"
CODE = re.compile(r"[a-z][a-z0-9_]+")


def _texts(node: ast.AST | None) -> set[str]:
    found = ast.walk(node) if node is not None else ()
    return {n.value for n in found if isinstance(n, ast.Constant) and isinstance(n.value, str)}


def codes_of(tree: ast.AST) -> set[str]:
    """What is given as `code="…"` in a call, and what a class says its `code` is."""
    found: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.keyword) and node.arg == "code":
            found |= _texts(node.value)
        elif isinstance(node, ast.ClassDef):
            for part in node.body:
                if isinstance(part, ast.Assign) and ast.unparse(part.targets[0]) == "code":
                    found |= _texts(part.value)
    return found


def codes_in_source() -> set[str]:
    """Every code of ours; the sandbox has Pipedrive's own."""
    files = (path for path in SOURCE.rglob("*.py") if "sandbox" not in path.parts)
    found = {c for path in files for c in codes_of(ast.parse(path.read_text(encoding="utf-8")))}
    return {code for code in found if CODE.fullmatch(code)}


def codes_in_docs() -> set[str]:
    """Every code that the reference page has a line for."""
    page = (ROOT / "docs" / "reference" / "errors.md").read_text(encoding="utf-8")
    return set(re.findall(r"^\| `([a-z0-9_]+)` \|", page, re.MULTILINE))
