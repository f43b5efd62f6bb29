"""The files of the card: its pictures and its style sheet, as they come with the package."""

import re
from functools import lru_cache
from importlib.resources import files
from typing import Final

_NAME: Final = re.compile(r"[a-z0-9-]{1,60}")
_STYLE: Final = "card.css"


@lru_cache(maxsize=256)
def icon_bytes(name: str) -> bytes | None:
    """A picture of the set, PNG of 48 px; None where there is none of that name."""
    return _read("icons", f"{name}.png") if _NAME.fullmatch(name) else None


@lru_cache(maxsize=1)
def style_bytes() -> bytes:
    """The style sheet of the web card."""
    return _read("assets", _STYLE) or b""


def icon_names() -> list[str]:
    """The names of all pictures."""
    folder = files("dealwright.cards").joinpath("icons")
    found = (one.name.removesuffix(".png") for one in folder.iterdir() if one.name.endswith(".png"))
    return sorted(found)


def _read(folder: str, name: str) -> bytes | None:
    file = files("dealwright.cards").joinpath(folder, name)
    return file.read_bytes() if file.is_file() else None
