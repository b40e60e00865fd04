"""What may a call look like on the wire?

The request's shape for whoever writes to us, as ``openapi`` prints it. It is not what reads a
call: that is ``call``, ``heads`` and ``feedback``, which are quicker and say what is wrong by its
place. Members nobody knows are ignored; null on an optional member counts as absent.
"""

from collections.abc import Mapping
from typing import Annotated, Any, Final, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from cds_hooks.call import LOCAL_ID, LONGEST_USER
from cds_hooks.call import LONGEST_ID as LONGEST_LOCAL_ID
from cds_hooks.feedback import A_SIGN, LONGEST_COMMENT, LONGEST_ID, LONGEST_TEXT, MOST_SUGGESTIONS

_USERS: Final = "Practitioner|PractitionerRole|Patient|RelatedPerson"
_NO_NUL: Final = r"^[^\x00]*$"
_SAYS: Final = rf"^[^\x00]*{A_SIGN}[^\x00]*$"

LocalId = Annotated[
    str, StringConstraints(max_length=LONGEST_LOCAL_ID, pattern=f"^{LOCAL_ID.pattern}$")
]
User = Annotated[
    str,
    StringConstraints(max_length=LONGEST_USER, pattern=f"^({_USERS})/{LOCAL_ID.pattern}$"),
]
Selection = Annotated[str, StringConstraints(pattern="[^/.][^/]*$")]
"""A reference whose last part is more than dots."""
Id = Annotated[str, StringConstraints(max_length=LONGEST_ID, pattern=_SAYS)]
Code = Annotated[str, StringConstraints(max_length=LONGEST_ID, pattern=_NO_NUL)]
Text = Annotated[str, StringConstraints(max_length=LONGEST_TEXT, pattern=_NO_NUL)]
Comment = Annotated[str, StringConstraints(max_length=LONGEST_COMMENT, pattern=_NO_NUL)]
Moment = Annotated[str, Field(json_schema_extra={"format": "date-time"})]


class _Lenient(BaseModel):
    """Members nobody knows are ignored."""

    model_config = ConfigDict(extra="ignore", frozen=True)


class ChartContext(_Lenient):
    """Who looks at whose chart."""

    user_id: User = Field(alias="userId")
    patient_id: LocalId = Field(alias="patientId")
    encounter_id: LocalId | None = Field(default=None, alias="encounterId")


class EncounterContext(_Lenient):
    """The same at an encounter, which is named."""

    user_id: User = Field(alias="userId")
    patient_id: LocalId = Field(alias="patientId")
    encounter_id: LocalId = Field(alias="encounterId")


class Drafts(_Lenient):
    """Orders that are not signed."""

    resource_type: Literal["Bundle"] = Field(alias="resourceType")
    entry: list[Any] | None = None


class SignContext(ChartContext):
    """The same with the orders to be signed."""

    draft_orders: Drafts = Field(alias="draftOrders")


class SelectContext(SignContext):
    """The same with those of them that were just selected."""

    selections: list[Selection]


class Suggested(_Lenient):
    """A suggestion that was accepted."""

    id: Id


class Coded(_Lenient):
    """A reason, of our list or of the EHR's own."""

    code: Code | None = None
    system: Text | None = None
    display: Text | None = None


class Why(_Lenient):
    """Why a card was not followed."""

    reason: Coded | None = None
    user_comment: Comment | None = Field(default=None, alias="userComment")


class _Outcome(_Lenient):
    card: Id
    outcome_timestamp: Moment = Field(alias="outcomeTimestamp")
    override_reason: Why | None = Field(default=None, alias="overrideReason")
    override_reasons: Why | None = Field(default=None, alias="overrideReasons")


class Accepted(_Outcome):
    """A card of which suggestions were accepted."""

    outcome: Literal["accepted"]
    accepted_suggestions: Annotated[
        list[Suggested], Field(min_length=1, max_length=MOST_SUGGESTIONS)
    ] = Field(alias="acceptedSuggestions")


class Overridden(_Outcome):
    """A card that was not followed, with or without a reason."""

    outcome: Literal["overridden"]
    accepted_suggestions: Annotated[list[Suggested], Field(max_length=MOST_SUGGESTIONS)] | None = (
        Field(default=None, alias="acceptedSuggestions")
    )


class Feedback(_Lenient):
    """What readers did with cards."""

    feedback: Annotated[list[Accepted | Overridden], Field(max_length=1_000)]


CONTEXTS: Final[Mapping[str, type[BaseModel]]] = {
    "patient-view": ChartContext,
    "encounter-start": EncounterContext,
    "encounter-discharge": EncounterContext,
    "order-select": SelectContext,
    "order-sign": SignContext,
}
"""The context of each hook."""
