"""What is a card made of?

The frame every card shares: id, source with its topic, indicator, what it offers to draft, the
reasons a reader may give for not following it, and a link to the app where there is one. The words
of each card stand in its own module.
"""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Final
from uuid import UUID

from cds_hooks.drafts import Drafts
from cds_hooks.terms import CardTerms
from trd.dates import Day
from trd.knowledge import Knowledge
from trd.read.access import Json

Card = dict[str, Any]

REASONS: Final = "http://terminology.hl7.org/CodeSystem/non-adherence-reason-codes"


class Topic(StrEnum):
    """What a card is about; an EHR ties a user's override to the code, so it never changes."""

    NEXT_STEP = "trdNextStep"
    OPTIMISE = "optimiseTrial"
    GAPS = "historyGap"
    SAFETY = "suicideSafety"
    MEASURE = "measureDue"
    TMS_SAFETY = "tmsSafety"
    NEXT_ANTIDEPRESSANT = "nextAntidepressant"


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
    Topic.TMS_SAFETY: "Safety items before TMS",
    Topic.NEXT_ANTIDEPRESSANT: "Next antidepressant ordered",
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


class View(StrEnum):
    """Which page of the app a card opens."""

    REVIEW = "review"
    GAPS = "gaps"
    CANDIDACY = "candidacy"
    SAFETY = "safety"


_VIEWS: Final[Mapping[View, tuple[str, Mapping[str, str]]]] = {
    View.REVIEW: ("Review the treatment history", {"view": "review"}),
    View.GAPS: ("Fill the gaps", {"view": "review", "focus": "gaps"}),
    View.CANDIDACY: ("TMS checklist", {"view": "candidacy"}),
    View.SAFETY: ("Safety signals and pathway", {"view": "safety"}),
}
"""The label of a link, and what the app is told beside the card."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Occasion:
    """For which day, EHR and hook a call is answered, with which knowledge; how cards are named.

    ``unused`` counts the resources of each need that were sent and that no rule can use; ``drafts``
    is None for hooks without draft orders; "" where no app or encounter is there.
    """

    as_of: Day
    knowledge: Knowledge
    topic_system: str
    new_uuid: Callable[[], UUID]
    unused: Mapping[str, int] = field(default_factory=dict)
    terms: CardTerms = field(default_factory=CardTerms)
    hook: str = "patient-view"
    encounter_id: str = ""
    drafts: Drafts | None = None
    app_url: str = ""


def at_ordering(occasion: Occasion) -> Indicator:
    """Return how a card about a draft presents itself: a warning once it is to be signed."""
    return Indicator.WARNING if occasion.hook == "order-sign" else Indicator.INFO


@dataclass(frozen=True, slots=True, kw_only=True)
class Suggestion:
    """One thing a card offers to file: ``label`` for the button, ``does`` says all by itself.

    ``resource`` is whole; ``is_update``: it replaces a draft order of the EHR.
    """

    label: str
    does: str
    resource: Json
    is_update: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """What a card says: ``reasons`` are codes of ``REASONS``; ``facts``, ``draft`` see ``Made``."""

    topic: Topic
    indicator: Indicator
    summary: str
    detail: str
    reasons: Sequence[str]
    facts: str
    view: View = View.REVIEW
    suggestions: Sequence[Suggestion] = ()
    draft: str = ""


def card(message: Message, occasion: Occasion) -> Card:
    """Return one card as it is sent."""
    knowledge = occasion.knowledge
    made: Card = {
        "uuid": str(occasion.new_uuid()),
        "summary": message.summary,
        "detail": message.detail,
        "indicator": message.indicator.value,
        "source": {
            "label": (
                "Depression treatment history"
                f" (rules {knowledge.rules}, knowledge {knowledge.version})"
            ),
            "topic": {
                "system": occasion.topic_system,
                "code": message.topic.value,
                "display": _TOPIC_WORDS[message.topic],
            },
        },
    }
    if message.suggestions:
        made["suggestions"] = [_suggested(one, occasion) for one in message.suggestions]
        made["selectionBehavior"] = occasion.terms.selection.value
    made["overrideReasons"] = [
        {"code": code, "system": REASONS, "display": _REASON_WORDS[code]}
        for code in message.reasons
    ]
    if occasion.app_url:
        made["links"] = [_link(occasion.app_url, message.view, made["uuid"])]
    return made


def _suggested(one: Suggestion, occasion: Occasion) -> dict[str, Any]:
    """Write a suggestion with its one action, which every EHR takes."""
    kind = "update" if one.is_update else "create"
    return {
        "label": one.label,
        "uuid": str(occasion.new_uuid()),
        "actions": [{"type": kind, "description": one.does, "resource": one.resource}],
    }


def _link(app_url: str, view: View, uuid: str) -> dict[str, str]:
    """Write a SMART link: what the app is told goes in the token, never in the address."""
    label, told = _VIEWS[view]
    context = json.dumps({"v": 1, **told, "card": uuid}, separators=(",", ":"))
    return {
        "label": label,
        "url": f"{app_url.rstrip('/')}/launch",
        "type": "smart",
        "appContext": context,
    }
