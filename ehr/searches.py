"""How is an EHR asked for one need?

The search is the one the prefetch template of the same need tells, from the one list of needs, as
far as this EHR takes its parameters. Nothing else is ever asked.
"""

from collections.abc import Iterator
from typing import Final

from ehr.addresses import Address, Base
from ehr.site import ReadTerms
from trd.read.needs import DataRequirement

MEDICINES: Final = frozenset({"medications", "dispenses", "statements"})
"""The needs whose resources may name a drug by a Medication of its own."""

_PATIENT: Final = "{{context.patientId}}"
_COUNT: Final = "_count"
_INCLUDE: Final = "_include"


def address_of(need: DataRequirement, patient_id: str, base: Base, terms: ReadTerms) -> Address:
    """Return the address that asks for a need; raise WrongServer for an id that is none."""
    kind, _, asked = need.query.partition("?")
    if not asked:
        return base.resource(kind.partition("/")[0], patient_id)
    given = {name: value.replace(_PATIENT, patient_id) for name, value in _pairs(asked)}
    given |= dict(_pairs(terms.with_.get(need.name, "")))
    if need.name in MEDICINES:
        given.setdefault(_INCLUDE, f"{kind}:medication")
    given.setdefault(_COUNT, str(terms.page_size))
    refused = terms.without
    taken = {
        name: value
        for name, value in given.items()
        if name not in refused and f"{kind}.{name}" not in refused
    }
    return base.search(kind, taken)


def _pairs(query: str) -> Iterator[tuple[str, str]]:
    """Yield the parameters of a query as it is written in a template or a configuration."""
    for part in query.split("&"):
        name, _, value = part.partition("=")
        if name:
            yield name, value
