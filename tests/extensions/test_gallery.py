"""Every state of the web card, as it looks: light and dark, both directions, three widths.

Pictures are put into `build/cards` where DEALWRIGHT_PAGE_PICTURES is set.
"""

import json
import os
import subprocess
from pathlib import Path

import pytest
from tests.cards.every import every_card
from tests.cards.people import NOW
from tests.extensions.conftest import HERE, PATIENCE_S
from tests.needs import need

from dealwright.cards import files
from dealwright.cards.known import Reader
from dealwright.cards.render.html import render

pytestmark = [pytest.mark.npm, pytest.mark.process]

ROOT = HERE.parents[1]
ICONS = ROOT / "src" / "dealwright" / "cards" / "icons"


@pytest.fixture(scope="module", params=["en-GB", "ar"])
def pages(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> dict[str, str]:
    """Every card as a page."""
    locale, folder = request.param, tmp_path_factory.mktemp("cards")
    (folder / "card.css").write_bytes(files.style_bytes())
    for icon in ICONS.glob("*.png"):
        (folder / icon.name).write_bytes(icon.read_bytes())
    reader = Reader(now=NOW, locale=locale, zone="Europe/Berlin", region="GB")
    made: dict[str, str] = {}
    for name, card in every_card(reader).items():
        path = folder / f"{name}.html"
        html = render(card, sign=lambda op: op.name, action_url="/card/act", static_url=".")
        path.write_text(html, encoding="utf-8")
        made[f"{name}-{locale}"] = str(path)
    return made


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_and_nothing_is_too_wide(
    pages: dict[str, str], node: str, scheme: str
) -> None:
    story = {
        "executable": need("chromium"),
        "files": pages,
        "scheme": scheme,
        "widths": [320, 400, 800],
        "pictures": _pictures(),
    }
    done = subprocess.run(
        [node, "gallery.mjs"],
        cwd=HERE,
        input=json.dumps(story),
        capture_output=True,
        text=True,
        check=False,
        timeout=PATIENCE_S,
    )
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout) == {"violations": [], "wide": []}


def _pictures() -> str | None:
    if "DEALWRIGHT_PAGE_PICTURES" not in os.environ:
        return None
    folder = ROOT / "build" / "cards"
    folder.mkdir(parents=True, exist_ok=True)
    return str(Path(folder))
