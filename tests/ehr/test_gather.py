"""What was not sent is asked for, nothing else is, and either way the chart is the same."""

import pytest

from ehr.errors import WrongServer
from ehr.gather import AccessToken
from ehr.site import NullMeans, Site
from tests.cds_hooks.hooks import prefetch_of, searchset
from tests.cds_hooks.people import two_failures
from tests.ehr.reading import ALL, COMPLETE, FAILED, NOT_ASKED, PARTIAL, ask, faulty, read, terms
from tests.support.days import day
from tests.support.fault_ehr import BASE, TOKEN, FaultEhr, outcome
from trd.knowledge.load import load_knowledge
from trd.read.chart_reader import read_chart
from trd.readings import assess_gathered
from trd.report import report

KNOWLEDGE = load_knowledge()
CHART = two_failures()
NOTHING = {"resourceType": "Bundle", "type": "searchset", "total": 0}


def said(gathered):
    return report(assess_gathered(gathered, KNOWLEDGE, day("2026-09-01")))


@pytest.mark.requirement("PFB-1", "PFB-3", "FA-3", "FA-4")
def test_what_was_not_sent_is_asked_for_and_nothing_else():
    ehr = FaultEhr(CHART)
    sent = prefetch_of(CHART)
    del sent["conditions"], sent["scores"]
    found = read(ehr, ask(sent))
    assert sorted(ehr.asked()) == ["Condition", "Observation"]
    assert {one.headers["authorization"] for one in ehr.requests} == {f"Bearer {TOKEN}"}
    assert found.status("conditions") == found.status("scores") == COMPLETE


@pytest.mark.requirement("PFB-2")
def test_a_call_back_gives_the_same_chart_as_the_prefetch():
    ehr = FaultEhr(CHART)
    asked, sent = read(ehr), read(FaultEhr([]), ask(prefetch_of(CHART)))
    assert said(asked.gathered) == said(sent.gathered)
    assert said(asked.gathered)["resistance"]["verdict"] == "met"
    assert len(ehr.requests) == len(ALL)


def test_only_what_the_service_needs_is_asked():
    ehr = FaultEhr(CHART)
    found = read(ehr, needs={"conditions"})
    assert ehr.asked() == ["Condition"]
    assert found.status("medications") == NOT_ASKED


@pytest.mark.requirement("PFB-4", "PFB-5")
@pytest.mark.parametrize("value", [None, NOTHING])
def test_nothing_found_is_not_asked_again(value):
    ehr = FaultEhr(CHART)
    found = read(ehr, ask({"medications": value}), needs={"medications"})
    assert not ehr.requests
    assert found.status("medications") == COMPLETE


def test_null_is_asked_for_where_the_ehr_says_nothing_by_it():
    ehr = FaultEhr(CHART)
    site = terms(null_means=NullMeans.NOT_READ)
    found = read(ehr, ask({"medications": None}), needs={"medications"}, site=site)
    assert ehr.asked() == ["MedicationRequest"]
    assert len(found.gathered.resources) == 2


@pytest.mark.requirement("PFB-6")
@pytest.mark.hostile("F04")
@pytest.mark.parametrize(
    ("value", "why"),
    [
        (outcome("exception"), "the EHR reported an error"),
        (outcome("forbidden"), "access refused"),
        (outcome("processing", "warning", "4134"), "restricted by the EHR"),
        (outcome("informational", "information"), "the EHR reported an error"),
    ],
)
def test_an_outcome_as_value_is_a_failure_that_is_not_tried_again(value, why):
    ehr = FaultEhr(CHART)
    found = read(ehr, ask({"medications": value}), needs={"medications"})
    assert not ehr.requests
    assert (found.status("medications"), found.why("medications")) == (FAILED, why)


def test_an_outcome_that_says_nothing_was_found_is_nothing_found():
    value = outcome("processing", "error", "4101")
    assert read(FaultEhr([]), ask({"medications": value})).status("medications") == COMPLETE


@pytest.mark.requirement("PFB-7")
@pytest.mark.parametrize(
    ("beside", "status"),
    [
        (outcome("processing", "warning"), COMPLETE),
        (outcome("processing", "error", "4101"), COMPLETE),
        (outcome("exception"), PARTIAL),
        (outcome("processing", "warning", "4119"), PARTIAL),
        (outcome("suppressed", "information"), PARTIAL),
    ],
)
def test_an_outcome_beside_matches(beside, status):
    sent = prefetch_of(CHART)["medications"]
    sent["entry"].append({"resource": beside, "search": {"mode": "outcome"}})
    assert read(FaultEhr([]), ask({"medications": sent})).status("medications") == status


@pytest.mark.requirement("PFB-13", "PFB-10")
@pytest.mark.parametrize(
    ("changed", "status", "why"),
    [
        ({"link": [{"relation": "self", "url": "x"}]}, COMPLETE, ""),
        ({"link": "next"}, PARTIAL, "further pages were not sent"),
        ({"link": [{"relation": "NEXT"}]}, PARTIAL, "further pages were not sent"),
        (
            {"link": [{"relation": "next", "url": f"{BASE}/{at}"} for at in "ab"]},
            PARTIAL,
            "further pages were not sent",
        ),
        ({"total": "many"}, PARTIAL, "part of it could not be read"),
        ({"total": "2"}, COMPLETE, ""),
        ({"total": 3}, PARTIAL, "fewer entries than the EHR counted"),
        ({"type": "history"}, PARTIAL, "not what was asked for"),
        ({"type": "history", "total": 9}, PARTIAL, "not what was asked for"),
        ({"total": -1}, PARTIAL, "part of it could not be read"),
        ({"total": 1.9}, PARTIAL, "part of it could not be read"),
        ({"link": [{"relation": ["next"]}]}, PARTIAL, "further pages were not sent"),
        ({"link": [{"rel": "next", "href": "x"}]}, PARTIAL, "further pages were not sent"),
        ({"link": [{"relation": "http://x.org/rel/next"}]}, PARTIAL, "further pages were not sent"),
        ({"link": [{"relation": "first"}, {"relation": "last"}]}, COMPLETE, ""),
        ({"entry": [{"resource": "x"}], "total": 0}, FAILED, "part of it could not be read"),
        ({"entry": [{"resource": {"resourceType": "Device"}}]}, FAILED, "not what was asked for"),
        ({"entry": [[[{"resource": {}}]]], "total": 0}, FAILED, "part of it could not be read"),
    ],
)
def test_a_bundle_says_how_whole_it_is(changed, status, why):
    sent = prefetch_of(CHART)["medications"] | changed
    ehr = FaultEhr(CHART)
    found = read(ehr, ask({"medications": sent}), needs={"medications"})
    assert (found.status("medications"), found.why("medications")) == (status, why)
    assert not ehr.requests


@pytest.mark.requirement("PFB-13")
@pytest.mark.parametrize(
    "value", [[], "<html>", 7, True, {}, {"resourceType": "Bundle", "entry": 1}]
)
def test_a_shape_that_cannot_be_is_a_failed_read(value):
    ehr = FaultEhr(CHART)
    found = read(ehr, ask({"medications": value}), needs={"medications"})
    assert found.status("medications") == FAILED
    assert found.why("medications") == "not what was asked for"


@pytest.mark.requirement("FA-4", "PFB-8")
@pytest.mark.hostile("F01")
@pytest.mark.parametrize(
    "how",
    [{"token": None}, {"server": ""}],
    ids=["no token", "no server"],
)
def test_nothing_is_asked_without_both_server_and_token(how):
    ehr = FaultEhr(CHART)
    found = read(ehr, ask(**how))
    assert not ehr.requests
    assert set(found.gathered.reads.values()) == {NOT_ASKED}


def test_a_server_that_needs_no_token_is_asked_where_that_is_allowed():
    ehr = FaultEhr(CHART, token=None)
    assert read(ehr, ask(token=None)).status("medications") == NOT_ASKED
    assert read(ehr, ask(token=None), allows_open=True).status("medications") == COMPLETE
    assert "authorization" not in ehr.requests[0].headers


def test_what_an_ehr_keeps_nowhere_is_read_and_holds_nothing():
    ehr = FaultEhr(CHART)
    found = read(ehr, site=terms(has_no=frozenset({"statements", "dispenses"})))
    assert found.status("statements") == found.status("dispenses") == COMPLETE
    assert not {"MedicationStatement", "MedicationDispense"} & set(ehr.asked())


def test_what_is_said_to_be_nowhere_is_read_where_it_is_sent():
    site = terms(has_no=frozenset({"medications"}))
    assert read(FaultEhr([]), ask({"medications": outcome("x")}), site=site).status(
        "medications"
    ) == (FAILED)


@pytest.mark.requirement("FA-9")
@pytest.mark.hostile("B01", "B02", "B03", "B05", "B09")
@pytest.mark.parametrize(
    "server",
    [
        "https://elsewhere.example.org/fhir/r4",
        "http://ehr.example.org/fhir/r4",
        "https://ehr.example.org/fhir/r5",
        "https://ehr.example.org/fhir",
        "https://ehr.example.org/fhir/r4/../r5",
        "https://ehr.example.org/fhir/r4/%2e%2e/x",
        "https://ehr.example.org@elsewhere.example.org/fhir/r4",
        "https://ehr.example.org:443@elsewhere.example.org/",
        "https://user@ehr.example.org/fhir/r4",
        "https://ehr.example.org.elsewhere.example.org/fhir/r4",
        "https://elsewhere.example.org/ehr.example.org/fhir/r4",
        "https://ehr.example.org:8443/fhir/r4",
        "https://ehr.example.org/fhir/r4?x=1",
        "https://ehr.example.org/fhir/r4#x",
        "https://ehr.example.org\\@elsewhere.example.org/fhir/r4",
        "//ehr.example.org/fhir/r4",
        "file:///etc/passwd",
        "gopher://ehr.example.org/fhir/r4",
        "https://127.0.0.1/fhir/r4",
        "https://[::1]/fhir/r4",
        "https://169.254.169.254/fhir/r4",
        "https://2130706433/fhir/r4",
        "https://0x7f.1/fhir/r4",
        "https://ehr.examp\u217ce.org/fhir/r4",
    ],
)
def test_another_server_than_the_registered_one_is_never_called(server):
    ehr = FaultEhr(CHART)
    with pytest.raises(WrongServer):
        read(ehr, ask(server=server))
    assert not ehr.requests


@pytest.mark.hostile("B01", "B05")
@pytest.mark.parametrize("server", [BASE, f"{BASE}/", "https://EHR.example.org:443/fhir/r4"])
def test_the_registered_server_is_called_however_it_is_spelt(server):
    assert read(FaultEhr(CHART), ask(server=server)).status("medications") == COMPLETE


@pytest.mark.parametrize("server", [BASE, f"{BASE}/"])
def test_a_slash_at_the_end_of_the_server_makes_no_other_patient(server, knowledge):
    whose = {"reference": f"{BASE}/Patient/pt-1"}
    rows = [one | {"subject": whose} if "subject" in one else one for one in CHART]
    sent = searchset([one for one in rows if one["resourceType"] == "Condition"])
    absolute = FaultEhr([one for one in CHART if one["resourceType"] != "Condition"])
    found = read(absolute, ask({"conditions": sent}, server=server)).gathered
    assert found.base == BASE
    assert read_chart(found, knowledge).is_complete("conditions", "medications")


def test_one_that_is_not_enabled_is_never_called():
    ehr = FaultEhr(CHART)
    site = Site(name="north", base=BASE, enabled=False)
    assert read(ehr, site=site).status("medications") == NOT_ASKED
    assert not ehr.requests


def test_a_site_without_a_base_is_never_called():
    ehr = FaultEhr(CHART)
    site = Site(name="sandbox", base="")
    found = read(ehr, ask(server="http://127.0.0.1:1/fhir"), site=site)
    assert not ehr.requests
    assert found.status("medications") == NOT_ASKED


@pytest.mark.requirement("FA-5")
def test_the_token_shows_nowhere(caplog):
    found = read(faulty(CHART, "500"))
    assert TOKEN not in f"{found} {ask()} {caplog.text}"


@pytest.mark.parametrize("value", ["", "a b", "a\r\nX: y", "é", "x" * 20_000])
def test_a_token_that_cannot_be_one_is_none(value):
    ehr = FaultEhr(CHART)
    assert read(ehr, ask(token=AccessToken(value))).status("medications") == NOT_ASKED
    assert not ehr.requests
