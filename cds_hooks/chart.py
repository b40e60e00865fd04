"""What has the EHR sent of this patient, and is it enough to answer?

The prefetch is read by ``ehr.prefetch``. Here it is decided whether a service can answer at all,
and the counts are put back to what was sent.
"""

from collections.abc import Container, Mapping, Sequence
from dataclasses import replace
from typing import Final

from cds_hooks.call import HookCall
from cds_hooks.errors import AnotherPatient, CannotAnswer
from ehr.prefetch import Ask, prefetched
from ehr.site import ReadTerms
from trd.chart import PatientChart, ReadStatus
from trd.read import Gathered, WrongPatient

_READ: Final = frozenset({ReadStatus.COMPLETE, ReadStatus.PARTIAL})


def gathered(
    call: HookCall, needs: Container[str], unused: Mapping[str, int] | None = None
) -> Gathered:
    """Return what the prefetch holds for these needs; refuse what is another patient's."""
    ask = Ask(
        patient_id=call.patient_id,
        prefetch=call.prefetch,
        server=call.fhir_server,
        unused=unused or {},
    )
    try:
        return prefetched(ask, needs, ReadTerms())
    except WrongPatient as wrong:
        raise AnotherPatient from wrong


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
