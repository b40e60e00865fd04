"""The tables of docs/integration.md, printed from the needs, the services and the searches.

``python -m tests.integration_page`` writes them anew; a test compares.
"""

from collections.abc import Iterable

from cds_hooks.door import BUDGET_S
from cds_hooks.services import SERVICES
from ehr.addresses import registered
from ehr.asking import MOST_ENTRIES
from ehr.bodies import LARGEST_BYTES
from ehr.medicines import MOST_LOOKED_UP
from ehr.paging import MOST_PAGES
from ehr.searches import MEDICINES, address_of
from ehr.site import ReadTerms
from tests.conftest import ROOT
from trd.read.needs import NEEDS

PAGE = ROOT / "docs" / "integration.md"
BASE = "https://ehr.example.org/fhir/r4"
_BEGIN, _END = "<!-- printed: {} -->", "<!-- end -->"


def services() -> Iterable[str]:
    """Yield the table of services and the prefetch keys each uses."""
    yield "| Prefetch key | " + " | ".join(f"`{one.id}`" for one in SERVICES) + " |"
    yield "| --- |" + " --- |" * len(SERVICES)
    yield "| its hook | " + " | ".join(f"`{one.hook}`" for one in SERVICES) + " |"
    for need in NEEDS:
        marks = (_mark(need.name, one.needs, one.required) for one in SERVICES)
        yield f"| `{need.name}` | " + " | ".join(marks) + " |"


def _mark(need: str, needs: frozenset[str], required: Iterable[Iterable[str]]) -> str:
    if need not in needs:
        return ""
    groups = [group for group in map(tuple, required) if need in group]
    if not groups:
        return "used"
    return "**required**" if groups[0] == (need,) else "**one of these**"


def templates() -> Iterable[str]:
    """Yield the table of prefetch templates, as they are typed in where discovery is not read."""
    yield "| Key | Template | What for |"
    yield "| --- | --- | --- |"
    for need in NEEDS:
        yield f"| `{need.name}` | `{need.query}` | {need.because} |"


def searches() -> Iterable[str]:
    """Yield the table of what is asked of the FHIR server for a key that was not sent."""
    base = registered(BASE)
    yield "| Key | Request, below the FHIR base URL | Scope (SMART 2) | Scope (SMART 1) |"
    yield "| --- | --- | --- | --- |"
    for need in NEEDS:
        asked = str(address_of(need, "PATIENT", base, ReadTerms())).removeprefix(BASE)
        kind, way = need.resource_type, "rs" if "?" in asked else "r"
        yield (
            f"| `{need.name}` | `GET {asked.replace('%3A', ':')}` "
            f"| `user/{kind}.{way}` | `user/{kind}.read` |"
        )
    drugs = ", ".join(f"`{one.name}`" for one in NEEDS if one.name in MEDICINES)
    yield (
        f"| {drugs} | `GET /Medication/ID` for a drug that did not come along "
        "| `user/Medication.r` | `user/Medication.read` |"
    )
    yield (
        "| | `GET /Encounter/ID` where the call names an encounter that was not sent "
        "| `user/Encounter.r` | `user/Encounter.read` |"
    )


def limits() -> Iterable[str]:
    """Yield the table of what a call may take."""
    terms, size = ReadTerms(), LARGEST_BYTES // 2**20
    entries = f"{MOST_ENTRIES:,}".replace(",", " ")
    yield "| Limit | Figure |"
    yield "| --- | --- |"
    yield f"| one hook call, all told | {BUDGET_S} s |"
    yield (
        "| pages · entries of a key · decoded bytes of a call "
        f"| {MOST_PAGES} · {entries} · {size} MiB |"
    )
    yield (
        "| a busy EHR (429, 502, 503, 504) "
        "| asked once more, after its `Retry-After`, if that is in time |"
    )
    yield "| any other failure | not tried again within the call |"
    yield (
        "| requests at once: one call · all calls of an EHR "
        f"| {terms.at_once} · {terms.at_once_in_all} (`at_once`, `at_once_in_all`) |"
    )
    yield f"| drugs read one by one (`Medication`) | {MOST_LOOKED_UP} in a call, each once |"


def printed(page: str) -> str:
    """Return a page with its tables printed anew."""
    for table in (services, templates, searches, limits):
        begin = _BEGIN.format(table.__name__)
        before, _, rest = page.partition(begin)
        _, _, after = rest.partition(_END)
        page = "\n".join([before + begin, *table(), _END]) + after
    return page


if __name__ == "__main__":
    PAGE.write_text(printed(PAGE.read_text("utf-8")), "utf-8")
