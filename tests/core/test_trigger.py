"""The trigger language, claim by claim (docs: the language page; examples from its section 9)."""

from collections import ChainMap
from typing import Any

import pytest

from dealwright.core.errors import MappingError
from dealwright.core.trigger import (
    compile_trigger,
    explain_trigger,
    print_trigger,
    trigger_warnings,
)

EVENT: dict[str, Any] = {
    "type": "identify",
    "name": "Pricing page",
    "userId": "c-9",
    "and": 7,
    "9lives": True,
    "traits": {
        "seats": 12,
        "admin": True,
        "tier": "gold",
        "code": "7",
        "roles": ["owner", "dev"],
        "gap": None,
        "file": "/a/b*",
        "odd key": 1,
        "dot.key": 2,
        "big": 2**53 + 1,
        "huge": 10**400,
        "street": "straße",
        "lone": "\ud83d",
        "address": {"city": "Malmö", "lines": [1, 2.0, {"a": None}]},
        "twin": {"lines": [1.0, 2, {"a": None}], "city": "Malmö"},
        "zero": 0,
        "empty": "",
        "none": [],
        "text": "a\nb",
        "rate": 1e-7,
        "flag": "False",
    },
}

TRUE = [
    """type = 'identify' and (traits.tier = "silver" or match(name, "Pricing *"))""",
    'type = "group" or type = "identify" and traits.tier = "gold"',
    "traits.gap = null and traits.gone = null",
    "traits.code != 7",
    "traits.gone != 7",
    "number(traits.code) > 6",
    'string(traits.seats) = "12"',
    '"dev" in traits.roles',
    "length(traits.roles) = 2",
    'typeof(traits.roles) = "list"',
    "traits.admin",
    "!traits.gone",
    "traits.admin and !(traits.seats < 10)",
    r'match(traits.file, "/a/b\*")',
    'match(traits.file, "*b?")',
    'match(name, "[A-Z]ricing page")',
    "length(userId) > 0",
    'kebabcase(lowercase(name)) = "pricing-page"',
    'snakecase(name) = "Pricing_page"',
    'titlecase(name) = "Pricing Page"',
    'uppercase(traits.street) = "STRASSE"',
    'name = "Home"or traits.admin',
    "traits.seats>9",
    "(traits.seats) > 9",
    r"traits.odd\ key = 1 and traits.dot\.key = 2",
    r"\and = 7 and \9lives",
    "traits.big = 9007199254740992",
    "traits.address = traits.twin",
    "traits.seats in [1, 12.0]",
    'type in ["page", "identify"]',
    "null in [traits.gone]",
    '[1, "a"] = [1.0, "a"]',
    "length(traits.gone) = 0",
    "length(traits.street) = 7",
    "length(traits.lone) = 3",
    "length(traits.seats) = null",
    "lowercase(traits.seats) = null",
    'typeof(traits.address) = "object"',
    'typeof(traits.gap) = "null" and typeof(traits.admin) = "bool" and typeof(1) = "number"',
    'typeof(type) = "string"',
    "bool(traits.seats) and bool(traits.roles) and bool(traits.tier) and bool(traits.admin)",
    "!bool(traits.zero) and !bool(traits.empty) and !bool(traits.flag) and !bool(traits.none)",
    'string(traits.rate) = "1e-7" and string(traits.admin) = "true" and string(type) = "identify"',
    'string(traits.roles) = "[\\"owner\\",\\"dev\\"]"',
    'string(traits.address) = "{\\"city\\":\\"Malmö\\",\\"lines\\":[1,2,{\\"a\\":null}]}"',
    "string(traits.gone) = null",
    "number(name) = null and number(traits.seats) = 12 and number(traits.admin) = null",
    "number(' 1e3 ') = 1000",
    'match(traits.text, "a*b")',
    'contains(name, "") and contains(name, "cing")',
    "(traits.seats > 9) = true",
    "traits.huge > 1 and traits.huge > traits.seats",
    "\u00a0traits.admin\u2003",
    "!!traits.admin",
    "match(name, traits.gone) = false",
]

FALSE = [
    '!(type in ["page", "identify"])',
    "traits.code = 7",
    "traits.code > 6",
    'traits.roles = "dev"',
    'contains(traits.roles, "dev")',
    'traits.roles.1 = "dev"',
    "traits.roles.length = 2",
    "traits.tier",
    "name = Pricing",
    "!traits.admin",
    'match(name, "Pricing")',
    'match(userId, "")',
    r'match(traits.file, "/a/[!/]\*")',
    "everything",
    "traits.gone > 1",
    "traits.admin = 1",
    "traits.admin > 0",
    'traits.empty = null or "" = null',
    'Type = "identify"',
    "traits.seats in traits.tier",
    "traits.address = traits.roles",
    "[1] = [1, 2]",
    "null",
]

INVALID = [
    ("", 1, 1),
    (" \t", 1, 3),
    ('name == "Home"', 1, 7),
    ("traits.admin OR traits.tier", 1, 14),
    ("not traits.admin", 1, 5),
    ("NOT (traits.admin)", 1, 1),
    ("name =", 1, 7),
    ('(name = "Home"', 1, 15),
    ('name = "Home")', 1, 14),
    ("( )", 1, 3),
    ("match(name)", 1, 1),
    ('"gold"', 1, 1),
    ("5", 1, 1),
    ("length(name)", 1, 1),
    ('traits.seats < "20"', 1, 16),
    ('traits.roles[1] = "dev"', 1, 13),
    ('name > "Home"', 1, 8),
    ("match(name, 7)", 1, 13),
    ('name in "Home"', 1, 9),
    ('name in ("Home")', 1, 9),
    ('name in ("Home", "About")', 1, 16),
    ("a = b = c", 1, 7),
    ("a = [1,]", 1, 8),
    ("a ! = b", 1, 3),
    ("a <> b", 1, 4),
    ("a && b", 1, 3),
    ("type\r\n= 7.", 2, 3),
    ("a = .25", 1, 5),
    ("a = 2e5", 1, 5),
    ("a = -x", 1, 5),
    ("a = 1.2.3", 1, 5),
    ("a = " + "9" * 400, 1, 5),
    ("a..b", 1, 1),
    ("a.", 1, 1),
    ("a\\", 1, 2),
    ("a = \n\r'b", 3, 1),
    ("a = 'b\\'", 1, 5),
    ("a # b", 1, 3),
    ("Contains(a, b)", 1, 1),
    ('a = 1 startsWith(event, "O")', 1, 7),
    ("[1] in traits.x", 1, 1),
    ("a and 5 and contains(1)", 1, 7),
    ("number(true)", 1, 1),
    ("(" * 101 + "a" + ")" * 101, 1, 101),
    ("!" * 101 + "a", 1, 101),
    ("a in [" + "1," * 1000 + "1]", 1, 2007),
    ("a" * 10_001, 1, 10_001),
    ("true(a)", 1, 5),
]


@pytest.mark.parametrize("text", TRUE)
def test_a_trigger_that_fits_fires(text: str) -> None:
    assert compile_trigger(text)(EVENT) is True


@pytest.mark.parametrize("text", FALSE)
def test_a_trigger_that_does_not_fit_stays_silent(text: str) -> None:
    assert compile_trigger(text)(EVENT) is False


@pytest.mark.parametrize(("text", "line", "column"), INVALID)
def test_an_invalid_text_is_refused_with_its_place(text: str, line: int, column: int) -> None:
    with pytest.raises(MappingError) as caught:
        compile_trigger(text)
    assert (caught.value.code, caught.value.line, caught.value.column) == (
        "invalid_trigger",
        line,
        column,
    )


@pytest.mark.parametrize(
    ("text", "hint"),
    [
        ("a == 1", "Write one `=`."),
        ("a && b", "Write `and`."),
        ("a || b", "Write `or`."),
        ("a AND b", "Write `and`."),
        ("a or NOT b", "Write `!( … )`."),
        ("Match(a, b)", "Write `match`."),
        ("a ! = b", "Write `!=` without a space."),
        ("a in ('b', 'c')", "Write a list in square brackets: `in [ … ]`."),
        ("a in ('b')", "Write a list in square brackets: `in [ … ]`."),
        ("a > '30'", "Leave out the quotes."),
    ],
)
def test_a_usual_slip_is_answered_with_a_hint(text: str, hint: str) -> None:
    with pytest.raises(MappingError, match=r".") as caught:
        compile_trigger(text)
    assert caught.value.hint == hint


@pytest.mark.parametrize(
    ("pattern", "text"),
    [
        ("", ""),
        ("*", ""),
        ("a*b*c", "a-b-b-c"),
        ("*ab", "aab"),
        ("a?c", "a\nc"),
        ("[a-c]x", "bx"),
        ("[-a]", "-"),
        ("[a-]", "-"),
        (r"[\]]", "]"),
        ("[^a]", "^"),
        ("[ab", "[ab"),
        (r"\*", "*"),
        ("a\\", "a\\"),
        ("*[0-9]*?", "ab7cd"),
        ("[a-c-e]", "-"),
    ],
)
def test_a_glob_covers_the_whole_text(pattern: str, text: str) -> None:
    assert compile_trigger("match(a, b)")({"a": text, "b": pattern})


@pytest.mark.parametrize(
    ("pattern", "text"),
    [
        ("", "a"),
        ("a", "ab"),
        ("ab*ba", "aba"),
        ("*a*", "b"),
        ("a*b*c", "a-c"),
        ("x*", "ax"),
        ("*x", "xa"),
        ("[]", ""),
        ("[]", "]"),
        ("[c-a]", "b"),
        ("?", ""),
        ("?", "ab"),
    ],
)
def test_a_glob_that_covers_only_a_part_does_not_match(pattern: str, text: str) -> None:
    assert not compile_trigger("match(a, b)")({"a": text, "b": pattern})


def test_a_glob_built_to_backtrack_ends_soon() -> None:
    pattern = "*?a" * 300 + "b"
    assert not compile_trigger("match(a, b)")({"a": "a" * 20_000, "b": pattern})


def test_values_nested_beyond_the_stack_are_compared() -> None:
    deep: list[Any] = []
    twin: list[Any] = []
    for _ in range(50_000):
        deep, twin = [deep], [twin]
    assert compile_trigger("a = b and length(string(a)) = 100002")({"a": deep, "b": twin})


@pytest.mark.parametrize(
    ("text", "printed"),
    [
        ("((a=1))", "a = 1"),
        ("a='say \"x\"'", r'a = "say \"x\""'),
        (r"a = 'b\*'", r'a = "b\*"'),
        (r"a = 'b\\'", r'a = "b\\"'),
        (r"a = '\\\\'", r'a = "\\\\"'),
        ("!(a=b)", "!a = b"),
        ("!(a and b) or (c and d)", "!(a and b) or c and d"),
        ("a and (b or c)", "a and (b or c)"),
        ("a or (b or (c))", "a or b or c"),
        ("a and (b and c)", "a and b and c"),
        ("(a = b) = (!c)", "(a = b) = (!c)"),
        ("a in[ 1,'x' ,null,true]", 'a in [1, "x", null, true]'),
        (r"\or = 07.50", r"\or = 7.5"),
        (r"\7up.a\+b\.c", r"\7up.a\+b\.c"),
        (r"a.\7 != -0.0000001", "a.7 != -0.0000001"),
        ("a = 1" + "0" * 22, "a = 1" + "0" * 22),
        ("contains( a,'b' )", 'contains(a, "b")'),
    ],
)
def test_a_trigger_is_printed_in_one_spelling(text: str, printed: str) -> None:
    assert print_trigger(text) == printed


@pytest.mark.parametrize(
    ("text", "column"),
    [("name = Home", 8), ("a or 1 = 2", 6), ('!length([plan = "gold"]) = 1', 10)],
)
def test_something_hardly_meant_is_warned_about(text: str, column: int) -> None:
    assert [warning.position.column for warning in trigger_warnings(text)] == [column]


def test_a_trigger_as_usual_has_no_warning() -> None:
    assert trigger_warnings('type = "track" and match(properties.plan, "g*")') == ()


def test_an_event_of_any_mapping_type_is_read() -> None:
    assert compile_trigger('type = "track"')(ChainMap({}, {"type": "track"}))


def test_an_explanation_names_each_clause_and_what_its_fields_hold() -> None:
    told = explain_trigger("type = 'track' or !(traits.seats>9 and contains(name,'x'))", EVENT)
    assert [(clause.text, clause.holds, clause.fields) for clause in told] == [
        ('type = "track"', False, (("type", "identify"),)),
        ("traits.seats > 9", True, (("traits.seats", 12),)),
        ('contains(name, "x")', False, (("name", "Pricing page"),)),
    ]
