"""Which antidepressant trials were there, and what came of each?

One trial is one ingredient in one episode: its courses joined, the best one judged. Brand, salt,
strength and form merge by ingredient. A response in any course cancels the failure.

Rules: R3, R7, R8, R9, R10. Adequacy, outcome and overlap are judged in their own modules.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

from trd.adequacy import Adequacy, union_days
from trd.chart import Diagnosis, Indication, PatientChart, StopReason
from trd.dates import Day, iso
from trd.episodes import Episode, is_depressive
from trd.exposures import Course, Segment, start_of
from trd.findings import Verdict
from trd.knowledge import Antidepressant, Knowledge
from trd.outcome import GOOD, Outcome, OutcomeFinding, OutcomeInput, judge_outcome
from trd.overlap import JudgedCourse, Relations

RANK = {Verdict.MET: 2, Verdict.UNKNOWN: 1, Verdict.NOT_MET: 0}


@dataclass(frozen=True, slots=True, kw_only=True)
class JudgedTrial:
    """One course with everything judged of it.

    ``doubts`` say why a failure would be possible but not confirmed; ``excluded`` why it can not
    count at all ("" if it can); ``period`` is the number of the episode it belongs to, the current
    one ``CURRENT``, None where the episode cannot be told.
    """

    course: Course
    drug: Antidepressant
    adequacy: Adequacy
    outcome: OutcomeFinding
    relations: Relations
    doubts: tuple[str, ...]
    excluded: str
    period: int | None

    def failed(self) -> bool:
        """Say whether it is an adequate failure, confirmed or not."""
        return (
            self.adequacy.verdict is Verdict.MET
            and self.outcome.outcome is Outcome.INEFFICACY
            and not self.excluded
        )

    def could_fail(self) -> bool:
        """Say whether its unknowns could make it an adequate failure. Rule: R6/R7, "Possible"."""
        if self.excluded or self.adequacy.verdict is Verdict.NOT_MET:
            return False
        outcome = self.outcome.outcome
        if outcome is Outcome.RUNNING:
            return self.outcome.might_count
        return outcome in {Outcome.INEFFICACY, Outcome.UNKNOWN}


@dataclass(frozen=True, slots=True, kw_only=True)
class Trial:
    """One antidepressant in one episode: the best course, and all courses behind it.

    ``confirmed`` and ``possible`` are what it adds before families and combinations are looked at.
    """

    best: JudgedTrial
    courses: tuple[JudgedTrial, ...]
    in_current_episode: bool
    confirmed: bool
    possible: bool
    because: str
    evidence: tuple[str, ...]

    @property
    def ingredient(self) -> str:
        """Return the ingredient's name."""
        return self.best.drug.name


CURRENT = -1


def judge_trial(
    one: JudgedCourse,
    relations: Relations,
    chart: PatientChart,
    episode: Episode,
    as_of: Day,
    knowledge: Knowledge,
) -> JudgedTrial:
    """Judge outcome, doubts and episode of one course. Rules: R3, R6, R9, R10."""
    refusal, adherence_doubt = judge_adherence(one.course, chart.diagnoses, knowledge)
    limits = knowledge.criteria.outcome
    facts = _facts(one, relations, chart, refusal, as_of, limits.end_score_from_days)
    if _is_told_too_short(one, knowledge.criteria.trial.adequate_days):
        unheard = f"speak of fewer days than the {one.adequacy.most_days} documented"
        reasons = facts.reasons - {StopReason.NO_EFFECT}
        facts = replace(facts, reasons=reasons, unheard=unheard)
    outcome = judge_outcome(chart.scores, facts, knowledge.scales.outcome_instruments, limits)
    return JudgedTrial(
        course=one.course,
        drug=one.drug,
        adequacy=one.adequacy,
        outcome=outcome,
        relations=relations,
        doubts=tuple(d for d in (*_doubts(one, chart), adherence_doubt) if d),
        excluded=_excluded(relations),
        period=period_of(one.course, one.adequacy, episode, as_of),
    )


def _facts(
    one: JudgedCourse,
    relations: Relations,
    chart: PatientChart,
    refusal: str,
    as_of: Day,
    days: int,
) -> OutcomeInput:
    """Gather what the outcome of one course is judged from; a score counts after ``days``."""
    course = one.course
    return OutcomeInput(
        start=course.start,
        as_of=as_of,
        ongoing=course.ongoing,
        adequacy=one.adequacy.verdict,
        days=one.adequacy.days,
        most_days=one.adequacy.most_days,
        end_score_from=day_at_minimum(one.adequacy.at_minimum, days),
        perhaps_from=day_at_minimum(one.adequacy.perhaps, days),
        until=relations.until,
        perhaps_until=relations.perhaps_until,
        under=relations.under,
        perhaps_under=relations.perhaps_under,
        not_before=relations.not_before,
        reasons=_stop_reasons(course),
        said=_said(course),
        reason_evidence=course.evidence(),
        switched=relations.switched,
        non_adherent=refusal,
        unread=chart.unread_totals,
    )


def _said(course: Course) -> str:
    """Return the words of the reasons of the records once each, by day, then by text."""
    told = sorted((start_of(r) or 0, r.stop_text) for r in course.records if r.stop_text)
    return "; ".join(dict.fromkeys(text for _, text in told))


def _excluded(relations: Relations) -> str:
    return f"added to {relations.augments} while it ran: augmentation" if relations.augments else ""


def _stop_reasons(course: Course) -> frozenset[StopReason]:
    """Return the reasons of the records; a renewal without one does not take them away."""
    return frozenset(reason for record in course.records for reason in record.stop_reasons)


def _is_told_too_short(one: JudgedCourse, adequate_days: int) -> bool:
    """Say whether a reason tells of no effect in too few days, the record of more. Rule: R6."""
    told = [r.stopped_after for r in one.course.records if r.stopped_after is not None]
    return any(days < min(adequate_days, one.adequacy.most_days) for days in told)


def day_at_minimum(segments: Sequence[Segment], days: int) -> Day | None:
    """Return the day on which so many days at the minimum are reached, or None. Rule: R5."""
    left = days
    reach: Day | None = None
    for segment in segments:
        begin = segment.start if reach is None else max(segment.start, reach)
        length = segment.stop - begin
        if length >= left:
            return begin + left
        left -= max(length, 0)
        reach = segment.stop if reach is None else max(reach, segment.stop)
    return None


def judge_adherence(
    course: Course, diagnoses: Iterable[Diagnosis], knowledge: Knowledge
) -> tuple[str, str]:
    """Return (why the drug was not taken as ordered or "", why that is in doubt or ""). Rule: R3.

    Where the patient ended it, a reason that also names no effect or a side effect says why; one
    never taken, or not as ordered, is non-adherence whatever else is named. A non-adherence code
    makes only the trial that covers its date doubtful.
    """
    limits = knowledge.criteria.adherence
    reasons = _stop_reasons(course)
    left_it = StopReason.STOPPED_TAKING in reasons and not reasons & _SPECIFIC
    if StopReason.NOT_TAKEN in reasons or left_it:
        said = "; ".join(dict.fromkeys(r.stop_text for r in course.records if r.stop_text))
        return f"charted reason: “{said}”", ""
    doubts = [
        f"non-adherence recorded on {iso(on)}"
        for diagnosis in diagnoses
        if "nonadherence" in diagnosis.concepts()
        and (on := diagnosis.onset if diagnosis.onset is not None else diagnosis.recorded)
        is not None
        and course.start <= on <= course.last
    ]
    if course.supplied_days is not None and course.ordered_days is not None:
        share = min(course.supplied_days * 100 / course.ordered_days, 100.0)
        shown = f"supply covers {share:.0f} % of {course.ordered_days} days"
        if share < limits.non_adherence_below_percent:
            return shown, ""
        if share < limits.adherent_from_percent:
            doubts.append(shown)
    return "", "; ".join(doubts)


_SPECIFIC = frozenset({StopReason.NO_EFFECT, StopReason.SIDE_EFFECT})


def _doubts(one: JudgedCourse, chart: PatientChart) -> list[str]:
    """Return why a failure would not be confirmed. Rules: R2, R9, "Possible"."""
    course, found = one.course, []
    if course.reported_only:
        found.append("known only from a report or statement")
    if course.stale or not course.end_known:
        found.append("its end is not known")
    if any(record.indication_conflict for record in course.records):
        found.append("whether it was given for depression is not clear from its stated reasons")
    depressive = [d for d in chart.diagnoses if is_depressive(d) and not d.is_provisional()]
    if not depressive:
        found.append("no depressive diagnosis in what was read")
    elif one.drug.dose_cannot_tell and not _for_depression(course, depressive):
        found.append("given without a depressive reason or diagnosis at the time")
    return found


def _for_depression(course: Course, depressive: Sequence[Diagnosis]) -> bool:
    """Say whether a drug used for pain too was given for depression. Rule: R9."""
    if any(Indication.DEPRESSION in record.indications for record in course.records):
        return True
    return any(_stood_during(diagnosis, course) for diagnosis in depressive)


def _stood_during(diagnosis: Diagnosis, course: Course) -> bool:
    days = (diagnosis.onset, diagnosis.recorded, diagnosis.encounter_on)
    known = [day for day in days if day is not None]
    begun = not known or min(known) <= course.last
    return begun and not (diagnosis.abated is not None and diagnosis.abated < course.start)


def period_of(course: Course, adequacy: Adequacy, episode: Episode, as_of: Day) -> int | None:
    """Return the episode in which most of a course's adequate days lie. Rule: R10.

    Days at the minimum decide, without any the covered days. Earlier episodes are numbered from 0.
    None where the episode has no start, or possible days of treatment would put it elsewhere.
    """
    if episode.is_current and episode.start is None:
        return None
    found = _period(course, adequacy, episode, as_of)
    if episode.perhaps_start is not None and found != CURRENT:
        longer = replace(episode, start=episode.perhaps_start)
        return None if _period(course, adequacy, longer, as_of) == CURRENT else found
    return found


def _period(course: Course, adequacy: Adequacy, episode: Episode, as_of: Day) -> int:
    edges = [end + 1 for end in episode.ends]
    if episode.start is not None:
        edges = [edge for edge in edges if edge < episode.start] + [episode.start]
    bounds = [0, *sorted(set(edges)), as_of + 1]
    segments = adequacy.at_minimum or course.segments
    spans = [(s.start, max(s.stop, s.start + 1)) for s in segments]
    shares = [
        union_days(
            (max(start, first), min(stop, past))
            for start, stop in spans
            if start < past and stop > first
        )
        for first, past in pairwise(bounds)
    ]
    best = max(range(len(shares)), key=lambda at: (shares[at], at))
    is_last = best == len(shares) - 1
    return CURRENT if is_last and episode.is_current else best


def join_trials(judged: Sequence[JudgedTrial]) -> list[Trial]:
    """Join the courses of one drug and episode into trials; order by start, then name. Rule: R8."""
    groups: dict[tuple[str, int | None], list[JudgedTrial]] = {}
    for one in judged:
        groups.setdefault((one.drug.name, one.period), []).append(one)
    trials = [_trial(group) for group in groups.values()]
    return sorted(trials, key=lambda t: (t.best.course.start, t.ingredient, t.best.course.last))


def _trial(group: Sequence[JudgedTrial]) -> Trial:
    best = max(group, key=_preference)
    cancelled = best.outcome.outcome not in GOOD and any(
        one.outcome.outcome in GOOD for one in group
    )
    if cancelled:
        best = replace(best, outcome=_good_outcome(group))
    failed = best.failed() and not cancelled
    could = not cancelled and any(one.could_fail() for one in group)
    notes = [best.adequacy.dose.because, best.adequacy.duration.because, best.outcome.because]
    notes += [f"at most possible: {doubt}" for doubt in best.doubts if could]
    notes += [best.excluded] if best.excluded else []
    notes += ["a response in another exposure cancels the failure"] if cancelled else []
    notes += _noted(best)
    return Trial(
        best=best,
        courses=tuple(group),
        in_current_episode=best.period == CURRENT,
        confirmed=failed and not best.doubts,
        possible=could and not (failed and not best.doubts),
        because="; ".join(note for note in notes if note),
        evidence=_evidence(group),
    )


def _good_outcome(group: Sequence[JudgedTrial]) -> OutcomeFinding:
    """Return the response or remission that cancels a failure."""
    return next(one.outcome for one in group if one.outcome.outcome in GOOD)


def _preference(one: JudgedTrial) -> tuple[int, bool, bool, int, Day]:
    """Rank the courses of one drug: the best exposure represents it. Rule: R8."""
    return (
        RANK[one.adequacy.verdict],
        one.failed() and not one.doubts,
        one.could_fail(),
        one.adequacy.days,
        one.course.start,
    )


def _noted(best: JudgedTrial) -> list[str]:
    """Return what a reader must know beside the judgement."""
    notes = []
    records = best.course.records
    if any(record.drug.matched_by.value == "text" for record in records):
        notes.append("drug matched by text")
    if best.relations.combined:
        notes.append(f"one combined step with {' and '.join(best.relations.combined)}")
    if best.course.end_inferred:
        notes.append("end inferred from the next antidepressant")
    if best.outcome.lost_response:
        notes.append("lost response")
    if records and not any(record.indications for record in records):
        notes.append("indication not recorded")
    if records and best.course.supplied_days is None:
        notes.append("supply not confirmed")
    return notes


def _evidence(group: Sequence[JudgedTrial]) -> tuple[str, ...]:
    found = {ref for one in group for ref in one.course.evidence()}
    found |= {ref for one in group for ref in one.outcome.evidence}
    return tuple(sorted(found))
