"""``thirdline assess`` as text: a thousand orders stay readable, and gaps say what would decide."""

import re
from datetime import date, timedelta

import pytest
from rich.cells import cell_len

from tests.support.fhir import (
    ICD,
    RXNORM,
    Json,
    bundle,
    concept,
    condition,
    dosage,
    observation,
    order,
    patient,
)
from tests.thirdline.command import a_chart, as_text

DRUGS = ("312938", "808744", "993557", "310384", "349332")
FIRST = date(2006, 1, 2)
ORDERS = 1_000


def _a_thousand():
    """Return weekly orders of five drugs; three of ten are a draft, for sleep, or nameless."""
    made = []
    for at in range(ORDERS):
        day = FIRST + timedelta(days=7 * at)
        start, end = day.isoformat(), (day + timedelta(days=6)).isoformat()
        drug = concept(RXNORM, DRUGS[at // 60 % len(DRUGS)])
        more: Json = {"status": "completed"}
        if at % 10 == 7:
            more = {"status": "draft"}
        elif at % 10 == 8:
            drug, more["reasonCode"] = concept(text="trazodone 50 mg"), [{"text": "insomnia"}]
        elif at % 10 == 9:
            drug = {}
        made.append(order(f"o{at}", drug, [dosage(150, start, end)], authoredOn=start, **more))
    depression = condition("c", concept(ICD, "F33.2"), onsetDateTime="2006-01-01")
    scores = [
        observation(f"s{at}", "44261-6", (FIRST + timedelta(days=90 * at)).isoformat(), 12 + at % 9)
        for at in range(70)
    ]
    return bundle([patient(), depression, *made, *scores])


@pytest.mark.parametrize("columns", [80, 120])
def test_a_thousand_orders_stay_readable(tmp_path, monkeypatch, columns):
    monkeypatch.setenv("COLUMNS", str(columns))
    out = as_text(tmp_path, _a_thousand()).out
    lines = out.splitlines()
    assert len(lines) < 150
    assert max(map(cell_len, lines)) <= columns
    said = " ".join(out.split())
    assert f"medications {ORDERS}" in said
    assert "100 x status: a draft" in said
    assert "100 drug records not recognised" in said
    assert "not recognised (100 records): not-recognised" in said
    assert re.search(r"trazodone: hypnotic-use: .*? and 97 more\]", said)
    assert re.search(r"PHQ-9 .* \d+ of 70 shown", out)
    assert said.count("trazodone: hypnotic-use") == 1


def test_signals_beyond_the_first_are_counted_and_told_in_full_below(tmp_path):
    signals = [
        condition(f"s{at}", concept(ICD, "R45.851"), onsetDateTime=f"2026-0{8 - at % 3}-0{1 + at}")
        for at in range(8)
    ]
    out = as_text(tmp_path, bundle([*a_chart(), *signals])).out
    before, _, after = out.partition("Treatment resistance: ")
    assert re.search(r"and \d+ more: below, under Safety", before)
    safety = after[after.index("\nSafety\n") : after.index("\nGaps: ")]
    assert all(f"Condition/s{at}" in safety for at in range(8))


def _gaps(tmp_path, *resources, **envelope):
    known = [patient(), condition("c", concept(ICD, "F33.1"), onsetDateTime="2025-12-01")]
    out = as_text(tmp_path, bundle([*known, *resources]) | envelope).out
    section = out[out.index("Gaps: ") :]
    return " ".join(section[: section.index("\n\n")].split())


def _taken(mg=100, end="2026-05-01", code="312938", **more):
    given = {"status": "completed", "authoredOn": "2026-01-01", **more}
    return order("o", concept(RXNORM, code), [dosage(mg, "2026-01-01", end)], **given)


GAPS = [
    pytest.param(
        _taken(),
        "sertraline 2026-01-01 (could tip the count): outcome unknown: no pair of scores in what "
        "was read, and no reason for stopping recorded;"
        " a PHQ-9 pair or a charted reason would decide",
        id="outcome",
    ),
    pytest.param(
        _taken(mg=None, statusReason={"text": "lack of effect"}),
        "sertraline 2026-01-01 (could tip the count): dose unknown: .*; a readable daily dose, and "
        "an end date or days of supply would decide",
        id="dose",
    ),
    pytest.param(
        _taken(statusReason={"text": "see the letter"}),
        "could not be read as a reason; a clear charted outcome would decide",
        id="words",
    ),
    pytest.param(
        _taken(end="2026-01-20"),
        "sertraline 2026-01-01: outcome unknown: no pair of scores in what was read, and no "
        "reason for stopping recorded - read",
        id="too-short-to-count",
    ),
    pytest.param(
        order("u", concept(RXNORM, "312938"), [dosage(100)], status="stopped"),
        "sertraline: no date is recorded; a dated order would decide",
        id="undated",
    ),
    pytest.param(
        order("n", {}, [dosage(5, "2026-06-01")]),
        "1 drug record not recognised, each may have been an antidepressant; a drug code or a "
        "readable name would decide",
        id="not-recognised",
    ),
]


@pytest.mark.parametrize(("resource", "said"), GAPS)
def test_a_gap_says_what_is_missing_and_what_would_decide(tmp_path, resource, said):
    pattern = re.escape(said).replace(re.escape(".*"), ".*")
    assert re.search(pattern, _gaps(tmp_path, resource))


def test_the_age_and_the_episode_are_gaps_too(tmp_path):
    unborn = bundle([patient(birth_date=None), _taken()])
    out = " ".join(as_text(tmp_path, unborn).out.split())
    assert "the definition: the birth date is not known" in out


def test_a_need_that_was_not_read_says_what_it_would_tell(tmp_path):
    link = [{"relation": "next", "url": "https://ehr.example.org/2"}]
    said = _gaps(tmp_path, _taken(), link=link)
    assert said.startswith("Gaps: what is missing, and what would decide (in what was read)")
    assert "medications: partial (1 read); it would tell: every antidepressant order" in said
    assert "read and complete" not in said
