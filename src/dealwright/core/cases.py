"""Cases: what users expect of their Mappings, written beside them as `[[case]]` tables."""

import math
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Any, Final, TypeAlias, cast

import msgspec

from dealwright.core.draft import Draft, Trial, read_draft
from dealwright.core.errors import MappingError

Load: TypeAlias = Callable[[str], object]
"""Reads another file by the name that stands in a file of cases."""


class Given(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a case begins with: an event as a table, as JSON text, or the name of a JSON file."""

    event: dict[str, Any] | str


class Expect(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What should come out; what is left out is not looked at.

    `fires`: whether the trigger does. `fields`: what the directives give. `values`: what goes to
    the action. `error`: the code of the error, and `path`: where it is.
    """

    fires: bool | None = None
    fields: dict[str, Any] | str | None = None
    values: dict[str, Any] | str | None = None
    error: str | None = None
    path: str | None = None


class Case(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One expectation, named by a sentence."""

    name: str
    given: Given
    expect: Expect


class _Document(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    mapping: dict[str, Any] | str
    case: list[Case]


@dataclass(frozen=True, slots=True, kw_only=True)
class Suite:
    """A Mapping and its cases, with everything loaded that they name."""

    draft: Draft
    cases: tuple[Case, ...]


_DEPTH: Final = 100
_AS_JSON: Final = msgspec.json.Encoder(decimal_format="number")


def read_suite(document: object, load: Load) -> Suite:
    """Read a file of cases, as TOML gives it; raises MappingError (`invalid_mapping_file`)."""
    try:
        read = msgspec.convert(document, _Document)
    except msgspec.ValidationError as error:
        raise _wrong(f"The cases cannot be read: {error}.") from error
    if not read.case:
        raise _wrong("There is no [[case]] in this file.")
    given = load(read.mapping) if isinstance(read.mapping, str) else read.mapping
    _check_plain(given, "mapping")
    return Suite(draft=read_draft(given), cases=tuple(_loaded(case, load) for case in read.case))


def complaints(case: Case, trial: Trial) -> tuple[str, ...]:
    """What a trial lacks of what the case expects, a sentence each; none if it passes."""
    return tuple(_complaints(case.expect, trial))


def _complaints(expect: Expect, trial: Trial) -> Iterator[str]:
    wanted = True if expect.fires is None else expect.fires
    if trial.fires is not wanted:
        clauses = "; ".join(
            f"`{clause.text}` is {'true' if clause.holds else 'false'}" for clause in trial.clauses
        )
        yield f"the trigger {'fires' if trial.fires else 'does not fire'}: {clauses}"
    if expect.error is not None or expect.path is not None:
        yield from _error_complaints(expect, trial.error)
    elif trial.error is not None and _wants_what_failed(expect, trial):
        yield f"it fails: {trial.error} [{trial.error.code}]"
        return
    if expect.fields is not None:
        yield from _differences(expect.fields, trial.fields, "")
    if expect.values is not None:
        got = None if trial.values is None else dict(trial.values)
        yield from _differences(expect.values, got, "")


def _wants_what_failed(expect: Expect, trial: Trial) -> bool:
    """Values come after fields: fields may be right where no values can be made of them."""
    return expect.values is not None or (expect.fields is not None and trial.fields is None)


def _error_complaints(expect: Expect, error: MappingError | None) -> Iterator[str]:
    if error is None:
        yield f"expected the error {expect.error or 'at ' + str(expect.path)}, got none"
        return
    if expect.error is not None and error.code != expect.error:
        yield f"expected the error {expect.error}, got {error.code}: {error}"
    if expect.path is not None and error.path != expect.path:
        yield f"expected an error at {expect.path}, got one at {error.path}: {error}"


def _differences(wanted: object, got: object, path: str) -> Iterator[str]:
    if isinstance(wanted, dict) and isinstance(got, dict):
        theirs, ours = cast("dict[str, Any]", wanted), cast("dict[str, Any]", got)
        for key in [*theirs, *(key for key in ours if key not in theirs)]:
            at = f"{path}.{key}" if path else key
            if key not in ours:
                yield f"{at}: expected {_shown(theirs[key])}, got nothing"
            elif key not in theirs:
                yield f"{at}: expected nothing, got {_shown(ours[key])}"
            else:
                yield from _differences(theirs[key], ours[key], at)
    elif not same(one := cast("object", wanted), other := got):
        yield f"{path or 'the fields'}: expected {_shown(one)}, got {_shown(other)}"


def same(one: object, other: object) -> bool:
    """Equal as JSON: 3 is 3.0, true is not 1, a tuple is a list, an amount its number or text."""
    if isinstance(one, bool) or isinstance(other, bool):
        return one is other
    if isinstance(other, Decimal) and isinstance(one, int | float | str):
        return _is_amount(one, other)
    if isinstance(one, list | tuple) and isinstance(other, list | tuple):
        ours, theirs = cast("list[object]", one), cast("list[object]", other)
        return len(ours) == len(theirs) and all(map(same, ours, theirs))
    if isinstance(one, dict) and isinstance(other, dict):
        left, right = cast("dict[str, object]", one), cast("dict[str, object]", other)
        return left.keys() == right.keys() and all(same(left[key], right[key]) for key in left)
    return one == other


def _is_amount(written: float | str, amount: Decimal) -> bool:
    """Compared as written down: the binary 0.1 is not quite a tenth."""
    try:
        return Decimal(str(written)) == amount
    except InvalidOperation:
        return False


def _shown(value: object) -> str:
    text = _AS_JSON.encode(value).decode()
    return text if len(text) <= 200 else f"{text[:200]}…"


def _loaded(case: Case, load: Load) -> Case:
    event = _object(case.given.event, load, case.name)
    expect = case.expect
    fields = None if expect.fields is None else _object(expect.fields, load, case.name)
    values = None if expect.values is None else _object(expect.values, load, case.name)
    return msgspec.structs.replace(
        case,
        given=Given(event=event),
        expect=msgspec.structs.replace(expect, fields=fields, values=values),
    )


def _object(given: dict[str, Any] | str, load: Load, name: str) -> dict[str, Any]:
    found: object = given
    if isinstance(given, str):
        found = _json(given, name) if given.lstrip().startswith("{") else load(given)
    if not isinstance(found, dict):
        raise _wrong(f"Case “{name}”: an object is wanted.")
    entries = cast("dict[str, Any]", found)
    _check_plain(entries, f"case “{name}”")
    return entries


def _json(text: str, name: str) -> object:
    try:
        return msgspec.json.decode(text)
    except (msgspec.DecodeError, UnicodeError) as error:
        raise _wrong(f"Case “{name}”: this is no JSON: {error}.") from error


def _check_plain(value: object, where: str, depth: int = 0) -> None:
    """Refuse what TOML has and JSON has not."""
    if depth > _DEPTH:
        raise _wrong(f"In {where}: nested more than {_DEPTH} deep.")
    if isinstance(value, dict):
        for key, item in cast("Mapping[str, object]", value).items():
            _check_plain(item, f"{where}, {key}", depth + 1)
    elif isinstance(value, list):
        for item in cast("list[object]", value):
            _check_plain(item, where, depth + 1)
    elif isinstance(value, float) and not math.isfinite(value):
        raise _wrong(f"In {where}: JSON has no such number.")
    elif not isinstance(value, str | int | float | None):
        raise _wrong(f"In {where}: JSON has no dates and times. Put them in quotes.")


def _wrong(sentence: str) -> MappingError:
    return MappingError(sentence, code="invalid_mapping_file")
