"""Logs: events with keys. JSON lines for machines, `event.name key=value` at a terminal."""

import logging
import sys
from collections.abc import MutableMapping
from typing import Any, TextIO

import structlog

#: Keys whose values never reach a log, whoever passes them.
HIDDEN = frozenset({"token", "api_token", "write_key", "secret", "password", "payload", "body"})


def configure(*, stream: TextIO | None = None, level: str = "info", form: str = "auto") -> None:
    """Send our events, and warnings of the libraries, to `stream` (the standard error output).

    `level` and `form` (auto, text, json) are what the settings of the same names take.
    """
    out = stream if stream is not None else sys.stderr
    least = logging.getLevelNamesMapping()[level.upper()]
    last = _last_steps(form if form != "auto" else ("text" if out.isatty() else "json"))
    shared: list[structlog.typing.Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True, key="at"),
        _without_secrets,
    ]
    structlog.configure(
        processors=[*shared, *last],
        # Past the standard library's logging, which costs more than all the rest of a line.
        logger_factory=structlog.WriteLoggerFactory(file=out),
        wrapper_class=structlog.make_filtering_bound_logger(least),
        cache_logger_on_first_use=False,
    )
    handler = logging.StreamHandler(out)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, *last],
        )
    )
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(least)
    for name in ("uvicorn", "uvicorn.error", "uvicorn.access", "aiohttp", "alembic", "asyncio"):
        logging.getLogger(name).handlers = []
        logging.getLogger(name).setLevel(max(least, logging.WARNING))


def _last_steps(form: str) -> list[structlog.typing.Processor]:
    if form == "text":
        # A traceback with the values of variables would print paths and headers that are secrets.
        plain = structlog.dev.plain_traceback
        return [
            structlog.dev.ConsoleRenderer(
                pad_event_to=28, timestamp_key="at", exception_formatter=plain
            )
        ]
    return [structlog.processors.format_exc_info, structlog.processors.JSONRenderer()]


def _without_secrets(
    _logger: object, _method: str, event: MutableMapping[str, Any]
) -> MutableMapping[str, Any]:
    for key in HIDDEN & event.keys():
        event[key] = "***"
    return event
