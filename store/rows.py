"""What are the rows we keep made of?

Plain values going in and out of the store; nothing here knows a table. Moments are UTC. Patients
go in by (site, patient id) and are kept as a keyed hash, except in the audit.
"""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditRow:
    """One audit event: what it is looked up by, and its whole text as JSON.

    ``event`` is its own id: delivered again, it is kept once. Without one every row is another.
    """

    at: datetime
    kind: str
    site: str
    patient: str
    text: bytes
    event: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownCard:
    """One card that was sent. ``facts`` is a digest of what it spoke of: a new fact, a new digest.

    ``draft`` is the id of the draft order it was about, "" where it was about none.
    """

    card: str
    at: datetime
    site: str
    patient: str
    service: str
    topic: str
    indicator: str
    facts: str
    draft: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class FeedbackRow:
    """One feedback entry as received. ``comment`` is encrypted at rest; "" where there is none.

    ``outcome`` is "accepted" or "overridden"; ``suggestions`` are the uuids of those accepted;
    ``outcome_at`` is the moment as sent, ``at`` the moment of receipt.
    """

    at: datetime
    site: str
    service: str
    card: str
    outcome: str
    outcome_at: str
    suggestions: tuple[str, ...] = ()
    reason_system: str = ""
    reason_code: str = ""
    comment: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class QuietPeriod:
    """Until when cards of a topic stay away from a patient, and since which override."""

    site: str
    patient: str
    topic: str
    until: datetime
    reason: str
    facts: str
    card: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Correction:
    """One correction by a clinician, appended and never changed (undo is a further row).

    ``trial`` is the key of a trial (ingredient RxCUI and its orders), ``field`` what is corrected;
    ``text`` is JSON with old and new value, encrypted at rest.
    """

    at: datetime
    site: str
    patient: str
    trial: str
    field: str
    author: str
    text: str
    version: int
