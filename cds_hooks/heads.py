"""Which resources of a call need to be read in full?

Most of a chart is ordinary drugs and measurements no rule can use. Here a body is walked once, its
resources left as text; of each order, observation and condition only the head is decoded, and
``Triage`` says whether it is ordinary. Such a resource is counted and goes no further. Anything
unusual is read in full (``body.read_json``): a member, shape or Bundle not foreseen here, a
resource that is named twice or is not plainly this patient's. A condition that something kept
refers to is kept.

What goes no further is still strict JSON within the limits of depth and of a double.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import Annotated, Any, Final, Literal

import msgspec
import orjson

from cds_hooks.body import (
    NOT_JSON,
    check_context,
    check_members,
    may_be_too_large,
    read_json,
)
from cds_hooks.errors import BadRequest
from cds_hooks.triage import ABSENT, CodedHead, ConceptHead, Triage
from ehr.depth import DEEPEST, is_deeper
from trd.knowledge import Knowledge
from trd.read.access import Json, reference_of, relative, rows

_ORDER: Final = "MedicationRequest"
_OBSERVATION: Final = "Observation"
_CONDITION: Final = "Condition"
_LONGEST: Final = 65_536
"""Bytes of a resource that is looked at here; what is longer is unusual."""
_IN_BODY: Final = 1
_IN_PREFETCH: Final = 2
_IN_BUNDLE: Final = 3
_IN_ENTRY: Final = 5
_IN_SEARCH: Final = 6
"""How many levels stand around a value: body, prefetch, Bundle, its entries, an entry, search."""


class _Search(
    msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True, gc=False
):
    mode: str = "match"
    score: msgspec.Raw = ABSENT


_MATCH: Final = _Search()


class _Entry(msgspec.Struct, forbid_unknown_fields=True, omit_defaults=True, gc=False):
    resource: msgspec.Raw
    fullUrl: str = ""  # noqa: N815 - FHIR's spelling
    search: _Search = _MATCH


class _Bundle(msgspec.Struct, forbid_unknown_fields=True, omit_defaults=True, gc=False):
    resourceType: Literal["Bundle"]  # noqa: N815 - FHIR's spelling
    type: Literal["searchset"]
    entry: list[_Entry] = []
    id: str = ""
    total: msgspec.Raw = ABSENT
    link: msgspec.Raw = ABSENT
    meta: msgspec.Raw = ABSENT
    timestamp: str = ""


_TOTAL: Final = msgspec.json.Decoder(Annotated[int, msgspec.Meta(ge=0, lt=2**53)])
_Need = _Bundle | None | msgspec.UnsetType


class _Prefetch(msgspec.Struct, forbid_unknown_fields=True, omit_defaults=True, gc=False):
    """The keys we ask for, each a Bundle or null; any other shape is unusual."""

    patient: msgspec.Raw = ABSENT
    medications: _Need = msgspec.UNSET
    conditions: _Need = msgspec.UNSET
    scores: _Need = msgspec.UNSET
    responses: _Need = msgspec.UNSET
    dispenses: _Need = msgspec.UNSET
    statements: _Need = msgspec.UNSET
    procedures: _Need = msgspec.UNSET
    devices: _Need = msgspec.UNSET
    encounters: _Need = msgspec.UNSET
    referrals: _Need = msgspec.UNSET


class _Body(msgspec.Struct, forbid_unknown_fields=True, omit_defaults=True, gc=False):
    hook: str
    hookInstance: str  # noqa: N815 - CDS Hooks' spelling
    context: msgspec.Raw
    prefetch: _Prefetch
    fhirServer: msgspec.Raw = ABSENT  # noqa: N815 - CDS Hooks' spelling
    fhirAuthorization: msgspec.Raw = ABSENT  # noqa: N815 - CDS Hooks' spelling
    extension: msgspec.Raw = ABSENT


class _Reference(msgspec.Struct, gc=False):
    reference: str


class _Component(msgspec.Struct, gc=False):
    code: ConceptHead


class _Quantity(msgspec.Struct, frozen=True, gc=False):
    value: float | None = None


_NOTHING: Final = _Quantity()


class _Owned(msgspec.Struct, gc=False):
    """Whose a resource is; another member that may name a patient makes it unusual."""

    id: str
    subject: _Reference
    patient: msgspec.Raw = ABSENT
    beneficiary: msgspec.Raw = ABSENT
    contained: msgspec.Raw = ABSENT

    def is_of(self, patient: str) -> bool:
        """Say whether it is plainly this patient's and no other member could deny it."""
        return (
            self.subject.reference == patient
            and self.patient is ABSENT
            and self.beneficiary is ABSENT
            and self.contained is ABSENT
        )


class _Order(_Owned, tag_field="resourceType", tag=_ORDER, kw_only=True, gc=False):
    medicationCodeableConcept: ConceptHead  # noqa: N815 - FHIR's spelling
    medicationReference: msgspec.Raw = ABSENT  # noqa: N815 - FHIR's spelling


class _Observation(_Owned, tag_field="resourceType", tag=_OBSERVATION, kw_only=True, gc=False):
    code: ConceptHead
    component: list[_Component] = []
    valueQuantity: _Quantity = _NOTHING  # noqa: N815 - FHIR's spelling
    valueInteger: Any = None  # noqa: N815 - FHIR's spelling


class _Condition(_Owned, tag_field="resourceType", tag=_CONDITION, kw_only=True, gc=False):
    code: CodedHead


_BODY: Final = msgspec.json.Decoder(_Body)
_WRITTEN_AGAIN: Final = msgspec.json.Encoder().encode
_HEADS: Final[Mapping[str, tuple[str, msgspec.json.Decoder[Any]]]] = {
    "medications": (_ORDER, msgspec.json.Decoder(_Order)),
    "scores": (_OBSERVATION, msgspec.json.Decoder(_Observation)),
    "conditions": (_CONDITION, msgspec.json.Decoder(_Condition)),
}
"""Type and head of a resource under the three keys that hold most of a call."""
_BUNDLED: Final = (
    *(name for name in _Prefetch.__struct_fields__ if name not in {"patient", "conditions"}),
    "conditions",
)
"""Conditions last: what else is kept may refer to them."""
_MEMBERS: Final = ("context", "fhirServer", "fhirAuthorization", "extension")


@dataclass(frozen=True, slots=True, kw_only=True)
class Sent:
    """What a body holds, and of each need how many resources no rule can use and were left out."""

    body: Mapping[str, Any]
    unused: Mapping[str, int] = field(default_factory=dict)


class _UnusualError(Exception):
    """Something not foreseen here: the whole body is read in full."""


def read_call_body(text: bytes, knowledge: Knowledge) -> Sent:
    """Return what a body holds, without the resources no rule can use; raise BadRequest."""
    try:
        if not text.isascii():
            text.decode()
        body = _BODY.decode(text)
        sent = _Walk(knowledge).walk(body)
        if len(_WRITTEN_AGAIN(body)) < len(text):  # else there is no room for a second name
            check_members(text)
    except (UnicodeDecodeError, orjson.JSONDecodeError) as wrong:
        raise BadRequest(NOT_JSON) from wrong
    except (msgspec.DecodeError, RecursionError, _UnusualError):
        return Sent(body=read_json(text))
    return sent


class _Walk:
    """One walk over one body."""

    __slots__ = ("_dropped", "_left", "_mine", "_named", "_triage", "_unused")

    def __init__(self, knowledge: Knowledge) -> None:
        """Start with nothing met."""
        self._triage = Triage(knowledge)
        self._mine = ""
        self._named: set[str] = set()
        self._dropped: list[tuple[str, str]] = []
        self._left: list[msgspec.Raw] = []
        self._unused: dict[str, int] = {}

    def walk(self, body: _Body) -> Sent:
        """Return the body as ``read_json`` would, without what no rule can use."""
        check_context(body.context)
        members: dict[str, Any] = {"hook": body.hook, "hookInstance": body.hookInstance}
        for name in _MEMBERS:
            held = getattr(body, name)
            if held is not ABSENT:
                members[name] = _whole(held, _IN_BODY)
        context = members["context"]
        if isinstance(context, dict) and "draftOrders" in context:
            raise _UnusualError  # drafts refer to what is left out here
        patient_id = context.get("patientId") if isinstance(context, dict) else None
        self._mine = f"Patient/{patient_id}"
        members["prefetch"] = self._prefetch(body.prefetch)
        _check_left(self._left)
        return Sent(body=members, unused=self._unused)

    def _prefetch(self, sent: _Prefetch) -> Json:
        made: dict[str, Any] = {}
        if sent.patient is not ABSENT:
            made["patient"] = _whole(sent.patient, _IN_PREFETCH)
        for name in _BUNDLED:
            held = getattr(sent, name)
            if held is None:
                made[name] = None
            elif held is not msgspec.UNSET:
                made[name] = self._bundle(held, name)
        self._check_names(made)
        return made

    def _check_names(self, prefetch: Json) -> None:
        """Leave it to the full reading where what was left out has another version anywhere."""
        dropped = set(self._dropped)
        if len(dropped) < len(self._dropped):
            raise _UnusualError
        patient = prefetch.get("patient")
        if isinstance(patient, dict) and "entry" in patient:
            raise _UnusualError
        for name in _BUNDLED:
            for entry in (prefetch.get(name) or {}).get("entry", ()):
                if _name_of(entry["resource"]) in dropped:
                    raise _UnusualError

    def _bundle(self, bundle: _Bundle, need: str) -> Json:
        """Return a Bundle without the entries no rule can use; its total is of those left."""
        left = [_as_written(entry) for entry in self._kept(bundle.entry, need)]
        for entry in left:
            self._named.update(_conditions_named(entry["resource"]))
        unused = len(bundle.entry) - len(left)
        if unused:
            self._unused[need] = unused
        made: dict[str, Any] = {"resourceType": "Bundle", "type": "searchset", "entry": left}
        if bundle.total is not ABSENT:
            total = _TOTAL.decode(bundle.total)
            if total < unused:
                raise _UnusualError
            made["total"] = total - unused
        if bundle.link is not ABSENT:
            made["link"] = _whole(bundle.link, _IN_BUNDLE)
        if bundle.meta is not ABSENT:
            _whole(bundle.meta, _IN_BUNDLE)
        return made

    def _kept(self, entries: list[_Entry], need: str) -> list[_Entry]:
        """Return the entries that must be read in full; only a plain head allows to drop one."""
        if need not in _HEADS:
            return entries
        kind, decoder = _HEADS[need]
        decode, is_ordinary = decoder.decode, partial(_QUESTIONS[need], self)
        mine, kept = self._mine, []
        for entry in entries:
            if memoryview(entry.resource).nbytes > _LONGEST:
                kept.append(entry)
                continue
            try:
                head = decode(entry.resource)
            except msgspec.ValidationError:
                kept.append(entry)
                continue
            if (
                head.is_of(mine)
                and _mode_of(entry.search) == "match"
                and is_ordinary(head)
                and _is_address_of(entry.fullUrl, head.id)
            ):
                self._dropped.append((kind, head.id))
                self._left.append(entry.resource)
            else:
                kept.append(entry)
        return kept

    def is_ordinary_order(self, order: _Order) -> bool:
        """Say whether no rule can use an order."""
        is_plain = order.medicationReference is ABSENT
        return is_plain and self._triage.is_ordinary_drug(order.medicationCodeableConcept)

    def is_no_score(self, found: _Observation) -> bool:
        """Say whether an observation and its components are no scores."""
        is_no_scale = self._triage.is_no_scale
        if not is_no_scale(found.code):
            return False
        return not found.component or all(is_no_scale(part.code) for part in found.component)

    def is_no_diagnosis(self, condition: _Condition) -> bool:
        """Say whether a condition is none of ours, and nothing kept refers to it."""
        is_named = self._named and f"{_CONDITION}/{condition.id}" in self._named
        return not is_named and self._triage.is_no_diagnosis(condition.code)


_QUESTIONS: Final[Mapping[str, Callable[[_Walk, Any], bool]]] = {
    "medications": _Walk.is_ordinary_order,
    "scores": _Walk.is_no_score,
    "conditions": _Walk.is_no_diagnosis,
}
"""What is asked of the head of a resource, by need."""


def _check_left(left: list[msgspec.Raw]) -> None:
    """Check the depth and the numbers of what is left as text, all of it at once."""
    text = _BETWEEN.join(left)
    if may_be_too_large(text):
        raise _UnusualError
    deepest = DEEPEST - _IN_ENTRY
    for openings, resource in zip(
        text.translate(None, _NOT_SEEN).split(_BETWEEN), left, strict=False
    ):
        if len(openings) > deepest:
            _checked(resource, _IN_ENTRY)


_BETWEEN: Final = b"\0"
"""No byte of JSON."""
_NOT_SEEN: Final = bytes(byte for byte in range(256) if byte not in b"{[" + _BETWEEN)


def _mode_of(search: _Search) -> str:
    """Return why an entry is there; what it scores says nothing, but is checked."""
    if search.score is not ABSENT:
        _whole(search.score, _IN_SEARCH)
    return search.mode


def _conditions_named(resource: object) -> Iterator[str]:
    """Yield the references to conditions that a reader of the resource would follow."""
    if isinstance(resource, dict):
        for link in rows(resource.get("reasonReference")):
            yield relative(reference_of(link))
        for row in rows(resource.get("diagnosis")):
            yield relative(reference_of(row.get("condition")))


def _name_of(resource: object) -> tuple[str, str]:
    """Return type and id of a resource that has both plainly and is no Bundle of others."""
    if isinstance(resource, dict) and "entry" not in resource:
        kind, local = resource.get("resourceType"), resource.get("id")
        if isinstance(kind, str) and isinstance(local, str) and local == local.strip() != "":
            return kind.strip(), local
    raise _UnusualError


def _is_address_of(url: str, local: str) -> bool:
    """Say whether an entry's address is absent or plainly that of its resource."""
    if not local or local != local.strip():
        return False
    return not url or (url.startswith("http") and url.endswith(f"/{local}"))


def _as_written(entry: _Entry) -> Json:
    made: dict[str, Any] = {"resource": _whole(entry.resource, _IN_ENTRY)}
    if entry.fullUrl:
        made["fullUrl"] = entry.fullUrl
    if entry.search is not _MATCH:
        made["search"] = {"mode": _mode_of(entry.search)}
    return made


def _whole(raw: msgspec.Raw, around: int) -> Any:  # noqa: ANN401 - any JSON value
    """Return a value decoded in full."""
    return orjson.loads(_checked(raw, around))


def _checked(raw: msgspec.Raw, around: int) -> bytes:
    """Return the text of a value after checking that it is not too deep where it stands."""
    text = bytes(raw)
    if is_deeper(text, DEEPEST - around):
        raise BadRequest(f"body: more than {DEEPEST} levels")
    return text
