"""Three-valued conclusions: the whole truth table of each combination."""

import itertools

import pytest

from trd.findings import Finding, Verdict, agree, all_of, met, not_met, unknown

YES, NO, OPEN = Verdict.MET, Verdict.NOT_MET, Verdict.UNKNOWN

AND = {
    (YES, YES): YES,
    (YES, NO): NO,
    (YES, OPEN): OPEN,
    (NO, YES): NO,
    (NO, NO): NO,
    (NO, OPEN): NO,
    (OPEN, YES): OPEN,
    (OPEN, NO): NO,
    (OPEN, OPEN): OPEN,
}
PAIRS = list(itertools.product(Verdict, repeat=2))


@pytest.mark.parametrize("pair", PAIRS, ids=" and ".join)
def test_and_is_kleenes(pair):
    assert all_of(pair) is AND[pair]


@pytest.mark.parametrize("pair", PAIRS, ids=" beside ".join)
def test_only_what_all_say_stands(pair):
    assert agree(pair) is (pair[0] if pair[0] is pair[1] else OPEN)


def test_of_nothing_all_hold():
    assert all_of(()) is YES


@pytest.mark.parametrize(
    ("make", "verdict"),
    [
        pytest.param(met, YES, id="met"),
        pytest.param(not_met, NO, id="not met"),
        pytest.param(unknown, OPEN, id="unknown"),
    ],
)
def test_a_finding_keeps_its_reason_and_evidence(make, verdict):
    found = make("dose", "told", ["Condition/1"])
    assert found == Finding("dose", verdict, "told", ("Condition/1",))


def test_a_finding_is_neither_true_nor_false():
    with pytest.raises(TypeError, match="three values"):
        bool(met("dose", "told"))
