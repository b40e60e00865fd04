"""Small charts for the tests of the pipeline: FHIR resources dated by days ago, and single facts.

``days`` in the first half are days before ``AS_OF``; in the second half, which builds what the
judging functions take, a day is a plain number.
"""

import json
from collections.abc import Iterable, Mapping
from datetime import date, timedelta
from typing import Any

from tests.support.fhir import (
    ICD,
    RXNORM,
    SUBJECT,
    Json,
    bundle,
    concept,
    condition,
    dosage,
    observation,
    order,
    patient,
)
from trd.adequacy import judge_adequacy
from trd.chart import (
    ConceptHit,
    Diagnosis,
    Dispense,
    DoseStep,
    Drug,
    MatchedBy,
    MedicationRecord,
    ReadStatus,
    RecordKind,
    ScaleScore,
)
from trd.exposures import Course, Segment
from trd.findings import Verdict
from trd.knowledge.load import load_knowledge
from trd.outcome import Outcome, OutcomeFinding, OutcomeInput
from trd.overlap import JudgedCourse, Relations
from trd.read import Gathered, gather
from trd.readings import assess_gathered
from trd.report import report
from trd.trials import CURRENT, JudgedTrial

KNOWLEDGE = load_knowledge()
AS_OF = date(2026, 9, 1)
RANK = {"not-met": 0, "unknown": 1, "met": 2}
"""Verdicts in order, the strongest last."""


# ---------------------------------------------------------------------------- FHIR in, report out


def ago(days: int | None) -> str | None:
    """Return the date so many days before the day of the assessment."""
    return None if days is None else (AS_OF - timedelta(days=days)).isoformat()


def gathered(resources: Iterable[Json], reads: Mapping[str, ReadStatus] | None = None) -> Gathered:
    """Return resources as they arrive; ``reads`` says which needs were not read completely."""
    found = gather([bundle(list(resources))])
    return Gathered(
        patient_id=found.patient_id,
        resources=found.resources,
        reads={**found.reads, **(reads or {})},
        references=found.references,
    )


def assessed(
    *resources: Json, reads: Mapping[str, ReadStatus] | None = None, as_of: date = AS_OF
) -> Json:
    """Return the report of one chart."""
    return report(assess_gathered(gathered(resources, reads), KNOWLEDGE, as_of.toordinal()))


def as_text(out: Json) -> str:
    """Return a report as text, so that nothing can differ unseen."""
    return json.dumps(out, ensure_ascii=False)


def woman(birth_date: str | None = "1980-03-14") -> Json:
    """Return the patient."""
    return patient(birth_date)


def product(name: str) -> Json:
    """Return the concept of an antidepressant's or another drug's ingredient."""
    known = KNOWLEDGE.antidepressants.get(name) or KNOWLEDGE.other_drugs.get(name)
    return concept(RXNORM, known.rxcui, text=name) if known else concept(text=name)


def taken(
    local: str, name: str, mg: float | None, start: int, end: int | None = None, **more: Any
) -> Json:
    """Return an order taken from so many to so many days ago; without an end it still runs."""
    extra: Json = {"status": "active" if end is None else "completed", "authoredOn": ago(start)}
    said = more.pop("said", None)
    if said:
        extra["statusReason"] = {"text": said}
    sig = more.pop("sig", None)
    reason = more.pop("reason", None)
    if reason:
        extra["reasonCode"] = [{"text": reason}]
    return order(local, product(name), [dosage(mg, ago(start), ago(end), sig)], **(extra | more))


def handed_over(local: str, name: str, on: int, days: int | None = None, **more: Any) -> Json:
    """Return a dispense."""
    made: Json = {
        "resourceType": "MedicationDispense",
        "id": local,
        "status": "completed",
        "subject": SUBJECT,
        "medicationCodeableConcept": product(name),
        "whenHandedOver": ago(on),
    }
    return made | ({"daysSupply": {"value": days, "code": "d"}} if days else {}) | more


def failure(local: str, name: str, start: int, mg: float) -> Json:
    """Return an adequate failure of 60 days by its charted reason."""
    return taken(local, name, mg, start, start - 60, said="no effect")


def procedure(local: str, on: int | None, named: Json | str, **more: Any) -> Json:
    """Return a completed procedure so many days ago, by its concept or by words."""
    made: Json = {
        "resourceType": "Procedure",
        "id": local,
        "status": "completed",
        "subject": SUBJECT,
        "code": {"text": named} if isinstance(named, str) else named,
    }
    return made | ({} if on is None else {"performedDateTime": ago(on)}) | more


def phq9(local: str, on: int, total: int) -> Json:
    """Return a PHQ-9 total."""
    return observation(local, "44261-6", ago(on), total)


def depression(local: str = "dep", onset: int | None = 300, code: str = "F33.1") -> Json:
    """Return an active depressive diagnosis, recorded ten days after its onset."""
    made = condition(local, concept(ICD, code))
    if onset is None:
        return made
    return made | {"onsetDateTime": ago(onset), "recordedDate": ago(onset - 10)}


def diagnosed(local: str, code: str, **more: Any) -> Json:
    """Return another diagnosis by its ICD-10-CM code."""
    clinical = more.pop("clinical", "active")
    return condition(local, concept(ICD, code), clinical, **more)


def row_of(out: Json, ingredient: str) -> Json:
    """Return the trial row of one drug; there must be just one."""
    found = [row for row in out["trials"] if row["ingredient"] == ingredient]
    assert len(found) == 1, found
    return found[0]


# -------------------------------------------------------------------------------- single facts


def segment(start: int, stop: int, mg: float | None = 100, **more: Any) -> Segment:
    """Return covered days at one dose, from written bounds unless said otherwise."""
    given: dict[str, Any] = {
        "last": stop,
        "low": mg,
        "high": mg,
        "certain": True,
        "release": None,
        "evidence": (f"MedicationRequest/{start}",),
    }
    return Segment(start=start, stop=stop, **(given | more))


def supply(start: int, days: int, mg: float | None = 100, **more: Any) -> Segment:
    """Return the days a supply covers."""
    given = {"last": start + days - 1, "from_supply": True, "strength": mg} | more
    return segment(start, start + days, mg, **given)


def drug(name: str = "sertraline", **more: Any) -> Drug:
    """Return a recognised drug."""
    return Drug(**({"ingredient": name, "matched_by": MatchedBy.CODE} | more))


def step(start: int | None, end: int | None, mg: float | None = 100) -> DoseStep:
    """Return one stretch of an instruction."""
    return DoseStep(start=start, end=end, low=mg, high=mg)


def record(start: int | None = None, end: int | None = None, **more: Any) -> MedicationRecord:
    """Return an order of sertraline 100 mg, active without an end, else completed."""
    given: dict[str, Any] = {
        "evidence": "MedicationRequest/1",
        "kind": RecordKind.ORDER,
        "drug": drug(),
        "status": "active" if end is None else "completed",
        "authored": start,
        "steps": (step(start, end),),
    }
    return MedicationRecord(start=start, end=end, **(given | more))


def dispense(on: int, days: float | None = 30, **more: Any) -> Dispense:
    """Return a dispense of sertraline without a dose of its own."""
    given: dict[str, Any] = {
        "evidence": f"MedicationDispense/{on}",
        "drug": drug(),
        "units": None,
        "low": None,
        "high": None,
    }
    return Dispense(on=on, days=days, **(given | more))


def course(*segments: Segment, **more: Any) -> Course:
    """Return a course of sertraline that ended with its last segment."""
    last = max(s.last for s in segments)
    given: dict[str, Any] = {
        "ingredient": "sertraline",
        "segments": segments,
        "records": (),
        "dispenses": (),
        "start": min(s.start for s in segments),
        "last": last,
        "end": last,
        "end_inferred": False,
        "end_known": True,
        "ongoing": False,
        "reported_only": False,
        "stale": False,
    }
    return Course(**(given | more))


def facts(**more: Any) -> OutcomeInput:
    """Return a course of 100 days from day 1000 on that ended without a reason."""
    given: dict[str, Any] = {
        "start": 1000,
        "as_of": 2000,
        "ongoing": False,
        "adequacy": Verdict.MET,
        "days": 100,
        "most_days": more.get("days", 100),
        "end_score_from": 1028,
        "perhaps_from": 1028,
        "until": 1114,
        "under": (),
        "not_before": None,
        "reasons": frozenset(),
        "said": "",
        "reason_evidence": ("MedicationRequest/1",),
        "switched": False,
        "non_adherent": "",
    }
    return OutcomeInput(**(given | more))


def score(on: int, total: int | None, **more: Any) -> ScaleScore:
    """Return a PHQ-9."""
    given: dict[str, Any] = {
        "instrument": "PHQ-9",
        "at": "",
        "items": {},
        "evidence": (f"Observation/{on}",),
    }
    return ScaleScore(on=on, total=total, **(given | more))


def diagnosis(name: str = "mdd", onset: int | None = None, **more: Any) -> Diagnosis:
    """Return a diagnosis of one concept."""
    attributes = {key: more.pop(key) for key in ("severity", "psychotic") if key in more}
    given: dict[str, Any] = {
        "evidence": f"Condition/{name}-{onset}",
        "hits": (ConceptHit(concept=name, label=name, **attributes),),
        "label": name,
    }
    return Diagnosis(onset=onset, **(given | more))


def judged_course(*segments: Segment, of: str = "sertraline", **more: Any) -> JudgedCourse:
    """Return a course of one drug with its adequacy."""
    known = KNOWLEDGE.antidepressants[of]
    taken = course(*segments, **({"ingredient": of} | more))
    adequacy = judge_adequacy(taken, known, KNOWLEDGE.criteria.trial)
    return JudgedCourse(course=taken, drug=known, adequacy=adequacy)


def trial(
    start: int = 100,
    end: int = 200,
    outcome: Outcome = Outcome.INEFFICACY,
    *,
    of: str = "sertraline",
    enough: bool = True,
    **more: Any,
) -> JudgedTrial:
    """Return a judged trial of the current episode at twice its minimum, or of unknown dose."""
    known = KNOWLEDGE.antidepressants[of]
    mg = 2 * known.minima[0].minimum_mg if enough else None
    one = judged_course(segment(start, end, mg), of=of, **more.pop("course", {}))
    given: dict[str, Any] = {
        "outcome": OutcomeFinding(outcome=outcome, because=outcome.value),
        "relations": Relations(until=end),
        "doubts": (),
        "excluded": "",
        "period": CURRENT,
    }
    return JudgedTrial(course=one.course, drug=known, adequacy=one.adequacy, **(given | more))
