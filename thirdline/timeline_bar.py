"""Which sign does each column of one drug's row show?

A column shows what most of its days are. The picture claims no more than the record: possible days
have a sign of their own, and what is too short for its column stands alone or as "few documented
days", so that single days never look like an unbroken stretch.
"""

from collections.abc import Sequence
from typing import Final

from thirdline.timeline import Close, Mark, Stretch, TimelineRow
from thirdline.timeline_axis import Axis
from trd.adequacy import union_days
from trd.dates import Day

SIGNS: Final = {
    Mark.AT_MINIMUM: "=",
    Mark.BELOW: "-",
    Mark.DOSE_OPEN: "~",
    Mark.POSSIBLE: ":",
    Mark.ADDED: "a",
    Mark.SESSION: "*",
    Close.RUNNING: ">",
    Close.UNKNOWN: "?",
    Close.INFERRED: "i",
}
FEW: Final = "'"
"""Documented days that are less than half of their column, beside other days."""
GAP: Final = "."
EPISODE: Final = "|"
_STRENGTH: Final = {mark: at for at, mark in enumerate(Mark)}


def bar(row: TimelineRow, axis: Axis, episode: Day | None) -> str:
    """Return the signs of a row that has stretches: a column each, and one more for the close.

    The first day of the episode shows where nothing is covered; None: not known.
    """
    cells = _day_signs(row, axis) if row.is_single_days else _stretch_signs(row, axis)
    start = axis.column(episode) if episode is not None and axis.holds(episode) else None
    if start is not None and cells[start] in {"", GAP}:
        cells[start] = EPISODE
    return "".join(sign or " " for sign in cells)


def _day_signs(row: TimelineRow, axis: Axis) -> list[str]:
    cells = [""] * (axis.columns + 1)
    for stretch in row.stretches:
        cells[axis.column(stretch.first)] = SIGNS[stretch.mark]
    return cells


def _stretch_signs(row: TimelineRow, axis: Axis) -> list[str]:
    """Return the signs of stretches, the gaps between them, and how each course closes."""
    cells = [*_covered_signs(row.stretches, axis), ""]
    drawn = [at for at, sign in enumerate(cells) if sign]
    for last, close in row.closes:
        before = [at for at in drawn if at <= axis.column(last)]
        place = before[-1] + 1 if before else 0
        cells[place] = cells[place] or SIGNS[close]
    for at in range(drawn[0], drawn[-1]):
        cells[at] = cells[at] or GAP
    return cells


def _covered_signs(stretches: Sequence[Stretch], axis: Axis) -> list[str]:
    """Return the sign of each column, "" where nothing is to be shown."""
    held: list[list[Stretch]] = [[] for _ in range(axis.columns)]
    for stretch in stretches:
        for column in axis.columns_of(stretch.first, stretch.last):
            held[column].append(stretch)
    marks = [_mark_of(inside, axis.span(at)) for at, inside in enumerate(held)]
    short = _short(stretches, marks, axis)
    return [_sign(at, marks, short) for at in range(axis.columns)]


def _sign(at: int, marks: Sequence[Mark | None], short: dict[int, Mark]) -> str:
    """Return the sign of one column: a documented short stretch alone, beside others as few days.

    Within documented days it needs none; within possible ones it shows.
    """
    mark, brief = marks[at], short.get(at)
    if brief is None or brief is Mark.POSSIBLE or mark not in {None, Mark.POSSIBLE}:
        shown = mark if mark is not None else brief
        return SIGNS[shown] if shown is not None else ""
    near = [one for one in (at - 1, at + 1) if 0 <= one < len(marks)]
    is_alone = mark is None and not any(marks[one] or one in short for one in near)
    return SIGNS[brief] if is_alone else FEW


def _mark_of(stretches: Sequence[Stretch], span: tuple[Day, Day]) -> Mark | None:
    """Return the mark of most covered days of a column, None where less than half is covered.

    A day that two stretches cover has the stronger mark; of two marks with as many days the weaker
    one is shown.
    """
    first, last = span
    covered = most = 0
    best: Mark | None = None
    for mark in reversed(Mark):
        stronger = sorted(s for s in stretches if _STRENGTH[s.mark] >= _STRENGTH[mark])
        days = union_days([(max(s.first, first), min(s.last, last) + 1) for s in stronger])
        if days > covered and days - covered >= most:
            best, most = mark, days - covered
        covered = days
    return best if covered * 2 >= last - first + 1 else None


def _short(
    stretches: Sequence[Stretch], marks: Sequence[Mark | None], axis: Axis
) -> dict[int, Mark]:
    """Return the columns of stretches whose mark no column shows, the strongest in each."""
    short: dict[int, Mark] = {}
    for group in _groups(stretches, axis):
        columns = {at for one in group for at in axis.columns_of(one.first, one.last)}
        if any(marks[at] is group[0].mark for at in columns):
            continue
        for one in group:
            inside = axis.columns_of(one.first, one.last)
            at = max(inside, key=lambda column: _days_in(one, axis.span(column)))
            short[at] = max(one.mark, short.get(at, one.mark), key=_STRENGTH.__getitem__)
    return short


def _groups(stretches: Sequence[Stretch], axis: Axis) -> list[list[Stretch]]:
    """Group stretches of one mark that lie so close that no column could part them."""
    longest = (axis.last - axis.first + 1) // axis.columns
    groups: list[list[Stretch]] = []
    for stretch in sorted(stretches, key=lambda one: (one.mark, one.first, one.last)):
        before = groups[-1][-1] if groups else None
        is_near = before is not None and stretch.first - before.last <= longest
        if before is not None and is_near and before.mark is stretch.mark:
            groups[-1].append(stretch)
        else:
            groups.append([stretch])
    return groups


def _days_in(stretch: Stretch, span: tuple[Day, Day]) -> int:
    return min(stretch.last, span[1]) - max(stretch.first, span[0]) + 1
