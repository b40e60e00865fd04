"""How many cards, calls and refusals were there, and how long did answers take?

Counts only: no patient, no EHR, no user is a label, and every label is a word of ours. The counts
are of one process, unless a subclass gives ``registry`` one that sums those of several.
"""

from typing import Final

from prometheus_client import CollectorRegistry, Counter, Histogram, generate_latest
from prometheus_client.exposition import CONTENT_TYPE_LATEST
from starlette.responses import Response

from cds_hooks.errors import NO_STORE

_BUCKETS: Final = (0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 1.5, 2.0, 2.2, 5.0)
_FIRST_REFUSAL: Final = 400


class Metrics:
    """The counts of one app, in a registry of their own."""

    def __init__(self) -> None:
        """Start at nothing."""
        self.registry = CollectorRegistry()
        self._cards = Counter(
            "thirdline_cards",
            "Cards by what became of them; no outcome reported means nothing",
            ("service", "topic", "outcome"),
            registry=self.registry,
        )
        self._calls = Counter(
            "thirdline_calls", "Answers", ("service", "status"), registry=self.registry
        )
        self._refusals = Counter(
            "thirdline_refusals", "Answers that refuse", ("status",), registry=self.registry
        )
        self._reads = Counter(
            "thirdline_reads", "Needs read", ("need", "status"), registry=self.registry
        )
        self._seconds = Histogram(
            "thirdline_call_seconds",
            "Time to an answer",
            ("service",),
            buckets=_BUCKETS,
            registry=self.registry,
        )

    def count_card(self, service: str, topic: str, outcome: str) -> None:
        """Count one card: shown, silent, repeated, quiet, accepted or overridden."""
        self._cards.labels(service, topic, outcome).inc()

    def count_read(self, need: str, status: str) -> None:
        """Count how one need of a call was read."""
        self._reads.labels(need, status).inc()

    def count_answer(self, service: str, status: int, seconds: float) -> None:
        """Count one answer; ``service`` is an id of ours, or a word for what was called."""
        self._calls.labels(service, str(status)).inc()
        self._seconds.labels(service).observe(seconds)
        if status >= _FIRST_REFUSAL:
            self._refusals.labels(str(status)).inc()

    def page(self) -> Response:
        """Return the counts as Prometheus reads them."""
        return Response(
            generate_latest(self.registry), headers=NO_STORE | {"Content-Type": CONTENT_TYPE_LATEST}
        )
