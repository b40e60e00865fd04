"""Published measure cases: where they stand, what was published of them, what is read of them.

The cases are not part of this repository; who asks for them takes the ``shared`` fixture first.
"""

import csv
import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from tests.support.days import day
from tests.support.fhir import Json
from trd.assess import Assessment
from trd.chart import PatientChart
from trd.dates import Day
from trd.knowledge import Knowledge
from trd.read import WrongPatient, gather
from trd.read.gathered import subject_of
from trd.readings import assess_gathered
from trd.report import report

UNTOLD = "2026-01-01/2026-12-31"
"""The period of a case without a published report; nothing is expected of it either."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """One published case: its measurement period, and the published count by population."""

    name: str
    title: str
    first: Day
    last: Day
    expected: dict[str, int]
    bundle: Json


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadCase:
    """What is read of one case for the last day of its period: the chart and the published JSON.

    ``refused``: the case held resources of a second patient, and was read without them.
    """

    chart: PatientChart
    out: Json
    refused: bool = False


def published_cases(shared: Path, measure: str) -> Iterator[Case]:
    """Yield every case of a measure that is there, in the order of its list."""
    folder = shared / "data" / "ecqm"
    with (folder / "manifest.csv").open(encoding="utf-8") as lines:
        for row in csv.DictReader(lines):
            path = folder / row["file"]
            if row["cms"] != measure or not path.is_file():
                continue
            first, _, last = (row["period"] or UNTOLD).partition("/")
            yield Case(
                name=f"{row['repo']} {row['case']}",
                title=row["title"],
                first=day(first),
                last=day(last),
                expected=json.loads(row["expected"] or "{}"),
                bundle=json.loads(path.read_bytes()),
            )


def read_case(case: Case, knowledge: Knowledge) -> ReadCase:
    """Read and assess a case for the last day of its measurement period.

    A case that holds resources of a second patient is refused as it stands; what is the case's own
    patient's is then read alone.
    """
    try:
        found, refused = assessed(case.bundle, knowledge, case.last), False
    except WrongPatient:
        found, refused = assessed(_own(case.bundle), knowledge, case.last), True
    return ReadCase(chart=found.chart, out=report(found), refused=refused)


def _own(bundle: Json) -> Json:
    """Return a Bundle without what names another patient than its Patient."""
    entries = bundle["entry"]
    held = [entry["resource"] for entry in entries]
    mine = {f"Patient/{one['id']}" for one in held if one["resourceType"] == "Patient"}
    kept = [entry for entry in entries if subject_of(entry["resource"]) in {*mine, "", None}]
    return {**bundle, "entry": kept}


def assessed(resource: Json, knowledge: Knowledge, as_of: Day) -> Assessment:
    """Assess one Bundle for one day."""
    return assess_gathered(gather([resource]), knowledge, as_of)
