"""What is asked of an EHR during one call, and by which token?

Every answer is checked for whose it is before anything is made of it. Once one was another
patient's, nothing more is asked.
"""

from dataclasses import dataclass
from typing import Any

from ehr.addresses import Address, Base
from ehr.client import Allowance, Wire
from ehr.prefetch import Ask, refuse_other_patients
from ehr.site import Site
from trd.read.errors import WrongPatient


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
        try:
            refuse_other_patients(value, self.ask.patient_id, self.ask.server)
        except WrongPatient:
            self.allowance.is_over = True
            raise
        return value
