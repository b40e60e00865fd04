"""How far along the published staging scales is the episode?

Thase-Rush (I to V) and the Maudsley staging method (3 to 15), item by item with its evidence. An
item that cannot be told is a range, and so is the total; nothing is rounded to one number.

Rule: R14. The numbers are in ``criteria.toml``, table ``staging``.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from trd.augmentation import Augmentation
from trd.chart import PatientChart
from trd.dates import Day
from trd.episodes import Episode, confirmed_depressive
from trd.findings import Verdict
from trd.knowledge import Knowledge
from trd.knowledge.criteria import StagingCriteria
from trd.other_treatments import OtherTreatment
from trd.resistance import Counted

_DAYS_A_MONTH = 365.25 / 12
_SEVERITY = {"mild": (2, 2), "moderate": (3, 3), "severe": (4, 5)}


@dataclass(frozen=True, slots=True, kw_only=True)
class StagingItem:
    """One item of a scale: its points as a range, and why."""

    item: str
    low: int
    high: int
    because: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Staging:
    """One scale with its range and items."""

    scale: str
    low: int
    high: int
    items: tuple[StagingItem, ...]


def judge_staging(
    counted: Sequence[Counted],
    episode: Episode,
    augmentation: Sequence[Augmentation],
    others: Sequence[OtherTreatment],
    chart: PatientChart,
    as_of: Day,
    knowledge: Knowledge,
) -> tuple[Staging, ...]:
    """Return Maudsley and Thase-Rush for the current episode, () without a trial. Rule: R14."""
    mine = [one for one in counted if one.counts or one.possible]
    if not mine or not episode.is_current:
        return ()
    confirmed = sum(one.counts for one in counted)
    most = confirmed + sum(one.possible for one in counted)
    criteria = knowledge.criteria.staging
    maudsley = (
        _duration(episode, as_of, criteria),
        _severity(chart),
        _failures(confirmed, most, criteria),
        _augmented(augmentation, episode),
        _ect(others, chart),
    )
    scales = [
        Staging(
            scale="maudsley",
            low=sum(item.low for item in maudsley),
            high=sum(item.high for item in maudsley),
            items=maudsley,
        )
    ]
    stage = _thase_rush(counted, others)
    scales.append(Staging(scale="thase-rush", low=stage.low, high=stage.high, items=(stage,)))
    return tuple(scales)


def _duration(episode: Episode, as_of: Day, criteria: StagingCriteria) -> StagingItem:
    if episode.start is None:
        return StagingItem(item="duration", low=1, high=3, because="the start is not known")
    months = (as_of - episode.start) / _DAYS_A_MONTH
    points = (
        1 + (months > criteria.duration_first_months) + (months > criteria.duration_second_months)
    )
    because = f"{months:.0f} months since the start of the episode"
    if episode.assumed:
        # the chain of evidence shows when it was there at the latest, not when it began
        return StagingItem(item="duration", low=points, high=3, because=f"{because}, assumed")
    return StagingItem(item="duration", low=points, high=points, because=because)


def _severity(chart: PatientChart) -> StagingItem:
    """Return severity from the coded diagnosis: codes before scores, unspecified is a range."""
    hits = [
        hit
        for diagnosis in confirmed_depressive(chart)
        if not diagnosis.is_over()
        for hit in diagnosis.hits
        if hit.concept == "mdd"
    ]
    if any(hit.psychotic for hit in hits):
        return StagingItem(item="severity", low=5, high=5, because="severe with psychosis, coded")
    known = sorted({hit.severity for hit in hits if hit.severity in _SEVERITY})
    if not known:
        return StagingItem(item="severity", low=1, high=5, because="severity is not coded")
    low = min(_SEVERITY[name][0] for name in known)
    high = max(4 if name == "severe" else _SEVERITY[name][1] for name in known)
    return StagingItem(item="severity", low=low, high=high, because=f"coded: {', '.join(known)}")


def _points(failures: int, criteria: StagingCriteria) -> int:
    limits = (
        criteria.failures_first,
        criteria.failures_second,
        criteria.failures_third,
        criteria.failures_fourth,
    )
    return 1 + sum(failures > limit for limit in limits)


def _failures(confirmed: int, most: int, criteria: StagingCriteria) -> StagingItem:
    because = f"{confirmed} confirmed failures"
    if most > confirmed:
        because = f"{because}, up to {most} with possible ones"
    return StagingItem(
        item="failed drugs",
        low=_points(confirmed, criteria),
        high=_points(most, criteria),
        because=because,
    )


def _augmented(augmentation: Sequence[Augmentation], episode: Episode) -> StagingItem:
    mine = [a for a in augmentation if episode.start is None or a.start >= episode.start]
    if any(a.adequacy is Verdict.MET for a in mine):
        return StagingItem(item="augmentation", low=1, high=1, because="augmentation recorded")
    if any(a.adequacy is Verdict.UNKNOWN for a in mine):
        because = "augmentation recorded, adequacy unknown"
        return StagingItem(item="augmentation", low=0, high=1, because=because)
    return StagingItem(item="augmentation", low=0, high=0, because="none recorded")


def _ect(others: Sequence[OtherTreatment], chart: PatientChart) -> StagingItem:
    if any(t.kind == "ect" for t in others):
        return StagingItem(item="ECT", low=1, high=1, because="ECT recorded")
    if chart.is_complete("procedures"):
        return StagingItem(item="ECT", low=0, high=0, because="none recorded")
    return StagingItem(item="ECT", low=0, high=1, because="procedures were not read completely")


def _thase_rush(counted: Sequence[Counted], others: Sequence[OtherTreatment]) -> StagingItem:
    """Return the stage from confirmed failures, and the highest if possible ones failed too."""
    sure = [one for one in counted if one.counts]
    perhaps = [one for one in counted if one.counts or one.possible]
    low, high = _stage(sure, others), _stage(perhaps, others)
    named = ", ".join(sorted({one.trial.best.drug.drug_class for one in perhaps}))
    return StagingItem(item="stage", low=low, high=high, because=f"classes: {named}")


def _stage(trials: Sequence[Counted], others: Sequence[OtherTreatment]) -> int:
    """Return 0 to 5; each stage needs the one before it."""
    classes = {one.trial.best.drug.switch_class for one in trials}
    groups = {one.trial.best.drug.thase_rush for one in trials}
    steps = (
        bool(trials),
        len(classes) > 1,
        "TCA" in groups,
        "MAOI" in groups,
        any(t.kind == "ect" and t.enough for t in others),
    )
    stage = 0
    for reached in steps:
        if not reached:
            break
        stage += 1
    return stage
