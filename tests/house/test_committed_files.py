"""Nothing committed knows the machine it was written on."""

import re
from pathlib import Path

from tests.house.sources import ROOT, committed, named

HOMES = r"(?<![\w./:-])/(?:home|Users)/\w+"


def _neighbourhood() -> list[str]:
    """This checkout and what stands beside it, unless it stands right below the root."""
    if len(ROOT.parts) < 3:
        return []
    return [str(path) for path in ROOT.parent.iterdir() if path.is_dir() and len(path.name) > 3]


def _text(path: Path) -> str:
    return path.read_text(encoding="utf-8", errors="ignore")


def test_no_committed_file_names_a_path_of_this_machine() -> None:
    places = re.compile("|".join([HOMES, *(rf"{re.escape(p)}\b" for p in _neighbourhood())]))
    telling = {named(path): hit[0] for path in committed() if (hit := places.search(_text(path)))}

    assert telling == {}


def test_the_lock_names_no_registry() -> None:
    assert "://" not in _text(ROOT / "requirements.lock")


def test_every_package_in_the_lock_has_its_hash() -> None:
    packages = re.split(r"^(?=\S+==)", _text(ROOT / "requirements.lock"), flags=re.MULTILINE)[1:]

    assert [p.split("==")[0] for p in packages if "--hash=sha256:" not in p] == []
