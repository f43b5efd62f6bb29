"""Every fixture is played through the real web app, the desk and the drain, and compared whole.

Another folder: DEALWRIGHT_MEETING_FIXTURES. The contract is fixtures/README.md.
"""

import os
from pathlib import Path

import msgspec
import pytest
from tests.meetings.runner.compare import differences
from tests.meetings.runner.shape import DealChoice, Fixture, read_fixture
from tests.meetings.runner.stage import Played, play

FOLDER = Path(os.environ.get("DEALWRIGHT_MEETING_FIXTURES") or Path(__file__).parent / "fixtures")
#: Gold transcripts; nothing is delivered.
_GOLD = "summary_eval"
_OPTION = "with_option_open_only"
FILES = [one for one in sorted(FOLDER.glob("*/*.json")) if one.parent.name != _GOLD]

pytestmark = pytest.mark.meeting_fixtures


def _id(path: Path) -> str:
    return f"{path.parent.name}/{path.stem}"


@pytest.mark.parametrize("path", FILES, ids=_id)
async def test_a_fixture_ends_as_it_says(path: Path, tmp_path: Path) -> None:
    fixture = read_fixture(path)
    played = await play(fixture, tmp_path)
    assert differences(played) == []


@pytest.mark.parametrize("path", [one for one in FILES if _OPTION in one.read_text()], ids=_id)
async def test_with_open_deals_only_the_note_stands_on_the_one_that_it_says(
    path: Path, tmp_path: Path
) -> None:
    fixture = read_fixture(path)
    choice = fixture.expected.deal_choice
    assert isinstance(choice, DealChoice)
    played = await play(_open_only(fixture), tmp_path)
    assert _deal_of_the_primary(played) == choice.with_option_open_only


def _open_only(fixture: Fixture) -> Fixture:
    config = msgspec.structs.replace(fixture.config, deal_rule="open_only_latest_created")
    return msgspec.structs.replace(fixture, config=config)


def _deal_of_the_primary(played: Played) -> int | None:
    (activity,) = played.sandbox.records("activities") or [{"participants": []}]
    primary = [one["person_id"] for one in activity["participants"] if one["primary"]]
    notes = played.sandbox.records("notes")
    of_it = [one for one in notes if not primary or one["person_id"] == primary[0]]
    return of_it[0]["deal_id"]


def test_there_are_fixtures_to_play() -> None:
    assert FILES
