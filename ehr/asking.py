"""What is asked of an EHR during one call, and by which token?

Every answer is checked for whose it is before anything is made of it. Once one was another
patient's, nothing more is asked.
"""

from dataclasses import dataclass
from typing import Any, Final

from ehr import because
from ehr.addresses import Address, Base
from ehr.client import Allowance, Wire
from ehr.errors import NotRead
from ehr.prefetch import Ask, has_more_entries, refuse_other_patients
from ehr.site import Site
from trd.read.errors import WrongPatient

MOST_ENTRIES: Final = 5_000
"""Of one need."""
_MOST_AT_ONCE: Final = 2 * MOST_ENTRIES
"""Of one answer: one that holds more is not even looked at."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Asking:
    """One call that may ask an EHR for more."""

    ask: Ask
    site: Site
    wire: Wire
    base: Base
    allowance: Allowance

    async def read(self, address: Address) -> dict[str, Any]:
        """Return what stands at an address; raise NotRead, WrongServer, WrongPatient."""
        value = await self.wire.read(self.site, address, self.ask.token, self.allowance)
        if has_more_entries(value, _MOST_AT_ONCE):
            raise NotRead(because.TOO_MUCH)
        try:
            refuse_other_patients(value, self.ask.patient_id, self.ask.server)
        except WrongPatient:
            self.allowance.is_over = True
            raise
        return value
