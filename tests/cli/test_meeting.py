"""`dealwright meeting`, and Sources of meetings on the command line."""

from pathlib import Path

import pytest
from tests.cli.conftest import Dealwright

SECRET = "whsec_MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIz"
VTT = "WEBVTT\n\n00:01.000 --> 00:04.000\n<v Ada>We meet on Tuesday.\n"


@pytest.fixture(autouse=True)
def environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """A secret of Fathom's, and no credential of its API."""
    monkeypatch.setenv("WEBHOOK_SECRET", SECRET)
    monkeypatch.delenv("FATHOM_API_KEY", raising=False)


@pytest.fixture
def call(tmp_path: Path) -> Path:
    path = tmp_path / "call.vtt"
    path.write_text(VTT)
    return path


class TestSources:
    def test_a_recorder_gets_an_address_of_its_own(self, dealwright: Dealwright) -> None:
        (made,) = dealwright("sources", "add", "meeting", "fathom", "--json").lines
        assert "/hooks/meetings/fathom/" in made["url"]

    def test_the_address_is_the_one_that_the_hub_listens_on(
        self, dealwright: Dealwright, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("DEALWRIGHT_HOST", "192.0.2.7")

        (made,) = dealwright("sources", "add", "meeting", "fathom", "--json").lines
        assert made["url"].startswith("http://192.0.2.7:8787/hooks/meetings/fathom/")

    def test_a_given_secret_is_not_printed(self, dealwright: Dealwright) -> None:
        ran = dealwright("sources", "add", "meeting", "fathom")
        assert SECRET not in ran.out + ran.err

    def test_a_secret_that_is_made_here_is_printed_once(
        self, dealwright: Dealwright, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.delenv("WEBHOOK_SECRET")
        (made,) = dealwright("sources", "add", "meeting", "generic", "--json").lines
        assert made["secret"].startswith("whsec_")

    def test_a_secret_that_nobody_gives_is_asked_for(
        self, dealwright: Dealwright, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.delenv("WEBHOOK_SECRET")
        ran = dealwright("sources", "add", "meeting", "zoom")
        assert (ran.code, "[secret_missing]" in ran.err) == (1, True)

    def test_an_unknown_recorder_is_named_with_those_there_are(
        self, dealwright: Dealwright
    ) -> None:
        ran = dealwright("sources", "add", "meeting", "otter")
        assert ("[unknown_recorder]" in ran.err, "fireflies" in ran.err) == (True, True)

    def test_a_text_that_is_no_secret_is_refused(
        self, dealwright: Dealwright, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("WEBHOOK_SECRET", "whsec_short")
        assert "[invalid_secret]" in dealwright("sources", "add", "meeting", "fathom").err

    def test_credentials_come_from_files_and_are_sealed(
        self, dealwright: Dealwright, data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        file = tmp_path / "key"
        file.write_text("fathom-api-key-canary\n")
        monkeypatch.setenv("FATHOM_API_KEY_FILE", str(file))
        assert dealwright("sources", "add", "meeting", "fathom").code == 0
        stored = b"".join(path.read_bytes() for path in data.rglob("*") if path.is_file())
        (listed,) = dealwright("sources", "list", "--json").lines
        assert (b"fathom-api-key-canary" in stored, listed["poll"]) == (False, "on")

    def test_settings_are_shown_and_changed(self, dealwright: Dealwright) -> None:
        dealwright("sources", "add", "meeting", "fathom")
        dealwright("sources", "settings", "Fathom", "--set", "deal_rule=none")
        told = dealwright("sources", "settings", "Fathom", "--json").lines
        assert {"key": "deal_rule", "value": '"none"'} in told

    def test_a_setting_that_does_not_fit_is_refused(self, dealwright: Dealwright) -> None:
        dealwright("sources", "add", "meeting", "fathom")
        ran = dealwright("sources", "settings", "Fathom", "--set", "deal_rule=newest")
        assert "[invalid_settings]" in ran.err

    def test_a_recorder_without_an_api_is_tried_all_the_same(self, dealwright: Dealwright) -> None:
        dealwright("sources", "add", "meeting", "fathom")
        (told,) = dealwright("sources", "test", "Fathom", "--json").lines
        assert (told["meetings"], told["last_delivery"]) == (None, None)

    def test_a_sender_that_cannot_sign_gets_a_token(
        self, dealwright: Dealwright, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.delenv("WEBHOOK_SECRET")
        add = ("sources", "add", "meeting", "generic", "--scheme", "bearer", "--json")
        assert not dealwright(*add).lines[0]["secret"].startswith("whsec_")

    def test_a_recorder_that_signs_takes_no_token(self, dealwright: Dealwright) -> None:
        ran = dealwright("sources", "add", "meeting", "fathom", "--scheme", "bearer")
        assert "[invalid_secret]" in ran.err

    def test_another_secret_is_taken(self, dealwright: Dealwright) -> None:
        dealwright("sources", "add", "meeting", "fathom")
        assert dealwright("sources", "secret", "Fathom").code == 0


class TestFiles:
    def test_a_transcript_is_brought(self, dealwright: Dealwright, call: Path) -> None:
        (told,) = dealwright(
            "meeting", "import", str(call), "--started", "2026-11-18T15:00Z", "--json"
        ).lines
        assert (told["kind"], told["url"].endswith(told["id"])) == ("vtt", True)

    def test_without_a_moment_it_is_asked_for(self, dealwright: Dealwright, call: Path) -> None:
        assert "[start_missing]" in dealwright("meeting", "import", str(call)).err

    def test_a_moment_without_its_offset_is_none(self, dealwright: Dealwright, call: Path) -> None:
        ran = dealwright("meeting", "import", str(call), "--started", "2026-11-18T15:00")
        assert "[invalid_moment]" in ran.err

    def test_a_file_that_is_not_there_is_named(self, dealwright: Dealwright) -> None:
        assert "[file_unreadable]" in dealwright("meeting", "import", "nowhere.vtt").err


def test_no_meetings_are_listed_with_what_to_do(dealwright: Dealwright) -> None:
    assert "sources add meeting" in dealwright("meeting", "list").out


def test_a_meeting_that_is_not_there_is_not_shown(dealwright: Dealwright) -> None:
    assert "[not_found]" in dealwright("meeting", "show", "0").err
