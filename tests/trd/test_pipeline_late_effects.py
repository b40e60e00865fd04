"""From FHIR to the report: codes of an injury's late effect tell the event by its onset alone."""

import pytest

from tests.support.charts import ago, assessed, diagnosed, phq9, woman
from tests.support.fhir import LOINC, concept

RECORDED = {"recordedDate": ago(5)}
EVENT = {"onsetDateTime": ago(30), "recordedDate": ago(30)}
OLD_EVENT = {"onsetDateTime": ago(400), "recordedDate": ago(400)}


@pytest.mark.parametrize(
    ("code", "dates", "level"),
    [
        pytest.param("T14.91XS", RECORDED, "warning", id="a late effect, recorded now"),
        pytest.param("T14.91XS", EVENT, "critical", id="a late effect, the attempt a month ago"),
        pytest.param("T14.91XS", OLD_EVENT, "none", id="a late effect, the attempt a year ago"),
        pytest.param("T43.222S", RECORDED, "warning", id="of a poisoning, recorded now"),
        pytest.param("X78.0XXS", RECORDED, "warning", id="of an injury's cause, recorded now"),
        pytest.param("x780xxs", RECORDED, "warning", id="however it is written"),
        pytest.param("T43.222A", RECORDED, "critical", id="the poisoning itself, recorded now"),
        pytest.param("S61.512S", RECORDED, "none", id="of an injury nobody called deliberate"),
        pytest.param("Z91.51", RECORDED, "none", id="a history has no event"),
    ],
)
def test_a_late_effect_tells_the_event_by_its_onset(code, dates, level):
    assert assessed(woman(), diagnosed("c", code, **dates))["crisis"]["level"] == level


def test_a_history_is_information_and_a_late_effect_behaviour():
    out = assessed(
        woman(), diagnosed("a", "Z91.51", **RECORDED), diagnosed("b", "T14.91XS", **RECORDED)
    )
    assert [row["kind"] for row in out["crisis"]["signals"]] == ["suicidal-behaviour", "history"]


def test_an_answer_of_one_is_named_as_the_scale_words_it():
    one = phq9("i", 1, 1) | {"code": concept(LOINC, "44260-8")}
    signal = assessed(woman(), one)["crisis"]["signals"][0]
    assert "several days" in signal["because"]
