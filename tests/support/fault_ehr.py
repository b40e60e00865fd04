"""A FHIR server that does wrong on request: an EHR as bad as it can be, told what to do in a list.

Without faults it is a plain R4 server of the charts it is given: reads, searches by patient, pages,
totals, included Medications, a token that is asked for. A ``Fault`` names what goes wrong, at which
type and page, and how often. It is an ASGI app; ``AppTransport`` calls it without a network and
streams what it sends as it is sent, so that a fault is the same on a virtual clock and a real one.
"""

import functools
import gzip
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qs, unquote

from tests.support.fhir import Json
from tests.support.wire_faults import WIRE_FAULTS, Answer, Fault, send_plainly

__all__ = [
    "BASE",
    "DATA_FAULTS",
    "ELSEWHERE",
    "KINDS",
    "OTHER",
    "TOKEN",
    "Fault",
    "FaultEhr",
    "Seen",
    "holder",
    "outcome",
]

BASE = "https://ehr.example.org/fhir/r4"
ELSEWHERE = "https://elsewhere.example.org/fhir/r4"
TOKEN = "canary-token-7f3a"
OTHER = "somebody-else"
_PATH = "/fhir/r4"


@dataclass(frozen=True, slots=True)
class Seen:
    """One request as it arrived."""

    method: str
    path: str
    query: str
    headers: Mapping[str, str]

    @property
    def kind(self) -> str:
        """Return the resource type that was asked for."""
        return unquote(self.path).removeprefix(_PATH).strip("/").partition("/")[0]

    @property
    def page(self) -> int:
        """Return the number of the page that was asked for."""
        return int(parse_qs(self.query).get("page", ["1"])[0])


class FaultEhr:
    """The server. ``requests`` keeps what arrived; ``faults`` may be changed between calls."""

    def __init__(
        self,
        resources: Iterable[Json],
        faults: Sequence[Fault] = (),
        *,
        page_size: int = 1_000,
        token: str | None = TOKEN,
        includes: bool = True,
        base: str = BASE,
    ) -> None:
        """Serve these resources; ``token`` None asks for none."""
        self.resources = list(resources)
        self.faults = list(faults)
        self.page_size = page_size
        self.token = token
        self.includes = includes
        self.base = base
        self.requests: list[Seen] = []
        self._struck: dict[Fault, int] = {}

    def asked(self) -> list[str]:
        """Return the types that were asked for, in order."""
        return [one.kind for one in self.requests]

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        assert scope["type"] == "http"
        headers = {key.decode().lower(): value.decode() for key, value in scope["headers"]}
        query = scope["query_string"].decode()
        request = Seen(scope["method"], scope["path"], query, headers)
        self.requests.append(request)
        answer, fault = self._plain(request), self._fault_for(request)
        if fault is not None and fault.kind in DATA_FAULTS:
            DATA_FAULTS[fault.kind](self, fault, request, answer)
        wire = WIRE_FAULTS.get(fault.kind, send_plainly) if fault is not None else send_plainly
        await wire(fault or Fault(kind=""), answer, send)

    def _fault_for(self, request: Seen) -> Fault | None:
        for fault in self.faults:
            is_here = fault.at in {"", request.kind} and fault.page in {0, request.page}
            if is_here and (not fault.times or self._struck.get(fault, 0) < fault.times):
                self._struck[fault] = self._struck.get(fault, 0) + 1
                return fault
        return None

    def _plain(self, request: Seen) -> Answer:
        if (
            self.token is not None
            and request.headers.get("authorization") != f"Bearer {self.token}"
        ):
            return Answer(outcome("login"), status=401)
        kind, _, local = unquote(request.path).removeprefix(_PATH).strip("/").partition("/")
        if local:
            held = [
                one for one in self.resources if (one["resourceType"], one["id"]) == (kind, local)
            ]
            return Answer(dict(held[0])) if held else Answer(outcome("not-found"), status=404)
        return Answer(self._page(kind, request))

    def _page(self, kind: str, request: Seen) -> Json:
        asked = parse_qs(request.query)
        mine = f"Patient/{asked.get('patient', [''])[0]}"
        found = [
            one for one in self.resources if one["resourceType"] == kind and holder(one) == mine
        ]
        start = (request.page - 1) * self.page_size
        rows = found[start : start + self.page_size]
        entries = [self._entry(one, "match") for one in rows]
        if self.includes and "_include" in asked:
            entries += [self._entry(one, "include") for one in self._medications_of(rows)]
        link = [{"relation": "self", "url": f"{self.base}/{kind}?{request.query}"}]
        if start + self.page_size < len(found):
            link.append({"relation": "next", "url": self.page_url(request, request.page + 1)})
        made = {"resourceType": "Bundle", "type": "searchset", "total": len(found), "link": link}
        return made | ({"entry": entries} if entries else {})

    def page_url(self, request: Seen, number: int) -> str:
        """Return the address of a page of the search of a request."""
        patient = parse_qs(request.query).get("patient", [""])[0]
        return f"{self.base}/{request.kind}?patient={patient}&page={number}"

    def _entry(self, resource: Json, mode: str) -> Json:
        url = f"{self.base}/{resource['resourceType']}/{resource['id']}"
        return {"fullUrl": url, "resource": resource, "search": {"mode": mode}}

    def _medications_of(self, rows: list[Json]) -> list[Json]:
        named = {one.get("medicationReference", {}).get("reference") for one in rows}
        return [
            one
            for one in self.resources
            if one["resourceType"] == "Medication" and f"Medication/{one['id']}" in named
        ]


def holder(resource: Json) -> str:
    """Return whose a resource is."""
    whose = resource.get("subject") or resource.get("patient") or {}
    return str(whose.get("reference", ""))


def outcome(code: str, severity: str = "error", number: str = "") -> Json:
    """Return an OperationOutcome, perhaps with a number of Epic's."""
    issue: Json = {"severity": severity, "code": code, "diagnostics": "canary-diagnostics"}
    if number:
        system = "urn:oid:1.2.840.114350.1.13.0.1.7.2.657369"
        issue["details"] = {"coding": [{"system": system, "code": number}]}
    return {"resourceType": "OperationOutcome", "issue": [issue]}


def _links(answer: Answer, url: str) -> None:
    kept = [one for one in answer.value.get("link", []) if one["relation"] != "next"]
    answer.value["link"] = [*kept, {"relation": "next", "url": url}]


def _lost_page(ehr: FaultEhr, fault: Fault, request: Seen, answer: Answer) -> None:
    """Lead past the next page; the total still counts it."""
    link = answer.value.get("link", [])
    if any(one["relation"] == "next" for one in link):
        answer.value["link"] = link[:1]
        if (request.page + 1) * ehr.page_size < answer.value["total"]:
            _links(answer, ehr.page_url(request, request.page + 2))


def _foreign_next(ehr: FaultEhr, fault: Fault, request: Seen, answer: Answer) -> None:
    _links(answer, f"{ELSEWHERE}/{request.kind}?page=2")


def _self_next(ehr: FaultEhr, fault: Fault, request: Seen, answer: Answer) -> None:
    _links(answer, f"{ehr.base}/{request.kind}?{request.query}")


def _duplicate_pages(ehr: FaultEhr, fault: Fault, request: Seen, answer: Answer) -> None:
    """Give the same page for ever, under ever new addresses."""
    first = Seen(
        request.method, request.path, request.query.partition("&page=")[0], request.headers
    )
    answer.value.update(ehr._page(request.kind, first))  # noqa: SLF001 - its own fault
    _links(answer, ehr.page_url(request, request.page + 1))


def _wrong_total(ehr: FaultEhr, fault: Fault, request: Seen, answer: Answer) -> None:
    answer.value["total"] = 50


def _add(answer: Answer, resource: Json, mode: str = "match") -> None:
    entry = {"resource": resource, "search": {"mode": mode}}
    answer.value["entry"] = [*answer.value.get("entry", []), entry]


def _other_patient(ehr: FaultEhr, fault: Fault, request: Seen, answer: Answer) -> None:
    whose = {"reference": f"Patient/{OTHER}"}
    if answer.value["resourceType"] != "Bundle":
        answer.value = answer.value | {"id": OTHER, "subject": whose}
        return
    _add(answer, {"resourceType": request.kind, "id": "x", "subject": whose, "patient": whose})


def _outcome_in_200(ehr: FaultEhr, fault: Fault, request: Seen, answer: Answer) -> None:
    answer.value = {"resourceType": "Bundle", "type": "searchset", "total": 0}
    _add(answer, outcome("processing"), "outcome")


def _bare_outcome(ehr: FaultEhr, fault: Fault, request: Seen, answer: Answer) -> None:
    answer.value = outcome("exception")


def _restricted(ehr: FaultEhr, fault: Fault, request: Seen, answer: Answer) -> None:
    _add(answer, outcome("processing", "warning", "4130"), "outcome")


def _partial_data(ehr: FaultEhr, fault: Fault, request: Seen, answer: Answer) -> None:
    _add(answer, outcome("processing", "warning", "4119"), "outcome")


def _stu3(ehr: FaultEhr, fault: Fault, request: Seen, answer: Answer) -> None:
    answer.headers[b"content-type"] = b"application/fhir+json; fhirVersion=3.0"


def _stu3_shape(ehr: FaultEhr, fault: Fault, request: Seen, answer: Answer) -> None:
    for entry in answer.value.get("entry", []):
        entry["resource"] = entry["resource"] | {"context": {"reference": "Encounter/1"}}


def _r5_shape(ehr: FaultEhr, fault: Fault, request: Seen, answer: Answer) -> None:
    for entry in answer.value.get("entry", []):
        concept = entry["resource"].get("medicationCodeableConcept", {})
        entry["resource"] = entry["resource"] | {"medication": {"concept": concept}}


def _status(status: int) -> Callable[[FaultEhr, Fault, Seen, Answer], None]:
    def strike(ehr: FaultEhr, fault: Fault, request: Seen, answer: Answer) -> None:
        answer.status, answer.value = status, outcome("exception")
        if fault.retry_after:
            answer.headers[b"retry-after"] = fault.retry_after.encode()

    return strike


def _redirect(ehr: FaultEhr, fault: Fault, request: Seen, answer: Answer) -> None:
    answer.status = 302
    answer.headers[b"location"] = f"{ELSEWHERE}/{request.kind}".encode()


def _body(body: bytes, kind: bytes = b"text/html") -> Callable[..., None]:
    def strike(ehr: FaultEhr, fault: Fault, request: Seen, answer: Answer) -> None:
        answer.body, answer.headers[b"content-type"] = body, kind

    return strike


def _truncated(ehr: FaultEhr, fault: Fault, request: Seen, answer: Answer) -> None:
    """End the body early, and say that it is whole."""
    text = answer.text()
    answer.body = text[: min(fault.offset, len(text) - 1)]


def _not_a_number(ehr: FaultEhr, fault: Fault, request: Seen, answer: Answer) -> None:
    answer.body = answer.text()[:-1] + b', "x": NaN}'


@functools.cache
def _packed_blanks() -> bytes:
    return gzip.compress(b" " * (64 * 1024 * 1024), 1)


def _bomb(ehr: FaultEhr, fault: Fault, request: Seen, answer: Answer) -> None:
    """Pack a body of blanks that unpacks to 64 MiB."""
    answer.body = _packed_blanks()
    answer.headers[b"content-encoding"] = b"gzip"


Strike = Callable[[FaultEhr, Fault, Seen, Answer], None]
DATA_FAULTS: Mapping[str, Strike] = {
    "lost-page": _lost_page,
    "foreign-next": _foreign_next,
    "self-next": _self_next,
    "duplicate-pages": _duplicate_pages,
    "wrong-total": _wrong_total,
    "other-patient": _other_patient,
    "outcome-in-200": _outcome_in_200,
    "bare-outcome": _bare_outcome,
    "restricted": _restricted,
    "partial-data": _partial_data,
    "stu3": _stu3,
    "stu3-shape": _stu3_shape,
    "r5-shape": _r5_shape,
    **{
        str(number): _status(number)
        for number in (400, 401, 403, 404, 410, 429, 500, 502, 503, 504)
    },
    "redirect": _redirect,
    "html": _body(b"<!DOCTYPE html><html><body>Sign in</body></html>"),
    "xml": _body(b'<Bundle xmlns="http://hl7.org/fhir"/>', b"application/fhir+xml"),
    "truncated": _truncated,
    "nan": _not_a_number,
    "bomb": _bomb,
}

KINDS = (*DATA_FAULTS, *WIRE_FAULTS)
