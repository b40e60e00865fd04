"""The frame of CMS159, depression remission at twelve months, around what is read of a chart.

Index score: the first PHQ-9 or PHQ-9M above 9, on a day of a visit or in the seven days before it,
where a depressive diagnosis holds at the visit and the visit ends from 14 to 2 months before the
measurement period. Remission: the last score within 60 days of twelve months later is below 5.
Bipolar and psychotic disorders exclude.

Not judged here, because not read by the product: which kind of visit it was, hospice and palliative
care, emotionally labile personality, pervasive developmental disorder, the day of a death.
"""

from calendar import monthrange
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from tests.support.published import Case
from trd.chart import Diagnosis, PatientChart, ScaleScore, Visit
from trd.dates import Day

INSTRUMENTS = {"PHQ-9", "PHQ-A"}
DEPRESSIVE = {"mdd", "mdd-remission", "dysthymia"}
EXCLUDING = {"bipolar", "mania", "psychosis"}
ABOVE = 9
BELOW = 5
BEFORE_VISIT = 7
AROUND = 60
YOUNGEST = 12


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """Whether there is an index score, an exclusion we see, and a remission."""

    in_population: bool
    excluded: bool
    remission: bool


def judge(case: Case, chart: PatientChart) -> Found:
    """Return what the measure asks, as far as it rests on what the product reads."""
    index = _index(case, chart)
    if index is None or chart.patient.born is None:
        return Found(in_population=False, excluded=False, remission=False)
    year_later = _months_after(index.on, 12)
    last = year_later + AROUND
    after = [s for s in _scores(chart) if year_later - AROUND <= s.on <= last]
    return Found(
        in_population=_months_after(chart.patient.born, 12 * YOUNGEST) <= index.on,
        excluded=any(_excludes(row, last) for row in chart.diagnoses),
        remission=bool(after) and (after[-1].total or 0) < BELOW,
    )


def _months_after(on: Day, months: int) -> Day:
    """Return the same day of another month, the last one where that month is shorter."""
    at = date.fromordinal(on)
    year, month = divmod(at.year * 12 + at.month - 1 + months, 12)
    return date(year, month + 1, min(at.day, monthrange(year, month + 1)[1])).toordinal()


def _scores(chart: PatientChart) -> list[ScaleScore]:
    """Return final totals in the order of their moments."""
    found = [
        score
        for score in chart.scores
        if score.instrument in INSTRUMENTS and score.total is not None and not score.preliminary
    ]
    return sorted(found, key=lambda score: (score.on, score.at))


def _index(case: Case, chart: PatientChart) -> ScaleScore | None:
    visits = list(_depression_visits(case, chart))
    for score in _scores(chart):
        if (score.total or 0) > ABOVE and any(_is_at(score, visit) for visit in visits):
            return score
    return None


def _is_at(score: ScaleScore, visit: Visit) -> bool:
    assert visit.start is not None
    assert visit.end is not None
    return visit.start - BEFORE_VISIT <= score.on <= visit.end


def _depression_visits(case: Case, chart: PatientChart) -> Iterable[Visit]:
    first, past = _months_after(case.first, -14), _months_after(case.first, -2)
    for visit in chart.visits:
        if visit.start is None or visit.end is None or not first <= visit.end < past:
            continue
        if any(_holds_at(row, visit.start, visit.end) for row in chart.diagnoses):
            yield visit


def _holds_at(row: Diagnosis, start: Day, end: Day) -> bool:
    """Say whether a depressive diagnosis holds on some day of a visit."""
    is_depressive = bool(row.concepts() & DEPRESSIVE)
    begun = row.onset is not None and row.onset <= end
    return is_depressive and begun and (row.abated is None or row.abated >= start)


def _excludes(row: Diagnosis, last: Day) -> bool:
    began = row.onset if row.onset is not None else row.recorded
    is_depressive = bool(row.concepts() & DEPRESSIVE)
    return bool(row.concepts() & EXCLUDING) and not is_depressive and (began or 0) <= last
