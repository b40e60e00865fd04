"""Is this a code of that system at all?

Syntax and, where the system has one, the check digit. It catches slips of the keyboard without a
terminology server; it does not say that the code exists or what it means. Systems are named as in
the tables; ``URLS`` gives the address FHIR uses for each. An NDC is written here as its five digits
of the labeler and four of the product, without the package.
"""

import re
from typing import Final

URLS: Final = {
    "icd-10-cm": "http://hl7.org/fhir/sid/icd-10-cm",
    "icd-10-pcs": "http://www.cms.gov/Medicare/Coding/ICD10",
    "snomed": "http://snomed.info/sct",
    "loinc": "http://loinc.org",
    "rxnorm": "http://www.nlm.nih.gov/research/umls/rxnorm",
    "atc": "http://www.whocc.no/atc",
    "ndc": "http://hl7.org/fhir/sid/ndc",
    "cpt": "http://www.ama-assn.org/go/cpt",
    "hcpcs": "https://www.cms.gov/Medicare/Coding/HCPCSReleaseCodeSets",
}
"""The address of each code system, by the name the tables use."""

_SYNTAX: Final = {
    "icd-10-cm": re.compile(r"[A-Z][0-9][0-9AB](?:\.[0-9A-Z]{1,4})?"),
    "icd-10-pcs": re.compile(r"[0-9A-HJ-NP-Z]{1,7}"),
    "snomed": re.compile(r"[1-9][0-9]{2,14}[01]0[0-9]"),
    "loinc": re.compile(r"(?:LA)?[1-9][0-9]{0,6}-[0-9]"),
    "rxnorm": re.compile(r"[1-9][0-9]{0,7}"),
    "atc": re.compile(r"[A-Z][0-9]{2}[A-Z]{2}[0-9]{2}"),
    "ndc": re.compile(r"[0-9]{9}"),
    "cpt": re.compile(r"[0-9]{4}[0-9A-Z]"),
    "hcpcs": re.compile(r"[A-Z][0-9]{4}"),
}
# Verhoeff's dihedral group of ten elements, and the permutation by position.
_TIMES: Final = (
    "0123456789",
    "1234067895",
    "2340178956",
    "3401289567",
    "4012395678",
    "5987604321",
    "6598710432",
    "7659821043",
    "8765932104",
    "9876543210",
)
_PLACE: Final = (
    "0123456789",
    "1576283094",
    "5803796142",
    "8916043527",
    "9453126870",
    "4286573901",
    "2793806415",
    "7046913258",
)


_URI: Final = re.compile(r"(?:https?://|urn:[a-z0-9][a-z0-9-]*:)[^\s<>\"]+", re.IGNORECASE)
_LOCAL: Final = re.compile(r"\S(?:.{0,98}\S)?")


def address_of(system: str) -> str:
    """Return the address of a system as the tables name it; a site's own is its address."""
    return URLS.get(system, system)


def local_fault(system: str, code: str) -> str | None:
    """Return what is wrong with a code of a site's own system, or None.

    The system is an absolute address as it stands in the site's records, and none of those that
    have a name here; the code is taken as it stands.
    """
    named = next((name for name, url in URLS.items() if url == system), None)
    if named is not None:
        return f"{system} is written {named} here"
    if not _URI.fullmatch(system):
        return f"{system!r} is neither an address nor one of {', '.join(sorted(_SYNTAX))}"
    if not _LOCAL.fullmatch(code):
        return f"{code!r} is not a code: blank, or blanks around it, or above 100 characters"
    return None


def code_fault(system: str, code: str) -> str | None:
    """Return what is wrong with a code, or None. A prefix is checked as far as it goes."""
    syntax = _SYNTAX.get(system)
    if syntax is None:
        return f"the code system {system!r} is not one of {', '.join(sorted(_SYNTAX))}"
    if not syntax.fullmatch(code):
        return f"{code!r} is not written like a code of {system}"
    if system == "snomed" and not has_verhoeff_digit(code):
        return f"the check digit of SNOMED CT code {code} is wrong"
    if system == "loinc" and not has_mod_ten_digit(code):
        return f"the check digit of LOINC code {code} is wrong"
    return None


def has_verhoeff_digit(number: str) -> bool:
    """Say whether the last digit is Verhoeff's check digit of those before it."""
    check = 0
    for at, digit in enumerate(reversed(number)):
        check = int(_TIMES[check][int(_PLACE[at % len(_PLACE)][int(digit)])])
    return check == 0


def has_mod_ten_digit(code: str) -> bool:
    """Say whether the digit after the dash is the mod 10 check digit of what stands before it.

    The letters of an answer code count as well: a letter is its place in ASCII after "0".
    """
    number, _, check = code.partition("-")
    total = int(check)
    for at, character in enumerate(reversed(number)):
        value = ord(character) - ord("0")
        total += value if at % 2 else sum(divmod(2 * value, 10))
    return total % 10 == 0
