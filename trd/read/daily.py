"""Which daily dose does one instruction tell, by its elements and its words together?

Elements come first. What they leave open, the text may tell: the whole dose, only how much or only
how often. Where a readable text and the elements disagree, the dose is unknown.
"""

from collections.abc import Sequence
from dataclasses import replace
from typing import Final, NamedTuple

from trd.chart import Drug
from trd.knowledge import Knowledge, Phrases
from trd.read.access import Json, is_true, modifier_of, number, table
from trd.read.amounts import NONE, ONCE, Amount, Intake, intake_of, is_same, repeated
from trd.read.context import ReadContext
from trd.read.dosage_text import CHANGED, OTHER_DRUG, TextDose, text_dose
from trd.read.sig import CONTRADICTION, HELD, MORE_TO_READ
from trd.read.sig_dose import SigDose, SigStep
from trd.read.supply import length_days
from trd.read.timing import is_coded_as_needed, times_a_day
from trd.read.told_days import ALL_DAYS, ToldDays, joined
from trd.read.words import spoken_any

ABOVE_MOST: Final = "it is more than the most that may be taken"
DISAGREE: Final = "its text and its elements tell different doses"
_NO_TIMES: Final = "how often it is taken is not recorded"
_MODIFIED: Final = "the instruction carries a modifier that is not understood"
_WEEK: Final = 7
_ROUNDING: Final = 1e-6


class Stretch(NamedTuple):
    """So many days (None: open) of a dose told in steps."""

    days: int | None
    mg: Amount


class Daily(NamedTuple):
    """mg and units a day, or why mg are not known; ``stretches`` where the text tells steps."""

    mg: Amount | None
    units: float | None
    because: str = ""
    as_needed: bool = False
    stretches: tuple[Stretch, ...] = ()
    at_bedtime: bool = False
    days: ToldDays = ALL_DAYS


def daily_dose(dosage: Json, drug: Drug, context: ReadContext, spoken: tuple[str, ...]) -> Daily:
    """Return what one Dosage orders a day. ``spoken`` are all its words. Rule: R9."""
    if modifier_of(dosage):
        return Daily(None, None, _MODIFIED)
    text = text_dose(dosage, drug, context)
    found = _joined(dosage, drug, context.knowledge, text)
    if text is not None and text.dose.at_bedtime:
        found = found._replace(at_bedtime=True)
    told = [ToldDays(_counted(dosage)), text.dose.days if text is not None else ALL_DAYS]
    found = found._replace(days=joined(told))
    if _is_as_needed(dosage, spoken, context.knowledge.phrases, text):
        found = _may_be_none(found)
    return _bounded(found, dosage, drug)


def _counted(dosage: Json) -> int | None:
    """Return in how many days so many doses as ``repeat.count`` tells are taken, None if open."""
    repeat = table(table(dosage.get("timing")).get("repeat"))
    count, times = number(repeat.get("count")), times_a_day(dosage)
    if count is None or times is None or max(count, number(repeat.get("countMax")) or 0) <= 1:
        return None
    return max(int(count / times.high + _ROUNDING), 1)


def _bounded(found: Daily, dosage: Json, drug: Drug) -> Daily:
    """Bound a dose by the most that may be taken in a time; it is unknown where it is above."""
    told = table(dosage.get("maxDosePerPeriod"))
    days = length_days(table(told.get("denominator")))
    most = intake_of({"doseQuantity": told.get("numerator")}, drug).mg
    if found.mg is None or days is None or most is None:
        return found
    limit = _scaled(most, drug).high / days + _ROUNDING
    if found.mg.low > limit or (found.stretches and found.mg.high > limit):
        return found._replace(mg=None, because=ABOVE_MOST, stretches=())
    return found._replace(mg=Amount(found.mg.low, min(found.mg.high, limit - _ROUNDING)))


def _may_be_none(found: Daily) -> Daily:
    """Return the dose of what is taken as needed: from none."""
    may_be_none = tuple(one._replace(mg=Amount(0.0, one.mg.high)) for one in found.stretches)
    mg = None if found.mg is None else Amount(0.0, found.mg.high)
    return found._replace(mg=mg, as_needed=True, stretches=may_be_none)


def _is_as_needed(
    dosage: Json, spoken: tuple[str, ...], phrases: Phrases, text: TextDose | None
) -> bool:
    """Say whether it is taken as needed; a text that was read knows what its words mean."""
    if is_true(dosage.get("asNeededBoolean")) or dosage.get("asNeededCodeableConcept"):
        return True
    if is_coded_as_needed(dosage):
        return True
    if text is not None and text.as_needed is not None:
        return text.as_needed
    return spoken_any(spoken, phrases.as_needed)


def _joined(dosage: Json, drug: Drug, knowledge: Knowledge, text: TextDose | None) -> Daily:
    """Return the dose of elements and text together."""
    intake, times = intake_of(dosage, drug), times_a_day(dosage)
    if intake.is_daily:
        times = ONCE
    told = text.dose if text is not None else SigDose(because=MORE_TO_READ)
    units = intake.units.high * times.high if intake.units and times else None
    if told.because in {HELD, CHANGED}:
        return Daily(None, None, told.because)
    if intake.mg is not None and times is not None:
        mg = _a_day(intake.mg, times, drug, knowledge)
        if not _goes_beside(intake, times, told):
            return Daily(None, None, DISAGREE)
        return _checked(Daily(mg, units), _steps(told, drug, knowledge))
    if told.because in _NOTHING_TOLD:
        because = intake.because or _NO_TIMES
        return Daily(None, units, told.because if text and not intake.is_told else because)
    if not told.because:
        if not _agree(intake, times, told) or not _is_held(intake, told):
            return Daily(None, None, DISAGREE)
        return _of_steps(_steps(told, drug, knowledge), told.steps)
    if not _agree(intake, times, told):
        return Daily(None, None, DISAGREE)
    return _completed(intake, times, told, drug, knowledge)


_NOTHING_TOLD: Final = frozenset({MORE_TO_READ, OTHER_DRUG, CONTRADICTION})


def _checked(daily: Daily, steps: tuple[Stretch, ...]) -> Daily:
    """Return the dose of the elements if a readable text says nothing else; steps if it has any."""
    if not steps or daily.mg is None:
        return daily
    least, most = min(one.mg.low for one in steps), max(one.mg.high for one in steps)
    if daily.mg.low > most + _ROUNDING or daily.mg.high < least - _ROUNDING:
        return Daily(None, None, DISAGREE)
    if _are_several(steps):
        return daily._replace(stretches=steps)
    return daily._replace(mg=Amount(min(daily.mg.low, least), max(daily.mg.high, most)))


def _goes_beside(intake: Intake, times: Amount, told: SigDose) -> bool:
    """Say whether a text read in part goes with elements that tell the whole dose.

    "Daily" says no more than that it is each day; mg alone may be those of the day.
    """
    if not told.because or told.because in _NOTHING_TOLD:
        return True
    often = times if told.times == ONCE else told.times
    if _agree(intake, times, replace(told, times=often)):
        return True
    own = told.intake.mg if told.intake else None
    is_of_a_day = intake.mg and own and is_same(repeated(intake.mg, times), own)
    return bool(is_of_a_day) and told.times is None


def _is_held(intake: Intake, told: SigDose) -> bool:
    """Say whether one intake of the elements is no more than the most a text tells for a day."""
    if intake.mg is None:
        return True
    return any(one.mg and intake.mg.high <= one.mg.high + _ROUNDING for one in told.steps)


def _are_several(steps: Sequence[Stretch]) -> bool:
    return len(steps) > 1 or any(one.days is not None for one in steps)


def _agree(intake: Intake, times: Amount | None, told: SigDose) -> bool:
    """Say whether what elements and text both tell is the same."""
    pairs = [
        (intake.mg, told.intake.mg if told.intake else None),
        (intake.units, told.intake.units if told.intake else None),
        (times, told.times),
    ]
    return all(one is None or other is None or is_same(one, other) for one, other in pairs)


def _steps(told: SigDose, drug: Drug, knowledge: Knowledge) -> tuple[Stretch, ...]:
    """Return the steps of a text that was read whole, in mg of the ingredient; else none."""
    if told.because:
        return ()
    if len(told.steps) == 1 and told.intake and told.intake.mg and told.times:
        mg = _a_day(told.intake.mg, told.times, drug, knowledge)
        if told.steps[0].mg == repeated(told.intake.mg, told.times):
            return (Stretch(told.steps[0].days, mg),)
    return tuple(
        Stretch(one.days, _scaled(one.mg, drug)) for one in told.steps if one.mg is not None
    )


def _of_steps(steps: tuple[Stretch, ...], told: Sequence[SigStep]) -> Daily:
    """Return the dose of a text: one, or the range over its steps beside the steps."""
    low, high = min(one.mg.low for one in steps), max(one.mg.high for one in steps)
    units = told[0].units.high if len(told) == 1 and told[0].units else None
    return Daily(Amount(low, high), units, stretches=steps if _are_several(steps) else ())


def _completed(
    intake: Intake, times: Amount | None, told: SigDose, drug: Drug, knowledge: Knowledge
) -> Daily:
    """Join an amount that one tells and a frequency that the other tells."""
    own = told.intake
    mg = intake.mg or (own.mg if own else None)
    units = intake.units or (own.units if own else None)
    often = times or told.times
    most = units.high * often.high if units and often else None
    if mg is not None and often is not None:
        return Daily(_a_day(mg, often, drug, knowledge), most)
    if mg is not None:
        return Daily(None, most, _NO_TIMES)
    return Daily(None, most, intake.because if intake.is_told else told.because)


def _a_day(mg: Amount, times: Amount, drug: Drug, knowledge: Knowledge) -> Amount:
    """Return mg of the ingredient a day; the weekly capsule as its daily dose. Rule: R9."""
    dose = knowledge.criteria.dose
    is_weekly = drug.weekly_product or drug.ingredient == "fluoxetine"
    once_a_week = abs(times.high * _WEEK - 1) < _ROUNDING
    if is_weekly and once_a_week and mg.high == dose.weekly_fluoxetine_mg:
        return Amount(dose.weekly_fluoxetine_daily_mg, dose.weekly_fluoxetine_daily_mg)
    return _scaled(repeated(mg, times), drug)


def _scaled(mg: Amount | None, drug: Drug) -> Amount:
    held = mg or NONE
    return Amount(held.low * drug.factor, held.high * drug.factor)
