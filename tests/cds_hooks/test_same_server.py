"""The registered server in another spelling is that server, and its references are understood."""

import pytest

from tests.cds_hooks.hooks import FHIR, REVIEW, app_of, call, post, prefetch_of, searchset, topics
from tests.cds_hooks.people import two_failures
from tests.support.kept import NORTH, Trusting

SAME = [
    FHIR,
    f"{FHIR}/",
    "https://EHR.example.org/fhir/r4",
    "https://ehr.example.org:443/fhir/r4",
]
OTHER = [
    "HTTPS://ehr.example.org/fhir/r4",
    "http://ehr.example.org/fhir/r4",
    "https://ehr.example.org./fhir/r4",
    "https://ehr.example.org:8443/fhir/r4",
    "https://ehr.example.org/fhir/R4",
    "https://ehr.example.org/fhir/%724",
    "https://ehr.example.org/fhir/r4/../r4",
    "https://ehr.example.org/fhir/r4?x",
    "https://ehr.example.org\\@evil.test/fhir/r4",
    "https://\uff45hr.example.org/fhir/r4",
    "https://xn--ehr-1n3a.example.org/fhir/r4",
    "https://[fe80::1%25eth0]/fhir/r4",
    "https://[::ffff:127.0.0.1]/fhir/r4",
    "https://0x7f000001/fhir/r4",
    "https://ehr.example.org:/fhir/r4",
]


def answered(server):
    orders = [
        {**one, "subject": {"reference": f"{FHIR}/Patient/pt-1"}}
        for one in two_failures()
        if one["resourceType"] == "MedicationRequest"
    ]
    app = app_of(trust=Trusting(sites=(NORTH,)))
    sent = prefetch_of(two_failures(), medications=searchset(orders))
    return post(REVIEW, call(sent, fhirServer=server), app=app)


@pytest.mark.hostile("E03", "B05")
@pytest.mark.parametrize("server", SAME)
def test_references_are_the_registered_servers(server):
    answer = answered(server)
    assert (answer.status_code, topics(answer.json()["cards"])) == (200, ["trdNextStep"])


@pytest.mark.hostile("B02", "B03", "B05", "B09")
@pytest.mark.requirement("FA-9")
@pytest.mark.parametrize("server", OTHER)
def test_what_only_looks_like_it_is_another(server):
    answer = answered(server)
    assert answer.status_code == 400
    assert server not in answer.text
