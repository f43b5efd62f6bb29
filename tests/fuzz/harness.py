"""The harness: a target is a parser that meets bytes from outside, and what it may raise.

`@target(inputs)` above a function of one argument makes it one; the function's name is the
target's. Whatever it raises but a DealwrightError is a fault, and so is an input that keeps it
busy for longer than a second.
"""

import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import Any, Generic, TypeVar

from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st

from dealwright.core.errors import DealwrightError

T = TypeVar("T")

SLOW_S = 1.0
#: Inputs of one run of hypothesis: it remembers all of a run, so a long run is many.
ROUND = 2_500


class TooSlow(AssertionError):
    """An input that costs far more than its size."""


@dataclass(frozen=True, kw_only=True)
class Target(Generic[T]):
    """One parser. `share` is how many inputs it gets for one of an ordinary target."""

    name: str
    inputs: st.SearchStrategy[T]
    work: Callable[[T], object]
    share: float
    allowed: tuple[type[Exception], ...]

    def meet(self, item: T) -> None:
        """Give it one input."""
        began_s = time.thread_time()
        with suppress(*self.allowed):
            self.work(item)
        took_s = time.thread_time() - began_s
        if took_s > SLOW_S:
            raise TooSlow(f"{self.name}: {took_s:.1f} s")


TARGETS: dict[str, Target[Any]] = {}


def target(
    inputs: st.SearchStrategy[T],
    *,
    share: float = 1.0,
    allowed: tuple[type[Exception], ...] = (),
) -> Callable[[Callable[[T], object]], Callable[[T], object]]:
    """Make a function of one argument a target; `allowed` beside DealwrightError."""

    def listed(work: Callable[[T], object]) -> Callable[[T], object]:
        name = work.__name__
        TARGETS[name] = Target(
            name=name, inputs=inputs, work=work, share=share, allowed=(DealwrightError, *allowed)
        )
        return work

    return listed


def load_targets() -> dict[str, Target[Any]]:
    """Every target of the files `targets*.py` beside this one."""
    for file in sorted(Path(__file__).parent.glob("targets*.py")):
        import_module(f"tests.fuzz.{file.stem}")
    return TARGETS


def fuzz(target: Target[Any], *, inputs: int, first_seed: int) -> int:
    """Give a target at least so many inputs; how many it met. Raises what it raised."""
    met = 0
    number = first_seed

    def meet(item: Any) -> None:
        nonlocal met
        met += 1
        target.meet(item)

    while met < inputs:
        before = met
        _round(target, meet, examples=min(ROUND, inputs - met), number=number)
        if met == before:
            break
        number += 1
    return met


def _round(target: Target[Any], meet: Callable[[Any], None], *, examples: int, number: int) -> None:
    @seed(number)
    @settings(
        max_examples=examples,
        database=None,
        deadline=None,
        derandomize=False,
        phases=[Phase.generate, Phase.shrink],
        suppress_health_check=list(HealthCheck),
        print_blob=False,
    )
    @given(target.inputs)
    def run(item: Any) -> None:
        meet(item)

    run()
