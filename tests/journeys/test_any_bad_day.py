"""Any order of crashes, repeats, lost answers and people's interventions: nobody is there twice.

Hypothesis looks for a sequence of bad luck that breaks what the states of a Delivery promise.
"""

import asyncio
import tempfile
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, cast

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    Bundle,
    RuleBasedStateMachine,
    initialize,
    invariant,
    rule,
)
from tests.clock import ManualClock
from tests.events import Said
from tests.hub import Hub, new_sandbox, open_hub, scaled
from tests.journeys.frail import Frail, Killed

from dealwright.core.delivery import STUCK, State
from dealwright.pipeline.pace import Pace
from dealwright.sandbox.faults import FaultRule
from dealwright.store.delivery_list import DeliveryFilter, drop_deliveries, retry_deliveries
from dealwright.store.events import events_by_seq

USERS = ("ada", "bea", "cid")
MOMENTS = st.integers(min_value=0, max_value=30)
#: Seconds: not enough for the search to catch up, for a retry, for a lost Create to be looked for.
WAITS_S = (0, 2, 6, 15)
#: An answer is lost after the work was done, or nothing is done; once.
BAD_LUCK = (
    *(
        FaultRule(method=method, path=path, reset=True, after_commit=True, times=1)
        for method, path in (
            ("POST", "/api/v2/persons"),
            ("POST", "/api/v2/activities"),
            ("PATCH", "/api/v2/persons"),
        )
    ),
    *(FaultRule(method=method, status=500, times=1) for method in ("POST", "PATCH", "GET")),
    FaultRule(status=429, times=1),
)
#: A bad day ends; what is tried for ever is not what is looked for here.
PATIENT = scaled(Pace(), retries=Pace().retries[:1] * 60)


@dataclass(slots=True)
class Model:
    """What was said, in order, and the messages that a person let go before they were done."""

    said: list[Said] = field(default_factory=list[Said])
    let_go: set[str] = field(default_factory=set[str])

    def names(self, user: str) -> set[str]:
        """The names that somebody may have now: the newest, or one that was let go half done."""
        mine = [
            (said["timestamp"], number, said)
            for number, said in enumerate(self.said)
            if said["type"] == "identify" and said["userId"] == user
        ]
        kept = [said for _, _, said in sorted(mine, key=lambda one: one[:2])]
        certain = [said for said in kept if said["messageId"] not in self.let_go]
        newest = {certain[-1]["traits"]["name"]} if certain else set[str]()
        return newest | {
            said["traits"]["name"] for said in kept if said["messageId"] in self.let_go
        }

    def must_exist(self, user: str) -> bool:
        """Whether something that was not let go spoke of somebody."""
        return any(
            said["type"] == "identify"
            and said["userId"] == user
            and said["messageId"] not in self.let_go
            for said in self.said
        )

    def subjects(self, *, let_go: bool) -> set[str]:
        """The activities that were told, and not let go (or let go)."""
        return {
            said["properties"]["subject"]
            for said in self.said
            if said["type"] == "track" and (said["messageId"] in self.let_go) is let_go
        }


class BadDays(RuleBasedStateMachine):
    """A hub, an account, and what may happen to them."""

    said = Bundle("said")

    @initialize()
    def begin(self) -> None:
        """An empty account and a hub that delivers to it."""
        self.runner = asyncio.Runner()
        self.folder = tempfile.TemporaryDirectory(prefix="bad-days-")
        self.clock = ManualClock()
        self.opened = open_hub(Path(self.folder.name), clock=self.clock, pace=PATIENT)
        self.hub: Hub = self.runner.run(self.opened.__aenter__())
        self.pipedrive = new_sandbox(self.clock, lag_s=3)
        self.runner.run(self.hub.connect(self.pipedrive))
        self.frail = Frail(self.hub.store)
        self.hub.store = cast(Any, self.frail)
        self.hub.restart()
        self.model = Model()

    @rule(target=said, user=st.sampled_from(USERS), moment=MOMENTS)
    def somebody_is_named(self, user: str, moment: int) -> Any:
        """An identify; its moment need not be later than those before."""
        traits = {"email": f"{user}@x.example", "name": f"Name {len(self.model.said)}"}
        return self._say({"type": "identify", "userId": user, "traits": traits}, moment)

    @rule(target=said, user=st.sampled_from(USERS), moment=MOMENTS)
    def something_is_done(self, user: str, moment: int) -> Any:
        """An activity; each is one of its own."""
        properties = {"subject": f"Activity {len(self.model.said)}"}
        event = {"type": "track", "event": "Activity Upserted", "userId": user}
        return self._say({**event, "properties": properties}, moment)

    @rule(again=said)
    def a_sender_repeats_itself(self, again: Said) -> None:
        """The same message once more."""
        self.runner.run(self.hub.send(again))

    @rule(luck=st.lists(st.sampled_from(BAD_LUCK), max_size=3), seconds=st.sampled_from(WAITS_S))
    def the_worker_works(self, luck: list[FaultRule], seconds: int) -> None:
        """Time passes, and what is due then is done, with this luck."""
        self.hub.advance(seconds)
        for one in luck:
            self.pipedrive.faults.add(one)
        self._work()

    @rule(writes=st.integers(min_value=0, max_value=12), kept=st.booleans())
    def the_worker_works_and_dies(self, *, writes: int, kept: bool) -> None:
        """Killed at one of its next writes, before it is kept or just after; then started anew."""
        self.frail.dies_in, self.frail.kept = writes, kept
        self._work()

    @rule()
    def a_person_sends_the_stuck_ones_again(self) -> None:
        """Everything that failed or is held."""
        stuck = DeliveryFilter(states=tuple(STUCK))
        now_ms = int(self.clock.now().timestamp() * 1000)
        self._write(lambda db: retry_deliveries(db, stuck, now_ms=now_ms))

    @rule(number=st.integers(min_value=0, max_value=9))
    def a_person_lets_one_go(self, number: int) -> None:
        """One that is not done yet; half of it may be."""
        self.runner.run(self.hub.look())
        open_ones = [
            seen.now
            for seen in self.hub.deliveries()
            if seen.now.state in {State.QUEUED, State.WAITING, State.HELD, State.FAILED}
        ]
        if not open_ones:
            return
        chosen = open_ones[number % len(open_ones)]
        now_ms = int(self.clock.now().timestamp() * 1000)
        dropped = self._write(
            lambda db: drop_deliveries(db, [chosen.id], message="let go", now_ms=now_ms)
        )
        if dropped:
            self.model.let_go.add(self._message_id(chosen.event_seq))

    @invariant()
    def nobody_is_there_twice(self) -> None:
        """At no moment, whatever has happened."""
        if not hasattr(self, "pipedrive"):
            return
        people = Counter(one["emails"][0]["value"] for one in self.pipedrive.records("persons"))
        done = Counter(one["subject"] for one in self.pipedrive.records("activities"))
        assert set(people.values()) | set(done.values()) <= {1}

    def teardown(self) -> None:
        """The day ends: everything is done, and everybody as they were said to be."""
        try:
            if hasattr(self, "hub"):
                self.pipedrive.faults.clear()
                self.runner.run(self.hub.run_until_idle())
                self._see_the_truth()
                self.runner.run(self.opened.__aexit__(None, None, None))
        finally:
            self.runner.close()
            self.folder.cleanup()

    def _see_the_truth(self) -> None:
        ends = {seen.now.state for seen in self.hub.deliveries()}
        assert ends <= {State.DELIVERED, State.UNCHANGED, State.DROPPED}
        names = {
            one["emails"][0]["value"].partition("@")[0]: one["name"]
            for one in self.pipedrive.records("persons")
        }
        for user in USERS:
            assert user in names or not self.model.must_exist(user)
            assert user not in names or names[user] in self.model.names(user)
        there = {one["subject"] for one in self.pipedrive.records("activities")}
        assert self.model.subjects(let_go=False) <= there
        assert there <= self.model.subjects(let_go=False) | self.model.subjects(let_go=True)

    def _say(self, event: Said, moment: int) -> Any:
        number = len(self.model.said)
        said = {
            **event,
            "messageId": f"m-{number}",
            "timestamp": f"2026-11-02T08:00:{moment:02}Z",
        }
        self.model.said.append(said)
        self.runner.run(self.hub.send(said))
        return said

    def _work(self) -> None:
        try:
            self.runner.run(self.hub.run_once())
        except Killed:
            self.frail.revive()
            self.hub.restart()
        self.frail.revive()

    def _write(self, change: Any) -> int:
        return self.runner.run(self.frail.store.write(change))

    def _message_id(self, seq: int) -> str:
        found = self.runner.run(self.hub.store.read(lambda db: events_by_seq(db, [seq])))
        return found[seq].message_id


TestBadDays = BadDays.TestCase
TestBadDays.settings = settings(
    max_examples=30,
    stateful_step_count=25,
    deadline=None,
    suppress_health_check=list(HealthCheck),
)
