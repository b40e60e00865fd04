"""What does every reader need beside the resource it reads?

One ``ReadContext`` serves one pass over one chart: the knowledge and its indexes, the reading of
partial dates, what was gathered, and the place where what is odd is noted.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from trd.chart import DataIssue, Drug
from trd.dates import Day
from trd.knowledge import Knowledge
from trd.read.access import Json, evidence_of, modifier_of, words
from trd.read.days import DayReader
from trd.read.drug_words import Named
from trd.read.drugs import DrugNames
from trd.read.gathered import Gathered, resolved
from trd.read.needs import NEED_BY_TYPE
from trd.read.remarks import Remark
from trd.read.sig import Sig
from trd.read.vocabulary import Meaning, Vocabulary


@dataclass(slots=True, kw_only=True)
class ReadContext:
    """The means of one pass over one chart.

    ``issues`` is filled by the readers, ``lost`` with the needs of which something was not usable
    that could have mattered: they are not read completely. All below them keep what words and
    instructions were read as, so that what is met twice is worked out once.
    """

    knowledge: Knowledge
    vocabulary: Vocabulary
    days: DayReader
    gathered: Gathered
    drug_names: DrugNames
    medications: Mapping[str, Json] = field(default_factory=dict)
    orders: Mapping[str, Json] = field(default_factory=dict)
    conditions: Mapping[str, Json] = field(default_factory=dict)
    visit_days: Mapping[str, Day | None] = field(default_factory=dict)
    issues: list[DataIssue] = field(default_factory=list)
    lost: set[str] = field(default_factory=set)
    spoken_meanings: dict[str, Meaning | None] = field(default_factory=dict)
    sigs: dict[str, Sig] = field(default_factory=dict)
    lines: dict[tuple[str, Drug], Any] = field(default_factory=dict)
    remarks: dict[str, Remark] = field(default_factory=dict)
    named: dict[str, Named] = field(default_factory=dict)

    def note(self, resource: Json, element: str, what: str, effect: str) -> None:
        """Keep what is odd about a resource, and what follows from it."""
        self.issues.append(DataIssue(evidence_of(resource), element, what, effect))

    def note_unread(self, resource: Json, written: Mapping[str, object]) -> frozenset[str]:
        """Note these dates that are written but cannot be read, and return their elements.

        An element may have several dates, as a tuple.
        """
        unread = set()
        for element, value in written.items():
            if value is None:
                continue
            values = value if isinstance(value, tuple) else (value,)
            if any(map(self.days.is_unreadable, values)):
                self.note(resource, element, "the date cannot be read", "the day is not known")
                unread.add(element)
        return frozenset(unread)

    def lose(self, resource: Json) -> None:
        """Remember that a resource of the chart could not be used: its need is read in part."""
        self.lost.add(NEED_BY_TYPE[words(resource.get("resourceType"))])

    def medication(self, reference: str) -> Json | None:
        """Return the Medication a literal reference means, or None; a mistaken one is none."""
        found = self.medications.get(resolved(self.gathered, reference))
        return found if found is not None and is_usable_medication(found) else None

    def condition(self, reference: str) -> Json | None:
        """Return the Condition a literal reference means, or None."""
        return self.conditions.get(resolved(self.gathered, reference))


def is_usable_medication(medication: Json) -> bool:
    """Say whether a Medication's words may be believed."""
    return not modifier_of(medication) and words(medication.get("status")) != "entered-in-error"
