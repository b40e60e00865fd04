"""A note however long is read in time that grows with its length, not with its square."""

import time

import pytest

from tests.trd.read.charts import KNOWLEDGE
from trd.read.remarks import read_note, read_remark
from trd.read.vocabulary import vocabulary_of

LENGTH = 200_000
SECONDS = 8.0
"""Ten times what it takes here, a third of what the square of it took."""


@pytest.mark.hostile("D01")
@pytest.mark.parametrize("unit", ["stopped due to side effects ", "side effects ", "nausea, rash "])
def test_a_long_note_is_read_in_time(unit):
    lexicon = vocabulary_of(KNOWLEDGE).endings
    text = unit * (LENGTH // len(unit))
    began = time.perf_counter()
    told = read_remark(text, lexicon, "sertraline")
    read_note(text, lexicon, "sertraline")
    assert time.perf_counter() - began < SECONDS
    assert told.stated == read_remark(unit, lexicon, "sertraline").stated != frozenset()
