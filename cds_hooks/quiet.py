"""Which cards stay away because a reader has seen them?

At the signing of an order a card is not repeated for the same draft. Beyond that a card stays away
only in a quiet period, which feedback starts and a new fact ends; a critical card never for longer
than a day. Pure functions; the lengths are data (``quiet.toml``).
"""

import tomllib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from importlib.resources import files
from typing import Final

from cds_hooks.advice import KeptBack, Made
from cds_hooks.cards import REASONS, Indicator, Topic
from store.rows import FeedbackRow, QuietPeriod, ShownCard

REPEATED: Final = "repeated-for-draft"
QUIET: Final = "quiet-period"
SIGNING: Final = "order-sign"

_ACCEPTED: Final = "accepted"
_UNTIL_NEW_FACT: Final = "until-new-fact"


@dataclass(frozen=True, slots=True, kw_only=True)
class QuietLengths:
    """How long what a reader did keeps a card away, and the longest that safety may be.

    ``repeat`` is how long a card is not shown again at signing for the same draft.
    """

    accepted: timedelta
    by_reason: Mapping[str, timedelta]
    safety: timedelta
    repeat: timedelta


@cache
def quiet_lengths() -> QuietLengths:
    """Return the lengths as shipped."""
    table = tomllib.loads((files("cds_hooks") / "quiet.toml").read_text(encoding="utf-8"))
    longest = table["until_new_fact_days"]

    def length(days: int | str) -> timedelta:
        return timedelta(days=float(longest if days == _UNTIL_NEW_FACT else days))

    return QuietLengths(
        accepted=length(table["accepted_days"]),
        by_reason={reason: length(days) for reason, days in table["days"].items()},
        safety=timedelta(hours=table["safety_hours"]),
        repeat=timedelta(hours=table["repeat_hours"]),
    )


def not_seen(
    made: Iterable[Made],
    hook: str,
    shown: Sequence[ShownCard],
    quiet: Sequence[QuietPeriod],
    now: datetime,
) -> tuple[tuple[Made, ...], tuple[KeptBack, ...]]:
    """Return the cards to send and those kept back; ``shown`` and ``quiet`` are this patient's."""
    sent: list[Made] = []
    kept_back: list[KeptBack] = []
    for one in made:
        reason = _reason(one, hook, shown, quiet, now)
        if reason:
            kept_back.append(KeptBack(topic=one.topic, reason=reason))
        else:
            sent.append(one)
    return tuple(sent), tuple(kept_back)


def _reason(
    made: Made,
    hook: str,
    shown: Sequence[ShownCard],
    quiet: Sequence[QuietPeriod],
    now: datetime,
) -> str:
    """Return why a card is kept back, "" where it is not."""
    if hook == SIGNING and any(is_repeat(made, one, now) for one in shown):
        return REPEATED
    return QUIET if any(is_quiet(made, one, now) for one in quiet) else ""


def is_repeat(made: Made, shown: ShownCard, now: datetime) -> bool:
    """Say whether a card of this topic was shown for these very drafts a short while ago."""
    drafts = set(made.draft.split())
    is_same = made.topic.value == shown.topic and bool(drafts) and drafts <= {*shown.draft.split()}
    return is_same and now - shown.at < quiet_lengths().repeat


def is_quiet(made: Made, period: QuietPeriod, now: datetime) -> bool:
    """Say whether a period keeps a card away: the same topic resting on the same facts.

    A critical card is not kept away by a period that has more than a day to run.
    """
    is_same = (period.topic, period.facts) == (made.topic.value, made.facts)
    left = period.until - now
    if _is_urgent(made.topic.value, made.indicator.value):
        return is_same and timedelta() < left <= quiet_lengths().safety
    return is_same and timedelta() < left


def period_of(row: FeedbackRow, shown: ShownCard, since: datetime) -> QuietPeriod | None:
    """Return the quiet period that feedback on a shown card starts, None where it starts none.

    ``since`` is when the reader decided; the same feedback again gives the same period.
    """
    lengths, is_accepted = quiet_lengths(), row.outcome == _ACCEPTED
    length = lengths.accepted if is_accepted else None
    if not is_accepted and row.reason_system == REASONS:
        length = lengths.by_reason.get(row.reason_code)
    if length is None:
        return None
    if _is_urgent(shown.topic, shown.indicator):
        length = min(length, lengths.safety)
    return QuietPeriod(
        site=row.site,
        patient="",
        topic=shown.topic,
        until=since + length,
        reason=_ACCEPTED if is_accepted else row.reason_code,
        facts=shown.facts,
        card=row.card,
    )


def _is_urgent(topic: str, indicator: str) -> bool:
    return topic == Topic.SAFETY.value or indicator == Indicator.CRITICAL.value
