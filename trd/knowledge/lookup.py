"""What does a diagnosis code stand for?

Exact codes, then every ICD-10-CM prefix, then patterns; all that match contribute, because one
code may say two things (a manic episode is a mania and a bipolar history).
"""

import re
from collections.abc import Mapping, Sequence
from typing import Final

from trd.chart import ConceptHit
from trd.knowledge import Knowledge
from trd.knowledge.digits import URLS

_ICD: Final = URLS["icd-10-cm"]
_CATEGORY: Final = 3
"""Characters of an ICD-10-CM code before its dot."""


def concepts_for(knowledge: Knowledge, system: str, code: str) -> tuple[ConceptHit, ...]:
    """Return the concepts a code stands for, none where it is not in our tables.

    ``system`` is the canonical address. An ICD-10-CM code may lack its dot.
    """
    return find_hits(
        knowledge.conditions_exact,
        knowledge.conditions_prefix,
        knowledge.conditions_pattern,
        system,
        code,
    )


def find_hits(
    exact: Mapping[tuple[str, str], tuple[ConceptHit, ...]],
    prefixes: Mapping[str, tuple[ConceptHit, ...]],
    patterns: Sequence[tuple[re.Pattern[str], ConceptHit]],
    system: str,
    code: str,
) -> tuple[ConceptHit, ...]:
    """Return the hits of one code in three tables, each concept once, the most exact first."""
    if system != _ICD:
        return exact.get((system, code), ())
    code = with_dot(code)
    hits = list(exact.get((system, code), ()))
    for length in range(len(code), _CATEGORY - 1, -1):
        hits += prefixes.get(code[:length], ())
    hits += [hit for pattern, hit in patterns if pattern.fullmatch(code)]
    first: dict[str, ConceptHit] = {}
    for hit in hits:
        first.setdefault(hit.concept, hit)
    return tuple(first.values())


def indication_for_code(knowledge: Knowledge, system: str, code: str) -> str | None:
    """Return what a coded reason says a drug is for: the longest matching prefix, else None."""
    if system != _ICD:
        return None
    code = with_dot(code)
    for length in range(len(code), _CATEGORY - 1, -1):
        indication = knowledge.indications.get(code[:length])
        if indication is not None:
            return indication
    return None


def with_dot(code: str) -> str:
    """Return an ICD-10-CM code in capitals with its dot ("f332" is "F33.2")."""
    bare = code.strip().upper().replace(".", "")
    return bare if len(bare) <= _CATEGORY else f"{bare[:_CATEGORY]}.{bare[_CATEGORY:]}"
