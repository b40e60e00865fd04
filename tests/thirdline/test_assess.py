"""``thirdline assess``: what it reads, what it refuses, and with which exit status."""

import json
import random

import pytest

from tests.support.fhir import bundle, condition, observation
from tests.thirdline.command import (
    AS_OF,
    EVERY_NEED,
    a_chart,
    assessed,
    in_a_process,
    ndjson,
    the_bundle,
    thirdline,
    written,
)

KEYS = [
    "schema",
    "asOf",
    "patient",
    "knowledge",
    "rules",
    "episode",
    "trials",
    "setAside",
    "augmentation",
    "resistance",
    "staging",
    "crisis",
    "candidacy",
    "issues",
    "read",
]


def test_a_bundle_is_assessed(tmp_path):
    answer = assessed(tmp_path, the_bundle())
    assert answer.status == 0
    assert answer.err == ""
    assert list(answer.told) == KEYS
    assert answer.told["resistance"]["verdict"] == "met"
    assert len(answer.told["read"]) == EVERY_NEED


def test_json_is_indented_by_two_and_ends_with_a_newline(tmp_path):
    out = assessed(tmp_path, the_bundle()).out
    assert out == json.dumps(json.loads(out), indent=2, ensure_ascii=False) + "\n"


@pytest.mark.parametrize(
    "kind",
    ["searchset", "collection", "batch", "transaction", "document", "history", "batch-response"],
)
def test_any_type_of_bundle_gives_the_same_bytes(tmp_path, kind):
    expected = assessed(tmp_path, the_bundle()).out
    assert assessed(tmp_path, the_bundle(type=kind)).out == expected


@pytest.mark.parametrize("end", ["\n", "\r\n", "\n\n  \n"])
def test_ndjson_gives_the_same_bytes(tmp_path, end):
    expected = assessed(tmp_path, the_bundle()).out
    assert assessed(tmp_path, ndjson(a_chart(), end)).out == expected


def test_ndjson_may_hold_bundles_and_no_last_newline(tmp_path):
    expected = assessed(tmp_path, the_bundle()).out
    lines = ndjson([bundle(a_chart()[:4]), *a_chart()[4:]]).rstrip("\n")
    assert assessed(tmp_path, lines).out == expected


def test_a_byte_order_mark_is_tolerated(tmp_path):
    expected = assessed(tmp_path, the_bundle()).out
    mark = b"\xef\xbb\xbf"
    assert assessed(tmp_path, mark + json.dumps(the_bundle()).encode()).out == expected
    assert assessed(tmp_path, mark + ndjson(a_chart()).encode()).out == expected


def test_standard_input_gives_the_same_bytes(tmp_path):
    expected = assessed(tmp_path, the_bundle()).out
    for data in (json.dumps(the_bundle()), ndjson(a_chart())):
        answer = thirdline("assess", "-", *AS_OF, "--format", "json", stdin=data.encode())
        assert answer.out == expected


def test_a_single_resource_is_assessed(tmp_path):
    answer = assessed(tmp_path, observation("score-1", "44261-6", "2026-08-30", 20))
    assert answer.status == 0
    assert answer.told["patient"] == "Patient/pt-1"


def test_the_order_of_entries_changes_no_byte(tmp_path):
    expected = assessed(tmp_path, the_bundle()).out
    for seed in range(5):
        shuffled = a_chart()
        random.Random(seed).shuffle(shuffled)  # noqa: S311 - an order, not a secret
        assert assessed(tmp_path, bundle(shuffled)).out == expected
        assert assessed(tmp_path, ndjson(shuffled)).out == expected


def test_the_same_input_gives_the_same_bytes_in_another_process(tmp_path):
    path = written(tmp_path, the_bundle())
    args = ("assess", path, *AS_OF, "--format", "json")
    assert in_a_process(*args) == thirdline(*args)


def test_references_by_urn_resolve_inside_the_bundle(tmp_path):
    chart = a_chart()
    name = "urn:uuid:6c0a1b50-0000-4000-8000-000000000001"
    for resource in chart[1:]:
        resource["subject"] = {"reference": name}
    entries = [{"resource": resource} for resource in chart]
    entries[0]["fullUrl"] = name
    whole = {"resourceType": "Bundle", "type": "collection", "entry": entries}
    assert assessed(tmp_path, whole).out == assessed(tmp_path, the_bundle()).out


def test_without_a_patient_the_age_is_unknown(tmp_path):
    answer = assessed(tmp_path, bundle(a_chart()[1:]))
    assert answer.status == 0
    assert answer.told["patient"] == "Patient/pt-1"
    adult = next(row for row in answer.told["candidacy"]["findings"] if row["rule"] == "adult")
    assert adult["verdict"] == "unknown"
    assert answer.told["resistance"]["verdict"] == "unknown"


def _somebody_else():
    return condition("condition-9", {"text": "SECRET"}) | {
        "subject": {"reference": "Patient/CANARY"}
    }


@pytest.mark.parametrize("output", ["json", "text"])
def test_two_patients_are_refused(tmp_path, output):
    path = written(tmp_path, bundle([*a_chart(), _somebody_else()]))
    answer = thirdline("assess", path, *AS_OF, "--format", output)
    assert (answer.status, answer.out) == (3, "")
    line = f"thirdline: {path}: entry 10: the input holds resources of more than one patient\n"
    assert answer.err == line


def test_two_patients_are_refused_line_by_line(tmp_path):
    answer = assessed(tmp_path, ndjson([*a_chart()[:2], _somebody_else()]))
    assert answer.status == 3
    assert "line 3" in answer.err
    answer = assessed(tmp_path, ndjson([a_chart()[0], bundle([a_chart()[1], _somebody_else()])]))
    assert answer.status == 3
    assert "line 2, entry 2" in answer.err


def test_another_patient_deep_inside_is_refused_too(tmp_path):
    inner = bundle([_somebody_else()])
    answer = assessed(tmp_path, bundle([*a_chart(), inner]))
    assert (answer.status, answer.out) == (3, "")
    assert "CANARY" not in answer.err


UNUSABLE = [
    pytest.param(b"", "the file is empty", id="empty"),
    pytest.param(b" \r\n \n", "the file is empty", id="blank"),
    pytest.param(b"CANARY,\xc3\xa9", "line 1, column 1: not JSON", id="text"),
    pytest.param(b'{"resourceType":\n "Patient",\n', "line 3, column 1: not JSON", id="cut"),
    pytest.param(b'{"resourceType": "Patient", "id": NaN}', "not JSON", id="nan"),
    pytest.param(b'{"resourceType": "Patient", "x": 1e999}', "not JSON", id="infinite"),
    pytest.param(b'{"resourceType": "Patient"}\nCANARY\n', "line 2: not JSON", id="line"),
    pytest.param(b'{"resourceType": "Patient"}\n\n[]\n', "line 3: not a FHIR", id="list-line"),
    pytest.param(b'{"resourceType": "Patient"}\n{"a": 1}\n', "line 2: not a FHIR", id="no-type"),
    pytest.param(b'{"CANARY": 1}', "not a FHIR resource", id="no-resource"),
    pytest.param(b'[{"resourceType": "Patient"}]', "not a FHIR resource", id="list"),
    pytest.param(b'{"resourceType": 5}', "not a FHIR resource", id="odd-type"),
    pytest.param(b'{"resourceType": "  "}', "not a FHIR resource", id="blank-type"),
    pytest.param(b'{"resourceType": "Foo"}', "no resource of a patient", id="unknown-type"),
    pytest.param(b'{"resourceType": "Parameters"}', "no resource of a patient", id="parameters"),
    pytest.param(b'{"resourceType": "Bundle"}', "no resource of a patient", id="empty-bundle"),
    pytest.param(
        b'{"resourceType": "OperationOutcome"}\n{"resourceType": "Foo", "id": "CANARY"}\n',
        "no resource of a patient",
        id="outcome-and-unknown",
    ),
    pytest.param(b'"CANARY"', "not a FHIR resource", id="string"),
    pytest.param(b'{"a":\n"\xff\xfe"}', "line 2: not UTF-8 text", id="latin"),
    pytest.param(json.dumps({"a": 1}).encode("utf-16"), "line 1: not UTF-8", id="utf-16"),
    pytest.param(b"\x1f\x8b\x08\x00", "line 1: not UTF-8", id="gzip"),
    pytest.param(b"<Bundle xmlns='http://hl7.org/fhir'/>", "column 1: not JSON", id="xml"),
    pytest.param(b"[" * 100_000, "not JSON", id="deep"),
]


@pytest.mark.parametrize(("data", "said"), UNUSABLE)
def test_unusable_input_is_one_line_with_its_place(tmp_path, data, said):
    path = written(tmp_path, data)
    for output in ("json", "text"):
        answer = thirdline("assess", path, *AS_OF, "--format", output)
        assert (answer.status, answer.out) == (2, "")
        assert answer.err.startswith(f"thirdline: {path}: ")
        assert said in answer.err
        assert answer.err.count("\n") == 1
        assert "CANARY" not in answer.err


def test_unusable_standard_input_is_named():
    answer = thirdline("assess", "-", *AS_OF, stdin=b"nothing")
    assert (answer.status, answer.out) == (2, "")
    assert answer.err == "thirdline: standard input: line 1, column 1: not JSON\n"


@pytest.mark.parametrize(
    ("name", "said"),
    [
        pytest.param("absent.json", "no such file", id="absent"),
        pytest.param(".", "is a directory", id="folder"),
        pytest.param("nul\0.json", "not the name of a file", id="nul"),
        pytest.param("\x1b[31mred", "no such file", id="escape"),
    ],
)
def test_a_file_that_cannot_be_read_is_one_line(tmp_path, name, said):
    answer = thirdline("assess", f"{tmp_path}/{name}", *AS_OF)
    assert (answer.status, answer.out) == (2, "")
    assert said in answer.err
    assert answer.err.count("\n") == 1
    assert "\x1b" not in answer.err


DEEP = {
    "lists": '{"resourceType": "Observation", "code": ' + "[" * 1_000 + "]" * 1_000 + "}",
    "bundles": '{"resourceType": "Bundle", "entry": [{"resource": ' * 330
    + '{"resourceType": "Patient", "id": "x"}'
    + "}]}" * 330,
    "items": '{"resourceType": "QuestionnaireResponse", "item": '
    + '[{"item":' * 500
    + "[]"
    + "}]" * 500
    + "}",
}


@pytest.mark.parametrize("text", DEEP.values(), ids=DEEP)
def test_what_is_deeply_nested_ends_without_a_traceback(tmp_path, text):
    expected = 2 if text == DEEP["bundles"] else 0
    assert assessed(tmp_path, text).status == expected


def test_a_blank_type_within_a_bundle_makes_the_read_partial(tmp_path):
    told = assessed(tmp_path, bundle([*a_chart(), {"resourceType": "  "}])).told
    assert {row["status"] for row in told["read"]} == {"partial"}


def test_a_patient_beside_what_is_not_read_is_assessed(tmp_path):
    assert assessed(tmp_path, ndjson([{"resourceType": "Foo"}, a_chart()[0]])).status == 0


@pytest.mark.parametrize(
    "args",
    [
        pytest.param(("--as-of", "yesterday"), id="word"),
        pytest.param(("--as-of", "2026-02-30"), id="no-such-day"),
        pytest.param(("--as-of", "20260901"), id="basic"),
        pytest.param(("--as-of", "2026-09"), id="month"),
        pytest.param(("--as-of", ""), id="empty"),
        pytest.param((*AS_OF, "--rules", "CH-1"), id="rules"),
    ],
)
def test_a_wrong_option_is_one_line(tmp_path, args):
    answer = thirdline("assess", written(tmp_path, the_bundle()), *args)
    assert (answer.status, answer.out) == (2, "")
    assert answer.err.startswith(f"thirdline: {args[-2]}: ")
    assert answer.err.count("\n") == 1


def test_the_ruleset_there_is_may_be_named(tmp_path):
    expected = assessed(tmp_path, the_bundle()).out
    assert assessed(tmp_path, the_bundle(), "--rules", "CH-2").out == expected


@pytest.mark.parametrize("args", [(), ("FILE", "--format", "xml"), ("FILE", "--frmat", "json")])
def test_a_wrong_command_exits_2(args):
    answer = thirdline("assess", *args)
    assert (answer.status, answer.out) == (2, "")


def test_without_a_day_it_is_today(tmp_path):
    path = written(tmp_path, the_bundle())
    answer = thirdline("assess", path, "--format", "json")
    again = thirdline("assess", path, "--as-of", answer.told["asOf"], "--format", "json")
    assert answer.status == 0
    assert again.out == answer.out


@pytest.mark.parametrize("day", ["0001-01-01", "9999-12-31"])
def test_any_day_is_assessed(tmp_path, day):
    path = written(tmp_path, the_bundle())
    assert thirdline("assess", path, "--as-of", day).status == 0


@pytest.mark.parametrize(
    "command",
    [
        (),
        ("assess",),
        ("serve",),
        ("demo",),
        ("knowledge",),
        ("knowledge", "check"),
        ("knowledge", "show"),
    ],
)
def test_every_command_has_help(command):
    answer = thirdline(*command, "--help")
    assert answer.status == 0
    assert "Usage: thirdline" in answer.out


INCOMPLETE = {
    "next": {"link": [{"relation": "next", "url": "https://ehr.example.org/2"}]},
    "total": {"type": "searchset", "total": 40},
}


@pytest.mark.parametrize("more", INCOMPLETE.values(), ids=INCOMPLETE)
def test_a_bundle_that_is_not_all_reads_partial(tmp_path, more):
    told = assessed(tmp_path, the_bundle(**more)).told
    assert {row["status"] for row in told["read"]} == {"partial"}
    assert told["crisis"]["level"] == "incomplete"


def test_an_error_outcome_reads_partial(tmp_path):
    outcome = {
        "resourceType": "OperationOutcome",
        "issue": [{"severity": "error", "code": "forbidden"}],
    }
    told = assessed(tmp_path, bundle([*a_chart(), outcome])).told
    assert {row["status"] for row in told["read"]} == {"partial"}
