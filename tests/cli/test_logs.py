"""What reaches a log, and in which form."""

import io
import json
import logging
from collections.abc import Iterator

import pytest
import structlog

from dealwright.cli import logs


class _Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.fixture(autouse=True)
def _put_back() -> Iterator[None]:
    root = logging.getLogger()
    handlers, level = root.handlers, root.level
    yield
    root.handlers, root.level = handlers, level
    structlog.reset_defaults()


def test_off_a_terminal_each_event_is_a_json_line() -> None:
    out = io.StringIO()
    logs.configure(stream=out)
    structlog.get_logger("dealwright.x").info("delivery.failed", delivery_id=7, code="rejected")

    line = json.loads(out.getvalue())
    assert (line["event"], line["delivery_id"], line["code"]) == ("delivery.failed", 7, "rejected")


def test_at_a_terminal_it_is_a_name_and_its_keys() -> None:
    out = _Terminal()
    logs.configure(stream=out)
    structlog.get_logger("dealwright.x").info("delivery.failed", delivery_id=7)

    assert "delivery.failed" in out.getvalue()


def test_the_setting_decides_over_the_terminal() -> None:
    out = _Terminal()
    logs.configure(stream=out, form="json")
    structlog.get_logger("dealwright.x").info("delivery.failed")

    assert json.loads(out.getvalue())["event"] == "delivery.failed"


@pytest.mark.parametrize("key", sorted(logs.HIDDEN))
def test_what_must_not_be_read_is_not_written(key: str) -> None:
    out = io.StringIO()
    logs.configure(stream=out)
    structlog.get_logger("dealwright.x").info("something", **{key: "hush"})

    assert "hush" not in out.getvalue()


def test_less_than_the_level_is_left_out() -> None:
    out = io.StringIO()
    logs.configure(stream=out, level="warning")
    structlog.get_logger("dealwright.x").info("delivery.delivered")

    assert out.getvalue() == ""


def test_a_library_s_warning_has_the_same_form() -> None:
    out = io.StringIO()
    logs.configure(stream=out)
    logging.getLogger("aiohttp").warning("something is odd")

    assert json.loads(out.getvalue())["event"] == "something is odd"


def test_a_library_s_chatter_is_left_out() -> None:
    out = io.StringIO()
    logs.configure(stream=out)
    logging.getLogger("uvicorn.error").info("Started server process")

    assert out.getvalue() == ""


def test_what_is_logged_during_a_request_has_its_id() -> None:
    out = io.StringIO()
    logs.configure(stream=out)
    with structlog.contextvars.bound_contextvars(request_id="r-1"):
        structlog.get_logger("dealwright.x").info("something")

    assert json.loads(out.getvalue())["request_id"] == "r-1"
