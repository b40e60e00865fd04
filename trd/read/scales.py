"""Which scores and answers does the chart hold?

Observations and QuestionnaireResponses become administrations of a scale (a total and its items)
and answers of suicide-risk screens. A total may stand alone, items may be components, Observations
of their own, or answers; what belongs to one instrument and one moment is one administration. A
panel code is never a score; a missing total is added up only when every item is there.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from trd.chart import DataIssue, LabLevel, SafetyAnswer, ScaleScore
from trd.dates import Day
from trd.knowledge import Knowledge, Scales
from trd.read.access import (
    Coding,
    Json,
    choice,
    codings,
    evidence_of,
    number,
    reference_of,
    relative,
    rows,
    table,
    texts,
    words,
)
from trd.read.days import DayReader
from trd.read.medications import modifier_of
from trd.read.words import contains, tokens

_COUNTING: Final = frozenset({"final", "amended", "corrected"})
_DROPPED: Final = frozenset({"entered-in-error", "cancelled"})
_PRELIMINARY: Final = frozenset({"preliminary", "registered", "unknown", "in-progress", "stopped", ""})
_YES: Final = frozenset({"yes", "y", "true", "s\u00ed", "si", "positive"})
_NO: Final = frozenset({"no", "n", "false", "negative"})
_ITEM_WORDS: Final = {
    "not at all": "0",
    "several days": "1",
    "more than half the days": "2",
    "nearly every day": "3",
    "varios d\u00edas": "1",
    "nunca": "0",
}
_LINK_CODE: Final = re.compile(r"(?:^|[/:|])(\d{3,6}-\d)$")


@dataclass(frozen=True, slots=True)
class Moment:
    """When an entry was made: the day, the moment as written, its encounter."""

    on: Day | None
    at: str
    encounter: str | None


@dataclass(slots=True)
class _Administration:
    total: int | None = None
    items: dict[int, int] = field(default_factory=dict)
    unreadable: set[int] = field(default_factory=set)
    difficulty: str | None = None
    preliminary: bool = False
    evidence: set[str] = field(default_factory=set)


@dataclass(slots=True)
class ScalesRead:
    """What the score resources gave, before parts of one administration are joined."""

    parts: dict[tuple[str, Day, str, str | None, int], _Administration] = field(
        default_factory=dict
    )
    answers: list[SafetyAnswer] = field(default_factory=list)
    levels: list[LabLevel] = field(default_factory=list)
    issues: list[DataIssue] = field(default_factory=list)


def read_observation(
    resource: Json, knowledge: Knowledge, days: DayReader, out: ScalesRead
) -> None:
    """Read one Observation; one that is no score of ours leaves nothing."""
    scales = knowledge.scales
    entries = [resource, *rows(resource.get("component"))]
    meant = [(entry, _meaning(table(entry.get("code")), scales)) for entry in entries]
    if all(meaning is None for _, meaning in meant):
        return
    preliminary = _usable_status(resource, out)
    if preliminary is None:
        return
    moment = _moment(resource, days)
    for entry, meaning in meant:
        if meaning is not None:
            _take(meaning, entry, moment, evidence_of(resource), preliminary, knowledge, out)


def _usable_status(resource: Json, out: ScalesRead) -> bool | None:
    """Return whether the entry is preliminary, or None where it must not be used."""
    evidence = evidence_of(resource)
    status = words(resource.get("status")).lower()
    modifier = modifier_of(resource)
    if modifier or status in _DROPPED:
        what = f"status {status}" if not modifier else "carries a modifier that is not understood"
        out.issues.append(DataIssue(evidence, modifier or "status", what, "not used"))
        return None
    if status in _COUNTING or status == "completed":
        return False
    effect = "counts for a safety signal, never for an outcome"
    out.issues.append(DataIssue(evidence, "status", f"status {status!r} is not final", effect))
    return True


def _moment(resource: Json, days: DayReader) -> Moment:
    written = (
        words(resource.get("effectiveDateTime"))
        or words(resource.get("effectiveInstant"))
        or words(table(resource.get("effectivePeriod")).get("start"))
        or words(resource.get("authored"))
        or words(resource.get("issued"))
    )
    reference = reference_of(resource.get("encounter")) or reference_of(resource.get("context"))
    return Moment(days.moment(written), written, relative(reference) if reference else None)


def _meaning(concept: Json, scales: Scales) -> tuple[str, str, int] | None:
    """Return (what, instrument or question, item number) a code stands for, or None."""
    for coding in codings(concept):
        found = _coded_meaning(coding, scales)
        if found:
            return found
    for text in texts(concept):
        name = " ".join(tokens(text))
        named = scales.names.get(name)
        if named:
            return ("total", named, 0) if named in scales.ranges else ("question", named, 0)
        level = next(
            (
                drug
                for (system, known), drug in scales.levels.items()
                if system == "text" and contains(tokens(text), known)
            ),
            None,
        )
        if level is not None:
            return "level", level, 0
    return None


def _coded_meaning(coding: Coding, scales: Scales) -> tuple[str, str, int] | None:
    key = (coding.system, coding.code)
    if key in scales.panels:
        return None
    if key in scales.totals:
        return "total", scales.totals[key], 0
    if key in scales.items:
        return "item", *scales.items[key]
    if key in scales.questions:
        return "question", scales.questions[key], 0
    if key in scales.difficulty:
        return "difficulty", scales.difficulty[key], 0
    return ("level", scales.levels[key], 0) if key in scales.levels else None


def _take(
    meaning: tuple[str, str, int],
    entry: Json,
    moment: Moment,
    evidence: str,
    preliminary: bool,  # noqa: FBT001 - one of the facts of the entry
    knowledge: Knowledge,
    out: ScalesRead,
) -> None:
    what, name, item = meaning
    values = [value for _, value in choice(entry, "value")]
    told = [said for value in values for said in _said(value, knowledge.scales)]
    if what == "question":
        out.answers.append(_answer(name, told, moment, evidence, preliminary=preliminary))
        return
    if moment.on is None:
        if what == "item" and item == _SUICIDE_ITEM and name in _SUICIDE_ITEM_INSTRUMENTS:
            out.answers.append(
                _answer("phq-item9", told, moment, evidence, preliminary=preliminary)
            )
        effect = "not used: without a date it says nothing about when"
        out.issues.append(DataIssue(evidence, "effective[x]", "no date is recorded", effect))
        return
    if what == "level":
        out.levels += [
            LabLevel(evidence=evidence, drug=name, on=moment.on, value=float(value))
            for value in told
            if number(value) is not None
        ]
        return
    part = _part(out, name, moment, preliminary=preliminary)
    part.evidence.add(evidence)
    _fill(part, what, name, item, told, evidence, knowledge.scales, out)


_SUICIDE_ITEM: Final = 9
_SUICIDE_ITEM_INSTRUMENTS: Final = frozenset({"PHQ-9", "PHQ-A"})


def _part(
    out: ScalesRead, instrument: str, moment: Moment, *, preliminary: bool
) -> _Administration:
    key = (instrument, moment.on or 0, moment.at, moment.encounter, int(preliminary))
    return out.parts.setdefault(key, _Administration(preliminary=preliminary))


def _fill(
    part: _Administration,
    what: str,
    instrument: str,
    item: int,
    told: list[str],
    evidence: str,
    scales: Scales,
    out: ScalesRead,
) -> None:
    if what == "difficulty":
        part.difficulty = told[0] if told else None
        return
    limits = scales.ranges if what == "total" else scales.item_ranges
    low, high = limits.get(instrument, (0, 0))
    value = _whole(told, low, high)
    if value is None:
        if what == "item":
            part.unreadable.add(item)
        said = "has no value that can be read" if not told else "is outside the scale"
        out.issues.append(DataIssue(evidence, "value[x]", f"{instrument} {what} {said}", "not used"))
    elif what == "total":
        # two different totals of one moment contradict each other: neither is used
        part.total = value if part.total in {None, value} else _CONTRADICTION
    else:
        part.items[item] = max(value, part.items.get(item, value))


_CONTRADICTION: Final = -1


def _whole(told: Iterable[str], low: int, high: int) -> int | None:
    for said in told:
        value = number(said)
        if value is not None and value == int(value) and low <= value <= high:
            return int(value)
    return None


def _said(value: Any, scales: Scales) -> list[str]:  # noqa: ANN401 - any JSON value
    """Return the ways a value can be understood, best first: a code's meaning, number, words."""
    if isinstance(value, bool):
        return ["yes" if value else "no"]
    plain = number(value)
    if plain is not None:
        return [f"{plain:g}"]
    if isinstance(value, str):
        return [_word(value)] if value.strip() else []
    source = table(value)
    if "value" in source:
        inner = number(source.get("value"))
        return [f"{inner:g}"] if inner is not None else []
    known = [
        scales.answers[(coding.system, coding.code)]
        for coding in codings(value)
        if (coding.system, coding.code) in scales.answers
    ]
    ordinal = [_ordinal(row) for row in rows(source.get("coding")) or [source]]
    spoken = [_word(text) for text in texts(value)] or [_word(words(source.get("display")))]
    return [said for said in [*known, *ordinal, *spoken] if said]


def _ordinal(coding: Json) -> str:
    """Return the score an answer's ordinal extension carries, or ""."""
    for extension in rows(coding.get("extension")):
        if words(extension.get("url")).endswith(("ordinalValue", "itemWeight")):
            value = number(extension.get("valueDecimal"))
            return f"{value:g}" if value is not None else ""
    return ""


def _word(text: str) -> str:
    """Return yes, no or an item's number for the usual words, else the words in lower case."""
    low = " ".join(tokens(text))
    if low in _YES:
        return "yes"
    if low in _NO:
        return "no"
    return _ITEM_WORDS.get(low, text.strip().lower())


def _answer(
    item: str, told: list[str], moment: Moment, evidence: str, *, preliminary: bool
) -> SafetyAnswer:
    return SafetyAnswer(
        item=item,
        instrument=item.partition("-")[0],
        on=moment.on,
        at=moment.at,
        value=told[0] if told else None,
        preliminary=preliminary,
        evidence=evidence,
        encounter=moment.encounter,
    )


def read_response(resource: Json, knowledge: Knowledge, days: DayReader, out: ScalesRead) -> None:
    """Read one QuestionnaireResponse: items by their LOINC code, linkId, or definition."""
    flat = list(_flat(rows(resource.get("item"))))
    meant = [(item, _item_meaning(item, knowledge.scales)) for item in flat]
    if all(meaning is None for _, meaning in meant):
        return
    preliminary = _usable_status(resource, out)
    if preliminary is None:
        return
    moment = _moment(resource, days)
    for item, meaning in meant:
        if meaning is None:
            continue
        for answer in rows(item.get("answer"))[:1] or [{}]:
            _take(meaning, answer, moment, evidence_of(resource), preliminary, knowledge, out)


def _flat(items: Iterable[Json], depth: int = 0) -> Iterable[Json]:
    for item in items:
        yield item
        if depth < _DEEPEST:
            yield from _flat(rows(item.get("item")), depth + 1)
            for answer in rows(item.get("answer")):
                yield from _flat(rows(answer.get("item")), depth + 1)


_DEEPEST: Final = 16


def _item_meaning(item: Json, scales: Scales) -> tuple[str, str, int] | None:
    candidates = [*rows(item.get("code"))]
    for name in ("linkId", "definition"):
        code = _LINK_CODE.search(words(item.get(name)))
        if code:
            candidates.append({"system": "http://loinc.org", "code": code.group(1)})
    for candidate in candidates:
        found = _meaning({"coding": [candidate]}, scales)
        if found:
            return found
    return None


def joined_scores(out: ScalesRead, scales: Scales) -> list[ScaleScore]:
    """Join the parts of one administration and return every score.

    Parts of one instrument and day are one administration when at most one of them has a total of
    its own; a total is added up only from all items.
    """
    by_day: dict[tuple[str, Day, bool], list[tuple[str, str | None, _Administration]]] = {}
    for (instrument, on, at, encounter, _), part in sorted(
        out.parts.items(), key=lambda entry: tuple(map(str, entry[0]))
    ):
        by_day.setdefault((instrument, on, part.preliminary), []).append((at, encounter, part))
    scores = []
    for (instrument, on, _), parts in by_day.items():
        for at, encounter, part in _merged(parts):
            score = _score(instrument, on, at, encounter, part, scales, out)
            if score is not None:
                scores.append(score)
    return scores


def _merged(
    parts: list[tuple[str, str | None, _Administration]],
) -> list[tuple[str, str | None, _Administration]]:
    whole = [entry for entry in parts if entry[2].total is not None]
    if len(whole) > 1 or len(parts) == 1:
        return parts
    at, encounter, first = whole[0] if whole else parts[-1]
    merged = _Administration(total=first.total, preliminary=first.preliminary)
    for _, _, part in parts:
        for item, value in part.items.items():
            merged.items[item] = max(value, merged.items.get(item, value))
        merged.unreadable |= part.unreadable
        merged.difficulty = merged.difficulty or part.difficulty
        merged.evidence |= part.evidence
    return [(at, encounter, merged)]


def _score(
    instrument: str,
    on: Day,
    at: str,
    encounter: str | None,
    part: _Administration,
    scales: Scales,
    out: ScalesRead,
) -> ScaleScore | None:
    evidence = tuple(sorted(part.evidence))
    total = part.total
    if total == _CONTRADICTION:
        effect = "neither total is used"
        what = f"two different {instrument} totals of one moment"
        out.issues += [DataIssue(ref, "value[x]", what, effect) for ref in evidence]
        total = None
    elif total is None:
        total = _added_up(instrument, part.items, scales)
    if total is None and not part.items and not part.unreadable:
        return None
    return ScaleScore(
        instrument=instrument,
        on=on,
        at=at,
        total=total,
        items=part.items,
        unreadable_items=frozenset(part.unreadable),
        difficulty=part.difficulty,
        preliminary=part.preliminary,
        evidence=evidence,
        encounter=encounter,
    )


def _added_up(instrument: str, items: Mapping[int, int], scales: Scales) -> int | None:
    wanted = scales.item_counts.get(instrument)
    return sum(items.values()) if wanted is not None and len(items) == wanted else None
