"""Where are this process's counts, and those of its siblings?

One process counts in its memory. Several keep their counts in files of one folder, so that
whichever is asked tells the sum of all, those that have ended included.
"""

import os

from prometheus_client import CollectorRegistry
from prometheus_client.multiprocess import MultiProcessCollector

from cds_hooks.metrics import Metrics
from thirdline.shared_counts import VARIABLE


class SharedMetrics(Metrics):
    """The counts of every process that serves together."""

    def __init__(self, folder: str) -> None:
        """Count in a folder's files; ``page`` adds up what is in them."""
        super().__init__()
        self.registry = CollectorRegistry()
        MultiProcessCollector(self.registry, folder)  # type: ignore[no-untyped-call]


def process_metrics() -> Metrics:
    """Return the counts of this process, shared where ``shared_counts`` said so."""
    folder = os.environ.get(VARIABLE)  # noqa: TID251 - set by ourselves, for a library
    return Metrics() if folder is None else SharedMetrics(folder)
