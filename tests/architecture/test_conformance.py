"""Every requirement and every hostile case has a test that shows it, or a reason why not."""

import csv
import json
import re
import subprocess
import sys

import pytest

from tests.conformance import (
    PAGE,
    REQUIREMENT_SECTIONS,
    TABLES,
    Row,
    faults,
    page,
    rows_of,
)
from tests.conftest import MARKED, ROOT

each_table = pytest.mark.parametrize("mark", TABLES)


@pytest.fixture(scope="module")
def marked(request):
    """Return the marks of this run if it took in all tests, else collect them anew."""
    if (held := request.config.stash.get(MARKED, None)) is not None:
        return held
    command = [sys.executable, "-m", "tests.conformance", "--json"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)  # noqa: S603 - our own module
    return json.loads(done.stdout)


@each_table
def test_every_row_has_a_test_or_a_reason(mark, marked):
    assert not faults(rows_of(mark), marked[mark])


def test_the_page_says_so(marked):
    assert PAGE.read_text("utf-8") == page(marked), "make conformance"


@each_table
def test_a_table_is_in_order_and_in_words(mark):
    rows = rows_of(mark)
    ids = [row.id for row in rows]
    assert len(set(ids)) == len(ids)
    sections = [row.section for row in rows]
    assert sections == sorted(sections)
    assert all(row.what.strip() and "|" not in row.what + row.untested for row in rows)


def row(**more):
    return Row(**({"id": "X-1", "section": "", "what": "", "level": "", "untested": ""} | more))


@pytest.mark.parametrize(
    ("rows", "tests", "said"),
    [
        ([row()], {}, ["X-1: neither a test nor a reason"]),
        ([row()], {"X-1": ["~t"]}, ["X-1: neither a test nor a reason"]),
        ([row()], {"X-1": ["t"]}, []),
        ([row(untested="n/a")], {}, []),
        ([row(untested="n/a")], {"X-1": ["~t"]}, []),
        ([row(untested="n/a")], {"X-1": ["t"]}, ["X-1: a reason stands beside t"]),
        ([], {"X-9": ["t"]}, ["X-9: marked by t, in no table"]),
    ],
)
def test_what_is_wrong_is_said(rows, tests, said):
    assert faults(rows, tests) == said


def test_every_statement_of_the_published_list_is_mapped(shared):
    """The list names rows of the specification by actor; those of the service are ours."""
    folder = shared / "spec" / "cds-hooks" / "data" / "inferno-crd-test-kit" / "requirements"
    mapped = {one for row in rows_of("requirement") for one in row.inferno}
    with (folder / "davinci_crd_test_kit_requirements.csv").open(encoding="utf-8-sig") as table:
        listed = {
            f"{'' if one['Req Set'] == 'cds-hooks_2.0' else 'LIB-'}{one['ID']}"
            for one in csv.DictReader(table)
            if (one["Req Set"] == "cds-hooks_2.0" and "Service" in one["Actors"])
            or (one["Req Set"].startswith("cds-hooks-library") and "Server" in one["Actors"])
        }
    assert len(listed) > 120
    assert mapped == listed


def test_no_id_is_left_out(shared):
    spec = shared / "spec"
    text = (spec / "cds-hooks" / "requirements.md").read_text("utf-8")
    listed = re.findall(rf"^\| ((?:{'|'.join(REQUIREMENT_SECTIONS)})-\d+) \|", text, re.MULTILINE)
    assert [row.id for row in rows_of("requirement")] == listed
    text = (spec / "security" / "hostile-cases.md").read_text("utf-8")
    listed = re.findall(r"^\| ([ABDEFGHKL]\d\d) \|", text, re.MULTILINE)
    assert {row.id for row in rows_of("hostile")} >= set(listed)
