"""Why was a need not read wholly?

Fixed words for cards, logs and the audit. None of them repeats anything an EHR sent.
"""

import re
from typing import Final

TOKEN_REFUSED: Final = "the EHR did not accept its token"  # noqa: S105 - words about one
REFUSED: Final = "access refused"
RESTRICTED: Final = "restricted by the EHR"
NOT_FOUND: Final = "not found at the EHR"
BUSY: Final = "the EHR is busy"
EHR_ERROR: Final = "the EHR reported an error"
LEFT_OUT: Final = "the EHR left data out"
TOO_MANY: Final = "more than the EHR gives out at once"
PAGES_EXPIRED: Final = "the EHR did not keep its pages"
TOO_LATE: Final = "no answer in time"
UNREACHABLE: Final = "the EHR could not be reached"
UNTRUSTED: Final = "no connection to the EHR that can be trusted"
ELSEWHERE: Final = "the EHR pointed to another address"
WEB_PAGE: Final = "a web page, not FHIR"
XML: Final = "XML, not JSON"
GARBLED: Final = "the answer was not whole, strict JSON"
NOT_ASKED_FOR: Final = "not what was asked for"
TOO_MUCH: Final = "more than is read in one call"
MORE_PAGES: Final = "further pages were not sent"
PAGES_REPEAT: Final = "its pages repeat"
TOO_FEW: Final = "fewer entries than the EHR counted"
MERGED: Final = "the EHR replaced this patient's record by another one"
IN_PART: Final = "part of it could not be read"
DRUGS_UNKNOWN: Final = "not every drug could be looked up"


def not_r4(version: str) -> str:
    """Name the version of FHIR that arrived instead."""
    return f"FHIR {version}, not R4"


def code_of(why: str) -> str:
    """Write a reason as logs and metrics have it, in kebab-case."""
    return re.sub(r"[^a-z0-9]+", "-", why.lower()).strip("-")
