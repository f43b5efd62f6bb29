"""The ruler itself: what counts as a function of a TypeScript file, and how long it is."""

from pathlib import Path

import pytest
from tests.house import sources


@pytest.fixture
def measured(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(sources, "ROOT", tmp_path)
    return tmp_path / "page.tsx"


def test_a_function_is_measured_from_brace_to_brace(measured: Path) -> None:
    measured.write_text("export function page(a: string) {\n  const b = 1;\n  return b;\n}\n")

    assert [size for _, size in sources.typescript_functions(measured)] == [4]


def test_an_arrow_inside_a_function_is_measured_on_its_own(measured: Path) -> None:
    measured.write_text("const f = () => {\n  g(() => {\n    h();\n  });\n};\n")

    assert [size for _, size in sources.typescript_functions(measured)] == [5, 3]


def test_braces_in_texts_and_comments_do_not_count(measured: Path) -> None:
    measured.write_text('const f = () => {\n  // }\n  return "}";\n};\n')

    assert [size for _, size in sources.typescript_functions(measured)] == [4]
