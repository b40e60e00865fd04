"""Which services does this door have? The one table.

Each row is a service of CDS Hooks: its hook, what it needs, and the function that gives its advice.
Discovery, the routes and the checks are made from it; a further service is a further row.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from cds_hooks.advice import Advice
from cds_hooks.card_safety import REQUIRED as SAFETY_REQUIRED
from cds_hooks.card_safety import SAFETY_NEEDS, safety_advice
from cds_hooks.cards import Occasion
from cds_hooks.facts import REVIEW_NEEDS
from cds_hooks.ordering import may_concern, ordering_advice
from cds_hooks.review import REQUIRED, review_advice
from cds_hooks.terms import CardTerms, Speaking
from trd.read import Gathered
from trd.read.needs import NEEDS

SPECIFICATION: Final = "2.0.1"
"""The version of CDS Hooks these services keep to."""
HOOK_VERSIONS: Final[Mapping[str, str]] = {
    "patient-view": "1.0",
    "encounter-start": "1.0",
    "encounter-discharge": "1.0",
    "order-select": "1.0",
    "order-sign": "1.0",
}
"""The hooks that are served, each with the version its published definition has."""


def always(occasion: Occasion) -> bool:
    """Say that any call of the service can have a card."""
    del occasion
    return True


@dataclass(frozen=True, slots=True, kw_only=True)
class Service:
    """One service.

    ``required``: of each group of needs at least one must have been read, else ``advise`` raises
    CannotAnswer. ``may_concern`` says before anything of the chart is asked for whether the call
    can have a card at all; if not, no need is asked for, and ``advise`` has nothing to say.
    """

    id: str
    hook: str
    title: str
    description: str
    needs: frozenset[str]
    required: tuple[tuple[str, ...], ...]
    requires: str
    advise: Callable[[Gathered, Occasion], Advice]
    may_concern: Callable[[Occasion], bool] = always


_HISTORY: Final = frozenset({"patient", *REVIEW_NEEDS})
_SAFETY: Final = frozenset({"patient", *SAFETY_NEEDS})
_HISTORY_REQUIRES: Final = (
    "Needs medications by prefetch or FHIR access; says what else could not be read."
)
_ORDERS_REQUIRES: Final = (
    "Needs draftOrders, and medications by prefetch or FHIR access where an antidepressant or TMS"
    " is drafted; says what else could not be read."
)
_SAFETY_REQUIRES: Final = (
    "Needs conditions or scores by prefetch or FHIR access, and both to say that nothing was found."
)
_REVIEW_SAYS: Final = (
    "Reconstructs the antidepressant trials of this depressive episode and says where the"
    " patient stands: TMS evaluation among next steps, a trial to optimise first, gaps in"
    " the history, a PHQ-9 that is due."
)
_ORDERS_SAY: Final = (
    "Compares a drafted antidepressant with the trials of this depressive episode: next steps after"
    " two adequate trials, a switch before the current trial was adequate. Lists charted safety"
    " items where TMS is drafted. Silent for any other order."
)
_SAFETY_SAYS: Final = (
    "Shows charted signs that call for a safety review (screens, item 9 of the PHQ-9,"
    " diagnoses, visits), with dates and what was not found. It does not estimate risk."
)


def _review(service_id: str, hook: str, title: str) -> Service:
    return Service(
        id=service_id,
        hook=hook,
        title=title,
        description=_REVIEW_SAYS,
        needs=_HISTORY,
        required=REQUIRED,
        requires=_HISTORY_REQUIRES,
        advise=review_advice,
    )


def _orders(service_id: str, hook: str, title: str) -> Service:
    return Service(
        id=service_id,
        hook=hook,
        title=title,
        description=_ORDERS_SAY,
        needs=_HISTORY,
        required=REQUIRED,
        requires=_ORDERS_REQUIRES,
        advise=ordering_advice,
        may_concern=may_concern,
    )


def _safety(service_id: str, hook: str, title: str) -> Service:
    return Service(
        id=service_id,
        hook=hook,
        title=title,
        description=_SAFETY_SAYS,
        needs=_SAFETY,
        required=SAFETY_REQUIRED,
        requires=_SAFETY_REQUIRES,
        advise=safety_advice,
    )


SERVICES: Final = (
    _review("trd-review", "patient-view", "Depression treatment history"),
    _review(
        "trd-review-encounter", "encounter-start", "Depression treatment history at an encounter"
    ),
    _orders("antidepressant-select", "order-select", "Antidepressant or TMS being chosen"),
    _orders("antidepressant-sign", "order-sign", "Antidepressant or TMS to be signed"),
    _safety("suicide-safety", "patient-view", "Suicide safety follow-up"),
    _safety(
        "suicide-safety-encounter", "encounter-start", "Suicide safety follow-up at an encounter"
    ),
    _safety(
        "suicide-safety-discharge",
        "encounter-discharge",
        "Suicide safety follow-up at discharge",
    ),
)

SERVICE_BY_ID: Final[Mapping[str, Service]] = {service.id: service for service in SERVICES}


def discovery(terms: CardTerms | None = None) -> dict[str, Any]:
    """Return what GET /cds-services answers to an EHR of these terms, or to anybody."""
    terms = terms or CardTerms()
    return {
        "services": [
            _described(service, terms)
            for service in SERVICES
            if terms.speaking(service.id) is not Speaking.OFF
        ]
    }


def _described(service: Service, terms: CardTerms) -> dict[str, Any]:
    described: dict[str, Any] = {
        "hook": service.hook,
        "title": service.title,
        "description": service.description,
        "id": service.id,
        "prefetch": {need.name: need.query for need in NEEDS if need.name in service.needs},
        "usageRequirements": service.requires,
    }
    if terms.newer:
        described["version"] = SPECIFICATION
        described["hookVersion"] = HOOK_VERSIONS[service.hook]
    return described
