"""The same patient in another dress has the same assessment.

Each dress is tried on part of the vignettes, another part for each dress; ``make deep`` tries all.
"""

from datetime import date
from pathlib import Path

import pytest
from hypothesis import settings

from tests.support import vignettes
from tests.support.clothes import Dress, essence
from tests.support.clothes_records import every_dress
from tests.support.fhir import Json, bundle
from trd.read import gather
from trd.readings import assess_gathered
from trd.report import report

OWN = Path(__file__).resolve().parents[2] / "vignettes"
CASES = [case for path in sorted(OWN.glob("*.yaml")) for case in vignettes.load(path)]
DRESSES = every_dress()
EVERY_NTH = 6 if settings.default is not None and settings.default.max_examples <= 100 else 1


@pytest.fixture(scope="session")
def plain() -> dict[str, Json]:
    """Return the assessment of every vignette in its own clothes, made when first asked for."""
    return {}


def assessed(values: list[Json], case: Json, knowledge) -> Json:
    day = date.fromisoformat(vignettes.as_of(case)).toordinal()
    return report(assess_gathered(gather(values), knowledge, day))


def disagreements(dress: Dress, cases: list[Json], plain, knowledge) -> tuple[list[str], int]:
    """Return the ids of the cases whose assessment changes with the dress, and how many wore it."""
    changed, worn_by = [], 0
    for case in cases:
        resources = vignettes.resources(case)
        worn = dress.wear(resources)
        if case["id"] in dress.not_for or (worn == resources and not dress.whole):
            continue
        worn_by += 1
        if case["id"] not in plain:
            plain[case["id"]] = assessed([bundle(resources)], case, knowledge)
        out = assessed(worn if dress.whole else [bundle(worn)], case, knowledge)
        own = plain[case["id"]]
        if essence(out, dress.may_differ) != essence(own, dress.may_differ):
            changed.append(case["id"])
    return changed, worn_by


@pytest.mark.parametrize("at", range(len(DRESSES)), ids=[dress.name for dress in DRESSES])
def test_a_dress_does_not_change_the_assessment(at, plain, knowledge):
    dress = DRESSES[at]
    changed, _ = disagreements(dress, CASES[at % EVERY_NTH :: EVERY_NTH], plain, knowledge)
    assert changed == []


@pytest.mark.parametrize("dress", DRESSES, ids=lambda dress: dress.name)
def test_every_dress_is_worn_by_somebody(dress):
    assert any(dress.whole or dress.wear(r) != r for r in map(vignettes.resources, CASES))


def test_the_shared_vignettes_do_not_change_either(shared, knowledge):
    cases = vignettes.load(shared / "clinical" / "vignettes.yaml")
    plain: dict[str, Json] = {}
    wrong = {
        dress.name: changed
        for dress in DRESSES
        if (changed := disagreements(dress, cases, plain, knowledge)[0])
    }
    assert wrong == {}


def test_essence_leaves_out_words_and_evidence():
    row = {"verdict": "met", "because": "so", "evidence": ["X/1"], "rows": [{"end": "2026"}]}
    assert essence(row, {"end"}) == {"verdict": "met", "rows": [{}]}
