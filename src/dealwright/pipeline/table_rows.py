"""Rows of a CSV file as events: which column goes where."""

import csv
import io
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, BinaryIO, Final, cast

import msgspec

from dealwright.core.errors import ConfigError
from dealwright.pipeline.lines import LONGEST_LINE

_DELIMITERS: Final = ",;\t|"
_ALL: Final = "*"


@dataclass(frozen=True, slots=True, kw_only=True)
class Columns:
    """Where the columns of a table go.

    `paths` are the event's fields, dotted, and the column of each; `traits.*` with the column `*`
    takes all that are not named. Without paths the columns are named as the fields. `fixed` is the
    same in every event.
    """

    paths: Mapping[str, str]
    fixed: Mapping[str, Any]


def read_columns(given: Sequence[str], fixed: Mapping[str, Any]) -> Columns:
    """Read what `--map FIELD=COLUMN` gave; raises ConfigError (`invalid_columns`)."""
    paths: dict[str, str] = {}
    for text in given:
        path, _, column = text.partition("=")
        if not all(path.split(".")) or not column:
            raise _wrong(f"--map {text}: write FIELD=COLUMN, such as userId=Id")
        paths[path] = column
    return Columns(paths=paths, fixed=fixed)


def rows(source: BinaryIO, columns: Columns) -> Iterator[bytes]:
    """Each row as the JSON of an event; empty cells are left out.

    A row with more cells than the heading becomes a list, which the door keeps as a reject. Raises
    ConfigError (`invalid_columns`, `unreadable_file`).
    """
    text = io.TextIOWrapper(source, encoding="utf-8-sig", newline="")
    try:
        lines = _bounded(text)
        heading_line = next(lines, "")
        delimiter = max(_DELIMITERS, key=heading_line.count)
        heading = next(csv.reader([heading_line], delimiter=delimiter), list[str]())
        places = _places(heading, columns)
        for row in csv.reader(lines, delimiter=delimiter):
            if any(row):
                yield _event(row, len(heading), places, columns.fixed)
    except UnicodeDecodeError as error:
        raise ConfigError("The table is not in UTF-8: save it so.", code="unreadable_file") from (
            error
        )
    except csv.Error as error:
        raise ConfigError(f"The table cannot be read: {error}.", code="unreadable_file") from error
    finally:
        text.detach()


def _bounded(text: io.TextIOWrapper) -> Iterator[str]:
    """The lines, as long as they are no longer than any row: a packed file may hide a long one."""
    while line := text.readline(LONGEST_LINE):
        if len(line) == LONGEST_LINE:
            raise ConfigError(
                f"The table has a line of more than {LONGEST_LINE:,} characters.",
                code="unreadable_file",
            )
        yield line


def _places(heading: list[str], columns: Columns) -> list[tuple[int, tuple[str, ...]]]:
    names = [name.strip() for name in heading]
    if not any(names):
        raise _wrong("The table has no heading: its first line names the columns")
    if not columns.paths:
        return [(at, _path(name)) for at, name in enumerate(names) if name]
    places: list[tuple[int, tuple[str, ...]]] = []
    for path, column in columns.paths.items():
        if column == _ALL and path.endswith(f".{_ALL}"):
            rest = [name for name in names if name and name not in columns.paths.values()]
            above = _path(path)[:-1]
            places += [(names.index(name), (*above, name)) for name in rest]
        elif column in names:
            places.append((names.index(column), _path(path)))
        else:
            raise _wrong(f"There is no column {column}; there are {', '.join(names)}")
    return places


def _path(text: str) -> tuple[str, ...]:
    parts = tuple(text.split("."))
    if not all(parts):
        raise _wrong(f"{text} names no field: write fields such as userId or traits.email")
    return parts


def _event(
    row: list[str],
    width: int,
    places: Sequence[tuple[int, tuple[str, ...]]],
    fixed: Mapping[str, Any],
) -> bytes:
    if len(row) > width:
        return msgspec.json.encode(row)
    event: dict[str, Any] = dict(fixed)
    for at, path in places:
        value = row[at].strip() if at < len(row) else ""
        if value:
            _put(event, path, value)
    return msgspec.json.encode(event)


def _put(event: dict[str, Any], path: tuple[str, ...], value: str) -> None:
    for key in path[:-1]:
        inner = event.setdefault(key, {})
        if not isinstance(inner, dict):
            raise _wrong(f"{'.'.join(path)} is below {key}, which is a column of its own")
        event = cast("dict[str, Any]", inner)
    if isinstance(event.get(path[-1]), dict):
        raise _wrong(f"{path[-1]} is a column, and others are below it")
    event[path[-1]] = value


def _wrong(sentence: str) -> ConfigError:
    return ConfigError(f"{sentence}.", code="invalid_columns")
