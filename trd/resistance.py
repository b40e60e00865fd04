"""Does the count of adequate failures meet the definition of treatment resistance?

Counts confirmed and possible failures of the current episode, each drug, family and combined step
once, and says whether another disorder takes the patient out of the definition.

Rules: R7 (combined steps), R8 (families), R11. The numbers are in ``criteria.toml``.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

from trd.chart import Diagnosis, PatientChart, ReadStatus
from trd.dates import Day, years_between
from trd.episodes import Episode
from trd.findings import Finding, Verdict, met, not_met, unknown
from trd.knowledge.criteria import ResistanceCriteria
from trd.outcome import Outcome
from trd.trials import Trial


class Resistance(StrEnum):
    """The verdict on treatment resistance."""

    MET = "met"
    NOT_MET = "not-met"
    UNKNOWN = "unknown"
    EXCLUDED = "excluded"


@dataclass(frozen=True, slots=True, kw_only=True)
class ResistanceFinding:
    """The verdict with its counts, the classes of the confirmed failures, and the findings."""

    verdict: Resistance
    confirmed: int
    possible: int
    intolerance: int
    lifetime_confirmed: int
    classes: tuple[str, ...]
    because: str
    exclusion: Finding
    adult: Finding
    not_all_read: bool = False
    """Whether reads that were not complete could raise the count."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Counted:
    """One trial with what it adds to the counts."""

    trial: Trial
    counts: bool
    possible: bool
    note: str = ""


def count_trials(trials: Sequence[Trial], episode: Episode) -> list[Counted]:
    """Say what each trial adds, each family and each combined step once. Rules: R7, R8, R10."""
    counted = [_alone(trial, episode) for trial in trials]
    return _combined_once(_families_once(counted))


def _alone(trial: Trial, episode: Episode) -> Counted:
    """Say what one trial adds by itself; an episode nobody can date confirms nothing. Rule: R10."""
    if trial.best.period is None:
        could = trial.confirmed or trial.possible
        note = "the episode cannot be dated" if could else ""
        return Counted(trial=trial, counts=False, possible=could, note=note)
    if not (trial.in_current_episode and episode.is_current):
        return Counted(trial=trial, counts=False, possible=False)
    return Counted(trial=trial, counts=trial.confirmed, possible=trial.possible)


def _combined_once(counted: list[Counted]) -> list[Counted]:
    """Let only the first failing half of a combined step count. Rule: R7."""
    found = [
        replace(one, counts=False, possible=True, note=f"{helped}, taken together, is said to help")
        if one.counts and (helped := _contradicted(one, counted))
        else one
        for one in counted
    ]
    for at, one in enumerate(found):
        partners = set(one.trial.best.relations.combined)
        earlier = [
            other
            for other in found[:at]
            if _is_half(other, one, partners)
            and (other.counts or (other.possible and not one.counts))
        ]
        later = [
            place
            for place, other in enumerate(found[:at])
            if _is_half(other, one, partners) and other.possible and one.counts
        ]
        if earlier and (one.counts or one.possible):
            note = f"counted once together with {earlier[0].trial.ingredient}"
            found[at] = replace(one, counts=False, possible=False, note=note)
        for place in later:
            note = f"counted once together with {one.trial.ingredient}"
            found[place] = replace(found[place], possible=False, note=note)
    return found


def _is_half(other: Counted, one: Counted, partners: Collection[str]) -> bool:
    """Say whether another trial is the other half of the same combined step."""
    return (
        other.trial.ingredient in partners
        and one.trial.ingredient in other.trial.best.relations.combined
        and other.trial.best.period == one.trial.best.period
    )


def _contradicted(one: Counted, counted: Sequence[Counted]) -> str:
    """Return the other half of a combined step that is said to have helped, or "". Rule: R7."""
    partners = one.trial.best.relations.combined
    good = {Outcome.REMISSION, Outcome.RESPONSE}
    return next(
        (
            other.trial.ingredient
            for other in counted
            if _is_half(other, one, partners) and other.trial.best.outcome.outcome in good
        ),
        "",
    )


def _families_once(counted: list[Counted]) -> list[Counted]:
    """Let a second failing member of a family be possible, not confirmed. Rule: R8."""
    found: list[Counted] = []
    for one in counted:
        family = one.trial.best.drug.family
        first = next(
            (o for o in found if family and o.counts and o.trial.best.drug.family == family), None
        )
        if first is not None and one.counts:
            note = f"same active moiety as {first.trial.ingredient}: possible"
            one = replace(one, counts=False, possible=True, note=note)  # noqa: PLW2901 - the row as counted
        found.append(one)
    return found


def lifetime_confirmed(trials: Sequence[Trial]) -> int:
    """Return confirmed failures of all episodes, by the same rules within each. Rule: R10."""
    total = 0
    for period in {trial.best.period for trial in trials}:
        mine = [
            Counted(trial=t, counts=t.confirmed, possible=t.possible)
            for t in trials
            if t.best.period == period
        ]
        total += sum(one.counts for one in _combined_once(_families_once(mine)))
    return total


def judge_exclusion(chart: PatientChart) -> Finding:
    """Say whether another disorder takes the patient out of the definition. Rule: R11."""
    sure: list[Diagnosis] = []
    open_questions: list[Diagnosis] = []
    for diagnosis in chart.diagnoses:
        concepts = diagnosis.concepts()
        if not _excludes(diagnosis):
            continue
        doubtful = diagnosis.is_provisional() or diagnosis.by_text
        if "bipolar" not in concepts and diagnosis.is_over():
            doubtful = True
        if not concepts & _EXCLUDING and concepts & _ASKING:
            doubtful = True
        (open_questions if doubtful else sure).append(diagnosis)
    if sure:
        named = "; ".join(dict.fromkeys(d.label for d in sure))
        return met("exclusion", f"recorded: {named}", sorted(d.evidence for d in sure))
    if open_questions:
        named = "; ".join(dict.fromkeys(d.label for d in open_questions))
        refs = sorted(d.evidence for d in open_questions)
        return unknown("exclusion", f"to be clarified: {named}", refs)
    if not chart.is_complete("conditions"):
        return unknown("exclusion", "conditions were not read completely")
    return not_met("exclusion", "no bipolar, psychotic or organic disorder recorded")


_EXCLUDING = frozenset({"bipolar", "mania", "psychosis", "postpartum-psychosis", "organic-mood"})


def _excludes(diagnosis: Diagnosis) -> bool:
    """Say whether a diagnosis speaks against the definition; old psychotic episodes do not."""
    if diagnosis.concepts() & (_EXCLUDING | _ASKING):
        return True
    return _is_psychotic_depression(diagnosis) and not diagnosis.is_over()


_ASKING = frozenset({"hallucination"})
"""Symptoms that ask whether a psychotic disorder is there."""


def _is_psychotic_depression(diagnosis: Diagnosis) -> bool:
    return any(hit.psychotic and hit.concept == "mdd" for hit in diagnosis.hits)


def judge_adult(chart: PatientChart, as_of: Day, adult_years: int) -> Finding:
    """Say whether the patient is of the age the definition covers. Rule: R11."""
    if chart.patient.born is None:
        return unknown("adult", "the birth date is not known")
    age = years_between(chart.patient.born, as_of)
    text = f"{age} years old"
    return met("adult", text) if age >= adult_years else not_met("adult", text)


def judge_resistance(
    counted: Sequence[Counted],
    trials: Sequence[Trial],
    chart: PatientChart,
    episode: Episode,
    as_of: Day,
    criteria: ResistanceCriteria,
    *,
    undated: int = 0,
) -> ResistanceFinding:
    """Return verdict and counts; ``undated`` drugs without a date are possible. Rule: R11."""
    confirmed = sum(one.counts for one in counted)
    possible = sum(one.possible for one in counted) + undated
    exclusion = judge_exclusion(chart)
    adult = judge_adult(chart, as_of, criteria.adult_years)
    counts = f"{confirmed} confirmed, {possible} possible of {criteria.failures} needed"
    verdict, because = _verdict(
        confirmed, possible, exclusion, adult, chart, episode, trials, criteria
    )
    classes = dict.fromkeys(one.trial.best.drug.drug_class for one in counted if one.counts)
    intolerant = [
        t for t in trials if t.in_current_episode and t.best.outcome.outcome is Outcome.INTOLERANCE
    ]
    return ResistanceFinding(
        verdict=verdict,
        confirmed=confirmed,
        possible=possible,
        intolerance=len(intolerant),
        lifetime_confirmed=lifetime_confirmed(trials),
        classes=tuple(classes),
        because=f"{counts}; {because}" if because else counts,
        exclusion=exclusion,
        adult=adult,
        not_all_read=bool(_unread(chart, trials)),
    )


def _verdict(
    confirmed: int,
    possible: int,
    exclusion: Finding,
    adult: Finding,
    chart: PatientChart,
    episode: Episode,
    trials: Sequence[Trial],
    criteria: ResistanceCriteria,
) -> tuple[Resistance, str]:
    """Return the verdict and why it is not simply the count. Rule: R11."""
    if exclusion.verdict is Verdict.MET:
        return Resistance.EXCLUDED, exclusion.because
    if adult.verdict is Verdict.NOT_MET:
        return Resistance.UNKNOWN, f"{adult.because}: the definition is for adults"
    if exclusion.verdict is Verdict.UNKNOWN and exclusion.evidence:
        return Resistance.UNKNOWN, exclusion.because
    short = criteria.failures - confirmed - possible
    if short > 0:
        return _below(short, chart, episode, trials)
    if confirmed < criteria.failures:
        return Resistance.UNKNOWN, "the open questions could tip the count"
    for finding in (exclusion, adult):
        if finding.verdict is Verdict.UNKNOWN:
            return Resistance.UNKNOWN, finding.because
    return Resistance.MET, ""


def _below(
    short: int, chart: PatientChart, episode: Episode, trials: Sequence[Trial]
) -> tuple[Resistance, str]:
    """Return the verdict where the count is short by so many; not-met is a negative statement.

    Drug records nobody could recognise may each have been an antidepressant.
    """
    missing = _unread(chart, trials)
    if missing:
        return Resistance.UNKNOWN, f"not read completely: {missing}"
    if not episode.is_current:
        return Resistance.NOT_MET, episode.because
    unnamed = unnamed_drugs(chart)
    if unnamed >= short:
        return Resistance.UNKNOWN, f"{unnamed} drug records could not be recognised"
    return Resistance.NOT_MET, ""


def unread_drugs(chart: PatientChart) -> list[str]:
    """Return the needs that may hold drugs nobody has seen."""
    missing = [] if chart.is_complete("medications") else ["medications"]
    lost = {ReadStatus.PARTIAL, ReadStatus.FAILED}
    return missing + [n for n in ("statements", "dispenses") if chart.read_status(n) in lost]


def unnamed_drugs(chart: PatientChart) -> int:
    """Return how many drugs could not be recognised; each may have been an antidepressant."""
    return len({row.label or row.evidence for row in chart.not_recognised})


def _unread(chart: PatientChart, trials: Sequence[Trial]) -> str:
    """Return the incomplete reads that could raise a low count: it is a negative statement."""
    missing = unread_drugs(chart)
    open_outcomes = any(t.best.adequacy.verdict is not Verdict.NOT_MET for t in trials)
    if open_outcomes and not chart.is_complete("scores"):
        missing.append("scores")
    elsewhere = any((t.confirmed or t.possible) and not t.in_current_episode for t in trials)
    if elsewhere and not chart.is_complete("conditions"):
        # another diagnosis could make the episode longer
        missing.append("conditions")
    return ", ".join(missing)
