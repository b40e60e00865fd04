"""What is being asked, for which patient, and by whom?

The members of a request of CDS Hooks that are not clinical data, checked: ids are bare FHIR ids,
the hook is the service's, the token's patient is the context's. Members nobody knows are ignored,
and null on an optional member counts as absent.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from cds_hooks.errors import AnotherPatient, BadRequest

_UUID: Final = re.compile(r"[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")
_LOCAL_ID: Final = re.compile(r"[A-Za-z0-9.\-]{1,255}")
_USER: Final = re.compile(r"[A-Z][A-Za-z]{1,63}/[A-Za-z0-9.\-]{1,255}")
_BASE: Final = re.compile(
    r"https?://(?:[^\s/?#@:\[\]\\]+|\[[0-9A-Fa-f:.]+\])(?::[0-9]{1,5})?(?:/[^\s?#\\]*)?"
)
"""A host, perhaps a port and a path; nothing about a user, no query, no fragment."""
_PATIENT_SIDE: Final = frozenset({"Patient", "RelatedPerson"})


@dataclass(frozen=True, slots=True, kw_only=True)
class HookCall:
    """One call. ``fhir_server`` is "" where none is named; ``prefetch`` is as sent."""

    hook: str
    hook_instance: str
    user: str
    patient_id: str
    by_patient: bool
    fhir_server: str
    prefetch: Mapping[str, Any]


def read_call(body: Mapping[str, Any], hook: str) -> HookCall:
    """Return the call a body holds for a service of this hook; raise BadRequest, AnotherPatient."""
    instance = body.get("hookInstance")
    if not isinstance(instance, str) or not _UUID.fullmatch(instance):
        raise BadRequest("hookInstance: a UUID is required")
    if body.get("hook") != hook:
        raise BadRequest("hook: not the hook of this service")
    context = body.get("context")
    if not isinstance(context, dict):
        raise BadRequest("context: an object is required")
    patient_id = _patient_id(context)
    prefetch = body.get("prefetch")
    if prefetch is not None and not isinstance(prefetch, dict):
        raise BadRequest("prefetch: not an object")
    server = _fhir_server(body)
    user = _user(context)
    _check_authorization(body.get("fhirAuthorization"), server, patient_id)
    return HookCall(
        hook=hook,
        hook_instance=instance,
        user=user,
        patient_id=patient_id,
        by_patient=user.partition("/")[0] in _PATIENT_SIDE,
        fhir_server=server,
        prefetch=prefetch or {},
    )


def _patient_id(context: Mapping[str, Any]) -> str:
    patient_id = context.get("patientId")
    if not isinstance(patient_id, str) or not _LOCAL_ID.fullmatch(patient_id):
        raise BadRequest("context.patientId: a bare FHIR id is required")
    encounter = context.get("encounterId")
    is_id = isinstance(encounter, str) and _LOCAL_ID.fullmatch(encounter)
    if encounter is not None and not is_id:
        raise BadRequest("context.encounterId: not a bare FHIR id")
    return patient_id


def _user(context: Mapping[str, Any]) -> str:
    user = context.get("userId")
    if not isinstance(user, str) or not _USER.fullmatch(user):
        raise BadRequest("context.userId: Type/id is required")
    return user


def _fhir_server(body: Mapping[str, Any]) -> str:
    """Return the base address without a slash at its end, "" where none is given."""
    server = body.get("fhirServer")
    if server is None:
        return ""
    if not isinstance(server, str) or not _BASE.fullmatch(server):
        raise BadRequest("fhirServer: not a base URL")
    return server.rstrip("/")


def _check_authorization(given: object, server: str, patient_id: str) -> None:
    """Refuse a token for another patient; one that is incomplete is no token, and none is used."""
    if given is None:
        return
    if not isinstance(given, dict):
        raise BadRequest("fhirAuthorization: not an object")
    if not server:
        raise BadRequest("fhirAuthorization: comes with fhirServer only")
    patient = given.get("patient")
    if patient is None:
        return
    if not isinstance(patient, str):
        raise BadRequest("fhirAuthorization.patient: not a string")
    if patient.removeprefix("Patient/") != patient_id:
        raise AnotherPatient
