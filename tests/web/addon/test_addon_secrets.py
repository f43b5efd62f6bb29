"""What Gmail brings, and what buttons are signed with, is nowhere written down."""

from pathlib import Path

import pytest
from tests.cards.runner.shape import Recipe
from tests.cards.runner.stage import GMAIL, OAUTH
from tests.cards.runner.tokens import mint
from tests.security.canaries import Canaries
from tests.web.addon.gmail import Mailbox, buttons, notice


async def test_tokens_and_buttons_stand_in_no_log_and_in_no_file(
    mailbox: Mailbox, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    now = int(mailbox.stage.hub.clock.now().timestamp())
    canaries = Canaries()
    for path in ("/addon/gmail/open", "/addon/gmail/action"):
        for kind in ("system", "user"):
            canaries.keep("Google ID token", mint(Recipe(kind=kind), path, now))
    canaries.keep("Google access token", OAUTH, GMAIL)

    shown = [one["t"] for one in buttons(await mailbox.open()) if one.get("t")]
    canaries.keep("card button", *shown, *(one.rpartition(".")[2] for one in shown))
    pressed = await mailbox.button("note_create", record="1", kind="person")
    canaries.keep("card button", pressed)
    answer = await mailbox.press(pressed, text="Called back.", to="person:1")
    await mailbox.press(f"{pressed}x", text="Called back.")

    assert notice(answer) != ""
    written, said = _files(tmp_path), "".join(capfd.readouterr()).encode()
    assert canaries.seen_in(written + said) == []
    assert b"note_create" in written


def _files(folder: Path) -> bytes:
    return b"\n".join(path.read_bytes() for path in folder.rglob("*") if path.is_file())
