"""What do diagnoses and encounters say that concerns safety?

Ideation, attempts and self-harm, psychosis and its kin where new, self-neglect, poisoning of
undetermined intent, hallucinations; psychiatric discharges and visits for self-harm. Each fact
becomes a ``Sighting`` with the windows of its row.
"""

from collections.abc import Iterator, Mapping
from typing import Final

from trd.chart import Diagnosis, MedicationRecord, PatientChart, Visit
from trd.crisis_signals import EasedBy, Sighting, Windows, on_day
from trd.dates import Day, iso
from trd.knowledge import Knowledge
from trd.knowledge.criteria import CrisisCriteria

_KIND_BY_CONCEPT: Final[Mapping[str, str]] = {
    "suicidal-ideation": "suicidal-ideation",
    "homicidal-ideation": "homicidal-ideation",
    "suicide-attempt": "suicidal-behaviour",
    "self-harm": "suicidal-behaviour",
    "nssi": "self-harm",
    "self-harm-history": "history",
    "psychosis": "psychosis",
    "mania": "mania",
    "catatonia": "catatonia",
    "postpartum-psychosis": "postpartum-psychosis",
    "self-neglect": "self-neglect",
    "undetermined-poisoning": "undetermined-poisoning",
    "hallucination": "hallucination",
}
_NEW_ONLY: Final = frozenset({"psychosis", "mania", "catatonia", "psychotic-depression"})
_IDEATION: Final = frozenset({"suicidal-ideation", "homicidal-ideation"})
_BEHAVIOUR: Final = frozenset({"suicidal-behaviour", "self-harm"})
_VISIT_CONCEPTS: Final = frozenset({"suicidal-ideation", "suicide-attempt", "self-harm", "nssi"})
_INJURY_CODE_LENGTH: Final = 7
_DEPRESSION: Final = frozenset({"mdd", "bipolar"})


def diagnosis_sightings(
    chart: PatientChart, knowledge: Knowledge, as_of: Day
) -> Iterator[Sighting]:
    """Yield what each diagnosis says, dated by onset, else recorded, else encounter.

    Rule: R16.
    """
    criteria = knowledge.criteria.crisis
    for diagnosis in chart.diagnoses:
        for kind in sorted(_kinds(diagnosis)):
            if kind not in _NEW_ONLY:
                windows = _windows(kind, diagnosis, criteria)
                yield _sighting(kind, diagnosis, windows, as_of)
                continue
            known = _known_before(kind, diagnosis, chart, knowledge, as_of)
            windows = Windows(critical=None if known else criteria.new_psychosis_days, kept=True)
            yield _sighting(kind, diagnosis, windows, as_of, known)


def visit_sightings(chart: PatientChart, knowledge: Knowledge) -> Iterator[Sighting]:
    """Yield psychiatric discharges, and visits whose reason is self-harm or ideation.

    Rule: R16.
    """
    windows = Windows(warning=knowledge.criteria.crisis.discharge_warning_days)
    for visit in chart.visits:
        if visit.kind == "inpatient" and visit.psychiatric:
            yield _stay_sighting(visit, windows)
        reasons = sorted({hit.label for hit in visit.hits if hit.concept in _VISIT_CONCEPTS})
        if reasons:
            yield _reason_sighting(visit, windows, ", ".join(reasons))


def _kinds(diagnosis: Diagnosis) -> set[str]:
    """Return the kinds of signal a diagnosis may be; the more exact one where two would overlap."""
    concepts = diagnosis.concepts()
    kinds = {_KIND_BY_CONCEPT[concept] for concept in concepts if concept in _KIND_BY_CONCEPT}
    if "history" in kinds and is_late_effect(diagnosis):
        kinds = (kinds - {"history"}) | {"suicidal-behaviour"}
    if any(hit.psychotic and hit.concept in _DEPRESSION for hit in diagnosis.hits):
        kinds.add("psychotic-depression")
    if "postpartum-psychosis" in kinds:
        kinds.discard("psychosis")
    if "mania" in kinds:
        kinds.discard("psychotic-depression")
    return kinds


def is_late_effect(diagnosis: Diagnosis) -> bool:
    """Say whether an injury code ends in the 7th character S: the event is told by its onset."""
    code = diagnosis.code.upper().replace(".", "")
    return len(code) == _INJURY_CODE_LENGTH and code[0] in "TX" and code.endswith("S")


def _windows(kind: str, diagnosis: Diagnosis, criteria: CrisisCriteria) -> Windows:
    """Return the windows of a diagnosis that needs not be new; "history of" has none.

    Resolved or inactive ideation is a warning at most.

    Rule: R16.
    """
    if kind in _IDEATION:
        critical = None if diagnosis.is_over() else criteria.ideation_diagnosis_critical_days
        return Windows(critical=critical, warning=criteria.critical_fades_days)
    if kind in _BEHAVIOUR and is_late_effect(diagnosis) and diagnosis.onset is None:
        # a late effect recorded now says nothing about when the event was
        return Windows(warning=criteria.behaviour_critical_days, kept=True)
    if kind in _BEHAVIOUR:
        return Windows(critical=criteria.behaviour_critical_days, kept=True)
    if kind == "postpartum-psychosis":
        return Windows(critical=criteria.postpartum_psychosis_days)
    if kind == "self-neglect":
        return Windows(warning=criteria.self_neglect_warning_days)
    if kind == "history":
        return Windows()
    return Windows(warning=criteria.uncertain_intent_warning_days)


def _known_before(
    kind: str, diagnosis: Diagnosis, chart: PatientChart, knowledge: Knowledge, as_of: Day
) -> str:
    """Say why a psychosis, mania or catatonia is not new; "" where nothing shows that it was known.

    Not new: another such code was recorded more than 30 days before the assessment day, or an
    antipsychotic more than 90 days before this one was recorded.

    Rule: R16.
    """
    criteria = knowledge.criteria.crisis
    others = [other for other in chart.diagnoses if other is not diagnosis]
    codes = [(_first_written(o), o.evidence) for o in others if kind in _kinds(o)]
    written = _first_written(diagnosis)
    told = _earliest(codes, as_of - criteria.new_psychosis_days)
    if told:
        return f"context, earlier such code {told}"
    drugs = [
        (_first_day(record), record.evidence)
        for record in chart.medications
        if _is_antipsychotic(record, knowledge)
    ]
    recorded = as_of if written is None else written
    told = _earliest(drugs, recorded - criteria.earlier_antipsychotic_days)
    return f"context, earlier antipsychotic {told}" if told else ""


def _earliest(records: list[tuple[Day | None, str]], before: Day) -> str:
    dated = [(day, evidence) for day, evidence in records if day is not None and day < before]
    return "".join(f"{evidence}{on_day(day)}" for day, evidence in sorted(dated)[:1])


def _is_antipsychotic(record: MedicationRecord, knowledge: Knowledge) -> bool:
    drug = knowledge.other_drugs.get(record.drug.ingredient)
    return drug is not None and "antipsychotic" in drug.roles


def _first_written(diagnosis: Diagnosis) -> Day | None:
    """Return the day a diagnosis was entered: recorded, else its encounter, else its onset."""
    written = _written(diagnosis)
    return diagnosis.onset if written is None else written


def _written(diagnosis: Diagnosis) -> Day | None:
    return diagnosis.encounter_on if diagnosis.recorded is None else diagnosis.recorded


def _first_day(record: MedicationRecord) -> Day | None:
    days = [record.start, record.authored, *(step.start for step in record.steps)]
    return min((day for day in days if day is not None), default=None)


def _sighting(
    kind: str, diagnosis: Diagnosis, windows: Windows, as_of: Day, known: str = ""
) -> Sighting:
    written = _written(diagnosis)
    eased_by = EasedBy.NOTHING
    if kind == "suicidal-ideation":
        eased_by = EasedBy.ANY_SCREEN
    elif kind in _BEHAVIOUR:
        eased_by = EasedBy.SETTLING_SCREEN
    return Sighting(
        kind=kind,
        on=written if diagnosis.onset is None else diagnosis.onset,
        windows=windows,
        because=_says(diagnosis, known),
        evidence=(diagnosis.evidence,),
        encounter=diagnosis.encounter,
        eased_by=eased_by,
        dates_conflict=_conflict(diagnosis, windows, as_of),
    )


def _conflict(diagnosis: Diagnosis, windows: Windows, as_of: Day) -> bool:
    """Say whether the onset lies outside a window of a signal and its record inside.

    Rule: R16.
    """
    written = _written(diagnosis)
    if diagnosis.onset is None or written is None:
        return False
    onset_age, written_age = as_of - diagnosis.onset, as_of - written
    limits = (windows.critical, windows.warning)
    return any(limit is not None and onset_age > limit >= written_age for limit in limits)


def _says(diagnosis: Diagnosis, known: str) -> str:
    dates = []
    if diagnosis.onset is not None:
        dates.append(f"onset {iso(diagnosis.onset)}")
    if diagnosis.recorded is not None:
        dates.append(f"recorded {iso(diagnosis.recorded)}")
    elif diagnosis.encounter_on is not None:
        dates.append(f"encounter {iso(diagnosis.encounter_on)}")
    notes = [known] if known else []
    if diagnosis.is_provisional():
        notes.append(f"labelled {diagnosis.verification}")
    if diagnosis.is_over():
        notes.append(f"status {diagnosis.clinical}")
    if diagnosis.by_text:
        notes.append("recognised by its words")
    label = diagnosis.label
    if label in {"", diagnosis.code}:
        label = f"{diagnosis.hits[0].label} {diagnosis.code}".rstrip()
    said = f"{label}: {', '.join(dates)}" if dates else label
    return f"{said} ({', '.join(notes)})" if notes else said


def _stay_sighting(visit: Visit, windows: Windows) -> Sighting:
    """Return a psychiatric stay: a warning from its discharge, information while it lasts.

    Rule: R16.
    """
    if visit.in_progress:
        because = f"Psychiatric inpatient stay in progress, started{on_day(visit.start)}"
        return _visit_sighting("psychiatric-stay", visit, visit.start, Windows(), because)
    because = f"Discharge from a psychiatric inpatient stay{on_day(visit.end)}"
    return _visit_sighting("psychiatric-discharge", visit, visit.end, windows, because)


def _reason_sighting(visit: Visit, windows: Windows, reasons: str) -> Sighting:
    """Return a visit for self-harm or ideation, by its end, else its start.

    Rule: R16.
    """
    day = visit.start if visit.end is None or visit.in_progress else visit.end
    is_emergency = visit.kind == "emergency"
    kind = "emergency-self-harm" if is_emergency else "visit-self-harm"
    what = "Emergency visit" if is_emergency else f"{visit.kind.capitalize() or 'Other'} visit"
    progress = " (in progress)" if visit.in_progress else ""
    because = f"{what}{on_day(day)}{progress}: {reasons}"
    return _visit_sighting(kind, visit, day, windows, because)


def _visit_sighting(
    kind: str, visit: Visit, day: Day | None, windows: Windows, because: str
) -> Sighting:
    return Sighting(
        kind=kind,
        on=day,
        windows=windows,
        because=because,
        evidence=(visit.evidence,),
        encounter=visit.evidence,
    )
