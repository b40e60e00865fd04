"""What is not strict JSON, too deep, too large or not a request gets its status and no echo."""

from typing import Any

import orjson
import pytest

from cds_hooks import body as body_module
from cds_hooks.body import LARGEST_BYTES
from ehr.depth import DEEPEST, is_deeper
from tests.cds_hooks.hooks import (
    INSTANCE,
    REVIEW,
    SAFETY,
    app_of,
    call,
    cards,
    given,
    post,
    prefetch_of,
    refusal,
    send,
)
from tests.cds_hooks.people import quiet, two_failures

CANARY = "Zebrafinch-7731"


def raw(**changed):
    return orjson.dumps(call(prefetch_of(quiet()), **changed))


def whole(**changed):
    return call(prefetch_of(two_failures())) | changed


def nested(levels):
    """Return a body of so many levels: itself one, the rest arrays in a member nobody knows."""
    return raw()[:-1] + b',"x":' + b"[" * (levels - 1) + b"]" * (levels - 1) + b"}"


SERVED = raw(fhirServer="https://e.example.org", fhirAuthorization={})
NOT_JSON = {
    "100 000 arrays": b"[" * 100_000,
    "100 000 closed arrays": b"[" * 100_000 + b"]" * 100_000,
    "NaN": raw()[:-1] + b',"x":NaN}',
    "Infinity": raw()[:-1] + b',"x":-Infinity}',
    "1e400": raw()[:-1] + b',"x":1e400}',
    "1e400 in a resource": raw().replace(b'"total":1', b'"total":1e400', 1),
    "invalid UTF-8": raw()[:-1] + b',"x":"\xff"}',
    "surrogate": raw()[:-1] + b',"x":"\xed\xa0\x80"}',
    "byte order mark": b"\xef\xbb\xbf" + raw(),
    "UTF-16": raw().decode().encode("utf-16"),
    "trailing comma": raw()[:-1] + b",}",
    "comment": raw() + b"// x",
    "nothing": b"",
    "two values": raw() + raw(),
    "patientId twice": raw().replace(b'"patientId"', b'"patientId":"pt-1","patientId"', 1),
    "patientId twice, one escaped": raw().replace(
        b'"patientId"', b'"patient\\u0049d":"pt-1","patientId"', 1
    ),
    **{
        f"{name} twice": b'{"%s":null,' % name.encode() + SERVED[1:]
        for name in ("context", "prefetch", "hook", "fhirServer", "fhirAuthorization")
    },
    "hook twice, one escaped": raw()[:-1] + b',"hoo\\u006b":"patient-view"}',
    "hook twice, in a wide layout": raw()[:-1] + b' , "hook" : "patient-view" }',
    "hook twice, one member unknown": raw()[:-1] + b',"x":{"hook":1},"hook":"patient-view"}',
    "a list": b"[1]",
    "a string": b'"x"',
    "null": b"null",
}


@pytest.mark.parametrize("case", NOT_JSON)
@pytest.mark.hostile("D03", "D05", "D07", "D10")
def test_what_is_not_strict_json_is_400(case):
    answer = post(REVIEW, NOT_JSON[case])
    assert answer.status_code == 400
    refusal(answer)


@pytest.mark.requirement("REQ-1")
@pytest.mark.hostile("D03", "D05", "D07", "D10")
def test_the_call_without_its_faults_is_answered():
    assert post(REVIEW, SERVED).status_code == 200


@pytest.mark.parametrize(
    "more",
    [
        b',"x":{"context":1,"hook":[{"prefetch":1}]}}',
        b',"x":"hook", "y": "context","z":["prefetch"],"w" :"\\"hook\\""  }',
        b' , "x\\"hook":1   }',
        b',"\\u0041":"\\u0041"}',
        b"\n\n\n\n\n\n\n\n\n}",
    ],
)
def test_a_name_that_stands_again_elsewhere_is_not_named_twice(more):
    assert post(REVIEW, raw()[:-1] + more).status_code == 200


@pytest.mark.parametrize(
    "place", [b'"context":{', b'"prefetch":{', b'"subject":{', b'"hookInstance"']
)
@pytest.mark.parametrize("levels", [1_000, 5_000, 100_000])
@pytest.mark.hostile("D03")
def test_nested_without_end_is_400_wherever_it_stands(place, levels):
    inner = b'"x":' + b"[" * levels + b"]" * levels + b","
    text = raw().replace(place, place + inner if place.endswith(b"{") else inner + place, 1)
    assert post(REVIEW, text).status_code == 400


@pytest.mark.parametrize(("levels", "status"), [(DEEPEST, 200), (DEEPEST + 1, 400), (900, 400)])
def test_so_many_levels_and_no_more(levels, status):
    assert post(REVIEW, nested(levels)).status_code == status


@pytest.mark.parametrize(
    ("text", "deeper"),
    [
        (b'{"a":"' + b"[" * 100 + b'"}', False),
        (b'{"a":"\\"' + b"[" * 100 + b'\\\\"}', False),
        (b'["]",' * 70 + b"1" + b"]" * 70, True),
        (b'["\\"]",' * 70 + b"1" + b"]" * 70, True),
        (b'["\\\\",' * 70 + b"1" + b"]" * 70, True),
        (b"[" * 64 + b"]" * 64, False),
        (b"[" * 65 + b"]" * 65, True),
        (b"[" + b"[],{}," * 500 + b"[]]", False),
    ],
)
def test_brackets_in_strings_are_no_levels(text, deeper):
    orjson.loads(text)
    assert is_deeper(text) is deeper


class TestSize:
    """8 MiB, told from the header before anything is read, or counted while reading."""

    @pytest.mark.hostile("D01")
    def test_a_declared_length_one_byte_over_is_refused_unread(self):
        headers = {"Content-Length": str(LARGEST_BYTES + 1)}
        answer = post(REVIEW, b"{}", headers=headers)
        assert answer.status_code == 413
        assert "cds" not in refusal(answer)

    def test_a_body_that_turns_out_too_large_is_not_read_to_its_end(self, monkeypatch):
        monkeypatch.setattr(body_module, "LARGEST_BYTES", 1000)
        answer = post(REVIEW, raw(x="y" * 2000), headers={"Content-Length": "10"})
        assert answer.status_code == 413

    @pytest.mark.hostile("D01")
    def test_a_large_body_within_the_limit_is_read(self):
        assert post(REVIEW, raw(x="y" * 7_000_000)).status_code == 200


@pytest.mark.parametrize(
    "headers",
    [
        {"Content-Type": "text/plain"},
        {"Content-Type": ""},
        {"Content-Type": "application/xml"},
        {"Content-Type": "application/json; charset=latin-1"},
        {"Content-Encoding": "gzip"},
        {"Content-Encoding": "br"},
    ],
)
@pytest.mark.requirement("GEN-1")
@pytest.mark.hostile("D12", "D13")
def test_another_kind_of_body_is_415(headers):
    answer = post(REVIEW, raw(), headers=headers)
    assert answer.status_code == 415
    assert CANARY not in refusal(answer)


@pytest.mark.parametrize(
    "headers",
    [
        {"Content-Type": "application/json; charset=UTF-8"},
        {"Content-Type": 'APPLICATION/JSON ;charset="utf-8"'},
        {"Content-Encoding": "identity"},
    ],
)
@pytest.mark.requirement("GEN-1")
@pytest.mark.hostile("D12", "D13")
def test_plain_json_by_any_spelling_is_read(headers):
    assert post(REVIEW, raw(), headers=headers).status_code == 200


NOT_A_CALL: dict[str, Any] = {
    "no hook": {"hook": None},
    "unknown hook": {"hook": CANARY},
    "hook of another service": {"hook": "order-sign"},
    "no instance": {"hookInstance": None},
    "instance that is no UUID": {"hookInstance": CANARY},
    "instance of 1 MB": {"hookInstance": "a" * 1_000_000},
    "instance without dashes": {"hookInstance": INSTANCE.replace("-", "")},
    "no context": {"context": None},
    "empty context": {"context": {}},
    "context that is a list": {"context": []},
    "no patient": {"context": {"userId": "Practitioner/1"}},
    "empty patient": {"context": {"userId": "Practitioner/1", "patientId": ""}},
    "patient as number": {"context": {"userId": "Practitioner/1", "patientId": 1}},
    "patient with its type": {"context": {"userId": "Practitioner/1", "patientId": "Patient/1"}},
    "patient with a query": {"context": {"userId": "Practitioner/1", "patientId": "1?x"}},
    "patient with a line end": {"context": {"userId": "Practitioner/1", "patientId": "1\n"}},
    "patient of 256": {"context": {"userId": "Practitioner/1", "patientId": "a" * 256}},
    "no user": {"context": {"patientId": "pt-1"}},
    "user without type": {"context": {"userId": "1", "patientId": "pt-1"}},
    "encounter as number": {
        "context": {"userId": "Practitioner/1", "patientId": "pt-1", "encounterId": 7}
    },
    "prefetch that is a list": {"prefetch": [1]},
    "prefetch that is a string": {"prefetch": CANARY},
    "server that is no address": {"fhirServer": CANARY},
    **{
        f"server {address}": {"fhirServer": address}
        for address in (
            "https://",
            "https:///fhir",
            "https://?x",
            "https://#x",
            "https://user@e.example.org/fhir",
            "https://user:pw@e.example.org",
            "https://e.example.org/fhir?x=1",
            "https://e.example.org/fhir#x",
            "https://e.example.org:port/fhir",
            "https://e.example.org\\@x.example.org",
            "https://e.example.org /fhir",
            "https://[::1/fhir",
            "https://e.example.org\n",
            "ftp://e.example.org",
            "javascript:alert(1)",
            "",
        )
    },
    "token without server": {"fhirAuthorization": {"access_token": "t"}},
    "token that is a list": {"fhirServer": "https://e.example.org", "fhirAuthorization": [1]},
    "token's patient as number": {
        "fhirServer": "https://e.example.org",
        "fhirAuthorization": {"patient": 1},
    },
}


@pytest.mark.parametrize("case", NOT_A_CALL)
@pytest.mark.parametrize("service", [REVIEW, SAFETY])
@pytest.mark.requirement("REQ-2", "REQ-3", "REQ-4", "REQ-5", "REQ-9")
@pytest.mark.hostile("D21", "D22", "E10", "B03")
def test_what_is_no_call_is_400(case, service):
    answer = post(service, whole(**NOT_A_CALL[case]))
    assert answer.status_code == 400
    assert CANARY not in refusal(answer)


@pytest.mark.requirement("GEN-9", "REQ-6", "REQ-11", "VER-1")
@pytest.mark.hostile("E10")
def test_members_nobody_knows_and_null_on_optional_ones_are_no_reason_to_refuse():
    found = cards(
        REVIEW,
        prefetch_of(quiet()),
        context={
            "userId": "PractitionerRole/a.b-c",
            "patientId": "pt-1",
            "encounterId": None,
            "extension": {"x": 1},
        },
        fhirServer=None,
        fhirAuthorization=None,
        extension={"org.example": 1},
    )
    assert found == []


@pytest.mark.parametrize(
    "server",
    [
        "https://ehr.example.org",
        "http://localhost:8080/fhir/",
        "http://127.0.0.1/fhir",
        "https://[2001:db8::1]:443/fhir",
        "https://ehr.example.org/a@b/r4",
    ],
)
def test_a_base_url_has_a_host_and_perhaps_a_port_and_a_path(server):
    assert cards(REVIEW, prefetch_of(quiet()), fhirServer=server) == []


@pytest.mark.parametrize("instance", ["d1577c69-dfbe-11ed-b5ea-0242ac120002", INSTANCE.upper()])
@pytest.mark.requirement("REQ-3")
@pytest.mark.hostile("D22")
def test_a_uuid_of_any_version_will_do(instance):
    assert cards(REVIEW, prefetch_of(quiet()), hookInstance=instance) == []


@pytest.mark.requirement("REQ-9", "PFB-17")
def test_a_long_id_is_an_id():
    long = "e" * 254
    rows = [{"resourceType": "Patient", "id": long}]
    context = {"userId": "Practitioner/1", "patientId": long}
    assert cards(REVIEW, prefetch_of(rows), context=context) == []


def test_the_connection_closed_before_the_end_is_no_call():
    messages = [
        {"type": "http.request", "body": b"{", "more_body": True},
        {"type": "http.disconnect"},
    ]
    assert given(app_of(), lambda: messages.pop(0)) == (400, 2)


@pytest.mark.parametrize("where", ["hook", "hookInstance", "prefetch", "fhirServer", "context"])
@pytest.mark.hostile("K04")
def test_no_error_repeats_what_was_sent(where):
    answer = post(REVIEW, whole(**{where: CANARY}))
    assert answer.status_code == 400
    assert CANARY not in answer.text
    assert "traceback" not in answer.text.lower()


def test_discovery_takes_no_body():
    assert send("POST", "/cds-services", content=b"{}").status_code == 405
