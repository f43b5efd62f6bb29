"""`dealwright send` and `dealwright events`."""

import gzip
from pathlib import Path

import pytest
from tests.cli.conftest import Dealwright, serving
from tests.cli.events import as_standard_input, identify

from dealwright import app
from dealwright.cli.hub import Hub
from dealwright.settings import load_settings


@pytest.fixture
def key(dealwright: Dealwright) -> str:
    """The write key of the only Source."""
    return dealwright("sources", "add", "website", "--json").lines[0]["write_key"]


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """Two events, a blank line, and a line that is none."""
    path = tmp_path / "events.jsonl"
    path.write_text("\n".join([identify("a"), "", "{no json", identify("b")]))
    return path


@pytest.mark.usefixtures("key")
def test_good_lines_are_taken_and_bad_ones_counted(dealwright: Dealwright, file: Path) -> None:
    ran = dealwright("send", str(file), "--json")

    assert ran.lines == [{"accepted": 2, "rejected": 1}]


@pytest.mark.usefixtures("key")
def test_what_was_sent_is_listed_newest_first(dealwright: Dealwright, file: Path) -> None:
    dealwright("send", str(file))

    events = dealwright("events", "--json").lines
    assert [event["body"]["userId"] for event in events] == ["b", "a"]


@pytest.mark.usefixtures("key")
def test_the_table_of_events_says_who_and_what(dealwright: Dealwright, file: Path) -> None:
    dealwright("send", str(file))

    assert "identify" in dealwright("events").out


@pytest.mark.usefixtures("key")
def test_what_was_refused_is_listed_with_its_reason(dealwright: Dealwright, file: Path) -> None:
    dealwright("send", str(file))

    assert [r["code"] for r in dealwright("events", "--rejected", "--json").lines] == [
        "invalid_json"
    ]


@pytest.mark.usefixtures("key")
def test_the_table_of_rejects_says_why(dealwright: Dealwright, file: Path) -> None:
    dealwright("send", str(file))

    assert "invalid_json" in dealwright("events", "--rejected").out


@pytest.mark.usefixtures("key")
def test_a_packed_file_is_unpacked(dealwright: Dealwright, tmp_path: Path) -> None:
    path = tmp_path / "events.jsonl.gz"
    path.write_bytes(gzip.compress(identify("a").encode()))

    assert dealwright("send", str(path), "--json").lines[0]["accepted"] == 1


@pytest.mark.usefixtures("key")
def test_the_standard_input_is_a_file_too(
    dealwright: Dealwright, monkeypatch: pytest.MonkeyPatch
) -> None:
    as_standard_input(monkeypatch, identify("a"), identify("b"))

    assert dealwright("send", "-", "--json").lines[0]["accepted"] == 2


@pytest.mark.usefixtures("key")
def test_a_file_of_many_batches_is_sent_whole(dealwright: Dealwright, tmp_path: Path) -> None:
    path = tmp_path / "events.jsonl"
    path.write_text("\n".join(identify(f"u{number}") for number in range(1201)))

    assert dealwright("send", str(path), "--json").lines[0]["accepted"] == 1201


@pytest.mark.usefixtures("key")
@pytest.mark.parametrize(
    "content",
    [
        pytest.param(None, id="no file"),
        pytest.param(gzip.compress(b"x" * 5000)[:-20], id="cut off"),
    ],
)
def test_a_file_that_cannot_be_read_is_said(
    dealwright: Dealwright, tmp_path: Path, content: bytes | None
) -> None:
    path = tmp_path / "events.gz"
    if content is not None:
        path.write_bytes(content)

    ran = dealwright("send", str(path))
    assert (ran.code, "[unreadable_file]" in ran.err) == (1, True)


def test_without_a_source_it_says_how_to_make_one(dealwright: Dealwright, file: Path) -> None:
    assert "dealwright sources add" in dealwright("send", str(file)).err


@pytest.mark.usefixtures("key")
def test_with_several_sources_one_must_be_chosen(dealwright: Dealwright, file: Path) -> None:
    dealwright("sources", "add", "shop")

    ran = dealwright("send", str(file))
    assert (ran.code, "website" in ran.err, "shop" in ran.err) == (1, True, True)


def test_events_go_through_the_door_of_another_hub(
    dealwright: Dealwright, file: Path, key: str, hub: Hub
) -> None:
    with serving(app.build_web(load_settings(), hub.store, hub.clock)) as url:
        ran = dealwright("send", str(file), "--url", url, "--write-key", key, "--json")

    assert ran.lines == [{"accepted": 2, "rejected": 1}]


def test_a_write_key_that_the_other_hub_does_not_know_is_said(
    dealwright: Dealwright, file: Path, hub: Hub
) -> None:
    with serving(app.build_web(load_settings(), hub.store, hub.clock)) as url:
        ran = dealwright("send", str(file), "--url", url, "--write-key", "wrong")

    assert (ran.code, "[unknown_write_key]" in ran.err) == (1, True)


def test_a_hub_that_is_not_there_is_said(dealwright: Dealwright, file: Path) -> None:
    ran = dealwright("send", str(file), "--url", "http://127.0.0.1:9", "--write-key", "x")

    assert (ran.code, "did not answer" in ran.err) == (1, True)
