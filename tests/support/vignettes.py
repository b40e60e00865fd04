"""Worked patients in YAML: expanded, turned into FHIR resources, and compared.

The format is described in ``tests/vignettes/README.md``.
"""

import copy
import re
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import yaml

from tests.support.fhir import (
    CPT,
    ICD,
    RXNORM,
    SNOMED,
    SUBJECT,
    UCUM,
    Json,
    concept,
    condition,
    observation,
    order,
    patient,
)

_PRN = re.compile(r"as needed|prn", re.IGNORECASE)
_OWN = {"id", "title", "rule", "criterion", "side", "note", "expect", "base", "change"}


def load(path: Path) -> list[Json]:
    """Return the vignettes of one file, each whole."""
    cases = {case["id"]: case for case in yaml.safe_load(path.read_text("utf-8"))["vignettes"]}
    return [expand(cases, case) for case in cases.values()]


def expand(cases: dict[str, Json], case: Json) -> Json:
    """Return a case that is a change to another as a whole one."""
    if "base" not in case:
        return case
    base = cases[case["base"]]
    whole = copy.deepcopy({key: value for key, value in base.items() if key not in _OWN})
    for path, value in case.get("change", {}).items():
        *steps, last = path.split(".")
        at: Any = whole
        for step in steps:
            at = at[int(step)] if isinstance(at, list) else at[step]
        if isinstance(at, list) and int(last) == len(at):
            at.append(value)
        else:
            at[int(last) if isinstance(at, list) else last] = value
    own = {key: value for key, value in case.items() if key in _OWN - {"base", "change"}}
    return dict(_without_nulls(whole)) | own


def _without_nulls(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _without_nulls(held) for key, held in value.items() if held is not None}
    if isinstance(value, list):
        return [_without_nulls(held) for held in value if held is not None]
    return value


def shifted(day: Any, days: int) -> str | None:
    """Return a date moved by days; partial and absent dates stay as they are."""
    text = str(day) if day else ""
    found = re.fullmatch(r"(\d{4}-\d{2}-\d{2})(.*)", text)
    if not found:
        return text or None
    return (date.fromisoformat(found[1]) + timedelta(days=days)).isoformat() + found[2]


def as_of(vignette: Json, shift: int = 0) -> str:
    """Return the day a vignette is assessed for."""
    moved = shifted(vignette["today"], shift)
    assert moved
    return moved


def moved(vignette: Json, shift: int) -> Json:
    """Return a vignette whose expected dates are moved too."""
    return vignette | {"expect": _moved(vignette["expect"], shift)}


def _moved(value: Any, shift: int) -> Any:
    if isinstance(value, dict):
        return {key: _moved(held, shift) for key, held in value.items()}
    if isinstance(value, list):
        return [_moved(held, shift) for held in value]
    return shifted(value, shift) if isinstance(value, str) and value else value


def resources(vignette: Json, *, shift: int = 0, drugs_by_text: bool = False) -> list[Json]:
    """Return the FHIR resources of one vignette; dates moved, or drugs given by name only."""
    made = [_patient(vignette, shift)]
    readers = {
        "conditions": lambda at, row: [_condition(f"c{at}", row, shift)],
        "medication_requests": lambda at, row: _order(f"m{at}", row, shift, by_text=drugs_by_text),
        "statements": lambda at, row: [_statement(f"s{at}", row, shift, by_text=drugs_by_text)],
        "observations": lambda at, row: _observation(f"o{at}", row, shift),
        "procedures": lambda at, row: _procedures(f"p{at}", row, shift),
        "devices": lambda at, row: [_device(f"d{at}", row)],
        "encounters": lambda at, row: [_encounter(f"e{at}", row, shift)],
        "referrals": lambda at, row: [_referral(f"r{at}", row, shift)],
    }
    for key, read in readers.items():
        for at, row in enumerate(vignette.get(key) or [], start=1):
            made += read(at, row)
    return made


def _patient(vignette: Json, shift: int) -> Json:
    facts = vignette.get("patient") or {}
    gender = {"F": "female", "M": "male"}.get(str(facts.get("sex")), "unknown")
    if facts.get("birthDate"):
        return patient(shifted(facts["birthDate"], shift), gender)
    if "age" not in facts:
        return patient(None, gender)
    today = date.fromisoformat(as_of(vignette, shift))
    day = min(today.day, 28)
    return patient(today.replace(year=today.year - int(facts["age"]), day=day).isoformat(), gender)


def _dated(**dates: str | None) -> Json:
    return {key: value for key, value in dates.items() if value}


def _condition(local: str, row: Json, shift: int) -> Json:
    code = concept(text=row.get("text"))
    codings = [(ICD, row.get("icd10cm")), (SNOMED, row.get("snomed"))]
    if any(value for _, value in codings):
        code["coding"] = [{"system": s, "code": str(c)} for s, c in codings if c]
    clinical, verification = row.get("clinical_status", "active"), row.get("verification")
    made = condition(local, code, clinical, verification=verification)
    return made | _dated(
        onsetDateTime=shifted(row.get("onset"), shift),
        abatementDateTime=shifted(row.get("abated"), shift),
        recordedDate=shifted(row.get("recorded"), shift),
    )


def _order(local: str, row: Json, shift: int, *, by_text: bool) -> list[Json]:
    drug = _drug(row, by_text=by_text)
    extra: Json = {
        "status": row.get("status", "active"),
        "intent": row.get("intent", "order"),
        **_dated(authoredOn=shifted(row.get("start"), shift)),
        **_common(row, shift),
    }
    if row.get("do_not_perform"):
        extra["doNotPerform"] = True
    if row.get("reported"):
        extra["reportedBoolean"] = True
    supply: Json = {}
    if row.get("supply_days"):
        supply["expectedSupplyDuration"] = {"value": row["supply_days"], "code": "d"}
    if row.get("repeats") is not None:
        supply["numberOfRepeatsAllowed"] = row["repeats"]
    if row.get("quantity"):
        supply["quantity"] = {"value": row["quantity"], "unit": "tablet"}
    if supply:
        extra["dispenseRequest"] = supply
    made = order(row.get("fhir_id") or local, drug, _dosages(row, shift), **extra)
    if not made["dosageInstruction"]:
        del made["dosageInstruction"]
    return [made, *_dispenses(local, row, drug, shift)]


def _common(row: Json, shift: int) -> Json:
    made: Json = {}
    if row.get("status_reason_text"):
        made["statusReason"] = {"text": row["status_reason_text"]}
    if row.get("reason_text"):
        made["reasonCode"] = [{"text": row["reason_text"]}]
    if row.get("last_updated"):
        made["meta"] = {"lastUpdated": shifted(row["last_updated"], shift)}
    return made


def _dosages(row: Json, shift: int) -> list[Json]:
    end = shifted(row.get("end"), shift)
    bounded = not row.get("authored_only")
    steps = row.get("dose_steps_mg_per_day") or [{"frm": row.get("start")}]
    starts = [shifted(step["frm"], shift) for step in steps]
    made = []
    for step, begin, close in zip(steps, starts, [*starts[1:], end], strict=True):
        one = _dosage(row, step)
        period = _dated(start=begin, end=close) if bounded else {}
        if period:
            repeat = one.setdefault("timing", {}).setdefault("repeat", {})
            repeat["boundsPeriod"] = period
        if one:
            made.append(one)
    return made


def _dosage(row: Json, step: Json) -> Json:
    made: Json = {}
    sig = row.get("sig")
    if sig:
        made["text"] = sig
        if _PRN.search(sig):
            made["asNeededBoolean"] = True
    every = row.get("every_days", 1)
    dose: Json | None = None
    amount = step.get("mg", row.get("dose_mg_per_day", row.get("dose_mg")))
    span = row.get("dose_range_mg_per_day")
    units = row.get("units_per_day")
    if span:
        dose = {"doseRange": {"low": _mg(span[0]), "high": _mg(span[1])}}
    elif amount is not None:
        dose = {"doseQuantity": _mg(amount)}
    elif units:
        dose = {"doseQuantity": {"value": units, "unit": "tablet"}}
    if dose is not None:
        made["doseAndRate"] = [dose]
        made["timing"] = {"repeat": {"frequency": 1, "period": every, "periodUnit": "d"}}
    return made


def _mg(value: Any) -> Json:
    return {"value": float(value), "unit": "mg", "system": UCUM, "code": "mg"}


def _drug(row: Json, *, by_text: bool) -> Json:
    name = row["text"] if "text" in row else (row.get("rxnorm_name") or row.get("drug"))
    if by_text or not row.get("rxcui"):
        return concept(text=name or None)
    return concept(RXNORM, str(row["rxcui"]), text=name or None)


def _dispenses(local: str, row: Json, drug: Json, shift: int) -> list[Json]:
    """Return dispenses from rows, or from "2025-10-01 30 tabs; …"."""
    told = row.get("dispenses") or []
    if isinstance(told, str):
        found = re.findall(r"(\d{4}-\d\d-\d\d) (\d+)", told)
        told = [{"on": on, "quantity": int(count)} for on, count in found]
    made = []
    for at, one in enumerate(told):
        dispense: Json = {
            "resourceType": "MedicationDispense",
            "id": f"{local}-d{at}",
            "status": one.get("status", "completed"),
            "subject": SUBJECT,
            "medicationCodeableConcept": drug,
            "whenHandedOver": shifted(one["on"], shift),
        }
        if one.get("quantity"):
            dispense["quantity"] = {"value": one["quantity"], "unit": "tablet"}
        if one.get("days"):
            dispense["daysSupply"] = {"value": one["days"], "code": "d"}
        made.append(dispense)
    return made


def _statement(local: str, row: Json, shift: int, *, by_text: bool) -> Json:
    bare = {key: value for key, value in row.items() if key not in {"start", "end"}}
    period = _dated(start=shifted(row.get("start"), shift), end=shifted(row.get("end"), shift))
    made: Json = {
        "resourceType": "MedicationStatement",
        "id": local,
        "status": row.get("status", "active"),
        "subject": SUBJECT,
        "medicationCodeableConcept": _drug(row, by_text=by_text),
        "dosage": _dosages({**bare, "authored_only": True}, shift),
        **_common(row, shift),
    }
    return made | ({"effectivePeriod": period} if period else {})


def _observation(local: str, row: Json, shift: int) -> list[Json]:
    on = shifted(row.get("date"), shift)
    status = row.get("status", "final")
    code = str(row["loinc"]) if row.get("loinc") else ""
    made = observation(row.get("fhir_id") or local, code, on, row.get("value"), status=status)
    if not code:
        made["code"] = concept(text=row["text"])
    value = row.get("value")
    if isinstance(value, float) or (row.get("unit") and value is not None):
        made.pop("valueInteger", None)
        made["valueQuantity"] = {"value": value, "unit": row.get("unit", "")}
    if row.get("value_text"):
        made["valueCodeableConcept"] = {"text": row["value_text"]}
    if row.get("last_updated"):
        made["meta"] = {"lastUpdated": shifted(row["last_updated"], shift)}
    if row.get("item9_44260_8") is None:
        return [made]
    item = observation(f"{made['id']}-9", "44260-8", on, row["item9_44260_8"], status=status)
    if row.get("last_updated"):
        item["meta"] = made["meta"]
    return [made, item]


def _coded(row: Json) -> Json:
    systems = {
        "cpt": CPT,
        "snomed": SNOMED,
        "icd10pcs": "http://www.cms.gov/Medicare/Coding/ICD10",
    }
    for key, system in systems.items():
        if row.get(key):
            return concept(system, str(row[key]), text=row.get("text"))
    return concept(text=row["text"])


def _procedures(local: str, row: Json, shift: int) -> list[Json]:
    dates = row.get("dates") or [row.get("date")]
    made = []
    for at, day in enumerate(dates):
        one: Json = {
            "resourceType": "Procedure",
            "id": f"{local}-{at}",
            "status": row.get("status", "completed"),
            "subject": SUBJECT,
            "code": _coded(row),
            **_dated(performedDateTime=shifted(day, shift)),
        }
        if row.get("outcome_text"):
            one["outcome"] = {"text": row["outcome_text"]}
        made.append(one)
    return made


def _device(local: str, row: Json) -> Json:
    return {
        "resourceType": "Device",
        "id": local,
        "status": row.get("status", "active"),
        "patient": SUBJECT,
        "type": _coded(row),
    }


def _encounter(local: str, row: Json, shift: int) -> Json:
    made: Json = {
        "resourceType": "Encounter",
        "id": local,
        "status": row.get("status", "finished"),
        "subject": SUBJECT,
        "class": {"code": row.get("class", "AMB")},
        "period": _dated(
            start=shifted(row.get("start"), shift), end=shifted(row.get("end"), shift)
        ),
    }
    if row.get("type_text"):
        made["type"] = [{"text": row["type_text"]}]
    if row.get("reason_text"):
        made["reasonCode"] = [{"text": row["reason_text"]}]
    return made


def _referral(local: str, row: Json, shift: int) -> Json:
    return {
        "resourceType": "ServiceRequest",
        "id": local,
        "status": row.get("status", "active"),
        "intent": row.get("intent", "order"),
        "subject": SUBJECT,
        "code": _coded(row),
        **_dated(authoredOn=shifted(row.get("date") or row.get("start"), shift)),
    }
