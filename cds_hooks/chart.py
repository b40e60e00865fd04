"""Is what was read of this patient enough to answer?

It is read by ``ehr.gather``. Here it is decided whether a service can answer at all, and the counts
are put back to what was sent.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Final

from cds_hooks.errors import CannotAnswer
from trd.chart import PatientChart, ReadStatus

_READ: Final = frozenset({ReadStatus.COMPLETE, ReadStatus.PARTIAL})


def counted(chart: PatientChart, unused: Mapping[str, int]) -> PatientChart:
    """Return the chart with its counts as sent: what no rule can use was read, too."""
    if not unused:
        return chart
    reads = (replace(row, count=row.count + unused.get(row.need, 0)) for row in chart.reads)
    return replace(chart, reads=tuple(reads))


def require(
    reads: Mapping[str, ReadStatus],
    groups: Sequence[Sequence[str]],
    because: Mapping[str, str] | None = None,
) -> None:
    """Refuse the call unless of each group of needs at least one was read, wholly or in part.

    ``because`` says of a need why it was not.
    """
    for group in groups:
        if not any(reads[need] in _READ for need in group):
            missing = " or ".join(group)
            why = "; ".join(dict.fromkeys(filter(None, map((because or {}).get, group))))
            said = f"prefetch: {missing} is required and was not sent readably"
            raise CannotAnswer(f"{said}: {why}" if why else said)
