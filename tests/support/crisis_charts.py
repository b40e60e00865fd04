"""Small charts for the tests of crisis signals: facts dated by how many days ago they lie."""

from itertools import count
from typing import Any

from tests.support.days import day
from trd.chart import (
    ConceptHit,
    Diagnosis,
    DoseStep,
    Drug,
    MatchedBy,
    MedicationRecord,
    PatientChart,
    PatientFacts,
    ProcedureDone,
    ReadStatus,
    RecordKind,
    SafetyAnswer,
    ScaleScore,
    Visit,
)
from trd.crisis import Crisis, CrisisLevel, find_crisis
from trd.knowledge.load import load_knowledge

TODAY = day("2026-09-01")
CRITICAL, WARNING = CrisisLevel.CRITICAL, CrisisLevel.WARNING
INFORMATION, NONE = CrisisLevel.INFORMATION, CrisisLevel.NONE
INCOMPLETE = CrisisLevel.INCOMPLETE
READ = dict.fromkeys(("conditions", "scores", "responses", "encounters"), ReadStatus.COMPLETE)


KNOWLEDGE = load_knowledge()
SERIAL = count(1)


def ago(days):
    return None if days is None else TODAY - days


def phq(days, item9=None, total=None, instrument="PHQ-9", **more):
    items = {} if item9 is None else {9: item9}
    evidence = (f"Observation/{next(SERIAL)}",)
    values = {"at": "", "items": items, "evidence": evidence} | more
    return ScaleScore(instrument=instrument, on=TODAY - days, total=total, **values)


def answer(item, days=0, value: str | None = "yes", **more):
    values: dict[str, Any] = {"at": "", "preliminary": False} | more
    values.setdefault("evidence", f"Observation/{next(SERIAL)}")
    return SafetyAnswer(item=item, instrument="C-SSRS", on=ago(days), value=value, **values)


def screen(days=0, encounter=None, at="", *, preliminary=False, **values):
    """Return the answers of one screen; q1, q2 and q6 are no unless said otherwise."""
    given_values = {"q1": "no", "q2": "no", "q6": "no"} | values
    return [
        answer(
            f"cssrs-{item}",
            days,
            value,
            encounter=encounter,
            at=at,
            preliminary=preliminary,
        )
        for item, value in given_values.items()
        if value != "absent"
    ]


def code(concept, onset=None, recorded=None, *, psychotic=False, also=None, **more):
    values = {"evidence": f"Condition/{next(SERIAL)}", "label": concept} | more
    for name in ("encounter_on", "abated"):
        values[name] = ago(values.get(name))
    hits = [ConceptHit(concept=concept, label=concept, psychotic=psychotic)]
    hits += [ConceptHit(concept=also, label=also)] if also else []
    return Diagnosis(hits=tuple(hits), onset=ago(onset), recorded=ago(recorded), **values)


def visit(kind="inpatient", *, psychiatric=False, start=None, end=None, concepts=(), **more):
    hits = tuple(ConceptHit(concept=name, label=name) for name in concepts)
    evidence = f"Encounter/{next(SERIAL)}"
    return Visit(
        evidence=evidence,
        kind=kind,
        psychiatric=psychiatric,
        start=ago(start),
        end=ago(end),
        hits=hits,
        **more,
    )


def drug(ingredient, start=None, authored=None, steps=()):
    return MedicationRecord(
        evidence=f"MedicationRequest/{next(SERIAL)}",
        kind=RecordKind.ORDER,
        drug=Drug(ingredient=ingredient, matched_by=MatchedBy.CODE),
        status="active",
        authored=ago(authored),
        start=ago(start),
        end=None,
        steps=tuple(DoseStep(start=ago(d), end=None, low=50, high=50) for d in steps),
    )


def assessed(days=0, outcome=""):
    evidence = f"Procedure/{next(SERIAL)}"
    return ProcedureDone(evidence=evidence, kind="assessment", on=ago(days), outcome=outcome)


FIELD_BY_TYPE = {
    ScaleScore: "scores",
    SafetyAnswer: "answers",
    Diagnosis: "diagnoses",
    Visit: "visits",
    MedicationRecord: "medications",
    ProcedureDone: "procedures",
}


def chart_of(*facts, born: int | None = day("1980-01-01"), reads=None):
    grouped: dict[str, Any] = {}
    for fact in facts:
        for each in fact if isinstance(fact, list) else [fact]:
            grouped.setdefault(FIELD_BY_TYPE[type(each)], []).append(each)
    patient = PatientFacts(id="p", born=born, deceased=False)
    kept: dict[str, Any] = {name: tuple(values) for name, values in grouped.items()}
    return PatientChart(patient=patient, status_by_need=READ | (reads or {}), **kept)


def judge(*facts, **more) -> Crisis:
    return find_crisis(chart_of(*facts, **more), KNOWLEDGE, TODAY)


def kinds(crisis, level=None):
    return [s.kind for s in crisis.signals if level is None or s.level is level]
