"""Segment's mapping directives: JSON compiled once to a function that fills an action's fields."""

from collections.abc import Callable, Mapping
from typing import Any, Final, cast

from dealwright.core.errors import MappingError
from dealwright.core.mappingkit.absence import ABSENT, Effort
from dealwright.core.mappingkit.compile import Site, compile_node
from dealwright.core.mappingkit.faults import Fault, MappingFaults
from dealwright.core.mappingkit.objects import paths_resolver, plain_path
from dealwright.core.mappingkit.validate import faults_of, kind

__all__ = ["Fault", "MappingFaults", "compile_directives", "mapping_faults"]

_ROOT_DIRECTIVE: Final = "__segment_internal_directive"


def compile_directives(mapping: Mapping[str, Any]) -> Callable[[Mapping[str, Any]], Any]:
    """Compile a mapping into a function from an event to the fields of an action.

    Absent values have left the result at every depth; a mapping that is absent as a whole gives
    None. The result shares parts with the event and the mapping: read it, do not change it.
    Raises MappingFaults, with every fault and its path, for a mapping that cannot be compiled.
    The function raises MappingError, and nothing else, where a directive fails on an event.
    """
    faults, resolver, effort = _compiled(mapping)
    if faults or resolver is None:
        raise MappingFaults(faults)
    limit = effort.LIMIT

    def resolve(event: Mapping[str, Any]) -> Any:
        if type(event) is not dict:
            event = _as_object(event)
        effort.left = limit
        result = resolver(event)
        return None if result is ABSENT else result

    # Plain paths need no account of their effort; most mappings have nothing else.
    fields = [(key, plain_path(value), resolver) for key, value in mapping.items()]
    if all(pieces is not None for _, pieces, _ in fields):
        return paths_resolver(fields, otherwise=resolve)
    return resolve


def mapping_faults(mapping: Mapping[str, Any]) -> tuple[Fault, ...]:
    """List what is wrong with a mapping; nothing for one that compiles."""
    return tuple(_compiled(mapping)[0])


def _compiled(
    mapping: Mapping[str, Any],
) -> tuple[list[Fault], Callable[[Any], Any] | None, Effort]:
    root, effort = dict(mapping), Effort()
    faults = _root_faults(root)
    if not faults:
        root = _without_root_directive(root)
        faults = faults_of(root)
    if faults:
        return faults, None, effort
    resolver = compile_node(root, Site(effort=effort, faults=faults))
    return faults, resolver, effort


def _as_object(event: object) -> dict[str, Any]:
    """Take any mapping for an object; the compiled parts look for plain ones only."""
    if isinstance(event, Mapping):
        return dict(cast("Mapping[str, Any]", event))
    raise MappingError(
        f"The event should be an object but it is {kind(event)}.", code="invalid_event"
    )


def _root_faults(mapping: dict[str, Any]) -> list[Fault]:
    if _ROOT_DIRECTIVE not in mapping:
        return []
    wrapper = mapping[_ROOT_DIRECTIVE]
    path = f"/{_ROOT_DIRECTIVE}"
    if not isinstance(wrapper, dict) or len(cast("dict[str, Any]", wrapper)) != 1:
        return [Fault(path=path, message="should hold exactly one directive.")]
    ((name, options),) = cast("dict[str, Any]", wrapper).items()
    if not isinstance(options, dict | list):
        return [Fault(path=f"{path}/{name}", message="should be an object with the options.")]
    return []


def _without_root_directive(mapping: dict[str, Any]) -> dict[str, Any]:
    """Make all other keys of the mapping the `mapping` of the directive that wraps them."""
    if _ROOT_DIRECTIVE not in mapping:
        return mapping
    rest = {key: value for key, value in mapping.items() if key != _ROOT_DIRECTIVE}
    ((name, options),) = mapping[_ROOT_DIRECTIVE].items()
    # A list of options, as @arrayPath has, has no place for them: Segment drops them.
    return {name: options if isinstance(options, list) else {**options, "mapping": rest}}
