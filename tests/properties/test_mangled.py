"""Whatever a file holds, the command answers or refuses in a line: it never breaks."""

import json
import tempfile
from pathlib import Path

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.support.fhir import bundle
from tests.support.lives import ANY_LIFE
from tests.thirdline.command import Answer, assessed
from tests.trd.read.test_totality import JSON, ODD, places, put

TEXTS = st.text(max_size=40) | st.sampled_from(["\u202e", "\x00", "\ud83d", "é" * 300, "\x1b[31m"])
STATUSES = {0, 2, 3}


def answered(value: object) -> Answer:
    """Return what the command says of a file with this content."""
    with tempfile.TemporaryDirectory() as folder:
        return assessed(Path(folder), value)


def holds(answer: Answer) -> bool:
    """Say whether an answer is a report, or a refusal of one line without a traceback."""
    if answer.status == 0:
        return bool(answer.told["schema"]) and not answer.err
    is_line = len(answer.err.splitlines()) == 1 and "Traceback" not in answer.err
    return answer.status in STATUSES and is_line and not answer.out


def written(value: object) -> str:
    """Return JSON, or what Python writes where JSON has no word for it."""
    return json.dumps(value)


@st.composite
def damaged(draw: st.DrawFn) -> str:
    """Return a chart with some elements replaced by anything."""
    whole = bundle(draw(ANY_LIFE))
    for _ in range(draw(st.integers(1, 4))):
        path = draw(st.sampled_from(places(whole)))
        whole = put(whole, path, draw(ODD | JSON | TEXTS))
    return written(whole)


@st.composite
def broken(draw: st.DrawFn) -> bytes:
    """Return the bytes of a chart cut off, with some of them changed, or nested very deeply."""
    data = bytearray(written(bundle(draw(ANY_LIFE))).encode())
    for _ in range(draw(st.integers(0, 3))):
        data[draw(st.integers(0, len(data) - 1))] = draw(st.integers(0, 255))
    cut = draw(st.none() | st.integers(0, len(data)))
    depth = draw(st.sampled_from([0, 0, 0, 500, 5_000]))
    return b'{"a":' * depth + bytes(data[:cut]) + b"}" * depth


@settings(suppress_health_check=[HealthCheck.too_slow])
@given(damaged())
def test_anything_in_place_of_any_element_is_an_answer(text):
    assert holds(answered(text))


@settings(suppress_health_check=[HealthCheck.too_slow])
@given(broken())
def test_bytes_cut_off_or_changed_are_an_answer(data):
    assert holds(answered(data))


@given(st.binary(max_size=60) | st.builds(written, JSON).map(str.encode))
def test_any_bytes_are_an_answer(data):
    assert holds(answered(data))
