"""Which codes stand for which concept, procedure or reason for a drug?

A code of ``conditions.csv`` is matched exactly, as an ICD-10-CM prefix, or by a pattern that must
fit the whole code. Concepts that exclude each other (a disorder and its remission) may not meet
on one code; ``concepts.csv`` says which they are.
"""

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import Final

from trd.chart import ConceptHit, Indication
from trd.knowledge import ProcedureCode
from trd.knowledge.digits import address_of, code_fault
from trd.knowledge.lookup import find_hits
from trd.knowledge.tables import Row, Tables

TMS_FLAGS: Final = ("absolute", "relative", "ask", "")
OTHER_TREATMENTS: Final = frozenset(
    {"tms", "ect", "vns", "esketamine", "ketamine", "zuranolone", "brexanolone", "psychotherapy"}
)
"""Treatments for depression that are no trial of an antidepressant. Rule: R13."""
ASSESSMENT: Final = "suicide-risk-assessment"
SIDES: Final = ("bilateral", "unilateral")
"""Where the electrodes of an ECT session were placed. Rule: R14."""

MAJOR: Final = frozenset({"mdd"})
REMISSION: Final = "mdd-remission"
DEPRESSIVE: Final = frozenset(
    {
        "mdd",
        "depression-unspecified",
        "dysthymia",
        "other-depressive",
        "postpartum-depression",
    }
)
"""Concepts of a depressive diagnosis that stands; REMISSION says it is over."""
DEPRESSIVE_REASONS: Final = DEPRESSIVE | {REMISSION, "adjustment"}
"""Concepts that make the reason of an order a depressive one. Rule: R9(b)."""

_ICD: Final = "icd-10-cm"


@dataclass(slots=True)
class Conditions:
    """The condition table, in the three ways a code is matched; ``places`` for the checks."""

    exact: dict[tuple[str, str], tuple[ConceptHit, ...]] = field(default_factory=dict)
    prefix: dict[str, tuple[ConceptHit, ...]] = field(default_factory=dict)
    patterns: list[tuple[re.Pattern[str], ConceptHit]] = field(default_factory=list)
    places: list[tuple[Row, str]] = field(default_factory=list)

    def hits(self, system: str, code: str) -> tuple[ConceptHit, ...]:
        """Return the concepts of a code of a canonical system."""
        return find_hits(self.exact, self.prefix, self.patterns, system, code)


def read_concepts(tables: Tables) -> tuple[dict[str, str], dict[str, frozenset[str]]]:
    """Return the label of each concept, and the concepts it excludes."""
    labels, excludes = {}, {}
    rows = tables.list_of("concepts.csv", ("concept", "label", "excludes", "source"), ("concept",))
    for row in rows:
        concept, others = row.text("concept"), row.text("excludes")
        labels[concept] = row.text("label")
        excludes[concept] = frozenset(others.split(";")) if others else frozenset()
    for row in rows:
        for other in sorted(excludes[row.text("concept")] - labels.keys()):
            row.fault(f"excludes {other!r}, which is no concept")
    return labels, excludes


def read_conditions(tables: Tables, concepts: Collection[str]) -> Conditions:
    """Return the condition codes, each of a known system, well written and of a known concept."""
    columns = (
        "system",
        "code",
        "match",
        "concept",
        "label",
        "severity",
        "course",
        "psychotic",
        "subtype",
        "tms_flag",
        "source",
    )
    found = Conditions()
    key = ("system", "code", "match", "concept")
    for row in tables.list_of("conditions.csv", columns, key):
        if row.text("concept") not in concepts:
            row.fault(f"{row.text('concept')!r} is no concept")
        hit = ConceptHit(
            concept=row.text("concept"),
            label=row.text("label"),
            severity=row.text("severity"),
            course=row.text("course"),
            psychotic=row.flag("psychotic"),
            subtype=row.text("subtype"),
            tms_flag=row.choice("tms_flag", TMS_FLAGS),
        )
        _file_under(row, hit, found)
    return found


def _file_under(row: Row, hit: ConceptHit, found: Conditions) -> None:
    """Put one hit where its kind of match is looked up."""
    system, code = row.text("system"), row.text("code")
    match = row.choice("match", ("exact", "prefix", "pattern"))
    if match != "exact" and system != _ICD:
        row.fault(f"only {_ICD} has prefixes and patterns")
        return
    if match == "pattern":
        try:
            found.patterns.append((re.compile(code), hit))
        except re.error as error:
            row.fault(f"the pattern cannot be read: {error}")
        return
    place = row.place()
    if place is None:
        return
    if match == "prefix":
        found.prefix[code] = (*found.prefix.get(code, ()), hit)
    else:
        found.exact[place] = (*found.exact.get(place, ()), hit)
    found.places.append((row, code))


def check_overlap(conditions: Conditions, excludes: Mapping[str, Collection[str]]) -> None:
    """Note every code that stands for two concepts which exclude each other."""
    noted = set()
    for row, code in conditions.places:
        held = {hit.concept for hit in conditions.hits(address_of(row.text("system")), code)}
        for concept in sorted(held):
            for other in sorted(held & set(excludes.get(concept, ()))):
                pair = (code, *sorted((concept, other)))
                if pair not in noted:
                    noted.add(pair)
                    row.fault(f"{code} stands for {pair[1]} and {pair[2]}: they exclude each other")


Procedures = dict[tuple[str, str], ProcedureCode]


def read_procedures(tables: Tables, concepts: Collection[str]) -> tuple[Procedures, Procedures]:
    """Return the procedure codes matched exactly, and those matched by prefix."""
    exact: Procedures = {}
    prefixes: Procedures = {}
    columns = ("system", "code", "match", "kind", "label", "side", "source")
    for row in tables.list_of("procedures.csv", columns, ("system", "code")):
        place, kind = row.place(), row.text("kind")
        if place is None:
            continue
        if kind not in OTHER_TREATMENTS | {ASSESSMENT} and kind not in concepts:
            row.fault(f"{kind!r} is no treatment and no concept")
        found = exact if row.choice("match", ("exact", "prefix")) == "exact" else prefixes
        found[place] = ProcedureCode(
            kind=kind, label=row.text("label"), side=row.choice("side", (*SIDES, ""))
        )
    return exact, prefixes


def read_indications(tables: Tables) -> dict[str, str]:
    """Return what a drug is for by the ICD-10-CM prefix of its coded reason."""
    found = {}
    columns = ("prefix", "indication", "label", "source")
    for row in tables.list_of("indications.csv", columns, ("prefix",)):
        fault = code_fault(_ICD, row.text("prefix"))
        if fault:
            row.fault(fault)
        found[row.text("prefix")] = row.choice("indication", tuple(Indication))
    return found
