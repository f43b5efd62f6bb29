"""Small files, short functions, names that say something."""

import ast
import re

from tests.house.sources import (
    lines,
    named,
    python_functions,
    sources,
    typescript_functions,
)

MAX_FILE_LINES = 400
MAX_FUNCTION_LINES = 60
EMPTY_NAMES = re.compile(r"(^|[_.-])(utils?|helpers?|common|base|misc)([_.-]|$)")


def test_no_source_file_has_more_than_400_lines() -> None:
    long = {named(p): n for p in sources(".py", ".ts", ".tsx") if (n := lines(p)) > MAX_FILE_LINES}

    assert long == {}


def test_no_python_function_has_more_than_60_lines() -> None:
    long = {
        name: size
        for path in sources(".py")
        for name, size in python_functions(path)
        if size > MAX_FUNCTION_LINES
    }

    assert long == {}


def test_no_typescript_function_has_more_than_60_lines() -> None:
    long = {
        name: size
        for path in sources(".ts", ".tsx")
        for name, size in typescript_functions(path)
        if size > MAX_FUNCTION_LINES
    }

    assert long == {}


def test_no_file_or_package_has_a_name_that_says_nothing() -> None:
    empty = [
        named(p)
        for p in sources(".py", ".ts", ".tsx")
        if EMPTY_NAMES.search(named(p).replace("/", "."))
    ]

    assert empty == []


def test_an_init_file_holds_only_a_docstring() -> None:
    working = [
        named(path)
        for path in sources("__init__.py")
        if len(body := ast.parse(path.read_text(encoding="utf-8")).body) != 1
        or not isinstance(body[0], ast.Expr)
    ]

    assert working == []
