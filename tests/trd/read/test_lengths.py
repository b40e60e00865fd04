"""How many days does a charted reason speak of?"""

import pytest

from tests.trd.read.charts import KNOWLEDGE
from trd.read.lengths import shortest_length


@pytest.mark.parametrize(
    ("text", "days"),
    [
        ("no effect", None),
        ("no effect after 2 weeks", 14),
        ("No effect after TWO weeks", 14),
        ("3-day trial, no effect", 3),
        ("a couple of weeks", 14),
        ("sin efecto tras dos semanas", 14),
        ("ineffective after a week", 7),
        ("sin efecto tras 3 días", 3),
        ("sin efecto tras 3 dias", 3),
        ("taken once a week", None),
        ("seen every 2 weeks", None),
        ("stopped 2 days ago", None),
        ("90 days supply", None),
        ("8 weeks; nausea for 3 days", 3),
        ("some days", None),
        ("days", None),
        ("of days", None),
        ("\u00b2 weeks", 14),
        ("123456789 weeks", 8638),
    ],
)
def test_the_fewest_days_a_text_speaks_of(text, days):
    assert shortest_length(text, KNOWLEDGE.phrases.remarks) == days
