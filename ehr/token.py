"""The token with which an EHR lets us read for the length of one call."""

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class AccessToken:
    """A bearer token for the EHR's FHIR server. Its value shows in no log and no error."""

    value: str = field(repr=False)
