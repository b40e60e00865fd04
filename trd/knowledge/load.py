"""The one place the core opens a file: parse every table, cross-check, report every fault at once.

Called once per process. ``extra`` is a hospital's own folder with files of the same names, laid
over ours under the same checks; the version then ends in "+site". ``base`` is for tests.
"""

from importlib.resources import files
from importlib.resources.abc import Traversable
from types import MappingProxyType

from trd.knowledge import Criteria, Knowledge, Mark
from trd.knowledge.concepts import (
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
    read_names,
    read_other_drugs,
    read_products,
    special_strengths,
)
from trd.knowledge.errors import KnowledgeError
from trd.knowledge.instruments import read_scales
from trd.knowledge.provenance import read_manifest, read_sources
from trd.knowledge.tables import Tables
from trd.knowledge.thresholds import read_criteria
from trd.knowledge.wording import read_payer_items, read_phrases


def load_knowledge(
    extra: Traversable | None = None, *, base: Traversable | None = None
) -> Knowledge:
    """Return everything the rules need to know.

    Raises ``KnowledgeError`` with every fault of every table if there is one.
    """
    tables = Tables(base=files("trd.knowledge") if base is None else base, extra=extra)
    criteria, marks = read_criteria(tables)
    knowledge = _assembled(tables, criteria, marks)
    if knowledge is None or tables.faults:
        raise KnowledgeError(tables.faults)
    return knowledge


def _assembled(
    tables: Tables, criteria: Criteria | None, marks: dict[str, Mark]
) -> Knowledge | None:
    """Read every table, so that all faults are noted; None where the criteria are incomplete."""
    antidepressants = read_antidepressants(tables)
    augmenters = read_augmenters(tables)
    other_drugs = read_other_drugs(tables)
    known = antidepressants.keys() | augmenters.keys() | other_drugs.keys()
    products = read_products(tables, known)
    drug_names = read_names(tables, known)
    atc = read_atc(tables, antidepressants)
    check_partners(tables, antidepressants, augmenters)
    check_ingredient_codes(tables, antidepressants, products)
    check_ingredient_codes(tables, other_drugs, products)
    labels, excludes = read_concepts(tables)
    conditions = read_conditions(tables, labels)
    check_overlap(conditions, excludes)
    procedures, procedure_prefixes = read_procedures(tables, labels)
    indications = read_indications(tables)
    scales = read_scales(tables)
    phrases = read_phrases(tables, labels)
    payer_items = read_payer_items(tables)
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
        antidepressants=MappingProxyType(antidepressants),
        products=MappingProxyType(products),
        atc=MappingProxyType(atc),
        drug_names=MappingProxyType(drug_names),
        special_strengths=MappingProxyType(special_strengths(products)),
        augmenters=MappingProxyType(augmenters),
        other_drugs=MappingProxyType(other_drugs),
        conditions_exact=MappingProxyType(conditions.exact),
        conditions_prefix=MappingProxyType(conditions.prefix),
        conditions_pattern=tuple(conditions.patterns),
        concept_labels=MappingProxyType(labels),
        indications=MappingProxyType(indications),
        procedures=MappingProxyType(procedures),
        procedure_prefixes=MappingProxyType(procedure_prefixes),
        scales=scales,
        phrases=phrases,
        payer_items=payer_items,
        sources=MappingProxyType(sources),
        rows=MappingProxyType(tables.rows),
    )
