"""What does an EHR say of an answer beside the data: nothing found, kept back, cut short, failed?

OperationOutcomes come as the whole answer, as an entry of a search, or with an error status. Epic
numbers what it means; the numbers count under its own address or without any.
"""

from collections.abc import Iterable
from typing import Final

from ehr.because import EHR_ERROR, LEFT_OUT, PAGES_EXPIRED, REFUSED, RESTRICTED, TOO_MANY
from trd.read.access import Json, rows, table, words

NOTHING_FOUND: Final = "nothing found"
"""The one thing said that is no fault: the search ran and held nothing."""

RESTRICTED_WORDS: Final = frozenset({RESTRICTED, TOO_MANY, PAGES_EXPIRED})
"""What an outcome tells better than the status it comes with."""

_EPIC: Final = "1.2.840.114350."
_BY_NUMBER: Final = {
    "4101": NOTHING_FOUND,
    "4113": PAGES_EXPIRED,
    "4119": LEFT_OUT,
    "4127": TOO_MANY,
    "4130": RESTRICTED,
    "4131": RESTRICTED,
    "4134": RESTRICTED,
    "4135": TOO_MANY,
    "59133": TOO_MANY,
}
"""Epic's published numbers: no results, session over, partial data, caps, break the glass."""
_BY_CODE: Final = {
    "suppressed": RESTRICTED,
    "security": REFUSED,
    "forbidden": REFUSED,
    "incomplete": LEFT_OUT,
    "too-costly": TOO_MANY,
    "exception": EHR_ERROR,
    "timeout": EHR_ERROR,
    "throttled": EHR_ERROR,
    "transient": EHR_ERROR,
}
"""Issue types of FHIR R4 that say that something is missing, however mild the severity."""
_MILD: Final = frozenset({"warning", "information"})
_BY_WEIGHT: Final = (RESTRICTED, REFUSED, LEFT_OUT, TOO_MANY, PAGES_EXPIRED, EHR_ERROR)


def said_of(outcomes: Iterable[Json]) -> str:
    """Return why data may be missing, the weightiest reason first; "" where nothing says so.

    An outcome without issues is an error. ``NOTHING_FOUND`` where nothing but that is said.
    """
    said: set[str] = set()
    for outcome in outcomes:
        issues = rows(outcome.get("issue"))
        said.update(map(_meant, issues) if issues else {EHR_ERROR})
    faults = [why for why in _BY_WEIGHT if why in said]
    if faults:
        return faults[0]
    return NOTHING_FOUND if said == {NOTHING_FOUND} else ""


def _meant(issue: Json) -> str:
    for coding in rows(table(issue.get("details")).get("coding")):
        system = words(coding.get("system"))
        if not system or _EPIC in system:
            meant = _BY_NUMBER.get(words(coding.get("code")))
            if meant:
                return meant
    meant = _BY_CODE.get(words(issue.get("code")).lower())
    is_mild = words(issue.get("severity")).lower() in _MILD
    return meant or ("" if is_mild else EHR_ERROR)
