"""Whatever an EHR does, every need ends with a status and a reason, and in time.

The rest of the chart is read as if nothing had happened: a fault at one type is one of one need.
"""

import asyncio

import pytest

from ehr import because
from ehr.client import Wire
from tests.cds_hooks.people import two_failures
from tests.ehr.reading import (
    ALL,
    BUDGET,
    COMPLETE,
    FAILED,
    PARTIAL,
    SITE,
    ask,
    faulty,
    read,
    read_by,
    terms,
)
from tests.support import virtual_clock
from tests.support.app_transport import AppTransport
from tests.support.fault_ehr import KINDS, Fault, FaultEhr
from tests.support.fhir import LOINC, concept, observation

CHART = two_failures()
ORDERS = "MedicationRequest"


def struck(kind, **more):
    """Read with a fault at the orders; return the status and reason of the need."""
    found = read(faulty(CHART, kind, ORDERS, **more))
    assert found.status("conditions") == found.status("scores") == COMPLETE
    assert found.seconds <= BUDGET + 0.1
    return found.status("medications"), found.why("medications")


@pytest.mark.hostile("F07", "F08", "F11", "F16", "F25", "B13", "B32")
@pytest.mark.requirement("FA-7", "FA-11", "PFB-9")
@pytest.mark.parametrize(
    ("kind", "more", "why"),
    [
        ("401", {}, "the EHR did not accept its token"),
        ("403", {}, "access refused"),
        ("404", {}, "not found at the EHR"),
        ("400", {}, "the EHR reported an error"),
        ("500", {}, "the EHR reported an error"),
        ("502", {}, "the EHR reported an error"),
        ("503", {}, "the EHR is busy"),
        ("504", {}, "the EHR reported an error"),
        ("429", {"retry_after": "60"}, "the EHR is busy"),
        ("redirect", {}, "the EHR pointed to another address"),
        ("outcome-in-200", {}, "the EHR reported an error"),
        ("bare-outcome", {}, "the EHR reported an error"),
        ("html", {}, "a web page, not FHIR"),
        ("xml", {}, "XML, not JSON"),
        ("stu3", {}, "FHIR STU3, not R4"),
        ("stu3-shape", {}, "FHIR STU3, not R4"),
        ("r5-shape", {}, "FHIR R5, not R4"),
        ("nan", {}, "the answer was not whole, strict JSON"),
        ("truncated", {"offset": 0}, "the answer was not whole, strict JSON"),
        ("truncated", {"offset": 300}, "the answer was not whole, strict JSON"),
        ("truncated", {"offset": 10**9}, "the answer was not whole, strict JSON"),
        ("hang", {}, "no answer in time"),
        ("hang-in-body", {"offset": 100}, "no answer in time"),
        ("drip", {"seconds": 0.5}, "no answer in time"),
        ("slow", {"seconds": 5}, "no answer in time"),
        ("reset", {"offset": 100}, "the EHR could not be reached"),
        ("reset", {"offset": 0}, "the EHR could not be reached"),
    ],
)
def test_a_need_that_could_not_be_read_says_why(kind, more, why):
    assert struck(kind, **more) == (FAILED, why)


@pytest.mark.hostile("B32")
@pytest.mark.parametrize("kind", ["endless", "bomb"])
def test_an_answer_without_end_is_ended_at_the_cap(kind):
    found = read(faulty(CHART, kind, ORDERS), needs={"medications"})
    assert found.status("medications") == FAILED
    assert found.why("medications") == "more than is read in one call"


@pytest.mark.hostile("B15", "B18", "F14")
@pytest.mark.requirement("PFB-10", "PFB-11")
@pytest.mark.parametrize(
    ("kind", "why"),
    [
        ("foreign-next", "the EHR pointed to another address"),
        ("self-next", "its pages repeat"),
        ("duplicate-pages", "more than is read in one call"),
        ("wrong-total", "fewer entries than the EHR counted"),
        ("restricted", "restricted by the EHR"),
        ("partial-data", "the EHR left data out"),
    ],
)
def test_a_need_read_in_part_says_why(kind, why):
    ehr = faulty(CHART, kind, ORDERS)
    found = read(ehr)
    assert (found.status("medications"), found.why("medications")) == (PARTIAL, why)
    assert {"MedicationRequest/m1", "MedicationRequest/m2"} <= set(found.ids())
    assert not any("elsewhere" in one.path for one in ehr.requests)


def test_the_plain_twin_of_every_fault():
    for page_size in (1_000, 1):
        found = read(FaultEhr(CHART, page_size=page_size))
        assert {found.status(need) for need in found.gathered.reads} == {COMPLETE}
        assert not found.gathered.because


@pytest.mark.hostile("F07")
def test_a_token_that_is_not_accepted_is_tried_once_for_each_need():
    ehr = faulty(CHART, "401")
    read(ehr, needs={"medications"})
    assert ehr.asked() == [ORDERS]


@pytest.mark.hostile("F09")
class TestAgain:
    """A busy EHR is asked once more, when it said so, and only in time."""

    @pytest.mark.parametrize("kind", ["429", "502", "503", "504"])
    def test_a_second_attempt_that_succeeds(self, kind):
        ehr = faulty(CHART, kind, ORDERS, times=1, retry_after="1")
        found = read(ehr, needs={"medications"})
        assert found.status("medications") == COMPLETE
        assert ehr.asked() == [ORDERS, ORDERS]
        assert 1.0 <= found.seconds < BUDGET

    def test_no_third_attempt(self):
        ehr = faulty(CHART, "503", ORDERS)
        assert read(ehr, needs={"medications"}).status("medications") == FAILED
        assert ehr.asked() == [ORDERS, ORDERS]

    @pytest.mark.parametrize("after", ["3", "999999999999", "Wed, 21 Oct 2099 07:28:00 GMT"])
    def test_no_attempt_that_would_come_too_late(self, after):
        ehr = faulty(CHART, "429", ORDERS, retry_after=after)
        found = read(ehr, needs={"medications"})
        assert found.why("medications") == "the EHR is busy"
        assert len(ehr.requests) == (1 if after[0] != "W" else 2)
        assert found.seconds < 0.5

    def test_a_date_to_wait_for_is_read_by_the_clock_of_the_ehr(self):
        class Dated(FaultEhr):
            def _plain(self, request):
                answer = super()._plain(request)
                answer.headers[b"date"] = b"Wed, 21 Oct 2099 07:27:59 GMT"
                return answer

        fault = Fault(kind="429", times=1, retry_after="Wed, 21 Oct 2099 07:28:00 GMT")
        found = read(Dated(CHART, [fault]), needs={"medications"})
        assert found.status("medications") == COMPLETE
        assert found.seconds == pytest.approx(1.0, abs=0.1)

    @pytest.mark.parametrize("kind", ["401", "403", "404", "500", "html", "restricted"])
    def test_nothing_else_is_tried_again(self, kind):
        ehr = faulty(CHART, kind, ORDERS)
        read(ehr, needs={"medications"})
        assert ehr.asked() == [ORDERS]


@pytest.mark.hostile("F12")
@pytest.mark.requirement("FA-11", "FA-6")
@pytest.mark.parametrize("kind", ["hang", "drip", "hang-in-body", "endless", "slow"])
def test_an_ehr_that_never_ends_does_not_hold_up_the_answer(kind):
    ehr = faulty(CHART, kind, seconds=30)
    found = read(ehr)
    assert found.seconds <= BUDGET + 0.1
    assert {found.status(need) for need in found.gathered.reads} == {FAILED}


@pytest.mark.hostile("F12")
def test_what_was_complete_in_time_is_kept():
    ehr = FaultEhr(CHART, [Fault(kind="hang", at="Condition"), Fault(kind="slow", seconds=0.5)])
    found = read(ehr)
    assert found.status("medications") == found.status("scores") == COMPLETE
    assert (found.status("conditions"), found.why("conditions")) == (FAILED, "no answer in time")


def test_pages_read_in_time_are_kept():
    ehr = FaultEhr(CHART, [Fault(kind="hang", at=ORDERS, page=2)], page_size=1)
    found = read(ehr)
    assert (found.status("medications"), found.why("medications")) == (PARTIAL, "no answer in time")
    assert "MedicationRequest/m1" in found.ids()


class TestPages:
    """Every page is read, once, below the base, and not without end."""

    @pytest.mark.hostile("B17")
    @pytest.mark.parametrize(
        "link",
        [
            "?patient=pt-1&page=2",
            "Observation?patient=pt-1&page=2",
            "/Observation?patient=pt-1&page=2",
            "/fhir/r4/Observation?patient=pt-1&page=2",
            "//ehr.example.org/fhir/r4/Observation?patient=pt-1&page=2",
            "https://EHR.example.org:443/fhir/r4/Observation?patient=pt-1&page=2",
        ],
    )
    def test_a_next_page_however_its_link_is_written(self, link):
        ehr = FaultEhr(CHART, page_size=4)
        sent = first_page(ehr, link)
        ehr.requests.clear()
        found = read(ehr, ask({"scores": sent}), needs={"scores"})
        assert found.status("scores") == COMPLETE
        assert len(found.gathered.resources) == 8
        assert [one.path for one in ehr.requests] == ["/fhir/r4/Observation"]

    @pytest.mark.hostile("B15", "B14")
    @pytest.mark.requirement("PFB-11")
    @pytest.mark.parametrize(
        "link",
        [
            "https://elsewhere.example.org/fhir/r4/Observation?page=2",
            "https://ehr.example.org@elsewhere.example.org/fhir/r4/Observation?page=2",
            "//elsewhere.example.org/fhir/r4/Observation?page=2",
            "http://ehr.example.org/fhir/r4/Observation?page=2",
            "https://ehr.example.org:444/fhir/r4/Observation?page=2",
            "https://ehr.example.org/admin",
            "https://ehr.example.org/fhir/r4x/Observation?page=2",
            "https://ehr.example.org/fhir/r4/../../admin",
            "https://ehr.example.org/fhir/r4/%2e%2e/%2E%2e/admin",
            "https://ehr.example.org/fhir/r4/%252e%252e/admin",
            "https://ehr.example.org/fhir/r4/..%2f..%2fadmin",
            "../../admin",
            "https://user:word@ehr.example.org/fhir/r4/Observation?page=2",
            "https://ehr.example.org\\@elsewhere.example.org/fhir/r4/Observation",
            "javascript:alert(1)",
            "file:///etc/passwd",
            "https://ehr.example.org/fhir/r4/Observation?page=2\r\nHost: elsewhere.example.org",
            "https://ehr.example.org/fhir/r4/Observation?page=2#x",
            "https://ehr.example.org/fhir/r4/" + "x" * 20_000,
        ],
    )
    def test_a_next_page_beyond_the_base_is_not_read(self, link):
        ehr = FaultEhr(CHART, page_size=4)
        sent = first_page(ehr, link)
        ehr.requests.clear()
        found = read(ehr, ask({"scores": sent}), needs={"scores"})
        assert not ehr.requests
        assert (found.status("scores"), found.why("scores")) == (
            PARTIAL,
            "the EHR pointed to another address",
        )

    @pytest.mark.requirement("PFB-10")
    def test_without_a_token_the_first_page_is_part_of_it(self):
        ehr = FaultEhr(CHART, page_size=4)
        sent = first_page(ehr, "?page=2")
        found = read(ehr, ask({"scores": sent}, token=None), needs={"scores"})
        assert (found.status("scores"), found.why("scores")) == (
            PARTIAL,
            "further pages were not sent",
        )

    @pytest.mark.parametrize(("total", "status"), [(8, COMPLETE), (9, PARTIAL)])
    @pytest.mark.parametrize("left", [0, 1, 3])
    def test_what_was_left_out_of_the_first_page_counts(self, total, status, left):
        """The total of a later page counts it; that of the first was lowered with it."""
        ehr = FaultEhr(CHART, page_size=4)
        sent = first_page(ehr, "?patient=pt-1&page=2")
        unused = len(sent["entry"]) - left
        sent |= {"entry": sent["entry"][:left], "total": total - unused}
        asked = ask({"scores": sent}, unused={"scores": unused})
        assert read(ehr, asked, needs={"scores"}).status("scores") == status

    @pytest.mark.parametrize(("total", "status"), [(4, COMPLETE), (5, PARTIAL)])
    def test_what_was_left_out_of_the_only_page_counts(self, total, status):
        sent = {"resourceType": "Bundle", "type": "searchset", "total": total - 4}
        asked = ask({"scores": sent}, unused={"scores": 4})
        assert read(FaultEhr([]), asked, needs={"scores"}).status("scores") == status

    def test_a_page_that_is_lost_shows_in_the_total(self):
        found = read(faulty(CHART, "lost-page", "Observation", page=2, page_size=2))
        assert (found.status("scores"), found.why("scores")) == (
            PARTIAL,
            "fewer entries than the EHR counted",
        )

    @pytest.mark.parametrize(("pages", "status"), [(20, COMPLETE), (21, PARTIAL)])
    def test_twenty_pages_are_read(self, pages, status):
        rows = [observation(f"s{at}", "44261-6", "2026-01-01", 5) for at in range(pages)]
        ehr = FaultEhr(rows, page_size=1)
        found = read(ehr, needs={"scores"})
        assert found.status("scores") == status
        assert len(ehr.requests) == 20

    def test_five_thousand_entries_are_read(self):
        rows = [observation(f"s{at}", "44261-6", "2026-01-01", 5) for at in range(6_000)]
        found = read(FaultEhr(rows, page_size=1_000), needs={"scores"})
        assert (found.status("scores"), found.why("scores")) == (
            PARTIAL,
            "more than is read in one call",
        )
        assert len(found.gathered.resources) == 5_000
        whole = read(FaultEhr(rows[:5_000], page_size=1_000), needs={"scores"})
        assert whole.status("scores") == COMPLETE

    def test_more_on_one_page_is_cut(self):
        rows = [observation(f"s{at}", "44261-6", "2026-01-01", 5) for at in range(5_001)]
        found = read(FaultEhr(rows, page_size=6_000), needs={"scores"})
        assert (found.status("scores"), len(found.gathered.resources)) == (PARTIAL, 5_000)


def first_page(ehr, link):
    """Return the first page of the scores as it would be sent, with a link of one's own."""
    found = read(ehr, needs={"scores"})
    assert found.status("scores") == COMPLETE
    rows = [one for one in CHART if one["resourceType"] == "Observation"][: ehr.page_size]
    return {
        "resourceType": "Bundle",
        "type": "searchset",
        "total": 8,
        "entry": [{"resource": one} for one in rows],
        "link": [{"relation": "next", "url": link}],
    }


@pytest.mark.hostile("F11", "F21")
def test_an_ehr_that_was_away_is_read_again_when_it_is_back():
    async def calls():
        transport = AppTransport(FaultEhr(CHART))
        wire = Wire([SITE], transport=transport)
        transport.is_away = True
        away = await read_by(wire, transport, ask(), ALL)
        await asyncio.sleep(600)
        transport.is_away = False
        return away, await read_by(wire, transport, ask(), ALL)

    away, back = virtual_clock.run(calls())
    assert {away.status(need) for need in ALL} == {FAILED}
    assert {away.why(need) for need in ALL} == {"the EHR could not be reached"}
    assert {back.status(need) for need in ALL} == {COMPLETE}


def test_every_kind_of_fault_is_one_the_server_knows():
    for kind in KINDS:
        if kind != "other-patient":
            found = read(faulty(CHART, kind, seconds=0.2, offset=50, page_size=3))
            assert found.seconds <= BUDGET + 0.1, kind


def test_what_is_asked_follows_the_terms_of_the_ehr():
    ehr = FaultEhr(CHART)
    site = terms(
        page_size=50,
        without=frozenset({"MedicationRequest._include", "Condition._count"}),
        with_={"conditions": "category=problem-list-item", "scores": "category=social-history"},
    )
    read(ehr, site=site)
    asked = {one.kind: one.query for one in ehr.requests}
    assert asked["MedicationRequest"] == "patient=pt-1&_count=50"
    assert asked["Condition"] == "patient=pt-1&category=problem-list-item"
    assert asked["Observation"] == "patient=pt-1&category=social-history&_count=50"
    assert "_include=MedicationDispense%3Amedication" in asked["MedicationDispense"]


@pytest.mark.requirement("PFB-17")
def test_ids_longer_than_fhir_allows_are_read():
    local = "e" * 194
    rows = [observation(local, "44261-6", "2026-01-01", 5) | {"category": {"text": "x"}}]
    rows[0]["code"] = concept(LOINC, "44261-6")
    assert f"Observation/{local}" in read(FaultEhr(rows)).ids()


def test_a_reason_has_a_code_for_logs():
    assert because.code_of(because.XML) == "xml-not-json"
    assert because.code_of(because.TOKEN_REFUSED) == "the-ehr-did-not-accept-its-token"
