"""Rules for bad days: which one strikes, and how often."""

from collections.abc import Callable
from random import Random
from typing import Generic, TypeVar

from msgspec import Struct


class Rule(Struct, kw_only=True, forbid_unknown_fields=True):
    """How often a rule strikes: not the first `skip` times, then `times` (None: for ever).

    Each time with `probability`; the same `seed` has the same luck.
    """

    times: int | None = None
    skip: int = 0
    probability: float = 1.0
    seed: int = 0


R = TypeVar("R", bound=Rule)


class _Armed(Generic[R]):
    __slots__ = ("left", "random", "rule", "to_skip")

    def __init__(self, rule: R) -> None:
        self.rule = rule
        self.left = rule.times
        self.to_skip = rule.skip
        self.random = Random(rule.seed)  # noqa: S311 -- repeatable faults, no secrets

    def hits(self) -> bool:
        if self.to_skip > 0:
            self.to_skip -= 1
            return False
        if self.rule.probability < 1 and self.random.random() >= self.rule.probability:
            return False
        if self.left is not None:
            self.left -= 1
        return True


class Rulebook(Generic[R]):
    """The rules in force, oldest first; the first that fits and whose turn it is strikes."""

    def __init__(self, fits: Callable[..., bool]) -> None:
        self._fits = fits
        self._armed: list[_Armed[R]] = []

    def add(self, rule: R) -> None:
        """Put a rule in force."""
        self._armed.append(_Armed(rule))

    def remove(self, rule: R) -> None:
        """Lift a rule."""
        self._armed = [armed for armed in self._armed if armed.rule != rule]

    def clear(self) -> None:
        """Lift all rules."""
        self._armed.clear()

    def rules(self) -> list[R]:
        """The rules that can still strike."""
        return [armed.rule for armed in self._armed if armed.left != 0]

    def strike(self, *met: object) -> R | None:
        """The rule that this meets, if any; `fits` gets the rule and what it meets."""
        for armed in self._armed:
            if armed.left != 0 and self._fits(armed.rule, *met) and armed.hits():
                return armed.rule
        return None
