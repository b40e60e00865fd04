"""What is being asked, for which patient, and by whom?

The members of a request of CDS Hooks that are not clinical data, checked: ids are bare FHIR ids,
the hook is the service's, the context has what the hook requires, the token's patient is the
context's. Members nobody knows are ignored, and null on an optional member counts as absent.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from cds_hooks.errors import AnotherPatient, BadRequest, TooLarge
from ehr.prefetch import has_more_entries
from ehr.token import AccessToken

UUID: Final = re.compile(r"[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")
LOCAL_ID: Final = re.compile(r"[.]*[A-Za-z0-9\-][A-Za-z0-9.\-]*")
"""A FHIR id, which is not made of dots alone: in an address these mean another place."""
LONGEST_ID: Final = 255
LONGEST_USER: Final = 320
MOST_ENTRIES: Final = 20_000
"""Of a call in all, without those no rule can use; no chart has as many."""
_USER: Final = re.compile(rf"([A-Z][A-Za-z]{{1,63}})/{LOCAL_ID.pattern}")
SERVER: Final = re.compile(
    r"https?://(?:[!\"$-.0-9;->A-Z^-~]+|\[[0-9A-Fa-f:.]+\])(?::[0-9]{1,5})?"
    r"(?:/[!\"$->@-\[\]-~]*)?"
)
"""A host, perhaps a port and a path, in ASCII; nothing about a user, no query, no fragment."""
_BEARER: Final = re.compile(r"[A-Za-z0-9\-._~+/]{1,8192}=*")
"""What may stand behind "Bearer" in a header: nothing that ends the line."""
_PATIENT_SIDE: Final = frozenset({"Patient", "RelatedPerson"})
_CLINICIANS: Final = frozenset({"Practitioner", "PractitionerRole"})
_WITH_ENCOUNTER: Final = frozenset({"encounter-start", "encounter-discharge"})
_WITH_DRAFTS: Final = frozenset({"order-select", "order-sign"})
_WITH_SELECTIONS: Final = frozenset({"order-select"})


@dataclass(frozen=True, slots=True, kw_only=True)
class HookCall:
    """One call; "" stands for what is not named.

    ``user`` is "Type/id"; ``by_patient``: the user is the patient or a relative. ``prefetch`` and
    ``draft_orders`` (a Bundle, empty for hooks that have none) are as sent; ``selections`` are
    references into the drafts. ``token`` is None where none came or it was incomplete.
    """

    hook: str
    hook_instance: str
    patient_id: str
    user: str
    by_patient: bool
    fhir_server: str
    prefetch: Mapping[str, Any]
    encounter_id: str = ""
    token: AccessToken | None = None
    selections: tuple[str, ...] = ()
    draft_orders: Mapping[str, Any] = field(default_factory=dict)


def read_call(body: Mapping[str, Any], hook: str) -> HookCall:
    """Return the call a body holds for a service of this hook.

    Raises BadRequest, TooLarge, AnotherPatient.
    """
    instance = body.get("hookInstance")
    if not isinstance(instance, str) or not UUID.fullmatch(instance):
        raise BadRequest("hookInstance: a UUID is required")
    if body.get("hook") != hook:
        raise BadRequest("hook: not the hook of this service")
    context = body.get("context")
    if not isinstance(context, dict):
        raise BadRequest("context: an object is required")
    patient_id = _patient_id(context)
    user = _user(context)
    prefetch = body.get("prefetch")
    if prefetch is not None and not isinstance(prefetch, dict):
        raise BadRequest("prefetch: not an object")
    if has_more_entries([*(prefetch or {}).values(), context.get("draftOrders")], MOST_ENTRIES):
        raise TooLarge(f"body: more than {MOST_ENTRIES} entries")
    server = _fhir_server(body)
    return HookCall(
        hook=hook,
        hook_instance=instance,
        patient_id=patient_id,
        user=user,
        by_patient=user.partition("/")[0] in _PATIENT_SIDE,
        fhir_server=server,
        prefetch=prefetch or {},
        encounter_id=_encounter_id(context, hook),
        token=_token(body.get("fhirAuthorization"), server, patient_id),
        selections=_selections(context) if hook in _WITH_SELECTIONS else (),
        draft_orders=_draft_orders(context) if hook in _WITH_DRAFTS else {},
    )


def _patient_id(context: Mapping[str, Any]) -> str:
    patient_id = context.get("patientId")
    if not isinstance(patient_id, str) or not _is_local_id(patient_id):
        raise BadRequest("context.patientId: a bare FHIR id is required")
    return patient_id


def _is_local_id(text: str) -> bool:
    return len(text) <= LONGEST_ID and LOCAL_ID.fullmatch(text) is not None


def _encounter_id(context: Mapping[str, Any], hook: str) -> str:
    """Return the encounter, which the hooks of an encounter's start and end require."""
    encounter = context.get("encounterId")
    if encounter is None and hook not in _WITH_ENCOUNTER:
        return ""
    if not isinstance(encounter, str) or not _is_local_id(encounter):
        raise BadRequest("context.encounterId: not a bare FHIR id")
    return encounter


def _user(context: Mapping[str, Any]) -> str:
    """Return who asks: a clinician, or the patient's side, who are told nothing clinical.

    Not every hook allows the latter; where one comes all the same, it is no reason to tell more.
    """
    user = context.get("userId")
    found = _USER.fullmatch(user) if isinstance(user, str) else None
    if not found or len(found.group()) > LONGEST_USER:
        raise BadRequest("context.userId: Type/id is required")
    if found.group(1) not in _CLINICIANS | _PATIENT_SIDE:
        raise BadRequest("context.userId: not a type of user of this hook")
    return found.group(0)


def _selections(context: Mapping[str, Any]) -> tuple[str, ...]:
    """Return what was selected; whether it is among the drafts is seen when they are read."""
    given = context.get("selections")
    if not isinstance(given, list) or not all(isinstance(one, str) and one for one in given):
        raise BadRequest("context.selections: a list of Type/id is required")
    if not all(one.rpartition("/")[2].strip(".") for one in given):
        raise BadRequest("context.selections: a list of Type/id is required")
    return tuple(given)


def _draft_orders(context: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return the Bundle of drafts; its ``type`` is not asked for, as some clients send none."""
    given = context.get("draftOrders")
    if not isinstance(given, dict) or given.get("resourceType") != "Bundle":
        raise BadRequest("context.draftOrders: not what the hook requires")
    if not isinstance(given.get("entry"), list | None):
        raise BadRequest("context.draftOrders.entry: not a list")
    return given


def _fhir_server(body: Mapping[str, Any]) -> str:
    """Return the base address without a slash at its end, "" where none is given."""
    server = body.get("fhirServer")
    if server is None:
        return ""
    if not isinstance(server, str) or not SERVER.fullmatch(server):
        raise BadRequest("fhirServer: not a base URL")
    return server.rstrip("/")


def _token(given: object, server: str, patient_id: str) -> AccessToken | None:
    """Return the token; refuse one for another patient. One that is incomplete is no token."""
    if given is None:
        return None
    if not isinstance(given, dict):
        raise BadRequest("fhirAuthorization: not an object")
    if not server:
        raise BadRequest("fhirAuthorization: comes with fhirServer only")
    patient = given.get("patient")
    if patient is not None and not isinstance(patient, str):
        raise BadRequest("fhirAuthorization.patient: not a string")
    if patient is not None and patient.removeprefix("Patient/") != patient_id:
        raise AnotherPatient
    return AccessToken(given["access_token"]) if _is_whole(given) else None


def _is_whole(given: Mapping[str, Any]) -> bool:
    """Say whether all required members are there (FA-1); a scope's syntax is nobody's reason."""
    token, lasts = given.get("access_token"), given.get("expires_in")
    return (
        isinstance(token, str)
        and _BEARER.fullmatch(token) is not None
        and str(given.get("token_type")).lower() == "bearer"
        and isinstance(lasts, int)
        and not isinstance(lasts, bool)
        and lasts > 0
        and given.get("scope") is not None
        and isinstance(given.get("subject"), str)
    )
