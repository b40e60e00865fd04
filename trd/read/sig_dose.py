"""How many milligrams of a drug a day does a dosage text order?

Takes a text as read (``sig``) and the product, and returns steps of mg per day. Where amount,
strength and frequency do not agree, or one of them is not told, the dose is unknown, with the
reason. What may be taken is a range.

Rule: R9.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final, NamedTuple

from trd.chart import Drug
from trd.knowledge.sig_words import AND, MAY, MAYBE, OR
from trd.read.amounts import NONE, ONCE, Amount, is_close, is_same, repeated, spanned
from trd.read.sig import CONTRADICTION, NO_AMOUNT, Sig
from trd.read.sig_forms import Dose
from trd.read.sig_stages import SHARED, UNCLEAR, Portion, Stage
from trd.read.told_days import ALL_DAYS, ToldDays

NO_TIMES: Final = "the text does not say how often it is taken"
NO_STRENGTH: Final = "the strength of one unit is not known"
OPEN_AMOUNT: Final = "the text leaves open whether its mg are those of one unit or of all"

_WEEK: Final = 7
_PIECES: Final = (4, 3)
"""A piece is divided into quarters or thirds at most."""
_MOST_AT_A_TIME: Final = 12
"""So many pieces are never taken at a time: a higher number is that of a package."""


class Told(NamedTuple):
    """One intake of a text: mg and units, or why mg are not known."""

    mg: Amount | None
    units: Amount | None
    because: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class SigStep:
    """What holds for so many days (None: open): mg and units a day, or why mg are not known."""

    days: int | None
    mg: Amount | None
    units: Amount | None
    because: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class SigDose:
    """What a text orders of a drug: its steps; and, where it has one portion, that and its times.

    ``because`` is why nothing is known ("" where every step is). ``at_bedtime``: all of it.
    """

    steps: tuple[SigStep, ...] = ()
    because: str = ""
    intake: Told | None = None
    times: Amount | None = None
    at_bedtime: bool = False
    days: ToldDays = ALL_DAYS


def sig_dose(sig: Sig, drug: Drug) -> SigDose:
    """Return what a text orders of this drug."""
    days = ToldDays(sig.length, sig.named)
    if sig.because:
        return SigDose(because=sig.because, days=days)
    alone = _alone(sig)
    steps, because = _steps(sig, drug)
    return SigDose(
        steps=steps,
        because=because or next((step.because for step in steps if step.mg is None), ""),
        intake=_intake(alone.dose, sig, drug) if alone and alone.dose else None,
        times=_times(alone)[0] if alone else None,
        at_bedtime=all(
            portion.parts == ("bedtime",) for stage in sig.stages for portion in stage.portions
        ),
        days=days,
    )


def _alone(sig: Sig) -> Portion | None:
    """Return the only portion of a text, None where it has several."""
    portions = [portion for stage in sig.stages for portion in stage.portions]
    return portions[0] if len(portions) == 1 and not sig.stages[0].divided else None


# ------------------------------------------------------------------ steps


def _steps(sig: Sig, drug: Drug) -> tuple[tuple[SigStep, ...], str]:
    """Return the steps in time, or why they cannot be told apart."""
    found: list[SigStep] = []
    at: int | None = 0
    for stage in sig.stages:
        if stage.label is not None and stage.label[0] != at:
            return (), CONTRADICTION
        step = _checked(_step(stage, sig, drug), stage, sig, drug)
        before = found[-1] if found else None
        if stage.entered in {MAYBE, MAY}:
            step = replace(step, mg=spanned(before.mg if before else NONE, step.mg))
        if before is not None and before.days is None:
            found[-1] = _merged(before, step)
        else:
            found.append(step)
        at = at + step.days if at is not None and step.days is not None else None
    is_course = sig.stages[-1].label is None
    return _closed([_limited(step, sig, drug) for step in found], sig, is_course=is_course), ""


def _checked(step: SigStep, stage: Stage, sig: Sig, drug: Drug) -> SigStep:
    """Leave a dose unknown that is above a most of which is not said whether it is of a day."""
    if sig.most is None or step.mg is None:
        return step
    most = _intake(sig.most, sig, drug)
    taken = [_intake(one.dose, sig, drug) for one in stage.portions if one.dose is not None]
    if not sig.as_needed:
        taken.append(Told(step.mg, step.units))
    limit, amounts = most.mg, [one.mg for one in taken]
    if limit is None:
        limit, amounts = most.units, [one.units for one in taken]
    lows = [one.low for one in amounts if one is not None]
    least = max(lows, default=0.0)
    if limit is not None and (limit.high >= least or is_close(limit.high, least)):
        return step
    return replace(step, mg=None, because=CONTRADICTION)


def _limited(step: SigStep, sig: Sig, drug: Drug) -> SigStep:
    """Bound what is taken by the most that may be taken a day."""
    if sig.limit is None or step.mg is None:
        return step
    most = _intake(sig.limit, sig, drug).mg
    if most is None:
        return step
    if not sig.as_needed and most.high < step.mg.low:
        return replace(step, mg=None, because=CONTRADICTION)
    return replace(step, mg=Amount(min(step.mg.low, most.high), min(step.mg.high, most.high)))


def _closed(steps: Sequence[SigStep], sig: Sig, *, is_course: bool) -> tuple[SigStep, ...]:
    """Leave the last step open unless all have a length; the length of one alone is supply.

    The last of counted weeks or days goes on.
    """
    are_bounded = len(steps) > 1 and all(step.days is not None for step in steps)
    if sig.ends or (is_course and are_bounded):
        return tuple(steps)
    return (*steps[:-1], replace(steps[-1], days=None))


def _merged(one: SigStep, other: SigStep) -> SigStep:
    """Join two doses of which the text does not say when the second begins."""
    mg, units = spanned(one.mg, other.mg), spanned(one.units, other.units)
    because = "" if mg is not None else one.because or other.because
    return SigStep(days=other.days, mg=mg, units=units, because=because)


def _step(stage: Stage, sig: Sig, drug: Drug) -> SigStep:
    """Return what one stage orders a day."""
    days = stage.days
    if stage.label is not None:
        days = stage.label[1] - stage.label[0]
    told = _divided(stage, sig, drug) if stage.divided else _sum(stage, sig, drug)
    if told.mg is not None and not _agrees(stage, told, sig, drug):
        told = Told(None, None, CONTRADICTION)
    return SigStep(days=days, mg=told.mg, units=told.units, because=told.because)


def _agrees(stage: Stage, told: Told, sig: Sig, drug: Drug) -> bool:
    """Say whether a sum the text tells is that of the day or of one intake."""
    if stage.total is None:
        return True
    sums = [told.mg]
    doses = [portion.dose for portion in stage.portions]
    if len(doses) == 1 and doses[0] is not None and not stage.is_of_a_day:
        sums.append(_intake(doses[0], sig, drug).mg)
    return any(is_same(stage.total, one) for one in sums if one is not None)


def _divided(stage: Stage, sig: Sig, drug: Drug) -> Told:
    """Return the amount of a day that is taken in parts; the text must call it that of a day."""
    portion = stage.portions[0]
    if len(stage.portions) > 1 or portion.dose is None:
        return Told(None, None, NO_AMOUNT)
    if ONCE not in portion.times | portion.plain:
        return Told(None, None, CONTRADICTION)
    return _intake(portion.dose, sig, drug)


def _sum(stage: Stage, sig: Sig, drug: Drug) -> Told:
    """Return the sum of a day's portions; alternatives are a range."""
    portions = _distinct(stage)
    whole = _whole(portions, sig, drug)
    if whole is not None:
        return whole
    told = [_daily(portion, sig, drug) for portion in portions]
    unknown = next((one for one in told if one.mg is None), None)
    if len(told) == 1:
        return told[0]
    if unknown is not None:
        return Told(None, None, unknown.because)
    if not _may_be_added(stage):
        return Told(None, None, CONTRADICTION)
    mgs = [one.mg for one in told if one.mg is not None]
    units = [one.units for one in told if one.units is not None]
    join = _either if OR in stage.joined else _added
    return Told(join(mgs), join(units) if len(units) == len(mgs) else None)


def _whole(portions: Sequence[Portion], sig: Sig, drug: Drug) -> Told | None:
    """Return the day of "2 tablets daily, 1 in the morning and 1 at night", None for others."""
    first, rest = portions[0], portions[1:]
    if len(rest) < 2 or first.parts or not first.plain or not all(one.parts for one in rest):  # noqa: PLR2004 - a day and two parts at least
        return None
    day = _daily(first, sig, drug)
    parts = [_daily(one, sig, drug).mg for one in rest]
    known = [one for one in parts if one is not None]
    if day.mg is None or len(known) < len(parts):
        return Told(None, None, day.because or CONTRADICTION)
    return day if is_same(day.mg, _added(known)) else Told(None, None, CONTRADICTION)


def _added(amounts: Sequence[Amount]) -> Amount:
    return Amount(sum(one.low for one in amounts), sum(one.high for one in amounts))


def _either(amounts: Sequence[Amount]) -> Amount:
    return Amount(min(one.low for one in amounts), max(one.high for one in amounts))


def _distinct(stage: Stage) -> tuple[Portion, ...]:
    """Return the portions, one that is said twice once; "and" says none twice."""
    if AND in stage.joined:
        return stage.portions
    return tuple(dict.fromkeys(stage.portions))


def _may_be_added(stage: Stage) -> bool:
    """Say whether portions are parts of one day: each names its own part, or all go together."""
    portions = _distinct(stage)
    parts = [part for portion in portions for part in portion.parts]
    if len(parts) != len(set(parts)):
        return SHARED in stage.joined
    if any(portion.weekdays or portion.days_a_week for portion in portions):
        return False
    return all(portion.parts for portion in portions) or SHARED in stage.joined


# ------------------------------------------------------------------ one portion


def _daily(portion: Portion, sig: Sig, drug: Drug) -> Told:
    times, because = _times(portion)
    if portion.dose is None:
        return Told(None, None, NO_AMOUNT)
    intake = _intake(portion.dose, sig, drug)
    if times is None:
        return Told(None, None, because)
    mg = repeated(intake.mg, times) if intake.mg else None
    units = repeated(intake.units, times) if intake.units else None
    return Told(mg, units, intake.because)


def _times(portion: Portion) -> tuple[Amount | None, str]:
    """Return how many times a day, or None and why it is not known."""
    if len(portion.times) > 1 or len(portion.plain) > 1 or UNCLEAR in portion.parts:
        return None, CONTRADICTION
    parts = 1 if portion.either else len(portion.parts)
    strict, plain = next(iter(portion.times), None), next(iter(portion.plain), None)
    often = strict or plain or ONCE
    if strict is not None:
        if plain is not None and not _makes_precise(strict, plain):
            return None, CONTRADICTION
        expected = {0, 1} if strict.high < 1 else {0, strict.low}
        if parts not in expected or (parts and strict.low != strict.high):
            return None, CONTRADICTION
    if plain is not None and _is_of_a_day(portion, strict, parts):
        return None, CONTRADICTION
    if strict is None and parts:
        often = Amount(often.low * parts, often.high * parts)
    return _on_weekdays(portion, often) if portion.is_timed() else (None, NO_TIMES)


def _is_of_a_day(portion: Portion, strict: Amount | None, parts: int) -> bool:
    """Say whether mg "a day" stand beside several times: those of the day, or of each time."""
    is_mass = portion.dose is not None and portion.dose.pieces is None
    return is_mass and (parts > 1 or (strict is not None and strict.high > 1))


def _makes_precise(strict: Amount, plain: Amount) -> bool:
    """Say whether "twice" may stand beside "daily": it tells how often each day, or the same."""
    return is_same(strict, plain) or (plain == ONCE and strict.low >= 1)


def _on_weekdays(portion: Portion, often: Amount) -> tuple[Amount | None, str]:
    """Return times a day on average where the text names days of the week."""
    if portion.days_a_week is not None and portion.weekdays:
        return None, CONTRADICTION
    days = portion.days_a_week or len(portion.weekdays)
    if not days:
        return often, ""
    if often.high < 1:
        is_weekly = days == 1 and is_close(often.high * _WEEK, 1)
        return (often, "") if is_weekly else (None, CONTRADICTION)
    return Amount(often.low * days / _WEEK, often.high * days / _WEEK), ""


def _intake(dose: Dose, sig: Sig, drug: Drug) -> Told:
    """Return mg and units of one intake; amount, strength and product must agree."""
    strength = _strength(dose, sig, drug)
    if strength is not None and strength < 0:
        return Told(None, None, CONTRADICTION)
    pieces, mg = dose.pieces, dose.mg
    if pieces is None:
        return Told(mg, _per(mg, strength))
    if not dose.in_ml and (pieces.high > _MOST_AT_A_TIME or not all(map(_is_divisible, pieces))):
        return Told(None, None, CONTRADICTION)
    if mg is None:
        if strength is None:
            return Told(None, pieces, NO_STRENGTH)
        return Told(Amount(pieces.low * strength, pieces.high * strength), pieces)
    return _both(dose, pieces, mg, strength)


def _both(dose: Dose, pieces: Amount, mg: Amount, strength: float | None) -> Told:
    """Return an intake told in units and in mg."""
    all_of = Amount(pieces.low * mg.low, pieces.high * mg.high)
    if strength is None:
        if dose.relation == "either" and pieces != ONCE:
            return Told(None, pieces, OPEN_AMOUNT)
        return Told(all_of if dose.relation == "each" else mg, pieces)
    expected = Amount(pieces.low * strength, pieces.high * strength)
    if dose.relation != "each" and is_same(mg, expected):
        return Told(mg, pieces)
    if dose.relation != "total" and is_same(all_of, expected):
        return Told(all_of, pieces)
    return Told(None, None, CONTRADICTION)


def _strength(dose: Dose, sig: Sig, drug: Drug) -> float | None:
    """Return mg of one unit from text and product, None where neither tells, -1 if they differ."""
    if dose.in_ml:
        product = drug.strength_mg if drug.per_ml else None
        stated = sig.per_ml
    else:
        product = None if drug.per_ml else drug.strength_mg
        stated = sig.strength
    if product is None or stated is None:
        return product if stated is None else stated
    return product if is_close(product, stated) else -1.0


def _per(mg: Amount | None, strength: float | None) -> Amount | None:
    if mg is None or not strength:
        return None
    return Amount(mg.low / strength, mg.high / strength)


def _is_divisible(pieces: float) -> bool:
    return any(is_close(pieces * by, round(pieces * by)) for by in _PIECES)
