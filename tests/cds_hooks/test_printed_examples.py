"""The examples that the specification and its library print, sent through our door.

Whatever version of CDS Hooks or FHIR they are of: a sensible status, a body that keeps the rules,
and nothing of theirs in an error. They are not part of this repository.
"""

import json
import re
from typing import Any

import pytest

from tests.cds_hooks.hooks import ABSENT, call, post, prefetch_of, send
from tests.cds_hooks.people import quiet
from tests.support.wire_rules import breaches, outcome_breaches

FOLDERS = ("spec-2.0.1", "spec-3.0.0-ballot", "hooks-library", "synthetic")
SENSIBLE = {200, 400, 404, 412}
SERVICES = send("GET", "/cds-services").json()["services"]
FIXED = {service["hook"] for service in SERVICES} | {"OperationOutcome", "Bundle"}
PLAIN_WORD = re.compile(r"[a-z]+|fhirAuthorization")


@pytest.fixture(scope="module")
def printed(shared):
    """Return every printed example by its name."""
    folder = shared / "spec" / "cds-hooks" / "data"
    found = {
        str(path.relative_to(folder)): json.loads(path.read_text("utf-8"))
        for name in FOLDERS
        for path in sorted((folder / name).rglob("*.json"))
    }
    assert len(found) > 70
    return found


def bodies(example: Any, hook: str) -> list[Any]:
    """Return the example as a whole body, and its parts within a call of ours."""
    if not isinstance(example, dict):
        return [example, *(one["request"] for one in example if "request" in one)]
    found: list[Any] = [example]
    for part in ("context", "prefetch", "fhirAuthorization", "extension"):
        if part in example:
            whole = call(prefetch_of(quiet()), hook=hook)
            found.append(whole | {part: example[part]})
    if "context" in example:
        user = {"userId": "Practitioner/1", "patientId": "1"}
        found.append(call(ABSENT, hook=hook, context=user | example["context"]))
    return found


def texts(value: Any) -> set[str]:
    """Return what an example says that no error may repeat: what is more than one plain word."""
    if isinstance(value, dict):
        return set().union(*map(texts, value.values()))
    if isinstance(value, list):
        return set().union(*map(texts, value))
    is_telling = isinstance(value, str) and len(value) >= 6 and not PLAIN_WORD.fullmatch(value)
    return {value} - FIXED if is_telling else set()


def check(answer: Any, body: Any, what: str) -> None:
    assert answer.status_code in SENSIBLE, (what, answer.status_code)
    if answer.status_code == 200:
        assert not breaches(answer.content), what
        return
    assert not outcome_breaches(answer.content), what
    said = answer.text
    repeated = [text for text in texts(body) if re.search(rf"\b{re.escape(text)}\b", said)]
    assert not repeated, (what, repeated)


@pytest.mark.requirement("GEN-9", "PFB-13", "PFB-17", "REQ-10", "VER-1")
@pytest.mark.parametrize("service", SERVICES, ids=lambda service: service["id"])
def test_a_printed_example_is_no_reason_to_fail(printed, service):
    for name, example in printed.items():
        for body in bodies(example, service["hook"]):
            check(post(service["id"], body), body, f"{name} to {service['id']}")


STATUSES = {
    "spec-2.0.1/02-example.json": 412,
    "spec-3.0.0-ballot/02-example.json": 412,
    "spec-2.0.1/28-extensions.json": 400,
    "synthetic/epic-shaped-patient-view-request.json": 200,
}


@pytest.mark.requirement("PFB-17", "GEN-9")
def test_whole_requests_get_their_status(printed):
    found = {name: post("trd-review", printed[name]).status_code for name in STATUSES}
    assert found == STATUSES


@pytest.mark.parametrize("person", ["patient-view", "order-select", "order-sign"])
def test_a_context_of_another_version_of_fhir_is_no_fault(printed, person):
    services = [one["id"] for one in SERVICES if one["hook"] == person]
    contexts = [one for name, one in printed.items() if f"hooks-library/{person}/" in name]
    assert contexts
    for service in services:
        for example in contexts:
            body = call(prefetch_of([]), hook=person, context=example["context"])
            check(post(service, body), body, service)
