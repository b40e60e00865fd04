"""Which facts of an assessment do several cards speak of?

Looks things up in what the core concluded; judges nothing of its own but whether a day or a score
lies in a window of rule R17. Where partial dates leave a day open, a card speaks only if it would
under every reading of them.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from cds_hooks.cards_text import inert, many, milligrams
from trd.assess import Assessment
from trd.chart import PatientChart, ReadStatus, ScaleScore
from trd.dates import Day
from trd.doubtful_scores import total_of
from trd.episodes import confirmed_depressive
from trd.findings import Verdict
from trd.outcome import Outcome, fall_percent, find_baseline, usable
from trd.resistance import Counted

REVIEW_NEEDS: Final = (
    "medications",
    "conditions",
    "scores",
    "responses",
    "dispenses",
    "statements",
    "procedures",
    "devices",
    "encounters",
    "referrals",
)
"""What a review of the history looks at, in the order in which it is said."""

_WEEK: Final = 7
_TWO_WEEKS: Final = 14
_SYMPTOM_SCALES: Final = frozenset({"PHQ-9", "PHQ-A"})
_TMS: Final = "tms"
_UNSURE: Final = frozenset({ReadStatus.FAILED, ReadStatus.PARTIAL})


@dataclass(frozen=True, slots=True, kw_only=True)
class Trend:
    """Baseline and last score of one trial; None where the record has none."""

    baseline: ScaleScore | None
    last: ScaleScore | None

    @property
    def fall(self) -> float | None:
        """Return the fall in percent, None without a pair."""
        if self.baseline is None or self.last is None or not total_of(self.baseline):
            return None
        return fall_percent(total_of(self.baseline), total_of(self.last))


def trial_facts(row: Counted) -> list[object]:
    """Return what is known of a trial but for how many days it has run so far."""
    best = row.trial.best
    return [
        row.trial.ingredient,
        best.course.start,
        best.adequacy.highest_mg,
        best.adequacy.dose.verdict.value,
        best.adequacy.duration.verdict.value,
        best.outcome.outcome.value,
        [row.counts, row.possible],
        list(row.trial.evidence),
    ]


def history_facts(assessment: Assessment) -> list[object]:
    """Return what a card about the whole history rests on."""
    return [
        assessment.resistance.verdict.value,
        assessment.candidacy.verdict.value,
        sorted(str(trial_facts(row)) for row in assessment.trials),
        sorted(row.drug.name for row in assessment.undated),
    ]


def score_facts(score: ScaleScore | None) -> list[object]:
    """Return what is known of a score."""
    return [] if score is None else [score.instrument, score.on, score.total, list(score.evidence)]


def readings_of(assessment: Assessment) -> Sequence[Assessment]:
    """Return every reading of partial dates, or the assessment itself where there is only one."""
    return assessment.readings or (assessment,)


def last_symptom_score(chart: PatientChart, as_of: Day) -> ScaleScore | None:
    """Return the newest final PHQ-9 or PHQ-A total up to as-of, or None."""
    found = [
        s
        for s in chart.scores
        if s.instrument in _SYMPTOM_SCALES
        and s.total is not None
        and not s.preliminary
        and s.on <= as_of
    ]
    return max(found, key=lambda s: (s.on, s.at), default=None)


def scores_are_read(chart: PatientChart) -> bool:
    """Say whether a score that is not in the chart was not recorded, as far as was asked."""
    return chart.is_complete("scores") and chart.read_status("responses") not in _UNSURE


def weak_response(assessment: Assessment) -> str:
    """Write what counts as inadequate response, with the number of the rules."""
    fall = assessment.knowledge.criteria.outcome.response_fall_percent
    return f"inadequate response (< {fall} %)"


def current(assessment: Assessment) -> list[Counted]:
    """Return the trials of the current episode."""
    return [row for row in assessment.trials if row.trial.in_current_episode]


def is_running(row: Counted) -> bool:
    """Say whether a trial still runs and has not helped: running, or inefficacy to be confirmed."""
    best = row.trial.best
    helped = best.outcome.outcome in {Outcome.REMISSION, Outcome.RESPONSE}
    return best.course.ongoing and not helped


def trend_of(row: Counted, assessment: Assessment) -> Trend:
    """Return the scores before and under a trial, of the first instrument that has any."""
    criteria = assessment.knowledge.criteria.outcome
    start = row.trial.best.course.start
    for name in sorted(assessment.knowledge.scales.outcome_instruments):
        scores = usable(assessment.chart.scores, name, assessment.as_of)
        baseline = find_baseline(scores, start, criteria)
        later = [s for s in scores if s.on > start and s is not baseline]
        if baseline is not None or later:
            return Trend(baseline=baseline, last=later[-1] if later else None)
    return Trend(baseline=None, last=None)


def is_depressive_chart(assessment: Assessment) -> bool:
    """Say whether a depressive diagnosis is recorded and an episode stands."""
    return assessment.episode.is_current and bool(confirmed_depressive(assessment.chart))


def knows_tms(assessment: Assessment) -> bool:
    """Say whether TMS was given, ordered, referred for or declined. Rule: R17.

    An order that was revoked was spoken of, too; the reader leaves out what was written in error.
    """
    referred = any(row.kind == _TMS for row in assessment.chart.referrals)
    return referred or any(row.kind == _TMS for row in assessment.other_treatments)


def takes_antidepressants(assessment: Assessment) -> bool:
    """Say whether any antidepressant is charted, counted or not."""
    return bool(assessment.trials or assessment.undated or assessment.set_aside)


def length(days: int) -> str:
    """Write a span of days as people say it: days up to two weeks, then whole weeks."""
    return many(days, "day") if days < _TWO_WEEKS else many(days // _WEEK, "week")


def dose_words(row: Counted) -> str:
    """Write the highest documented dose of a trial, with its unit."""
    highest = row.trial.best.adequacy.highest_mg
    return "dose not recorded" if highest is None else f"{milligrams(highest)}/day"


def trial_words(row: Counted) -> str:
    """Write one trial: drug, highest dose, time at the minimum, and what came of it."""
    best = row.trial.best
    adequacy = best.adequacy
    minimum = adequacy.minimum_mg
    of = f" ({milligrams(minimum)}/day)" if minimum is not None else ""
    return (
        f"**{row.trial.ingredient}** to {dose_words(row)}, {length(adequacy.days)} at or above"
        f" the minimum{of}: {inert(best.outcome.because)}"
    )


def open_words(row: Counted) -> str:
    """Write what is not known of a trial."""
    best = row.trial.best
    said = [
        finding.because
        for finding in (best.adequacy.dose, best.adequacy.duration)
        if finding.verdict is Verdict.UNKNOWN
    ]
    if best.outcome.outcome in {Outcome.UNKNOWN, Outcome.RUNNING}:
        said.append(best.outcome.because)
    said += [doubt for doubt in best.doubts if doubt]
    said += [row.note] if row.note else []
    return f"**{row.trial.ingredient}**: {inert('; '.join(dict.fromkeys(said)))}"
