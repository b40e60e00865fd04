"""What does the chart say?

Plain facts of one patient, as read and before any judgement: medication records, dispenses,
scores, answers, diagnoses, procedures, encounters, referrals; what was not usable and why; and how
completely each need was read. Days are ordinals (``trd.dates``); doses are mg of the ingredient
per day. ``evidence`` is always a relative reference such as "MedicationRequest/7".
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from trd.dates import Day


class ReadStatus(StrEnum):
    """How completely one need arrived. Only ``complete`` allows a negative statement."""

    COMPLETE = "complete"
    PARTIAL = "partial"
    FAILED = "failed"
    NOT_ASKED = "not-asked"


@dataclass(frozen=True, slots=True)
class NeedRead:
    """One need, how completely it was read, and how many resources it held.

    ``because`` says why it was not read wholly, "" where that is not known.
    """

    need: str
    status: ReadStatus
    count: int
    because: str = ""


@dataclass(frozen=True, slots=True)
class DataIssue:
    """A resource used with a note, or not used: which element, what is wrong, what follows."""

    resource: str
    element: str
    what: str
    effect: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PatientFacts:
    """The patient's id, birth date under the reading in force, and whether a death is recorded.

    ``born`` is None where the birth date is missing, cannot be read or is told in two ways.
    """

    id: str
    born: Day | None
    deceased: bool
    name: str = ""


class MatchedBy(StrEnum):
    """By what a drug was recognised."""

    CODE = "code"
    ATC = "ATC code"
    TEXT = "text"


@dataclass(frozen=True, slots=True, kw_only=True)
class Drug:
    """A recognised drug: the ingredient's name in the knowledge, and what the product tells.

    ``strength_mg`` is mg of ingredient in one unit, None where the product does not say;
    ``release`` is "immediate", "extended", "patch" or None where the form is not known;
    ``special_use`` names a product made for another use ("smoking-cessation", …); ``factor`` turns
    mg of the recorded salt into mg of the reference salt (1 except bupropion hydrobromide);
    ``per_ml``: a liquid, one unit is a millilitre. ``doubt``: what of its strength was told in two
    ways, "" if nothing; the strength is then not known.
    """

    ingredient: str
    matched_by: MatchedBy
    strength_mg: float | None = None
    release: str | None = None
    special_use: str | None = None
    factor: float = 1.0
    weekly_product: bool = False
    per_ml: bool = False
    doubt: str = field(default="", compare=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class DoseStep:
    """One stretch of an instruction: from, to (inclusive), and mg per day as a range.

    ``low`` and ``high`` are None together when the dose is unknown; ``because`` says why.
    """

    start: Day | None
    end: Day | None
    low: float | None
    high: float | None
    because: str = ""


class RecordKind(StrEnum):
    """Where a medication record comes from."""

    ORDER = "order"
    REPORTED = "reported"


class Indication(StrEnum):
    """What a recorded reason for a drug says it is for."""

    DEPRESSION = "depression"
    SLEEP = "sleep"
    PAIN = "pain"
    MIGRAINE = "migraine"
    SMOKING = "smoking"
    OTHER = "other"


class StopReason(StrEnum):
    """What a recorded reason for stopping says; several may be said at once.

    ``NOT_TAKEN``: never, or not as ordered; ``STOPPED_TAKING``: the patient ended it.
    """

    NO_EFFECT = "no-effect"
    SIDE_EFFECT = "side-effect"
    NOT_TAKEN = "not-taken"
    STOPPED_TAKING = "stopped-taking"
    REMISSION = "remission"
    RESPONSE = "response"
    OTHER = "other"


@dataclass(frozen=True, slots=True, kw_only=True)
class MedicationRecord:
    """One order or statement of a recognised drug that is evidence of exposure.

    ``start`` and ``end`` are the closed or open bounds of the instruction; ``authored`` the day
    it was written; ``supply_days`` days covered with ``repeats``, ``units`` the number of units
    with repeats where days cannot be told without a dose; ``validity`` the dispense window.
    ``indication_conflict``: whether it is for depression is said both ways, or in doubt;
    ``end_unknown``: an end is written that cannot be read, so that no end is not an open one.
    ``one_time``: a single dose, on the day it starts. ``day_parts`` are the parts of the day it
    names; ``renews`` the orders it renews or replaces, ``carries_out`` those it is based on or
    repeats; ``group`` the requisition it was written on, "" where none is named.
    ``stopped_after``: the fewest days in which its words say that it had no effect.
    """

    evidence: str
    kind: RecordKind
    drug: Drug
    status: str
    authored: Day | None
    start: Day | None
    end: Day | None
    steps: tuple[DoseStep, ...]
    supply_days: float | None = None
    repeats: float = 0
    units: float | None = None
    validity: tuple[Day | None, Day | None] | None = None
    as_needed: bool = False
    at_bedtime: bool = False
    indications: frozenset[Indication] = frozenset()
    indication_text: str = ""
    indication_conflict: bool = False
    stop_reasons: frozenset[StopReason] = frozenset()
    stop_text: str = ""
    stopped_after: int | None = None
    end_unknown: bool = False
    one_time: bool = False
    day_parts: frozenset[str] = frozenset()
    renews: tuple[str, ...] = ()
    carries_out: tuple[str, ...] = ()
    group: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Dispense:
    """One hand-over of a recognised drug. ``days`` is the recorded days' supply, None if absent.

    ``orders`` are the orders of the chart that authorised it, ``day_parts`` the parts of the day
    its instruction names.
    """

    evidence: str
    drug: Drug
    on: Day
    days: float | None
    units: float | None
    low: float | None
    high: float | None
    orders: tuple[str, ...] = ()
    day_parts: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class NotRecognised:
    """A medication record whose drug could not be told from any code or name."""

    evidence: str
    label: str
    start: Day | None
    because: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ScaleScore:
    """One administration of a scale: the total (None if only items are there) and its items.

    ``at`` is the moment as written, only to order two administrations of one day;
    ``preliminary`` results count for a crisis signal, with a note, and never for an outcome.
    ``items`` are answers by item number; ``unreadable_items`` were there but could not be read.
    """

    instrument: str
    on: Day
    at: str
    total: int | None
    items: Mapping[int, int]
    unreadable_items: frozenset[int] = frozenset()
    difficulty: str | None = None
    preliminary: bool = False
    evidence: tuple[str, ...] = ()
    encounter: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class UnreadTotal:
    """A final total of a scale that is there and cannot be read; ``on`` None: nor can its day."""

    instrument: str
    on: Day | None
    evidence: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SafetyAnswer:
    """One answer of a suicide-risk screen: ``item`` is the knowledge's name for the question.

    ``value`` is "yes", "no", a number as text, or the text stored; None: asked, answer not read.
    ``on`` is None where no date is recorded.
    """

    item: str
    instrument: str
    on: Day | None
    at: str
    value: str | None
    preliminary: bool
    evidence: str
    encounter: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ConceptHit:
    """One concept of the knowledge that a code or text stands for, with its attributes."""

    concept: str
    label: str
    severity: str = ""
    course: str = ""
    psychotic: bool = False
    subtype: str = ""
    tms_flag: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Diagnosis:
    """A condition (or an implant's device record) with the concepts it stands for.

    ``clinical`` and ``verification`` are FHIR codes, "" where absent. ``by_text`` marks a
    recognition by words alone. ``encounter_on`` is the day of its encounter, where known.
    """

    evidence: str
    hits: tuple[ConceptHit, ...]
    label: str
    onset: Day | None = None
    abated: Day | None = None
    recorded: Day | None = None
    encounter_on: Day | None = None
    encounter: str | None = None
    clinical: str = ""
    verification: str = ""
    by_text: bool = False
    code: str = ""

    def concepts(self) -> frozenset[str]:
        """Return the names of the concepts it stands for."""
        return frozenset(hit.concept for hit in self.hits)

    def is_provisional(self) -> bool:
        """Say whether the diagnosis is labelled unconfirmed, provisional or differential."""
        return self.verification in {"unconfirmed", "provisional", "differential"}

    def is_over(self) -> bool:
        """Say whether the clinical status says inactive, resolved or remission."""
        return self.clinical in {"inactive", "resolved", "remission"}


@dataclass(frozen=True, slots=True, kw_only=True)
class ProcedureDone:
    """A treatment that was given; ``kind`` is "tms", "ect", "vns", "esketamine", and so on.

    ``until`` is the last day of a record that stands for several days; ``is_course``: it stands
    for a course of sessions nobody counted. ``side`` is "bilateral", "unilateral" or "" (ECT);
    ``unconfirmed``: its status does not say that it took place.
    """

    evidence: str
    kind: str
    on: Day | None
    until: Day | None = None
    is_course: bool = False
    outcome: str = ""
    side: str = ""
    by_text: bool = False
    unconfirmed: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Visit:
    """An encounter that took place. ``kind`` is "inpatient", "emergency", "outpatient" or ""."""

    evidence: str
    kind: str
    psychiatric: bool
    start: Day | None
    end: Day | None
    hits: tuple[ConceptHit, ...]
    in_progress: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Referral:
    """An order for a treatment that is no drug, or its refusal (``status`` "declined").

    ``kind`` is that of a procedure: "tms", "ect", an implant, …; never "".
    """

    evidence: str
    kind: str
    status: str
    on: Day | None


@dataclass(frozen=True, slots=True, kw_only=True)
class LabLevel:
    """A drug level, e.g. lithium in mmol/L."""

    evidence: str
    drug: str
    on: Day
    value: float


@dataclass(frozen=True, slots=True, kw_only=True)
class PatientChart:
    """Everything read of one patient. Every tuple is sorted, so input order does not matter.

    ``unplaced_dispenses`` are ingredients handed over, or perhaps so, on days that cannot be told.
    """

    patient: PatientFacts
    medications: tuple[MedicationRecord, ...] = ()
    dispenses: tuple[Dispense, ...] = ()
    not_recognised: tuple[NotRecognised, ...] = ()
    scores: tuple[ScaleScore, ...] = ()
    answers: tuple[SafetyAnswer, ...] = ()
    diagnoses: tuple[Diagnosis, ...] = ()
    procedures: tuple[ProcedureDone, ...] = ()
    visits: tuple[Visit, ...] = ()
    referrals: tuple[Referral, ...] = ()
    levels: tuple[LabLevel, ...] = ()
    issues: tuple[DataIssue, ...] = ()
    reads: tuple[NeedRead, ...] = ()
    has_partial_dates: bool = False
    status_by_need: Mapping[str, ReadStatus] = field(default_factory=dict)
    unplaced_dispenses: frozenset[str] = frozenset()
    unread_totals: tuple[UnreadTotal, ...] = ()

    def read_status(self, need: str) -> ReadStatus:
        """Return how completely a need was read; a need nobody asked for is ``not-asked``."""
        return self.status_by_need.get(need, ReadStatus.NOT_ASKED)

    def why_unread(self, need: str) -> str:
        """Return why a need was not read wholly, "" where that is not known."""
        return next((row.because for row in self.reads if row.need == need), "")

    def is_complete(self, *needs: str) -> bool:
        """Say whether every one of these needs was read completely."""
        return all(self.read_status(need) is ReadStatus.COMPLETE for need in needs)
