"""Whose call is it?

So far only the shape of the answer; how a caller proves itself comes with the rest of this module.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from ehr.site import Site


@dataclass(frozen=True, slots=True, kw_only=True)
class Caller:
    """Who calls: a registered EHR, and what its token said where there was one."""

    site: Site
    issuer: str = ""
    tenant: str = ""
    jti: str = ""
    is_signed: bool = False


class Trust(Protocol):
    """What the door asks about a caller."""

    async def caller(self, authorization: Sequence[str], endpoint: str) -> Caller | None:
        """Return who calls this endpoint; None where unsigned calls are allowed and none signed.

        Raises Untrusted.
        """

    def unsigned_caller(self, fhir_server: str) -> Caller | None:
        """Return whose an unsigned call is, None where nobody's."""
