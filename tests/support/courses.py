"""Courses of one drug, sertraline, from records and dispenses."""

from dataclasses import replace

from tests.support.charts import KNOWLEDGE
from trd.courses import DrugHistory, find_courses

CRITERIA = KNOWLEDGE.criteria.trial
AS_OF = 1000


def nobody(ingredient, day):
    """Say that no other antidepressant follows."""
    del ingredient, day


def follows(on):
    """Return a look-up where another antidepressant starts on a day."""
    return lambda ingredient, day: on if ingredient == "sertraline" and on > day else None


def courses(*records, handed=(), following=nobody):
    """Return the courses of these records and dispenses."""
    named = tuple(
        replace(r, evidence=f"MedicationRequest/{at}") for at, r in enumerate(records, start=1)
    )
    history = DrugHistory(ingredient="sertraline", records=named, dispenses=tuple(handed))
    return find_courses(history, AS_OF, following, CRITERIA)
