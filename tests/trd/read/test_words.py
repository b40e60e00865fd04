"""Phrases in charted text, dates, and the indexes that serve the reader."""

import dataclasses

import pytest

from tests.trd.read.charts import KNOWLEDGE, chart
from trd.dates import End, Reading
from trd.read import words as words_module
from trd.read.days import DayReader
from trd.read.vocabulary import vocabulary_of
from trd.read.words import contains, meanings, says_any, tokens

PHRASES = {
    "no-effect": ("no effect", "did not help", "not effective"),
    "side-effect": ("nausea", "side effects"),
    "remission": ("remission",),
}
NEGATIONS = ("no", "not", "without", "denies")


def said(text):
    return meanings(text, PHRASES, NEGATIONS)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("No effect.", {"no-effect"}),
        ("nausea, no effect", {"side-effect", "no-effect"}),
        ("no nausea", set()),
        ("without any marked nausea", set()),
        ("no pain at all and some nausea", {"side-effect"}),
        ("not effective but nausea", {"no-effect", "side-effect"}),
        ("no effect nausea", {"no-effect", "side-effect"}),
        ("remissions", set()),
        ("in REMISSION", {"remission"}),
        ("", set()),
        ("???", set()),
    ],
)
def test_a_phrase_is_whole_words_and_a_negation_speaks_once(text, expected):
    assert said(text) == expected


def test_a_longer_phrase_takes_its_words():
    phrases = {"one": ("tms",), "two": ("referral to tms",)}
    assert meanings("referral to TMS", phrases, ()) == {"two"}


def test_words_say_any_phrase_negated_or_not():
    assert says_any("not as needed", ("as needed",))
    assert not says_any("needed as", ("as needed",))
    assert not says_any("", ("as needed",))


def test_words_in_a_row():
    assert contains(tokens("a serum lithium level"), ("serum", "lithium"))
    assert not contains(("serum",), ("serum", "lithium"))


def test_only_the_knowledges_phrases_are_kept_and_not_for_ever():
    words_module._BOOKS.clear()  # noqa: SLF001 - the cache is what is under test
    groups = [{"x": (f"phrase {at}", "!")} for at in range(70)]
    for at, group in enumerate(groups):
        assert meanings(f"phrase {at}", group, ()) == {"x"}
    assert len(words_module._BOOKS) < 70  # noqa: SLF001 - as above


def test_indexes_are_made_once_a_knowledge_and_not_kept_for_ever():
    assert vocabulary_of(KNOWLEDGE) is vocabulary_of(KNOWLEDGE)
    others = [dataclasses.replace(KNOWLEDGE) for _ in range(10)]
    made = [vocabulary_of(one) for one in others]
    assert vocabulary_of(others[0]) is not made[0]
    assert vocabulary_of(others[0]) == made[0]


def test_a_level_may_have_a_code():
    levels = {("http://loinc.org", "14334-7"): "lithium"}
    scales = dataclasses.replace(KNOWLEDGE.scales, levels=levels)
    known = vocabulary_of(dataclasses.replace(KNOWLEDGE, scales=scales))
    assert known.meanings["http://loinc.org", "14334-7"] == ("level", "lithium", 0)
    assert known.levels == ()


def test_the_gravest_flag_of_a_concept_stands_for_its_words():
    flags = vocabulary_of(KNOWLEDGE).flags
    assert flags["intracranial-metal"] == "absolute"
    assert flags["mdd"] == ""


@pytest.mark.parametrize("end", list(End))
def test_a_partial_date_is_read_as_the_end_in_force(end):
    days = DayReader(Reading(starts=end, ends=end, moments=end))
    first, last = days.start("2025-02-01"), days.end("2025-02-28")
    assert not days.met_partial
    assert days.moment("2025-02") == (first if end is End.EARLIEST else last)
    assert days.met_partial


@pytest.mark.parametrize(
    "value", ["", None, 3, "soon", "2025-13", "2025-02-30", "20250201", ["2025"]]
)
def test_what_is_no_date_is_none(value):
    days = DayReader(Reading(starts=End.EARLIEST, ends=End.LATEST, moments=End.LATEST))
    assert days.start(value) is days.end(value) is days.moment(value) is None


def test_a_chart_with_a_partial_date_says_so():
    whole = {"resourceType": "Encounter", "id": "e", "status": "finished"}
    partial = whole | {"subject": {"reference": "Patient/pt-1"}, "period": {"start": "2025"}}
    assert chart(partial).has_partial_dates
    assert not chart().has_partial_dates
