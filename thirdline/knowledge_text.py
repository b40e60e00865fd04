"""What do the rules rest on, for a person in a terminal?

The release in one line; the tables with their rows and every number with its mark, meaning and
sources; or one drug with its minimum doses, class, codes and family. Nothing is judged here.
"""

from dataclasses import asdict
from importlib.resources import files
from typing import Any, Final

from thirdline.assessment_text import sign_off
from thirdline.errors import Refusal
from thirdline.page import Column, Page
from trd.knowledge import Antidepressant, Augmenter, Knowledge, Mark, OtherDrug
from trd.knowledge.provenance import digests_of

_TABLES: Final = (Column("Table", 28), Column("Rows", 6))
_NUMBERS: Final = (
    Column("Value", 6),
    Column("Mark", 4),
    Column("Rule", 4),
    Column("Number: what it means", 60),
)
_MARKS: Final = (
    "Marks: G guideline, label or instrument; E published convention or study; "
    "J our judgement. * a site may choose another value."
)
_COUNTS_AS: Final = {
    "trial": "counts as a trial",
    "other-treatment": "another treatment: never counted as a trial",
    "never": "not counted: no use for depression in this market",
}
_RELEASES: Final = {
    "any": "any form",
    "immediate": "immediate release",
    "extended": "extended release",
}


def release_line(knowledge: Knowledge) -> str:
    """Return the version, the size and the sign-off of the knowledge in one line."""
    held = len(digests_of(files("trd.knowledge")))
    rows = sum(knowledge.rows.values())
    return (
        f"Knowledge {knowledge.version} for rules {knowledge.rules}: {held} files, "
        f"{rows} rows in {len(knowledge.rows)} tables, {len(knowledge.marks)} numbers, "
        f"{len(knowledge.sources)} sources, no faults. "
        f"{sign_off(signed_off=knowledge.signed_off)}"
    )


def knowledge_page(knowledge: Knowledge) -> Page:
    """Return the page of all tables, numbers and sources."""
    page = Page()
    page.say(release_line(knowledge))
    page.heading("Tables")
    page.head(_TABLES)
    for file, rows in sorted(knowledge.rows.items()):
        page.row(_TABLES, [[file], [str(rows)]])
    page.heading("Numbers")
    page.say(_MARKS)
    page.head(_NUMBERS)
    values = asdict(knowledge.criteria)
    for name, mark in knowledge.marks.items():
        page.row(_NUMBERS, _number(name, mark, values))
    page.heading("Commonly asked by payers (never one payer's policy)")
    for item in knowledge.payer_items:
        page.item(f"{item.text} ({item.level})")
    page.heading("Sources")
    for name, citation in sorted(knowledge.sources.items()):
        page.item(f"{name}: {citation}")
    return page


def shown(value: float | str) -> str:
    """Return a criterion's value as it is printed."""
    return value if isinstance(value, str) else f"{value:g}"


def _number(name: str, mark: Mark, values: dict[str, Any]) -> list[list[str]]:
    table, _, key = name.partition(".")
    star = "*" if mark.site else ""
    site = f" (a site may set {', '.join(map(shown, mark.site))})" if star else ""
    value = f"{shown(values[table][key])}{star}"
    return [[value], [mark.mark], [mark.rule], [f"{name}: {mark.what}{site}"]]


def drug_page(knowledge: Knowledge, name: str) -> Page:
    """Return the page of one drug, by its ingredient or any name the tables hold.

    Raises Refusal for a name that no table holds.
    """
    written = " ".join(name.lower().split())
    product = knowledge.drug_names.get(written)
    ingredient = product.ingredient if product is not None else written
    page = Page()
    if ingredient != written:
        page.say(f"{written} is {ingredient}.")
    antidepressant = knowledge.antidepressants.get(ingredient)
    augmenter = knowledge.augmenters.get(ingredient)
    other = knowledge.other_drugs.get(ingredient)
    if antidepressant is not None:
        _antidepressant(page, antidepressant, knowledge)
    if augmenter is not None:
        _augmenter(page, augmenter)
    if other is not None:
        _other_drug(page, other)
    if not page.lines:
        raise Refusal("knowledge show: no table holds a drug of that name")
    _codes(page, ingredient, knowledge)
    page.say(sign_off(signed_off=knowledge.signed_off))
    return page


def _antidepressant(page: Page, drug: Antidepressant, knowledge: Knowledge) -> None:
    page.heading(f"{drug.name}: antidepressant, {drug.drug_class}")
    page.item(_COUNTS_AS[drug.counts_as])
    for least in drug.minima:
        form = _RELEASES.get(least.release, least.release)
        label = f"; label from {least.label_from_mg:g} mg" if least.label_from_mg else ""
        page.item(f"minimum {least.minimum_mg:g} mg a day, {form}{label} ({least.basis})")
    if not drug.minima:
        page.item("no minimum dose on file")
    if drug.low_dose_ceiling_mg is not None:
        page.item(
            f"up to {drug.low_dose_ceiling_mg:g} mg a day it may be set aside as a low dose (R9)"
        )
    if drug.dose_cannot_tell:
        page.item("its dose cannot tell what it is for (R9)")
    if drug.other_use:
        page.item(f"other uses: {drug.other_use}")
    if drug.augments_with:
        page.item(f"holds the augmenter {drug.augments_with}")
    family = [
        one.name
        for one in knowledge.antidepressants.values()
        if drug.family and one.family == drug.family and one.name != drug.name
    ]
    if family:
        page.item(f"one active moiety with {', '.join(family)}: counted once (R8)")


def _augmenter(page: Page, drug: Augmenter) -> None:
    page.heading(f"{drug.name}: augmentation ({drug.role})")
    least = "no minimum dose in the table" if drug.minimum_mg is None else f"{drug.minimum_mg:g} mg"
    page.item(f"least daily dose: {least}")
    if drug.needs_depressive_reason:
        page.item("only with a depressive reason (R12)")
    if drug.needs_level:
        page.item("adequate only with a drug level (R12)")


def _other_drug(page: Page, drug: OtherDrug) -> None:
    page.heading(f"{drug.name}: {', '.join(sorted(drug.roles))}")
    if drug.note:
        page.item(drug.note)


def _codes(page: Page, ingredient: str, knowledge: Knowledge) -> None:
    """Print how many codes and names of the tables mean the ingredient."""
    codes = sum(one.ingredient == ingredient for one in knowledge.products.values())
    names = sum(one.ingredient == ingredient for one in knowledge.drug_names.values())
    local = sum(one.ingredient == ingredient for one in knowledge.local_codes.values())
    atc = sorted(code for code, name in knowledge.atc.items() if name == ingredient)
    page.item(
        f"known by {codes} RxNorm codes, {names} names"
        + (f" and the ATC code {', '.join(atc)}" if atc else "")
        + (f"; {local} codes of the site's own" if local else "")
    )
