"""Every answer of the add-on that a test gets has been looked at as Google does."""

from pathlib import Path

import pytest
from tests.cards.google import refused

ROOT = Path(__file__).parents[1]
DOOR = "/addon/gmail/"
#: Whoever names the door goes through one of these, which do by `tests.cards.google.add_on`.
CHECKED = ("tests.cards.google", "tests.web.addon.gmail")
#: Cards as values, the shape of fixtures, the deployment; and forgeries, which get no card.
NO_ANSWERS = {
    "cards/every.py",
    "cards/runner/shape.py",
    "web/addon/test_addon_manifest.py",
    "security/story_cards.py",
}


def test_whoever_speaks_to_the_add_on_does_so_as_google() -> None:
    own = Path(__file__).name
    named = {
        str(path.relative_to(ROOT)): text
        for path in ROOT.rglob("*.py")
        if not {"node_modules", "vendored"} & set(path.parts) and path.name != own
        if DOOR in (text := path.read_text("utf-8"))
    }
    beside = {
        name
        for name, text in named.items()
        if "ASGITransport" in text.replace("httpx2.ASGITransport):", "")
        or not any(one in text for one in (*CHECKED, "RefusedByGoogle"))
    }
    assert beside <= NO_ANSWERS


@pytest.mark.parametrize(
    ("path", "answer", "said"),
    [
        ("open", b'{"renderActions": {"action": {}}}', "is answered with a submit"),
        ("action", b'{"action": {"navigations": []}}', "is answered with a render"),
        ("open", b'{"action": {"navigations": [{"popCard": true}]}}', "P-parse"),
        (
            "open",
            b'{"action": {"link": {"url": "https://elsewhere.example/"}}}',
            "https://elsewhere.example/",
        ),
    ],
)
def test_an_answer_that_google_would_refuse_reaches_no_test(
    path: str, answer: bytes, said: str
) -> None:
    assert said in " ".join(refused(f"{DOOR}{path}", 200, answer))
