"""On which days was each drug taken, as far as the record tells?

The rows of a picture: each trial as the report orders it, then what was added, then other
treatments. The days are those of the judged exposures, their dose is judged by ``trd.adequacy``;
nothing is judged here. What partial dates leave open is at most possible.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any

from trd.adequacy import reaches
from trd.assess import Assessment
from trd.augmentation import Augmentation, AugmenterCourse, find_augmenters
from trd.chart import PatientChart
from trd.crisis import CrisisLevel
from trd.dates import Day, span_of
from trd.exposures import Course, Segment
from trd.findings import Verdict
from trd.knowledge import Antidepressant
from trd.other_treatments import Given, OtherTreatment, day_of
from trd.outcome import usable
from trd.readings import same
from trd.resistance import Counted


class Mark(StrEnum):
    """What is drawn for a stretch, the weakest claim first."""

    POSSIBLE = "possible"
    DOSE_OPEN = "dose-open"
    BELOW = "below"
    AT_MINIMUM = "at-minimum"
    ADDED = "added"
    SESSION = "session"


class Close(StrEnum):
    """What is drawn after a course whose end is not simply written."""

    RUNNING = "running"
    UNKNOWN = "unknown"
    INFERRED = "inferred"


@dataclass(frozen=True, slots=True, order=True)
class Stretch:
    """Days from the first to the last, both covered, of one mark."""

    first: Day
    last: Day
    mark: Mark


@dataclass(frozen=True, slots=True, kw_only=True)
class TimelineRow:
    """One drug: its stretches, the last days of courses that have no plain end, a closing word.

    ``undrawn`` says why there is no bar, "" where there is one; ``is_single_days``: the days stand
    for themselves, nothing lies between them.
    """

    name: str
    stretches: tuple[Stretch, ...]
    closes: tuple[tuple[Day, Close], ...] = ()
    said: str = ""
    undrawn: str = ""
    in_current_episode: bool = True
    counts: bool = False
    is_single_days: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Timeline:
    """All rows; the PHQ-9 totals and the urgent safety signals by day; the start of the episode.

    ``episode`` is None where its day cannot be told; ``is_assumed``: no onset of it is recorded.
    """

    rows: tuple[TimelineRow, ...]
    scores: tuple[tuple[Day, int], ...]
    signals: tuple[Day, ...]
    episode: Day | None
    is_assumed: bool
    as_of: Day


def timeline(assessment: Assessment, told: Mapping[str, Any]) -> Timeline:
    """Return the picture of an assessment; ``told`` is its report."""
    start = _full_day(told["episode"].get("start"))
    trials = [
        _trial_row(counted, assessment, row)
        for counted, row in zip(assessment.trials, told["trials"], strict=False)
    ]
    undated = [
        TimelineRow(
            name=row["ingredient"], stretches=(), said=row["outcome"], undrawn="no date is recorded"
        )
        for row in told["trials"][len(trials) :]
    ]
    names = {row.name for row in trials}
    beside = [*_added_rows(assessment, names), *_other_rows(assessment)]
    return Timeline(
        rows=(*trials, *undated, *(_placed(row, start) for row in beside)),
        scores=_scores(assessment),
        signals=_urgent_days(assessment),
        episode=start,
        is_assumed=told["episode"]["assumed"],
        as_of=assessment.as_of,
    )


def _full_day(text: str | None) -> Day | None:
    span = span_of(text) if text else None
    return span[0] if span is not None and span[0] == span[1] else None


def _urgent_days(assessment: Assessment) -> tuple[Day, ...]:
    """Return the days of critical signals and warnings that every reading shares."""
    found = [
        {
            signal.on
            for signal in one.crisis.signals
            if signal.on is not None and signal.level in {CrisisLevel.CRITICAL, CrisisLevel.WARNING}
        }
        for one in assessment.readings or (assessment,)
    ]
    return tuple(sorted(set.intersection(*found)))


def _placed(row: TimelineRow, episode: Day | None) -> TimelineRow:
    """Say that a row lies in the current episode if it does not end before it."""
    if not row.stretches or episode is None:
        return row
    last = max(stretch.last for stretch in row.stretches)
    return replace(row, in_current_episode=last >= episode)


def _charts(assessment: Assessment) -> list[PatientChart]:
    """Return the chart, under every reading where it has partial dates."""
    return [one.chart for one in assessment.readings] or [assessment.chart]


def _agreed(found: Sequence[Sequence[Stretch]]) -> tuple[Stretch, ...]:
    """Return the stretches all readings share; where they differ, all of them as possible."""
    if all(one == found[0] for one in found):
        return tuple(found[0])
    return tuple(sorted({replace(s, mark=Mark.POSSIBLE) for one in found for s in one}))


def _trial_row(counted: Counted, assessment: Assessment, told: Mapping[str, Any]) -> TimelineRow:
    """Return the row of one trial. A row that some reading does not have is possible only."""
    held = [
        [row for row in reading.trials if same(counted, row)] for reading in assessment.readings
    ] or [[counted]]
    found = [sorted(s for row in rows for s in _trial_stretches(row)) for rows in held]
    closes = [{close for row in rows for close in _closes(row)} for rows in held]
    return TimelineRow(
        name=told["ingredient"],
        stretches=_agreed(found),
        closes=tuple(sorted(set.intersection(*closes))),
        said=told["outcome"],
        in_current_episode=told["inCurrentEpisode"],
        counts=told["counts"],
    )


def _trial_stretches(counted: Counted) -> list[Stretch]:
    return [
        Stretch(segment.start, segment.last, _dose_mark(segment, one.drug))
        for one in counted.trial.courses
        for segment in one.course.segments
    ]


def _dose_mark(segment: Segment, drug: Antidepressant) -> Mark:
    if not segment.certain:
        return Mark.POSSIBLE
    return {
        Verdict.MET: Mark.AT_MINIMUM,
        Verdict.NOT_MET: Mark.BELOW,
        Verdict.UNKNOWN: Mark.DOSE_OPEN,
    }[reaches(segment, drug)]


def _closes(counted: Counted) -> list[tuple[Day, Close]]:
    return [
        (max(s.last for s in one.course.segments), close)
        for one in counted.trial.courses
        if (close := _close(one.course)) is not None
    ]


def _close(course: Course) -> Close | None:
    if course.ongoing:
        return Close.RUNNING
    if not course.end_known:
        return Close.UNKNOWN
    return Close.INFERRED if course.end_inferred else None


def _added_rows(assessment: Assessment, names: set[str]) -> list[TimelineRow]:
    """Return one row for each added drug; a second antidepressant has its row as a trial."""
    by_drug: dict[str, list[Augmentation]] = {}
    for row in assessment.augmentation:
        if row.ingredient not in names:
            by_drug.setdefault(row.ingredient, []).append(row)
    as_of, knowledge = assessment.as_of, assessment.knowledge
    courses = [find_augmenters(chart, as_of, knowledge) for chart in _charts(assessment)]
    return [_added_row(name, rows, courses) for name, rows in by_drug.items()]


def _added_row(
    name: str, rows: Sequence[Augmentation], courses: Sequence[Sequence[AugmenterCourse]]
) -> TimelineRow:
    refs = {row.evidence for row in rows}
    held = [
        [one for one in found if one.augmenter.name == name and one.course.evidence() in refs]
        for found in courses
    ]
    found = [sorted(s for one in mine for s in _added_stretches(one)) for mine in held]
    closes = [
        {
            (max(s.last for s in one.perhaps), close)
            for one in mine
            if (close := _close(one.course)) is not None
        }
        for mine in held
    ]
    stretches = _agreed(found)
    return TimelineRow(
        name=name,
        stretches=stretches,
        closes=tuple(sorted(set.intersection(*closes))),
        said="added",
        undrawn="" if stretches else "see augmentation below",
    )


def _added_stretches(one: AugmenterCourse) -> list[Stretch]:
    """Return the days at the dose of the table, or perhaps at it."""
    return [
        Stretch(s.start, s.last, Mark.ADDED if s.certain else Mark.POSSIBLE) for s in one.perhaps
    ]


def _other_rows(assessment: Assessment) -> list[TimelineRow]:
    """Return one row for each kind of other treatment: the days on which it is recorded."""
    by_kind: dict[str, list[OtherTreatment]] = {}
    for row in assessment.other_treatments:
        by_kind.setdefault(row.kind, []).append(row)
    found = []
    for kind, rows in by_kind.items():
        days = [_days_of(rows, chart, assessment.as_of) for chart in _charts(assessment)]
        stretches = _agreed([[Stretch(day, day, Mark.SESSION) for day in one] for one in days])
        outcomes = {row.outcome.value for row in rows}
        found.append(
            TimelineRow(
                name=kind,
                stretches=stretches,
                said=outcomes.pop() if len(outcomes) == 1 else "see below",
                undrawn="" if stretches else "no date is recorded",
                is_single_days=True,
            )
        )
    return found


def _days_of(rows: Sequence[OtherTreatment], chart: PatientChart, as_of: Day) -> list[Day]:
    refs = {ref for row in rows for ref in row.evidence}
    given: tuple[Given, ...] = (*chart.procedures, *chart.medications, *chart.dispenses)
    days = {day_of(one) for one in given if one.evidence in refs}
    return sorted(day for day in days if day is not None and day <= as_of)


def _scores(assessment: Assessment) -> tuple[tuple[Day, int], ...]:
    """Return the PHQ-9 totals that every reading has on the same day."""
    found = [
        {
            (score.on, score.total)
            for score in usable(chart.scores, "PHQ-9", assessment.as_of)
            if score.total is not None
        }
        for chart in _charts(assessment)
    ]
    return tuple(sorted(set.intersection(*found)))
