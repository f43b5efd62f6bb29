"""Mapped: what routing made of Events, kept until they are delivered: nothing is mapped twice."""

from dealwright.pipeline.coalesce import Dated

#: Values kept in memory, about 1 KB each; what is not here is mapped again, from the log.
MOST = 50_000

_Key = tuple[int, int, int]


class Mapped:
    """Values by Mapping, its version and the Event's position in the log.

    A full memory takes no more: what came first is delivered first.
    """

    def __init__(self, *, most: int = MOST) -> None:
        self._most = most
        self._kept: dict[_Key, Dated] = {}

    def keep(self, mapping_id: int, version: int, dated: Dated) -> None:
        """Remember the values of one Event for one version of a Mapping."""
        if len(self._kept) < self._most:
            self._kept[mapping_id, version, dated.seq] = dated

    def forget(self) -> None:
        """Forget all; what was kept and never taken must not stay for ever."""
        self._kept.clear()

    def take(self, mapping_id: int, version: int, seq: int) -> Dated | None:
        """The values, which are then forgotten; None when they are not known."""
        return self._kept.pop((mapping_id, version, seq), None)
