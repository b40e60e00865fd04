"""Which parts belong to one administration of a scale?

A total may stand alone, items may be components, Observations of their own, or answers; what
belongs to one instrument and one moment is one administration. A missing total is added up only
when every item is there.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final, NamedTuple

from trd.chart import DataIssue, ScaleScore
from trd.dates import Day
from trd.knowledge import Scales


class PartKey(NamedTuple):
    """What parts of one administration share: instrument, day, moment, encounter, status."""

    instrument: str
    on: Day
    preliminary: bool
    at: str
    encounter: str


@dataclass(slots=True)
class Part:
    """What is known of one administration; ``totals`` holds every total that is recorded."""

    totals: set[int] = field(default_factory=set)
    items: dict[int, int] = field(default_factory=dict)
    unreadable: set[int] = field(default_factory=set)
    difficulty: str | None = None
    evidence: set[str] = field(default_factory=set)

    def add(self, other: "Part") -> None:
        """Take over what another part of the same administration tells; the higher item stands."""
        self.totals |= other.totals
        for item, value in other.items.items():
            self.items[item] = max(value, self.items.get(item, value))
        self.unreadable |= other.unreadable
        self.difficulty = self.difficulty or other.difficulty
        self.evidence |= other.evidence

    def agrees(self, other: "Part") -> bool:
        """Say whether two parts with the same total may be one administration recorded twice."""
        shared = self.items.keys() & other.items.keys()
        same_items = all(self.items[item] == other.items[item] for item in shared)
        return self.totals == other.totals and same_items


Parts = dict[PartKey, Part]

_NEITHER: Final = "neither total is used"
_AS_CHARTED: Final = "the charted total is used"


def join_scores(parts: Parts, scales: Scales, issues: list[DataIssue]) -> list[ScaleScore]:
    """Join the parts of one administration and return every score.

    Parts of one instrument and day are one administration when at most one of them has a total of
    its own; a total is added up only from all items.
    """
    by_day: dict[tuple[str, Day, bool], list[tuple[PartKey, Part]]] = {}
    for key in sorted(parts):
        by_day.setdefault(key[:3], []).append((key, parts[key]))
    found = [
        _score(key, part, scales, issues)
        for group in by_day.values()
        for key, part in (_merged(group) if len(group) > 1 else group)
    ]
    return [score for score in found if score is not None]


def _merged(group: Sequence[tuple[PartKey, Part]]) -> list[tuple[PartKey, Part]]:
    """Join what is one administration; several totals of one day stay apart unless they agree."""
    whole: list[tuple[PartKey, Part]] = []
    rest = []
    for key, part in group:
        if not part.totals:
            rest.append((key, part))
            continue
        twin = next((held for _, held in whole if held.agrees(part)), None)
        if twin is None:
            whole.append((key, _copied(part)))
        else:
            twin.add(part)
    if len(whole) > 1:
        return [*whole, *rest]
    key, joined = whole[0] if whole else (rest[-1][0], Part())
    for _, part in rest:
        joined.add(part)
    return [(key, joined)]


def _copied(part: Part) -> Part:
    made = Part()
    made.add(part)
    return made


def _score(key: PartKey, part: Part, scales: Scales, issues: list[DataIssue]) -> ScaleScore | None:
    evidence = tuple(sorted(part.evidence))
    if len(part.totals) > 1:
        what = f"two different {key.instrument} totals of one moment"
        issues += [DataIssue(reference, "value[x]", what, _NEITHER) for reference in evidence]
    summed = _added_up(key.instrument, part.items, scales)
    total = next(iter(part.totals)) if len(part.totals) == 1 else None
    if not part.totals:
        total = summed
    elif total is not None and summed not in {None, total}:
        what = f"the {key.instrument} total {total} is not the sum of its items, {summed}"
        issues += [DataIssue(reference, "value[x]", what, _AS_CHARTED) for reference in evidence]
    if total is None and not part.items and not part.unreadable:
        return None
    return ScaleScore(
        instrument=key.instrument,
        on=key.on,
        at=key.at,
        total=total,
        items=part.items,
        unreadable_items=frozenset(part.unreadable),
        difficulty=part.difficulty,
        preliminary=key.preliminary,
        evidence=evidence,
        encounter=key.encounter or None,
    )


def _added_up(instrument: str, items: Mapping[int, int], scales: Scales) -> int | None:
    wanted = scales.item_counts.get(instrument)
    return sum(items.values()) if wanted is not None and len(items) == wanted else None
