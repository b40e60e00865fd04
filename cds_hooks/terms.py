"""What may a card hold at each EHR?

Per EHR: which services speak, how suggestions are offered, which codes its orders have. Plain
facts of the configuration, already checked.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum


class Speaking(StrEnum):
    """Whether a service answers an EHR."""

    ON = "on"
    SILENT = "silent"
    """Everything is worked out, audited and counted; no card is sent."""
    OFF = "off"


class Selection(StrEnum):
    """How many suggestions of a card may be taken."""

    ANY = "any"
    AT_MOST_ONE = "at-most-one"


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderCode:
    """A coding of the EHR for something that can be ordered."""

    system: str
    code: str
    display: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CardTerms:
    """What cards may hold at one EHR.

    ``orders`` maps "tms_referral", "psychiatry_referral", "phq9" and "cssrs" to the EHR's codes;
    without one the order has text alone. ``newer`` allows members that only CDS Hooks 3.0 has.
    """

    services: Mapping[str, Speaking] = field(default_factory=dict)
    selection: Selection = Selection.ANY
    orders: Mapping[str, OrderCode] = field(default_factory=dict)
    newer: bool = False

    def speaking(self, service_id: str) -> Speaking:
        """Return whether a service answers; one that is not named does."""
        return self.services.get(service_id, Speaking.ON)
