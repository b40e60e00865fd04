"""The work of an assessment grows with the chart, not with its square.

Counted are the lines of the core that run, which no machine makes slower or faster. How long large
charts take is measured by ``make scale``.
"""

import sys
from types import FrameType
from typing import Any

import pytest

from benchmarks.scale_charts import SHAPES, TODAY, chart
from tests.support.charts import KNOWLEDGE
from trd.read import gather
from trd.readings import assess_gathered
from trd.report import report

SMALL, LARGE = 200, 800
LIMIT = 1.25
"""How much more work per resource four times the chart may be."""


def lines_run(shape: str, size: int) -> int:
    """Return how many lines run while a chart of one shape is read, assessed and reported."""
    gathered, count = gather(chart(shape, size)), 0

    def trace(frame: FrameType, event: str, arg: Any) -> Any:
        nonlocal count
        del frame, event, arg
        count += 1
        return trace

    before = sys.gettrace()
    sys.settrace(trace)
    try:
        report(assess_gathered(gathered, KNOWLEDGE, TODAY.toordinal()))
    finally:
        sys.settrace(before)
    return count


@pytest.mark.parametrize("shape", SHAPES)
def test_four_times_the_chart_is_four_times_the_work(shape):
    lines_run(shape, SMALL)  # what is worked out once
    assert lines_run(shape, LARGE) / LARGE <= LIMIT * lines_run(shape, SMALL) / SMALL
