"""Lanes: which Deliveries may be done now, which have to wait, and which are one write."""

from collections import deque
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from heapq import heappop, heappush
from itertools import islice
from typing import NamedTuple

from dealwright.core.delivery import State
from dealwright.store.deliveries import OpenDelivery

# A rank and an id as one number, which a heap compares in a moment.
_ID_BITS = 48
_ID = (1 << _ID_BITS) - 1


class Group(NamedTuple):
    """Deliveries that become one Plan: the first leads, the others were merged into it."""

    deliveries: tuple[OpenDelivery, ...]

    @property
    def leader(self) -> OpenDelivery:
        """The Delivery that the write is made for."""
        return self.deliveries[0]

    @property
    def ids(self) -> list[int]:
        """The ids of all of them."""
        return [delivery.id for delivery in self.deliveries]

    @property
    def attempts(self) -> int:
        """How many tries the leader has had when this one is over."""
        return self.leader.attempts + 1


@dataclass(slots=True, eq=False)
class _Entry:
    delivery: OpenDelivery
    lanes: tuple[str, ...]
    due_ms: int
    rank: int
    alone: bool = False
    taken: bool = False

    @property
    def subject(self) -> str:
        return self.delivery.lanes.partition("\n")[0]


class LaneQueue:
    """The open Deliveries of one Connection, in memory, in the order in which they may be done.

    A Delivery may start when it is due and no earlier open one shares a lane with it. Of those that
    may, the most urgent is the first, and whoever stands before a more urgent one is as urgent.
    Queued Deliveries of one version of a Mapping with one subject, between which nothing else
    stands, are handed out as one Group.
    """

    def __init__(self, *, group: int) -> None:
        self._most = group
        self._entries: dict[int, _Entry] = {}
        self._lanes: dict[str, deque[_Entry]] = {}
        self._ready: list[int] = []
        self._later: list[tuple[int, int]] = []
        # Digests of the lanes of those put aside, and when the first of them is due.
        self._aside: set[int] = set()
        self._aside_due_ms: int | None = None

    def __len__(self) -> int:
        return len(self._entries)

    @property
    def next_due_ms(self) -> int | None:
        """When the first Delivery that waits for its time is due."""
        while self._later and self._later[0][1] not in self._entries:
            heappop(self._later)
        first_ms = self._later[0][0] if self._later else None
        return min((ms for ms in (first_ms, self._aside_due_ms) if ms is not None), default=None)

    def add(self, deliveries: Iterable[OpenDelivery]) -> None:
        """Take up open Deliveries in this order; those that are here already stay as they are.

        One that shares a lane with any that is here comes later than that one.
        """
        for delivery in deliveries:
            if delivery.id in self._entries:
                continue
            lanes = tuple(lane for lane in delivery.lanes.split("\n") if lane)
            entry = _Entry(
                delivery=delivery, lanes=lanes, due_ms=_due_ms(delivery), rank=delivery.priority
            )
            if self._aside and not self._aside.isdisjoint(map(hash, lanes)):
                self._note_aside(entry)
                continue
            self._entries[delivery.id] = entry
            for lane in lanes:
                self._lanes.setdefault(lane, deque()).append(entry)
            self._hurry(entry)
            self._offer(entry)

    def put_aside(self, now_ms: int) -> int:
        """Forget those that wait for their time, and all behind them, and say how many.

        Whoever comes later and shares a lane with them is put aside as well; all of them are for
        another queue. So a long line behind one that waits keeps nobody else waiting.
        """
        blocked: set[str] = set()
        stuck: list[_Entry] = []
        for entry in self._entries.values():
            behind = not blocked.isdisjoint(entry.lanes)
            if not entry.taken and (behind or entry.due_ms > now_ms):
                stuck.append(entry)
                blocked.update(entry.lanes)
        for entry in reversed(stuck):
            del self._entries[entry.delivery.id]
            self._note_aside(entry)
            for lane in entry.lanes:
                # Behind a stuck one all of its lane are: they are the line's end.
                self._lanes[lane].pop()
                if not self._lanes[lane]:
                    del self._lanes[lane]
        return len(stuck)

    def take(self, now_ms: int) -> Group | None:
        """The next Group that may be done, by the id of its leader; None when there is none."""
        while self._later and self._later[0][0] <= now_ms:
            self._offer_again(heappop(self._later)[1])
        while self._ready:
            entry = self._entries.get(heappop(self._ready) & _ID)
            if entry is None or entry.taken or not self._leads(entry):
                continue
            if entry.due_ms > now_ms:
                heappush(self._later, (entry.due_ms, entry.delivery.id))
                continue
            members = self._merged(entry, now_ms)
            for member in members:
                member.taken = True
            return Group(tuple(member.delivery for member in members))
        return None

    def done(self, group: Group) -> None:
        """Forget Deliveries that have ended; whoever waited for them may start."""
        lanes: dict[str, None] = {}
        for delivery in group.deliveries:
            entry = self._entries.pop(delivery.id)
            for lane in entry.lanes:
                self._lanes[lane].popleft()
                lanes[lane] = None
        for lane in lanes:
            if line := self._lanes[lane]:
                self._offer(line[0])
            else:
                del self._lanes[lane]

    def leave_out(self, priority: int) -> None:
        """Forget those of a priority, and all that are less urgent, but what is under way.

        They wait elsewhere, for so long that nobody is to wait for them.
        """
        gone = {
            delivery_id
            for delivery_id, entry in self._entries.items()
            if not entry.taken and entry.delivery.priority >= priority
        }
        for delivery_id in gone:
            del self._entries[delivery_id]
        for lane, line in list(self._lanes.items()):
            kept = deque(entry for entry in line if entry.delivery.id not in gone)
            if kept:
                self._lanes[lane] = kept
                self._offer(kept[0])
            else:
                del self._lanes[lane]

    def put_back(self, group: Group, *, due_ms: int, counts: bool = True) -> None:
        """Let Deliveries wait until `due_ms`, in their place; this try counts, or does not."""
        for delivery in group.deliveries:
            entry = self._entries[delivery.id]
            entry.delivery = delivery._replace(
                state=State.WAITING,
                next_at_ms=due_ms,
                attempts=delivery.attempts + int(counts),
                # It may have one now; the store is asked again.
                intent=delivery is group.leader,
            )
            entry.due_ms = due_ms
            entry.taken = False
            self._offer(entry)

    def split(self, group: Group) -> None:
        """Do Deliveries one by one that could not be done as one."""
        for delivery in group.deliveries:
            entry = self._entries[delivery.id]
            entry.delivery = delivery._replace(
                state=State.QUEUED,
                attempts=delivery.attempts + 1,
                intent=delivery is group.leader,
            )
            entry.alone = True
            entry.taken = False
            self._offer(entry)

    def _note_aside(self, entry: _Entry) -> None:
        self._aside.update(map(hash, entry.lanes))
        if entry.due_ms and (self._aside_due_ms is None or entry.due_ms < self._aside_due_ms):
            self._aside_due_ms = entry.due_ms

    def _offer(self, entry: _Entry) -> None:
        if self._leads(entry):
            heappush(self._ready, entry.rank << _ID_BITS | entry.delivery.id)

    def _hurry(self, urgent: _Entry) -> None:
        """Make all that stand before an entry as urgent as it is, or nobody could be first."""
        for lane in urgent.lanes:
            # Towards the head they are ever more urgent: behind the first that is, all are.
            for entry in _before(self._lanes[lane], urgent):
                if entry.rank <= urgent.rank:
                    break
                entry.rank = urgent.rank
                self._offer(entry)
                self._hurry(entry)

    def _offer_again(self, delivery_id: int) -> None:
        entry = self._entries.get(delivery_id)
        if entry is not None:
            self._offer(entry)

    def _leads(self, entry: _Entry) -> bool:
        # A loop and no generator: this runs several times an event.
        lanes = self._lanes
        for lane in entry.lanes:  # noqa: SIM110
            if lanes[lane][0] is not entry:
                return False
        return True

    def _merged(self, leader: _Entry, now_ms: int) -> list[_Entry]:
        members = [leader]
        if not leader.subject or leader.alone:
            return members
        # How many of the Group each lane begins with: who comes next in all of its lanes is
        # adjacent, and looking is not dearer in a long line.
        inside = dict.fromkeys(leader.lanes, 1)
        for entry in islice(self._lanes[leader.subject], 1, self._most):
            if not _alike(leader, entry, now_ms) or not self._adjacent(entry, inside):
                break
            members.append(entry)
            for lane in entry.lanes:
                inside[lane] = inside.get(lane, 0) + 1
        return members

    def _adjacent(self, entry: _Entry, inside: Mapping[str, int]) -> bool:
        """Whether everything that stands before it, in all its lanes, is in the Group."""
        return all(self._lanes[lane][inside.get(lane, 0)] is entry for lane in entry.lanes)


def _before(line: deque[_Entry], entry: _Entry) -> Iterator[_Entry]:
    """Those that stand before an entry, the nearest first."""
    backwards = reversed(line)
    for other in backwards:
        if other is entry:
            return backwards
    return backwards


def _alike(leader: _Entry, entry: _Entry, now_ms: int) -> bool:
    one, other = leader.delivery, entry.delivery
    return (
        not entry.alone
        and not entry.taken
        and entry.due_ms <= now_ms
        and not other.intent
        and entry.subject == leader.subject
        and (one.mapping_id, one.mapping_version, one.source_id)
        == (other.mapping_id, other.mapping_version, other.source_id)
        and one.priority == other.priority
    )


def _due_ms(delivery: OpenDelivery) -> int:
    return delivery.next_at_ms or 0 if delivery.state == State.WAITING else 0
