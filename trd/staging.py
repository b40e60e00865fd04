"""How far along the published staging scales is the episode?

Thase-Rush (I to V) and the Maudsley staging method (3 to 15), item by item with its evidence. An
item that cannot be told is a range, and so is the total; nothing is rounded to one number. What
was not read completely leaves the items open that rest on it. The scales are shown as soon as one
drug counts or may count, whatever the verdict is.

Rule: R14. The numbers are in ``criteria.toml``, table ``staging``.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from trd.augmentation import Augmentation
from trd.chart import ConceptHit, MedicationRecord, PatientChart
from trd.dates import Day
from trd.episodes import Episode, confirmed_depressive
from trd.findings import Verdict, all_of
from trd.knowledge import Antidepressant, Knowledge
from trd.knowledge.concepts import MAJOR
from trd.knowledge.criteria import OtherTreatmentCriteria, StagingCriteria
from trd.other_treatments import OtherTreatment
from trd.outcome import Outcome
from trd.resistance import Counted, unnamed_drugs, unread_drugs

_DAYS_A_MONTH = 30.5
"""So that twelve months are never over before the day they began on, leap year or not."""
_ANY_SEVERITY = (1, 5)
_SEVERITY = {
    "minimal": (1, 2),
    "mild": (2, 2),
    "moderate": (3, 3),
    "moderately severe": (3, 4),
    "severe": (4, 4),
    "severe, psychosis not stated": (4, 5),
}
_SUBSYNDROMAL = (1, 1)
_PSYCHOTIC = (5, 5)


@dataclass(frozen=True, slots=True, kw_only=True)
class StagingItem:
    """One item of a scale: its points as a range, why, and the resources it rests on."""

    item: str
    low: int
    high: int
    because: str
    evidence: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Staging:
    """One scale with its range and items."""

    scale: str
    low: int
    high: int
    items: tuple[StagingItem, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Failures:
    """Which drugs failed in this episode (``sure``), and which may have (``perhaps``, with those).

    ``unnamed`` drugs could not be recognised; ``unread`` names the needs that may hold more.
    """

    sure: tuple[Antidepressant, ...]
    perhaps: tuple[Antidepressant, ...]
    unnamed: int
    unread: str
    evidence: tuple[str, ...]

    def most(self) -> int:
        """Return how many drugs may have failed of those that were read."""
        return len(self.perhaps) + self.unnamed


def failures_of(
    counted: Sequence[Counted],
    undated: Iterable[tuple[Antidepressant, Sequence[MedicationRecord]]],
    chart: PatientChart,
) -> Failures | None:
    """Return the drugs that failed or may have, None where there is none to stage by.

    ``undated`` are drugs that ended, without any date. Rules: R11, R14.
    """
    mine = [one for one in counted if one.counts or one.possible]
    loose = list(undated)
    if not mine and not loose:
        return None
    others = [one for one in counted if not (one.counts or one.possible)]
    open_ones = [one for one in others if _is_open(one, chart)]
    refs = {ref for one in (*mine, *open_ones) for ref in one.trial.evidence}
    refs |= {record.evidence for _, records in loose for record in records}
    perhaps = [one.trial.best.drug for one in (*mine, *open_ones)]
    return Failures(
        sure=tuple(one.trial.best.drug for one in mine if one.counts),
        perhaps=(*perhaps, *(drug for drug, _ in loose)),
        unnamed=unnamed_drugs(chart),
        unread=", ".join(unread_drugs(chart)),
        evidence=tuple(sorted(refs | {row.evidence for row in chart.not_recognised})),
    )


def _is_open(one: Counted, chart: PatientChart) -> bool:
    """Say whether scores or diagnoses nobody read could make a trial count."""
    best = one.trial.best
    if not one.trial.in_current_episode:
        could = one.trial.confirmed or one.trial.possible
        return could and not chart.is_complete("conditions")
    is_running = best.outcome.outcome is Outcome.RUNNING
    is_short = best.adequacy.verdict is Verdict.NOT_MET
    return is_running and not is_short and not chart.is_complete("scores")


def judge_staging(
    failures: Failures | None,
    episode: Episode,
    augmentation: Sequence[Augmentation],
    others: Sequence[OtherTreatment],
    chart: PatientChart,
    as_of: Day,
    knowledge: Knowledge,
) -> tuple[Staging, ...]:
    """Return Maudsley and Thase-Rush for the current episode, () without a trial. Rule: R14."""
    if failures is None or not episode.is_current:
        return ()
    criteria = knowledge.criteria
    maudsley = (
        _duration(episode, as_of, criteria.staging),
        _severity(chart, as_of),
        _failed_drugs(failures, criteria.staging),
        _augmented(augmentation, episode, failures),
        _ect(others, episode, chart),
    )
    stage = _thase_rush(failures, others, episode, chart, criteria.other_treatment)
    return (
        Staging(
            scale="maudsley",
            low=sum(item.low for item in maudsley),
            high=sum(item.high for item in maudsley),
            items=maudsley,
        ),
        Staging(scale="thase-rush", low=stage.low, high=stage.high, items=(stage,)),
    )


def _duration(episode: Episode, as_of: Day, criteria: StagingCriteria) -> StagingItem:
    name, refs = "duration", episode.evidence
    if episode.start is None:
        because = "the start is not known"
        return StagingItem(item=name, low=1, high=3, because=because, evidence=refs)
    months = (as_of - episode.start) / _DAYS_A_MONTH
    points = (
        1 + (months > criteria.duration_first_months) + (months > criteria.duration_second_months)
    )
    because = f"{months:.0f} months since the start of the episode"
    if not episode.assumed:
        return StagingItem(item=name, low=points, high=points, because=because, evidence=refs)
    # the chain of evidence shows when it was there at the latest, not when it began
    because = f"{because}, assumed"
    return StagingItem(item=name, low=points, high=3, because=because, evidence=refs)


def _severity(chart: PatientChart, as_of: Day) -> StagingItem:
    """Return severity from the codes of major depression; what they leave open is a range."""
    told = [
        (diagnosis.evidence, hit, points)
        for diagnosis in confirmed_depressive(chart)
        if not diagnosis.is_over()
        and not any(
            day is not None and day > as_of for day in (diagnosis.onset, diagnosis.recorded)
        )
        for hit in diagnosis.hits
        if hit.concept in MAJOR and (points := _severity_points(hit)) is not None
    ]
    refs = tuple(sorted({ref for ref, _, _ in told}))
    named = ", ".join(sorted({hit.label for _, hit, _ in told}))
    because = f"coded: {named}" if told else "severity is not coded"
    low = min((points[0] for _, _, points in told), default=_ANY_SEVERITY[0])
    high = max((points[1] for _, _, points in told), default=_ANY_SEVERITY[1])
    if not chart.is_complete("conditions"):
        low, high = _ANY_SEVERITY
        because = f"{because}; conditions were not read completely"
    return StagingItem(item="severity", low=low, high=high, because=because, evidence=refs)


def _severity_points(hit: ConceptHit) -> tuple[int, int] | None:
    """Return the points a code allows, None where it says nothing of severity."""
    if hit.psychotic:
        return _PSYCHOTIC
    return _SUBSYNDROMAL if hit.subtype == "partial-remission" else _SEVERITY.get(hit.severity)


def _points(failures: int, criteria: StagingCriteria) -> int:
    limits = (
        criteria.failures_first,
        criteria.failures_second,
        criteria.failures_third,
        criteria.failures_fourth,
    )
    return 1 + sum(failures > limit for limit in limits)


_MOST_POINTS = 5


def _failed_drugs(failures: Failures, criteria: StagingCriteria) -> StagingItem:
    confirmed, most = len(failures.sure), failures.most()
    because = f"{confirmed} confirmed failures"
    if most > confirmed:
        because = f"{because}, up to {most} with possible ones"
    if failures.unread:
        because = f"{because}; not read completely: {failures.unread}"
    return StagingItem(
        item="failed drugs",
        low=_points(confirmed, criteria),
        high=_MOST_POINTS if failures.unread else _points(most, criteria),
        because=because,
        evidence=failures.evidence,
    )


def _in_episode(last: Day | None, episode: Episode) -> Verdict:
    """Say whether what was last given on a day belongs to the current episode."""
    if last is None or episode.start is None:
        return Verdict.UNKNOWN
    if last >= episode.start:
        return Verdict.MET
    return Verdict.UNKNOWN if episode.assumed else Verdict.NOT_MET


def _used(
    name: str,
    found: Sequence[tuple[Verdict, str, tuple[str, ...]]],
    unread: str,
) -> StagingItem:
    """Return an item of one point: used, not used, or not to be told."""
    for verdict, low in ((Verdict.MET, 1), (Verdict.UNKNOWN, 0)):
        these = [one for one in found if one[0] is verdict]
        if these:
            because = "; ".join(dict.fromkeys(text for _, text, _ in these))
            refs = tuple(sorted({ref for *_, evidence in these for ref in evidence}))
            return StagingItem(item=name, low=low, high=1, because=because, evidence=refs)
    if unread:
        return StagingItem(item=name, low=0, high=1, because=unread)
    return StagingItem(item=name, low=0, high=0, because="none recorded")


def _augmented(
    augmentation: Sequence[Augmentation], episode: Episode, failures: Failures
) -> StagingItem:
    found = []
    for row in augmentation:
        verdict = all_of((row.adequacy, _in_episode(row.last, episode)))
        adequacy = "" if verdict is Verdict.MET else ", not certain in this episode and adequate"
        text = f"{row.ingredient} with {row.beside}{adequacy}"
        found.append((verdict, text, row.evidence))
    unread = f"not read completely: {failures.unread}" if failures.unread else ""
    if not unread and failures.unnamed:
        unread = f"{failures.unnamed} drugs could not be recognised"
    return _used("augmentation", found, unread)


def _ect(others: Sequence[OtherTreatment], episode: Episode, chart: PatientChart) -> StagingItem:
    found = []
    for row in others:
        if row.kind == "ect":
            sure = Verdict.MET if row.certain else Verdict.UNKNOWN
            verdict = all_of((sure, _in_episode(row.last, episode)))
            doubt = "" if verdict is Verdict.MET else ", not certain in this episode"
            found.append((verdict, f"ECT recorded{doubt}", row.evidence))
    return _used("ECT", found, _procedures_unread(chart))


def _procedures_unread(chart: PatientChart) -> str:
    return "" if chart.is_complete("procedures") else "procedures were not read completely"


def _thase_rush(
    failures: Failures,
    others: Sequence[OtherTreatment],
    episode: Episode,
    chart: PatientChart,
    criteria: OtherTreatmentCriteria,
) -> StagingItem:
    """Return the stage by confirmed failures, and the highest if all that may be so failed."""
    ect = [row for row in others if row.kind == "ect"]
    verdicts = [_bilateral_failure(row, episode, criteria) for row in ect]
    may_be = Verdict.UNKNOWN in verdicts or not chart.is_complete("procedures")
    is_sure = Verdict.MET in verdicts
    low = _stage(failures.sure, 0, with_ect=is_sure)
    wild = _DRUG_STAGES if failures.unread else failures.unnamed
    high = _stage(failures.perhaps, wild, with_ect=is_sure or may_be)
    named = sorted({drug.drug_class for drug in failures.perhaps})
    notes = [f"classes: {', '.join(named)}" if named else "no class known"]
    notes += [f"not read completely: {failures.unread}"] if failures.unread else []
    is_asked = high >= _DRUG_STAGES
    notes += [_about_ect(is_sure=is_sure, may_be=may_be)] if is_asked and (ect or may_be) else []
    refs = {*failures.evidence, *(ref for row in ect if is_asked for ref in row.evidence)}
    because = "; ".join(notes)
    return StagingItem(
        item="stage", low=low, high=high, because=because, evidence=tuple(sorted(refs))
    )


_DRUG_STAGES = 4
"""Stages that drugs lead to; the fifth is a failure of bilateral ECT."""


def _about_ect(*, is_sure: bool, may_be: bool) -> str:
    if is_sure:
        return "bilateral ECT without response"
    if may_be:
        return "bilateral ECT without response cannot be told"
    return "no failed course of bilateral ECT"


def _bilateral_failure(
    row: OtherTreatment, episode: Episode, criteria: OtherTreatmentCriteria
) -> Verdict:
    """Say whether a course was bilateral ECT, long enough, in this episode, without response."""
    outcome = {Outcome.INEFFICACY: Verdict.MET, Outcome.UNKNOWN: Verdict.UNKNOWN}.get(
        row.outcome, Verdict.NOT_MET
    )
    least = criteria.ect_sessions
    sides = Verdict.MET if row.bilateral >= least else Verdict.NOT_MET
    if sides is Verdict.NOT_MET and (row.bilateral + row.side_open >= least or row.enough is None):
        sides = Verdict.UNKNOWN
    sure = Verdict.MET if row.certain else Verdict.UNKNOWN
    return all_of((outcome, sides, sure, _in_episode(row.last, episode)))


def _stage(drugs: Sequence[Antidepressant], wild: int, *, with_ect: bool) -> int:
    """Return 0 to 5. Each stage needs the one before it and another class of drug beside those.

    ``wild`` drugs of an unknown class fit wherever one is missing.
    """
    classes = {drug.switch_class for drug in drugs}
    groups = {drug.thase_rush for drug in drugs}
    used = 0
    for stage, needed in enumerate(("", "", "TCA", "MAOI")):
        is_there = len(classes) + used > stage and (not needed or needed in groups)
        if not is_there and used == wild:
            return stage
        used += not is_there
    return _DRUG_STAGES + with_ect
