"""The work of an assessment grows with the chart, not with its square.

Counted are the lines of the core that run, which no machine makes slower or faster. How long large
charts take is measured by ``make scale``.
"""

import sys
from collections.abc import Callable
from types import FrameType
from typing import Any

import pytest

from benchmarks.scale_charts import SHAPES, TODAY, chart
from tests.support.charts import KNOWLEDGE, judged_course, segment
from trd.other_uses import at_minimum, course_set_aside
from trd.read import gather
from trd.readings import assess_gathered
from trd.report import report

SMALL, LARGE = 200, 800
LIMIT = 1.25
"""How much more work per resource four times the chart may be."""


def lines_run(shape: str, size: int) -> int:
    """Return how many lines run while a chart of one shape is read, assessed and reported."""
    gathered = gather(chart(shape, size))
    return lines_of(lambda: report(assess_gathered(gathered, KNOWLEDGE, TODAY.toordinal())))


def lines_of(work: Callable[[], object]) -> int:
    """Return how many lines some work runs."""
    count = 0

    def trace(frame: FrameType, event: str, arg: Any) -> Any:
        nonlocal count
        del frame, event, arg
        count += 1
        return trace

    before = sys.gettrace()
    sys.settrace(trace)
    try:
        work()
    finally:
        sys.settrace(before)
    return count


@pytest.mark.parametrize("shape", SHAPES)
def test_four_times_the_chart_is_four_times_the_work(shape):
    lines_run(shape, SMALL)  # what is worked out once
    assert lines_run(shape, LARGE) / LARGE <= LIMIT * lines_run(shape, SMALL) / SMALL


def set_aside(pairs: int) -> int:
    """Return how many lines run to set aside low doses, each beside one of as many courses."""
    starts = range(0, 100 * pairs, 100)
    low = [judged_course(segment(at, at + 50, 50), of="trazodone") for at in starts]
    courses = [*low, *(judged_course(segment(at, at + 50)) for at in starts)]

    def work() -> None:
        others = at_minimum(courses)
        assert all(course_set_aside(one, others) for one in low)

    return lines_of(work)


def test_a_low_dose_is_not_compared_with_every_other_course():
    assert set_aside(800) <= LIMIT * 4 * set_aside(200)
