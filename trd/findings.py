"""What may be concluded, and how are conclusions combined?

A verdict has three values. ``unknown`` is an answer: the record does not tell. Combination is
Kleene's, so a missing fact never settles a question it could change.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum


class Verdict(StrEnum):
    """The three answers a rule may give."""

    MET = "met"
    NOT_MET = "not-met"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Finding:
    """One judgement: which rule, what it says, why, and the resources it rests on.

    It has no truth value: the caller must say which of the three verdicts it means.
    """

    rule: str
    verdict: Verdict
    because: str
    evidence: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        """Refuse: three values do not fit into two."""
        msg = "a finding has three values; compare its verdict"
        raise TypeError(msg)


def met(rule: str, because: str, evidence: Iterable[str] = ()) -> Finding:
    """Return a finding that the rule is met."""
    return Finding(rule, Verdict.MET, because, tuple(evidence))


def not_met(rule: str, because: str, evidence: Iterable[str] = ()) -> Finding:
    """Return a finding that the rule is not met."""
    return Finding(rule, Verdict.NOT_MET, because, tuple(evidence))


def unknown(rule: str, because: str, evidence: Iterable[str] = ()) -> Finding:
    """Return a finding that the record does not tell."""
    return Finding(rule, Verdict.UNKNOWN, because, tuple(evidence))


def all_of(verdicts: Iterable[Verdict]) -> Verdict:
    """Combine by "and": one not-met settles it, else one unknown leaves it open."""
    seen = set(verdicts)
    if Verdict.NOT_MET in seen:
        return Verdict.NOT_MET
    return Verdict.UNKNOWN if Verdict.UNKNOWN in seen else Verdict.MET


def agree(verdicts: Iterable[Verdict]) -> Verdict:
    """Return the one verdict all readings share, else unknown."""
    seen = set(verdicts)
    return seen.pop() if len(seen) == 1 else Verdict.UNKNOWN
