"""When our result for a recorded mapping counts as the recorded one: rules over the case."""

import json
import re
from collections.abc import Iterator
from typing import Any

from dealwright.core.directives import MappingFaults, compile_directives
from dealwright.core.errors import MappingError

OPTIONS_THAT_MAY_BE_FALSY = ("else", "exists", "blank", "value", "separator")
# A plain object, no directive, in an option that takes anything.
UNSEEN = re.compile(r"/@(?:literal|excludeWhenNull|(?:json|flatten)/value|if/\w+)/[^@]")
NUMBER = re.compile(r"-?\d+(?:\.\d+)?(?:e[+-]?\d+)?")


def outcome(mapping: dict[str, Any], event: Any) -> Any:
    """What our code makes of a mapping and an event: a result, or the error itself."""
    try:
        return compile_directives(mapping)(event)
    except MappingError as error:
        return error


def passes(case: dict[str, Any]) -> bool:
    """Equal as JSON, or errors at the same places, or one of the allowed deviations."""
    ours = outcome(case["mapping"], case["event"])
    return agrees(ours, case) or any(rule(ours, case) for rule in ALLOWED)


def agrees(ours: Any, case: dict[str, Any]) -> bool:
    if "error" in case:
        recorded = [message.split(" ")[0] for message in case["error"]["messages"]]
        return isinstance(ours, MappingError) and all(
            names(ours, path) for path in recorded if path.startswith("/")
        )
    if isinstance(ours, MappingError):
        return False
    return canonical(ours) == canonical(case.get("result"))


def names(error: MappingError, recorded: str) -> bool:
    """Segment forgets what stands before an item of @merge; ours names the whole path."""
    faults = error.faults if isinstance(error, MappingFaults) else ()
    paths = {fault.path for fault in faults} | {error.path}
    shortened = {re.sub(r"^.*/@merge/objects/\d+", "", path) or "/" for path in paths}
    return recorded in paths | shortened


def canonical(value: Any) -> str:
    """Text in which 3 and 3.0 are one, true and 1 are two, and keys have no order."""
    if isinstance(value, dict):
        return "{" + ",".join(f"{key!r}:{canonical(value[key])}" for key in sorted(value)) + "}"
    if isinstance(value, list):
        return "[" + ",".join(map(canonical, value)) + "]"
    number = isinstance(value, int | float) and not isinstance(value, bool)
    return repr(float(value)) if number else repr(value)


def directives(node: Any) -> Iterator[tuple[str, Any]]:
    """All directives of a mapping with their options, at any depth."""
    if isinstance(node, dict):
        for key, value in node.items():
            if key.startswith("@"):
                yield key, value
            yield from directives(value)
    elif isinstance(node, list):
        for item in node:
            yield from directives(item)


def no_second_expansion(ours: Any, case: dict[str, Any]) -> bool:
    """What triple braces put in is not scanned again: the event's own braces appear as they are."""
    triple = any(
        name == "@template" and "{{{" in str(value) for name, value in directives(case["mapping"])
    )
    return triple and "{{" in json.dumps(case["event"]) and "{{" in str(ours)


def properties_of_javascript(ours: Any, case: dict[str, Any]) -> bool:
    """A path into text, or to the length of something, may count code points.

    That makes a difference only where the event has characters beyond the basic plane.
    """
    paths = [str(value) for name, value in directives(case["mapping"]) if name == "@path"]
    odd = any(re.search(r"\.length\b|[.\[]\d+", path) for path in paths)
    beyond = re.search("[\U00010000-\U0010ffff]", json.dumps(case["event"], ensure_ascii=False))
    return odd and bool(beyond) and not isinstance(ours, MappingError) and "error" not in case


def falsy_as_written(ours: Any, case: dict[str, Any]) -> bool:
    """A literal 0, false, "" or null in an option is the value that it is: as by @literal."""
    if not any(_falsy_options(value) for _, value in directives(case["mapping"])):
        return False
    return canonical(ours) == canonical(outcome(_spelled_out(case["mapping"]), case["event"]))


def _falsy_options(options: Any) -> list[str]:
    if not isinstance(options, dict):
        return []
    return [
        name
        for name in OPTIONS_THAT_MAY_BE_FALSY
        if name in options and options[name] in (0, False, "", None)
    ]


def _spelled_out(node: Any) -> Any:
    if isinstance(node, list):
        return [_spelled_out(item) for item in node]
    if not isinstance(node, dict):
        return node
    falsy = set(_falsy_options(node)) - {"separator"}
    return {
        key: {"@literal": value} if key in falsy else _spelled_out(value)
        for key, value in node.items()
    }


def strictness(ours: Any, case: dict[str, Any]) -> bool:
    """We refuse, with its path, what Segment does not look at."""
    if not isinstance(ours, MappingFaults):
        return False
    return all(
        fault.path.endswith(("/mode", "/direction"))
        or UNSEEN.search(fault.path)
        or _in_list(case["mapping"], fault.path)
        for fault in ours.faults
    )


def _in_list(node: Any, path: str) -> bool:
    for key in path.split("/")[1:]:
        if isinstance(node, list):
            return True
        node = node.get(key) if isinstance(node, dict) else None
    return False


def liquid(ours: Any, case: dict[str, Any]) -> bool:
    """Numbers in Liquid's text need only agree in 12 significant digits."""
    if not any(name == "@liquid" for name, _ in directives(case["mapping"])):
        return False
    if isinstance(ours, MappingError) or "error" in case:
        return False
    return _rounded(canonical(ours)) == _rounded(canonical(case.get("result")))


def _rounded(text: str) -> str:
    return NUMBER.sub(lambda hit: f"{float(hit[0]):.12g}", text)


ALLOWED = (
    no_second_expansion,
    properties_of_javascript,
    falsy_as_written,
    strictness,
    liquid,
)
