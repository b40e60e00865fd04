"""How did a trial end: remission, response, inefficacy, intolerance, or can it not be told?

A pair of scores of one instrument decides; a charted reason decides where there is no pair; where
both speak and contradict each other the answer is unknown and both are shown.

Rules: R3 to R7. The numbers are in ``criteria.toml``, table ``outcome``.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from itertools import product

from trd.chart import ScaleScore, StopReason, UnreadTotal
from trd.dates import Day, iso
from trd.doubtful_scores import dated, same_day_variants, total_of, unread_baselines, unread_between
from trd.findings import Verdict
from trd.knowledge.criteria import OutcomeCriteria


class Outcome(StrEnum):
    """How a trial ended."""

    REMISSION = "remission"
    RESPONSE = "response"
    INEFFICACY = "inefficacy"
    INTOLERANCE = "intolerance"
    NON_ADHERENCE = "non-adherence"
    OTHER = "other"
    RUNNING = "running"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True, kw_only=True)
class OutcomeFinding:
    """The outcome, its subtype ("none", "partial" or ""), the reason, and the evidence.

    ``lost_response`` marks a response lost on the same drug; ``might_count`` a running trial that
    adds to ``possible`` (R6); ``confirm`` one still taken that counts and is to be confirmed.
    """

    outcome: Outcome
    because: str
    subtype: str = ""
    evidence: tuple[str, ...] = ()
    lost_response: bool = False
    might_count: bool = False
    confirm: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class OutcomeInput:
    """What the outcome of one course is judged from.

    ``end_score_from`` is day 28 at the minimum, None if it was never reached, ``perhaps_from`` the
    same if the possible days count; ``until`` the last day an end score may lie; ``under`` the
    stretches (inclusive) under an added drug, where a score may show inefficacy but no response,
    ``perhaps_under`` those that may be; ``not_before`` the first day allowed after a cross-taper,
    None: no limit. ``days`` are those documented at the minimum, ``most_days`` with the possible
    ones. ``said`` are the words of the charted reasons, ``unheard`` why none of them counts;
    ``non_adherent`` says why the drug was not taken as ordered, "" if nothing says so; ``unread``
    are totals that cannot be read.
    """

    start: Day
    as_of: Day
    ongoing: bool
    adequacy: Verdict
    days: int
    most_days: int
    end_score_from: Day | None
    perhaps_from: Day | None
    until: Day
    under: tuple[tuple[Day, Day], ...]
    not_before: Day | None
    reasons: frozenset[StopReason]
    said: str
    reason_evidence: tuple[str, ...]
    switched: bool
    non_adherent: str
    unheard: str = "could not be read as a reason"
    unread: tuple[UnreadTotal, ...] = ()
    perhaps_until: Day | None = None
    perhaps_under: tuple[tuple[Day, Day], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class _Pair:
    """A baseline and an end score, and what they say; open: another score may say otherwise."""

    baseline: ScaleScore
    end: ScaleScore
    fall_percent: float
    outcome: Outcome
    lost: bool
    is_open: bool = False
    unread: tuple[UnreadTotal, ...] = ()


def usable(scores: Iterable[ScaleScore], instrument: str, as_of: Day) -> list[ScaleScore]:
    """Return final scores with a total of one instrument up to as-of, oldest first."""
    return [
        s
        for s in scores
        if s.instrument == instrument
        and s.total is not None
        and not s.preliminary
        and s.on <= as_of
    ]


def find_baseline(
    scores: Sequence[ScaleScore], start: Day, criteria: OutcomeCriteria
) -> ScaleScore | None:
    """Return the score nearest to day 1, on or before preferred, or None. Rule: R4."""
    before = [s for s in scores if 0 <= start - s.on <= criteria.baseline_before_days]
    if before:
        return before[-1]
    return next((s for s in scores if 0 < s.on - start <= criteria.baseline_after_days), None)


def fall_percent(baseline: int, end: int) -> float:
    """Return the fall from baseline in percent; a rise is negative."""
    return (baseline - end) * 100 / baseline


def by_score(baseline: int, end: int, criteria: OutcomeCriteria) -> Outcome:
    """Say what a pair means. Rule: R6."""
    if end < criteria.remission_below_score:
        return Outcome.REMISSION
    if fall_percent(baseline, end) >= criteria.response_fall_percent:
        return Outcome.RESPONSE
    if end >= criteria.symptomatic_from_score:
        return Outcome.INEFFICACY
    return Outcome.UNKNOWN


def _pair_of(
    scores: Sequence[ScaleScore], facts: OutcomeInput, criteria: OutcomeCriteria
) -> _Pair | None:
    """Return the pair of scores that speaks, unknown where another reading of them disagrees."""
    variants = same_day_variants(scores)
    found = [_find_pair(v, window, criteria) for window in _windows(facts) for v in variants]
    pair = next((one for one in found[: len(variants)] if one is not None), None)
    if pair is None or facts.end_score_from is None:
        return None
    is_open = len({one.outcome if one else None for one in found}) > 1
    unread = unread_baselines(facts.unread, scores, pair.baseline, facts.start, criteria)
    if pair.outcome not in GOOD:  # a response stands whatever a further score would say
        first = max(facts.end_score_from, facts.not_before or 0)
        unread += unread_between(facts.unread, scores, first, facts.until)
    if not is_open and not unread:
        return pair
    seen = tuple(dict.fromkeys(unread))
    return replace(pair, outcome=Outcome.UNKNOWN, lost=False, is_open=True, unread=seen)


def _windows(facts: OutcomeInput) -> list[OutcomeInput]:
    """Return the window of end scores, and those it would be if undocumented days counted."""
    firsts = dict.fromkeys((facts.end_score_from, facts.perhaps_from))
    lasts = dict.fromkeys((facts.until, facts.perhaps_until))
    unders = dict.fromkeys((facts.under, facts.under + facts.perhaps_under))
    own = facts.end_score_from, facts.until, facts.under
    return [
        facts
        if (first, last, under) == own
        else replace(facts, end_score_from=first, until=last, under=under)
        for first, last, under in product(firsts, lasts, unders)
        if first is not None and last is not None
    ]


def _find_pair(
    scores: Sequence[ScaleScore], facts: OutcomeInput, criteria: OutcomeCriteria
) -> _Pair | None:
    """Return the pair that speaks for a course, or None. Rules: R4, R5, R7."""
    baseline = find_baseline(scores, facts.start, criteria)
    if baseline is None or total_of(baseline) < criteria.baseline_minimum_score:
        return None
    first = max(facts.end_score_from or 0, facts.not_before or 0)
    inside = [s for s in scores if first <= s.on <= facts.until and s is not baseline]
    clean = [s for s in inside if not _is_under(s.on, facts)]
    pairs = [_pair(baseline, s, criteria) for s in clean]
    chosen = pairs[-1] if pairs else None
    if chosen is None or chosen.outcome in {Outcome.UNKNOWN, Outcome.INEFFICACY}:
        # a score under an augmenter that still shows inefficacy counts against the first drug
        under = [_pair(baseline, s, criteria) for s in inside if _is_under(s.on, facts)]
        if under and under[-1].outcome is Outcome.INEFFICACY:
            chosen = under[-1]
    if chosen is None or chosen.outcome in GOOD:
        return chosen
    if any(pair.outcome in GOOD for pair in pairs):
        return replace(chosen, outcome=Outcome.RESPONSE, lost=True)
    return chosen


_GOOD_REASONS = frozenset({StopReason.REMISSION, StopReason.RESPONSE})
GOOD = frozenset({Outcome.REMISSION, Outcome.RESPONSE})
"""The outcomes that are no failure, and that cancel one."""


def _is_under(on: Day, facts: OutcomeInput) -> bool:
    return any(first <= on <= last for first, last in facts.under)


def _pair(baseline: ScaleScore, end: ScaleScore, criteria: OutcomeCriteria) -> _Pair:
    before, after = total_of(baseline), total_of(end)
    return _Pair(
        baseline=baseline,
        end=end,
        fall_percent=fall_percent(before, after),
        outcome=by_score(before, after, criteria),
        lost=False,
    )


def by_reason(reasons: frozenset[StopReason], adequacy: Verdict) -> Outcome | None:
    """Say what the charted reasons mean together, or None where none is charted. Rule: R6."""
    good = reasons & _GOOD_REASONS
    if StopReason.NO_EFFECT in reasons:
        if good:
            return Outcome.UNKNOWN
        if StopReason.SIDE_EFFECT in reasons:
            return _both(adequacy)
        return Outcome.INEFFICACY
    if StopReason.SIDE_EFFECT in reasons:
        return Outcome.INTOLERANCE
    if good:
        return Outcome.REMISSION if StopReason.REMISSION in good else Outcome.RESPONSE
    return Outcome.OTHER if StopReason.OTHER in reasons else None


def _both(adequacy: Verdict) -> Outcome:
    """Side effects and no effect: the adequacy decides what it counts as. Rule: R6."""
    return {
        Verdict.MET: Outcome.INEFFICACY,
        Verdict.NOT_MET: Outcome.INTOLERANCE,
        Verdict.UNKNOWN: Outcome.UNKNOWN,
    }[adequacy]


def _together(scored: Outcome, charted: Outcome | None, facts: OutcomeInput) -> Outcome:
    """Join what the scores and the charted reason say. Rule: R6."""
    if charted is None or scored is charted:
        return scored
    if scored is Outcome.INEFFICACY:
        if StopReason.SIDE_EFFECT in facts.reasons:
            return _both(facts.adequacy)
        return Outcome.UNKNOWN if charted in GOOD else scored
    if scored in GOOD:
        return Outcome.UNKNOWN if StopReason.NO_EFFECT in facts.reasons else scored
    return scored


def judge_outcome(
    scores: Iterable[ScaleScore],
    facts: OutcomeInput,
    instruments: Iterable[str],
    criteria: OutcomeCriteria,
) -> OutcomeFinding:
    """Judge how one course ended, or that it still runs. Rules: R3, R4, R5, R6."""
    known = list(scores)
    by_instrument = [usable(known, name, facts.as_of) for name in sorted(instruments)]
    pairs = [_pair_of(found, facts, criteria) for found in by_instrument]
    pair = next((p for p in pairs if p is not None), None)
    if facts.non_adherent:
        return OutcomeFinding(
            outcome=Outcome.NON_ADHERENCE,
            because=facts.non_adherent,
            evidence=facts.reason_evidence,
        )
    if facts.ongoing:
        return _while_running(pair, by_instrument, facts, criteria)
    charted = by_reason(facts.reasons, facts.adequacy)
    if pair is None:
        return _without_scores(charted, _perhaps(by_instrument, facts, criteria), facts)
    outcome = _together(pair.outcome, charted, facts)
    shown = _shown(pair) + (f"; charted reason: “{facts.said}”" if facts.said else "")
    return _finding(outcome, pair, shown, facts, criteria)


def _perhaps(
    by_instrument: Sequence[Sequence[ScaleScore]], facts: OutcomeInput, criteria: OutcomeCriteria
) -> _Pair | None:
    """Return the pair of scores that would speak if the possible days were documented, or None."""
    if facts.perhaps_from is None:
        return None
    wider = replace(facts, end_score_from=facts.perhaps_from)
    pairs = [_pair_of(found, wider, criteria) for found in by_instrument]
    return next((pair for pair in pairs if pair is not None), None)


def _without_scores(
    charted: Outcome | None, perhaps: _Pair | None, facts: OutcomeInput
) -> OutcomeFinding:
    because = f"charted reason: “{facts.said}”"
    if charted is not None and perhaps is not None:
        joined = _together(perhaps.outcome, charted, facts)
        if joined is not charted:
            because = f"{because}; {_shown(perhaps)}; days at dose not documented"
            return OutcomeFinding(
                outcome=Outcome.UNKNOWN, because=because, evidence=facts.reason_evidence
            )
    if charted is not None:
        if facts.reasons & _GOOD_REASONS and StopReason.NO_EFFECT in facts.reasons:
            because = f"the charted reasons contradict each other: “{facts.said}”"
        return OutcomeFinding(outcome=charted, because=because, evidence=facts.reason_evidence)
    missing = "no pair of scores in what was read, and no reason for stopping recorded"
    if facts.switched:
        missing = "switched; reason not recorded"
    if facts.said:
        missing = f"{missing}; the recorded words “{facts.said}” {facts.unheard}"
    return OutcomeFinding(outcome=Outcome.UNKNOWN, because=missing, evidence=facts.reason_evidence)


def _while_running(
    pair: _Pair | None,
    by_instrument: Sequence[Sequence[ScaleScore]],
    facts: OutcomeInput,
    criteria: OutcomeCriteria,
) -> OutcomeFinding:
    """Judge a trial still taken. Rule: R6, "Ongoing"."""
    if pair is not None and pair.outcome in GOOD:
        return _finding(pair.outcome, pair, _shown(pair), facts, criteria)
    long_enough = facts.days >= criteria.running_judged_from_days
    if pair is not None and pair.outcome is Outcome.INEFFICACY and long_enough:
        age = facts.as_of - pair.end.on
        if age <= criteria.running_score_age_days:
            shown = f"{_shown(pair)}; still taken: confirm"
            return _finding(Outcome.INEFFICACY, pair, shown, facts, criteria, confirm=True)
    recent = _recent_symptoms(by_instrument, facts, criteria)
    perhaps_long_enough = facts.most_days >= criteria.running_judged_from_days
    if pair is not None and pair.is_open and perhaps_long_enough:
        shown = f"still taken; {_shown(pair)}"
        return replace(_finding(Outcome.RUNNING, pair, shown, facts, criteria), might_count=True)
    if pair is None and perhaps_long_enough and recent is not None:
        because = (
            f"still taken; {recent.instrument} {recent.total} on {iso(recent.on)}, no baseline"
        )
        return OutcomeFinding(
            outcome=Outcome.RUNNING, because=because, evidence=recent.evidence, might_count=True
        )
    return OutcomeFinding(outcome=Outcome.RUNNING, because="still taken")


def _recent_symptoms(
    by_instrument: Sequence[Sequence[ScaleScore]], facts: OutcomeInput, criteria: OutcomeCriteria
) -> ScaleScore | None:
    """Return the last score if it is recent and symptomatic and no baseline exists. Rule: R6."""
    for scores in by_instrument:
        if not scores:
            continue
        baseline = find_baseline(scores, facts.start, criteria)
        if baseline is not None and total_of(baseline) >= criteria.baseline_minimum_score:
            continue
        last = scores[-1]
        is_recent = facts.as_of - last.on <= criteria.running_score_age_days
        if is_recent and total_of(last) >= criteria.symptomatic_from_score:
            return last
    return None


def _shown(pair: _Pair) -> str:
    before, after = pair.baseline, pair.end
    change = f"fell {pair.fall_percent:.0f} %" if pair.fall_percent >= 0 else "rose"
    text = f"{dated(before)}, {after.total} on {iso(after.on)}: {change}"
    for one in pair.unread:
        when = "without a day" if one.on is None else f"of {iso(one.on)}"
        text = f"{text}; the {one.instrument} {when} cannot be read"
    if pair.is_open and not pair.unread:
        text = f"{text}; which score counts cannot be told"
    return f"{text}; an earlier response was lost" if pair.lost else text


def _finding(
    outcome: Outcome,
    pair: _Pair,
    because: str,
    facts: OutcomeInput,
    criteria: OutcomeCriteria,
    *,
    confirm: bool = False,
) -> OutcomeFinding:
    subtype = ""
    if outcome is Outcome.INEFFICACY and pair.outcome is Outcome.INEFFICACY:
        subtype = "partial" if pair.fall_percent >= criteria.partial_fall_percent else "none"
    residual = total_of(pair.end) >= criteria.symptomatic_from_score
    if outcome is Outcome.RESPONSE and residual and not pair.lost:
        because = f"{because}; residual symptoms"
    evidence = {*pair.baseline.evidence, *pair.end.evidence, *facts.reason_evidence}
    evidence |= {one.evidence for one in pair.unread}
    return OutcomeFinding(
        outcome=outcome,
        because=because,
        subtype=subtype,
        evidence=tuple(sorted(evidence)),
        lost_response=pair.lost and outcome is Outcome.RESPONSE,
        confirm=confirm,
    )
