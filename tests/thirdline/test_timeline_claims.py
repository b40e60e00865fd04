"""No picture claims more than the record: every worked patient's bars against its exposures."""

import re
from pathlib import Path

import pytest
from rich.cells import cell_len

from tests.support import vignettes
from tests.support.fhir import bundle
from thirdline.assessment_text import assessment_page
from thirdline.page import Page
from trd.dates import span_of
from trd.read import gather
from trd.readings import assess_gathered
from trd.report import report

WORKED = Path(__file__).resolve().parent.parent / "vignettes"
CASES = [case for path in sorted(WORKED.glob("*.yaml")) for case in vignettes.load(path)]
DOCUMENTED = set("=-~'")


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["id"])
def test_a_bar_lies_where_its_exposures_lie(case, knowledge):
    """A column is documented only if an exposure has days about there; none is left out."""
    as_of = _first_day(vignettes.as_of(case))
    found = gather([bundle(vignettes.resources(case))])
    assessment = assess_gathered(found, knowledge, as_of)
    for columns in (80, 120):
        page = assessment_page(assessment, Page(width=columns))
        lines = [line for line, _ in page.lines]
        assert all(cell_len(line) <= columns for line in lines)
        for at, line in enumerate(lines):
            if line.startswith("Timeline"):
                picture = lines[at : lines.index("", at)]
                _check_picture(picture, report(assessment)["trials"])


def _first_day(text):
    """Return the first day that a date or the label of an axis means."""
    span = span_of(text)
    assert span is not None
    return span[0]


def _days(exposure):
    """Return the inclusive days of one exposure."""
    return _first_day(exposure["start"]), _first_day(exposure["end"])


def _check_picture(picture, trials):
    """Tell the days of the columns by the labels of the axis, to two columns, and compare."""
    labels = list(re.finditer(r"\d{4}(-\d{2})?", picture[1]))
    if len(labels) < 2:
        return
    left, right = labels[0].start(), labels[-1].start()
    first, last = _first_day(labels[0][0]), _first_day(labels[-1][0])
    a_column = (last - first) / (right - left)
    near = 2 * a_column + 2
    for line in picture[3:]:
        mine = [trial for trial in trials if trial["ingredient"] == line.split("  ")[0]]
        if not mine or "(" in line:
            continue
        bar = line[: line.rindex("  ")]
        exposures = [_days(row) for trial in mine for row in trial["exposures"]]
        for at in range(left, len(bar)):
            day = first + (at - left) * a_column
            is_near = any(begin - near <= day <= end + near for begin, end in exposures)
            assert is_near or bar[at] not in DOCUMENTED, line
        for begin, end in exposures:
            middle = left + round(((begin + end) / 2 - first) / a_column)
            about = set(bar[max(middle - 2, 0) : middle + 3])
            assert end < first or about & (DOCUMENTED | {":"}), line
