"""Discovery is an interface: sites type its ids, keys and templates into their EHR by hand."""

import re

import pytest

from cds_hooks.services import SERVICES, discovery
from cds_hooks.terms import CardTerms, Speaking
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


@pytest.mark.parametrize("path", ["/docs", "/redoc", "/", "/cds-service"])
def test_nothing_else_is_served(path):
    assert send("GET", path).status_code == 404


def test_answers_are_not_kept_by_anybody():
    assert send("GET", "/cds-services").headers["cache-control"] == "no-store"


def test_a_service_that_is_off_is_not_listed():
    terms = CardTerms(services={"trd-review": Speaking.OFF, "suicide-safety": Speaking.SILENT})
    listed = {one["id"] for one in discovery(terms)["services"]}
    assert listed == {service.id for service in SERVICES} - {"trd-review"}


@pytest.mark.requirement("DISC-10", "DISC-11")
def test_members_of_a_newer_version_are_for_those_who_take_them():
    for one in discovery()["services"]:
        assert not {"version", "hookVersion"} & one.keys()
    for one in discovery(CardTerms(newer=True))["services"]:
        assert re.fullmatch(r"\d+\.\d+\.\d+", one["version"])
        assert one["hookVersion"] == "1.0"
        Discovery.model_validate({"services": [one]})
