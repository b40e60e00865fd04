"""Which day does a written date stand for, under the reading in force?

One ``DayReader`` serves one pass over a chart. It notes whether any date was partial, so that the
caller knows that other readings must be judged too.
"""

from trd.dates import Day, End, Reading, span_of
from trd.read.access import words


class DayReader:
    """Reads FHIR dates as days; remembers in ``met_partial`` whether one was partial."""

    __slots__ = ("_reading", "_spans", "met_partial")

    def __init__(self, reading: Reading) -> None:
        """Start with no partial date met."""
        self._reading = reading
        self._spans: dict[str, tuple[Day, Day] | None] = {}
        self.met_partial = False

    def start(self, value: object) -> Day | None:
        """Return the day a period's start stands for, or None where it is missing or unreadable."""
        return self._day(value, self._reading.starts)

    def end(self, value: object) -> Day | None:
        """Return the day a period's end stands for, or None where it is missing or unreadable."""
        return self._day(value, self._reading.ends)

    def moment(self, value: object) -> Day | None:
        """Return the day a single date stands for, or None where it is missing or unreadable."""
        return self._day(value, self._reading.moments)

    def is_unreadable(self, value: object) -> bool:
        """Say whether something is written for a date that cannot be read as one."""
        if not value or (isinstance(value, str) and not value.strip()):
            return False
        return self._span(words(value)) is None

    def _span(self, text: str) -> tuple[Day, Day] | None:
        if text not in self._spans:
            self._spans[text] = span_of(text)
        return self._spans[text]

    def _day(self, value: object, end: End) -> Day | None:
        text = words(value) if value else ""
        span = self._span(text) if text else None
        if span is None:
            return None
        first, last = span
        if first == last:
            return first
        self.met_partial = True
        return first if end is End.EARLIEST else last
