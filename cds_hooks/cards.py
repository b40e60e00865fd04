"""What is a card made of?

The frame every card shares: id, source with its topic, indicator, the reasons a reader may give
for not following it. Suggestions and links come with the parts they lead to. The words of each
card stand in its own module.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Final
from uuid import UUID

from trd.dates import Day
from trd.knowledge import Knowledge

Card = dict[str, Any]

REASONS: Final = "http://terminology.hl7.org/CodeSystem/non-adherence-reason-codes"


class Topic(StrEnum):
    """What a card is about; an EHR ties a user's override to the code, so it never changes."""

    NEXT_STEP = "trdNextStep"
    OPTIMISE = "optimiseTrial"
    GAPS = "historyGap"
    SAFETY = "suicideSafety"
    MEASURE = "measureDue"


class Indicator(StrEnum):
    """How a card presents itself."""

    INFO = "info"
    WARNING = "warning"
    CRITICAL = "critical"


_TOPIC_WORDS: Final = {
    Topic.NEXT_STEP: "Next steps in treatment-resistant depression",
    Topic.OPTIMISE: "Optimise the current antidepressant trial",
    Topic.GAPS: "Gaps in the antidepressant history",
    Topic.SAFETY: "Suicide safety follow-up",
    Topic.MEASURE: "PHQ-9 due",
}
_REASON_WORDS: Final = {
    "action-completed": "Already done (say where)",
    "action-not-priority": "Not a priority in the current state of health",
    "cds-not-applicable": "Does not apply to this patient",
    "inappropriate-recipient": "Someone else is responsible (say who)",
    "indication-order-exists": "An order for this exists already",
    "likely-negative-health-outcomes": "Likely to harm this patient",
    "limited-time": "No time now",
    "need-more-info": "More information is needed first",
    "not-convenient-feasible": "Not feasible now",
    "patient-contraindication": "The patient has a contraindication",
    "patient-refuses": "The patient declines",
    "prefers-alternative": "The patient prefers an alternative",
    "recipient-disagrees-evidence": "I disagree with the evidence",
    "risk-benefit-ratio": "Risks outweigh benefits here",
    "service-not-available": "The service is not available",
    "too-costly-uncovered": "Too costly or not covered",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Occasion:
    """For which day a call is answered, with which knowledge, and how its cards are named.

    ``unused`` counts the resources of each need that were sent and that no rule can use.
    """

    as_of: Day
    knowledge: Knowledge
    topic_system: str
    new_uuid: Callable[[], UUID]
    unused: Mapping[str, int] = field(default_factory=dict)


def card(
    occasion: Occasion,
    topic: Topic,
    indicator: Indicator,
    summary: str,
    detail: str,
    reasons: Sequence[str],
) -> Card:
    """Return one card."""
    knowledge = occasion.knowledge
    return {
        "uuid": str(occasion.new_uuid()),
        "summary": summary,
        "detail": detail,
        "indicator": indicator.value,
        "source": {
            "label": (
                "Depression treatment history"
                f" (rules {knowledge.rules}, knowledge {knowledge.version})"
            ),
            "topic": {
                "system": occasion.topic_system,
                "code": topic.value,
                "display": _TOPIC_WORDS[topic],
            },
        },
        "overrideReasons": [
            {"code": code, "system": REASONS, "display": _REASON_WORDS[code]} for code in reasons
        ],
    }
