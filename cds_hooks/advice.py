"""What does a service advise, what did it keep back, and on what does it rest?"""

from collections.abc import Mapping
from dataclasses import dataclass, field

from cds_hooks.cards import Card, Indicator, Topic
from trd.assess import Assessment
from trd.chart import PatientChart


@dataclass(frozen=True, slots=True, kw_only=True)
class Made:
    """One card. ``facts`` is a digest of what it rests on: a new fact, a new digest.

    ``draft`` is the id of the draft order it is about, "" where it is about none.
    """

    card: Card
    topic: Topic
    indicator: Indicator
    facts: str
    draft: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptBack:
    """A card that applied and is not sent. ``reason`` is a fixed code."""

    topic: Topic
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Advice:
    """What one call gets. ``verdicts`` are rules or fields with what was found."""

    cards: tuple[Made, ...]
    chart: PatientChart
    kept_back: tuple[KeptBack, ...] = ()
    verdicts: Mapping[str, str] = field(default_factory=dict)
    assessment: Assessment | None = None
