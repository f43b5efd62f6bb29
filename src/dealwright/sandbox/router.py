"""From method and path to the handler that answers, through a small tree of segments."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Generic, TypeVar

H = TypeVar("H", bound=Callable[..., object])


@dataclass(frozen=True, slots=True, kw_only=True)
class Route(Generic[H]):
    """One operation; `template` as the cost table writes it, `/api/v2/persons/{id}`."""

    method: str
    template: str
    handler: H


class _Node(Generic[H]):
    __slots__ = ("children", "routes", "wildcard")

    def __init__(self) -> None:
        self.children: dict[str, _Node[H]] = {}
        self.wildcard: _Node[H] | None = None
        self.routes: dict[str, Route[H]] = {}


class Router(Generic[H]):
    """All operations; a literal segment wins over a placeholder."""

    def __init__(self, routes: Iterable[Route[H]]) -> None:
        self._root: _Node[H] = _Node()
        self.routes = list(routes)
        for route in self.routes:
            self._add(route)

    def _add(self, route: Route[H]) -> None:
        node = self._root
        for segment in route.template.strip("/").split("/"):
            if segment.startswith("{"):
                node.wildcard = node.wildcard or _Node()
                node = node.wildcard
            else:
                node = node.children.setdefault(segment, _Node())
        node.routes[route.method] = route

    def match(self, method: str, path: str) -> tuple[Route[H] | None, tuple[str, ...]]:
        """The route and the values of its placeholders, or None."""
        found = _walk(self._root, path.strip("/").split("/"), 0, ())
        if found is None:
            return None, ()
        node, values = found
        return node.routes.get(method), values

    def methods(self, path: str) -> frozenset[str]:
        """The methods that a path has; empty if there is no such path."""
        found = _walk(self._root, path.strip("/").split("/"), 0, ())
        return frozenset(found[0].routes) if found else frozenset()


def _walk(
    node: _Node[H], segments: list[str], position: int, values: tuple[str, ...]
) -> tuple[_Node[H], tuple[str, ...]] | None:
    if position == len(segments):
        return (node, values) if node.routes else None
    segment = segments[position]
    child = node.children.get(segment)
    if child is not None:
        found = _walk(child, segments, position + 1, values)
        if found is not None:
            return found
    if node.wildcard is not None and segment:
        return _walk(node.wildcard, segments, position + 1, (*values, segment))
    return None
