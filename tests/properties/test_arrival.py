"""How a record arrives, and when it all happened, says nothing about what happened."""

import copy
import json
import re
from datetime import date, timedelta

from hypothesis import given
from hypothesis import strategies as st

from tests.support.charts import AS_OF, as_text, assessed
from tests.support.lives import ANY_LIFE

FULL_DATE = re.compile(r"\d{4}-\d\d-\d\d")


def moved(text, days):
    """Return a text with every full date moved."""
    return FULL_DATE.sub(
        lambda found: (date.fromisoformat(found[0]) + timedelta(days=days)).isoformat(), text
    )


@st.composite
def vague(draw):
    """Return a chart of which some dates name only the month or the year."""
    life = draw(ANY_LIFE)
    text = json.dumps(life)
    days = sorted({found[0] for found in FULL_DATE.finditer(text)} - {life[0]["birthDate"]})
    for day in draw(st.lists(st.sampled_from(days), max_size=2, unique=True)):
        text = text.replace(day, day[: draw(st.sampled_from([7, 4]))])
    return json.loads(text)


@given(ANY_LIFE | vague(), st.data())
def test_order_and_repetition_do_not_matter(life, data):
    again = data.draw(st.lists(st.sampled_from(life), max_size=4))
    mixed = data.draw(st.permutations([*life, *copy.deepcopy(again)]))
    assert as_text(assessed(*mixed)) == as_text(assessed(*life))


@given(ANY_LIFE, st.integers(-15_000, 15_000))
def test_only_distances_between_days_matter(life, days):
    there = json.loads(moved(json.dumps(life), days))
    after = assessed(*there, as_of=AS_OF + timedelta(days=days))
    assert as_text(after) == moved(as_text(assessed(*life)), days)
