"""The frame of CMS128, antidepressant medication management, around the days we call covered.

Index day: the first antidepressant handed over from 1 May of the year before the measurement period
to 30 April of it. Treated on at least 84 of the 115 days from the index day on: the acute phase; on
at least 180 of the 232: the continuation phase. An order in force within the 105 days before the
index day is no new treatment. Which days were covered is read off the published JSON.

Not judged here, because not read by the product: hospice care, and which kind of visit it was.
"""

from collections.abc import Iterable
from datetime import date

from tests.support.days import day
from tests.support.fhir import Json
from tests.support.published import (
    Case,
    ReadCase,
)
from trd.dates import Day

ACUTE = (115, 84)
CONTINUATION = (232, 180)
"""Days of the phase, and how many of them must be covered."""
BEFORE = 105
NEAR = 60
ADULT = 18

Span = tuple[Day, Day]
"""A first and a last covered day."""


def spans(out: Json, kind: str) -> list[Span]:
    """Return the covered stretches that rest on a resource of a kind, of whichever drug."""
    return [
        (day(row["start"]), day(row["end"]))
        for trial in out["trials"]
        for row in trial["exposures"]
        if any(reference.startswith(f"{kind}/") for reference in row["evidence"])
    ]


def covered(held: Iterable[Span], first: Day, last: Day) -> int:
    """Return how many different days from first to last are covered."""
    return len({at for start, end in held for at in range(max(start, first), min(end, last) + 1)})


def index_day(held: Iterable[Span], case: Case) -> Day | None:
    """Return the first day of hand-over within the intake period, None if there is none."""
    year = date.fromordinal(case.first).year
    first = date(year - 1, 5, 1).toordinal()
    last = date(year, 4, 30).toordinal()
    return min((start for start, _ in held if first <= start <= last), default=None)


def populations(case: Case, read: ReadCase) -> dict[str, int]:
    """Return the counts of both groups as far as they rest on what the product reads."""
    handed = spans(read.out, "MedicationDispense")
    index = index_day(handed, case)
    found = {"initial-population": int(index is not None and _is_in(read, index))}
    is_treated = False
    acute = continued = 0
    if index is not None:
        ordered = spans(read.out, "MedicationRequest")
        is_treated = covered(ordered, index - BEFORE, index - 1) > 0
        acute = covered(handed, index, index + ACUTE[0] - 1)
        continued = covered(handed, index, index + CONTINUATION[0] - 1)
    found["denominator"] = found["initial-population"]
    found["treated-before"] = int(is_treated)
    found["g1.numerator"] = int(acute >= ACUTE[1])
    found["g2.numerator"] = int(continued >= CONTINUATION[1])
    return found


def _is_in(read: ReadCase, index: Day) -> bool:
    """Say whether an adult has a major depression and a visit within 60 days of the index day."""
    chart = read.chart
    near = range(index - NEAR, index + NEAR + 1)
    is_depressed = any("mdd" in row.concepts() and row.onset in near for row in chart.diagnoses)
    is_seen = any(row.start in near for row in chart.visits)
    return is_depressed and is_seen and _age(chart.patient.born, index) >= ADULT


def _age(born: Day | None, on: Day) -> int:
    assert born is not None
    birth, at = date.fromordinal(born), date.fromordinal(on)
    return at.year - birth.year - ((at.month, at.day) < (birth.month, birth.day))
