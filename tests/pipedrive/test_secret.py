"""A Secret is used, and never shown."""

import copy
import logging
import pickle
import traceback
from collections.abc import Callable

import pytest

from dealwright.core.secret import Secret

CANARY = "c0ffee5ec3e7"
TOKEN = Secret(CANARY)


WAYS_TO_PRINT: dict[str, Callable[[Secret], str]] = {
    "repr": repr,
    "str": str,
    "ascii": ascii,
    "format": lambda token: f"{token}",
    "aligned": lambda token: f"{token:>40}",
    "in a list": lambda token: repr([token]),
    "percent": lambda token: logging.makeLogRecord({"msg": "%s", "args": (token,)}).getMessage(),
}


@pytest.mark.parametrize("way", WAYS_TO_PRINT)
def test_no_way_of_printing_shows_it(way: str) -> None:
    shown = WAYS_TO_PRINT[way](TOKEN)

    assert CANARY not in shown
    assert "***" in shown


def test_it_is_revealed_on_purpose() -> None:
    assert TOKEN.reveal() == CANARY


def test_the_same_text_is_the_same_secret() -> None:
    assert Secret("a") == Secret("a")
    assert len({Secret("a"), Secret("a"), Secret("b")}) == 2


def test_it_equals_no_plain_text() -> None:
    assert Secret("a") != "a"


def test_an_empty_one_is_false() -> None:
    assert not Secret("")


def test_it_is_not_serialised() -> None:
    with pytest.raises(TypeError, match="Vault"):
        pickle.dumps(TOKEN)


def test_it_is_not_copied_by_way_of_serialising() -> None:
    with pytest.raises(TypeError):
        copy.copy(TOKEN)


def fail(token: Secret) -> None:
    raise RuntimeError(f"no entry with {token}")


def test_a_traceback_with_local_variables_does_not_show_it() -> None:
    with pytest.raises(RuntimeError) as caught:
        fail(TOKEN)
    story = traceback.TracebackException.from_exception(caught.value, capture_locals=True)

    assert CANARY not in "".join(story.format())
