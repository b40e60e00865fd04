"""What can be said about one EHR in the configuration?

A table ``[[ehr]]`` of the configuration file with its sub-tables. Frozen, and each key says what
it is for: the example file and docs/configuration.md are printed from these descriptions.
"""

from enum import StrEnum
from typing import Annotated, Final, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from cds_hooks.terms import Selection, Speaking
from ehr.site import NullMeans, ReadTerms, TrustTerms
from thirdline.settings_values import BaseUrl, Origins, Url

LONGEST_LIFE_S: Final = 3600
_READ: Final = ReadTerms()
_TRUST: Final = TrustTerms()

Algorithm = Literal["ES256", "ES384", "ES512", "RS256", "RS384", "RS512", "PS256", "PS384", "PS512"]


class ClientAuth(StrEnum):
    """How the SMART app proves itself at the EHR's token endpoint."""

    PUBLIC = "public"
    SECRET = "secret"  # noqa: S105 - the name of a method
    PRIVATE_KEY = "private-key"


class Part(BaseModel):
    """What every table of the configuration has in common."""

    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True)


class OrderSettings(Part):
    """``[ehr.orders]``, one coding."""

    system: str = Field(min_length=1, description="The code system's URI.")
    code: str = Field(min_length=1, description="The code.")
    display: str = Field(min_length=1, description="The name a clinician sees.")


class OrdersSettings(Part):
    """``[ehr.orders]``: the EHR's codes for what a suggestion orders; text alone without them."""

    tms_referral: OrderSettings | None = Field(None, description="A referral for TMS evaluation.")
    psychiatry_referral: OrderSettings | None = Field(None, description="A psychiatry referral.")
    phq9: OrderSettings | None = Field(None, description="The PHQ-9 as an order.")
    cssrs: OrderSettings | None = Field(None, description="The C-SSRS as an order.")


class ReadingSettings(Part):
    """``[ehr.reading]``: how the FHIR server is asked."""

    page_size: int = Field(_READ.page_size, ge=1, le=1000, description="Entries asked for a page.")
    without: tuple[str, ...] = Field(
        (),
        description=(
            "Search parameters the server does not take: of one type"
            ' ("MedicationRequest._include") or of all ("_count").'
        ),
    )
    with_: dict[str, str] = Field(
        default_factory=dict,
        alias="with",
        description=(
            'Parameters added to a need\'s search, by need: { scores = "category=survey" }.'
        ),
    )
    has_no: tuple[str, ...] = Field(
        (),
        description=(
            "Needs of which this EHR keeps no resources anywhere. They count as read, and hold"
            " nothing: name one only where that is certain."
        ),
    )
    at_once: int = Field(
        _READ.at_once, ge=1, le=32, description="Requests at the same time for one hook call."
    )
    at_once_in_all: int = Field(
        _READ.at_once_in_all, ge=1, le=512, description="Requests at the same time for all calls."
    )


def _switch(written: object) -> object:
    """Take true and false for a service that speaks and one that does not."""
    if isinstance(written, bool):
        return Speaking.ON if written else Speaking.OFF
    return written


class EhrSettings(Part):
    """``[[ehr]]``: one registered EHR."""

    name: str = Field(
        "",
        max_length=64,
        pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]*$|^$",
        description="A name of our own for logs, audit and metrics. Letters, digits, . _ -",
    )
    enabled: bool = Field(default=True, description="false: nothing of this entry is used.")
    fhir_base: BaseUrl = Field(
        "",
        description=(
            "The FHIR R4 base URL: the SMART issuer, and the only fhirServer this EHR's calls"
            " may name."
        ),
    )
    ca_file: str = Field(
        "", description="Certificates (PEM) trusted for this EHR in place of the usual ones."
    )
    cds_issuer: str = Field("", description="The iss of the tokens its hook calls carry.")
    cds_jwks_url: Url = Field(
        "",
        description=(
            "Where its public keys are fetched, and the only jku its tokens may name. Beside"
            " cds_jwks_file nothing is fetched from there."
        ),
    )
    cds_jwks_file: str = Field(
        "", description="A file with its public keys (JWK Set), which then are the only ones."
    )
    cds_tenant: str = Field(
        "", description="The tenant of its tokens, where several share an issuer."
    )
    cds_algorithms: tuple[Algorithm, ...] = Field(
        ("ES384", "RS384"), description="The signatures accepted."
    )
    cds_unsigned: bool = Field(
        default=False, description="Calls without a token are accepted as its own. Sandbox only."
    )
    extra_audiences: tuple[str, ...] = Field(
        (), description="Values of aud accepted beside the URL of the endpoint called."
    )
    jwt_max_life_s: int = Field(
        _TRUST.longest_life_s,
        ge=1,
        le=LONGEST_LIFE_S,
        description="The longest life of a token, in seconds.",
    )
    calls_per_minute: int | None = Field(
        None,
        ge=1,
        examples=[600],
        description="Hook calls a minute before 429, of all workers. Not limited without it.",
    )
    null_means: NullMeans = Field(
        NullMeans.NOTHING,
        description=(
            'What a prefetch key with null says: "nothing" (the search ran and found nothing) or'
            ' "not-read".'
        ),
    )
    selection_behavior: Selection = Field(
        Selection.ANY, description="How many suggestions of a card may be taken."
    )
    actions_per_suggestion: int = Field(
        1,
        ge=1,
        le=20,
        description="Actions in one suggestion at most. Each has one, which every EHR takes.",
    )
    newer: bool = Field(default=False, description="Allow members that only CDS Hooks 3.0 has.")
    client_id: str = Field(
        "", description="The SMART app's client id at this EHR. Not used before there is an app."
    )
    client_auth: ClientAuth | None = Field(
        None,
        examples=[ClientAuth.PRIVATE_KEY],
        description=(
            "How the SMART app proves itself: public, secret or private-key. Not used before there"
            " is an app."
        ),
    )
    frame_origins: Origins = Field(
        (),
        description=(
            "Pages that may show the SMART app in a frame. Not used before there is an app."
        ),
    )
    time_zone: str = Field(
        "",
        description=(
            "The IANA time zone in which this EHR's days begin. Checked, and not used yet: the day"
            " is this machine's."
        ),
    )
    services: dict[str, Annotated[Speaking, BeforeValidator(_switch)]] = Field(
        default_factory=dict,
        description=(
            'Per service id "on", "off" or "silent" (worked out and counted, but no card is'
            " sent). A service that is not named is on."
        ),
    )
    orders: OrdersSettings = Field(
        OrdersSettings(),
        description="The EHR's codes for what suggestions order; without one, text alone.",
    )
    reading: ReadingSettings = Field(ReadingSettings(), description="How its FHIR server is asked.")
