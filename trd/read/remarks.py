"""What does a charted remark state, what does it deny, and what does it leave open?

Reasons are written by people in a hurry: "no nausea or vomiting, no benefit", "nausea resolved",
"if rash develops stop", "mother did well on it". Phrases are whole words, the longest is taken
first and uses up its words. A phrase counts as stated only where nothing speaks against it: no
negation before it, nothing after it that takes it back, and no word in its sentence that makes it
a fear, a question, somebody else's history, or about another drug. Precision before recall.
"""

import re
from bisect import bisect_left
from collections.abc import Sequence
from operator import attrgetter
from typing import Final, NamedTuple

from trd.chart import StopReason
from trd.read.ingredients import share_a_part
from trd.read.lexicon import DOSE, WORD, Kind, Lexicon, Spoken, plain_text

_SENTENCE_END: Final = re.compile(r"[;!\n]|\.(?=\s|$)")
_REACH: Final = 4
"""A negation, or what takes a phrase back, stands at most so many words away from it."""
_CONTRASTS: Final = frozenset({"but", "and", "pero", "y"})
_LINKS: Final = frozenset({"or", "and", "nor", "o", "y", "ni"})
_OF: Final = frozenset(
    {"of", "on", "from", "to", "by", "in", "for", "the", "de", "del", "en", "para", "la", "el"}
)
"""What may stand between an effect and whose it is."""


class _Mark(NamedTuple):
    """A phrase found in a sentence: its words from ``start`` up to ``end``, not inclusive."""

    start: int
    end: int
    kind: Kind
    name: str


class _Sentence(NamedTuple):
    """The words of a sentence, what stands before each of them, and the phrases found in it."""

    words: Spoken
    gaps: Spoken
    marks: tuple[_Mark, ...]


class Remark(NamedTuple):
    """The meanings a text states, those it denies outright, and those it leaves in doubt."""

    stated: frozenset[str]
    denied: frozenset[str]
    doubted: frozenset[str]


def read_remark(text: str, lexicon: Lexicon, drug: str = "") -> Remark:
    """Return what a text states, denies and leaves open; ``drug`` is the ingredient it is about."""
    stated: set[str] = set()
    denied: set[str] = set()
    doubted: set[str] = set()
    plain = plain_text(_in_full(text, lexicon))
    for part in _SENTENCE_END.split(plain):
        sentence = _sentence(part, lexicon)
        found = {mark.name for mark in sentence.marks if mark.kind is Kind.MEANING}
        if any(mark.kind is Kind.RELATIVE for mark in sentence.marks):
            continue
        is_open = _is_open(sentence, lexicon) or _is_anothers(sentence, lexicon)
        if "?" in plain or is_open or _is_doubtful(sentence, lexicon, drug):
            doubted |= found
            if any(_is_change_of_dose(mark, sentence, lexicon, drug) for mark in sentence.marks):
                doubted |= stated
                stated.clear()
            continue
        for run in _runs(sentence, lexicon):
            _judge(run, sentence, lexicon, (stated, denied, doubted))
    return Remark(frozenset(stated), frozenset(denied), frozenset(doubted))


def read_note(text: str, lexicon: Lexicon, drug: str) -> frozenset[str]:
    """Return what a narrative states after "stopped because of" and its like, else nothing.

    Whatever is feared, remembered or begun anew anywhere in the narrative leaves all of it open.
    """
    plain = plain_text(_in_full(text, lexicon))
    sentences = [_sentence(part, lexicon) for part in _SENTENCE_END.split(plain)]
    kinds = {mark.kind for sentence in sentences for mark in sentence.marks}
    if not kinds.isdisjoint({Kind.DOUBT, Kind.RELATIVE}):
        return frozenset()
    given = {
        mark.name
        for sentence in sentences
        for mark in sentence.marks[_index(sentence, _cause_in(sentence, lexicon) + 1) :]
        if mark.kind is Kind.MEANING
    }
    told = read_remark(text, lexicon, drug)
    return (told.stated & given) - told.doubted


def _cause_in(sentence: _Sentence, lexicon: Lexicon) -> int:
    """Return where "because" or its like follows "stopped" or its like, past the end if nowhere."""
    stop = next((at for at, word in enumerate(sentence.words) if word in lexicon.stops), None)
    later = range(len(sentence.words) if stop is None else stop, len(sentence.words))
    return next((at for at in later if sentence.words[at] in lexicon.causes), len(sentence.words))


def _in_full(text: str, lexicon: Lexicon) -> str:
    """Write shorthand out; a capital one counts only where the rest is not in capitals as well."""

    def _written_out(match: re.Match[str]) -> str:
        short = match.group()
        if short in lexicon.shorthand and (not text.isupper() or text.strip(" .") == short):
            return lexicon.shorthand[short]
        return lexicon.shorthand.get(short.lower(), short)

    return lexicon.written_short.sub(_written_out, text)


def _sentence(text: str, lexicon: Lexicon) -> _Sentence:
    """Find the known phrases of a sentence, the longest first."""
    words: list[str] = []
    gaps: list[str] = []
    end = 0
    for match in WORD.finditer(text):
        words.append(match.group())
        gaps.append(text[end : match.start()].strip())
        end = match.end()
    candidates = [
        (entry, at)
        for at, word in enumerate(words)
        for entry in lexicon.by_first_word.get(word, ())
        if tuple(words[at : at - entry.minus_length]) == entry.spoken
    ]
    taken: set[int] = set()
    marks = []
    for entry, at in sorted(candidates):
        covered = range(at, at - entry.minus_length)
        if taken.isdisjoint(covered):
            taken.update(covered)
            marks.append(_Mark(covered.start, covered.stop, entry.kind, entry.name))
    return _Sentence(tuple(words), tuple(gaps), tuple(sorted(marks)))


def _is_doubtful(sentence: _Sentence, lexicon: Lexicon, drug: str) -> bool:
    """Say whether a sentence is a fear, a plan, a change of dose, or speaks of another drug."""
    reach = -1
    for mark in sentence.marks:
        is_other = mark.kind is Kind.DRUG and not share_a_part(mark.name, drug)
        if mark.kind is Kind.DOUBT or (is_other and mark.start > reach):
            return True
        if _is_change_of_dose(mark, sentence, lexicon, drug):
            return True
        if is_other or mark.kind is Kind.MOVE:
            # the next drug follows at once, or after one word: "switched to oral citalopram"
            reach = mark.end + 1
    return False


def _is_change_of_dose(mark: _Mark, sentence: _Sentence, lexicon: Lexicon, drug: str) -> bool:
    """Say whether a phrase changes the dose, by a number or the same drug after "changed to"."""
    if mark.name == DOSE:
        return True
    if sentence.words[mark.start : mark.end] not in lexicon.changes:
        return False
    near = range(mark.end, mark.end + 2)
    after = sentence.marks[_index(sentence, near.start) : _index(sentence, near.stop)]
    drugs = [m.name for m in after if m.kind is Kind.DRUG]
    if drugs:
        return share_a_part(drugs[0], drug)
    words = sentence.words[near.start : near.stop]
    return any(word.isdecimal() or word in lexicon.numbers for word in words)


def _is_anothers(sentence: _Sentence, lexicon: Lexicon) -> bool:
    """Say whether a missing effect is another's: "no benefit coverage", "no relief of headache"."""
    words, gaps = sentence.words, sentence.gaps
    others = {m.start for m in sentence.marks if m.kind is Kind.MEANING and m.name != _NO_EFFECT}
    for mark in sentence.marks:
        if mark.name != _NO_EFFECT:
            continue
        if (
            mark.start
            and "," not in gaps[mark.start]
            and words[mark.start - 1] in lexicon.bystanders
        ):
            return True
        at = mark.end
        after = words[at : at + 1]
        if after and "," not in gaps[at] and after[0] in lexicon.bystanders:
            return True
        while at < len(words) and not gaps[at] and words[at] in _OF:
            at += 1
        if at == len(words) or gaps[at]:
            continue
        if words[at] in lexicon.bystanders | lexicon.senders or (at > mark.end and at in others):
            return True
    return False


_NO_EFFECT: Final = StopReason.NO_EFFECT.value


def _is_open(sentence: _Sentence, lexicon: Lexicon) -> bool:
    """Say whether a word stands in a sentence of which nobody knows what it does there."""
    if not lexicon.plain:
        return False
    known = {at for mark in sentence.marks for at in range(mark.start, mark.end)}
    return any(
        at not in known
        and word not in lexicon.plain
        and word not in lexicon.negations
        and not word.isdecimal()
        for at, word in enumerate(sentence.words)
    )


def _runs(sentence: _Sentence, lexicon: Lexicon) -> Sequence[Sequence[_Mark]]:
    """Return the meanings in order; a list of one meaning ("nausea, vomiting or rash") is one run.

    A phrase that holds its own negation begins a run.
    """
    runs: list[list[_Mark]] = []
    last: _Mark | None = None
    for mark in sentence.marks:
        is_meaning = mark.kind is Kind.MEANING
        if is_meaning and last is not None and _joins(last, mark, sentence, lexicon):
            runs[-1].append(mark)
        elif is_meaning:
            runs.append([mark])
        last = mark if is_meaning else None
    return runs


def _joins(last: _Mark, mark: _Mark, sentence: _Sentence, lexicon: Lexicon) -> bool:
    """Say whether a phrase carries on a list of its kind."""
    between = sentence.words[last.end : mark.start]
    is_list = len(between) <= 1 and _LINKS.issuperset(between)
    return is_list and last.name == mark.name and not _negates_itself(mark, sentence, lexicon)


def _judge(
    run: Sequence[_Mark],
    sentence: _Sentence,
    lexicon: Lexicon,
    heard: tuple[set[str], set[str], set[str]],
) -> None:
    """Put the meaning of a run among those stated, denied or doubted."""
    stated, denied, doubted = heard
    name = run[0].name
    negated = _negation_before(run[0], sentence, lexicon)
    if _is_taken_back(run, sentence):
        doubted.add(name)
    elif negated is None:
        stated.add(name)
    elif negated <= lexicon.denial_links and not _negates_itself(run[0], sentence, lexicon):
        denied.add(name)
    else:
        doubted.add(name)


def _negates_itself(mark: _Mark, sentence: _Sentence, lexicon: Lexicon) -> bool:
    return sentence.words[mark.start] in lexicon.negations


def _negation_before(mark: _Mark, sentence: _Sentence, lexicon: Lexicon) -> frozenset[str] | None:
    """Return the words between a negation shortly before and the phrase, None without one.

    A negation does not reach over another phrase or a contrast; one before a phrase that negates
    itself ("not without benefit") does not reach over a comma either.
    """
    here = _index(sentence, mark.start)
    before = sentence.marks[max(0, here - _REACH) : here]
    floor = max((other.end for other in before if other.kind is not Kind.UNDONE), default=0)
    stops_at_comma = _negates_itself(mark, sentence, lexicon)
    between: set[str] = set()
    for at in range(mark.start - 1, max(floor, mark.start - _REACH) - 1, -1):
        word = sentence.words[at]
        if stops_at_comma and sentence.gaps[at + 1]:
            return None
        if word in lexicon.negations:
            return frozenset(between)
        if word in _CONTRASTS:
            return None
        between.add(word)
    return None


def _index(sentence: _Sentence, at: int) -> int:
    """Return how many phrases of a sentence begin before a word; none lies across another."""
    return bisect_left(sentence.marks, at, key=attrgetter("start"))


def _is_taken_back(run: Sequence[_Mark], sentence: _Sentence) -> bool:
    """Say whether what stands beside a run takes it back: "nausea resolved", "resolved nausea"."""
    first, last = run[0], run[-1]
    begin = max(0, _index(sentence, first.start) - 1)
    beside = sentence.marks[begin : _index(sentence, last.end + _REACH + 1)]
    for mark in beside:
        if mark.kind is not Kind.UNDONE:
            continue
        if mark.end == first.start and not sentence.gaps[first.start]:
            return True
        between = range(last.end, mark.start + 1)
        if not 1 <= len(between) <= _REACH + 1:
            continue
        reaches = all(not sentence.gaps[at] for at in between) or len(between) == 1
        crossed = any(other.start in between[:-1] for other in beside)
        if reaches and not crossed and _CONTRASTS.isdisjoint(sentence.words[last.end : mark.start]):
            return True
    return False
