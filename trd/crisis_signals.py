"""What is one crisis signal, and how grave is it on a day?

A ``Sighting`` is a charted fact with the windows its row of the rule gives it; ``signals_of`` turns
sightings into signals: critical, warning or information by age, merged where two records tell of
the same thing, in one fixed order. Nothing here knows where a fact was charted.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from trd.dates import Day, iso


class CrisisLevel(StrEnum):
    """What a signal, or a whole chart, says: a signal is never none or incomplete."""

    CRITICAL = "critical"
    WARNING = "warning"
    INFORMATION = "information"
    NONE = "none"
    INCOMPLETE = "incomplete"


@dataclass(frozen=True, slots=True, kw_only=True)
class CrisisSignal:
    """One charted fact that concerns safety. ``on`` is None where no date is recorded."""

    kind: str
    level: CrisisLevel
    on: Day | None
    because: str
    evidence: tuple[str, ...]


class EasedBy(StrEnum):
    """Which later complete screen turns a critical signal into a warning."""

    NOTHING = "nothing"
    ANY_SCREEN = "any-screen"
    SETTLING_SCREEN = "settling-screen"


@dataclass(frozen=True, slots=True, kw_only=True)
class Windows:
    """For how many days a fact is critical, then a warning; ``kept``: then an information line.

    None: never. A fact with neither window is an information line whatever its date.
    """

    critical: int | None = None
    warning: int | None = None
    kept: bool = False

    def longest(self) -> int | None:
        """Return the days for which the fact raises the level, None where it never does."""
        return max((d for d in (self.critical, self.warning) if d is not None), default=None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Sighting:
    """A charted fact before its age is judged.

    ``at`` is its moment as written ("" where unknown); ``eased_until`` the last day on which a
    later screen still keeps it a warning, None where no screen eased it.
    """

    kind: str
    on: Day | None
    windows: Windows
    because: str
    evidence: tuple[str, ...]
    encounter: str | None = None
    at: str = ""
    eased_by: EasedBy = EasedBy.NOTHING
    eased_until: Day | None = None
    dates_conflict: bool = False


_RANK: Final[Mapping[CrisisLevel, int]] = {
    CrisisLevel.CRITICAL: 0,
    CrisisLevel.WARNING: 1,
    CrisisLevel.INFORMATION: 2,
}


def on_day(day: Day | None) -> str:
    """Write " on 2026-08-30", or nothing where no date is recorded."""
    return "" if day is None else f" on {iso(day)}"


def is_within(age_days: int, limit_days: int | None) -> bool:
    """Say whether an age lies in a window; both ends are inclusive, None is no window."""
    return limit_days is not None and 0 <= age_days <= limit_days


def signals_of(sightings: Iterable[Sighting], as_of: Day) -> tuple[CrisisSignal, ...]:
    """Judge, merge and sort: by level, then newest first (no date last), then kind and evidence.

    Sightings of one kind, date and encounter are one signal: the highest level, all that was said,
    all evidence.

    Rule: R16.
    """
    judged: dict[tuple[str, Day | None, str | None], list[CrisisSignal]] = {}
    for sighting in sightings:
        level = _level(sighting, as_of)
        if level is not None:
            key = (sighting.kind, sighting.on, sighting.encounter)
            judged.setdefault(key, []).append(_signal(sighting, level, as_of))
    return tuple(sorted(map(_joined, judged.values()), key=_order))


def _order(signal: CrisisSignal) -> tuple[int, bool, int, str, tuple[str, ...], str]:
    undated = signal.on is None
    newest_first = 0 if signal.on is None else -signal.on
    rank = _RANK[signal.level]
    return rank, undated, newest_first, signal.kind, signal.evidence, signal.because


def _joined(signals: list[CrisisSignal]) -> CrisisSignal:
    return CrisisSignal(
        kind=signals[0].kind,
        level=min((signal.level for signal in signals), key=_RANK.__getitem__),
        on=signals[0].on,
        because="; ".join(sorted({signal.because for signal in signals})),
        evidence=tuple(sorted({reference for signal in signals for reference in signal.evidence})),
    )


def _signal(sighting: Sighting, level: CrisisLevel, as_of: Day) -> CrisisSignal:
    return CrisisSignal(
        kind=sighting.kind,
        level=level,
        on=sighting.on,
        because=sighting.because + _date_note(sighting, as_of),
        evidence=sighting.evidence,
    )


def _date_note(sighting: Sighting, as_of: Day) -> str:
    if sighting.on is None:
        return " (date not recorded)"
    if sighting.on > as_of:
        return " (date after the assessment day)"
    return " (dates conflict)" if sighting.dates_conflict else ""


def _level(sighting: Sighting, as_of: Day) -> CrisisLevel | None:
    """Return how grave a fact is by its age, None where its windows are over.

    Without a date, with a date after the assessment day, or with dates in conflict: a warning,
    never critical, never hidden. An eased fact is a warning for as long as its own windows last or
    the screen that eased it is recent enough, whichever is longer: the safer reading of "then
    warning for 30 days, never none".

    Rule: R16.
    """
    windows = sighting.windows
    if windows.longest() is None:
        return CrisisLevel.INFORMATION
    if sighting.on is None or sighting.on > as_of or sighting.dates_conflict:
        return CrisisLevel.WARNING
    age_days = as_of - sighting.on
    eased_until = sighting.eased_until
    if eased_until is None and is_within(age_days, windows.critical):
        return CrisisLevel.CRITICAL
    if is_within(age_days, windows.longest()):
        return CrisisLevel.WARNING
    if eased_until is not None and as_of <= eased_until:
        return CrisisLevel.WARNING
    return CrisisLevel.INFORMATION if windows.kept else None
