"""`dealwright sandbox`: what its words become, and one sentence for what cannot be."""

from pathlib import Path

import pytest

from dealwright.cli.main import run
from dealwright.sandbox.options import Options
from dealwright.sandbox.switchwords import SwitchError, switched


def failing(capsys: pytest.CaptureFixture[str], *arguments: str) -> str:
    """What the command says when it leaves with 1, on one line."""
    with pytest.raises(SystemExit) as left:
        run(["sandbox", "--port", "0", *arguments])
    assert left.value.code == 1
    return " ".join(capsys.readouterr().err.split())


SEEDS = [
    ("{", "Input data was truncated"),
    ("[]", "Expected `object`, got `array`"),
    ('{"people": []}', "people: no such collection"),
    ('{"persons": {}}', "persons: Expected `array`, got `object`"),
    ('{"persons": [5]}', "persons: Expected `object`, got `int`"),
    ('{"persons": [{}]}', "persons[0]: Object missing required field `name`"),
    ('{"persons": [{"name": 5}]}', "persons[0]: Expected `str`, got `int`"),
    ('{"persons": [{"name": "A", "emails": 5}]}', "persons[0].emails: Expected `array`"),
    ('{"persons": [{"name": "A", "custom_fields": []}]}', "persons[0].custom_fields: Expected"),
    ('{"persons": [{"id": [], "name": "A"}]}', "persons[0].id: Expected `int | str`"),
    ('{"fields": []}', "fields: Expected `object`"),
    ('{"fields": {"person": [{}]}}', "fields.person[0]: Object missing required field `name`"),
    ('{"fields": {"person": [{"name": "A", "type": "x"}]}}', "fields.person[0].type: there are"),
]


@pytest.mark.parametrize(("content", "sentence"), SEEDS)
def test_a_seed_file_that_does_not_fit_is_one_sentence_with_its_name(
    content: str, sentence: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    seed = tmp_path / "seed.json"
    seed.write_text(content)

    said = failing(capsys, "--seed", str(seed))

    assert (f"{seed}: " in said, sentence in said, "Traceback" in said) == (True, True, False)


@pytest.mark.parametrize(
    ("word", "sentence"),
    [
        ("shape=flat", "There is no switch “shape”. There are: activity_person_id,"),
        ("field_search_shape=round", "field_search_shape is flat or items, not “round”."),
        ("contact_sync=perhaps", "contact_sync is true or false, not “perhaps”."),
        ("abuse_after", "abuse_after is a whole number, not “”."),
    ],
)
def test_a_switch_that_there_is_not_is_one_sentence(
    word: str, sentence: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert sentence in failing(capsys, "--switch", word)


def test_a_folder_that_cannot_be_made_is_one_sentence(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "file").touch()

    said = failing(capsys, "--state", str(tmp_path / "file" / "state"))

    assert "The state cannot be kept in" in said


def test_switches_are_set_by_name() -> None:
    options = switched(Options(), ["contact_sync=true", "deleted_by_id=missing", "abuse_after=3"])

    assert options.switches.contact_sync is True
    assert options.switches.deleted_by_id == "missing"
    assert options.limits.abuse_after == 3


def test_a_switch_leaves_the_others_as_they_are() -> None:
    assert switched(Options(), ["query_token=true"]) == Options()


def test_a_word_without_a_value_is_no_switch() -> None:
    with pytest.raises(SwitchError, match="query_token is true or false"):
        switched(Options(), ["query_token"])
