"""The one place the core opens a file: parse every table, cross-check, report every fault at once.

Called once per process. ``extra`` is a hospital's own folder with files of the same names, laid
over ours under the same checks; the version then ends in "+site". ``base`` is for tests.
"""

from collections.abc import Collection
from importlib.resources import files
from importlib.resources.abc import Traversable
from types import MappingProxyType
from typing import Final, NamedTuple

from trd.knowledge import (
    Antidepressant,
    Augmenter,
    Criteria,
    Knowledge,
    Mark,
    OtherDrug,
    PayerItem,
    Phrases,
    Product,
    Scales,
)
from trd.knowledge.concepts import (
    Conditions,
    check_overlap,
    read_concepts,
    read_conditions,
    read_indications,
    read_procedures,
)
from trd.knowledge.drugs import (
    check_ingredient_codes,
    check_partners,
    read_antidepressants,
    read_atc,
    read_augmenters,
    read_drug_codes,
    read_local_codes,
    read_names,
    read_other_drugs,
    read_products,
    read_vague_words,
    special_strengths,
)
from trd.knowledge.errors import KnowledgeError
from trd.knowledge.instruments import read_scales
from trd.knowledge.provenance import check_folder, read_manifest, read_sources
from trd.knowledge.tables import Tables
from trd.knowledge.thresholds import read_criteria
from trd.knowledge.wording import read_payer_items, read_phrases

LABEL_PROFILE: Final = "label"
"""The profile in which the lower end of the label's range is the minimum dose. Rule: R9."""


def load_knowledge(
    extra: Traversable | None = None, *, base: Traversable | None = None
) -> Knowledge:
    """Return everything the rules need to know.

    Raises ``KnowledgeError`` with every fault of every table if there is one.
    """
    tables = Tables(base=files("trd.knowledge") if base is None else base, extra=extra)
    check_folder(tables)
    criteria, marks = read_criteria(tables)
    knowledge = _assembled(tables, criteria, marks)
    if knowledge is None or tables.faults:
        raise KnowledgeError(tables.faults)
    return knowledge


class _Drugs(NamedTuple):
    """The tables of drugs, already checked against each other."""

    antidepressants: dict[str, Antidepressant]
    augmenters: dict[str, Augmenter]
    others: dict[str, OtherDrug]
    products: dict[str, Product]
    codes: dict[tuple[str, str], Product]
    local: dict[tuple[str, str], Product]
    names: dict[str, Product]
    vague: frozenset[str]
    atc: dict[str, str]


def _read_drugs(tables: Tables, criteria: Criteria | None, sig_words: Collection[str]) -> _Drugs:
    is_label_profile = criteria is not None and criteria.dose.minimum_profile == LABEL_PROFILE
    antidepressants = read_antidepressants(tables, is_label_profile=is_label_profile)
    augmenters = read_augmenters(tables)
    others = read_other_drugs(tables)
    known = antidepressants.keys() | augmenters.keys() | others.keys()
    products = read_products(tables, known)
    codes = read_drug_codes(tables, known)
    local = read_local_codes(tables, known)
    vague = read_vague_words(tables)
    names = read_names(tables, known, vague.union(sig_words))
    atc = read_atc(tables, known)
    check_partners(tables, antidepressants, augmenters)
    check_ingredient_codes(tables, antidepressants, products)
    check_ingredient_codes(tables, others, products)
    return _Drugs(antidepressants, augmenters, others, products, codes, local, names, vague, atc)


def _read_conditions(tables: Tables) -> tuple[dict[str, str], Conditions]:
    labels, excludes = read_concepts(tables)
    conditions = read_conditions(tables, labels)
    check_overlap(conditions, excludes)
    return labels, conditions


class _Words(NamedTuple):
    """The reasons for a drug by code, the scales, the phrases and the payers' items."""

    indications: dict[str, str]
    scales: Scales
    phrases: Phrases
    payer_items: tuple[PayerItem, ...]


def _read_words(tables: Tables, concepts: Collection[str]) -> _Words:
    return _Words(
        read_indications(tables),
        read_scales(tables),
        read_phrases(tables, concepts),
        read_payer_items(tables),
    )


def _assembled(
    tables: Tables, criteria: Criteria | None, marks: dict[str, Mark]
) -> Knowledge | None:
    """Read every table, so that all faults are noted; None where the criteria are incomplete."""
    labels, conditions = _read_conditions(tables)
    procedures, procedure_prefixes = read_procedures(tables, labels)
    words = _read_words(tables, labels)
    drugs = _read_drugs(tables, criteria, words.phrases.sig_terms)
    sources = read_sources(tables)
    release = read_manifest(tables)
    if criteria is None:
        return None
    return Knowledge(
        version=release.version,
        rules=release.rules,
        signed_off=release.signed_off,
        criteria=criteria,
        marks=MappingProxyType(marks),
        antidepressants=MappingProxyType(drugs.antidepressants),
        products=MappingProxyType(drugs.products),
        atc=MappingProxyType(drugs.atc),
        drug_codes=MappingProxyType(drugs.codes),
        local_codes=MappingProxyType(drugs.local),
        drug_names=MappingProxyType(drugs.names),
        vague_words=drugs.vague,
        special_strengths=MappingProxyType(special_strengths(drugs.products)),
        augmenters=MappingProxyType(drugs.augmenters),
        other_drugs=MappingProxyType(drugs.others),
        conditions_exact=MappingProxyType(conditions.exact),
        conditions_prefix=MappingProxyType(conditions.prefix),
        conditions_pattern=tuple(conditions.patterns),
        concept_labels=MappingProxyType(labels),
        indications=MappingProxyType(words.indications),
        procedures=MappingProxyType(procedures),
        procedure_prefixes=MappingProxyType(procedure_prefixes),
        scales=words.scales,
        phrases=words.phrases,
        payer_items=words.payer_items,
        sources=MappingProxyType(sources),
        rows=MappingProxyType(tables.rows),
    )
