"""RouteBook: the compiled Mappings of one Connection, each version compiled once."""

from collections.abc import Iterable, Mapping

from dealwright.core.action import Action
from dealwright.core.mapping import Mapping as MappingVersion
from dealwright.pipeline.route import Route, compile_route

#: Old versions are needed only while Deliveries of them are open.
KEPT = 200


class RouteBook:
    """Routes by id and version of their Mapping."""

    def __init__(self, actions: Mapping[str, Action]) -> None:
        self.actions = actions
        self._routes: dict[tuple[int, int], Route] = {}

    def route(self, mapping: MappingVersion) -> Route:
        """The Route of one version of a Mapping."""
        key = (mapping.id, mapping.version)
        found = self._routes.get(key)
        if found is None:
            found = self._routes[key] = compile_route(mapping, self.actions)
            while len(self._routes) > KEPT:
                del self._routes[next(iter(self._routes))]
        return found

    def routes(self, mappings: Iterable[MappingVersion]) -> list[Route]:
        """The Routes of several Mappings, in their order."""
        return [self.route(mapping) for mapping in mappings]

    def known(self, mapping_id: int, version: int) -> Route | None:
        """The Route of a version that was compiled before."""
        return self._routes.get((mapping_id, version))
