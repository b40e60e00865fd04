"""What is not JSON is refused wherever it stands, what is JSON is taken, and nothing is a fault.

The kinds are those of the known suites of JSON parsers (what must be refused, what must be
taken, what a parser may decide), written anew: as the whole body, as a member of a call, and inside
a resource that is otherwise left as text.
"""

import resource
import sys
import zlib

import orjson
import pytest

from tests.cds_hooks.hooks import REVIEW, app_of, call, post, prefetch_of, refusal
from tests.cds_hooks.people import two_failures
from tests.cds_hooks.test_feedback import entry
from tests.support.fhir import concept, order

MARK = b'"the-value"'
AS_MEMBER = orjson.dumps(call(prefetch_of(two_failures()), extension={"x": "the-value"}))
IN_TEXT = orjson.dumps(
    call(
        prefetch_of(
            [*two_failures(), order("m9", concept(text="metformin 500 MG"), [], note="the-value")]
        )
    )
)
IN_FEEDBACK = orjson.dumps({"feedback": [entry()], "extension": "the-value"})

NOT_VALUES = {
    "array comma after": b"[1,]",
    "array comma before": b"[,1]",
    "array double comma": b"[1,,2]",
    "array comma alone": b"[,]",
    "array colon": b"[1:2]",
    "array no comma": b"[1 2]",
    "array of words": b"[a]",
    "array unclosed": b"[1",
    "array closed twice": b"[1]]",
    "array closed by brace": b"[1}",
    "array newlines unclosed": b"[1,\n2",
    "object comma after": b'{"a":1,}',
    "object double comma": b'{"a":1,,"b":2}',
    "object comma for colon": b'{"a",1}',
    "object no colon": b'{"a" 1}',
    "object double colon": b'{"a"::1}',
    "object no value": b'{"a":}',
    "object no key": b"{:1}",
    "object bare key": b"{a:1}",
    "object single quotes": b"{'a':1}",
    "object number as key": b"{1:1}",
    "object null as key": b"{null:1}",
    "object two in a row": b"{}{}",
    "object unclosed": b'{"a":1',
    "object in array unclosed": b'[{"a":1]',
    "object repeated comma": b'{"a":1,,}',
    "object star": b"{*}",
    "literal capital": b"True",
    "literal capitals": b"NULL",
    "literal cut": b"nul",
    "literal long": b"nulll",
    "literal word": b"undefined",
    "number NaN": b"NaN",
    "number -NaN": b"-NaN",
    "number Infinity": b"Infinity",
    "number -Infinity": b"-Infinity",
    "number inf": b"inf",
    "number plus": b"+1",
    "number plus plus": b"++1",
    "number minus alone": b"-",
    "number minus minus": b"--1",
    "number minus blank": b"- 1",
    "number minus word": b"-a",
    "number leading zero": b"01",
    "number minus leading zero": b"-01",
    "number double zero": b"00",
    "number point first": b".5",
    "number point last": b"1.",
    "number minus point": b"-.5",
    "number minus point last": b"-1.",
    "number point exponent": b"1.e1",
    "number two points": b"1.2.3",
    "number exponent alone": b"1e",
    "number exponent plus": b"1e+",
    "number exponent minus": b"1E-",
    "number exponent twice": b"1eE2",
    "number exponent word": b"1ea",
    "number exponent first": b"e1",
    "number hexadecimal": b"0x1F",
    "number octal": b"0o17",
    "number with words": b"1a",
    "number with blank": b"1 000",
    "number with underscore": b"1_000",
    "number with comma": b"1,5",
    "number of other digits": "１".encode(),  # noqa: RUF001 - a fullwidth digit
    "number too large": b"1e400",
    "number too small": b"-1e9999",
    "string single quotes": b"'a'",
    "string backquotes": b"`a`",
    "string unclosed": b'"a',
    "string bare": b"a",
    "string tab": b'"a\tb"',
    "string newline": b'"a\nb"',
    "string NUL": b'"a\x00b"',
    "string unit separator": b'"a\x1fb"',
    "string escape x": b'"\\x41"',
    "string escape a": b'"\\a"',
    "string escape quote": b'"\\\'"',
    "string escape zero": b'"\\0"',
    "string escape cut": b'"\\',
    "string escape end": b'"\\"',
    "string escape of a letter": '"\\é"'.encode(),
    "string unicode cut": b'"\\u00A"',
    "string unicode empty": b'"\\u"',
    "string unicode no hex": b'"\\uQQQQ"',
    "string unicode capital": b'"\\U0041"',
    "string surrogate and cut": b'"\\uD834\\uDd"',
    "string surrogate and x": b'"\\uD800\\x"',
    "string double quoted": b'""x""',
    "utf-8 lone continuation": b'"\x80"',
    "utf-8 lone start": b'"\xc3"',
    "utf-8 overlong": b'"\xc0\xaf"',
    "utf-8 overlong long": b'"\xe0\x80\xaf"',
    "utf-8 surrogate": b'"\xed\xa0\x80"',
    "utf-8 beyond": b'"\xf4\x90\x80\x80"',
    "utf-8 five bytes": b'"\xf8\x88\x80\x80\x80"',
    "utf-8 ff": b'"\xff"',
    "latin-1": b'"\xe9"',
    "escaped lone surrogate": b'"\\ud800"',
    "escaped lone second": b'"\\udc00"',
    "escaped turned pair": b'"\\udc00\\ud800"',
    "escaped first twice": b'"\\ud800\\ud800"',
    "comment": b"/* c */ 1",
    "comment after": b"1 // c",
    "comment hash": b"1 # c",
    "blank of another kind": "\u00a01".encode(),
    "zero width blank": "\u200b1".encode(),
    "byte order mark": "\ufeff1".encode(),
    "form feed": b"\x0c1",
    "vertical tab": b"\x0b1",
    "NUL before": b"\x001",
    "NUL after": b"1\x00",
    "nothing": b"",
    "comma": b",",
    "colon": b":",
    "bracket open": b"[",
    "brace open": b"{",
    "quote": b'"',
    "tag": b"<a>",
    "parenthesis": b"(1)",
    "semicolon": b"1;",
    "deep": b"[" * 500 + b"]" * 500,
    "deep objects": b'{"a":' * 500 + b"1" + b"}" * 500,
    "one level too many": b"[" * 64 + b"]" * 64,
}
NOT_BODIES = {
    "nothing": b"",
    "blanks": b" \n\t",
    "mark alone": b"\xef\xbb\xbf",
    "mark before": b"\xef\xbb\xbf" + AS_MEMBER,
    "utf-16": AS_MEMBER.decode().encode("utf-16"),
    "utf-16 little": AS_MEMBER.decode().encode("utf-16-le"),
    "utf-32": AS_MEMBER.decode().encode("utf-32"),
    "cut by one": AS_MEMBER[:-1],
    "cut in half": AS_MEMBER[: len(AS_MEMBER) // 2],
    "twice": AS_MEMBER + AS_MEMBER,
    "one brace more": AS_MEMBER + b"}",
    "a word more": AS_MEMBER + b"x",
    "NUL more": AS_MEMBER + b"\x00",
    "a list": b"[" + AS_MEMBER + b"]",
    "a number": b"1",
    "null": b"null",
    "a text": b'"x"',
    "a text with a call": orjson.dumps(AS_MEMBER.decode()),
    "arrays 100 000": b"[" * 100_000,
    "arrays 100 000 closed": b"[" * 100_000 + b"]" * 100_000,
    "objects 100 000": b'{"a":' * 100_000,
    "quotes 100 000": b'"' * 100_000,
    "numbers without end": b"1" * 100_000,
}
VALUES = {
    "empty array": b"[]",
    "empty object": b"{}",
    "blanks inside": b"[ \n\t\r1 , 2 ]",
    "nested": b'{"a":{"b":[1,{"c":null}]}}',
    "literals": b"[true,false,null]",
    "member twice": b'{"a":1,"a":2}',
    "empty key": b'{"":0}',
    "long key": b'{"' + b"k" * 10_000 + b'":1}',
    "zero": b"0",
    "minus zero": b"-0",
    "fraction": b"-0.5",
    "exponent": b"1E22",
    "exponent plus": b"1e+2",
    "exponent minus": b"1e-2",
    "zero exponent": b"0e1",
    "large whole number": b"123456789012345678901234567890",
    "many digits": b"0." + b"0" * 300 + b"1",
    "nearly nothing": b"123e-10000000",
    "escapes": b'"\\" \\\\ \\/ \\b \\f \\n \\r \\t"',
    "unicode escape": b'"\\u0041\\u00e9\\u20AC"',
    "escaped NUL": b'"\\u0000"',
    "pair": b'"\\uD83D\\uDE00"',
    "unicode": '"é € 😀 \u2028 \u2029 \ufeff \uffff"'.encode(),
    "delete": b'"\x7f"',
    "noncharacter": '"\U0010ffff"'.encode(),
    "brackets in a text": b'"' + b"[{" * 200 + b'"',
    "as deep as allowed": b"[" * 40 + b"]" * 40,
    "a word like a number": b'"1e400"',
    "a word like NaN": b'"NaN"',
}


def standing(value, place):
    assert place.count(MARK) == 1
    return place.replace(MARK, value)


PLACES = {"member": (AS_MEMBER, REVIEW), "left as text": (IN_TEXT, REVIEW)}
PLACES |= {"feedback": (IN_FEEDBACK, f"{REVIEW}/feedback")}
each_place = pytest.mark.parametrize(("place", "path"), PLACES.values(), ids=list(PLACES))


@pytest.mark.hostile("D03", "D05", "D07", "D17")
@each_place
def test_what_is_no_json_is_refused_wherever_it_stands(place, path):
    app = app_of()
    answers = {
        name: post(path, standing(value, place), app=app) for name, value in NOT_VALUES.items()
    }
    assert {name: one.status_code for name, one in answers.items() if one.status_code != 400} == {}
    for one in answers.values():
        refusal(one)
    assert post(path, standing(b"1", place), app=app).status_code == 200


@pytest.mark.hostile("D03", "D07", "D17")
@pytest.mark.parametrize("path", [REVIEW, f"{REVIEW}/feedback"])
def test_what_is_no_call_as_a_whole_is_refused(path):
    app = app_of()
    statuses = {name: post(path, value, app=app).status_code for name, value in NOT_BODIES.items()}
    assert {name: one for name, one in statuses.items() if one != 400} == {}


@pytest.mark.hostile("D17")
@each_place
def test_what_is_json_is_taken(place, path):
    refused = {}
    for name, value in VALUES.items():
        answer = post(path, standing(value, place))
        is_twice_in_feedback = name == "member twice" and path != REVIEW
        if answer.status_code != (400 if is_twice_in_feedback else 200):
            refused[name] = answer.status_code
    assert refused == {}


@pytest.mark.hostile("D17")
def test_a_call_cut_at_any_byte_is_refused():
    app = app_of()
    small = orjson.dumps(call(None, extension={"é": ["\\", '"', 1.5e3, None]}))
    assert post(REVIEW, small, app=app).status_code == 412
    assert {post(REVIEW, small[:at], app=app).status_code for at in range(len(small))} == {400}


@pytest.mark.hostile("D13", "D14")
@pytest.mark.parametrize("path", [REVIEW, f"{REVIEW}/feedback"])
def test_a_compressed_body_is_not_unpacked(path):
    packer = zlib.compressobj(1, wbits=31)
    zeros = bytes(2**20)
    packed = b"".join([*(packer.compress(zeros) for _ in range(256)), packer.flush()]) * 4
    assert 2**20 < len(packed) < 8 * 2**20
    before = _resident()
    answer = post(path, packed, headers={"Content-Encoding": "gzip"})
    assert answer.status_code == 415
    assert _resident() - before < 64 * 2**20
    assert post(path, AS_MEMBER, headers={"Content-Encoding": "identity"}).status_code in {200, 400}


def _resident():
    """Return the most memory this process ever had, in bytes."""
    unit = 1 if sys.platform == "darwin" else 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit
