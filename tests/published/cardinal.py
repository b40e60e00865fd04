"""The label of the switch cases: two courses of different drugs, one after the other, by mentions.

A course is two mentions of one drug at least 27 days apart. A switch is a course of one drug and
then one of another that starts on or after the day the first is complete, with no mention of the
second drug within the first course. The first switch of a patient is the label. (Rule of
cardinal_pythonlib 2.2.1, psychiatry/treatment_resistant_depression.)

The mentions are taken from our exposures: an order known only by its day shows exposure on that day
(R2), further ones within 120 days make one exposure of them, and the days between only possible.
So the label's course of at least 27 days is for us one exposure of unknown dose and length.
"""

from collections.abc import Iterator
from typing import NamedTuple

from tests.support.days import day
from tests.support.fhir import Json
from trd.dates import Day, iso

COURSE = 27


class Course(NamedTuple):
    """Two mentions far enough apart."""

    drug: str
    first: Day
    second: Day


def mentions(out: Json) -> dict[str, list[Day]]:
    """Return the days on which an assessment shows exposure begun, by drug."""
    found: dict[str, list[Day]] = {}
    for trial in out["trials"]:
        days = [day(row["start"]) for row in trial["exposures"]]
        found.setdefault(trial["ingredient"], []).extend(days)
    return {drug: sorted(days) for drug, days in found.items()}


def switch(out: Json) -> dict[str, str]:
    """Return the first switch as the label writes it, {} where there is none."""
    mentioned = mentions(out)
    courses = sorted(_courses(mentioned), key=lambda one: (one.second, one.first, one.drug))
    for a in courses:
        for b in courses:
            within = any(a.first <= at < a.second for at in mentioned[b.drug])
            if b.drug != a.drug and b.first >= a.second and not within:
                return {
                    "drug_a": a.drug,
                    "drug_b": b.drug,
                    "a_first": iso(a.first),
                    "a_second": iso(a.second),
                    "b_first": iso(b.first),
                    "b_second": iso(b.second),
                }
    return {}


def _courses(mentioned: dict[str, list[Day]]) -> Iterator[Course]:
    """Yield, from each mention on, the earliest course."""
    for drug, days in mentioned.items():
        for first in days:
            later = [at for at in days if at - first >= COURSE]
            if later:
                yield Course(drug, first, later[0])
