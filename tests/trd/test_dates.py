"""Dates as the record writes them: which days may they mean?"""

from datetime import date

import pytest

from trd.dates import FIRST_READING, OTHER_READINGS, End, iso, iso_span, span_of, years_between


def _day(text):
    return date.fromisoformat(text).toordinal()


@pytest.mark.parametrize(
    ("text", "first", "last"),
    [
        pytest.param("2025-10-31", "2025-10-31", "2025-10-31", id="a full date is one day"),
        pytest.param("2024-02-29", "2024-02-29", "2024-02-29", id="a leap day"),
        pytest.param("2025-10", "2025-10-01", "2025-10-31", id="a month is all its days"),
        pytest.param("2024-02", "2024-02-01", "2024-02-29", id="February of a leap year"),
        pytest.param("2025-02", "2025-02-01", "2025-02-28", id="February of a common year"),
        pytest.param("2025", "2025-01-01", "2025-12-31", id="a year is all its days"),
        pytest.param("2025-10-31T23:59:00-08:00", "2025-10-31", "2025-10-31", id="a late hour"),
        pytest.param("2025-10-31T00:10:00Z", "2025-10-31", "2025-10-31", id="no zone shifts it"),
        pytest.param("2025-10-31 08:00", "2025-10-31", "2025-10-31", id="a space before the time"),
    ],
)
def test_a_date_means_these_days(text, first, last):
    assert span_of(text) == (_day(first), _day(last))


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("", id="nothing"),
        pytest.param("2025-1", id="a month of one digit"),
        pytest.param("2025-13", id="a thirteenth month"),
        pytest.param("2025/10", id="slashes"),
        pytest.param("2025-02-30", id="a day that never was"),
        pytest.param("2025-10-31x", id="a tail that is no time"),
        pytest.param("31-10-2025", id="the day first"),
        pytest.param("20251", id="five digits"),
        pytest.param("0000", id="the year nought"),
        pytest.param("abcd", id="no number"),
        pytest.param("soon-er", id="seven letters"),
    ],
)
def test_what_is_no_date_means_nothing(text):
    assert span_of(text) is None


@pytest.mark.parametrize(
    ("first", "last", "text"),
    [
        pytest.param("2025-10-31", "2025-10-31", "2025-10-31", id="one day"),
        pytest.param("2025-10-01", "2025-10-31", "2025-10", id="a month"),
        pytest.param("2025-01-01", "2025-12-31", "2025", id="a year"),
        pytest.param("2025-10-01", "2025-10-30", None, id="most of a month"),
        pytest.param("2025-10-02", "2025-10-31", None, id="a month without its first day"),
        pytest.param("2025-01-01", "2026-01-31", None, id="thirteen months"),
    ],
)
def test_a_span_is_written_as_the_date_that_means_just_it(first, last, text):
    assert iso_span(_day(first), _day(last)) == text


def test_a_day_is_written_as_iso_8601():
    assert iso(_day("2025-10-31")) == "2025-10-31"


@pytest.mark.parametrize(
    ("born", "on", "years"),
    [
        pytest.param("2008-09-01", "2026-09-01", 18, id="on the birthday"),
        pytest.param("2008-09-02", "2026-09-01", 17, id="the day before"),
        pytest.param("2008-10-01", "2026-09-30", 17, id="a later month, a smaller day"),
        pytest.param("2008-02-29", "2026-02-28", 17, id="a leap day's birthday is not yet"),
        pytest.param("2008-02-29", "2026-03-01", 18, id="a leap day's birthday is 1 March"),
        pytest.param("2008-02-29", "2028-02-29", 20, id="a leap day's birthday in a leap year"),
    ],
)
def test_age_is_in_whole_years(born, on, years):
    assert years_between(_day(born), _day(on)) == years


def test_every_reading_of_partial_dates_is_there_once():
    readings = [FIRST_READING, *OTHER_READINGS]
    assert len({(r.starts, r.ends, r.moments) for r in readings}) == len(readings) == len(End) ** 3
