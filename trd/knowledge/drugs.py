"""Which drugs do we know, from which dose do they count, and by which codes and names?

Doses are mg of the ingredient per day. A product's ingredient is the key of an antidepressant, an
augmenter or another drug; a table that names a drug nobody knows is a fault.
"""

import re
from collections import Counter, defaultdict
from collections.abc import Collection, Mapping
from typing import Final

from trd.knowledge import Antidepressant, Augmenter, OtherDrug, Product, ReleaseMinimum
from trd.knowledge.digits import URLS, code_fault, local_fault
from trd.knowledge.tables import Row, Tables

COUNTS_AS: Final = ("trial", "other-treatment", "never")
RELEASES: Final = ("immediate", "extended", "patch")
SPECIAL_USES: Final = (
    "",
    "smoking-cessation",
    "hypnotic-use",
    "pain-use",
    "migraine-use",
    "other-indication",
)
ROLES: Final = frozenset(
    {
        "anticonvulsant",
        "antipsychotic",
        "benzodiazepine",
        "hypnotic",
        "rapid-acting",
        "seizure-risk",
        "substance-treatment",
        "thyroid",
    }
)
_SPOKEN: Final = re.compile(r"[^\W_]+(?:['\u2019][^\W_]+)*(?: [^\W_]+(?:['\u2019][^\W_]+)*)*")
_LONGEST_NAME: Final = 3
"""Words in a drug name: the reader looks no further."""


_ANTIDEPRESSANT_COLUMNS: Final = (
    "name",
    "rxcui",
    "class",
    "switch_class",
    "counts_as",
    "family",
    "low_dose_ceiling_mg",
    "dose_cannot_tell",
    "augments_with",
    "thase_rush",
    "boxed_quantity",
    "other_use",
    "source",
)


def read_antidepressants(
    tables: Tables, *, is_label_profile: bool = False
) -> dict[str, Antidepressant]:
    """Return the antidepressants with their minimum doses: the study's, or the label's."""
    rows = tables.list_of("antidepressants.csv", _ANTIDEPRESSANT_COLUMNS, ("name",))
    minima = _read_minima(
        tables, {row.text("name") for row in rows}, is_label_profile=is_label_profile
    )
    members = Counter(row.text("family") for row in rows)
    found = {}
    for row in rows:
        name, family = row.text("name"), row.text("family")
        _check_code(row, "rxnorm", "rxcui")
        if family and members[family] == 1:
            row.fault(f"the family {family} has no second member")
        if row.text("counts_as") == "trial" and not minima[name]:
            row.fault(f"{name} counts as a trial and has no minimum dose")
        found[name] = Antidepressant(
            name=name,
            rxcui=row.text("rxcui"),
            drug_class=row.text("class"),
            switch_class=row.text("switch_class"),
            counts_as=row.choice("counts_as", COUNTS_AS),
            minima=tuple(minima[name]),
            family=family,
            low_dose_ceiling_mg=row.number("low_dose_ceiling_mg"),
            dose_cannot_tell=row.flag("dose_cannot_tell"),
            augments_with=row.text("augments_with"),
            thase_rush=row.choice("thase_rush", ("TCA", "MAOI", "")),
            boxed_quantity=row.flag("boxed_quantity"),
            other_use=row.text("other_use"),
        )
    return found


def _read_minima(
    tables: Tables, names: Collection[str], *, is_label_profile: bool
) -> Mapping[str, list[ReleaseMinimum]]:
    """Return the minimum doses by ingredient, each above 0 and not below the label's range."""
    columns = ("ingredient", "release", "minimum_mg", "label_from_mg", "basis", "level", "source")
    found: defaultdict[str, list[ReleaseMinimum]] = defaultdict(list)
    for row in tables.list_of("minimum_doses.csv", columns, ("ingredient", "release")):
        minimum, label_from = row.number("minimum_mg"), row.number("label_from_mg")
        if row.text("ingredient") not in names:
            row.fault(f"{row.text('ingredient')!r} is not an antidepressant")
        if minimum is None or minimum <= 0:
            row.fault("the minimum dose is not above 0")
            continue
        if label_from is not None and not 0 < label_from <= minimum:
            row.fault(f"the label range from {label_from:g} lies above the minimum {minimum:g}")
        if is_label_profile and label_from is not None:
            minimum = label_from
        _check_any(row, found[row.text("ingredient")])
        found[row.text("ingredient")].append(
            ReleaseMinimum(
                release=row.choice("release", ("any", *RELEASES)),
                minimum_mg=minimum,
                label_from_mg=label_from,
                basis=row.text("basis"),
            )
        )
    return found


def _check_any(row: Row, others: Collection[ReleaseMinimum]) -> None:
    """Note a minimum for any form beside one for a single form: which one counts is not told."""
    release = row.text("release")
    if any("any" in {release, other.release} and other.release != release for other in others):
        row.fault(f"{row.text('ingredient')} has a minimum for any form and one for a single form")


def read_augmenters(tables: Tables) -> dict[str, Augmenter]:
    """Return the drugs of the augmentation table."""
    columns = (
        "name",
        "rxcui",
        "minimum_mg",
        "needs_depressive_reason",
        "needs_level",
        "boxed_quantity",
        "role",
        "source",
    )
    found = {}
    for row in tables.list_of("augmenters.csv", columns, ("name",)):
        minimum = row.number("minimum_mg")
        _check_code(row, "rxnorm", "rxcui")
        if minimum is not None and minimum <= 0:
            row.fault("the minimum dose is not above 0")
        found[row.text("name")] = Augmenter(
            name=row.text("name"),
            minimum_mg=minimum,
            needs_depressive_reason=row.flag("needs_depressive_reason"),
            needs_level=row.flag("needs_level"),
            boxed_quantity=row.flag("boxed_quantity"),
            role=row.text("role"),
        )
    return found


def read_other_drugs(tables: Tables) -> dict[str, OtherDrug]:
    """Return the drugs that are no antidepressants but matter, with their roles."""
    found = {}
    columns = ("name", "rxcui", "roles", "note", "source")
    for row in tables.list_of("other_drugs.csv", columns, ("name",)):
        roles = frozenset(row.text("roles").split(";"))
        _check_code(row, "rxnorm", "rxcui")
        if not roles <= ROLES:
            row.fault(f"not a known role: {', '.join(sorted(roles - ROLES)) or '(blank)'}")
        found[row.text("name")] = OtherDrug(
            name=row.text("name"), rxcui=row.text("rxcui"), roles=roles, note=row.text("note")
        )
    return found


def read_products(tables: Tables, known: Collection[str]) -> dict[str, Product]:
    """Return what each RxNorm code stands for. ``known`` are the drugs there are."""
    columns = (
        "code",
        "ingredient",
        "name",
        "tty",
        "strength_mg",
        "release",
        "special_use",
        "factor",
        "weekly",
        "source",
    )
    found = {}
    for row in tables.list_of("products.csv", columns, ("code",)):
        fault = code_fault("rxnorm", row.text("code"))
        if fault:
            row.fault(fault)
        found[row.text("code")] = _product(row, row.text("code"), known)
    return found


def read_drug_codes(tables: Tables, known: Collection[str]) -> dict[tuple[str, str], Product]:
    """Return what NDC and SNOMED CT (dm+d) codes stand for, by (system URL, code).

    An NDC is that of the product: five digits of the labeler, four of the product.
    """
    columns = (
        "system",
        "code",
        "ingredient",
        "name",
        "strength_mg",
        "release",
        "special_use",
        "factor",
        "weekly",
        "source",
    )
    found = {}
    for row in tables.list_of("drug_codes.csv", columns, ("system", "code")):
        system = row.choice("system", ("ndc", "snomed"))
        _check_code(row, system, "code")
        found[URLS.get(system, ""), row.text("code")] = _product(row, row.text("code"), known)
    return found


def read_local_codes(tables: Tables, known: Collection[str]) -> dict[tuple[str, str], Product]:
    """Return what a site's own drug codes stand for, by (address of the system, code)."""
    columns = (
        "system",
        "code",
        "ingredient",
        "strength_mg",
        "release",
        "special_use",
        "source",
    )
    found = {}
    for row in tables.list_of("local_codes.csv", columns, ("system", "code")):
        system, code = row.text("system"), row.text("code")
        fault = local_fault(system, code)
        if fault:
            row.fault(fault)
        found[system, code] = _product(row, code, known)
    return found


def read_vague_words(tables: Tables) -> frozenset[str]:
    """Return the words that name no drug: a text of these and numbers alone says nothing."""
    found = set()
    for row in tables.list_of("vague_words.csv", ("word", "source"), ("word",)):
        word = row.text("word")
        if not _SPOKEN.fullmatch(word) or word != word.lower() or " " in word:
            row.fault(f"{word!r} is not one lower-case word")
        found.add(word)
    return frozenset(found)


def special_strengths(products: Mapping[str, Product]) -> dict[tuple[str, float], str]:
    """Return strengths only products for one other use have, with that use.

    Doxepin 3 mg is an insomnia tablet however it is written; bupropion 150 mg may be anything.
    """
    uses: dict[tuple[str, float], set[str]] = {}
    for product in products.values():
        if product.strength_mg is not None:
            uses.setdefault((product.ingredient, product.strength_mg), set()).add(
                product.special_use
            )
    return {key: use for key, found in uses.items() if len(found) == 1 for use in found if use}


def read_names(
    tables: Tables, known: Collection[str], words: Collection[str]
) -> dict[str, Product]:
    """Return the names by which a drug is recognised in text, in lower case and without signs.

    ``words`` are those of forms, doses and other things that name no drug.
    """
    found, rows = {}, {}
    columns = ("name", "ingredient", "release", "special_use", "factor", "weekly", "source")
    for row in tables.list_of("drug_names.csv", columns, ("name",)):
        name = row.text("name")
        if not _SPOKEN.fullmatch(name) or name != name.lower():
            row.fault(f"{name!r} is not lower-case words with single blanks")
        if len(name.split()) > _LONGEST_NAME:
            row.fault(f"{name!r} has more than {_LONGEST_NAME} words")
        found[name] = _product(row, "", known)
        rows[name] = row
    _check_names(rows, found, known, words)
    return found


def _check_names(
    rows: Mapping[str, Row],
    names: Mapping[str, Product],
    known: Collection[str],
    words: Collection[str],
) -> None:
    """Note a name that is no drug's, or another drug's. Salts and forms end our own names."""
    endings: defaultdict[str, set[str]] = defaultdict(set)
    for name, product in names.items():
        for word in name.split()[1:]:
            endings[word].add(product.ingredient)
    for name, product in names.items():
        is_anybodys = name in words or all(word in words for word in name.split())
        is_part = rows[name].is_a_sites() and bool(endings[name] - {product.ingredient})
        if name in known and name != product.ingredient:
            rows[name].fault(f"{name!r} is another drug's own name")
        elif is_anybodys or (is_part and name not in known):
            rows[name].fault(f"{name!r} is a word that names no drug")


def _product(row: Row, code: str, known: Collection[str]) -> Product:
    ingredient, strength, factor = (
        row.text("ingredient"),
        row.number("strength_mg"),
        row.number("factor"),
    )
    if ingredient not in known:
        row.fault(f"the ingredient {ingredient!r} is in no table of drugs")
    if strength is not None and strength <= 0:
        row.fault("the strength is not above 0")
    if factor is not None and not 0 < factor < 1:
        row.fault(f"the factor {factor:g} does not lie between 0 and 1")
    return Product(
        code=code,
        ingredient=ingredient,
        name=row.text("name"),
        strength_mg=strength,
        release=row.choice("release", (*RELEASES, "")) or None,
        special_use=row.choice("special_use", SPECIAL_USES),
        factor=1.0 if factor is None else factor,
        weekly=row.flag("weekly"),
    )


def read_atc(tables: Tables, known: Collection[str]) -> dict[str, str]:
    """Return the ingredient of each ATC code. ``known`` are the drugs there are."""
    found = {}
    for row in tables.list_of("atc.csv", ("atc", "ingredient", "source"), ("atc",)):
        _check_code(row, "atc", "atc")
        if row.text("ingredient") not in known:
            row.fault(f"the ingredient {row.text('ingredient')!r} is in no table of drugs")
        found[row.text("atc")] = row.text("ingredient")
    return found


def check_partners(
    tables: Tables, antidepressants: Mapping[str, Antidepressant], augmenters: Collection[str]
) -> None:
    """Note a combination whose augmenter is not in the augmentation table."""
    for drug in antidepressants.values():
        if drug.augments_with and drug.augments_with not in augmenters:
            tables.fault(
                "antidepressants.csv", 1, f"{drug.name} augments with {drug.augments_with}, unknown"
            )


def check_ingredient_codes(
    tables: Tables,
    drugs: Mapping[str, Antidepressant] | Mapping[str, OtherDrug],
    products: Mapping[str, Product],
) -> None:
    """Note an ingredient whose own code the products do not know or give to another drug."""
    for drug in drugs.values():
        held = products.get(drug.rxcui)
        if drug.rxcui and (held is None or held.ingredient != drug.name):
            tables.fault("products.csv", 1, f"the code {drug.rxcui} of {drug.name} is missing")


def _check_code(row: Row, system: str, column: str) -> None:
    """Note a code that cannot be one; a blank one is a drug known by name only."""
    fault = code_fault(system, row.text(column)) if row.text(column) else None
    if fault:
        row.fault(fault)
