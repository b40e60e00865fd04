"""How many milligrams a day does an instruction order, and in which steps?

Returns steps of mg per day as a range, or unknown with the reason. Unknown units are unknown, an
unknown frequency is not once a day, and "as needed" may mean none at all (the range starts at 0).
Instructions told apart by ``sequence`` or bounds follow each other; parts of one day add up.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final, NamedTuple

from trd.chart import DoseStep, Drug
from trd.dates import Day
from trd.read.access import Json, number, rows, table, texts, words
from trd.read.amounts import Amount
from trd.read.context import ReadContext
from trd.read.daily import Stretch, daily_dose
from trd.read.day_parts import day_parts, is_for_bedtime, parts_named, parts_of_day
from trd.read.supply import length_days
from trd.read.told_days import ALL_DAYS, OTHER_DAYS, SO_MANY_DAYS, ToldDays, joined
from trd.read.words import spoken_any, tokens


@dataclass(frozen=True, slots=True, kw_only=True)
class Instruction:
    """All instructions of one record: its steps, and whether it is for need or for bedtime.

    ``written`` are its bounds as they are written, by element; ``day_parts`` the parts of the day
    it is for; ``days`` those for which its dose is told, where its elements may imply others.
    """

    steps: tuple[DoseStep, ...]
    as_needed: bool
    at_bedtime: bool
    units_per_day: float | None
    purpose: str
    written: Mapping[str, tuple[object, ...]]
    day_parts: frozenset[str]
    days: ToldDays = ALL_DAYS


class _Line(NamedTuple):
    """One Dosage: sequence, bounds, its part of the day, and the daily range or the reason."""

    sequence: float | None
    start: Day | None
    end: Day | None
    length: int | None
    parts: tuple[str, ...]
    named_parts: frozenset[str]
    as_needed: bool
    at_bedtime: bool
    daily: Amount | None
    because: str
    units: float | None
    purpose: str
    bounds: Json
    stretches: tuple[Stretch, ...] = ()
    days: ToldDays = ALL_DAYS


def read_instruction(
    dosages: Sequence[Json], drug: Drug, context: ReadContext, anchor: Day | None
) -> Instruction:
    """Read every Dosage of a record into steps in time.

    ``anchor`` is the day the record begins, from which steps with a length but no dates are
    counted. Rule: R9.
    """
    lines = [_line(dosage, drug, context) for dosage in _told_once(dosages)]
    steps = _staged(lines[0], anchor) if len(lines) == 1 else ()
    steps = steps or _steps(lines, anchor)
    are_in_turn = len(lines) > 1 and len(steps) > 1
    if are_in_turn:
        steps = _steps([_told_whole(line) for line in lines], anchor)
    return Instruction(
        steps=steps,
        as_needed=any(line.as_needed for line in lines),
        at_bedtime=any(line.at_bedtime for line in lines),
        units_per_day=_units_per_day(lines) if len(steps) == 1 else None,
        purpose="; ".join(line.purpose for line in lines if line.purpose),
        written={
            f"boundsPeriod.{name}": tuple(line.bounds.get(name) for line in lines)
            for name in ("start", "end")
        },
        day_parts=day_parts([line.named_parts for line in lines]),
        days=ALL_DAYS if are_in_turn else joined([line.days for line in lines]),
    )


def _told_once(dosages: Sequence[Json]) -> list[Json]:
    """Return the Dosages without those that repeat another word for word, unnumbered.

    A sequence number says that a line is one of its own.
    """
    found: list[Json] = []
    said: list[Json] = []
    for dosage in dosages:
        content = {name: held for name, held in dosage.items() if name != "id"}
        if "sequence" in dosage or content not in said:
            found.append(dosage)
            said.append(content)
    return found


def _told_whole(line: _Line) -> _Line:
    """Leave the dose of a step unknown whose text tells other days than its elements."""
    length = line.length
    if length is None and line.start is not None and line.end is not None:
        length = line.end - line.start
    told = line.days.length
    is_less = told is not None and (length is None or told < length)
    ends = {line.start, line.end}
    is_other = any(ends.isdisjoint(one.days) for one in line.days.named)
    if line.daily is None or not (is_less or is_other):
        return line
    return line._replace(daily=None, because=OTHER_DAYS if is_other else SO_MANY_DAYS)


def _line(dosage: Json, drug: Drug, context: ReadContext) -> _Line:
    """Read one Dosage; what is said alike of one drug, whatever its dates, is worked out once."""
    repeat = table(table(dosage.get("timing")).get("repeat"))
    bounds = table(repeat.get("boundsPeriod"))
    said = _undated(dosage)
    key = (_spelled(said), drug)
    line = context.lines.get(key)
    if line is None:
        line = _undated_line(said, drug, context)
        if key[0]:
            context.lines[key] = line
    days = context.days
    return line._replace(
        start=days.start(bounds.get("start")), end=days.end(bounds.get("end")), bounds=bounds
    )


def _undated(dosage: Json) -> dict[str, Any]:
    """Return the elements of a Dosage that tell a dose, without the days it is bound to."""
    said = {name: dosage[name] for name in _TELLING if name in dosage}
    timing = table(dosage.get("timing"))
    repeat = table(timing.get("repeat"))
    if "boundsPeriod" in repeat:
        rest = {name: held for name, held in repeat.items() if name != "boundsPeriod"}
        said["timing"] = {**timing, "repeat": rest}
    return said


def _spelled(said: Json) -> str:
    """Return elements spelled out, "" where they are too deep or too large for it."""
    try:
        return repr(said)
    except (RecursionError, ValueError):
        return ""


_TELLING: Final = (
    *("sequence", "text", "patientInstruction", "additionalInstruction", "timing"),
    *("asNeededBoolean", "asNeededCodeableConcept", "maxDosePerPeriod"),
    *("doseAndRate", "doseQuantity", "doseSimpleQuantity", "doseRange"),
    *("modifierExtension", "implicitRules"),
)
"""All elements of a Dosage that are read: route, site and method tell no dose."""


def _undated_line(dosage: Json, drug: Drug, context: ReadContext) -> _Line:
    repeat = table(table(dosage.get("timing")).get("repeat"))
    phrases = context.knowledge.phrases
    sig = _sig(dosage)
    spoken = tokens(sig)
    parts = parts_of_day(dosage, spoken)
    told = daily_dose(dosage, drug, context, spoken)
    length = length_days(table(repeat.get("boundsDuration")))
    return _Line(
        sequence=number(dosage.get("sequence")),
        start=None,
        end=None,
        length=round(length) if length is not None else None,
        parts=parts,
        named_parts=parts_named(dosage),
        as_needed=told.as_needed,
        at_bedtime=told.at_bedtime or is_for_bedtime(parts) or spoken_any(spoken, phrases.bedtime),
        daily=told.mg,
        because=told.because,
        units=told.units,
        purpose=_purpose(dosage, sig),
        bounds={},
        stretches=told.stretches,
        days=told.days,
    )


def _units_per_day(lines: Sequence[_Line]) -> float | None:
    """Return how many units a day are taken, where one instruction or its parts tell; else None."""
    units = [line.units for line in lines]
    known = [one for one in units if one]
    if not known or len(known) < len(units) or (len(lines) > 1 and not _are_parts(lines)):
        return None
    return sum(known)


def _steps(lines: Sequence[_Line], anchor: Day | None) -> tuple[DoseStep, ...]:
    """Lay the lines out in time: by bounds, else by sequence and length, else all at once."""
    if not lines:
        return ()
    if len(lines) == 1 and lines[0].length is None:
        return (_together(lines),)
    bounded = [line for line in lines if line.start is not None or line.end is not None]
    groups = _by_sequence(lines)
    if bounded and len(groups) > 1 and all(line.sequence is not None for line in lines):
        in_turn = _in_turn(groups, anchor)
        if in_turn:
            return in_turn
    if len(bounded) == len(lines):
        return _by_bounds(lines)
    lengths = [_length_of(group) for group in groups]
    if anchor is not None and not bounded and lengths[0] and all(lengths[:-1]):
        return _by_length(groups, anchor)
    return (_together(lines),)


def _by_bounds(lines: Sequence[_Line]) -> tuple[DoseStep, ...]:
    grouped: dict[tuple[Day | None, Day | None], list[_Line]] = {}
    for line in lines:
        grouped.setdefault((line.start, line.end), []).append(line)
    steps = [_together(group) for group in grouped.values()]
    return tuple(sorted(steps, key=lambda step: (step.start or 0, step.end or 0)))


def _in_turn(groups: Sequence[Sequence[_Line]], anchor: Day | None) -> tuple[DoseStep, ...]:
    """Let steps told apart by their sequence follow each other; none where no order can be told.

    A step without a first day begins when the one before it is over.
    """
    steps: list[DoseStep] = []
    following = anchor
    for group in groups:
        one, length = _together(group), _length_of(group)
        begin = one.start if one.start is not None else following
        is_one = len({(line.start, line.end) for line in group}) == 1
        if not is_one or begin is None or (steps and begin <= (steps[-1].start or 0)):
            return ()
        following = one.end + 1 if one.end is not None else None
        if one.end is None and length:
            following = begin + length
        end = one.end if one.end is not None else following
        steps.append(replace(one, start=begin, end=end))
    return tuple(steps)


def _by_sequence(lines: Sequence[_Line]) -> list[list[_Line]]:
    """Return the lines by their sequence; lines without one follow as they are written.

    Parts of one day without a sequence are one step.
    """
    if _are_parts(lines) and all(line.sequence is None for line in lines):
        return [list(lines)]
    grouped: dict[tuple[float, int], list[_Line]] = {}
    for at, line in enumerate(lines):
        key = (float("inf"), at) if line.sequence is None else (line.sequence, 0)
        grouped.setdefault(key, []).append(line)
    return [grouped[key] for key in sorted(grouped)]


def _length_of(group: Sequence[_Line]) -> int | None:
    """Return the length all lines of a step share, None where they share none."""
    lengths = {line.length for line in group}
    return lengths.pop() if len(lengths) == 1 else None


def _by_length(groups: Sequence[Sequence[_Line]], anchor: Day) -> tuple[DoseStep, ...]:
    """Chain steps by their lengths from the anchor; the last may be open."""
    steps, at = [], anchor
    for group in groups:
        length = _length_of(group)
        end = at + length if length else None
        one = _together(group)
        steps.append(DoseStep(start=at, end=end, low=one.low, high=one.high, because=one.because))
        at = end or at
    return tuple(steps)


def _staged(line: _Line, anchor: Day | None) -> tuple[DoseStep, ...]:
    """Lay out the steps a text tells, from the first day of its bounds, else from the anchor.

    A course that ends is not lengthened by an open bound; without a first day there are no steps.
    """
    at = line.start if line.start is not None else anchor
    if not line.stretches or at is None:
        return ()
    steps: list[DoseStep] = []
    for days, mg in line.stretches:
        end = at + days if days is not None else line.end
        if line.end is not None and end is not None:
            end = min(end, line.end)
        if end is None or end > at or not steps:
            steps.append(DoseStep(start=at, end=end, low=mg.low, high=mg.high))
        at = end if end is not None else at
    return tuple(steps)


def _together(group: Sequence[_Line]) -> DoseStep:
    """Join lines that hold at the same time.

    Parts of a day add up, and so do lines of one sequence number, which FHIR calls concurrent;
    alternatives are a range.
    """
    if len(group) == 1:
        return _alone(group[0])
    start = min((line.start for line in group if line.start is not None), default=None)
    ends = [line.end for line in group]
    end = None if None in ends else max(end for end in ends if end is not None)
    amounts = [line.daily for line in group if line.daily is not None]
    if len(amounts) < len(group):
        because = next(line.because for line in group if line.daily is None)
        return DoseStep(start=start, end=end, low=None, high=None, because=because)
    low, high = sum(a.low for a in amounts), sum(a.high for a in amounts)
    sequences = {line.sequence for line in group}
    is_concurrent = len(sequences) == 1 and None not in sequences
    if not is_concurrent and not _are_parts(group):
        # told apart by sequence: one of them; not told apart: either one of them or both
        low = min(a.low for a in amounts)
        bounds = {(line.start, line.end) for line in group}
        if len(sequences) > 1 and (len(bounds) > 1 or bounds == {(None, None)}):
            high = max(a.high for a in amounts)
    return DoseStep(start=start, end=end, low=low, high=high)


def _alone(line: _Line) -> DoseStep:
    low, high = line.daily if line.daily is not None else (None, None)
    because = line.because if line.daily is None else ""
    return DoseStep(start=line.start, end=line.end, low=low, high=high, because=because)


def _are_parts(group: Sequence[_Line]) -> bool:
    """Say whether each line names its own part of the day."""
    parts = [line.parts for line in group]
    return all(parts) and len(set(parts)) == len(parts)


def _sig(dosage: Json) -> str:
    """Return all free words of a Dosage."""
    told = [words(dosage.get("text")), words(dosage.get("patientInstruction"))]
    for extra in rows(dosage.get("additionalInstruction")):
        told += texts(extra)
    told += texts(table(dosage.get("timing")).get("code"))
    return " ; ".join(text for text in told if text)


def _purpose(dosage: Json, sig: str) -> str:
    """Return what a Dosage says it is for: the as-needed reason, and words after "for"."""
    reason = " ; ".join(texts(dosage.get("asNeededCodeableConcept")))
    _, _, after = f" {sig} ".lower().partition(" for ")
    return " ; ".join(text for text in (reason, after.strip()) if text)
