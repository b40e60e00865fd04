"""What may an answer of CDS Hooks look like on the wire?

The answer's shape as strict models: no member we do not know, no null, no empty string or list but
``cards`` and ``services``, a summary under 140 characters. Answers are built as plain objects,
because every call pays for that; the tests read each of them through these models.
"""

from typing import Annotated, Literal, Self
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, model_validator

Words = Annotated[str, StringConstraints(strip_whitespace=False, min_length=1, pattern=r"\S")]
Summary = Annotated[Words, StringConstraints(max_length=139)]
TopicCode = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9]{1,100}$")]
ServiceId = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9-]{0,63}$")]
Address = Annotated[str, StringConstraints(pattern=r"^https?://\S+$")]


class _Strict(BaseModel):
    """Nothing unknown, nothing changed, and no member that is there as null."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)

    @model_validator(mode="after")
    def _no_null(self) -> Self:
        nulls = [name for name in self.model_fields_set if getattr(self, name) is None]
        if nulls:
            msg = f"null in {', '.join(sorted(nulls))}"
            raise ValueError(msg)
        return self


class Reason(_Strict):
    """A Coding with a display, as override reasons need one (OVR-2)."""

    code: Words
    system: Address
    display: Words


class TopicCoding(_Strict):
    """The topic of a card: a code that never changes (SRC-5, SRC-6)."""

    code: TopicCode
    system: Address
    display: Words


class Source(_Strict):
    """Where the guidance comes from (SRC-1); its address once there is such a page."""

    label: Words
    url: Address | None = None
    topic: TopicCoding


class CardModel(_Strict):
    """One card without suggestions and links: their other ends do not exist yet."""

    uuid: UUID = Field(strict=False)
    summary: Summary
    detail: Words
    indicator: Literal["info", "warning", "critical"]
    source: Source
    override_reasons: Annotated[list[Reason], Field(min_length=1)] | None = Field(
        default=None, alias="overrideReasons"
    )


class HookAnswer(_Strict):
    """The answer to a call (RESP-1): cards, none of them where there is nothing to say."""

    cards: list[CardModel]


class ServiceModel(_Strict):
    """One service as discovery prints it (DISC-4 to DISC-9)."""

    id: ServiceId
    hook: Words
    title: Words
    description: Words
    prefetch: Annotated[dict[Words, Words], Field(min_length=1)]
    usage_requirements: Words = Field(alias="usageRequirements")


class Discovery(_Strict):
    """The answer of discovery (DISC-2)."""

    services: list[ServiceModel]


class Issue(_Strict):
    """One issue of an OperationOutcome: a severity, a type, and a fixed sentence."""

    severity: Literal["error"]
    code: Words
    diagnostics: Words


class Outcome(_Strict):
    """What an error looks like (RESP-6)."""

    resource_type: Literal["OperationOutcome"] = Field(alias="resourceType")
    issue: Annotated[list[Issue], Field(min_length=1, max_length=1)]
