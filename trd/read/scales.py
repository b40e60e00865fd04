"""Which scores and answers does the chart hold?

Observations and QuestionnaireResponses become parts of administrations (``trd.read.scores``) and
answers of suicide-risk screens. A panel code is never a score, whatever its name says; most
Observations are none of ours and are left at the first look.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Final, NamedTuple

from trd.chart import LabLevel, SafetyAnswer, UnreadTotal
from trd.dates import Day
from trd.read.access import (
    LOINC,
    Json,
    codings,
    evidence_of,
    modifier_of,
    number,
    reference_of,
    relative,
    rows,
    system_of,
    table,
    texts,
    words,
)
from trd.read.answers import Said, as_words, values_said, whole_within
from trd.read.context import ReadContext
from trd.read.scores import Part, PartKey, Parts
from trd.read.subjects import is_about_another
from trd.read.vocabulary import Meaning, Vocabulary
from trd.read.words import contains, tokens

_COUNTING: Final = frozenset({"final", "amended", "corrected", "completed"})
_DROPPED: Final = frozenset({"entered-in-error", "cancelled"})
_MODIFIED: Final = "carries a modifier that is not understood"
_LINK_CODE: Final = re.compile(r"(?:^|[/:|#])([0-9]{3,6}-[0-9])$")
_SUICIDE_ITEM: Final = 9
_SUICIDE_ITEM_INSTRUMENTS: Final = frozenset({"PHQ-9", "PHQ-A"})
_DEEPEST: Final = 16
"""Groups within groups of a questionnaire; what lies deeper is not read."""


@dataclass(slots=True)
class ScalesRead:
    """What the score resources gave, before parts of one administration are joined.

    ``unread_phqs`` are PHQ-9 and PHQ-A totals that are there and cannot be read, ``unread_totals``
    those of any scale, or without a day, that would count for an outcome.
    """

    parts: Parts = field(default_factory=dict)
    answers: list[SafetyAnswer] = field(default_factory=list)
    levels: list[LabLevel] = field(default_factory=list)
    unread_phqs: list[tuple[Day, str, Json]] = field(default_factory=list)
    unread_totals: set[UnreadTotal] = field(default_factory=set)


class _Entry(NamedTuple):
    """The resource an answer stands in: when it was made, where, and whether it is final."""

    resource: Json
    evidence: str
    on: Day | None
    at: str
    encounter: str
    preliminary: bool


def read_observation(resource: Json, context: ReadContext, out: ScalesRead) -> None:
    """Read one Observation; one that is no score of ours leaves nothing."""
    meaning = meaning_of(resource.get("code"), context)
    meant = [(resource, meaning)] if meaning is not None else []
    for component in rows(resource.get("component")):
        meaning = meaning_of(component.get("code"), context)
        if meaning is not None:
            meant.append((component, meaning))
    if not meant and _is_empty_screen(resource, context):
        meant.append((resource, _ASSESSMENT))
    entry = _entry(resource, context) if meant else None
    if entry is not None:
        _take_all(meant, entry, context, out)


_ASSESSMENT: Final = Meaning("question", "assessment")
_HOLDERS: Final = ("component", "hasMember", "derivedFrom")


def _is_empty_screen(resource: Json, context: ReadContext) -> bool:
    """Say whether this is the panel of a suicide-risk screen of which no answer is there."""
    panels = context.knowledge.scales.panels
    return any(
        (coding.system, coding.code) in panels
        and panels[coding.system, coding.code].startswith(_SCREEN)
        for coding in codings(resource.get("code"))
        if coding.code in context.vocabulary.codes
    ) and not any(resource.get(name) for name in _HOLDERS)


_SCREEN: Final = "C-SSRS"


def read_response(resource: Json, context: ReadContext, out: ScalesRead) -> None:
    """Read one QuestionnaireResponse: items by their code, linkId, definition or name."""
    meant = [
        (item, meaning)
        for item in _flat(rows(resource.get("item")))
        if (meaning := _item_meaning(item, context)) is not None
    ]
    entry = _entry(resource, context) if meant else None
    if entry is None:
        return
    answers: list[tuple[Json, Meaning]] = []
    for item, meaning in meant:
        if modifier_of(item):
            context.note(resource, "item", _MODIFIED, "the answer is not used")
            context.lose(resource)
            continue
        answers += [(answer, meaning) for answer in rows(item.get("answer")) or [{}]]
    _take_all(answers, entry, context, out)


def meaning_of(concept: object, context: ReadContext) -> Meaning | None:
    """Return what a code stands for by its codes, else by its name; a panel stands for nothing."""
    source = table(concept)
    vocabulary = context.vocabulary
    for item in rows(source.get("coding")) or (source,):
        code = item.get("code")
        if not isinstance(code, str) or code not in vocabulary.codes:
            continue
        key = (system_of(words(item.get("system"))), code)
        found = vocabulary.meanings.get(key)
        if found is not None:
            return found
        if key in vocabulary.panels:
            return None
    for text in texts(source):
        named = _named_meaning(text, context)
        if named is not None:
            return named
    return None


def _named_meaning(text: str, context: ReadContext) -> Meaning | None:
    """Return what a name stands for; each name is worked out once a chart."""
    known = context.spoken_meanings
    if text not in known:
        known[text] = spoken_meaning(text, context.vocabulary)
    return known[text]


def spoken_meaning(text: str, vocabulary: Vocabulary) -> Meaning | None:
    """Return what words stand for: a name, a drug level, a question's wording, or one unmapped."""
    spoken = tokens(text)
    named = vocabulary.names.get(spoken)
    if named is not None or vocabulary.asking.isdisjoint(spoken):
        return named
    for phrases, meaning in vocabulary.wordings:
        if all(contains(spoken, phrase) for phrase in phrases):
            return meaning
    level = next((meaning for word, meaning in vocabulary.levels if contains(spoken, word)), None)
    if level is None and any(contains(spoken, phrase) for phrase in vocabulary.unmapped):
        is_relative = any(contains(spoken, phrase) for phrase in vocabulary.relatives)
        return None if is_relative else UNMAPPED
    return level


UNMAPPED: Final = Meaning("question", "other-screen")
"""A question about suicide nobody mapped: only a "yes" to it is kept."""


def _entry(resource: Json, context: ReadContext) -> _Entry | None:
    """Return when and where an entry was made, None where it must not be used."""
    status = words(resource.get("status")).lower()
    modifier = modifier_of(resource)
    if modifier:
        context.note(resource, modifier, _MODIFIED, "not used")
        if status not in _DROPPED:
            context.lose(resource)
        return None
    if status in _DROPPED:
        context.note(resource, "status", f"status {status}", "not used")
        return None
    if is_about_another(resource):
        context.note(resource, "focus", "is about another person", "not used")
        return None
    if status not in _COUNTING:
        effect = "counts for a safety signal, never for an outcome"
        context.note(resource, "status", f"status {status!r} is not final", effect)
    written = _written(resource)
    context.note_unread(resource, {"effective[x]": written})
    encounter = reference_of(resource.get("encounter")) or reference_of(resource.get("context"))
    return _Entry(
        resource=resource,
        evidence=evidence_of(resource),
        on=context.days.moment(written),
        at=written,
        encounter=relative(encounter) if encounter else "",
        preliminary=status not in _COUNTING,
    )


def _written(resource: Json) -> str:
    """Return the moment of an entry as it is written, the clinically relevant one first."""
    period = table(resource.get("effectivePeriod"))
    return (
        words(resource.get("effectiveDateTime"))
        or words(resource.get("effectiveInstant"))
        or words(period.get("start"))
        or words(period.get("end"))
        or words(resource.get("authored"))
        or words(resource.get("issued"))
    )


def is_phq(instrument: str) -> bool:
    """Say whether a scale is one whose item 9 asks about suicide."""
    return instrument in _SUICIDE_ITEM_INSTRUMENTS


def _take_all(
    meant: list[tuple[Json, Meaning]], entry: _Entry, context: ReadContext, out: ScalesRead
) -> None:
    """File every answer of a resource, and without a date what its total implies."""
    for holder, meaning in meant:
        _take(meaning, holder, entry, context, out)
    if entry.on is None:
        usable = [pair for pair in meant if pair[0] is entry.resource or not modifier_of(pair[0])]
        for instrument in sorted(_SUICIDE_ITEM_INSTRUMENTS):
            implied = _implied_item(instrument, usable, context)
            if implied is not None:
                what = f"a {instrument} total that implies item 9 of {implied} or more"
                context.note(entry.resource, "value[x]", what, "used without a date")
                out.answers.append(_answer(_PHQ_ITEM, [float(implied)], entry))


def _implied_item(
    instrument: str, meant: list[tuple[Json, Meaning]], context: ReadContext
) -> int | None:
    """Return the least answer to item 9 that a total allows where that item was not read.

    Rule: R16.
    """
    criteria, scales = context.knowledge.criteria.crisis, context.knowledge.scales
    item = Meaning("item", instrument, _SUICIDE_ITEM)
    totals = []
    for holder, meaning in meant:
        told = values_said(holder, scales)
        if meaning == item:
            if whole_within(told, *scales.item_ranges[instrument]) is not None:
                return None
        elif meaning == Meaning("total", instrument):
            totals.append(whole_within(told, *scales.ranges[instrument]) or 0)
    highest = max(totals, default=0)
    if highest >= criteria.total_implies_two_from:
        return 2 + highest - criteria.total_implies_two_from
    return 1 if highest >= criteria.total_implies_one_from else None


_PHQ_ITEM: Final = "phq-item9"


def _take(
    meaning: Meaning, holder: Json, entry: _Entry, context: ReadContext, out: ScalesRead
) -> None:
    """File one answer: as a safety answer, a drug level, or part of an administration."""
    if holder is not entry.resource and modifier_of(holder):
        context.note(entry.resource, "component", _MODIFIED, "the answer is not used")
        context.lose(entry.resource)
        return
    told = values_said(holder, context.knowledge.scales)
    if meaning is UNMAPPED and "yes" not in told:
        return
    if meaning.what == "question":
        out.answers.append(_answer(meaning.name, told, entry))
    elif entry.on is None:
        _take_undated(meaning, told, entry, context, out)
        if meaning.what == "total":
            _keep_unread(meaning, entry, out)
    elif meaning.what == "level":
        value = next((one for said in told if (one := number(said)) is not None), None)
        if value is not None:
            out.levels.append(
                LabLevel(evidence=entry.evidence, drug=meaning.name, on=entry.on, value=value)
            )
    else:
        _take_part(meaning, told, entry.on, entry, context, out)


def _take_part(
    meaning: Meaning,
    told: list[Said],
    on: Day,
    entry: _Entry,
    context: ReadContext,
    out: ScalesRead,
) -> None:
    """File an answer as part of an administration; keep that a total was not to be read."""
    key = PartKey(meaning.name, on, entry.preliminary, entry.at, entry.encounter)
    part = out.parts.get(key)
    if part is None:
        part = out.parts[key] = Part()
    part.evidence.add(entry.evidence)
    is_read = _fill(part, meaning, told, entry, context)
    if not is_read and meaning.what == "total":
        _keep_unread(meaning, entry, out)
        if is_phq(meaning.name):
            out.unread_phqs.append((on, entry.at, entry.resource))


def _keep_unread(meaning: Meaning, entry: _Entry, out: ScalesRead) -> None:
    """Keep that a total was recorded; one that is not final would not count for an outcome."""
    if not entry.preliminary:
        out.unread_totals.add(
            UnreadTotal(instrument=meaning.name, on=entry.on, evidence=entry.evidence)
        )


def _take_undated(
    meaning: Meaning, told: list[Said], entry: _Entry, context: ReadContext, out: ScalesRead
) -> None:
    """Keep what an answer without a date says of safety; a total left out is no complete read."""
    if is_phq(meaning.name) and meaning.item == _SUICIDE_ITEM:
        out.answers.append(_answer(_PHQ_ITEM, told, entry))
    if is_phq(meaning.name) and meaning.what == "total":
        # it may be the last one, with an item 9 nobody saw
        context.lose(entry.resource)
    effect = "not used: without a date it says nothing about when"
    context.note(entry.resource, "effective[x]", "no date is recorded", effect)


def _fill(
    part: Part, meaning: Meaning, told: list[Said], entry: _Entry, context: ReadContext
) -> bool:
    """Put a difficulty, a total or an item where it belongs; one off the scale is not used.

    Returns whether there was a value that could be read.
    """
    if meaning.what == "difficulty":
        part.difficulty = as_words(told[0]) if told else part.difficulty
        return bool(told)
    scales = context.knowledge.scales
    limits = scales.ranges if meaning.what == "total" else scales.item_ranges
    value = whole_within(told, *limits.get(meaning.name, (0, 0)))
    if value is None:
        if meaning.what == "item":
            part.unreadable.add(meaning.item)
        why = "is outside the scale" if told else "has no value that can be read"
        what = f"{meaning.name} {meaning.what} {why}"
        context.note(entry.resource, "value[x]", what, "not used")
    elif meaning.what == "total":
        part.totals.add(value)
    else:
        part.items[meaning.item] = max(value, part.items.get(meaning.item, value))
    return value is not None


def _answer(item: str, told: list[Said], entry: _Entry) -> SafetyAnswer:
    return SafetyAnswer(
        item=item,
        instrument=item.partition("-")[0],
        on=entry.on,
        at=entry.at,
        value=as_words(told[0]) if told else None,
        preliminary=entry.preliminary,
        evidence=entry.evidence,
        encounter=entry.encounter or None,
    )


def _flat(items: Iterable[Json], depth: int = 0) -> Iterator[Json]:
    for item in items:
        yield item
        if depth < _DEEPEST:
            yield from _flat(rows(item.get("item")), depth + 1)
            for answer in rows(item.get("answer")):
                yield from _flat(rows(answer.get("item")), depth + 1)


def _item_meaning(item: Json, context: ReadContext) -> Meaning | None:
    """Return what an item asks; by its text alone only where it is answered."""
    for coding in rows(item.get("code")):
        found = meaning_of(coding, context)
        if found is not None:
            return found
    for name in ("linkId", "definition"):
        code = _LINK_CODE.search(words(item.get(name)))
        found = context.vocabulary.meanings.get((LOINC, code.group(1))) if code else None
        if found is not None:
            return found
    text = words(item.get("text"))
    return _named_meaning(text, context) if text and item.get("answer") else None
