"""What a call itself holds, read without a wire: for tests and benchmarks of one step."""

from collections.abc import Container, Mapping

from cds_hooks.call import HookCall
from ehr.prefetch import Ask, gathered_of, sent_readings
from ehr.site import ReadTerms
from trd.read import Gathered


def sent_with(
    call: HookCall, needs: Container[str], unused: Mapping[str, int] | None = None
) -> Gathered:
    """Return what was sent of these needs; raise WrongPatient."""
    ask = Ask(
        patient_id=call.patient_id,
        prefetch=call.prefetch,
        server=call.fhir_server,
        unused=unused or {},
    )
    return gathered_of(ask, sent_readings(ask, needs, ReadTerms()), call.fhir_server)
