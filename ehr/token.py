"""What opens an EHR's FHIR server for one call?"""

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class AccessToken:
    """The bearer token of one call, which is never stored, logged or sent beyond that server."""

    value: str = field(repr=False)
