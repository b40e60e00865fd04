"""Which days does each column of a picture hold, and how is the axis labelled?

The columns divide the days evenly, a column is at least one day; labels stand at months or years,
as close as they fit.
"""

import itertools
from dataclasses import dataclass
from datetime import date
from typing import Final

from trd.dates import Day, iso

_YEAR: Final = 12
_STEPS: Final = (1, 2, 3, 6, 12, 24, 60, 120, 240, 600, 1200)
"""Months between two labels."""
_LAST_MONTH: Final = 9999 * _YEAR + 11
_DAYS_SAID: Final = 45
"""Longest column that is told in days; longer ones are told in months, then in years."""
_MONTH_DAYS: Final = 30.4
_MONTHS_SAID: Final = 23


@dataclass(frozen=True, slots=True)
class Axis:
    """Days from the first to the last, inclusive, in so many columns."""

    first: Day
    last: Day
    columns: int

    def column(self, day: Day) -> int:
        """Return the column of a day, from 0."""
        return (day - self.first) * self.columns // (self.last - self.first + 1)

    def columns_of(self, first: Day, last: Day) -> range:
        """Return the columns that hold days from the first to the last."""
        return range(self.column(first), self.column(last) + 1)

    def holds(self, day: Day) -> bool:
        """Say whether a day lies on the axis."""
        return self.first <= day <= self.last

    def span(self, column: int) -> tuple[Day, Day]:
        """Return the first and last day of a column, inclusive."""
        return self._begin(column), self._begin(column + 1) - 1

    def _begin(self, column: int) -> Day:
        return self.first - (-column * (self.last - self.first + 1) // self.columns)

    def resolution(self) -> str:
        """Say how long a column is."""
        days = (self.last - self.first + 1) / self.columns
        if days == 1:
            return "1 day"
        if round(days) == 1:
            return "a little more than a day"
        if days <= _DAYS_SAID:
            return f"about {days:.0f} days"
        months = days / _MONTH_DAYS
        if months <= _MONTHS_SAID:
            return f"about {months:.1f} months"
        return f"about {months / _YEAR:.1f} years"

    def labels(self) -> list[tuple[int, str]]:
        """Return columns and labels as close as they fit; the first day where none does."""
        for step in _STEPS:
            found = self._labelled(step)
            apart = [right[0] - left[0] for left, right in itertools.pairwise(found)]
            if found and all(gap > len(found[0][1]) for gap in apart):
                return found
        return [(0, iso(self.first))]

    def _labelled(self, step: int) -> list[tuple[int, str]]:
        """Return the first days of every so many months within the axis, with their columns."""
        start, end = date.fromordinal(self.first), date.fromordinal(self.last)
        month = start.year * _YEAR + start.month - 1
        until = min(end.year * _YEAR + end.month - 1, _LAST_MONTH)
        found = []
        for index in range(month + -month % step, until + 1, step):
            year, past = divmod(index, _YEAR)
            day = date(year, past + 1, 1).toordinal()
            if day >= self.first:
                label = f"{year:04}" if step >= _YEAR else f"{year:04}-{past + 1:02}"
                found.append((self.column(day), label))
        return found


def fitted_axis(first: Day, last: Day, room: int) -> Axis:
    """Return the axis from the start of the first day's month, in at most ``room`` columns."""
    begin = date.fromordinal(first).replace(day=1).toordinal()
    return Axis(begin, last, min(room, last - begin + 1))
