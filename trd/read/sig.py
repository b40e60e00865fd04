"""What does a dosage text say: how much, how often, for how long?

The text is put together from items (``sig_items``, ``sig_forms``). It is read only as a whole: a
number or a word that may change the dose and finds no place leaves all of it unread. "Then" makes
stages in time. What it means in milligrams of a drug is ``sig_dose``.
"""

import re
from collections.abc import Container, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

from trd.knowledge.sig_words import (
    AFTER,
    AND,
    APIECE,
    ARTICLE,
    AS_NEEDED,
    AT,
    DATED,
    DIVIDED,
    EVERY,
    FOR,
    HOLD,
    INCREASE,
    MAY,
    MAYBE,
    MORE,
    OF,
    ONWARD,
    OR,
    OTHER,
    PART,
    PIECE,
    REASON,
    SCHEDULE,
    STOP,
    THEN,
    TIMES,
    TO,
    TOTAL,
    UP_TO,
    WEEKDAY,
    SigTerm,
)
from trd.read.amounts import ONCE, Amount
from trd.read.sig_dates import NamedDay, named_days
from trd.read.sig_doses import put_together
from trd.read.sig_forms import (
    CONCENTRATION,
    DOSE,
    LABEL,
    LATER,
    LENGTH,
    LIMIT,
    MOST_AT_ONCE,
    STRENGTH,
    TOLD_TOTAL,
    Dose,
    Said,
)
from trd.read.sig_items import Item, items_of, plain_of
from trd.read.sig_stages import WHEN, Portion, Stage, completed, stages_of

MORE_TO_READ: Final = "the text holds more than can be read as a dose"
NO_AMOUNT: Final = "the text does not say how much is taken"
HELD: Final = "the text says that it is held or stopped"
CONTRADICTION: Final = "the text contradicts itself or the product"

_HARMLESS: Final = frozenset(
    {
        *"()=:,",
        *(TO, OF, FOR, AND, ARTICLE, TOTAL, APIECE, ONWARD, AT, AFTER),
        *(PIECE, CONCENTRATION, REASON, DATED),
    }
)
"""Signs and small words that change nothing where they are left over."""
_PLACED: Final = frozenset(
    {
        DOSE,
        TIMES,
        PART,
        WEEKDAY,
        LENGTH,
        LABEL,
        THEN,
        INCREASE,
        MAYBE,
        MAY,
        AS_NEEDED,
        STOP,
        STRENGTH,
        TOLD_TOTAL,
        LIMIT,
        MOST_AT_ONCE,
        DIVIDED,
        OR,
    }
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Sig:
    """A text as far as it was read: its stages, and why it is not readable ("" if it is).

    ``strength`` is mg of one piece, ``per_ml`` mg in a millilitre, where the text states them;
    ``ends``: after the last stage the drug is stopped. ``limit`` is the most of a day, ``most`` one
    of which is not said whether of a day or at a time. ``length`` are the days of a text with one
    stage, ``named`` the first and last days it names. ``tells_when``: words of a schedule stand in
    it, readable or not.
    """

    stages: tuple[Stage, ...] = ()
    because: str = ""
    as_needed: bool = False
    strength: float | None = None
    per_ml: float | None = None
    ends: bool = False
    limit: Dose | None = None
    most: Dose | None = None
    length: int | None = None
    named: tuple[NamedDay, ...] = ()
    tells_when: bool = False


def read_sig(text: str, terms: Mapping[str, SigTerm], names: Container[str]) -> Sig:
    """Return what a text says; nothing of it where something in it was not understood.

    ``names`` are words in lower case that begin the name of a drug.
    """
    items = items_of(text, terms, names)
    unread = HELD if any(item.kind in {STOP, HOLD} for item in items) else MORE_TO_READ
    tells_when = _tells_when(items)
    if any(item.kind in {MORE, HOLD} for item in items):
        return Sig(because=unread, tells_when=tells_when)
    row = put_together(items)
    kinds = {one.kind for one in row}
    as_needed = _is_as_needed(row)
    strengths = {one.item.low for one in row if one.kind == STRENGTH}
    per_ml = {one.item.low for one in row if one.kind == CONCENTRATION}
    allowed = _HARMLESS | _PLACED | (frozenset({UP_TO}) if as_needed else frozenset())
    if not kinds <= allowed or _dangles(row):
        return Sig(because=unread, tells_when=tells_when)
    if len(strengths) > 1 or len(per_ml) > 1:
        return Sig(because=CONTRADICTION, as_needed=as_needed, tells_when=tells_when)
    ends, row = _ending(_with_one_piece(row))
    parted = stages_of(row)
    stages = completed(parted)
    if _leaves_open(row, parted, as_needed=as_needed, ends=ends):
        return Sig(because=unread, tells_when=tells_when)
    return Sig(
        stages=stages,
        because="" if stages else NO_AMOUNT,
        as_needed=as_needed,
        strength=next(iter(strengths), None),
        per_ml=next(iter(per_ml), None),
        ends=ends,
        limit=next((one.dose for one in row if one.kind == LIMIT), None),
        most=next((one.dose for one in row if one.kind == MOST_AT_ONCE), None),
        length=_length(row, parted),
        named=named_days(plain_of(text)),
        tells_when=tells_when,
    )


def _tells_when(items: Sequence[Item]) -> bool:
    """Say whether words of a schedule stand among the items."""
    kinds = "".join(one.kind for one in items)
    return not _SCHEDULE.isdisjoint(kinds) or EVERY + OTHER in kinds


_SCHEDULE: Final = frozenset({SCHEDULE, WEEKDAY, TIMES})


def _length(row: Sequence[Said], stages: Sequence[Stage]) -> int | None:
    """Return for how many days a text tells its only stage, None where it does not say."""
    is_first = any(one.days is not None or one.label is not None for one in stages[:-1])
    if is_first or any(one.kind == ONWARD for one in row):
        return None
    lengths = [one.item.low for one in row if one.kind == LENGTH]
    lengths += [one.item.high for one in row if one.kind == LABEL]
    return round(min(lengths)) if lengths else None


_DANGLING: Final = re.compile(
    r"[Ds].*p"  # a piece after the dose, without a number of its own
    r"|(?:^|[ar])r|r(?![Dt])"  # "or" with nothing before it, or no dose or part of a day after it
    r"|a$|aq|(?:^|[^tfwd])at(?!D)"  # "and" at the end, before a need, or a part that adds to none
)
"""Kinds of items in a row of which one has lost what belongs to it."""


def _dangles(row: Sequence[Said]) -> bool:
    """Say whether a word that joins two others, or a piece, has lost what belongs to it."""
    if any(one.kind == TO and one.item.name for one in row):
        return True
    shape = "".join(one.kind for one in row if one.kind not in _HARMLESS - {AND, PIECE})
    return _DANGLING.search(shape) is not None


def _leaves_open(
    row: Sequence[Said], stages: Sequence[Stage], *, as_needed: bool, ends: bool
) -> bool:
    """Say whether the text tells more than its stages hold.

    A stop that is not the end, or has no day; a change without its dose; a day between two doses;
    what may be taken beside a dose; a need that may be that of one dose of several.
    """
    shape = "".join(one.kind for one in row)
    before, _, after = shape.partition(DOSE)
    between = after[: after.rfind(DOSE) + 1]
    if STOP in shape or MAY in after or DATED in between or (ends and stages[-1].days is None):
        return True
    if as_needed and between and AS_NEEDED not in before and MAYBE not in between:
        return True
    if sum(one.kind == LENGTH and one.item.name == LATER for one in row) > 1:
        return True
    return any(_is_open(stage, rest) for stage, rest in pairwise(stages))


def _is_open(stage: Stage, rest: Stage) -> bool:
    """Say whether it is not clear how one stage follows the other."""
    if not stage.portions:
        return stage.days is not None
    if not rest.portions:
        return not stage.entered
    if rest.entered != ",":
        return rest.entered == AND
    if rest.days is None and any(_may_be_supply(portion) for portion in rest.portions):
        return True
    parts = {portion.parts for one in (stage, rest) for portion in one.portions}
    return () not in parts and len(parts) > 1


def _may_be_supply(portion: Portion) -> bool:
    """Say whether pieces without a time may be those of the package: "for 90 days 90 tablets"."""
    return not portion.is_timed() and portion.dose is not None and portion.dose.pieces is not None


def _is_as_needed(row: Sequence[Said]) -> bool:
    """Say whether it is taken as needed; a need for more ("may increase if needed") is none."""
    kinds = "".join(one.kind for one in row)
    before = kinds.partition(MAYBE)[0]
    return AS_NEEDED in (before if DOSE in before else kinds)


def _with_one_piece(row: Sequence[Said]) -> list[Said]:
    """Read "50 mg tablet daily" as one piece; beside another amount it describes the product."""
    kinds = {one.kind for one in row}
    if DOSE in kinds or WHEN.isdisjoint(kinds):
        return [one for one in row if one.kind != STRENGTH]
    return [_one_piece(one) if one.kind == STRENGTH else one for one in row]


def _one_piece(strength: Said) -> Said:
    mg = Amount(strength.item.low, strength.item.low)
    return Said(strength.item._replace(kind=DOSE), Dose(ONCE, mg, "each"))


def _ending(row: Sequence[Said]) -> tuple[bool, list[Said]]:
    """Say whether the text ends with "then stop", and return the row without that."""
    core = [one for one in row if one.kind not in _HARMLESS]
    last = [one.kind for one in core[-2:]]
    if last == [THEN, STOP]:
        return True, core[:-2]
    return (True, core[:-1]) if last == [LENGTH, STOP] else (False, list(row))
