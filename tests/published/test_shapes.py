"""Each resource shape ends, on the outside, as its line in the list of shapes implies.

One row a shape: the day it is read for, what of it must hold, and every line its assessment gives:
trials, what is set aside, issues with their effect, findings that rest on it, signals. A shape of
an ordinary drug or of a resource no rule reads leaves nothing but the count of the read. How each
element is read is tested beside the reader (``tests/trd/read``).
"""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest

from tests.support.days import day
from tests.support.fhir import Json
from tests.support.published import (
    assessed,
)
from trd.report import report

AS_OF = "2026-09-01"
DOSE_UNKNOWN = "issue dosageInstruction: the dose is unknown"
NO_EXPOSURE = "issue medication[x]: not an exposure: not counted as a trial"
NOT_TOLD = "issue medication[x]: not judged: the drug could not be told"
NO_DATE = "issue onset[x]: used without a date"

NOTHING = {
    "medications": "02 03 05 08 11 14 17 19 20 25 28 31 33 37 39 41 43 45 47 48 49 51 54 57 62",
    "conditions": "78 81 83",
    "responses": "95",
    "procedures": "102",
    "": "98 101",
}
"""By need, the shapes that leave the count of the read alone ("": not even that)."""


class End(NamedTuple):
    """How one shape ends: the day to read it for, what holds of it, and the lines it leaves."""

    as_of: str
    because: str
    lines: tuple[str, ...]


ENDS = {
    "22": End(AS_OF, "a useless name and a reference that leads nowhere, a plan", (NO_EXPOSURE,)),
    "29": End(AS_OF, "no drug at all, a plan", (NO_EXPOSURE,)),
    "35": End(
        AS_OF,
        "known by its day only: nothing of dose or end, and at most possible",
        ("trial duloxetine 2022-05-28 to unknown, dose unknown, outcome unknown", DOSE_UNKNOWN),
    ),
    "53": End(AS_OF, "an order not to give the drug", (NO_EXPOSURE,)),
    "60": End(
        AS_OF,
        "a code outside the lists without a name is not recognised, and said so",
        ("set aside not-recognised", NOT_TOLD),
    ),
    "63": End(
        AS_OF,
        "the bounds tell the days, nothing tells the dose",
        (
            "trial desipramine 2024-01-01 to 2025-09-17, dose unknown, outcome unknown",
            DOSE_UNKNOWN,
        ),
    ),
    "65": End(
        AS_OF, "an insomnia strength is no trial", ("set aside doxepin hypnotic-use", DOSE_UNKNOWN)
    ),
    "67": End(
        AS_OF,
        "the Medication it refers to is not there",
        ("set aside not-recognised", NOT_TOLD),
    ),
    "68": End(
        "2138-01-01",
        "the name stands in the identifier of its Medication; days in hospital",
        (
            "trial fluoxetine 2137-06-19 to 2137-06-22, dose unknown, outcome unknown",
            DOSE_UNKNOWN,
        ),
    ),
    "69": End(
        "2161-01-01",
        "the name is the code of a local system",
        ("trial bupropion 2160-04-14 to unknown, dose unknown, outcome unknown", DOSE_UNKNOWN),
    ),
    "70": End(
        "2157-01-01",
        "a sleep aid of hours in hospital is nothing that could count",
        (
            "trial trazodone 2156-04-19 to 2156-04-20, dose unknown, outcome unknown",
            DOSE_UNKNOWN,
        ),
    ),
    "74": End(
        AS_OF,
        "active since 1936 is not taken for running",
        ("trial sertraline 1936-09-26 to unknown, 100 mg, outcome unknown",),
    ),
    "75": End(
        AS_OF,
        "security labels do not hide it; without a day nothing can be judged",
        ("trial fluoxetine undated, dose unknown, outcome running",),
    ),
    "76": End(AS_OF, "a draft", (NO_EXPOSURE,)),
    "77": End(
        AS_OF,
        "depression in words only is shown as such and codes no major depression",
        ("issue code: used as words only", NO_DATE, "current-episode unknown"),
    ),
    "85": End("2021-04-01", "a coded episode", ("current-episode met", "major-depression met")),
    "86": End(
        AS_OF,
        "security labels do not hide it; no date",
        (NO_DATE, "current-episode unknown", "major-depression met"),
    ),
    "87": End(
        AS_OF,
        "a code without its dot, in a local system; the date would come from its encounter",
        (NO_DATE, "current-episode unknown", "major-depression met"),
    ),
    "93": End("2022-03-10", "a total without a unit, dated by its issue", ("symptoms met",)),
    "94": End("2023-09-01", "a total by SNOMED code", ("symptoms met",)),
    "96": End(
        "2020-03-01",
        "items of an older edition add up, and item 9 is a signal",
        ("symptoms met", "signal phq9-item9 critical"),
    ),
    "105": End(AS_OF, "a pacemaker is a relative flag", ("no-relative-flag not-met",)),
}


def told_numbers() -> list[str]:
    """Return the number of every shape of both tables."""
    return sorted([*ENDS, *" ".join(NOTHING.values()).split()])


def shape(shared: Path, number: str) -> Json:
    (path,) = (shared / "data" / "shapes").glob(f"{number}_*.json")
    found: Json = json.loads(path.read_bytes())
    return found


def lines(out: Json) -> Iterator[str]:
    """Yield what an assessment says that a shape can be the reason of."""
    for trial in out["trials"]:
        days = "undated"
        if "start" in trial:
            days = f"{trial['start']} to {trial.get('end', 'unknown')}"
        known = trial.get("highestDailyDoseMg")
        dose = "dose unknown" if known is None else f"{known} mg"
        assert not trial["counts"]
        yield f"trial {trial['ingredient']} {days}, {dose}, outcome {trial['outcome']}"
    for row in out["setAside"]:
        name = "" if row["reason"] == "not-recognised" else f"{row['ingredient']} "
        yield f"set aside {name}{row['reason']}"
    for row in out["issues"]:
        yield f"issue {row['element']}: {row['effect']}"
    for row in out["candidacy"]["findings"]:
        if row["evidence"] and row["rule"] in FINDINGS:
            yield f"{row['rule']} {row['verdict']}"
    for row in out["crisis"]["signals"]:
        yield f"signal {row['kind']} {row['level']}"


FINDINGS = {"current-episode", "major-depression", "symptoms", "no-relative-flag"}


def test_every_shape_has_its_row(shared):
    there = [path.name.split("_")[0] for path in (shared / "data" / "shapes").glob("*.json")]
    assert told_numbers() == sorted(there)


@pytest.mark.parametrize("number", ENDS)
def test_a_shape_ends_as_its_line_implies(number, shared, knowledge):
    end = ENDS[number]
    out = report(assessed(shape(shared, number), knowledge, day(end.as_of)))
    assert sorted(lines(out)) == sorted(end.lines), end.because


@pytest.mark.parametrize(
    ("need", "number"),
    [(need, number) for need, numbers in NOTHING.items() for number in numbers.split()],
)
def test_a_shape_of_no_concern_leaves_the_count_alone(need, number, shared, knowledge):
    out = report(assessed(shape(shared, number), knowledge, day(AS_OF)))
    assert not list(lines(out))
    assert {row["need"] for row in out["read"] if row["count"]} == {need} - {""}


@pytest.mark.parametrize("number", [*ENDS, *" ".join(NOTHING.values()).split()])
def test_no_shape_makes_anybody_resistant(number, shared, knowledge):
    out = report(assessed(shape(shared, number), knowledge, day("2200-01-01")))
    assert out["resistance"]["confirmed"] == 0
    assert out["resistance"]["verdict"] != "met"
