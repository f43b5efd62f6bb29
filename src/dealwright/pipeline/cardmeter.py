"""Card meter: how soon cards are there, where they come from, what they cost; for Prometheus."""

from typing import Final

from prometheus_client import CollectorRegistry, Counter, Histogram

from dealwright.pipeline.cardfound import CardAnswer, CardFound
from dealwright.pipeline.meter import PREFIX

#: Seconds. One of the mirror takes some milliseconds, a cold one three round trips.
_SOON: Final = (0.005, 0.01, 0.025, 0.05, 0.1, 0.2, 0.4, 0.8, 1.5, 3, 8)


class CardMeter:
    """What the cards of this process took. Labels are ids and fixed words, never an address."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self._took = Histogram(
            "card_duration_seconds",
            "How long a card took, by the Connection that it is of and what was found.",
            ["connection", "finding"],
            buckets=_SOON,
            namespace=PREFIX,
            registry=self.registry,
        )
        self._looks = Counter(
            "card_looks",
            "Times that a Connection was looked at for a card, by what it was shown from.",
            ["connection", "source"],
            namespace=PREFIX,
            registry=self.registry,
        )
        self._tokens = Counter(
            "card_tokens",
            "API tokens that cards have cost.",
            ["connection"],
            namespace=PREFIX,
            registry=self.registry,
        )

    def shown(self, answer: CardAnswer, *, took_s: float) -> None:
        """Count a card; one of no Connection is none."""
        if answer.found is not None:
            found = answer.found
            self._took.labels(found.connection, found.finding.value).observe(took_s)

    def looked(self, found: CardFound, *, was_kept: bool) -> None:
        """Count a look: `kept` of one before, of the `mirror` alone, or `pipedrive` was asked."""
        source = "kept" if was_kept else "pipedrive" if found.calls else "mirror"
        self._looks.labels(found.connection, source).inc()

    def paid(self, found: CardFound) -> None:
        """Count what a look has cost."""
        self._tokens.labels(found.connection).inc(found.tokens)
