"""Which services does this door have? The one table.

Each row is a service of CDS Hooks: its hook, what it needs, and the function that makes its cards.
Discovery, the routes and the checks are made from it; a further service is a further row.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from hashlib import sha256
from typing import Any, Final

from cds_hooks.advice import Advice, Made
from cds_hooks.card_safety import SAFETY_NEEDS, safety_cards
from cds_hooks.cards import Card, Indicator, Occasion, Topic
from cds_hooks.facts import REVIEW_NEEDS
from cds_hooks.review import review_cards
from trd.read import Gathered, read_chart
from trd.read.needs import NEEDS


@dataclass(frozen=True, slots=True, kw_only=True)
class Service:
    """One service. ``required``: of each group of needs at least one must have been read."""

    id: str
    hook: str
    title: str
    description: str
    needs: frozenset[str]
    required: tuple[tuple[str, ...], ...]
    requires: str
    cards: Callable[[Gathered, Occasion], list[Card]]

    def advise(self, gathered: Gathered, occasion: Occasion) -> Advice:
        """Return the advice of this service on a chart."""
        made = tuple(
            Made(
                card=card,
                topic=Topic(card["source"]["topic"]["code"]),
                indicator=Indicator(card["indicator"]),
                facts=sha256(card["detail"].encode()).hexdigest(),
            )
            for card in self.cards(gathered, occasion)
        )
        return Advice(cards=made, chart=read_chart(gathered, occasion.knowledge))


SERVICES: Final = (
    Service(
        id="trd-review",
        hook="patient-view",
        title="Depression treatment history",
        description=(
            "Reconstructs the antidepressant trials of this depressive episode and says where the"
            " patient stands: TMS evaluation among next steps, a trial to optimise first, gaps in"
            " the history, a PHQ-9 that is due."
        ),
        needs=frozenset({"patient", *REVIEW_NEEDS}),
        required=(("medications",),),
        requires="Needs medications by prefetch; says what else was not sent.",
        cards=review_cards,
    ),
    Service(
        id="suicide-safety",
        hook="patient-view",
        title="Suicide safety follow-up",
        description=(
            "Shows charted signs that call for a safety review (screens, item 9 of the PHQ-9,"
            " diagnoses, visits), with dates and what was not found. It does not estimate risk."
        ),
        needs=frozenset({"patient", *SAFETY_NEEDS}),
        required=(("conditions", "scores"),),
        requires="Needs conditions or scores by prefetch, and both to say that nothing was found.",
        cards=safety_cards,
    ),
)

SERVICE_BY_ID: Final[Mapping[str, Service]] = {service.id: service for service in SERVICES}


def discovery() -> dict[str, Any]:
    """Return what GET /cds-services answers."""
    return {"services": [_described(service) for service in SERVICES]}


def _described(service: Service) -> dict[str, Any]:
    return {
        "hook": service.hook,
        "title": service.title,
        "description": service.description,
        "id": service.id,
        "prefetch": {need.name: need.query for need in NEEDS if need.name in service.needs},
        "usageRequirements": service.requires,
    }
