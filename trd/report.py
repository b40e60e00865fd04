"""How is an assessment written down? The JSON of ``thirdline.assessment/1``.

Keys are camelCase in a fixed order; absent optional values are left out, never null; dates are ISO
8601; the same assessment gives the same object. Nothing is judged here.
"""

from collections.abc import Callable, Iterable
from typing import Any, Final

from trd.assess import Assessment, Undated
from trd.augmentation import Augmentation
from trd.candidacy import CandidacyFinding
from trd.crisis import Crisis
from trd.crisis_signals import CrisisSignal
from trd.dates import Day, iso, iso_span
from trd.exposures import Segment, whole_mg
from trd.findings import Finding
from trd.other_treatments import OtherTreatment
from trd.other_uses import SetAside
from trd.readings import day_in_all, same
from trd.resistance import Counted, ResistanceFinding
from trd.staging import Staging

SCHEMA: Final = "thirdline.assessment/1"


def report(assessment: Assessment) -> dict[str, Any]:
    """Return the assessment as the JSON object of the published interface."""
    chart = assessment.chart
    out: dict[str, Any] = {
        "schema": SCHEMA,
        "asOf": iso(assessment.as_of),
        "patient": f"Patient/{chart.patient.id}",
        "knowledge": assessment.knowledge.version,
        "rules": assessment.knowledge.rules,
        "episode": _episode(assessment),
        "trials": _trials(assessment),
        "setAside": [_set_aside(row) for row in assessment.set_aside],
        "augmentation": [_augmentation(row) for row in assessment.augmentation],
        "otherTreatments": [_other_treatment(row) for row in assessment.other_treatments],
        "resistance": _resistance(assessment.resistance),
        "staging": [_staging(row) for row in assessment.staging],
        "crisis": _crisis(assessment.crisis),
        "candidacy": _candidacy(assessment.candidacy),
        "issues": [
            {"resource": i.resource, "element": i.element, "what": i.what, "effect": i.effect}
            for i in assessment.issues
        ],
        "read": [
            {"need": read.need, "status": read.status.value, "count": read.count}
            for read in chart.reads
        ],
    }
    for name in ("staging", "otherTreatments"):
        if not out[name]:
            del out[name]
    return out


def _resistance(found: ResistanceFinding) -> dict[str, Any]:
    return {
        "verdict": found.verdict.value,
        "confirmed": found.confirmed,
        "possible": found.possible,
        "intolerance": found.intolerance,
        "lifetimeConfirmed": found.lifetime_confirmed,
        "classes": list(found.classes),
        "because": found.because,
    }


def _crisis(found: Crisis) -> dict[str, Any]:
    return {
        "level": found.level.value,
        "complete": found.complete,
        "signals": [_signal(row) for row in found.signals],
    }


def _candidacy(found: CandidacyFinding) -> dict[str, Any]:
    return {
        "verdict": found.verdict.value,
        "findings": [_finding(row) for row in found.findings],
    }


def _present(pairs: Iterable[tuple[str, Any]]) -> dict[str, Any]:
    """Return the pairs as an object without those that are None."""
    return {key: value for key, value in pairs if value is not None}


def _day(day: Day | None) -> str | None:
    return None if day is None else iso(day)


def milligrams(dose: float | None) -> float | int | None:
    """Return a dose as it is printed: whole numbers as such, else up to two decimals."""
    if dose is None:
        return None
    rounded = round(dose, 2)
    if abs(dose - whole_mg(dose)) < _NEARLY_WHOLE:
        return whole_mg(dose)
    return rounded


_NEARLY_WHOLE: Final = 0.05


def _episode(assessment: Assessment) -> dict[str, Any]:
    episode = assessment.episode
    starts = {reading.episode.start for reading in assessment.readings} or {episode.start}
    known = [start for start in starts if start is not None]
    start = iso_span(min(known), max(known)) if len(known) == len(starts) else None
    return _present(
        (
            ("start", start),
            ("assumed", episode.assumed),
            ("because", episode.because),
            ("evidence", list(episode.evidence)),
        )
    )


def _trials(assessment: Assessment) -> list[dict[str, Any]]:
    """Return trial rows by start, then ingredient; undated ones come last."""
    rows = [_trial(one, assessment) for one in assessment.trials]
    return rows + [_undated(one) for one in assessment.undated]


def _trial(counted: Counted, assessment: Assessment) -> dict[str, Any]:
    trial = counted.trial
    best = trial.best
    course, adequacy = best.course, best.adequacy
    because = f"{trial.because}; {counted.note}" if counted.note else trial.because
    return _present(
        (
            ("ingredient", trial.ingredient),
            ("rxcui", best.drug.rxcui or None),
            ("class", best.drug.drug_class),
            ("start", _row_day(counted, assessment, lambda c: c.trial.best.course.start)),
            ("end", _row_day(counted, assessment, lambda c: c.trial.best.course.end)),
            ("endInferred", course.end_inferred),
            ("ongoing", course.ongoing),
            ("inCurrentEpisode", trial.in_current_episode),
            ("highestDailyDoseMg", milligrams(adequacy.highest_mg)),
            ("minimumDailyDoseMg", milligrams(adequacy.minimum_mg)),
            ("daysAtOrAboveMinimum", adequacy.days),
            ("dose", adequacy.dose.verdict.value),
            ("duration", adequacy.duration.verdict.value),
            ("adequacy", adequacy.verdict.value),
            ("outcome", best.outcome.outcome.value),
            ("subtype", best.outcome.subtype or None),
            ("counts", counted.counts),
            ("origin", "computed"),
            ("exposures", _exposures(counted, assessment)),
            ("because", because),
            ("evidence", list(trial.evidence)),
        )
    )


def _row_day(
    counted: Counted, assessment: Assessment, what: Callable[[Counted], Day | None]
) -> str | None:
    """Return a row's day; where partial dates leave it open, the partial date, else nothing."""
    if not assessment.readings:
        return _day(what(counted))
    span = day_in_all(assessment.readings, counted, what)
    return iso_span(*span) if span is not None else None


def _exposures(counted: Counted, assessment: Assessment) -> list[dict[str, Any]]:
    """Return a row's documented exposures; none where partial dates leave their days open."""
    rows = [counted]
    rows += [row for a in assessment.readings for row in a.trials if same(counted, row)]
    found = [
        sorted(
            (s for one in row.trial.courses for s in one.course.segments if s.certain),
            key=_by_start,
        )
        for row in rows
    ]
    if any(segments != found[0] for segments in found):
        return []
    return [_exposure(segment) for segment in found[0]]


def _by_start(segment: Segment) -> tuple[Day, Day, float]:
    return segment.start, segment.last, segment.high or 0


def _exposure(segment: Segment) -> dict[str, Any]:
    return _present(
        (
            ("start", iso(segment.start)),
            ("end", iso(segment.last)),
            ("dailyDoseMg", milligrams(segment.high)),
            ("evidence", list(segment.evidence)),
        )
    )


def _undated(row: Undated) -> dict[str, Any]:
    """Return the row of a drug without any date: nothing of it can be judged."""
    return _present(
        (
            ("ingredient", row.drug.name),
            ("rxcui", row.drug.rxcui or None),
            ("class", row.drug.drug_class),
            ("endInferred", False),
            ("ongoing", row.ongoing),
            ("inCurrentEpisode", False),
            ("dose", "unknown"),
            ("duration", "unknown"),
            ("adequacy", "unknown"),
            ("outcome", "running" if row.ongoing else "unknown"),
            ("counts", False),
            ("origin", "computed"),
            ("exposures", []),
            ("because", "no date is recorded: neither duration nor episode can be told"),
            ("evidence", sorted(record.evidence for record in row.records)),
        )
    )


def _set_aside(row: SetAside) -> dict[str, Any]:
    return {
        "ingredient": row.ingredient,
        "reason": row.reason.value,
        "because": row.because,
        "evidence": list(row.evidence),
    }


def _augmentation(row: Augmentation) -> dict[str, Any]:
    return _present(
        (
            ("ingredient", row.ingredient),
            ("with", row.beside),
            ("start", _began(row)),
            ("adequacy", row.adequacy.value),
            ("because", row.because),
            ("evidence", list(row.evidence)),
        )
    )


def _began(row: Augmentation | OtherTreatment) -> str | None:
    """Return a first day; where partial dates leave it open, the partial date, else nothing."""
    if row.start is None:
        return None
    return iso_span(row.start, row.start if row.latest is None else row.latest)


def _other_treatment(row: OtherTreatment) -> dict[str, Any]:
    return _present(
        (
            ("kind", row.kind),
            ("start", _began(row)),
            ("sessions", row.sessions or None),
            ("outcome", row.outcome.value),
            ("evidence", list(row.evidence)),
        )
    )


def _staging(row: Staging) -> dict[str, Any]:
    items = [
        _present(
            (
                ("item", item.item),
                ("low", item.low),
                ("high", item.high),
                ("because", item.because),
                ("evidence", list(item.evidence) or None),
            )
        )
        for item in row.items
    ]
    return {"scale": row.scale, "low": row.low, "high": row.high, "items": items}


def _signal(row: CrisisSignal) -> dict[str, Any]:
    return _present(
        (
            ("kind", row.kind),
            ("level", row.level.value),
            ("on", _day(row.on)),
            ("because", row.because),
            ("evidence", list(row.evidence)),
        )
    )


def _finding(row: Finding) -> dict[str, Any]:
    return {
        "rule": row.rule,
        "verdict": row.verdict.value,
        "because": row.because,
        "evidence": list(row.evidence),
    }
