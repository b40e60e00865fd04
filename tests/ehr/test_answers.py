"""What a body, an outcome and a resource of another version of FHIR are taken for."""

import asyncio
import gzip
import tracemalloc
import zlib

import pytest

from ehr.bodies import Bytes, read_body, read_json
from ehr.errors import NotRead
from ehr.outcomes import NOTHING_FOUND, said_of
from ehr.versions import declared_in, version_in
from tests.support.fault_ehr import outcome


def taken(body, encoding="", limit=1_000, size=7):
    async def pieces():
        for at in range(0, len(body), size):
            yield body[at : at + size]

    return asyncio.run(read_body(pieces(), encoding, Bytes(limit)))


TEXT = b'{"resourceType": "Bundle"}' * 10


@pytest.mark.parametrize(
    ("body", "encoding"),
    [
        (TEXT, ""),
        (TEXT, "identity"),
        (gzip.compress(TEXT), "gzip"),
        (gzip.compress(TEXT), " GZip "),
        (zlib.compress(TEXT), "deflate"),
    ],
)
@pytest.mark.parametrize("size", [1, 7, 100_000])
def test_a_body_is_unpacked(body, encoding, size):
    assert taken(body, encoding, len(TEXT), size) == TEXT


@pytest.mark.parametrize(
    ("body", "encoding", "why"),
    [
        (TEXT, "br", "not whole"),
        (TEXT, "gzip, gzip", "not whole"),
        (TEXT, "gzip", "not whole"),
        (gzip.compress(TEXT)[:-4], "gzip", "not whole"),
        (gzip.compress(TEXT) + b"more", "gzip", "not whole"),
        (b"x" * 1_001, "", "more than is read"),
        (gzip.compress(b"x" * 1_001), "gzip", "more than is read"),
        (gzip.compress(b"x" * 10_000_000), "gzip", "more than is read"),
    ],
)
@pytest.mark.parametrize("size", [7, 100_000])
def test_a_body_that_is_not(body, encoding, why, size):
    with pytest.raises(NotRead, match=why):
        taken(body, encoding, size=size)


def test_a_packed_body_is_never_unpacked_beyond_the_limit():
    """Not even by what one piece of it would give."""
    packed = gzip.compress(b"x" * 100_000_000)
    tracemalloc.start()
    try:
        with pytest.raises(NotRead):
            taken(packed, "gzip", size=len(packed))
        assert tracemalloc.get_traced_memory()[1] < 2_000_000
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize(
    ("body", "why"),
    [
        (b"", "not whole, strict JSON"),
        (b"{", "not whole, strict JSON"),
        (b"[]", "not whole, strict JSON"),
        (b'"x"', "not whole, strict JSON"),
        (b'{"a": NaN}', "not whole, strict JSON"),
        (b'{"a": Infinity}', "not whole, strict JSON"),
        (b'{"a": 1e400}', "not whole, strict JSON"),
        (b'{"a": "\xff"}', "not whole, strict JSON"),
        (b'\xef\xbb\xbf{"a": 1}', "not whole, strict JSON"),
        ('{"a": 1}'.encode("utf-16"), "not whole, strict JSON"),
        (b'{"a": ' + b"[" * 64 + b"]" * 64 + b"}", "not whole, strict JSON"),
        (b'{"a": ' + b"[" * 100_000 + b"]" * 100_000 + b"}", "not whole, strict JSON"),
        (b" <!DOCTYPE html><html>", "a web page"),
        (b"<html lang='en'>", "a web page"),
        (b'<?xml version="1.0"?><Bundle/>', "XML"),
    ],
)
def test_what_is_no_strict_json_is_named(body, why):
    with pytest.raises(NotRead, match=why):
        read_json(body)


def test_strict_json_as_deep_as_is_read():
    body = b'{"a": ' + b"[" * 63 + b"]" * 63 + b"}"
    assert set(read_json(body)) == {"a"}


@pytest.mark.parametrize(
    ("said", "outcomes"),
    [
        ("", []),
        ("", [outcome("informational", "information")]),
        ("", [outcome("processing", "warning")]),
        ("the EHR reported an error", [outcome("processing", "fatal")]),
        ("the EHR reported an error", [outcome("processing", "")]),
        ("the EHR reported an error", [{"resourceType": "OperationOutcome"}]),
        (NOTHING_FOUND, [outcome("processing", "error", "4101")]),
        ("", [outcome("processing", "warning", "4101"), outcome("processing", "warning")]),
        ("restricted by the EHR", [outcome("processing", "warning", "4130")]),
        ("restricted by the EHR", [outcome("exception"), outcome("processing", "warning", "4131")]),
        ("the EHR left data out", [outcome("processing", "information", "4119")]),
        ("the EHR did not keep its pages", [outcome("processing", "error", "4113")]),
        ("more than the EHR gives out at once", [outcome("processing", "error", "59133")]),
        ("access refused", [outcome("forbidden")]),
        ("restricted by the EHR", [outcome("suppressed", "warning")]),
    ],
)
def test_what_an_outcome_says(said, outcomes):
    assert said_of(outcomes) == said


def test_the_numbers_of_another_vendor_are_not_epics():
    theirs = outcome("processing", "error", "4101")
    theirs["issue"][0]["details"]["coding"][0]["system"] = "https://vendor.example.org"
    assert said_of([theirs]) == "the EHR reported an error"


@pytest.mark.parametrize(
    ("version", "content_type"),
    [
        ("", "application/fhir+json"),
        ("", "application/fhir+json; fhirVersion=4.0"),
        ("", 'application/fhir+json; fhirVersion="4.3"; charset=utf-8'),
        ("STU3", "application/fhir+json; fhirVersion=3.0"),
        ("DSTU2", "application/json+fhir; FHIRVersion=1.0"),
        ("R5", "application/fhir+json;fhirversion=5.0"),
        ("9.1", "application/fhir+json;fhirversion=9.1"),
    ],
)
def test_a_version_that_is_declared(version, content_type):
    assert declared_in(content_type) == version


@pytest.mark.hostile("F25")
@pytest.mark.parametrize(
    ("version", "resource"),
    [
        ("STU3", {"resourceType": "MedicationRequest", "requester": {"agent": {}}}),
        ("STU3", {"resourceType": "Observation", "context": {"reference": "Encounter/1"}}),
        ("", {"resourceType": "MedicationDispense", "context": {"reference": "Encounter/1"}}),
        ("R5", {"resourceType": "MedicationStatement", "medication": {"reference": {}}}),
        ("R5", {"resourceType": "Encounter", "class": [{}]}),
        ("R5", {"resourceType": "Encounter", "actualPeriod": {}}),
        ("R5", {"resourceType": "Procedure", "occurrenceDateTime": "2026"}),
        ("R5", {"resourceType": "ServiceRequest", "code": {"concept": {}}}),
        (
            "",
            {"resourceType": "ServiceRequest", "occurrenceDateTime": "2026", "code": {"text": "x"}},
        ),
        ("", {"resourceType": "Encounter", "class": {"code": "AMB"}}),
        ("", {"resourceType": "MedicationRequest", "requester": {"reference": "Practitioner/1"}}),
        ("DSTU2", {"resourceType": "MedicationOrder"}),
        ("", {}),
    ],
)
def test_a_version_that_shows(version, resource):
    assert version_in([{"resourceType": "Patient"}, resource]) == version
