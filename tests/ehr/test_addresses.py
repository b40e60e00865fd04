"""Whatever is written, an address that is called lies below the registered base, or is none."""

from urllib.parse import parse_qs

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ehr.addresses import origin, registered
from ehr.client import Wire
from ehr.errors import WrongServer
from ehr.site import Site
from tests.ehr.reading import ask, read
from tests.support.fault_ehr import BASE, FaultEhr

HERE = registered(BASE)
HOST = "ehr.example.org"
PIECES = st.sampled_from(
    [
        *("https:", "http:", "//", "/", "?", "#", "@", ":", "..", ".", "%2e", "%2F", "%5c", "\\"),
        *(HOST, "elsewhere.example.org", "[::1]", "127.0.0.1", ":443", ":8443", "/fhir/r4", "fhir"),
        *("Observation", "page=2", "&", "=", " ", "\t", "\r\n", "\x00", "é", "℀", "。", "%", "%25"),
    ]
)


@given(st.lists(PIECES, max_size=10).map("".join) | st.text(max_size=40))
def test_no_link_leads_beyond_the_base(link):
    try:
        found = HERE.next_page("Observation", link)
    except WrongServer:
        return
    assert (found.scheme, found.host, found.port, found.userinfo) == ("https", HOST, None, b"")
    assert f"{found.path}/".startswith("/fhir/r4/")
    assert str(httpx.URL(str(found))) == str(found)
    assert ".." not in found.path.split("/")


@given(st.lists(PIECES, max_size=8).map("".join) | st.text(max_size=40))
def test_no_reference_is_an_id_but_a_plain_one(reference):
    local = HERE.local_id("Medication", reference)
    if local:
        assert str(HERE.resource("Medication", local)) == f"{BASE}/Medication/{local}"


@pytest.mark.hostile("B22")
@pytest.mark.parametrize(
    "local",
    ["1&_count=1", "1?x=y", "../Practitioner/9", "1/../../metadata", "..", ".", "", "a b", "é"],
)
def test_an_id_that_is_a_query_or_a_path_never_becomes_one(local):
    with pytest.raises(WrongServer):
        HERE.resource("Patient", local)
    ehr = FaultEhr([])
    found = read(ehr, ask(patient_id=local))
    assert found.status("patient") == "failed"
    assert {one.path for one in ehr.requests} <= {f"/fhir/r4/{kind}" for kind in ehr.asked()}
    for one in ehr.requests:
        asked = parse_qs(one.query, keep_blank_values=True)
        assert (asked["patient"], asked["_count"]) == ([local], ["200"])


@pytest.mark.hostile("B22")
@pytest.mark.parametrize("local", ["1", "a-1.B", "e" * 255])
def test_a_plain_id(local):
    assert str(HERE.resource("Patient", local)) == f"{BASE}/Patient/{local}"


@pytest.mark.parametrize(
    ("reference", "local"),
    [
        ("Medication/1", "1"),
        ("Medication/1/_history/2", "1"),
        (f"{BASE}/Medication/1", "1"),
        (f"{BASE}/Medication/1/_history/2", "1"),
        (f"{BASE}/Medication/1?x=y", ""),
        (f"{BASE}/Practitioner/1", ""),
        (f"{BASE}x/Medication/1", ""),
        ("Medication/1/2", ""),
        ("https://xn--ehr-1n3a.example.org/Medication/1", ""),
        ("urn:uuid:1", ""),
        ("#1", ""),
        ("", ""),
    ],
)
def test_what_a_reference_means_here(reference, local):
    assert HERE.local_id("Medication", reference) == local


@pytest.mark.parametrize(
    "base",
    [
        *("", "ehr.example.org", "ftp://ehr.example.org", "https://", "https://a@b/fhir"),
        *(f"{BASE}?x", f"{BASE}#x", f"{BASE}/../x", f"{BASE}//x", "https://[::1/fhir"),
        *("https://ehr.example.org:99999999/fhir", "https://ehr.example.org:0/fhir"),
    ],
)
def test_what_is_no_base_url_cannot_be_registered(base):
    with pytest.raises(WrongServer):
        registered(base)
    if base:
        with pytest.raises(WrongServer):
            Wire([Site(name="n", base=base)])


@pytest.mark.parametrize(
    ("url", "place"),
    [
        (BASE, (HOST, 443)),
        ("http://EHR.example.org/jwks", (HOST, 80)),
        ("https://[::1]:8443/jwks", ("::1", 8443)),
    ],
)
def test_where_an_address_is(url, place):
    assert origin(url) == place


def test_a_base_without_a_path():
    bare = registered("https://ehr.example.org/")
    assert str(bare.resource("Patient", "1")) == "https://ehr.example.org/Patient/1"
    assert bare.is_same("https://ehr.example.org")
    assert (
        str(bare.next_page("Patient", "/Patient?page=2"))
        == "https://ehr.example.org/Patient?page=2"
    )
