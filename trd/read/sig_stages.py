"""Which doses does a dosage text put one after the other, and which side by side?

The items put together are split into stages in time, each into the portions of its day.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final, NamedTuple

from trd.knowledge.sig_words import (
    AND,
    DIVIDED,
    INCREASE,
    MAY,
    MAYBE,
    OR,
    PART,
    THEN,
    TIMES,
    TOTAL,
    WEEKDAY,
)
from trd.read.amounts import ONCE, Amount
from trd.read.sig_forms import DOSE, LABEL, LENGTH, OF_A_DAY, PLAIN, TOLD_TOTAL, Dose, Said
from trd.read.sig_items import Item

_BOUNDARIES: Final = frozenset({THEN, INCREASE, MAYBE, MAY, LABEL})
_SEPARATORS: Final = frozenset({AND, OR, ","})
WHEN: Final = frozenset({TIMES, PART, WEEKDAY})
_LATE: Final = frozenset({"evening", "bedtime"})
SHARED: Final = "shared"
"""What joins portions that are taken together, at the same times."""
UNCLEAR: Final = "unclear"
"""The name of a part of the day that does not go with the one before it."""


class Portion(NamedTuple):
    """One amount with what is said of when: times, parts of the day, weekdays.

    ``plain`` are times that others make precise ("daily"); ``either``: the parts of the day are
    alternatives; ``days_a_week`` is set where days are counted, not named.
    """

    dose: Dose | None = None
    times: frozenset[Amount] = frozenset()
    plain: frozenset[Amount] = frozenset()
    parts: tuple[str, ...] = ()
    weekdays: frozenset[str] = frozenset()
    days_a_week: float | None = None
    either: bool = False

    def is_timed(self) -> bool:
        """Say whether anything is said of when."""
        return bool(self.times or self.plain or self.parts or self.weekdays or self.days_a_week)


@dataclass(frozen=True, slots=True, kw_only=True)
class Stage:
    """What holds at one time: the portions of its day, for how many days (None: not told).

    ``entered`` is the word it begins with; ``joined`` what stands between its portions; ``label``
    its first and last day where the text counts them; ``total`` is mg told as a sum; ``divided``:
    the amount is that of a day, divided.
    """

    portions: tuple[Portion, ...] = ()
    joined: frozenset[str] = frozenset()
    days: int | None = None
    label: tuple[int, int] | None = None
    entered: str = ""
    divided: bool = False
    total: Amount | None = None
    is_of_a_day: bool = False


# ------------------------------------------------------------------ stages


def stages_of(row: Sequence[Said]) -> list[Stage]:
    """Split the row into what holds one after the other."""
    runs: list[tuple[str, list[Said]]] = [("", [])]
    for one in row:
        held = runs[-1][1]
        kinds = {said.kind for said in held}
        if one.kind in _BOUNDARIES and kinds == {THEN}:
            runs[-1] = (one.kind, [one])
        elif one.kind in _BOUNDARIES:
            runs.append((one.kind, [one]))
        elif one.kind == DOSE and {LENGTH, DOSE} <= kinds:
            since = {said.kind for said in held[_last(held, LENGTH) :]}
            runs.append((AND if AND in since else ",", [one]))
        else:
            held.append(one)
    return [_stage(entered, held) for entered, held in runs]


def _last(row: Sequence[Said], kind: str) -> int:
    return max(at for at, one in enumerate(row) if one.kind == kind)


def _stage(entered: str, held: Sequence[Said]) -> Stage:
    row, told = _without_total(held)
    portions, joined = _portions(row)
    total = told.amount() if told else None
    if not portions and told is not None and total is not None and told.name == OF_A_DAY:
        portions = (Portion(Dose(None, total), plain=frozenset({ONCE})),)
    labels = [one.item for one in row if one.kind == LABEL]
    lengths = [one.item.low for one in row if one.kind == LENGTH]
    return Stage(
        portions=portions,
        joined=joined,
        days=round(lengths[0]) if len(lengths) == 1 else None,
        label=(round(labels[0].low), round(labels[0].high)) if labels else None,
        entered=entered,
        divided=any(one.kind == DIVIDED for one in row),
        total=total,
        is_of_a_day=told is not None and told.name == OF_A_DAY,
    )


def _without_total(held: Sequence[Said]) -> tuple[list[Said], Item | None]:
    """Take out a sum told beside the doses: "(total 100 mg)", "…, 100 mg total"."""
    row = list(held)
    total: Item | None = None
    for at in range(len(held) - 1, -1, -1):
        one = held[at]
        if one.kind == TOLD_TOTAL:
            total = one.item
            del row[at]
        elif one.kind == TOTAL and at and row[at - 1].kind == DOSE:
            dose = row[at - 1].dose
            is_beside = sum(said.kind == DOSE for said in row) > 1
            if is_beside and dose is not None and dose.mg is not None and dose.pieces is None:
                total = Item(TOLD_TOTAL, dose.mg.low, dose.mg.high)
                del row[at - 1 : at + 1]
    return row, total


def _portions(row: Sequence[Said]) -> tuple[tuple[Portion, ...], frozenset[str]]:
    """Return each amount with its times, and what stands between them.

    Times follow their amount ("1 tablet at noon"), or all stand before it.
    """
    core = [one.kind for one in row if one.kind == DOSE or one.kind in WHEN]
    is_leading = core.count(DOSE) > 1 and core[0] in WHEN and core[-1] == DOSE
    found = [Portion()]
    joined: set[str] = set()
    since: set[str] = set()
    for one in row:
        if one.kind in _SEPARATORS:
            since.add(one.kind)
            continue
        here = found[-1]
        is_new = here.dose is not None and (one.kind == DOSE or (is_leading and one.kind in WHEN))
        if is_new:
            joined |= since or {","}
            here = Portion()
            found.append(here)
        if one.kind == DOSE:
            found[-1] = here._replace(dose=one.dose)
        elif one.kind in WHEN:
            found[-1] = _with_time(here, one, since)
        else:
            continue
        since = set()
    told = [one for one in found if one.dose is not None or one.is_timed()]
    return _sharing(told, frozenset(joined))


def _sharing(
    portions: list[Portion], joined: frozenset[str]
) -> tuple[tuple[Portion, ...], frozenset[str]]:
    """Let pieces that "and" joins share the times of the last: "one 10 mg plus one 5 mg daily"."""
    *earlier, last = portions or [Portion()]
    are_pieces = all(one.dose is not None and one.dose.pieces is not None for one in portions)
    if joined != {AND} or not are_pieces or any(one.is_timed() for one in earlier):
        return tuple(portions), joined
    return (*(last._replace(dose=one.dose) for one in earlier), last), frozenset({SHARED})


def _with_time(portion: Portion, said: Said, since: set[str]) -> Portion:
    item = said.item
    if said.kind == TIMES and item.name == PLAIN:
        return portion._replace(plain=portion.plain | {item.amount()})
    if said.kind == TIMES:
        return portion._replace(times=portion.times | {item.amount()})
    if said.kind == WEEKDAY:
        if item.high:
            return portion._replace(days_a_week=item.high)
        return portion._replace(weekdays=portion.weekdays | {item.name})
    return _with_part(portion, item.name, since)


def _with_part(portion: Portion, name: str, since: set[str]) -> Portion:
    """Add a part of the day; one that neither "and" nor "or" joins must be the same one."""
    if name in portion.parts:
        return portion
    if portion.parts and not since:
        if {name, portion.parts[-1]} == _LATE:
            return portion
        name = UNCLEAR
    either = portion.either or (bool(portion.parts) and OR in since)
    return portion._replace(parts=(*portion.parts, name), either=either)


# ------------------------------------------------------------------ what stages share


def completed(stages: Sequence[Stage]) -> tuple[Stage, ...]:
    """Let stages share what only one of them says: an amount, or how often.

    "1 tablet daily for a week, then 2 tablets": two daily. "25 mg for a week, then 50 mg daily":
    once daily serves backwards as well; more than once does not.
    """
    found: list[Stage] = []
    for stage in stages:
        if not stage.portions:
            found[-1:] = [_with_days(found[-1], stage)] if found else []
            continue
        found.append(_after(stage, found[-1]) if found else stage)
    for at in range(len(found) - 2, -1, -1):
        found[at] = _before(found[at], found[at + 1])
    return tuple(found)


def _with_days(stage: Stage, rest: Stage) -> Stage:
    return replace(stage, days=stage.days if stage.days is not None else rest.days)


def _after(stage: Stage, earlier: Stage) -> Stage:
    """Return a stage with the amount, or the times once a day, of the one before it."""
    if len(stage.portions) != 1 or len(earlier.portions) != 1:
        return stage
    mine, told = stage.portions[0], earlier.portions[0]
    if mine.dose is None:
        return replace(stage, portions=(mine._replace(dose=told.dose),))
    if mine.is_timed() or not _is_once(told):
        return stage
    return replace(stage, portions=(told._replace(dose=mine.dose),))


def _before(stage: Stage, later: Stage) -> Stage:
    """Return a stage with the times of the one after it where that is once a day."""
    if len(stage.portions) != 1 or len(later.portions) != 1 or stage.portions[0].is_timed():
        return stage
    told = later.portions[0]
    if not _is_once(told):
        return stage
    return replace(stage, portions=(told._replace(dose=stage.portions[0].dose),))


def _is_once(portion: Portion) -> bool:
    """Say whether a portion is told to be taken once a day."""
    return (
        (portion.times | portion.plain) <= {ONCE}
        and len(portion.parts) <= 1
        and not portion.weekdays
        and portion.days_a_week is None
        and portion.is_timed()
    )
