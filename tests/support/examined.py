"""Whole patients in a few lines each: what is charted, and what the report must say of it.

Every builder returns the resources of one charted fact, as a list, without ids; ``examined`` puts
a patient and her facts together, numbers them and returns the report. Dates are whole ISO dates,
the day of the assessment is ``TODAY``. ``differs`` compares only what a patient's answer names.
"""

from collections.abc import Iterable
from datetime import date, timedelta
from typing import Any

import pytest

from tests.support.fhir import (
    CPT,
    ICD,
    RXNORM,
    SNOMED,
    SUBJECT,
    UCUM,
    Json,
    bundle,
    concept,
    condition,
    dosage,
    observation,
    order,
    patient,
)
from trd.knowledge.load import load_knowledge
from trd.read import gather
from trd.readings import assess_gathered
from trd.report import report

KNOWLEDGE = load_knowledge()
TODAY = date(2026, 9, 1)
YES, NO = "LA33-6", "LA32-8"
ITEM9, PHQ9, PHQ_A = "44260-8", "44261-6", "89204-2"

Facts = list[Json]
NOBODY: Facts = []


# ------------------------------------------------------------------------------- conditions, drugs


def coded(
    code: str | None, onset: str | None = None, clinical: str = "active", **more: Any
) -> Facts:
    """Return a diagnosis by its ICD-10-CM code, or by another system's."""
    named = concept(more.pop("system", ICD), code, more.pop("text", None))
    dated = {"onsetDateTime": onset} if onset else {}
    return [condition("", named, clinical, **dated, **more)]


def worded(text: str, onset: str = "2015-01-01", **more: Any) -> Facts:
    """Return a diagnosis in words alone."""
    return coded(None, onset, text=text, **more)


def drug_of(product: str) -> Json:
    """Return the concept of an RxNorm code, or of a name."""
    return concept(RXNORM, product) if product.isdigit() else concept(text=product)


def ordered(product: str | Json, dosages: list[Json], why: str | None = None, **more: Any) -> Facts:
    """Return an order with these Dosages, stopped unless told otherwise; ``why`` it was stopped."""
    given: Json = {"status": "stopped", **more}
    reason = given.pop("reason", None)
    if why:
        given["statusReason"] = {"text": why}
    if reason:
        given["reasonCode"] = [{"text": reason} if isinstance(reason, str) else reason]
    return [order("", drug_of(product) if isinstance(product, str) else product, dosages, **given)]


def took(
    product: str | Json,
    mg: float | None,
    start: str | None,
    end: str | None = None,
    why: str | None = None,
    **more: Any,
) -> Facts:
    """Return an order of mg a day within written bounds: stopped with an end, else active.

    ``steps`` are (start, mg) pairs of one order, each to the day before the next one; ``repeat``
    changes how often a dose is taken, ``sig`` is the instruction's text.
    """
    sig, repeat = more.pop("sig", None), more.pop("repeat", {})
    steps = more.pop("steps", [(start, mg)])
    ends = [(date.fromisoformat(at) - timedelta(1)).isoformat() for at, _ in steps[1:]] + [end]
    dosages = [
        dosage(amount, at, last, sig, **({"sequence": number} if len(steps) > 1 else {}))
        for number, ((at, amount), last) in enumerate(zip(steps, ends, strict=True), start=1)
    ]
    for one in dosages:
        one["timing"]["repeat"].update(repeat)
    given = {"status": "stopped" if end else "active", **({"authoredOn": start} if start else {})}
    return ordered(product, dosages, why, **(given | more))


def written(product: str, mg: float, on: str, why: str | None = None, **more: Any) -> Facts:
    """Return an order known by its date alone."""
    return ordered(product, [dosage(mg)], why, authoredOn=on, **more)


def tablets(count: float | None, per_day: int = 1, text: str | None = None, **more: Any) -> Json:
    """Return a Dosage of so many tablets, so many times a day."""
    made = dosage(None, more.pop("start", None), more.pop("end", None), text, **more)
    made["timing"]["repeat"]["frequency"] = per_day
    if count is not None:
        made["doseAndRate"] = [{"doseQuantity": {"value": count, "unit": "tablet"}}]
    return made


def supplied(product: str, on: str, count: int, why: str | None = None, **more: Any) -> Facts:
    """Return an order of so many tablets without written bounds, one a day unless told."""
    request: Json = {"quantity": {"value": count, "unit": "tablet"}}
    if "repeats" in more:
        request["numberOfRepeatsAllowed"] = more.pop("repeats")
    if "days" in more:
        request["expectedSupplyDuration"] = days_of(more.pop("days"))
    given = {"status": "completed", "authoredOn": on, "dispenseRequest": request}
    dose = tablets(1, more.pop("per_day", 1))
    return ordered(product, [dose], why, **(given | more))


def days_of(count: int) -> Json:
    """Return a Duration of days."""
    return {"value": count, "unit": "days", "system": UCUM, "code": "d"}


def handed(product: str, on: str, count: int, **more: Any) -> Facts:
    """Return a dispense of so many tablets for as many days."""
    made: Json = {
        "resourceType": "MedicationDispense",
        "status": "completed",
        "subject": SUBJECT,
        "medicationCodeableConcept": drug_of(product),
        "whenHandedOver": on,
        "quantity": {"value": count, "unit": "tablet"},
        "daysSupply": days_of(count),
    }
    return [made | more]


def stated(product: str, mg: float, start: str, end: str | None = None, **more: Any) -> Facts:
    """Return a reported use of a drug."""
    period = {key: value for key, value in (("start", start), ("end", end)) if value}
    made: Json = {
        "resourceType": "MedicationStatement",
        "status": "completed",
        "subject": SUBJECT,
        "medicationCodeableConcept": drug_of(product),
        "effectivePeriod": period,
        "dosage": [dosage(mg)],
    }
    return [made | more]


# ------------------------------------------------------------------------ scores, questions, care


def seen(code: str | Json, on: str | None, value: Any = None, **more: Any) -> Facts:
    """Return an Observation of a LOINC code, or of a concept; ``value`` or any value[x]."""
    made = observation("", code if isinstance(code, str) else "", on, value, **more)
    return [made if isinstance(code, str) else made | {"code": code}]


def phq(on: str, total: int, item9: int | None = 0, **more: Any) -> Facts:
    """Return a PHQ-9 total with its item 9, 0 unless told; None: no item 9."""
    item = [] if item9 is None else seen(ITEM9, on, item9, **more)
    return seen(PHQ9, on, total, **more) + item


_CSSRS = {
    "q1": "93246-7",
    "q2": "93247-5",
    "q3": "93248-3",
    "q4": "93249-1",
    "q5": "93250-9",
    "q6": "93267-3",
    "recent": "93269-9",
}


def cssrs(on: str, yes: str = "", no: str = "") -> Facts:
    """Return answers to the C-SSRS screener: the questions answered yes, and those answered no."""
    told = [(name, YES) for name in yes.split()] + [(name, NO) for name in no.split()]
    return [one for name, value in told for one in seen(_CSSRS[name], on, value)]


def asked(link: str, text: str | None, value: Json, **more: Any) -> Json:
    """Return an item of a questionnaire with one answer."""
    return {"linkId": link, **({"text": text} if text else {}), "answer": [value], **more}


def form(*items: Json, on: str | None = "2026-08-28", **more: Any) -> Facts:
    """Return a questionnaire kept as answers."""
    made: Json = {
        "resourceType": "QuestionnaireResponse",
        "status": "completed",
        "subject": SUBJECT,
        "item": list(items),
    }
    return [made | ({"authored": on} if on else {}) | more]


def done(code: str | None, on: str, text: str | None = None, **more: Any) -> Facts:
    """Return a completed procedure by its CPT or SNOMED CT code."""
    length_of_cpt = 5
    system = CPT if code and len(code) == length_of_cpt else SNOMED
    made: Json = {
        "resourceType": "Procedure",
        "status": "completed",
        "subject": SUBJECT,
        "code": concept(system, code, text),
        "performedDateTime": on,
    }
    return [made | more]


def tms(start: str, outcome: str | None = None, sessions: int = 30) -> Facts:
    """Return a course of TMS on weekdays; the last session says what came of it."""
    first = date.fromisoformat(start)
    made: Facts = []
    for at in range(sessions):
        on = first + timedelta(at + 2 * (at // 5))
        made += done("90868" if at else "90867", on.isoformat())
    if outcome:
        made[-1]["outcome"] = {"text": outcome}
    return made


def device(kind: Json, status: str = "active") -> Facts:
    """Return an implant."""
    return [{"resourceType": "Device", "status": status, "patient": SUBJECT, "type": kind}]


def stay(
    end: str = "2026-08-02", start: str = "2026-07-20", kind: str = "IMP", **more: Any
) -> Facts:
    """Return a stay in hospital, or by ``kind`` EMER a visit to the emergency department."""
    made: Json = {
        "resourceType": "Encounter",
        "status": "finished",
        "subject": SUBJECT,
        "class": {"code": kind},
        "period": {"start": start, "end": end},
    }
    return [made | more]


# -------------------------------------------------------------- the same facts of many patients

MDD = coded("F33.1", "2025-09-01")
COURSE_1 = ("312938", 100, "2025-10-01", "2025-12-31")
COURSE_2 = ("808744", 150, "2026-01-05", "2026-05-05")
SCORED_1 = phq("2025-10-01", 20) + phq("2025-12-28", 18)
FAILURE_1 = took(*COURSE_1, "lack of effect") + SCORED_1
"""Sertraline 100 mg for three months, PHQ-9 from 20 to 18."""

FAILURE_2 = took(*COURSE_2, "lack of effect") + phq("2026-05-03", 19)
"""Venlafaxine XR 150 mg for four months."""

NOW = phq("2026-08-25", 18)
ONE = MDD + FAILURE_1 + NOW
BARE_TWO = FAILURE_1 + FAILURE_2 + NOW
TWO = MDD + BARE_TWO
"""Two clean failures and symptoms now: the definition is met and nothing stands against TMS."""


# ----------------------------------------------------------------------------- charts and answers


def case(sentence: str, facts: Facts, *answer: Any) -> Any:
    """Return one patient of a table."""
    return pytest.param(facts, *answer, id=sentence)


def examined(
    facts: Iterable[Json], born: str | None = "1980-03-03", bundled: Json | None = None
) -> Json:
    """Return the report of a woman with these facts; ``bundled`` is put into the Bundle itself."""
    charted = [
        one | {"id": one.get("id") or f"r{at}"} for at, one in enumerate([patient(born), *facts])
    ]
    whole = bundle(charted) | (bundled or {})
    return report(assess_gathered(gather([whole]), KNOWLEDGE, TODAY.toordinal()))


def level(*facts: Json) -> str:
    """Return how severe the crisis signals of a depressed woman are."""
    return str(examined(MDD + list(facts))["crisis"]["level"])


def trial(
    outcome: str | None = "inefficacy",
    dose: str | None = "met",
    duration: str | None = "met",
    *,
    counts: bool | None = None,
    **more: Any,
) -> Json:
    """Return what a row of trials must say; it counts as an adequate failure unless told."""
    adequacy = "met" if dose == duration == "met" else "unknown"
    if "not-met" in (dose, duration):
        adequacy = "not-met"
    counted = adequacy == "met" and outcome == "inefficacy" if counts is None else counts
    told = {"outcome": outcome, "dose": dose, "duration": duration, "adequacy": adequacy}
    return told | {"counts": counted} | more


def answer(verdict: str | None = None, confirmed: int | None = None, **more: Any) -> Json:
    """Return what a report must say: the verdict, the counts, candidacy, crisis, and rows."""
    told = {"verdict": verdict, "confirmed": confirmed, **more}
    return {key: value for key, value in told.items() if value is not None}


MET = answer("met", 2, possible=0, intolerance=0, candidacy="candidate", crisis="none")
"""The answer of ``TWO``."""


def differs(out: Json, told: Json) -> list[str]:
    """Return every difference between a report and what it must say, [] if nothing differs."""
    found = []
    for name, wanted in told.items():
        if name == "trials":
            found += _rows(out, wanted)
            continue
        got = _said(out, name)
        if got != wanted:
            found.append(f"{name}: wanted {wanted}, got {got}")
    return found


def _said(out: Json, name: str) -> Any:
    if name == "candidacy":
        return out["candidacy"]["verdict"]
    if name == "crisis":
        return out["crisis"]["level"]
    if name == "set_aside":
        return sorted((row["ingredient"], row["reason"]) for row in out["setAside"])
    if name == "augmentation":
        return sorted(row["ingredient"] for row in out["augmentation"])
    if name == "other":
        told = out.get("otherTreatments", [])
        return sorted((row["kind"], row.get("sessions")) for row in told)
    if name == "issues":
        return bool(out["issues"])
    return out["resistance"].get({"lifetime": "lifetimeConfirmed"}.get(name, name))


def _rows(out: Json, wanted: Json) -> list[str]:
    got = {row["ingredient"]: row for row in out["trials"]}
    if len(got) != len(out["trials"]) or set(got) != set(wanted):
        return [f"trials: wanted {sorted(wanted)}, got {[r['ingredient'] for r in out['trials']]}"]
    return [
        f"{drug}.{key}: wanted {value}, got {got[drug].get(key)} ({got[drug]['because']})"
        for drug, told in wanted.items()
        for key, value in told.items()
        if got[drug].get(key) != value
    ]
