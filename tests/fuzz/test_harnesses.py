"""The harnesses of the fuzzer hold for what Hypothesis finds, on every platform."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.fuzz.documents import KEYS, LEAVES, document
from tests.fuzz.harnesses import HARNESSES, is_amount, is_day

# fmt: off
PIECES = st.sampled_from(
    [
        "take", "1", "1/2", "2-3", "tabs", "mg", "50", "bid", "qhs", "daily", "prn", "x 7 days",
        "then", "2026", "-02", "-31", "2026-02-28", "T10:00Z", "Patient", "/", "#", "urn:uuid:", "https://h/",
    ]
)
# fmt: on
TEXT = (
    PIECES | st.lists(PIECES, max_size=8).map(" ".join) | st.lists(PIECES, max_size=6).map("".join)
)
A_LEAF = st.integers(0, len(LEAVES) - 1).map(lambda at: bytes([4 + 8 * (at % 32), at // 32]))
DATA = st.builds(
    lambda text, rest: text.encode("utf-8", "replace") + b"\n" + rest,
    TEXT | st.text(max_size=30),
    A_LEAF | st.binary(max_size=24),
)


@pytest.mark.parametrize("name", HARNESSES)
@given(data=DATA)
def test_a_reader_holds(name, data):
    HARNESSES[name](*document(data))


@pytest.mark.parametrize(
    ("data", "made"),
    [
        (b"a", ("a", "a")),
        (b"a\n\x02", ("a", "a")),
        (b"1 tab\n\x00\x00\x02", ("1 tab", {KEYS[0]: "1 tab"})),
        (b"\n\x09\x00\x01\x02", ("", ["", ""])),
        (b"\n\x04\x00", ("", LEAVES[0])),
        (b"\n\x0b\x8a", ("", 1.0)),
    ],
)
def test_bytes_stand_for_a_text_and_a_value(data, made):
    assert document(data) == made


@pytest.mark.parametrize(("low", "high"), [(2, 1), (-1, 1), (0, math.inf), (None, 1), (1, None)])
def test_the_harnesses_refuse_what_is_no_range(low, high):
    assert not is_amount(low, high)
    assert is_amount(None, None)
    assert not is_day(0)
