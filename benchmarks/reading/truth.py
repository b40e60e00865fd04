"""Which medication resources are about an antidepressant, told without the reader?

A resource is where the name of an antidepressant, generic or brand, stands as a word anywhere in
it, in the Medication it refers to (its identifiers included), or in the name that the published
value sets give for one of its RxNorm codes. What is written about another drug (reasons, notes,
narrative) does not count.
"""

import csv
import json
import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

Json = dict[str, Any]

_VALUE_SETS: Final = "data/ecqm/valuesets/dqm-content-cms-2025"
_WITH_DRUGS: Final = (
    "2.16.840.1.113883.3.464.1003.196.12.1213-",  # Antidepressant Medication
    "2.16.840.1.113883.3.526.3.1566-",  # Adult Depression Medications
    "2.16.840.1.113883.3.526.3.1567-",  # Adolescent Depression Medications
)
_RXNORM: Final = "http://www.nlm.nih.gov/research/umls/rxnorm"
_TRIALS: Final = frozenset({"yes", "ask"})
_PARTNERS: Final = frozenset(
    {"olanzapine", "perphenazine", "chlordiazepoxide", "dextromethorphan", "transdermal"}
)
"""Words of a combination's name that are no antidepressant."""
_ABOUT_OTHERS: Final = frozenset(
    {"text", "note", "reasonCode", "reasonReference", "statusReason", "meta", "extension"}
)
_OTHER_BRANDS: Final = frozenset({"contrave", "spravato", "qelbree"})
"""Brands of the list that are no antidepressant trial: weight, esketamine, viloxazine."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Truth:
    """The pattern of the names, and the published name of each RxNorm code."""

    names: re.Pattern[str]
    by_code: dict[str, str]

    def is_antidepressant(self, one: Json, medications: Iterable[Json]) -> bool:
        """Say whether a medication resource, with its Medications, names an antidepressant."""
        told = [{key: value for key, value in one.items() if key not in _ABOUT_OTHERS}]
        told += [
            {key: value for key, value in row.items() if key not in _ABOUT_OTHERS}
            for row in medications
        ]
        written = json.dumps(told)
        named = " ".join(self.by_code.get(code, "") for code in _rxnorm_codes(told))
        return self.names.search(f"{written} {named}".lower()) is not None


def read_truth(shared: Path) -> Truth:
    """Return the names and codes that tell an antidepressant."""
    names = set()
    with (shared / "clinical" / "antidepressants.csv").open(encoding="utf-8") as lines:
        for row in csv.DictReader(lines):
            if row["count_as_trial"] in _TRIALS:
                names |= set(re.findall(r"[a-z]+", row["name"].lower())) - _PARTNERS
    with (shared / "clinical" / "rxnorm_products.csv").open(encoding="utf-8") as lines:
        names |= {row["brand"].lower() for row in csv.DictReader(lines)} - {"", *_OTHER_BRANDS}
    alternatives = "|".join(map(re.escape, sorted(names, key=len, reverse=True)))
    return Truth(names=re.compile(rf"\b(?:{alternatives})\b"), by_code=_names_by_code(shared))


def _names_by_code(shared: Path) -> dict[str, str]:
    found: dict[str, str] = {}
    for path in sorted((shared / _VALUE_SETS).glob("ValueSet-*.json")):
        if path.name.removeprefix("ValueSet-").startswith(_WITH_DRUGS):
            for row in _codings(json.loads(path.read_bytes())):
                found[row["code"]] = row.get("display", "")
    return found


def _codings(value: Any) -> list[Json]:  # noqa: ANN401 - any JSON
    """Return everything that carries a code, however deep, a code with its display."""
    if isinstance(value, list):
        return [row for item in value for row in _codings(item)]
    if not isinstance(value, dict):
        return []
    if value.get("system") == _RXNORM and "concept" in value:
        return list(value["concept"])
    here = [value] if isinstance(value.get("code"), str) else []
    return here + [row for item in value.values() for row in _codings(item)]


def _rxnorm_codes(value: Any) -> list[str]:  # noqa: ANN401 - any JSON
    return [row["code"] for row in _codings(value) if row.get("system") == _RXNORM]
