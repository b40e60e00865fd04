"""What would a drafted drug be in this history: the next antidepressant, or something else?

A draft is no exposure and is never counted. It is judged as an order would be that starts on the
day of the assessment: the same drug goes on, another use, a low dose beside another drug, an
augmentation of what runs, or a next trial.

Rules: R7, R8, R9, R16 (limited quantity), R17 (C7).
"""

from collections.abc import Collection
from dataclasses import dataclass
from enum import StrEnum

from trd.adequacy import applicable_minima
from trd.assess import Assessment
from trd.chart import Indication, MedicationRecord
from trd.crisis_signals import CrisisLevel
from trd.dates import Day
from trd.exposures import start_of, whole_mg
from trd.findings import Verdict
from trd.knowledge import Antidepressant, Knowledge
from trd.other_uses import record_set_aside
from trd.resistance import Counted


class Role(StrEnum):
    """What a drafted drug would be."""

    NEXT = "next"
    SAME_DRUG = "same-drug"
    """A renewal or a change of dose."""
    OTHER_USE = "other-use"
    LOW_DOSE = "low-dose"
    AUGMENTATION = "augmentation"
    NO_TRIAL = "no-trial"
    """No antidepressant, or one that is never counted as a trial."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DraftFinding:
    """What one draft would be, and why. ``beside``: the other antidepressants that still run."""

    role: Role
    because: str
    beside: tuple[Counted, ...] = ()


def judge_draft(
    draft: MedicationRecord, assessment: Assessment, ended: Collection[str]
) -> DraftFinding:
    """Say what a drafted drug would be. ``ended`` are the orders the same drafts bring to an end.

    Rules: R7, R8, R9.
    """
    drug = assessment.knowledge.antidepressants.get(draft.drug.ingredient)
    if drug is None or drug.counts_as == "other-treatment":
        return DraftFinding(role=Role.NO_TRIAL, because="not counted as an antidepressant trial")
    aside = record_set_aside(draft, drug)
    if aside is not None:
        return DraftFinding(role=Role.OTHER_USE, because=aside.because)
    same = _goes_on(draft, assessment)
    if same:
        return DraftFinding(role=Role.SAME_DRUG, because=same)
    beside = tuple(row for row in assessment.trials if _still_runs(row, drug, draft, ended))
    low = _low_dose(draft, drug, beside)
    if low:
        return DraftFinding(role=Role.LOW_DOSE, because=low, beside=beside)
    adequate = [row for row in beside if row.trial.best.adequacy.verdict is Verdict.MET]
    if adequate:
        because = f"{adequate[0].trial.ingredient} runs and is an adequate trial"
        return DraftFinding(role=Role.AUGMENTATION, because=because, beside=beside)
    return DraftFinding(role=Role.NEXT, because="another antidepressant", beside=beside)


def _goes_on(draft: MedicationRecord, assessment: Assessment) -> str:
    """Say why a draft only continues a drug that is taken, "" where it does not. Rules: R1, R8."""
    name = draft.drug.ingredient
    as_of, criteria = assessment.as_of, assessment.knowledge.criteria.trial
    earlier = [row for row in assessment.chart.medications if row.drug.ingredient == name]
    if {row.evidence for row in earlier} & {draft.evidence, *draft.renews}:
        return "it renews or revises an order of the chart"
    trials = [row.trial for row in assessment.trials if row.trial.ingredient == name]
    courses = [one.course for trial in trials for one in trial.courses]
    if any(one.ongoing or as_of - one.last <= criteria.bridge_days for one in courses):
        return "the drug is taken already"
    reach = as_of - criteria.bridge_days
    if any(_is_active(row, as_of - criteria.stale_order_days, reach) for row in earlier):
        return "an active order of the drug is charted"
    return ""


def _is_active(record: MedicationRecord, since: Day, reach: Day) -> bool:
    """Say whether an order may still run: active, with an end that is near, or not too old."""
    if record.status != "active":
        return False
    start = start_of(record)
    return record.end >= reach if record.end is not None else start is None or start >= since


def _still_runs(
    row: Counted, drug: Antidepressant, draft: MedicationRecord, ended: Collection[str]
) -> bool:
    """Say whether a trial of another drug runs, and neither draft nor its fellows end it."""
    course = row.trial.best.course
    is_replaced = not {*ended, draft.evidence, *draft.renews}.isdisjoint(course.evidence())
    return course.ongoing and row.trial.ingredient != drug.name and not is_replaced


def _low_dose(draft: MedicationRecord, drug: Antidepressant, beside: Collection[Counted]) -> str:
    """Say why a dose is too low to be for depression, "" where it is not. Rule: R9(c)."""
    highest = highest_dose(draft)
    if highest is None or drug.low_dose_ceiling_mg is None:
        return ""
    minima = [whole_mg(one.minimum_mg) for one in applicable_minima(drug, draft.drug.release)]
    is_low = whole_mg(highest) < min(minima, default=0)
    if not is_low or whole_mg(highest) > whole_mg(drug.low_dose_ceiling_mg):
        return ""
    if Indication.DEPRESSION in draft.indications:
        return ""
    dose = f"{highest:g} mg a day, below the minimum"
    if draft.as_needed:
        return f"{dose}, taken as needed"
    if draft.at_bedtime:
        return f"{dose}, at bedtime"
    full = [row for row in beside if row.trial.best.adequacy.dose.verdict is Verdict.MET]
    return f"{dose}, beside {full[0].trial.ingredient} at its minimum" if full else ""


def highest_dose(draft: MedicationRecord) -> float | None:
    """Return the highest dose a draft orders, mg a day; None where any part of it is unknown."""
    doses = [step.high for step in draft.steps]
    known = [dose for dose in doses if dose is not None]
    return max(known) if known and len(known) == len(doses) else None


def limited_quantity(draft: MedicationRecord, level: CrisisLevel, knowledge: Knowledge) -> str:
    """Say why a limited quantity is to be considered, "" where it is not. Rule: R16."""
    return quantity_matters(draft, knowledge) if level is CrisisLevel.CRITICAL else ""


def quantity_matters(draft: MedicationRecord, knowledge: Knowledge) -> str:
    """Say what makes the quantity of a draft matter in a crisis, "" where nothing does.

    The supply is that of rule R1, refills included. Rule: R16.
    """
    name = draft.drug.ingredient
    drug = knowledge.antidepressants.get(name)
    augmenter = knowledge.augmenters.get(name)
    if (drug is not None and drug.boxed_quantity) or (
        augmenter is not None and augmenter.boxed_quantity
    ):
        return f"{name} is toxic in overdose"
    most = knowledge.criteria.crisis.limited_quantity_above_days
    if drug is not None and draft.supply_days is not None and draft.supply_days > most:
        return f"the order is for more than {most} days, refills included"
    return ""
