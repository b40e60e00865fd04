"""Whole dates as days."""

from trd.dates import Day, span_of


def day(text: str) -> Day:
    """Return the day of a complete date."""
    span = span_of(text)
    assert span is not None
    assert span[0] == span[1]
    return span[0]
