"""What may an answer of CDS Hooks look like on the wire?

The answer's shape as strict models: no member we do not know, no null, no empty string or list but
``cards`` and ``services``, a summary under 140 characters. Answers are built as plain objects,
because every call pays for that; the tests read each of them through these models.
"""

from typing import Annotated, Any, Literal, Self
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


class Action(_Strict):
    """What is filed where a suggestion is taken; nothing is ever deleted (ACT-1 to ACT-7)."""

    type: Literal["create", "update"]
    description: Words
    resource: dict[str, Any]

    @model_validator(mode="after")
    def _whole(self) -> Self:
        kind, local = self.resource.get("resourceType"), self.resource.get("id")
        if kind not in {"ServiceRequest", "Task"} or not isinstance(local, str) or not local:
            msg = "not a ServiceRequest or Task with an id"
            raise ValueError(msg)
        if not _is_full(self.resource):
            msg = "a null or an empty member"
            raise ValueError(msg)
        return self


def _is_full(value: object) -> bool:
    """Say whether there is neither a null nor anything empty in a value (GEN-3, GEN-4)."""
    if isinstance(value, dict):
        return bool(value) and all(map(_is_full, value.values()))
    if isinstance(value, list):
        return bool(value) and all(map(_is_full, value))
    return bool(value.strip()) if isinstance(value, str) else value is not None


class SuggestionModel(_Strict):
    """One suggestion with one action, which is never recommended before the others (SUG-1 to 5)."""

    label: Words
    uuid: UUID = Field(strict=False)
    actions: Annotated[list[Action], Field(min_length=1, max_length=1)]


class Link(_Strict):
    """A link to our app; what it is told travels in the token (LINK-1 to LINK-5)."""

    label: Words
    url: Address
    type: Literal["smart"]
    app_context: Words = Field(alias="appContext")


class CardModel(_Strict):
    """One card."""

    uuid: UUID = Field(strict=False)
    summary: Summary
    detail: Words
    indicator: Literal["info", "warning", "critical"]
    source: Source
    suggestions: Annotated[list[SuggestionModel], Field(min_length=1)] | None = None
    selection_behavior: Literal["any", "at-most-one"] | None = Field(
        default=None, alias="selectionBehavior"
    )
    override_reasons: Annotated[list[Reason], Field(min_length=1)] | None = Field(
        default=None, alias="overrideReasons"
    )
    links: Annotated[list[Link], Field(min_length=1)] | None = None

    @model_validator(mode="after")
    def _selectable(self) -> Self:
        if (self.suggestions is None) is not (self.selection_behavior is None):
            msg = "suggestions and selectionBehavior stand together (CARD-7)"
            raise ValueError(msg)
        return self


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
    version: Words | None = None
    hook_version: Words | None = Field(default=None, alias="hookVersion")


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
