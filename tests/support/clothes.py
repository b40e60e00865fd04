"""The same patient in another dress: equivalent FHIR records, as real systems write them.

A dress takes the resources of a vignette and returns what a reader may be given instead; the
assessment must not change, but for evidence ids, reasons in words and what the dress names in
``may_differ``. A resource whose facts a dress cannot carry is left as it was, with the reason in
the function. The dresses stand in the modules beside this: drugs, orders, scores, records.
"""

import copy
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

from tests.support.fhir import Json

Wear = Callable[[list[Json]], list[Json]]

MEDICINES = ("MedicationRequest", "MedicationDispense", "MedicationStatement")
_IN_WORDS = frozenset({"because", "evidence", "issues", "read"})


@dataclass(frozen=True)
class Dress:
    """One way to write the same record.

    ``whole``: the result is a list of Bundles or resources as they are handed over, not resources
    to be put into one Bundle. ``not_for`` names vignettes whose facts it cannot carry, and why.
    """

    name: str
    wear: Wear
    whole: bool = False
    may_differ: frozenset[str] = frozenset()
    not_for: dict[str, str] = field(default_factory=dict)


def essence(out: Any, without: Iterable[str] = ()) -> Any:
    """Return an assessment's JSON without evidence, reasons in words, and the named members."""
    dropped = _IN_WORDS | set(without)
    if isinstance(out, dict):
        return {k: essence(v, without) for k, v in out.items() if k not in dropped}
    if isinstance(out, list):
        return [essence(held, without) for held in out]
    return out


def each(kinds: Iterable[str], change: Callable[[Json], Json | list[Json] | None]) -> Wear:
    """Make a dress that changes each resource of these types on its own; None leaves it."""
    wanted = frozenset(kinds)

    def wear(resources: list[Json]) -> list[Json]:
        made: list[Json] = []
        for resource in copy.deepcopy(resources):
            new = change(resource) if resource["resourceType"] in wanted else None
            made += new if isinstance(new, list) else [new if new is not None else resource]
        return made

    return wear


def everywhere(change: Callable[[str, Any], Any]) -> Wear:
    """Make a dress that changes values by the name of their member, at every depth."""

    def changed(value: Any) -> Any:
        if isinstance(value, dict):
            return {key: change(key, changed(held)) for key, held in value.items()}
        if isinstance(value, list):
            return [changed(held) for held in value]
        return value

    return lambda resources: [changed(resource) for resource in resources]
