"""Google's answer to a card, before Google sees it: the strict protobuf and the rules beside it."""

import json
from functools import lru_cache
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from types import ModuleType
from typing import Any

_FILE = Path(__file__).parent / "vendored" / "validate_card.py"


@lru_cache(maxsize=1)
def _validator() -> ModuleType:
    spec = spec_from_file_location("validate_card", _FILE)
    assert spec is not None
    assert spec.loader is not None
    module = module_from_spec(spec)
    # Its dataclasses look themselves up by this name.
    import sys  # noqa: PLC0415

    sys.modules["validate_card"] = module
    spec.loader.exec_module(module)
    return module


def faults(answer: object, *, kind: str = "card") -> list[Any]:
    """What is wrong with an answer, as (code, path, sentence); nothing when it is right."""
    _, report = _validator().validate(answer, kind=kind)
    return list(report.errors)


def linked_faults(answer: object, *, kind: str, links: tuple[str, ...]) -> list[Any]:
    """The same, and what is opened that no prefix of the deployment (`links`) covers."""
    _, report = _validator().validate(answer, kind=kind, prefixes=links)
    return list(report.errors)


def kind_of(answer: object) -> str:
    """Which of Google's answers it is: render, submit, autocomplete, auth, or a bare card."""
    return str(_validator().detect(answer))


def widgets(card: dict[str, Any]) -> int:
    """For how many widgets a card counts."""
    module = _validator()
    return int(module.Lint(module.Report()).card(card))


def size(card: dict[str, Any]) -> int:
    """How many bytes it is on the wire."""
    return len(json.dumps(card, ensure_ascii=False, separators=(",", ":")).encode())
