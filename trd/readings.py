"""What stands whatever the partial dates of a chart mean?

A date such as "2025-10" may be any of its days. The chart is then assessed under every reading of
its partial dates, and where two readings disagree about a verdict the verdict is unknown; a safety
signal counts by its more serious reading. A chart of complete dates is assessed once.

Rule: the ruleset's header on partial dates.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from typing import TypeVar

from trd.adequacy import Adequacy
from trd.assess import Assessment, assess
from trd.augmentation import Augmentation
from trd.candidacy import Candidacy, CandidacyFinding
from trd.crisis_signals import CrisisLevel
from trd.dates import OTHER_READINGS, Day
from trd.findings import Finding, Verdict, agree, unknown
from trd.knowledge import Knowledge
from trd.other_treatments import OtherTreatment
from trd.outcome import Outcome, OutcomeFinding
from trd.read import Gathered, read_chart
from trd.resistance import Counted, Resistance, ResistanceFinding
from trd.staging import Staging, StagingItem

SERIOUS = {
    CrisisLevel.CRITICAL: 4,
    CrisisLevel.WARNING: 3,
    CrisisLevel.INCOMPLETE: 2,
    CrisisLevel.INFORMATION: 1,
    CrisisLevel.NONE: 0,
}
PARTIAL = "partial dates leave it open"

Value = TypeVar("Value")


def assess_gathered(gathered: Gathered, knowledge: Knowledge, as_of: Day) -> Assessment:
    """Read and assess one patient's resources, under every reading of partial dates.

    Raises WrongPatient for a resource of somebody else.
    """
    first = assess(read_chart(gathered, knowledge), knowledge, as_of)
    if not first.chart.has_partial_dates:
        return first
    others = [
        assess(read_chart(gathered, knowledge, reading), knowledge, as_of)
        for reading in OTHER_READINGS
    ]
    return agreed([first, *others])


def agreed(readings: Sequence[Assessment]) -> Assessment:
    """Return the first reading with every verdict the others do not share made unknown."""
    first = readings[0]
    worst = max(readings, key=lambda a: (SERIOUS[a.crisis.level], len(a.crisis.signals)))
    resistance = _resistance([a.resistance for a in readings])
    return replace(
        first,
        trials=tuple(_trial(one, readings) for one in first.trials),
        augmentation=_augmentation(readings),
        other_treatments=_other_treatments(readings),
        resistance=resistance,
        staging=_staging([a.staging for a in readings]),
        crisis=replace(worst.crisis, complete=all(a.crisis.complete for a in readings)),
        candidacy=_candidacy([a.candidacy for a in readings]),
        readings=tuple(readings),
    )


def same(one: Counted, other: Counted) -> bool:
    """Say whether two readings' rows are the same drug and episode."""
    return (
        one.trial.ingredient == other.trial.ingredient
        and one.trial.in_current_episode == other.trial.in_current_episode
    )


def _trial(one: Counted, readings: Sequence[Assessment]) -> Counted:
    """Make the verdicts of one row unknown where the readings differ."""
    rows = [next((row for row in reading.trials if same(one, row)), None) for reading in readings]
    held = [row for row in rows if row is not None]
    adequacy = _adequacy([row.trial.best.adequacy for row in held], missing=len(held) < len(rows))
    outcome = _outcome([row.trial.best.outcome for row in held])
    counts = len(held) == len(rows) and all(row.counts for row in held)
    might = any(row.counts or row.possible for row in held)
    best = replace(one.trial.best, adequacy=adequacy, outcome=outcome)
    first = one.trial.best
    is_open = (
        adequacy.verdict is not first.adequacy.verdict
        or outcome.outcome is not first.outcome.outcome
        or (not counts and any(row.counts for row in held))
    )
    note = "; ".join(part for part in (one.note, PARTIAL if is_open else "") if part)
    return replace(
        one,
        trial=replace(one.trial, best=best),
        counts=counts,
        possible=might and not counts,
        note=note,
    )


def _adequacy(found: Sequence[Adequacy], *, missing: bool) -> Adequacy:
    dose = _finding([a.dose for a in found])
    duration = _finding([a.duration for a in found])
    if missing:
        duration = unknown("duration", PARTIAL, duration.evidence)
    return replace(found[0], dose=dose, duration=duration, days=min(a.days for a in found))


def _finding(found: Sequence[Finding]) -> Finding:
    first = found[0]
    verdict = agree(f.verdict for f in found)
    if verdict is first.verdict:
        return first
    return unknown(first.rule, f"{first.because}; {PARTIAL}", first.evidence)


def _outcome(found: Sequence[OutcomeFinding]) -> OutcomeFinding:
    if _shared(found, lambda f: f.outcome):
        return found[0]
    because = f"{found[0].because}; {PARTIAL}"
    evidence = tuple(sorted({ref for f in found for ref in f.evidence}))
    return OutcomeFinding(outcome=Outcome.UNKNOWN, because=because, evidence=evidence)


def _augmentation(readings: Sequence[Assessment]) -> tuple[Augmentation, ...]:
    """Return every row of any reading; one whose adequacy they do not share is unknown."""
    found: dict[tuple[str, str, int], list[Augmentation]] = {}
    for reading in readings:
        met: Counter[tuple[str, str]] = Counter()
        for row in reading.augmentation:
            pair = (row.ingredient, row.beside)
            found.setdefault((*pair, met[pair]), []).append(row)
            met[pair] += 1
    rows = []
    for same_row in found.values():
        verdict = agree(row.adequacy for row in same_row)
        if len(same_row) < len(readings):
            verdict = Verdict.UNKNOWN
        first = same_row[0]
        is_open = verdict is not first.adequacy
        because = f"{first.because}; {PARTIAL}" if is_open else first.because
        start, latest = _span((row.start for row in same_row), len(readings), readings[0].as_of)
        rows.append(replace(first, start=start, latest=latest, adequacy=verdict, because=because))
    return tuple(sorted(rows, key=lambda row: (row.start, row.ingredient, row.beside)))


def _span(days: Iterable[Day], readings: int, as_of: Day) -> tuple[Day, Day | None]:
    """Return the earliest of a day's readings, and the latest where it is another one.

    Where a reading has no such day it may be any day up to as-of.
    """
    found = sorted(days)
    latest = as_of if len(found) < readings else found[-1]
    return found[0], latest if latest != found[0] else None


def _other_treatments(readings: Sequence[Assessment]) -> tuple[OtherTreatment, ...]:
    """Return every course of any reading; what of it they do not share is unknown."""
    courses: dict[tuple[str, tuple[str, ...]], list[OtherTreatment]] = {}
    for reading in readings:
        for one in reading.other_treatments:
            courses.setdefault((one.kind, one.evidence), []).append(one)
    rows = []
    for same_course in courses.values():
        first = same_course[0]
        start, latest = first.start, None
        known = [one.start for one in same_course if one.start is not None]
        if known:
            start, latest = _span(known, len(readings), readings[0].as_of)
        outcome = first.outcome if _shared(same_course, lambda t: t.outcome) else Outcome.UNKNOWN
        rows.append(replace(first, start=start, latest=latest, outcome=outcome))
    return tuple(sorted(rows, key=lambda row: (row.start or 0, row.kind, row.evidence)))


def _staging(found: Sequence[tuple[Staging, ...]]) -> tuple[Staging, ...]:
    """Return each scale any reading has, every item from its lowest to its highest points."""
    scales: dict[str, list[Staging]] = {}
    for staging in found:
        for scale in staging:
            scales.setdefault(scale.scale, []).append(scale)
    return tuple(map(_scale, scales.values()))


def _scale(found: Sequence[Staging]) -> Staging:
    items = tuple(map(_item, zip(*(scale.items for scale in found), strict=True)))
    low, high = sum(item.low for item in items), sum(item.high for item in items)
    return replace(found[0], low=low, high=high, items=items)


def _item(found: Sequence[StagingItem]) -> StagingItem:
    first = found[0]
    low, high = min(item.low for item in found), max(item.high for item in found)
    is_shared = (low, high) == (first.low, first.high)
    because = first.because if is_shared else f"{first.because}; {PARTIAL}"
    evidence = tuple(sorted({ref for item in found for ref in item.evidence}))
    return replace(first, low=low, high=high, because=because, evidence=evidence)


def _shared(found: Sequence[Value], what: Callable[[Value], object]) -> bool:
    return len({what(one) for one in found}) == 1


def _resistance(found: Sequence[ResistanceFinding]) -> ResistanceFinding:
    """Return what all readings share: the least confirmed, the most that is possible beside it."""
    first = found[0]
    confirmed = min(f.confirmed for f in found)
    most = max(f.confirmed + f.possible for f in found)
    same_verdict = _shared(found, lambda f: f.verdict)
    because = f"{confirmed} confirmed, {most - confirmed} possible; {PARTIAL}"
    if same_verdict and (confirmed, most - confirmed) == (first.confirmed, first.possible):
        because = first.because
    return replace(
        first,
        verdict=first.verdict if same_verdict else Resistance.UNKNOWN,
        confirmed=confirmed,
        possible=most - confirmed,
        intolerance=min(f.intolerance for f in found),
        lifetime_confirmed=min(f.lifetime_confirmed for f in found),
        because=because,
    )


def _candidacy(found: Sequence[CandidacyFinding]) -> CandidacyFinding:
    """Return the shared answer, else the more careful one: safety first, then a question."""
    verdicts = {f.verdict for f in found}
    findings = tuple(
        _finding([f.findings[at] for f in found]) for at in range(len(found[0].findings))
    )
    if len(verdicts) == 1:
        verdict = found[0].verdict
    elif Candidacy.CRISIS_FIRST in verdicts:
        verdict = Candidacy.CRISIS_FIRST
    else:
        verdict = Candidacy.ASK
    return replace(found[0], verdict=verdict, findings=findings)


def day_in_all(
    readings: Sequence[Assessment], row: Counted, what: Callable[[Counted], Day | None]
) -> tuple[Day, Day] | None:
    """Return the earliest and latest value of a row's day over all readings, or None."""
    days = [what(held) for reading in readings for held in reading.trials if same(row, held)]
    known = [day for day in days if day is not None]
    return (min(known), max(known)) if known and len(known) == len(days) else None
