"""The service's own OpenAPI is true: whatever it allows is taken, whatever else is refused.

schemathesis asks everything the description allows, and much that it does not, in this process.
"""

import json
from collections import Counter

import pytest
from schemathesis import openapi
from schemathesis.config import SchemathesisConfig
from schemathesis.engine import events, from_schema

from cds_hooks.services import SERVICES, Service
from tests.cds_hooks.hooks import PATIENT, REVIEW, app_of, call, prefetch_of, send
from tests.cds_hooks.orders import HOOK_OF, draft, order_call
from tests.cds_hooks.people import phq9, quiet, two_failures
from tests.support.fhir import Json

REFUSED = ["400", "401", "404", "405", "412", "413", "415"]
FEWEST = 3_000


def examples(service: Service) -> list[Json]:
    """Return calls about invented people: one in danger, one silent, one with two failures."""
    charts = [[*two_failures(), *phq9("o9", "2026-08-31", 20, 3)], quiet(), two_failures()]
    if service.id in HOOK_OF:
        return [order_call(service.id, [draft()], prefetch_of(chart)) for chart in charts]
    context = {"userId": "Practitioner/dr-1", "patientId": PATIENT, "encounterId": "e-1"}
    return [call(prefetch_of(chart), hook=service.hook, context=context) for chart in charts]


def described():
    """Return the description as served, with calls about invented people as examples.

    The explanations of other services than one are left out: they take the same calls.
    """
    told: Json = json.loads(send("GET", "/openapi.json").content)
    for service in SERVICES:
        if service.id != REVIEW:
            del told["paths"][f"/explain/{service.id}"]
        path = f"/cds-services/{service.id}"
        content = told["paths"][path]["post"]["requestBody"]["content"]["application/json"]
        content["examples"] = {
            f"person-{at}": {"value": one} for at, one in enumerate(examples(service))
        }
    return told


def test_it_is_an_openapi_description_of_every_path_and_service():
    told = json.loads(send("GET", "/openapi.json").content)
    assert told["openapi"] == "3.1.0"
    paths = {path for path in told["paths"] if path.startswith("/cds-services/")}
    ids = {
        service["id"] for service in json.loads(send("GET", "/cds-services").content)["services"]
    }
    assert paths == {f"/cds-services/{one}{more}" for one in ids for more in ("", "/feedback")}
    statuses = set(told["paths"]["/cds-services/trd-review"]["post"]["responses"])
    assert statuses == {
        *("200", "400", "401", "404", "405", "412", "413", "415"),
        *("429", "500", "503"),
    }


@pytest.mark.requirement("RESP-5", "RESP-6")
def test_everything_the_description_allows_and_much_that_it_does_not():
    config = SchemathesisConfig.from_dict(
        {
            "generation": {"max-examples": 6, "deterministic": True, "database": "none"},
            "continue-on-failure": True,
            "checks": {
                "positive_data_acceptance": {"expected-statuses": ["2xx", "401", "412"]},
                "negative_data_rejection": {"expected-statuses": REFUSED},
            },
            "phases": {"stateful": {"enabled": False}},
        }
    )
    schema = openapi.from_dict(described(), config=config)
    schema.app = app_of()
    statuses: Counter[int] = Counter()
    failures: list[str] = []
    with_cards = 0
    for event in from_schema(schema).execute():
        assert not isinstance(event, events.FatalError | events.NonFatalError), event
        if isinstance(event, events.ScenarioFinished):
            answers = [one.response for one in event.recorder.interactions.values()]
            statuses.update(one.status_code for one in answers if one is not None)
            with_cards += sum(b'"summary"' in one.content for one in answers if one is not None)
            failures += [
                f"{event.recorder.label}: {check.name}: {check.failure_info.failure}"
                for checks in event.recorder.checks.values()
                for check in checks
                if check.failure_info is not None
            ]
    assert not failures, "\n".join(failures[:10])
    assert statuses.total() >= FEWEST
    assert statuses[500] == statuses[503] == 0
    assert min(statuses[one] for one in (200, 400, 405, 412, 415)) > 0
    assert with_cards >= len(SERVICES)
