"""Settings: what an operator meets when one is wrong, and that a secret never shows."""

from pathlib import Path

import pytest

from dealwright.cli.knobs import knobs
from dealwright.core.errors import ConfigError
from dealwright.meetings.summary.model import JsonMode, LanguageModel
from dealwright.parts import language_model
from dealwright.settings import Settings, load_settings

KEY = "MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE="


@pytest.fixture(autouse=True)
def _clean(monkeypatch: pytest.MonkeyPatch) -> None:
    for knob in knobs():
        monkeypatch.delenv(knob.variable, raising=False)
        monkeypatch.delenv(f"{knob.variable}_FILE", raising=False)


def test_without_any_variable_the_store_is_a_file_below_the_home_folder() -> None:
    assert load_settings().store_url.endswith("/.local/share/dealwright/dealwright.db")


def test_every_fault_is_listed_at_once(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("DEALWRIGHT_PORT", "99999")
    monkeypatch.setenv("DEALWRIGHT_DATABASE_URL", "mysql://x")
    monkeypatch.setenv("DEALWRIGHT_PUBLIC_URL", "hub.example")
    monkeypatch.setenv("DEALWRIGHT_SECRET_KEY_FILE", str(tmp_path / "gone"))

    with pytest.raises(ConfigError) as caught:
        load_settings()

    named = [
        line.split(":")[0] for line in str(caught.value).splitlines() if line.startswith("  - ")
    ]
    assert named == [
        "  - DEALWRIGHT_SECRET_KEY_FILE",
        "  - DEALWRIGHT_DATABASE_URL",
        "  - DEALWRIGHT_PORT",
        "  - DEALWRIGHT_PUBLIC_URL",
    ]


def test_the_error_of_a_faulty_secret_does_not_tell_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DEALWRIGHT_SECRET_KEY", "correct-horse")

    with pytest.raises(ConfigError) as caught:
        load_settings()

    assert "correct-horse" not in str(caught.value)


def test_a_secret_prints_as_three_stars(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DEALWRIGHT_SECRET_KEY", KEY)

    settings = load_settings()

    assert str(settings.secret_key) == "***"
    assert KEY not in repr(settings)


def test_a_secret_may_stand_in_a_file(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "token").write_text("m-1\n")
    monkeypatch.setenv("DEALWRIGHT_METRICS_TOKEN_FILE", str(tmp_path / "token"))

    secret = load_settings().metrics_token

    assert secret is not None
    assert secret.reveal() == "m-1"


def test_a_secret_given_twice_is_a_fault(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "key").write_text(KEY)
    monkeypatch.setenv("DEALWRIGHT_SECRET_KEY", KEY)
    monkeypatch.setenv("DEALWRIGHT_SECRET_KEY_FILE", str(tmp_path / "key"))

    with pytest.raises(ConfigError, match="both set"):
        load_settings()


def test_an_event_cannot_be_larger_than_a_batch(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DEALWRIGHT_MAX_BATCH_BYTES", "2048")

    with pytest.raises(ConfigError, match="must not be larger than"):
        load_settings()


def test_what_the_command_line_says_wins_over_the_environment(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("DEALWRIGHT_PORT", "9000")

    assert load_settings(port=9001, host=None).port == 9001


def test_a_postgresql_address_names_the_driver_we_have(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DEALWRIGHT_DATABASE_URL", "postgresql://u:p@db.example/hub")

    assert load_settings().store_url == "postgresql+psycopg://u:p@db.example/hub"


def test_every_knob_is_described() -> None:
    assert [knob.variable for knob in knobs() if len(knob.description) < 20] == []
    assert len(knobs()) == len(Settings.model_fields)


def test_a_language_model_needs_an_address_and_a_name(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DEALWRIGHT_LLM_BASE_URL", "http://localhost:11434/v1")

    with pytest.raises(ConfigError, match="DEALWRIGHT_LLM_MODEL belong together"):
        load_settings()


def test_without_an_address_there_is_no_language_model() -> None:
    assert language_model(load_settings()) is None


def test_a_language_model_is_as_the_settings_say(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DEALWRIGHT_LLM_BASE_URL", "http://localhost:11434/v1")
    monkeypatch.setenv("DEALWRIGHT_LLM_MODEL", "tiny")
    monkeypatch.setenv("DEALWRIGHT_LLM_API_KEY", "sk-1")
    monkeypatch.setenv("DEALWRIGHT_LLM_JSON", "prompt")

    model = language_model(load_settings())

    assert model == LanguageModel(
        base_url="http://localhost:11434/v1",
        model="tiny",
        api_key="sk-1",
        json_mode=JsonMode.PROMPT,
    )
    assert "sk-1" not in repr(model)
