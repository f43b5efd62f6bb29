"""Turn a validated mapping into closures that are called once for each event."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from enum import Enum
from typing import Any, Final, NoReturn, cast

from dealwright.core.ecmascript import json_text
from dealwright.core.errors import MappingError
from dealwright.core.liquid import compile_liquid
from dealwright.core.mappingkit.absence import (
    ABSENT,
    Effort,
    Resolver,
    is_flat,
    without_absent,
    without_nulls,
)
from dealwright.core.mappingkit.faults import Fault
from dealwright.core.mappingkit.objects import object_resolver, plain_path
from dealwright.core.mappingkit.paths import parse_reference, path_resolver, walk
from dealwright.core.mappingkit.shapes import Lists, flatten, merge
from dealwright.core.mappingkit.texts import (
    Replacement,
    case_resolver,
    fill_template,
    replace_resolver,
    template_resolver,
    text_of,
)
from dealwright.core.mappingkit.validate import is_directive_like


class Absents(Enum):
    """What becomes of absent values in objects and lists.

    @merge and @flatten see keys whose value is absent, so what they are given keeps them.
    """

    LEAVE = "leave"
    STAY = "stay"


@dataclass(frozen=True, slots=True, kw_only=True)
class Site:
    """Where in a mapping something is compiled, and what all parts of one mapping share."""

    effort: Effort
    faults: list[Fault]
    path: tuple[str, ...] = ()
    absents: Absents = Absents.LEAVE

    def under(self, *keys: str) -> "Site":
        """The place below these keys."""
        return replace(self, path=(*self.path, *keys))

    def where(self, absents: Absents) -> "Site":
        """The same place, with absent values treated so."""
        return replace(self, absents=absents)


def compile_node(node: object, site: Site) -> Resolver:
    """Compile any value of a mapping."""
    if isinstance(node, dict):
        entries = cast("Mapping[str, object]", node)
        if is_directive_like(entries):
            (name,) = (key for key in entries if key != "_metadata")
            place = site.under(name)
            resolver = _DIRECTIVES[name](entries[name], place)
            plain = name == "@path" and isinstance(entries[name], str)
            return resolver if plain or name in _NEVER_FAIL else _placed(resolver, place)
        return _object(entries, site)
    if isinstance(node, list):
        return _list(cast("list[object]", node), site)
    return lambda _event: node


def _object(entries: Mapping[str, object], site: Site) -> Resolver:
    fields = [
        (key, plain_path(value), compile_node(value, site.under(key)))
        for key, value in entries.items()
    ]
    if site.absents is Absents.LEAVE:
        return object_resolver(fields)
    values = tuple((key, value) for key, _, value in fields)
    return lambda event: {key: value(event) for key, value in values}


def _list(items: list[object], site: Site) -> Resolver:
    values = tuple(compile_node(item, site.under(str(at))) for at, item in enumerate(items))
    if site.absents is Absents.STAY:
        return lambda event: [value(event) for value in values]

    def resolved(event: Any) -> list[Any]:
        found = [value(event) for value in values]
        return [None if item is ABSENT else item for item in found]

    return resolved


def _placed(value: Resolver, site: Site) -> Resolver:
    """Add to an error where in the mapping it arose."""
    path = "/" + "/".join(site.path)

    def placed(event: Any) -> Any:
        try:
            return value(event)
        except MappingError as error:
            if error.path:
                raise
            raise MappingError(f"{path}: {error}", code=error.code, path=path) from error

    return placed


def _settled(value: Resolver, site: Site) -> Resolver:
    """Let the absent values leave that were kept for a directive, unless an outer one sees them."""
    if site.absents is Absents.STAY:
        return value
    effort = site.effort

    def settled(event: Any) -> Any:
        found: object = value(event)
        return found if is_flat(found) else without_absent(found, effort)

    return settled


def _path(options: object, site: Site) -> Resolver:
    if isinstance(options, str):
        return path_resolver(parse_reference(options))
    reference = compile_node(options, site)

    def value(event: Any) -> Any:
        text = reference(event)
        if not isinstance(text, str):
            raise MappingError("A path must be a text, and what was given is none.")
        return walk(event, parse_reference(site.effort.spend_on(text)))

    return value


def _template(options: object, site: Site) -> Resolver:
    if isinstance(options, str):
        return template_resolver(options, site.effort)
    text = compile_node(options, site)
    return lambda event: fill_template(text(event), event, site.effort)


def _if(options: Mapping[str, object], site: Site) -> Resolver:
    then = _option(options, "then", site)
    other = _option(options, "else", site)
    if "exists" in options:
        exists = _option(options, "exists", site)

        def when_there(event: Any) -> Any:
            found = exists(event)
            return then(event) if found is not None and found is not ABSENT else other(event)

        return when_there
    blank = _option(options, "blank", site)
    return lambda event: other(event) if _is_blank(blank(event)) else then(event)


def _is_blank(value: object) -> bool:
    if isinstance(value, list):
        return text_of(cast("object", value)) == ""
    return value is ABSENT or value is None or value in ("", 0)


def _option(options: Mapping[str, object], name: str, site: Site) -> Resolver:
    if name not in options:
        return lambda _event: ABSENT
    return compile_node(options[name], site.under(name))


def _case(options: Mapping[str, object], site: Site) -> Resolver:
    value = _option(options, "value", site)
    return case_resolver(cast("str", options["operator"]), value, site.effort)


def _replace(options: Mapping[str, object], site: Site) -> Resolver:
    return replace_resolver(
        tuple(
            Replacement(
                pattern=pattern,
                replacement=_text(options, f"replacement{suffix}"),
                ignores_case=options.get("ignorecase") is True,
                all_hits=options.get("global") is not False,
            )
            for suffix in ("", "2")
            if (pattern := _text(options, f"pattern{suffix}"))
            and isinstance(options.get(f"replacement{suffix}"), str | None)
        ),
        _option(options, "value", site),
        site.effort,
    )


def _text(options: Mapping[str, object], name: str) -> str:
    value = options.get(name)
    return value if isinstance(value, str) else ""


def _array_path(options: list[object], site: Site) -> Resolver:
    first = options[0]
    inner = site.under("0").where(Absents.STAY)
    found = _path(first, inner) if isinstance(first, str) else compile_node(first, inner)
    shape = options[1] if len(options) > 1 else None
    if not isinstance(shape, dict) or not shape:
        return found if isinstance(first, str) else _settled(found, site)
    shaped = compile_node(cast("object", shape), site.under("1"))
    cost = _size(cast("object", shape))
    plain = _settled(lambda value: value, site)
    nothing = ABSENT if site.absents is Absents.STAY else None

    def value(event: Any) -> Any:
        items = found(event)
        if not isinstance(items, dict | list):
            return plain(items)
        each = cast("list[Any]", items if isinstance(items, list) else [items])
        site.effort.spend(len(each) * cost)
        results = [shaped(item) for item in each]
        return [nothing if result is ABSENT else result for result in results]

    return value


def _size(node: object) -> int:
    """How many values a part of a mapping holds."""
    if isinstance(node, dict):
        return 1 + sum(map(_size, cast("Mapping[str, object]", node).values()))
    return 1 + sum(map(_size, cast("list[object]", node))) if isinstance(node, list) else 1


def _json(options: Mapping[str, object], site: Site) -> Resolver:
    value = compile_node(options["value"], site.under("value").where(Absents.LEAVE))
    if options["mode"] == "encode":

        def encoded(event: Any) -> Any:
            found = value(event)
            return ABSENT if found is ABSENT else site.effort.spend_on(json_text(found))

        return encoded
    return lambda event: _decoded(value(event), site.effort)


def _decoded(value: Any, effort: Effort) -> Any:
    if not isinstance(value, str):
        return value
    try:
        return json.loads(effort.spend_on(value), parse_constant=_no_json)
    except (ValueError, RecursionError):
        return value


def _no_json(name: str) -> NoReturn:
    raise ValueError(name)


def _flatten(options: Mapping[str, object], site: Site) -> Resolver:
    value = compile_node(options["value"], site.under("value").where(Absents.STAY))
    separator = cast("str", options["separator"])
    # As JavaScript has it: an empty list or object is true.
    leaves = options.get("omitArrays") not in (None, False, 0, "")
    lists = Lists.LEFT_ALONE if leaves else Lists.ENTERED
    return _settled(
        lambda event: flatten(value(event), separator, lists=lists, effort=site.effort), site
    )


def _merge(options: Mapping[str, object], site: Site) -> Resolver:
    inner = site.under("objects").where(Absents.STAY)
    objects = cast("list[object]", options["objects"])
    values = [compile_node(item, inner.under(str(at))) for at, item in enumerate(objects)]
    if options["direction"] == "left":
        values.reverse()
    return _settled(lambda event: merge([value(event) for value in values], site.effort), site)


def _transform(options: Mapping[str, object], site: Site) -> Resolver:
    apply = compile_node(options["apply"], site.under("apply").where(Absents.LEAVE))
    mapping = compile_node(options["mapping"], site.under("mapping"))

    def transformed(event: Any) -> Any:
        if event is not ABSENT and not isinstance(event, dict):
            raise MappingError("There is no object to transform here.")
        return mapping(apply(_NOTHING if event is ABSENT else event))

    return transformed


def _exclude_when_null(options: object, site: Site) -> Resolver:
    value = compile_node(options, site)

    def excluded(event: Any) -> Any:
        found = value(event)
        return ABSENT if found is None else without_nulls(found, site.effort)

    return excluded


def _liquid(options: str, site: Site) -> Resolver:
    try:
        template = compile_liquid(options, site.effort)
    except MappingError as error:
        site.faults.append(Fault(path="/" + "/".join(site.path), message=str(error)))
        return lambda _event: ABSENT

    def rendered(event: Any) -> str:
        scope = cast("Mapping[str, Any]", event) if type(event) is dict else _NOTHING
        return site.effort.spend_on(template(scope))

    return rendered


_DIRECTIVES: Final[dict[str, Callable[[Any, Site], Resolver]]] = {
    "@path": _path,
    "@template": _template,
    "@if": _if,
    "@case": _case,
    "@replace": _replace,
    "@arrayPath": _array_path,
    "@literal": compile_node,
    "@json": _json,
    "@flatten": _flatten,
    "@merge": _merge,
    "@transform": _transform,
    "@excludeWhenNull": _exclude_when_null,
    "@liquid": _liquid,
}

_NOTHING: Final[Mapping[str, Any]] = {}
_NEVER_FAIL: Final = frozenset({"@if", "@literal"})
