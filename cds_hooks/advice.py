"""What does a service say of one call, and what does it keep to itself, and why?

Every rule that was asked gives a card or the reason for none. A card carries a digest of the facts
it rests on, so that what was shown before can be told from what is new. A service says one thing at
once: the first card by priority.
"""

import hashlib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Final

from cds_hooks.cards import Card, Indicator, Message, Occasion, Topic, card
from trd.assess import Assessment
from trd.chart import PatientChart
from trd.read.versions import canonical


@dataclass(frozen=True, slots=True, kw_only=True)
class Made:
    """One card. ``facts`` is the SHA-256 (hex) of what it rests on: no ids of ours, no day.

    ``draft`` names the draft orders it is about as "Type/id", sorted, with blanks between; "" where
    it is about none.
    """

    card: Card
    topic: Topic
    indicator: Indicator
    facts: str
    draft: str = ""


def made(message: Message, occasion: Occasion) -> Made:
    """Return the card of a message, with what it is recognised by."""
    return Made(
        card=card(message, occasion),
        topic=message.topic,
        indicator=message.indicator,
        facts=message.facts,
        draft=message.draft,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptBack:
    """A topic without a card; ``reason`` is a code of kebab-case words."""

    topic: Topic
    reason: str


Said = Made | KeptBack


@dataclass(frozen=True, slots=True, kw_only=True)
class Advice:
    """What a service says of one call.

    ``verdicts`` are rules and fields with their verdicts; ``assessment`` is None where the history
    was not assessed.
    """

    cards: tuple[Made, ...]
    kept_back: tuple[KeptBack, ...]
    chart: PatientChart
    verdicts: Mapping[str, str] = field(default_factory=dict)
    assessment: Assessment | None = None


ANOTHER_FIRST: Final = "another-card-first"
"""A card of higher priority was made; this one was then not asked for."""


def first_made(
    questions: Iterable[tuple[Topic, Callable[[], Said]]],
) -> tuple[tuple[Made, ...], tuple[KeptBack, ...]]:
    """Return the first card, as a tuple, and why the topics before it and after it have none."""
    back: list[KeptBack] = []
    found: tuple[Made, ...] = ()
    for topic, ask in questions:
        said = ask() if not found else KeptBack(topic=topic, reason=ANOTHER_FIRST)
        if isinstance(said, Made):
            found = (said,)
        else:
            back.append(said)
    return found, tuple(back)


def verdicts_of(assessment: Assessment) -> dict[str, str]:
    """Return every verdict of an assessment by its rule or field."""
    found = {
        "resistance": assessment.resistance.verdict.value,
        "candidacy": assessment.candidacy.verdict.value,
        "crisis": assessment.crisis.level.value,
    }
    return found | {one.rule: one.verdict.value for one in assessment.candidacy.findings}


def digest(*facts: object) -> str:
    """Return the SHA-256 of facts in hex; facts whose order means nothing come as a set or sorted.

    Facts are strings, numbers, None, and lists and mappings of them.
    """
    return hashlib.sha256(canonical(list(facts)).encode()).hexdigest()
