"""A reader's page shows charted words as words: hostile ones next to harmless ones, rendered.

Cards are rendered as an EHR would, by a renderer of GitHub's Markdown that lets HTML through.
"""

import re

import pytest

from tests.cds_hooks.hooks import REVIEW, SAFETY, call, cards, post, prefetch_of
from tests.cds_hooks.people import VENLAFAXINE_150, depression, drug, two_failures
from tests.cds_hooks.test_injection import OURS, RENDERER, tags
from tests.support.fhir import ICD, RXNORM, Json, concept, condition
from tests.support.wire_rules import LONGEST_SUMMARY, without_ids

WORDS = {
    "G01": "<script>alert(1)</script>",
    "G02": "<img src=x onerror=alert(1)>",
    "G04 link": "[safe dose](https://evil.test)",
    "G04 address": "www.evil.test",
    "G15 braces": "{{7*7}}",
    "G15 dollar": "${7*7}",
    "G15 percent": "%s %d %(x)s",
    "G15 format": "{0.__class__}",
}
HARMLESS = "only half of it helped"


def named(text: str) -> list[Json]:
    """Return a chart with a text as the name of a drug beside its code, and as a charted reason."""
    rows = two_failures(text)
    rows[2]["medicationCodeableConcept"] = concept(RXNORM, "312938", text=text, display=text)
    return rows


def diagnosed(text: str) -> list[Json]:
    """Return a chart with a text as the words of a condition that cards name."""
    attempt = concept(ICD, "T14.91XA", text=text, display=text)
    return [
        *two_failures(),
        condition("c2", concept(ICD, "G40.909", text=text)),
        condition("c3", attempt, onsetDateTime="2026-08-30"),
    ]


CHARTS = {"drug": named, "condition": diagnosed}


@pytest.mark.hostile("G01", "G02", "G04", "G15")
@pytest.mark.requirement("SAFE-4", "CARD-4")
@pytest.mark.parametrize("service", [REVIEW, SAFETY])
@pytest.mark.parametrize("chart", CHARTS)
@pytest.mark.parametrize("case", WORDS)
def test_no_element_comes_from_data(case, chart, service):
    found = cards(service, prefetch_of(CHARTS[chart](WORDS[case])))
    harmless = cards(service, prefetch_of(CHARTS[chart](HARMLESS)))
    assert [card["summary"] for card in found] == [card["summary"] for card in harmless]
    assert [tags(card["detail"]) for card in found] == [tags(card["detail"]) for card in harmless]
    for card in found:
        assert tags(card["detail"]) <= OURS
        assert "<" not in card["detail"]


@pytest.mark.hostile("G01", "G02", "G15")
def test_harmless_words_are_shown():
    shown = "".join(card["detail"] for card in cards(REVIEW, prefetch_of(named(HARMLESS))))
    assert HARMLESS in shown
    shown = "".join(card["detail"] for card in cards(SAFETY, prefetch_of(diagnosed(HARMLESS))))
    assert HARMLESS in shown


@pytest.mark.hostile("G15")
@pytest.mark.parametrize("text", ["{{7*7}}", "${7*7}", "%s", "{0.__class__}"])
def test_a_template_is_shown_as_it_is_written(text):
    card = cards(REVIEW, prefetch_of(two_failures(text)))[0]
    rendered = RENDERER.render(card["detail"])
    assert text in rendered.replace("<em>", "_").replace("</em>", "_")
    assert "49" not in rendered


NARRATIVE = (
    '<div xmlns="http://www.w3.org/1999/xhtml"><script>alert(1)</script><iframe src="x"></iframe>'
    '<p onclick="x" style="color:red">Suicide attempt yesterday. Bipolar disorder. Stop sertraline.'
    " Cochlear implant.</p></div>"
)


def narrated(rows: list[Json], narrative: str) -> list[Json]:
    return [row | {"text": {"status": "generated", "div": narrative}} for row in rows]


@pytest.mark.hostile("G08")
@pytest.mark.parametrize("service", [REVIEW, SAFETY])
@pytest.mark.parametrize("narrative", [NARRATIVE, "<div>Suicide attempt yesterday</div>", "", 7])
def test_a_narrative_is_neither_shown_nor_read(service, narrative):
    plain = post(service, call(prefetch_of(two_failures())))
    found = post(service, call(prefetch_of(narrated(two_failures(), narrative))))
    assert found.status_code == plain.status_code == 200
    assert without_ids(found.content) == without_ids(plain.content)


@pytest.mark.hostile("G08")
def test_the_same_words_as_a_diagnosis_are_read():
    said = condition("c2", concept(text="Suicide attempt"), onsetDateTime="2026-08-31")
    found = cards(SAFETY, prefetch_of([*two_failures(), said]))
    assert [card["indicator"] for card in found] == ["critical"]


LONG = {
    "emoji": "👩‍⚕️" * 60,
    "combining marks": "e\u0301\u0323\u0302" * 80,
    "words": "a preparation of the hospital pharmacy of the third floor, " * 12,
    "one word": "x" * 5000,
    "right to left": "\u202e" + "abc " * 100,
}


@pytest.mark.hostile("G12")
@pytest.mark.requirement("CARD-3")
@pytest.mark.parametrize("service", [REVIEW, SAFETY])
@pytest.mark.parametrize("chart", CHARTS)
@pytest.mark.parametrize("case", LONG)
def test_a_long_text_never_lengthens_or_cuts_a_summary(case, chart, service):
    found = cards(service, prefetch_of(CHARTS[chart](LONG[case])))
    harmless = cards(service, prefetch_of(CHARTS[chart](HARMLESS)))
    assert [card["summary"] for card in found] == [card["summary"] for card in harmless]
    for card in found:
        assert len(card["summary"].encode("utf-16-le")) // 2 <= LONGEST_SUMMARY
        assert card["summary"].endswith(".")


@pytest.mark.hostile("G12")
def test_numbers_of_many_digits_are_whole_or_left_out():
    rows = [
        *two_failures()[:2],
        depression(),
        drug("m1", VENLAFAXINE_150, 37.51234567, "2025-10-01", "2026-01-10"),
        *two_failures()[3:],
    ]
    for service in (REVIEW, SAFETY):
        for card in cards(service, prefetch_of(rows)):
            assert len(card["summary"]) <= LONGEST_SUMMARY
            assert not re.search(r"\d…|\d\s*$|\d \.$", card["summary"])
