"""Which scores leave it open what was measured?

Two totals of one day in no order, and totals that are there but cannot be read. What they could
have said instead is tried or left open: a lost score is never a score that was not taken.

Rules: R4, R5.
"""

from collections.abc import Iterable, Sequence

from trd.chart import ScaleScore, UnreadTotal
from trd.dates import Day, iso
from trd.knowledge.criteria import OutcomeCriteria


def total_of(score: ScaleScore) -> int:
    """Return the total of a score that has one."""
    assert score.total is not None  # noqa: S101 - only scores with a total are judged
    return score.total


def dated(score: ScaleScore) -> str:
    """Write a score with its day."""
    return f"{score.instrument} {score.total} on {iso(score.on)}"


def same_day_variants(scores: Sequence[ScaleScore]) -> list[Sequence[ScaleScore]]:
    """Return the scores, or two readings of them where one day has different totals in no order.

    Two totals of one day are in order when both times of day are written; else the lowest and the
    highest of the day are tried, and only what both say stands.
    """
    by_day: dict[Day, list[ScaleScore]] = {}
    for score in scores:
        by_day.setdefault(score.on, []).append(score)
    unordered = {
        day
        for day, found in by_day.items()
        if len({s.total for s in found}) > 1 and not all("T" in s.at for s in found)
    }
    if not unordered:
        return [scores]
    return [
        [
            s
            for day, found in by_day.items()
            for s in ([choose(found, key=total_of)] if day in unordered else found)
        ]
        for choose in (min, max)
    ]


def unread_between(
    unread: Iterable[UnreadTotal], scores: Iterable[ScaleScore], first: Day, last: Day
) -> list[UnreadTotal]:
    """Return unread totals of these scores' instrument that may lie between two days, inclusive.

    One on a day with a total that was read is the same administration. One without a day may lie
    anywhere.
    """
    known = list(scores)
    names, days = {s.instrument for s in known}, {s.on for s in known}
    return [
        one
        for one in unread
        if one.instrument in names
        and (one.on is None or (first <= one.on <= last and one.on not in days))
    ]


def unread_baselines(
    unread: Iterable[UnreadTotal],
    scores: Iterable[ScaleScore],
    baseline: ScaleScore,
    start: Day,
    criteria: OutcomeCriteria,
) -> list[UnreadTotal]:
    """Return unread totals that would be the baseline instead of the one found. Rule: R4."""
    earliest = start - criteria.baseline_before_days
    if baseline.on <= start:
        return unread_between(unread, scores, baseline.on + 1, start)
    known = list(scores)
    return [
        *unread_between(unread, known, earliest, start),
        *unread_between(unread, known, start + 1, baseline.on - 1),
    ]
