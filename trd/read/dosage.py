"""How many milligrams a day does a structured instruction order?

Returns steps of mg per day as a range, or unknown with the reason. Unknown units are unknown, an
unknown frequency is not once a day, and "as needed" may mean none at all (the range starts at 0).
Instructions told apart by ``sequence`` or bounds follow each other; parts of one day add up.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, NamedTuple

from trd.chart import DoseStep, Drug
from trd.dates import Day
from trd.knowledge import Knowledge, Phrases
from trd.read.access import Json, code_of, number, rows, table, texts, words
from trd.read.days import DayReader
from trd.read.words import says_any

_PER_UNIT_MG: Final = {
    "mg": 1.0,
    "milligram": 1.0,
    "milligrams": 1.0,
    "mg/d": 1.0,
    "ug": 0.001,
    "mcg": 0.001,
    "\u00b5g": 0.001,
    "\u03bcg": 0.001,
    "microgram": 0.001,
    "micrograms": 0.001,
    "g": 1000.0,
    "gram": 1000.0,
    "grams": 1000.0,
}
"""Mass units (UCUM code or name in lower case) in milligrams."""

_COUNTED: Final = frozenset(
    "tablet tablets tab tabs {tbl} {tablet} capsule capsules cap caps {capsule} {cap} patch patches "
    "{patch} pill pills unit units each ea 1 tbl oral-tablet".split()
)
"""Units that are counted: the dose is their number times the strength of one."""

_DAYS_PER: Final = {
    "s": 1 / 86400,
    "min": 1 / 1440,
    "h": 1 / 24,
    "d": 1.0,
    "wk": 7.0,
    "mo": 30.0,
    "a": 365.0,
}
"""UnitsOfTime in days."""

_TIMES_A_DAY: Final = {
    "qd": 1.0,
    "daily": 1.0,
    "qam": 1.0,
    "qpm": 1.0,
    "am": 1.0,
    "pm": 1.0,
    "bed": 1.0,
    "qhs": 1.0,
    "hs": 1.0,
    "bid": 2.0,
    "tid": 3.0,
    "qid": 4.0,
    "q12h": 2.0,
    "q8h": 3.0,
    "q6h": 4.0,
    "q4h": 6.0,
    "qod": 0.5,
    "wk": 1 / 7,
    "weekly": 1 / 7,
}
"""Timing codes (GTSAbbreviation and its usual relatives) in times a day."""

_BEDTIME_CODES: Final = frozenset({"hs", "qhs", "bed", "pcv", "nite", "night"})
_WEEK: Final = 7


@dataclass(frozen=True, slots=True, kw_only=True)
class Instruction:
    """All instructions of one record: its steps, and whether it is for need or for bedtime."""

    steps: tuple[DoseStep, ...]
    as_needed: bool
    at_bedtime: bool
    units_per_day: float | None
    purpose: str


class _Amount(NamedTuple):
    low: float
    high: float


class _Line(NamedTuple):
    """One Dosage: sequence, bounds, its part of the day, and the daily range or the reason."""

    sequence: float | None
    start: Day | None
    end: Day | None
    part_of_day: tuple[str, ...]
    daily: _Amount | None
    because: str
    length: int | None


def read_instruction(
    dosages: Sequence[Json],
    drug: Drug,
    knowledge: Knowledge,
    days: DayReader,
    anchor: Day | None,
) -> Instruction:
    """Read every Dosage of a record into steps in time.

    ``anchor`` is the day the record begins, from which steps with a length but no dates are
    counted. Rule: R9.
    """
    lines = [_line(dosage, drug, knowledge, days) for dosage in dosages]
    return Instruction(
        steps=_steps(lines, anchor),
        as_needed=any(_is_as_needed(dosage, knowledge.phrases) for dosage in dosages),
        at_bedtime=any(_is_at_bedtime(dosage, knowledge.phrases) for dosage in dosages),
        units_per_day=_units_per_day(dosages, lines, drug),
        purpose="; ".join(_purpose(dosage) for dosage in dosages if _purpose(dosage)),
    )


def _line(dosage: Json, drug: Drug, knowledge: Knowledge, days: DayReader) -> _Line:
    repeat = table(table(dosage.get("timing")).get("repeat"))
    bounds = table(repeat.get("boundsPeriod"))
    daily, because = _daily(dosage, drug, knowledge)
    return _Line(
        sequence=number(dosage.get("sequence")),
        start=days.start(bounds.get("start")),
        end=days.end(bounds.get("end")),
        part_of_day=_part_of_day(dosage),
        daily=daily,
        because=because,
        length=_length_days(table(repeat.get("boundsDuration"))),
    )


def _daily(dosage: Json, drug: Drug, knowledge: Knowledge) -> tuple[_Amount | None, str]:
    """Return mg per day, or None and why."""
    amount, because = _amount(dosage, drug)
    if amount is None:
        return None, because
    times = _times_a_day(dosage)
    if times is None:
        return None, "how often it is taken is not recorded"
    weekly = _weekly_fluoxetine(amount, times, drug, knowledge)
    if weekly is not None:
        return weekly, ""
    low = 0.0 if dosage.get("asNeededBoolean") is True or "asNeededCodeableConcept" in dosage else 1
    return _Amount(
        low * amount.low * times.low * drug.factor, amount.high * times.high * drug.factor
    ), ""


def _weekly_fluoxetine(
    amount: _Amount, times: _Amount, drug: Drug, knowledge: Knowledge
) -> _Amount | None:
    """Count the weekly capsule as its daily dose. Rule: R9."""
    dose = knowledge.criteria.dose
    is_weekly = drug.weekly_product or drug.ingredient == "fluoxetine"
    once_a_week = abs(times.high * _WEEK - 1) < 1e-9  # noqa: PLR2004 - rounding of 1/7
    if is_weekly and once_a_week and amount.high == dose.weekly_fluoxetine_mg:
        return _Amount(dose.weekly_fluoxetine_daily_mg, dose.weekly_fluoxetine_daily_mg)
    return None


def _amount(dosage: Json, drug: Drug) -> tuple[_Amount | None, str]:
    """Return mg per intake as a range, or None and why."""
    for rate in [*rows(dosage.get("doseAndRate")), dosage]:
        quantity = table(rate.get("doseQuantity"))
        span = table(rate.get("doseRange"))
        if quantity:
            each = _mg(quantity, drug)
            return (_Amount(each, each), "") if each is not None else (None, _why_no_mg(quantity))
        if span:
            low, high = table(span.get("low")), table(span.get("high"))
            ends = (_mg({**high, **low}, drug), _mg({**low, **high}, drug))
            if ends[0] is not None and ends[1] is not None and low and high:
                return _Amount(min(ends), max(ends)), ""
            return None, "the dose range has an end that cannot be read"
    if words(dosage.get("text")) or words(dosage.get("patientInstruction")):
        return None, "the dose is written only in text"
    return None, "no dose is recorded"


def _mg(quantity: Json, drug: Drug) -> float | None:
    value, unit = number(quantity.get("value")), _unit(quantity)
    if value is None or value < 0:
        return None
    if unit in _PER_UNIT_MG:
        return value * _PER_UNIT_MG[unit]
    if unit in _COUNTED and drug.strength_mg is not None:
        return value * drug.strength_mg
    return None


def _unit(quantity: Json) -> str:
    """Return the unit in lower case: the UCUM code where it is one we know, else the words."""
    code, unit = words(quantity.get("code")).lower(), words(quantity.get("unit")).lower()
    unit = unit.rstrip(".").removesuffix("(s)")
    known = [name for name in (code, unit) if name in _PER_UNIT_MG or name in _COUNTED]
    if len({_PER_UNIT_MG.get(name, 0) for name in known}) > 1:
        return ""
    return known[0] if known else code or unit


def _why_no_mg(quantity: Json) -> str:
    if number(quantity.get("value")) is None:
        return "the dose has a unit but no number"
    if _unit(quantity) in _COUNTED:
        return "the strength of one unit is not known"
    return "the dose's unit is not known"


def _times_a_day(dosage: Json) -> _Amount | None:
    """Return how many times a day, or None where the record does not say."""
    timing = table(dosage.get("timing"))
    repeat = table(timing.get("repeat"))
    written = repeat.keys() & {"frequency", "period", "frequencyMax", "periodMax"}
    if written:
        return _by_repeat(repeat)
    parts = len(_listed(repeat.get("when"))) or len(_listed(repeat.get("timeOfDay")))
    weekdays = len(_listed(repeat.get("dayOfWeek")))
    if parts or weekdays:
        each = max(parts, 1) * (weekdays or _WEEK) / _WEEK
        return _Amount(each, each)
    for name in (code_of(timing.get("code")), *map(str.lower, texts(timing.get("code")))):
        if name in _TIMES_A_DAY:
            return _Amount(_TIMES_A_DAY[name], _TIMES_A_DAY[name])
    return None


def _by_repeat(repeat: Json) -> _Amount | None:
    """Return frequency over period; FHIR's own default frequency, 1, holds beside a period."""
    unit = _DAYS_PER.get(words(repeat.get("periodUnit")))
    period = number(repeat.get("period"))
    if unit is None or period is None or period <= 0:
        return None
    often = number(repeat.get("frequency")) if "frequency" in repeat else 1.0
    if often is None or often <= 0:
        return None
    most = number(repeat.get("frequencyMax")) or often
    longest = number(repeat.get("periodMax")) or period
    shortest, widest = period * unit, longest * unit
    return _Amount(min(often, most) / widest, max(often, most) / shortest)


def _listed(value: object) -> list[str]:
    return [item for item in value if isinstance(item, str)] if isinstance(value, list) else []


def _part_of_day(dosage: Json) -> tuple[str, ...]:
    timing = table(dosage.get("timing"))
    repeat = table(timing.get("repeat"))
    named = _listed(repeat.get("when")) + _listed(repeat.get("timeOfDay"))
    code = code_of(timing.get("code"))
    return tuple(sorted(named + ([code] if code in _ONE_PART else [])))


_ONE_PART: Final = frozenset({"am", "pm", "qam", "qpm", "hs", "qhs", "bed"})


def _length_days(duration: Json) -> int | None:
    value = number(duration.get("value"))
    unit = words(duration.get("code")) or words(duration.get("unit")).lower()
    per = _DAYS_PER.get(unit) or _DAYS_PER.get({"days": "d", "day": "d", "weeks": "wk"}.get(unit, ""))
    return round(value * per) if value and per else None


def _steps(lines: Sequence[_Line], anchor: Day | None) -> tuple[DoseStep, ...]:
    """Lay the lines out in time: by bounds, else by sequence and length, else all at once."""
    if not lines:
        return ()
    bounded = [line for line in lines if line.start is not None or line.end is not None]
    if len(bounded) == len(lines):
        return _by_bounds(lines)
    ordered = sorted(lines, key=lambda line: line.sequence or 0)
    chained = any(line.length for line in ordered) and all(line.length for line in ordered[:-1])
    if anchor is not None and not bounded and chained:
        return _by_length(ordered, anchor)
    return (_together(lines),)


def _by_bounds(lines: Sequence[_Line]) -> tuple[DoseStep, ...]:
    grouped: dict[tuple[Day | None, Day | None], list[_Line]] = {}
    for line in lines:
        grouped.setdefault((line.start, line.end), []).append(line)
    steps = [_together(group) for group in grouped.values()]
    return tuple(sorted(steps, key=lambda step: (step.start or 0, step.end or 0)))


def _by_length(lines: Sequence[_Line], anchor: Day) -> tuple[DoseStep, ...]:
    """Chain steps by their lengths from the anchor; the last may be open."""
    steps, at = [], anchor
    for line in lines:
        end = at + line.length if line.length else None
        one = _together([line])
        steps.append(DoseStep(start=at, end=end, low=one.low, high=one.high, because=one.because))
        at = end or at
    return tuple(steps)


def _together(group: Sequence[_Line]) -> DoseStep:
    """Join lines that hold at the same time: parts of a day add up, alternatives are a range."""
    start = min((line.start for line in group if line.start is not None), default=None)
    ends = [line.end for line in group]
    end = None if None in ends else max(end for end in ends if end is not None)
    amounts = [line.daily for line in group if line.daily is not None]
    if len(amounts) < len(group):
        because = next(line.because for line in group if line.daily is None)
        return DoseStep(start=start, end=end, low=None, high=None, because=because)
    sequences = {line.sequence for line in group}
    if len(group) > 1 and not _are_parts(group) and len(sequences) > 1:
        low, high = min(a.low for a in amounts), max(a.high for a in amounts)
    elif len(group) > 1 and not _are_parts(group):
        # two instructions nobody told apart: either one of them or both
        low, high = min(a.low for a in amounts), sum(a.high for a in amounts)
    else:
        low, high = sum(a.low for a in amounts), sum(a.high for a in amounts)
    return DoseStep(start=start, end=end, low=low, high=high)


def _are_parts(group: Sequence[_Line]) -> bool:
    """Say whether each line names its own part of the day."""
    parts = [line.part_of_day for line in group]
    return all(parts) and len(set(parts)) == len(parts)


def _is_as_needed(dosage: Json, phrases: Phrases) -> bool:
    if dosage.get("asNeededBoolean") is True or "asNeededCodeableConcept" in dosage:
        return True
    return says_any(_sig(dosage), phrases.as_needed)


def _is_at_bedtime(dosage: Json, phrases: Phrases) -> bool:
    if _BEDTIME_CODES & {part.lower() for part in _part_of_day(dosage)}:
        return True
    return says_any(_sig(dosage), phrases.bedtime)


def _sig(dosage: Json) -> str:
    """Return all free words of a Dosage."""
    told = [words(dosage.get("text")), words(dosage.get("patientInstruction"))]
    for extra in rows(dosage.get("additionalInstruction")):
        told += texts(extra)
    told += texts(table(dosage.get("timing")).get("code"))
    return " ; ".join(text for text in told if text)


def _purpose(dosage: Json) -> str:
    """Return what a Dosage says it is for: the as-needed reason, and words after "for"."""
    reason = " ; ".join(texts(dosage.get("asNeededCodeableConcept")))
    _, _, after = f" {_sig(dosage)} ".lower().partition(" for ")
    return " ; ".join(text for text in (reason, after.strip()) if text)


def _units_per_day(dosages: Sequence[Json], lines: Sequence[_Line], drug: Drug) -> float | None:
    """Return how many units a day are taken, where one instruction tells; else None."""
    if len(dosages) != 1 or lines[0].daily is None or not drug.strength_mg:
        return None
    per_unit = drug.strength_mg * drug.factor
    return lines[0].daily.high / per_unit if lines[0].daily.high else None
