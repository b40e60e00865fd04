"""When did the current depressive episode begin?

The latest of: the onset of the active depressive diagnosis; the day after a remission or a lasting
run of low scores; and, where the onset cannot be relied on, the first day of the unbroken chain of
depressive evidence back from as-of, which is then *assumed*.

Rule: R10. The numbers are in ``criteria.toml``, table ``episode``.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from trd.chart import Diagnosis, PatientChart, ScaleScore
from trd.dates import Day, iso
from trd.knowledge.concepts import DEPRESSIVE, REMISSION
from trd.knowledge.criteria import EpisodeCriteria

Span = tuple[Day, Day]
"""A first and a last day on which depressive evidence stands."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Episode:
    """The current episode: ``start`` None and ``is_current`` False: there is none now.

    ``start`` None with ``is_current`` True: it cannot be told when it began. ``ends`` are the days
    on which earlier episodes ended. ``assumed`` marks a start taken from the chain of evidence;
    ``perhaps_start`` is the earlier one it would have if possible days of treatment counted, or
    None.
    """

    start: Day | None
    is_current: bool
    assumed: bool
    because: str
    evidence: tuple[str, ...]
    ends: tuple[Day, ...] = ()
    perhaps_start: Day | None = None


def is_depressive(diagnosis: Diagnosis) -> bool:
    """Say whether a diagnosis is a depressive one (remission codes included)."""
    return bool(diagnosis.concepts() & (DEPRESSIVE | {REMISSION}))


def confirmed_depressive(chart: PatientChart) -> list[Diagnosis]:
    """Return depressive diagnoses that are not merely provisional."""
    return [d for d in chart.diagnoses if is_depressive(d) and not d.is_provisional()]


def _is_remission(diagnosis: Diagnosis) -> bool:
    return REMISSION in diagnosis.concepts() or diagnosis.is_over()


def _active(chart: PatientChart) -> list[Diagnosis]:
    return [d for d in confirmed_depressive(chart) if not _is_remission(d)]


def remission_day(diagnosis: Diagnosis) -> Day | None:
    """Return the day a remission or resolution is recorded for: abated, recorded, or onset.

    The onset counts only for a code that itself says remission.
    """
    if diagnosis.abated is not None:
        return diagnosis.abated
    if diagnosis.recorded is not None:
        return diagnosis.recorded
    if REMISSION in diagnosis.concepts():
        return diagnosis.onset
    return diagnosis.encounter_on


def low_runs(scores: Iterable[ScaleScore], as_of: Day, criteria: EpisodeCriteria) -> list[Span]:
    """Return runs of low PHQ-9 scores that end an episode: first and last day. Rule: R10(b)."""
    runs: list[Span] = []
    low: list[Day] = []
    for score in _totals(scores, as_of):
        assert score.total is not None  # noqa: S101 - _totals keeps those with a total
        if score.total < criteria.well_below_score:
            low.append(score.on)
        elif score.total >= criteria.relapse_from_score:
            _close(low, runs, criteria)
            low = []
    _close(low, runs, criteria)
    return runs


def _close(low: Sequence[Day], runs: list[Span], criteria: EpisodeCriteria) -> None:
    if len(low) >= criteria.well_scores and low[-1] - low[0] >= criteria.well_days:
        runs.append((low[0], low[-1]))


def _totals(scores: Iterable[ScaleScore], as_of: Day) -> list[ScaleScore]:
    found = [
        s
        for s in scores
        if s.total is not None
        and not s.preliminary
        and s.on <= as_of
        and s.instrument in {"PHQ-9", "PHQ-A"}
    ]
    return sorted(found, key=lambda s: (s.on, s.at, s.instrument, s.evidence))


def chain_start(spans: Iterable[Span], as_of: Day, criteria: EpisodeCriteria) -> Day | None:
    """Return the first day of the unbroken chain of evidence back from as-of. Rule: R10(c).

    None where nothing at all stands within the longest silence before as-of.
    """
    reach, found = as_of, False
    for first, last in sorted(spans, key=lambda span: (-span[1], span[0])):
        if first > as_of:
            continue
        if reach - min(last, as_of) > criteria.silence_days:
            break
        reach, found = min(reach, first), True
    return reach if found else None


def evidence_spans(
    chart: PatientChart, treatments: Iterable[Span], as_of: Day, criteria: EpisodeCriteria
) -> list[Span]:
    """Return every span of depressive evidence. Rule: R10(c)."""
    spans = list(treatments)
    spans += [
        (score.on, score.on)
        for score in _totals(chart.scores, as_of)
        if score.total is not None and score.total >= criteria.relapse_from_score
    ]
    for diagnosis in confirmed_depressive(chart):
        if _is_remission(diagnosis):
            continue
        noted = (diagnosis.recorded, diagnosis.encounter_on)
        spans += [(day, day) for day in noted if day is not None]
    spans += [
        (visit.start, visit.end if visit.end is not None else visit.start)
        for visit in chart.visits
        if visit.start is not None and any(hit.concept in DEPRESSIVE for hit in visit.hits)
    ]
    return spans


def find_episode(
    chart: PatientChart,
    treatments: Iterable[Span],
    as_of: Day,
    criteria: EpisodeCriteria,
    possible: Iterable[Span] = (),
) -> Episode:
    """Return the current episode. Rule: R10.

    ``treatments`` are the spans of antidepressant supply, augmentation and other treatments,
    ``possible`` those that are not documented: no evidence, and yet they may have been.
    """
    spans = evidence_spans(chart, treatments, as_of, criteria)
    ended = _ends(chart, as_of, criteria)
    over = _is_over_now(chart, ended, as_of, criteria)
    ends = tuple(sorted({day for day, _ in ended}))
    if over is not None:
        day, ref = over
        because = (
            f"remission or low scores up to {iso(day)}, "
            f"no later score of {criteria.relapse_from_score} or more"
        )
        return Episode(
            start=None, is_current=False, assumed=False, because=because, evidence=ref, ends=ends
        )
    begun = _begun(chart, spans, possible, as_of, criteria)
    last_end = max(ended, default=None)
    if begun.start is not None and last_end is not None and last_end[0] + 1 > begun.start:
        because = f"the day after the last remission or run of low scores ({iso(last_end[0])})"
        return Episode(
            start=last_end[0] + 1,
            is_current=True,
            assumed=begun.assumed,
            because=because,
            evidence=last_end[1],
            ends=ends,
        )
    return replace(begun, ends=ends)


def _ends(
    chart: PatientChart, as_of: Day, criteria: EpisodeCriteria
) -> list[tuple[Day, tuple[str, ...]]]:
    """Return the days on which an episode ended, with evidence. Rule: R10(b)."""
    found: list[tuple[Day, tuple[str, ...]]] = []
    for diagnosis in confirmed_depressive(chart):
        day = remission_day(diagnosis) if _is_remission(diagnosis) else None
        if day is not None and day <= as_of:
            found.append((day, (diagnosis.evidence,)))
    for first, last in low_runs(chart.scores, as_of, criteria):
        refs = sorted({r for s in chart.scores if first <= s.on <= last for r in s.evidence})
        found.append((last, tuple(refs)))
    return sorted(found)


def _is_over_now(
    chart: PatientChart,
    ended: Sequence[tuple[Day, tuple[str, ...]]],
    as_of: Day,
    criteria: EpisodeCriteria,
) -> tuple[Day, tuple[str, ...]] | None:
    """Return the end after which nothing speaks for a new episode, or None. Rule: R10.

    A later score at the relapse level, or an active diagnosis with a later onset, speaks for one.
    """
    if not ended:
        return _undated_remission(chart, as_of, criteria)
    day, refs = ended[-1]
    relapsed = any(
        s.on > day and s.total is not None and s.total >= criteria.relapse_from_score
        for s in _totals(chart.scores, as_of)
    )
    renewed = any(d.onset is not None and day < d.onset <= as_of for d in _active(chart))
    return None if relapsed or renewed else (day, refs)


def _undated_remission(
    chart: PatientChart, as_of: Day, criteria: EpisodeCriteria
) -> tuple[Day, tuple[str, ...]] | None:
    """Return a remission without a date where nothing active or recent stands beside it."""
    undated = [d for d in confirmed_depressive(chart) if _is_remission(d)]
    recent = any(
        as_of - s.on <= criteria.silence_days
        and s.total is not None
        and s.total >= criteria.relapse_from_score
        for s in _totals(chart.scores, as_of)
    )
    if undated and not recent and not _active(chart):
        return as_of, tuple(sorted(d.evidence for d in undated))
    return None


def _begun(
    chart: PatientChart,
    spans: Sequence[Span],
    possible: Iterable[Span],
    as_of: Day,
    criteria: EpisodeCriteria,
) -> Episode:
    """Return the start by onset (a), or by the chain of evidence (c). Rule: R10."""
    active = [d for d in _active(chart) if d.onset is None or d.onset <= as_of]
    dated = sorted((d for d in active if d.onset is not None), key=lambda d: (d.onset, d.evidence))
    evidence = tuple(sorted(d.evidence for d in active))
    doubt = _onset_doubt(dated, as_of, criteria)
    if not doubt:
        onset = dated[0].onset
        assert onset is not None  # noqa: S101 - dated keeps those with an onset
        return Episode(
            start=onset,
            is_current=True,
            assumed=False,
            because=f"onset of the active depressive diagnosis ({dated[0].label})",
            evidence=evidence,
        )
    start = chain_start(spans, as_of, criteria)
    if start is None:
        because = f"{doubt}; no depressive evidence in the {criteria.silence_days} days before"
        return Episode(
            start=None, is_current=True, assumed=False, because=because, evidence=evidence
        )
    perhaps = chain_start([*spans, *possible], as_of, criteria)
    return Episode(
        start=start,
        is_current=True,
        assumed=True,
        because=f"{doubt}; first day of the unbroken chain of depressive evidence",
        evidence=evidence,
        perhaps_start=perhaps if perhaps != start else None,
    )


def _onset_doubt(dated: Sequence[Diagnosis], as_of: Day, criteria: EpisodeCriteria) -> str:
    """Say why the onset cannot be relied on, or "". Rule: R10(c)."""
    if not dated:
        return "no onset of an active depressive diagnosis is recorded"
    onset = dated[0].onset
    assert onset is not None  # noqa: S101 - dated keeps those with an onset
    if onset == dated[0].recorded:
        return "the onset is the day it was recorded"
    if as_of - onset > criteria.old_onset_days:
        return f"the onset ({iso(onset)}) is more than {criteria.old_onset_days} days ago"
    return ""
