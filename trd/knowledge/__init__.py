"""What do we know? The small signed tables of this folder, as frozen objects.

``load_knowledge`` reads and cross-checks every table once; every judging function takes the result
as an argument, so a test may bring its own. Doses are mg of the ingredient per day. Data says how
much, code says how.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from trd.chart import ConceptHit
from trd.knowledge.criteria import Criteria
from trd.knowledge.sig_words import SigTerm

__all__ = [
    "Antidepressant",
    "Augmenter",
    "Criteria",
    "Knowledge",
    "Mark",
    "OtherDrug",
    "PayerItem",
    "Phrases",
    "ProcedureCode",
    "Product",
    "ReleaseMinimum",
    "Remarks",
    "Scales",
    "SigTerm",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class Mark:
    """Where a number comes from: mark G, E or J, rule, meaning, values a site may set."""

    mark: str
    rule: str
    what: str
    site: tuple[float | str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ReleaseMinimum:
    """The minimum daily dose for one release form ("any", "immediate", "extended", "patch")."""

    release: str
    minimum_mg: float
    label_from_mg: float | None
    basis: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Antidepressant:
    """One antidepressant ingredient or combination.

    ``counts_as`` is "trial", "other-treatment" (esketamine, zuranolone, brexanolone) or "never"
    (no depression use in this market). ``family`` joins drugs of one active moiety (R8).
    ``low_dose_ceiling_mg`` is R9(c)'s row; ``dose_cannot_tell`` R9's last sentence;
    ``augments_with`` names the augmenter inside a combination product; ``thase_rush`` is "TCA",
    "MAOI" or "". ``boxed_quantity`` marks drugs R16 names for limited quantity.
    """

    name: str
    rxcui: str
    drug_class: str
    switch_class: str
    counts_as: str
    minima: tuple[ReleaseMinimum, ...]
    family: str = ""
    low_dose_ceiling_mg: float | None = None
    dose_cannot_tell: bool = False
    augments_with: str = ""
    thase_rush: str = ""
    boxed_quantity: bool = False
    other_use: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Product:
    """What one drug code stands for.

    ``strength_mg`` is mg of the ingredient in one unit; ``release`` as in ``Drug``;
    ``special_use`` is "", or the set-aside reason of a product made for another use
    ("smoking-cessation", "hypnotic-use", "pain-use", "other-indication"); ``factor``
    as in ``Drug``.
    """

    code: str
    ingredient: str
    name: str
    strength_mg: float | None = None
    release: str | None = None
    special_use: str = ""
    factor: float = 1.0
    weekly: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Augmenter:
    """A drug of the augmentation table with the least dose that makes it augmentation.

    ``minimum_mg`` None: the table gives no dose, so no dose disqualifies it; the row says so.
    ``boxed_quantity`` as in ``Antidepressant``.
    """

    name: str
    minimum_mg: float | None
    needs_depressive_reason: bool
    needs_level: bool
    role: str
    boxed_quantity: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class OtherDrug:
    """A drug that is no antidepressant but matters: its roles ("seizure-risk", …)."""

    name: str
    rxcui: str
    roles: frozenset[str]
    note: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ProcedureCode:
    """What a procedure code stands for: a treatment kind ("tms", "ect", …) or a TMS concept.

    ``side`` is "bilateral" or "unilateral" where a code of ECT says so, else "".
    """

    kind: str
    label: str
    side: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class PayerItem:
    """One item payers commonly ask for, with what is known of its source."""

    id: str
    text: str
    source: str
    level: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Scales:
    """Codes of the scales. Keys are (system URL, code).

    ``totals`` and ``items`` give the instrument (and item number); ``answers`` the value of an
    answer code ("0".."5", "yes", "no", or a difficulty word); ``questions`` the name of a
    suicide-risk question ("cssrs-q1" … "cssrs-q6", "cssrs-q6-recent", "cssrs-most-severe",
    "risk-level", "asq-now", "asq-other", "epds-10", lifetime questions end in "-lifetime");
    ``panels`` codes that are never a score. ``outcome_instruments`` may speak for an outcome.
    ``wordings`` are (phrases that all stand in a question's text, question or instrument, item
    number or 0), the first that fits decides; ``unmapped`` words of questions nobody mapped.
    ``ranges`` is (lowest, highest) total by instrument; ``item_ranges`` the same for one item.
    """

    totals: Mapping[tuple[str, str], str]
    items: Mapping[tuple[str, str], tuple[str, int]]
    answers: Mapping[tuple[str, str], str]
    questions: Mapping[tuple[str, str], str]
    panels: Mapping[tuple[str, str], str]
    difficulty: Mapping[tuple[str, str], str]
    levels: Mapping[tuple[str, str], str]
    outcome_instruments: frozenset[str]
    ranges: Mapping[str, tuple[int, int]]
    item_ranges: Mapping[str, tuple[int, int]]
    item_counts: Mapping[str, int]
    names: Mapping[str, str]
    wordings: tuple[tuple[tuple[str, ...], str, int], ...]
    unmapped: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Remarks:
    """Words that turn what a charted reason says.

    A sentence with a word of ``uncertain`` states nothing; about the end of a drug neither does one
    with a word of ``not_an_end`` (a fear, a history), with one of ``titrations`` (a change of dose,
    which also takes back what was said before it), or with a word that is
    neither in ``plain`` nor in a phrase. ``undone`` takes back the phrase beside it, ``silent``
    phrases only use up their words, a drug named after one of ``moves`` or ``changes`` is the next
    one; a number or the same drug after a change is another dose. A missing effect beside one of
    ``bystanders``, or from one of ``senders``, is not the drug's. ``lengths`` are the days in a
    unit of time, ``numbers`` what words count. A phrase
    is denied outright where nothing but ``denial_links`` stand between the negation and it.
    A narrative gives a reason where one of ``causes`` follows one of ``stops``. ``shorthand`` is
    written out first; keys with capitals are read as written.
    """

    negations: tuple[str, ...]
    uncertain: tuple[str, ...]
    not_an_end: tuple[str, ...]
    titrations: tuple[str, ...]
    relatives: tuple[str, ...]
    undone: tuple[str, ...]
    silent: tuple[str, ...]
    moves: tuple[str, ...]
    changes: tuple[str, ...]
    bystanders: tuple[str, ...]
    senders: tuple[str, ...]
    plain: tuple[str, ...]
    stops: tuple[str, ...]
    causes: tuple[str, ...]
    denial_links: tuple[str, ...]
    lengths: Mapping[str, int]
    numbers: Mapping[str, int]
    shorthand: Mapping[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Phrases:
    """Words in charted text: lower-case phrases by meaning, and words that negate what follows.

    ``antidepressant_classes`` name the drugs as a class and no drug; ``sig_terms`` are the phrases
    of dosage texts, with what each is.
    """

    stop_reasons: Mapping[str, tuple[str, ...]]
    indications: Mapping[str, tuple[str, ...]]
    negations: tuple[str, ...]
    remarks: Remarks
    as_needed: tuple[str, ...]
    bedtime: tuple[str, ...]
    family_history: tuple[str, ...]
    conditions: Mapping[str, tuple[str, ...]]
    procedures: Mapping[str, tuple[str, ...]]
    sides: Mapping[str, tuple[str, ...]]
    referrals: Mapping[str, tuple[str, ...]]
    high_risk: tuple[str, ...]
    antidepressant_classes: tuple[str, ...]
    sig_terms: Mapping[str, SigTerm]


@dataclass(frozen=True, slots=True, kw_only=True)
class Knowledge:
    """Everything the rules need to know, loaded and cross-checked.

    ``drug_names`` maps a lower-case ingredient, salt or brand name to a product-like entry;
    ``special_strengths`` (ingredient, mg) of which every product is made for one other use;
    ``atc`` an ATC code to an ingredient; ``products`` an RxNorm code to a product, ``drug_codes``
    the same for (system URL, code) of NDC and SNOMED CT, ``local_codes`` for those of a site's own
    systems (antidepressants, augmenters and other drugs alike: look the ingredient up in
    ``antidepressants``, then in ``augmenters`` and ``other_drugs``); ``vague_words`` name no drug.
    ``indications`` maps ICD-10-CM prefixes to an indication.
    """

    version: str
    rules: str
    signed_off: bool
    criteria: Criteria
    marks: Mapping[str, Mark]
    antidepressants: Mapping[str, Antidepressant]
    products: Mapping[str, Product]
    drug_codes: Mapping[tuple[str, str], Product]
    local_codes: Mapping[tuple[str, str], Product]
    atc: Mapping[str, str]
    drug_names: Mapping[str, Product]
    vague_words: frozenset[str]
    special_strengths: Mapping[tuple[str, float], str]
    augmenters: Mapping[str, Augmenter]
    other_drugs: Mapping[str, OtherDrug]
    conditions_exact: Mapping[tuple[str, str], tuple[ConceptHit, ...]]
    conditions_prefix: Mapping[str, tuple[ConceptHit, ...]]
    conditions_pattern: tuple[tuple[re.Pattern[str], ConceptHit], ...]
    concept_labels: Mapping[str, str]
    indications: Mapping[str, str]
    procedures: Mapping[tuple[str, str], ProcedureCode]
    procedure_prefixes: Mapping[tuple[str, str], ProcedureCode]
    scales: Scales
    phrases: Phrases
    payer_items: tuple[PayerItem, ...]
    sources: Mapping[str, str]
    rows: Mapping[str, int]
