"""A unit means the same in an element, in a dosage text and in a product's words."""

import pytest

from tests.trd.read.charts import KNOWLEDGE
from trd.knowledge.sig_words import MASS
from trd.read.amounts import PER_UNIT_MG
from trd.read.strengths import strength_in
from trd.read.supply import length_days

WORDS = KNOWLEDGE.phrases.sig_terms
MASSES = {word: term.value for word, term in WORDS.items() if term.kind == MASS}


@pytest.mark.parametrize("unit", sorted(MASSES.keys() & PER_UNIT_MG.keys()))
def test_a_mass_of_a_text_is_that_of_an_element(unit):
    assert MASSES[unit] == PER_UNIT_MG[unit]


@pytest.mark.parametrize("unit", ["mg", "g", "mcg", "micrograms", "miligramos", "milligram"])
def test_a_mass_of_a_text_is_that_of_a_product(unit):
    assert strength_in(f"tablet 36 {unit}") == pytest.approx(36 * MASSES[unit])


@pytest.mark.parametrize("unit", ["microgram\u017f", "m\u0131lligram"])
def test_a_letter_that_only_looks_alike_is_no_failure(unit):
    assert strength_in(f"tablet 36 {unit}") in {None, 0.036}


@pytest.mark.parametrize(
    "unit", ["d", "day", "days", "h", "hour", "hours", "week", "wk", "month", "mo"]
)
def test_a_length_of_a_text_is_that_of_an_element(unit):
    assert length_days({"value": 1, "unit": unit}) == pytest.approx(WORDS[unit].value)
