"""Discovery is an interface: sites type its ids, keys and templates into their EHR by hand."""

import re

import pytest

from cds_hooks.services import SERVICES
from cds_hooks.wire import Discovery
from tests.cds_hooks.golden import FOLDER, discovered
from tests.cds_hooks.hooks import send
from trd.read.needs import NEEDS


@pytest.mark.requirement("DISC-15")
def test_it_is_what_sites_have_typed_in():
    assert discovered() == (FOLDER / "discovery.json").read_text("utf-8")


def test_it_keeps_to_the_rules_of_the_wire():
    answer = send("GET", "/cds-services")
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "application/json"
    assert len(Discovery.model_validate_json(answer.content).services) == len(SERVICES)


@pytest.mark.requirement("DISC-1")
def test_a_slash_at_the_end_changes_nothing():
    assert send("GET", "/cds-services/").content == send("GET", "/cds-services").content


def test_head_is_get_without_a_body():
    answer = send("HEAD", "/cds-services")
    assert (answer.status_code, answer.content) == (200, b"")


@pytest.mark.parametrize("service", SERVICES, ids=lambda service: service.id)
def test_a_service_asks_for_what_it_needs_and_nothing_else(service):
    assert service.needs <= {need.name for need in NEEDS}
    assert {need for group in service.required for need in group} <= service.needs


def test_templates_use_context_tokens_only():
    for service in send("GET", "/cds-services").json()["services"]:
        for template in service["prefetch"].values():
            assert re.findall(r"\{\{(.*?)\}\}", template) == ["context.patientId"]


@pytest.mark.parametrize("path", ["/docs", "/redoc", "/openapi.json", "/", "/cds-service"])
def test_nothing_else_is_served(path):
    assert send("GET", path).status_code == 404


def test_answers_are_not_kept_by_anybody():
    assert send("GET", "/cds-services").headers["cache-control"] == "no-store"
