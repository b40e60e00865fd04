"""What does the reader look up? The knowledge's tables, prepared once for reading.

Most of a chart is none of our business; these indexes let the reader see that at a glance. They
hold nothing of any patient, and are kept for the few knowledges a process works with.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final, NamedTuple

from trd.chart import ConceptHit
from trd.knowledge import Knowledge, Phrases, Product, Scales
from trd.read.access import ICD10CM
from trd.read.ingredients import is_combination, parts_of
from trd.read.lexicon import Lexicon, lexicon_of
from trd.read.words import tokens

Spoken = tuple[str, ...]


class Meaning(NamedTuple):
    """What an entry's code stands for: "total", "item", "question", "difficulty" or "level".

    ``name`` is the instrument, question or drug, ``item`` an item's number.
    """

    what: str
    name: str
    item: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Vocabulary:
    """The indexes: codes and names of scales, the words drug names begin with, TMS flags.

    ``wordings`` are phrases that together tell a question; ``unmapped`` words of questions nobody
    mapped, ``relatives`` words that make it somebody else's history. ``asking`` are the words with
    which a wording, a level or an unmapped question begins.

    ``combinations`` are the ingredients that stand for several drugs at once, with their parts;
    ``flags`` the TMS flag of each concept, the gravest where its codes differ; ``idle`` known
    drugs no rule reads, ``drug_codes`` and ``drug_words`` the codes and first words of all others.
    ``weekly`` are (ingredient, mg) of which every product is taken once a week.
    ``diagnosis_systems`` are those whose codes of diagnoses are read; ``hits`` keeps what such a
    code stands for once it was worked out. ``endings`` reads why a drug was stopped, ``purposes``
    what it is for.
    """

    codes: frozenset[str]
    meanings: Mapping[tuple[str, str], Meaning]
    panels: frozenset[tuple[str, str]]
    names: Mapping[Spoken, Meaning]
    levels: tuple[tuple[Spoken, Meaning], ...]
    wordings: tuple[tuple[tuple[Spoken, ...], Meaning], ...]
    unmapped: tuple[Spoken, ...]
    relatives: tuple[Spoken, ...]
    asking: frozenset[str]
    drugs: Mapping[str, tuple[tuple[Spoken, Product], ...]]
    combinations: tuple[tuple[str, frozenset[str]], ...]
    denials: frozenset[str]
    flags: Mapping[str, str]
    procedure_prefixes: tuple[tuple[str, str], ...]
    diagnosis_systems: frozenset[str]
    idle: frozenset[str]
    drug_codes: frozenset[str]
    drug_words: frozenset[str]
    weekly: frozenset[tuple[str, float]]
    endings: Lexicon
    purposes: Lexicon
    hits: dict[tuple[str, str], tuple[ConceptHit, ...]] = field(default_factory=dict)


_READ_ROLES: Final = frozenset({"antipsychotic", "seizure-risk", "rapid-acting"})
"""Roles of other drugs that a rule asks for (R13, R15, R16)."""
_MOST_KEPT: Final = 8
_KEPT: Final[list[tuple[Knowledge, Vocabulary]]] = []


def vocabulary_of(knowledge: Knowledge) -> Vocabulary:
    """Return the indexes of this knowledge, made when it is met first."""
    for known, vocabulary in _KEPT:
        if known is knowledge:
            return vocabulary
    made = _prepared(knowledge)
    del _KEPT[: max(0, len(_KEPT) + 1 - _MOST_KEPT)]
    _KEPT.append((knowledge, made))
    return made


def _prepared(knowledge: Knowledge) -> Vocabulary:
    scales = knowledge.scales
    idle = _idle(knowledge)
    drugs = _drugs_by_first_word(knowledge.drug_names)
    meanings = _meanings(scales)
    panels = frozenset(scales.panels)
    wordings, levels, unmapped = _wordings(scales), _level_words(scales), _spoken(scales.unmapped)
    return Vocabulary(
        codes=frozenset(code for _, code in [*meanings, *panels]),
        meanings=meanings,
        panels=panels,
        names=_names(scales),
        levels=levels,
        wordings=wordings,
        unmapped=unmapped,
        relatives=_spoken(knowledge.phrases.family_history),
        asking=_asking(wordings, levels, unmapped),
        drugs=drugs,
        combinations=tuple(
            (name, parts_of(name)) for name in knowledge.antidepressants if is_combination(name)
        ),
        denials=frozenset(knowledge.phrases.negations),
        flags=_flags(knowledge),
        procedure_prefixes=tuple(knowledge.procedure_prefixes),
        diagnosis_systems=frozenset(system for system, _ in knowledge.conditions_exact) | {ICD10CM},
        idle=idle,
        drug_codes=frozenset(c for c, p in knowledge.products.items() if p.ingredient not in idle)
        | frozenset(code for _, code in knowledge.local_codes),
        drug_words=frozenset(
            word for word, names in drugs.items() if any(p.ingredient not in idle for _, p in names)
        ),
        weekly=_weekly_strengths(knowledge),
        endings=_endings(knowledge),
        purposes=_purposes(knowledge.phrases),
    )


def _spoken(phrases: Iterable[str]) -> tuple[Spoken, ...]:
    return tuple(map(tokens, phrases))


def _asking(
    wordings: Iterable[tuple[Sequence[Spoken], Meaning]],
    levels: Iterable[tuple[Spoken, Meaning]],
    unmapped: Iterable[Spoken],
) -> frozenset[str]:
    """Return the first words of whatever asks a question."""
    phrases = [*(next(filter(None, each), ()) for each, _ in wordings), *(e for e, _ in levels)]
    return frozenset(word for phrase in [*phrases, *unmapped] for word in phrase[:1])


def _weekly_strengths(knowledge: Knowledge) -> frozenset[tuple[str, float]]:
    """Return the strengths only products for once a week have, by ingredient and mg."""
    weekly: dict[bool, set[tuple[str, float]]] = {True: set(), False: set()}
    for product in knowledge.products.values():
        if product.strength_mg is not None:
            weekly[product.weekly].add((product.ingredient, product.strength_mg))
    return frozenset(weekly[True] - weekly[False])


def _endings(knowledge: Knowledge) -> Lexicon:
    phrases = knowledge.phrases
    remarks = phrases.remarks
    return lexicon_of(
        phrases.stop_reasons,
        remarks,
        doubts=remarks.uncertain + remarks.not_an_end,
        relatives=remarks.relatives,
        drugs={name: product.ingredient for name, product in knowledge.drug_names.items()},
        plain=remarks.plain,
    )


def _purposes(phrases: Phrases) -> Lexicon:
    remarks = phrases.remarks
    return lexicon_of(phrases.indications, remarks, remarks.uncertain, remarks.relatives)


def _idle(knowledge: Knowledge) -> frozenset[str]:
    """Return the known drugs no rule reads."""
    return frozenset(
        name
        for name, drug in knowledge.other_drugs.items()
        if name not in knowledge.antidepressants
        and name not in knowledge.augmenters
        and _READ_ROLES.isdisjoint(drug.roles)
    )


def _meanings(scales: Scales) -> dict[tuple[str, str], Meaning]:
    """Return what each code stands for; where tables overlap, the first named here wins."""
    found = {key: Meaning("level", drug) for key, drug in scales.levels.items() if key[0] != "text"}
    found |= {key: Meaning("difficulty", name) for key, name in scales.difficulty.items()}
    found |= {key: Meaning("question", name) for key, name in scales.questions.items()}
    found |= {key: Meaning("item", name, item) for key, (name, item) in scales.items.items()}
    found |= {key: Meaning("total", name) for key, name in scales.totals.items()}
    return {key: meaning for key, meaning in found.items() if key not in scales.panels}


def _names(scales: Scales) -> dict[Spoken, Meaning]:
    return {
        tokens(name): Meaning("total" if named in scales.ranges else "question", named)
        for name, named in scales.names.items()
    }


def _level_words(scales: Scales) -> tuple[tuple[Spoken, Meaning], ...]:
    return tuple(
        (tokens(word), Meaning("level", drug))
        for (system, word), drug in scales.levels.items()
        if system == "text"
    )


def _wordings(scales: Scales) -> tuple[tuple[tuple[Spoken, ...], Meaning], ...]:
    return tuple(
        (
            tuple(map(tokens, phrases)),
            Meaning("item", name, item) if item else Meaning("question", name),
        )
        for phrases, name, item in scales.wordings
    )


def _drugs_by_first_word(
    names: Mapping[str, Product],
) -> Mapping[str, tuple[tuple[Spoken, Product], ...]]:
    """Return the drug names by their first word, the longest name first."""
    found: dict[str, list[tuple[Spoken, Product]]] = {}
    for name, product in names.items():
        spoken = tuple(name.split(" "))
        found.setdefault(spoken[0], []).append((spoken, product))
    return {
        word: tuple(sorted(group, key=lambda pair: (-len(pair[0]), pair[0])))
        for word, group in found.items()
    }


_GRAVITY: Final = ("", "ask", "relative", "absolute")


def _flags(knowledge: Knowledge) -> Mapping[str, str]:
    """Return the gravest TMS flag the tables give each concept."""
    found: dict[str, str] = {}
    for hit in _all_hits(knowledge):
        held = found.get(hit.concept, "")
        found[hit.concept] = max(held, hit.tms_flag, key=_GRAVITY.index)
    return found


def _all_hits(knowledge: Knowledge) -> Iterable[ConceptHit]:
    for group in (*knowledge.conditions_exact.values(), *knowledge.conditions_prefix.values()):
        yield from group
    for _, hit in knowledge.conditions_pattern:
        yield hit
