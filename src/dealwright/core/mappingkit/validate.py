"""Look through a mapping and report every fault with its path, before anything is compiled.

What Segment reports is reported with its paths (SEGMENT.md 5.1, Validation). Stricter here:
lists are looked through too, `mode` and `direction` count their letter case, and what fails
whenever it is run (no condition, no separator, no direction) is refused at once.
"""

import math
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any, Final, TypeAlias, cast

from dealwright.core.liquid import MAX_TEMPLATE
from dealwright.core.mappingkit.faults import Fault
from dealwright.core.mappingkit.texts import MAX_PATTERN

MAX_DEPTH: Final = 100
"""How deep a mapping may nest; a directive counts twice, for itself and for its options."""

MAX_NODES: Final = 10_000
"""How many values a mapping may hold."""

_Path: TypeAlias = tuple[str, ...]


class _Walk:
    """One look through one mapping."""

    __slots__ = ("faults", "nodes")

    def __init__(self) -> None:
        self.faults: list[Fault] = []
        self.nodes = 0

    def fault(self, path: _Path, message: str) -> None:
        """Note a fault."""
        self.faults.append(Fault(path="/" + "/".join(path), message=message))

    def node(self, value: object, path: _Path) -> None:
        """Look at any value and at all that is in it."""
        self.nodes += 1
        if self.nodes > MAX_NODES or len(path) > MAX_DEPTH:
            raise TooLarge(path)
        if isinstance(value, dict):
            self._object(cast("dict[object, object]", value), path)
        elif isinstance(value, list):
            for at, item in enumerate(cast("list[object]", value)):
                self.node(item, (*path, str(at)))
        elif isinstance(value, float) and not math.isfinite(value):
            self.fault(path, "should be a number that JSON has.")
        elif not isinstance(value, str | int | float | None):
            self.fault(path, f"should be a JSON value, not {type(value).__name__}.")

    def _object(self, entries: dict[object, object], path: _Path) -> None:
        names = [key for key in entries if isinstance(key, str)]
        if len(names) < len(entries):
            self.fault(path, "should have texts as keys.")
        elif not any(name.startswith("@") for name in names):
            for name in names:
                self.node(entries[name], (*path, name))
        else:
            self._directive(cast("dict[str, object]", entries), path)

    def _directive(self, entries: Mapping[str, object], path: _Path) -> None:
        names = [name for name in entries if name != "_metadata"]
        if len(names) > 1:
            self.fault(path, f"should only have one key with @, but it has {len(names)} keys.")
            return
        (name,) = names
        options = OPTIONS.get(name)
        if options is None:
            known = ", ".join(OPTIONS)
            self.fault(path, f"has an invalid directive: {name[:40]}. There are {known}.")
            return
        options(self, entries[name], (*path, name))

    def options(self, value: object, path: _Path, *known: str) -> Mapping[str, object] | None:
        """Insist on an object of options; what is unknown is looked through, and has no effect."""
        if not isinstance(value, dict) or is_directive_like(cast("object", value)):
            found = kind(cast("object", value))
            self.fault(path, f"should be an object of options but it is {found}.")
            return None
        self.nodes += 1
        options = cast("Mapping[str, object]", value)
        for name in options:
            if name not in known:
                self.node(options[name], (*path, name))
        return options

    def text_or_directive(self, value: object, path: _Path) -> None:
        """Insist on a text or a directive."""
        if is_directive_like(value):
            self.node(value, path)
        elif not isinstance(value, str):
            self.fault(path, f"should be a text or a directive but it is {kind(value)}.")

    def object_or_directive(self, value: object, path: _Path) -> None:
        """Insist on an object, which may be a directive."""
        if isinstance(value, dict):
            self.node(cast("object", value), path)
        else:
            self.fault(path, f"should be an object or a directive but it is {kind(value)}.")

    def required(self, options: Mapping[str, object], names: Iterable[str], path: _Path) -> None:
        """Note each option that is not there."""
        for name in names:
            if name not in options:
                self.fault(path, f'should have "{name}" but it does not.')

    def text(self, options: Mapping[str, object], name: str, path: _Path) -> str | None:
        """Give an option that must be a text if it is there."""
        value = options.get(name, "")
        if isinstance(value, str):
            return value
        self.fault((*path, name), f"should be a text but it is {kind(value)}.")
        return None

    def one_of(
        self, options: Mapping[str, object], name: str, choices: tuple[str, str], path: _Path
    ) -> None:
        """Insist on one of two words if the option is there."""
        if name in options and options[name] not in choices:
            self.fault((*path, name), f"should be {' or '.join(choices)}, in lower case.")


class TooLarge(Exception):
    """The walk met more, or deeper, than a mapping may hold; a mapping in a circle ends so."""

    def __init__(self, path: _Path) -> None:
        super().__init__(path)
        self.path = path


def faults_of(mapping: object) -> list[Fault]:
    """Report all faults of a mapping."""
    walk = _Walk()
    try:
        walk.node(mapping, ())
    except TooLarge as large:
        start = "/" + "/".join(large.path[:6])
        message = f"is too large: at most {MAX_NODES} values, nested {MAX_DEPTH} deep."
        return [*walk.faults, Fault(path=start, message=message)]
    return walk.faults


def is_directive_like(value: object) -> bool:
    """Tell whether a value is an object with a key that begins with `@`."""
    return isinstance(value, dict) and any(
        isinstance(key, str) and key.startswith("@") for key in cast("dict[object, object]", value)
    )


def kind(value: object) -> str:
    """Name a JSON value's kind for a sentence."""
    match value:
        case None:
            return "null"
        case bool():
            return "a boolean"
        case str():
            return "a text"
        case int() | float():
            return "a number"
        case list():
            return "a list"
        case dict():
            return "an object"
        case _:
            return type(value).__name__


def _texts(walk: _Walk, value: object, path: _Path) -> None:
    walk.text_or_directive(value, path)


def _anything(walk: _Walk, value: object, path: _Path) -> None:
    walk.node(value, path)


def _liquid(walk: _Walk, value: object, path: _Path) -> None:
    if not isinstance(value, str):
        walk.fault(path, f"should be a text but it is {kind(value)}.")
    elif len(value) > MAX_TEMPLATE:
        walk.fault(path, f"should be a text of at most {MAX_TEMPLATE} characters.")


def _if(walk: _Walk, value: object, path: _Path) -> None:
    options = walk.options(value, path, "exists", "blank", "then", "else")
    if options is None:
        return
    if "exists" not in options and "blank" not in options:
        walk.fault(path, 'should have "exists" or "blank" but it does not.')
    for name in ("exists", "blank", "then", "else"):
        if name in options:
            walk.node(options[name], (*path, name))


def _case(walk: _Walk, value: object, path: _Path) -> None:
    options = walk.options(value, path, "operator", "value")
    if options is None:
        return
    if walk.text(options, "operator", path) == "":
        walk.fault(path, 'should have "operator" but it does not.')
    if "value" in options:
        walk.text_or_directive(options["value"], (*path, "value"))


def _replace(walk: _Walk, value: object, path: _Path) -> None:
    known = ("pattern", "replacement", "ignorecase", "global", "value")
    options = walk.options(value, path, *known)
    if options is None:
        return
    walk.required(options, ("pattern", "value"), path)
    for name in ("ignorecase", "global"):
        if not isinstance(options.get(name, False), bool):
            walk.fault((*path, name), f"should be a boolean but it is {kind(options[name])}.")
    _patterns(walk, options, path)
    if "value" in options:
        walk.text_or_directive(options["value"], (*path, "value"))


def _patterns(walk: _Walk, options: Mapping[str, object], path: _Path) -> None:
    if options.get("pattern") == "":
        walk.fault((*path, "pattern"), "should be a text of length 1 or more.")
    long = [
        name
        for name in ("pattern", "replacement")
        if len(walk.text(options, name, path) or "") > MAX_PATTERN
    ]
    for name in (*long, *_long_second(options)):
        walk.fault((*path, name), f"should be a text of length {MAX_PATTERN} or less.")


def _long_second(options: Mapping[str, object]) -> Iterator[str]:
    if not isinstance(options.get("pattern2"), str) or options["pattern2"] == "":
        return
    for name in ("pattern2", "replacement2"):
        value = options.get(name, "")
        if isinstance(value, str) and len(value) > MAX_PATTERN:
            yield name


def _json(walk: _Walk, value: object, path: _Path) -> None:
    options = walk.options(value, path, "mode", "value")
    if options is None:
        return
    walk.required(options, ("value", "mode"), path)
    walk.one_of(options, "mode", ("encode", "decode"), path)
    if "value" in options:
        walk.node(options["value"], (*path, "value"))


def _flatten(walk: _Walk, value: object, path: _Path) -> None:
    options = walk.options(value, path, "separator", "value")
    if options is None:
        return
    walk.required(options, ("value", "separator"), path)
    walk.text(options, "separator", path)
    if "value" in options:
        walk.node(options["value"], (*path, "value"))


def _merge(walk: _Walk, value: object, path: _Path) -> None:
    options = walk.options(value, path, "objects", "direction")
    if options is None:
        return
    walk.required(options, ("objects", "direction"), path)
    walk.one_of(options, "direction", ("left", "right"), path)
    objects = options.get("objects", [])
    if not isinstance(objects, list):
        walk.fault((*path, "objects"), f"should be a list but it is {kind(objects)}.")
        return
    for at, item in enumerate(cast("list[object]", objects)):
        walk.object_or_directive(item, (*path, "objects", str(at)))


def _transform(walk: _Walk, value: object, path: _Path) -> None:
    options = walk.options(value, path, "apply", "mapping")
    if options is None:
        return
    walk.required(options, ("apply", "mapping"), path)
    for name in ("apply", "mapping"):
        if name in options:
            walk.object_or_directive(options[name], (*path, name))


def _array_path(walk: _Walk, value: object, path: _Path) -> None:
    if not isinstance(value, list):
        walk.fault(path, f"should be a list but it is {kind(value)}.")
        return
    items = cast("list[object]", value)
    if not items:
        walk.fault(path, "should have a path as its first item.")
        return
    # Segment's paths do not count the two items.
    walk.text_or_directive(items[0], path)
    if len(items) > 1:
        walk.node(items[1], path)


OPTIONS: Final[dict[str, Callable[[Any, object, tuple[str, ...]], None]]] = {
    "@path": _texts,
    "@template": _texts,
    "@if": _if,
    "@case": _case,
    "@replace": _replace,
    "@arrayPath": _array_path,
    "@literal": _anything,
    "@json": _json,
    "@flatten": _flatten,
    "@merge": _merge,
    "@transform": _transform,
    "@excludeWhenNull": _anything,
    "@liquid": _liquid,
}
"""What each directive asks of its options."""
