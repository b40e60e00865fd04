"""Values come out of FHIR JSON whatever stands there."""

import pytest

from trd.read.access import (
    Coding,
    choice,
    code_of,
    codings,
    evidence_of,
    is_reference_to,
    is_true,
    label_of,
    listed,
    number,
    relative,
    rows,
    system_of,
    texts,
    words,
)


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (3, 3.0),
        (-2.5, -2.5),
        ("12", 12.0),
        (" 12.50 ", 12.5),
        (True, None),
        (False, None),
        (None, None),
        ([1], None),
        ({"value": 1}, None),
        ("", None),
        ("NaN", None),
        ("Infinity", None),
        ("1e5", None),
        ("12 mg", None),
        ("\u0661\u0662", None),
        (float("nan"), None),
        (float("inf"), None),
        (10**400, None),
        (-(10**400), None),
        (10**9, None),
        (10**9 - 1, 999_999_999.0),
    ],
)
def test_a_number_is_a_number_of_usable_size_or_none(value, expected):
    assert number(value) == expected


@pytest.mark.parametrize(
    ("value", "expected"),
    [(True, True), ("true", True), (" TRUE ", True), (False, False), ("false", False), (1, False)],
)
def test_only_true_is_true(value, expected):
    assert is_true(value) is expected


def test_a_lone_object_is_an_array_of_one_and_other_things_are_none():
    assert rows({"a": 1}) == [{"a": 1}]
    assert rows([{"a": 1}, 2, None, "x"]) == [{"a": 1}]
    assert rows(None) == rows("x") == rows(3) == []


def test_strings_are_stripped_and_other_things_are_none():
    assert words(" x ") == "x"
    assert words(3) == ""
    assert listed([" a ", "", 3, "b"]) == ["a", "b"]
    assert listed(" a ") == ["a"]
    assert listed({"a": 1}) == listed("  ") == []


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("http://loinc.org", "http://loinc.org"),
        ("https://loinc.org/", "http://loinc.org"),
        ("urn:oid:2.16.840.1.113883.6.88", "http://www.nlm.nih.gov/research/umls/rxnorm"),
        ("2.16.840.1.113883.6.90", "http://hl7.org/fhir/sid/icd-10-cm"),
        ("http: //snomed.info/sct", "http://snomed.info/sct"),
        ("http://snomed.info/sct/731000124108/version/20250301", "http://snomed.info/sct"),
        ("urn:local", "urn:local"),
        ("", ""),
    ],
)
def test_a_code_system_has_one_name_here(written, expected):
    assert system_of(written) == expected


def test_codings_are_read_from_a_concept_or_a_coding():
    coding = {"system": "urn:x", "code": "1", "display": "one"}
    assert codings({"coding": [coding]}) == codings(coding) == [Coding("urn:x", "1", "one")]
    assert codings({"text": "x"}) == codings(None) == codings("x") == []


def test_texts_and_labels():
    concept = {"coding": [{"code": "1"}, {"code": "2", "display": "two"}], "text": "words"}
    assert texts(concept) == ["words", "two"]
    assert label_of(concept) == "words"
    assert label_of({"coding": [{"code": ""}, {"code": "2"}]}) == "2"
    assert label_of({}) == ""


def test_the_code_of_a_small_code_set():
    assert code_of("Active ") == "active"
    assert code_of({"coding": [{"display": "x"}, {"code": "RESOLVED"}]}) == "resolved"
    assert code_of({"text": "Active"}) == "active"
    assert code_of([{"code": "AMB"}]) == "amb"
    assert code_of(None) == ""


def test_references():
    assert relative("https://x.org/fhir/Patient/1/_history/2") == "Patient/1"
    assert relative("urn:uuid:a/b") == "urn:uuid:a/b"
    assert relative("#p") == "#p"
    assert is_reference_to("Patient/1", "Patient")
    assert not is_reference_to("Patient/", "Patient")
    assert not is_reference_to("Group/1", "Patient")


def test_evidence_names_a_resource_without_an_id():
    assert evidence_of({"resourceType": "Condition", "id": 3}) == "Condition/(no id)"


def test_a_choice_needs_a_type_after_its_name():
    held = {"value": 1, "valueset": 2, "valueInteger": 3, "valueString": "x"}
    assert list(choice(held, "value")) == [3, "x"]
