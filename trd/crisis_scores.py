"""What do the scales say that concerns safety?

Item 9 of PHQ-9 and PHQ-A as answered, as a total implies it and as it rose, a severe score with
extreme difficulty, and EPDS item 10. Each fact becomes a ``Sighting`` with the windows of its row.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from itertools import pairwise
from typing import Final

from trd.chart import ScaleScore
from trd.crisis_signals import EasedBy, Sighting, Windows, on_day
from trd.knowledge.criteria import CrisisCriteria

ITEM9: Final = 9
_EPDS_ITEM: Final = 10
_ITEM9_INSTRUMENTS: Final = ("PHQ-9", "PHQ-A")
_ITEM9_WORDS: Final[Mapping[int, str]] = {
    1: "several days",
    2: "more than half the days",
    3: "nearly every day",
}
_PRELIMINARY: Final = " (preliminary result)"


def score_sightings(scores: Iterable[ScaleScore], criteria: CrisisCriteria) -> Iterator[Sighting]:
    """Yield what each score says, and each rise of item 9 from 0 to 1.

    Rule: R16.
    """
    kept = tuple(scores)
    for score in kept:
        yield from _item9_sightings(score, criteria)
        yield from _epds_sightings(score, criteria)
        yield from _difficulty_sightings(score, criteria)
    for earlier, later in item9_rises(kept):
        if (earlier.items[ITEM9], later.items[ITEM9]) == (0, 1):
            yield _rise_sighting(earlier, later, criteria)


def item9_windows(answer: int, criteria: CrisisCriteria) -> Windows:
    """Return the windows of an answer to item 9 above 0.

    Rule: R16.
    """
    if answer >= criteria.item9_critical_from:
        return Windows(critical=criteria.item9_critical_days, warning=criteria.critical_fades_days)
    return Windows(warning=criteria.item9_warning_days)


def item9_words(answer: int) -> str:
    """Write an answer to item 9 as its number and its words."""
    return f"{answer} ({_ITEM9_WORDS[answer]})" if answer in _ITEM9_WORDS else f"{answer}"


def has_item9(score: ScaleScore) -> bool:
    """Say whether the scale is one whose item 9 counts."""
    return score.instrument in _ITEM9_INSTRUMENTS


def points_at_least(score: ScaleScore) -> int:
    """Return the total, or where it is not recorded what its readable items add up to."""
    return score.total if score.total is not None else sum(score.items.values())


def item9_implied(score: ScaleScore, criteria: CrisisCriteria) -> int | None:
    """Return the least answer to item 9 that a total allows where item 9 was not read, or None.

    Rule: R16.
    """
    if ITEM9 in score.items or score.total is None:
        return None
    if score.total >= criteria.total_implies_two_from:
        return 2 + score.total - criteria.total_implies_two_from
    return 1 if score.total >= criteria.total_implies_one_from else None


def rise_words(earlier: ScaleScore, later: ScaleScore) -> str:
    """Write how item 9 rose."""
    return (
        f"item 9 rose from {earlier.items[ITEM9]}{on_day(earlier.on)}"
        f" to {later.items[ITEM9]}{on_day(later.on)}"
    )


def item9_rises(scores: Iterable[ScaleScore]) -> tuple[tuple[ScaleScore, ScaleScore], ...]:
    """Return each pair of neighbouring scores of one instrument whose item 9 rose.

    Rule: R16.
    """
    rises: list[tuple[ScaleScore, ScaleScore]] = []
    for instrument in _ITEM9_INSTRUMENTS:
        read = [s for s in scores if s.instrument == instrument and ITEM9 in s.items]
        read.sort(key=lambda score: (score.on, score.at, score.items[ITEM9], score.evidence))
        rises.extend(
            (earlier, later)
            for earlier, later in pairwise(read)
            if later.items[ITEM9] > earlier.items[ITEM9]
        )
    return tuple(rises)


def _item9_sightings(score: ScaleScore, criteria: CrisisCriteria) -> Iterator[Sighting]:
    """Yield item 9 as answered, as the total implies, or as asked and not read.

    Rule: R16.
    """
    if not has_item9(score):
        return
    implied = item9_implied(score, criteria)
    if implied is None and ITEM9 in score.unreadable_items - score.items.keys():
        windows = Windows(warning=criteria.screen_warning_days)
        because = f"{score.instrument} item 9 asked{on_day(score.on)}: assessed, result not read"
        yield _sighting("assessment-unread", score, windows, because)
        return
    answer = score.items.get(ITEM9, 0) if implied is None else implied
    if answer == 0:
        return
    because = f"{score.instrument} item 9 answered {item9_words(answer)}{on_day(score.on)}"
    if implied is not None:
        because = (
            f"{score.instrument} total {score.total}{on_day(score.on)}, item 9 not read: "
            f"the total implies an answer of at least {item9_words(answer)}"
        )
    sighting = _sighting("phq9-item9", score, item9_windows(answer, criteria), because)
    yield replace(sighting, eased_by=EasedBy.ANY_SCREEN)


def _rise_sighting(earlier: ScaleScore, later: ScaleScore, criteria: CrisisCriteria) -> Sighting:
    because = f"{later.instrument} {rise_words(earlier, later)}"
    windows = Windows(warning=criteria.item9_warning_days)
    rise = _sighting("phq9-item9-rise", later, windows, because)
    return replace(rise, evidence=(*earlier.evidence, *later.evidence))


def _epds_sightings(score: ScaleScore, criteria: CrisisCriteria) -> Iterator[Sighting]:
    """Yield item 10 of an EPDS where it is positive, or there and unreadable.

    Rule: R16.
    """
    if score.instrument != "EPDS":
        return
    windows = Windows(warning=criteria.screen_warning_days)
    if score.items.get(_EPDS_ITEM, 0) > 0:
        because = f"EPDS item 10 answered {score.items[_EPDS_ITEM]}{on_day(score.on)}"
        yield _sighting("epds-item10", score, windows, because)
    elif _EPDS_ITEM in score.unreadable_items:
        because = f"EPDS item 10 asked{on_day(score.on)}: assessed, result not read"
        yield _sighting("assessment-unread", score, windows, because)


def _difficulty_sightings(score: ScaleScore, criteria: CrisisCriteria) -> Iterator[Sighting]:
    """Yield a severe score with functioning extremely difficult.

    Rule: R16.
    """
    points = points_at_least(score)
    if not has_item9(score) or points < criteria.severe_score:
        return
    if "extremely" in (score.difficulty or "").casefold():
        windows = Windows(warning=criteria.self_neglect_warning_days)
        because = (
            f"{score.instrument} total {points} with functioning extremely difficult"
            f"{on_day(score.on)}"
        )
        yield _sighting("severe-with-difficulty", score, windows, because)


def _sighting(kind: str, score: ScaleScore, windows: Windows, because: str) -> Sighting:
    return Sighting(
        kind=kind,
        on=score.on,
        windows=windows,
        because=because + _PRELIMINARY * score.preliminary,
        evidence=score.evidence,
        encounter=score.encounter,
        at=score.at,
    )
