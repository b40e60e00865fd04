"""What must hold of each small reader, whatever bytes it is given.

A harness takes one fuzzed document and asserts; Atheris drives them (``make deep``) and so does a
short test. Every text of the document may be a sig, a date, a unit or a reference.
"""

import math
from collections.abc import Callable, Mapping
from datetime import date
from types import MappingProxyType
from typing import Any, Final

from trd.chart import Drug, MatchedBy
from trd.dates import FIRST_READING, OTHER_READINGS, Day, iso_span, span_of
from trd.knowledge.load import load_knowledge
from trd.read import Gathered
from trd.read.access import codings, evidence_of, is_reference_to, relative, system_of, words
from trd.read.amounts import Amount, intake_of
from trd.read.context import ReadContext
from trd.read.day_parts import parts_of_day
from trd.read.days import DayReader
from trd.read.dosage import read_instruction
from trd.read.drugs import DrugNames
from trd.read.gathered import resolved, subject_of
from trd.read.supply import length_days, order_supply
from trd.read.timing import times_a_day
from trd.read.vocabulary import vocabulary_of

Dice = Callable[[int, int], int]
"""Returns a whole number between two, inclusive."""

KNOWLEDGE: Final = load_knowledge()
VOCABULARY: Final = vocabulary_of(KNOWLEDGE)
DRUG_NAMES: Final = DrugNames(KNOWLEDGE, VOCABULARY)
DRUGS: Final = (
    Drug(ingredient="sertraline", matched_by=MatchedBy.CODE, strength_mg=100.0),
    Drug(ingredient="fluoxetine", matched_by=MatchedBy.TEXT, strength_mg=90.0, weekly_product=True),
    Drug(ingredient="sertraline", matched_by=MatchedBy.CODE, strength_mg=20.0, per_ml=True),
    Drug(ingredient="bupropion", matched_by=MatchedBy.CODE, factor=0.862),
)
LAST_DAY: Final = date.max.toordinal()


def context(references: Mapping[str, str] = MappingProxyType({}), base: str = "") -> ReadContext:
    """Return the means of one pass over an empty chart."""
    return ReadContext(
        knowledge=KNOWLEDGE,
        vocabulary=VOCABULARY,
        days=DayReader(FIRST_READING),
        gathered=Gathered(
            patient_id="pt", resources=(), reads={}, base=base, references=dict(references)
        ),
        drug_names=DRUG_NAMES,
    )


def is_amount(low: float | None, high: float | None) -> bool:
    """Say whether two ends are a range of finite amounts, or both unknown."""
    if low is None or high is None:
        return low is None and high is None
    return 0 <= low <= high and math.isfinite(high)


def is_day(day: Day | None) -> bool:
    """Say whether a day is one of the calendar, or unknown."""
    return day is None or 1 <= day <= LAST_DAY


def sig(text: str, value: Any) -> None:
    """Read a Dosage of words only, or of words beside any value."""
    for drug in DRUGS:
        for dosage in (
            {"text": text},
            {"text": text, "timing": value},
            {"patientInstruction": text},
        ):
            told = read_instruction([dosage], drug, context(), 739_000)
            assert told == read_instruction([dosage], drug, context(), 739_000)
            assert all(is_amount(step.low, step.high) for step in told.steps)
            assert all(step.because for step in told.steps if step.high is None)
            assert is_amount(told.units_per_day, told.units_per_day)


def day(text: str, value: Any) -> None:
    """Read a date."""
    span = span_of(text)
    if span is not None:
        assert 1 <= span[0] <= span[1] <= LAST_DAY
        shown = iso_span(*span)
        assert shown is not None
        assert span_of(shown) == span
    for reading in (FIRST_READING, *OTHER_READINGS):
        days = DayReader(reading)
        for written in (text, value):
            found = days.start(written), days.end(written), days.moment(written)
            assert all(map(is_day, found))
            assert not (days.is_unreadable(written) and any(one is not None for one in found))
    assert (span is None) == (DayReader(FIRST_READING).moment(text) is None) or text != text.strip()


def timing(text: str, value: Any) -> None:
    """Read how often a day."""
    repeat = value if isinstance(value, dict) else {"when": value, "timeOfDay": [text]}
    for dosage in (
        {"timing": value},
        {"timing": {"repeat": repeat}},
        {"timing": {"code": {"text": text}, "repeat": repeat}},
        {"timing": {"repeat": {"frequency": 1, "period": value, "periodUnit": text}}},
    ):
        found = times_a_day(dosage)
        assert found is None or (is_amount(*found) and found.low > 0)
        parts = parts_of_day(dosage, tuple(text.lower().split()))
        assert list(parts) == sorted(parts)


def quantity(text: str, value: Any) -> None:
    """Read a dose, a length and a supply."""
    held = {"value": value, "unit": text}
    coded = held | {"code": text, "system": "http://unitsofmeasure.org"}
    span = {"doseRange": {"low": held, "high": {"value": text}}}
    for drug in DRUGS:
        for rate in (
            {"doseQuantity": held},
            {"doseQuantity": coded},
            span,
            {"doseQuantity": value},
        ):
            found = intake_of({"doseAndRate": [rate]}, drug)
            amounts = [one for one in (found.mg, found.units) if one is not None]
            assert all(isinstance(one, Amount) and is_amount(*one) for one in amounts)
            assert found.mg is not None or found.because
    for length in (length_days(held), length_days(coded), length_days(held, default="d")):
        assert length is None or (length > 0 and math.isfinite(length))
    supply = {"quantity": held, "expectedSupplyDuration": coded, "numberOfRepeatsAllowed": value}
    days, units = order_supply(supply, 1.5)
    assert is_amount(days, days)
    assert is_amount(units, units)


def reference(text: str, value: Any) -> None:
    """Read references, and the names of resources and code systems."""
    short = relative(text)
    assert relative(short) == short
    for base in ("", "https://ehr.example.org/fhir"):
        held = context({text: short}, base).gathered
        assert isinstance(resolved(held, text), str)
        assert resolved(held, f"https://ehr.example.org/fhir/{short}") is not None
    for resource in ({"resourceType": text, "id": value, "subject": {"reference": text}}, value):
        if isinstance(resource, dict):
            subject_of(resource)
            assert evidence_of(resource)
    if is_reference_to(text, "Patient"):
        assert relative(text).startswith("Patient/")
    assert system_of(system_of(text)) == system_of(text)
    assert all(one.code == words(one.code) for one in codings(value))


HARNESSES: Final[Mapping[str, Callable[[str, Any], None]]] = {
    "sig": sig,
    "date": day,
    "timing": timing,
    "quantity": quantity,
    "reference": reference,
}
