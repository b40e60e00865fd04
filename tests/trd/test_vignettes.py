"""Every worked patient gives its expected answer: as it is, with other ids, moved, by drug name.

What is compared is the JSON of the report, so that the tests read what a caller reads. The
vignettes of the shared material are run as well where they are present.
"""

import re
from datetime import date
from pathlib import Path

import pytest

from tests.support import vignettes
from tests.support.clothes_records import renamed_and_reversed
from tests.support.expectations import differences
from tests.support.fhir import Json, bundle
from trd.read import gather
from trd.readings import assess_gathered
from trd.report import report

OWN = Path(__file__).resolve().parent.parent / "vignettes"
SHIFT_DAYS = 400
CONTRADICTED = "F83"
"""Its code and its name mean different drugs; by name alone it is another patient."""

CASES = [case for path in sorted(OWN.glob("*.yaml")) for case in vignettes.load(path)]
_PARTIAL = re.compile(r"\d{4}(-\d\d)?")


@pytest.fixture(scope="session")
def shared_cases(shared) -> list[Json]:
    return vignettes.load(shared / "clinical" / "vignettes.yaml")


def assessed(resources: list[Json], on: str, knowledge) -> Json:
    day = date.fromisoformat(on).toordinal()
    return report(assess_gathered(gather([bundle(resources)]), knowledge, day))


def has_partial_dates(value: object) -> bool:
    if isinstance(value, dict):
        return any(has_partial_dates(held) for held in value.values())
    if isinstance(value, list):
        return any(has_partial_dates(held) for held in value)
    return isinstance(value, str) and _PARTIAL.fullmatch(value) is not None


def is_dated_wholly(case: Json) -> bool:
    return not has_partial_dates({k: v for k, v in case.items() if k not in {"expect", "rule"}})


def as_it_is(case: Json, knowledge) -> list[str]:
    out = assessed(vignettes.resources(case), vignettes.as_of(case), knowledge)
    return differences(case, out)


def with_other_ids(case: Json, knowledge) -> list[str]:
    resources = renamed_and_reversed(vignettes.resources(case))
    return differences(case, assessed(resources, vignettes.as_of(case), knowledge))


def moved_in_time(case: Json, knowledge) -> list[str]:
    if not is_dated_wholly(case):
        return []
    resources = vignettes.resources(case, shift=SHIFT_DAYS)
    out = assessed(resources, vignettes.as_of(case, SHIFT_DAYS), knowledge)
    return differences(vignettes.moved(case, SHIFT_DAYS), out)


def by_drug_name(case: Json, knowledge) -> list[str]:
    if case["id"] == CONTRADICTED:
        return []
    resources = vignettes.resources(case, drugs_by_text=True)
    out = assessed(resources, vignettes.as_of(case), knowledge)
    unsaid = [
        f"because of {row['ingredient']} does not say it was matched by text"
        for row in out["trials"]
        if row["exposures"] and "drug matched by text" not in row["because"]
    ]
    return differences(case, out) + unsaid


WAYS = [as_it_is, with_other_ids, moved_in_time, by_drug_name]


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("case", CASES, ids=[case["id"] for case in CASES])
def test_a_vignette_gives_its_answer(case, way, knowledge):
    assert way(case, knowledge) == []


@pytest.mark.parametrize("way", WAYS)
def test_the_shared_vignettes_give_their_answers(way, shared_cases, knowledge):
    wrong = {case["id"]: found for case in shared_cases if (found := way(case, knowledge))}
    assert wrong == {}


def test_partial_dates_are_told_from_whole_ones():
    assert has_partial_dates({"conditions": [{"onset": "2025"}]})
    assert has_partial_dates({"conditions": [{"onset": "2025-04"}]})
    assert not has_partial_dates({"today": "2026-09-01", "dose": 100})
