"""`dealwright send` of a table."""

import gzip
from pathlib import Path
from typing import Any

import pytest
from tests.cli.conftest import Dealwright, Ran

TABLE = """Id,E-mail,Name,Plan
u-1,ada@x.example,"Lind, Ada",pro
u-2,,Bo,

u-3,cy@x.example,Cy,team
"""


@pytest.fixture(autouse=True)
def _source(dealwright: Dealwright) -> None:
    dealwright("sources", "add", "import")


@pytest.fixture
def table(tmp_path: Path) -> Path:
    path = tmp_path / "people.csv"
    path.write_text(TABLE)
    return path


def sent(dealwright: Dealwright, table: Path, *more: str) -> Ran:
    return dealwright("send", str(table), *more, "--json")


def events(dealwright: Dealwright) -> list[dict[str, Any]]:
    """The events, oldest first, without what the hub adds."""
    added = {"messageId", "timestamp", "receivedAt"}
    bodies = [line["body"] for line in dealwright("events", "--json").lines][::-1]
    return [{key: body[key] for key in body if key not in added} for body in bodies]


def test_columns_go_where_they_are_mapped(dealwright: Dealwright, table: Path) -> None:
    sent(dealwright, table, "--map", "userId=Id", "--map", "traits.email=E-mail")

    assert events(dealwright) == [
        {"type": "identify", "userId": "u-1", "traits": {"email": "ada@x.example"}},
        {"type": "identify", "userId": "u-2"},
        {"type": "identify", "userId": "u-3", "traits": {"email": "cy@x.example"}},
    ]


def test_the_other_columns_can_go_together(dealwright: Dealwright, table: Path) -> None:
    sent(dealwright, table, "--map", "userId=Id", "--map", "traits.*=*")

    assert events(dealwright)[0]["traits"] == {
        "E-mail": "ada@x.example",
        "Name": "Lind, Ada",
        "Plan": "pro",
    }


def test_without_a_map_the_columns_are_named_as_fields(
    dealwright: Dealwright, tmp_path: Path
) -> None:
    path = tmp_path / "people.csv"
    path.write_text("userId;traits.email\nu-1;ada@x.example\n")
    sent(dealwright, path)

    assert events(dealwright) == [
        {"type": "identify", "userId": "u-1", "traits": {"email": "ada@x.example"}}
    ]


def test_rows_can_be_track_calls(dealwright: Dealwright, table: Path) -> None:
    sent(dealwright, table, "--event", "Deal Upserted", "--map", "userId=Id")

    assert events(dealwright)[0] == {"type": "track", "event": "Deal Upserted", "userId": "u-1"}


def test_rows_can_be_of_another_type(dealwright: Dealwright, table: Path) -> None:
    sent(dealwright, table, "--type", "group", "--map", "userId=Id", "--map", "groupId=Plan")

    assert events(dealwright)[0] == {"type": "group", "userId": "u-1", "groupId": "pro"}


def test_a_packed_table_with_a_byte_order_mark_is_read(
    dealwright: Dealwright, tmp_path: Path
) -> None:
    path = tmp_path / "people.csv.gz"
    path.write_bytes(gzip.compress("userId\tname\nå\tb\n".encode("utf-8-sig")))

    ran = sent(dealwright, path)
    assert (ran.lines, events(dealwright)[0]["userId"]) == ([{"accepted": 1, "rejected": 0}], "å")


def test_a_row_without_an_id_is_refused_and_the_others_are_taken(
    dealwright: Dealwright, tmp_path: Path
) -> None:
    path = tmp_path / "people.csv"
    path.write_text("userId,traits.name\nu-1,A\n,B\nu-3,C,too,many\n")

    assert sent(dealwright, path).lines == [{"accepted": 1, "rejected": 2}]


def test_the_same_table_sent_again_does_no_harm(dealwright: Dealwright, table: Path) -> None:
    for _ in range(2):
        sent(dealwright, table, "--map", "userId=Id")

    ids = [line["body"]["messageId"] for line in dealwright("events", "--json").lines]
    assert ids[:3] == ids[3:]


@pytest.mark.parametrize("wish", ["userId", "userId=", "=Id", "userId=None such", "a..b=Id"])
def test_a_map_that_cannot_be_is_refused(dealwright: Dealwright, table: Path, wish: str) -> None:
    ran = sent(dealwright, table, "--map", wish)

    assert (ran.code, "invalid_columns" in ran.err) == (1, True)


@pytest.mark.parametrize(
    "fields", [("traits=Id", "traits.email=E-mail"), ("traits.email=E-mail", "traits=Id")]
)
def test_a_field_and_one_below_it_cannot_both_be(
    dealwright: Dealwright, table: Path, fields: tuple[str, str]
) -> None:
    ran = sent(dealwright, table, "--map", fields[0], "--map", fields[1])

    assert (ran.code, "invalid_columns" in ran.err) == (1, True)


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", "invalid_columns"),
        (b"a..b\n1\n", "invalid_columns"),
        ("userId\n\xe5\n".encode("latin-1"), "unreadable_file"),
        (b"userId\n" + b"x" * 200_000 + b"\n", "unreadable_file"),
    ],
)
def test_a_table_that_cannot_be_read_is_said(
    dealwright: Dealwright, tmp_path: Path, content: bytes, code: str
) -> None:
    path = tmp_path / "people.csv"
    path.write_bytes(content)

    ran = sent(dealwright, path)
    assert (ran.code, code in ran.err) == (1, True)
