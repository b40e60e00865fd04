"""Was an antidepressant given for something else than depression?

Set aside are (a) products made for another use, (b) records that state another reason and no
depressive one, (c) low doses for need, for bedtime or beside another antidepressant. What is set
aside is always shown. A bedtime dose at or above the minimum is an ordinary trial.

Rule: R9.
"""

from bisect import bisect_right
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from itertools import accumulate

from trd.chart import Dispense, Indication, MedicationRecord, NotRecognised
from trd.dates import Day
from trd.exposures import start_of, whole_mg
from trd.findings import Verdict
from trd.knowledge import Antidepressant
from trd.overlap import JudgedCourse


class SetAsideReason(StrEnum):
    """Why a record or course is no antidepressant trial."""

    HYPNOTIC = "hypnotic-use"
    PAIN = "pain-use"
    MIGRAINE = "migraine-use"
    SMOKING = "smoking-cessation"
    OTHER = "other-indication"
    LOW_DOSE = "low-dose-adjunct"
    NOT_RECOGNISED = "not-recognised"


@dataclass(frozen=True, slots=True, kw_only=True)
class SetAside:
    """What was set aside, why, and from which day on (None: no date)."""

    ingredient: str
    reason: SetAsideReason
    because: str
    evidence: tuple[str, ...]
    start: Day | None


@dataclass(frozen=True, slots=True, kw_only=True)
class SpansAtMinimum:
    """The spans of one drug at or above its minimum, by their first days (inclusive ends).

    ``reach`` is for each the last day it or any before it reaches.
    """

    firsts: tuple[Day, ...]
    lasts: tuple[Day, ...]
    reach: tuple[Day, ...]


_BY_INDICATION = {
    Indication.SMOKING: SetAsideReason.SMOKING,
    Indication.MIGRAINE: SetAsideReason.MIGRAINE,
    Indication.PAIN: SetAsideReason.PAIN,
    Indication.SLEEP: SetAsideReason.HYPNOTIC,
    Indication.OTHER: SetAsideReason.OTHER,
}


def record_set_aside(record: MedicationRecord, drug: Antidepressant) -> SetAside | None:
    """Set one record aside for its product (a) or its stated reason (b), else None. Rule: R9."""
    if drug.counts_as == "never":
        return _aside(record, SetAsideReason.OTHER, f"not used for depression: {drug.other_use}")
    special = record.drug.special_use
    if special:
        return _aside(record, SetAsideReason(special), "a product made for another use")
    if record.indications and Indication.DEPRESSION not in record.indications:
        reason = next(r for i, r in _BY_INDICATION.items() if i in record.indications)
        return _aside(record, reason, f"stated reason: “{record.indication_text}”")
    return None


def _aside(record: MedicationRecord, reason: SetAsideReason, because: str) -> SetAside:
    name = record.drug.ingredient
    if record.drug.special_use:
        # selegiline that is no patch is not the transdermal antidepressant
        name = name.removesuffix(" transdermal")
    return SetAside(
        ingredient=name,
        reason=reason,
        because=because,
        evidence=(record.evidence,),
        start=start_of(record),
    )


def dispenses_set_aside(
    dispenses: Iterable[Dispense],
    records: Iterable[MedicationRecord],
    aside: Iterable[SetAside],
    near: int,
) -> list[SetAside]:
    """Return what was handed over on orders set aside, as a row for each dispense. Rule: R9.

    It belongs to the order it names; where it names none, and every order of the drug is set aside,
    to one from which it is at most ``near`` days away.
    """
    rows = {ref: row for row in aside for ref in row.evidence}
    of_drug: dict[str, list[MedicationRecord]] = {}
    for record in records:
        of_drug.setdefault(record.drug.ingredient, []).append(record)
    kept = {name for name, found in of_drug.items() if any(r.evidence not in rows for r in found)}
    named = {(r.drug.ingredient, r.evidence): r for group in of_drug.values() for r in group}
    found = []
    for dispense in dispenses:
        name = dispense.drug.ingredient
        orders = [named[name, ref] for ref in dispense.orders if (name, ref) in named]
        if not orders and name not in kept:
            orders = [r for r in of_drug.get(name, ()) if _is_near(dispense.on, r, near)][:1]
        if orders and all(r.evidence in rows for r in orders):
            row = rows[orders[0].evidence]
            found.append(replace(row, evidence=(dispense.evidence,), start=dispense.on))
    return found


def _is_near(on: Day, record: MedicationRecord, near: int) -> bool:
    """Say whether a day lies in the written bounds of an order or near them."""
    start = start_of(record)
    is_begun = start is not None and start - near <= on
    return is_begun and (record.end is None or on <= record.end + near)


def at_minimum(courses: Iterable[JudgedCourse]) -> Mapping[str, SpansAtMinimum]:
    """Return when each drug ran at or above its minimum, by its name. Rule: R9."""
    found: dict[str, list[tuple[Day, Day]]] = {}
    for one in courses:
        first, last = one.adequacy.first_at_minimum, one.adequacy.adequate_end
        if first is not None and last is not None:
            found.setdefault(one.drug.name, []).append((first, last))
    return {
        name: SpansAtMinimum(
            firsts=tuple(first for first, _ in spans),
            lasts=tuple(last for _, last in spans),
            reach=tuple(accumulate((last for _, last in spans), max)),
        )
        for name, spans in ((name, sorted(spans)) for name, spans in found.items())
    }


def course_set_aside(one: JudgedCourse, others: Mapping[str, SpansAtMinimum]) -> SetAside | None:
    """Set a whole course aside for its low dose (c), else None. Rule: R9."""
    ceiling = one.drug.low_dose_ceiling_mg
    highest = one.adequacy.highest_mg
    doses_known = all(s.high is not None for s in one.course.segments if s.certain)
    if ceiling is None or highest is None or not doses_known:
        return None
    if one.adequacy.dose.verdict is not Verdict.NOT_MET or whole_mg(highest) > whole_mg(ceiling):
        return None
    if any(Indication.DEPRESSION in record.indications for record in one.course.records):
        return None
    dose = f"{highest:g} mg a day, below the minimum"
    if any(record.as_needed for record in one.course.records):
        return _course_aside(one, SetAsideReason.HYPNOTIC, f"{dose}, taken as needed")
    if any(record.at_bedtime for record in one.course.records):
        return _course_aside(one, SetAsideReason.HYPNOTIC, f"{dose}, at bedtime")
    name = next((n for n in sorted(others) if _runs_beside(others[n], n, one)), "")
    if name:
        return _course_aside(one, SetAsideReason.LOW_DOSE, f"{dose}, beside {name} at its minimum")
    return None


def _course_aside(one: JudgedCourse, reason: SetAsideReason, because: str) -> SetAside:
    return SetAside(
        ingredient=one.drug.name,
        reason=reason,
        because=because,
        evidence=one.course.evidence(),
        start=one.course.start,
    )


def _runs_beside(spans: SpansAtMinimum, name: str, one: JudgedCourse) -> bool:
    """Say whether another drug ran at or above its minimum for most of a course's days.

    A few days of a cross-taper do not make a drug an adjunct.
    """
    start, last = one.course.start, one.course.last
    at = bisect_right(spans.firsts, last) if name != one.drug.name else 0
    while at and spans.reach[at - 1] >= start:
        at -= 1
        shared = min(spans.lasts[at], last) - max(spans.firsts[at], start)
        if shared * 2 >= last - start:
            return True
    return False


def not_recognised(found: Iterable[NotRecognised]) -> list[SetAside]:
    """Return records whose drug could not be told; they stay visible. Rule: R10 (its bullet)."""
    return [
        SetAside(
            ingredient=row.label or "not recognised",
            reason=SetAsideReason.NOT_RECOGNISED,
            because=row.because,
            evidence=(row.evidence,),
            start=row.start,
        )
        for row in found
    ]


def grouped(rows: Sequence[SetAside]) -> tuple[SetAside, ...]:
    """Join rows of one ingredient and reason, except unrecognised ones; sorted by start, name."""
    joined: dict[tuple[str, str, str], list[SetAside]] = {}
    for row in rows:
        alone = row.evidence[0] if row.reason is SetAsideReason.NOT_RECOGNISED else ""
        joined.setdefault((row.ingredient, row.reason, alone), []).append(row)
    found = [_joined(group) for group in joined.values()]
    return tuple(sorted(found, key=lambda r: (r.start or 0, r.ingredient, r.reason, r.evidence)))


def _joined(group: Sequence[SetAside]) -> SetAside:
    starts = [row.start for row in group if row.start is not None]
    return SetAside(
        ingredient=group[0].ingredient,
        reason=group[0].reason,
        because="; ".join(dict.fromkeys(row.because for row in group)),
        evidence=tuple(sorted({ref for row in group for ref in row.evidence})),
        start=min(starts, default=None),
    )
