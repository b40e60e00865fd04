"""What became of every medication order, and of what was judged from it?

Counts over one data set. Every record is read as it stands, for the last day it speaks of; and once
more with every order made an ordinary active one, which tells whether its drug is recognised even
where it was cancelled, planned or forbidden.
"""

import re
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from benchmarks.reading.sources import DataSet, PatientRecord, medications_of
from benchmarks.reading.truth import Truth
from trd.assess import Assessment
from trd.chart import MedicationRecord, PatientChart
from trd.dates import Day, span_of
from trd.exposures import start_of
from trd.knowledge import Knowledge
from trd.read import WrongPatient, gather, read_chart
from trd.read.access import evidence_of
from trd.readings import assess_gathered
from trd.report import report

Json = dict[str, Any]

KINDS: Final = ("MedicationRequest", "MedicationDispense")
_UNSAYING: Final = frozenset(
    {"doNotPerform", "reportedBoolean", "reportedReference", "modifierExtension"}
)
"""Elements without which an order is an ordinary one."""
_DAYS: Final = (
    "authoredOn",
    "whenHandedOver",
    "effectiveDateTime",
    "recordedDate",
    "onsetDateTime",
    "performedDateTime",
    "authored",
)
"""Elements with the day a resource speaks of; an Encounter and a MeasureReport have a period."""
_NO_DAY: Final = "2026-09-01"

STRUCTURED: Final = "quantity with a unit, and how often"
BARE: Final = "quantity without a unit, and how often"
ONCE: Final = "quantity, for a single dose"
SELDOM: Final = "quantity, not how often"
WORDED: Final = "text only"
TIMED: Final = "neither quantity nor text"
NOTHING: Final = "no dosage at all"
WRITTEN: Final = (STRUCTURED, BARE, ONCE, SELDOM, WORDED, TIMED, NOTHING)
"""What an order writes of its dose, as its JSON stands."""


@dataclass(slots=True, kw_only=True)
class Tally:
    """The counts of one data set.

    ``orders`` and ``meant`` (those about an antidepressant) are by resource type, ``recognised`` by
    how, or by why not; ``unmeant`` are orders we take for an antidepressant and ``Truth`` does not.
    ``doses`` are by what is written and whether the dose is known, ``all_doses`` the same of every
    drug that some rule reads; ``supplied`` are dispenses by
    whether their days' supply is known; the rest is by its own name.
    """

    patients: int = 0
    refused: int = 0
    orders: Counter[str] = field(default_factory=Counter)
    meant: Counter[str] = field(default_factory=Counter)
    recognised: Counter[tuple[str, str]] = field(default_factory=Counter)
    unmeant: Counter[str] = field(default_factory=Counter)
    no_exposure: Counter[str] = field(default_factory=Counter)
    doses: Counter[tuple[str, bool]] = field(default_factory=Counter)
    all_doses: Counter[tuple[str, bool]] = field(default_factory=Counter)
    unknown_doses: Counter[str] = field(default_factory=Counter)
    durations: Counter[str] = field(default_factory=Counter)
    supplied: Counter[bool] = field(default_factory=Counter)
    outcomes: Counter[str] = field(default_factory=Counter)
    set_aside: Counter[str] = field(default_factory=Counter)
    issues: Counter[tuple[str, str]] = field(default_factory=Counter)
    verdicts: Counter[str] = field(default_factory=Counter)
    confirmed: int = 0

    def share_recognised(self, kind: str = KINDS[0]) -> float:
        """Return how many of the antidepressant orders are recognised, from 0 to 1."""
        known = sum(self.recognised[kind, how] for how in ("code", "ATC code", "text"))
        return known / self.meant[kind] if self.meant[kind] else 1.0


def known_of(doses: Counter[tuple[str, bool]], written: Iterable[str]) -> tuple[int, int]:
    """Return how many doses are known of the orders that write their dose so, and of how many."""
    ways = tuple(written)
    known = sum(doses[one, True] for one in ways)
    return known, known + sum(doses[one, False] for one in ways)


def tally_of(data: DataSet, shared: Path, truth: Truth, knowledge: Knowledge) -> Tally:
    """Count what is read of one data set."""
    found = Tally()
    for record in data.records(shared):
        found.patients += 1
        _count_record(record, truth, knowledge, found)
    return found


def _count_record(record: PatientRecord, truth: Truth, knowledge: Knowledge, found: Tally) -> None:
    resources = record.resources()
    asked = [one for one in resources if one["resourceType"] in KINDS]
    found.orders.update(one["resourceType"] for one in asked)
    there = {evidence_of(one): one for one in resources if one["resourceType"] == "Medication"}
    meant = [
        one
        for one in asked
        if truth.is_antidepressant(one, [there[name] for name in medications_of(one, there)])
    ]
    found.meant.update(one["resourceType"] for one in meant)
    try:
        assessment = assess_gathered(gather(record.values), knowledge, last_day(resources))
        ordered = read_chart(gather(_as_ordered(record)), knowledge)
    except WrongPatient:
        found.refused += 1
        return
    _count_recognised(ordered, asked, meant, knowledge, found)
    found.no_exposure.update(_no_exposure(assessment.chart, meant))
    _count_exposures(assessment.chart, asked, knowledge, found)
    _count_assessment(assessment, found)


def _count_exposures(
    chart: PatientChart, asked: Iterable[Json], knowledge: Knowledge, found: Tally
) -> None:
    """Count doses and durations of the orders that are evidence of exposure, and days' supply."""
    by_name = {evidence_of(one): one for one in asked}
    for row in chart.medications:
        if row.evidence not in by_name:
            continue
        written = written_dose(by_name[row.evidence])
        is_known = bool(row.steps) and all(step.high is not None for step in row.steps)
        found.all_doses[written, is_known] += 1
        if row.drug.ingredient not in knowledge.antidepressants:
            continue
        found.doses[written, is_known] += 1
        found.durations[duration_of(row)] += 1
        if not is_known:
            reasons = (step.because for step in row.steps if step.high is None)
            found.unknown_doses[next(reasons, "no dosage is recorded")] += 1
    for handed in chart.dispenses:
        if handed.drug.ingredient in knowledge.antidepressants:
            found.supplied[handed.days is not None] += 1


def last_day(resources: Iterable[Json]) -> Day:
    """Return the last day a record speaks of: the day to read it for."""
    spans = [span_of(text) for one in resources for text in _dates(one)]
    return max((span[1] for span in spans if span), default=(span_of(_NO_DAY) or (0, 0))[1])


def _dates(one: Json) -> Iterator[str]:
    period = one.get("period") or {}
    values = [one.get(name) for name in _DAYS] + [period.get("start"), period.get("end")]
    return (value for value in values if isinstance(value, str))


def _as_ordered(record: PatientRecord) -> list[Json]:
    """Return a record's drugs alone, every order an active one and every dispense completed.

    The addresses of a Bundle's entries stay: references may lead to them.
    """
    return [_drugs_ordered(value) for value in record.values if _is_of_drugs(value)]


def _is_of_drugs(value: Json) -> bool:
    return value["resourceType"] in {"Bundle", "Medication", *KINDS}


def _drugs_ordered(value: Json) -> Json:
    kind = value["resourceType"]
    if kind == "Bundle":
        entries = [
            {**entry, "resource": _drugs_ordered(entry["resource"])}
            for entry in value["entry"]
            if _is_of_drugs(entry["resource"])
        ]
        return {**value, "entry": entries}
    if kind == "Medication":
        return value
    kept = {key: held for key, held in value.items() if key not in _UNSAYING}
    return {**kept, "status": "active" if kind == KINDS[0] else "completed", "intent": "order"}


def _count_recognised(
    chart: PatientChart,
    asked: Iterable[Json],
    meant: Iterable[Json],
    knowledge: Knowledge,
    found: Tally,
) -> None:
    drugs = {row.evidence: row.drug for row in chart.medications}
    drugs |= {row.evidence: row.drug for row in chart.dispenses}
    by_name = {
        name: drug for name, drug in drugs.items() if drug.ingredient in knowledge.antidepressants
    }
    refused = {row.evidence: row.because for row in chart.not_recognised}
    names = {evidence_of(one) for one in meant}
    for name in names:
        kind, drug = name.partition("/")[0], by_name.get(name)
        how = drug.matched_by.value if drug else refused.get(name, "taken for an ordinary drug")
        found.recognised[kind, how] += 1
    for one in asked:
        name = evidence_of(one)
        if name in by_name and name not in names:
            found.unmeant[by_name[name].ingredient] += 1


def _no_exposure(chart: PatientChart, meant: Iterable[Json]) -> Iterator[str]:
    """Yield why an order of an antidepressant was none: cancelled, a plan, not to be given."""
    names = {evidence_of(one) for one in meant}
    for issue in chart.issues:
        if issue.resource in names and issue.effect.startswith(("not an exposure", "not counted")):
            yield issue.what


# -------------------------------------------------------------------------------- doses and lengths


def written_dose(one: Json) -> str:
    """Return what an order writes of its dose, told from its JSON alone."""
    dosages = [row for row in one.get("dosageInstruction") or [] if row]
    if not dosages:
        return NOTHING
    quantities = [
        quantity
        for row in dosages
        for rate in (*(row.get("doseAndRate") or []), row)
        if (quantity := rate.get("doseQuantity") or (rate.get("doseRange") or {}).get("high"))
        and "value" in quantity
    ]
    if quantities:
        if any(map(_is_single, dosages)):
            return ONCE
        if not all(map(_tells_how_often, dosages)):
            return SELDOM
        has_unit = all(q.get("unit") or q.get("code") for q in quantities)
        return STRUCTURED if has_unit else BARE
    worded = any(row.get("text") or row.get("patientInstruction") for row in dosages)
    return WORDED if worded else TIMED


_SINGLE: Final = frozenset({"ONCE", "ONCE MR1", "ONCE:PRN"})


def _is_single(dosage: Json) -> bool:
    """Say whether a timing code orders one dose and no more: ONCE, perhaps once repeated."""
    coded = ((dosage.get("timing") or {}).get("code") or {}).get("coding") or []
    return any(str(row.get("code", "")).upper() in _SINGLE for row in coded)


def _tells_how_often(dosage: Json) -> bool:
    timing = dosage.get("timing") or {}
    repeat = timing.get("repeat") or {}
    in_code = bool(timing.get("code"))
    return in_code or any(repeat.get(name) for name in ("frequency", "when", "timeOfDay"))


def duration_of(row: MedicationRecord) -> str:
    """Return by what the days of an order can be told."""
    if start_of(row) is None:
        return "no date"
    if row.end is not None:
        return "a written end"
    if row.supply_days is not None:
        return "days of supply"
    if row.validity is not None and row.validity[1] is not None:
        return "the window of dispensing"
    if row.start is not None and row.status == "active":
        return "running, a written start"
    return "only the day it was written"


# ---------------------------------------------------------------------------------- what was judged


def _count_assessment(assessment: Assessment, found: Tally) -> None:
    out = report(assessment)
    found.outcomes.update(trial["outcome"] for trial in out["trials"])
    found.set_aside.update(row["reason"] for row in out["setAside"] for _ in row["evidence"])
    found.issues.update((_of_no_one(row["what"]), row["effect"]) for row in out["issues"])
    if out["trials"]:
        found.verdicts[out["resistance"]["verdict"]] += 1
    found.confirmed += out["resistance"]["confirmed"]


_NUMBER: Final = re.compile(r"\d+(?:[.,]\d+)?")


def _of_no_one(what: str) -> str:
    """Leave numbers out of an issue, so that the same kind is counted together."""
    return what if "PHQ-" in what and "total is outside" in what else _NUMBER.sub("…", what)
