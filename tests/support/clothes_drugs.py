"""Dresses of medication records: how the drug is named."""

import re
from collections.abc import Callable, Iterable
from functools import cache

from tests.support.clothes import MEDICINES, Dress, Wear, each
from tests.support.fhir import RXNORM, Json, concept
from trd.knowledge import Knowledge, Product
from trd.knowledge.load import load_knowledge

ATC = "http://www.whocc.no/atc"
NDC = "http://hl7.org/fhir/sid/ndc"
BASE = "https://ehr.example.org/fhir/r4"


@cache
def known() -> Knowledge:
    """Return the knowledge as shipped."""
    return load_knowledge()


def product_of(resource: Json) -> Product | None:
    """Return what the RxNorm code of a medication record stands for."""
    for coding in resource["medicationCodeableConcept"].get("coding", []):
        if coding["system"] == RXNORM and coding["code"] in known().products:
            return known().products[coding["code"]]
    return None


def _by_reference(link: Callable[[str], str], *, contained: bool = False) -> Wear:
    """Move the concept into a Medication that is referred to."""

    def change(resource: Json) -> list[Json]:
        code = resource.pop("medicationCodeableConcept")
        local = f"med-{resource['id']}"
        medication = {"resourceType": "Medication", "id": local, "status": "active", "code": code}
        resource["medicationReference"] = {"reference": link(local)}
        if contained:
            return [resource | {"contained": [{"resourceType": "Organization"}, medication]}]
        return [resource, medication]

    return each(MEDICINES, change)


def _codings(change: Callable[[Json, Product], Json | None]) -> Wear:
    """Change the concept of every record whose RxNorm code is known."""

    def worn(resource: Json) -> Json | None:
        product = product_of(resource)
        made = change(resource["medicationCodeableConcept"], product) if product else None
        return None if made is None else resource | {"medicationCodeableConcept": made}

    return each(MEDICINES, worn)


def _after_ndc(held: Json, _: Product) -> Json:
    others = [
        {"system": NDC, "code": "99999-9999-99"},
        {"system": "urn:oid:1.2.840.114350.1.13.0.1.7.2.698288", "code": "112233"},
        {"code": "no system"},
    ]
    return held | {"coding": [*others, *held["coding"]]}


def _ingredient_code(held: Json, product: Product) -> Json | None:
    """Name the ingredient by code; strength and form then stand in the text alone."""
    drugs = known().antidepressants
    if product.ingredient not in drugs or not drugs[product.ingredient].rxcui:
        return None
    if product.strength_mg and f"{product.strength_mg:g} MG" not in held.get("text", ""):
        return None  # no text that could carry the strength
    return held | {"coding": [{"system": RXNORM, "code": drugs[product.ingredient].rxcui}]}


def _is_plain(product: Product) -> bool:
    """Say whether the ingredient alone tells all: no special product, salt, week or form."""
    drug = known().antidepressants.get(product.ingredient)
    if drug is None or product.special_use or product.weekly or product.factor != 1:
        return False
    return len(drug.minima) == 1 and product.release != "patch"


def _atc(resource: Json) -> Json | None:
    """Leave the ATC code alone; what needs a strength or a release form cannot be told then."""
    product = product_of(resource)
    codes = {ingredient: code for code, ingredient in known().atc.items()}
    is_counted = "quantity" in resource or "quantity" in resource.get("dispenseRequest", {})
    if product is None or is_counted or not _is_plain(product) or _counts_units(resource):
        return None
    if product.ingredient not in codes:
        return None
    code = concept(ATC, codes[product.ingredient])
    return resource | {"medicationCodeableConcept": code}


def _counts_units(resource: Json) -> bool:
    return "tablet" in str(resource.get("dosageInstruction", ""))


def _display_only(resource: Json) -> Json | None:
    """Write the name into a display without code; a drug nobody named keeps its code."""
    held = resource["medicationCodeableConcept"]
    if not held.get("text") or product_of(resource) is None:
        return None
    shown = {"coding": [{"system": "urn:local", "display": held["text"]}]}
    return resource | {"medicationCodeableConcept": shown}


def _brand(held: Json, product: Product) -> Json | None:
    """Say the brand instead of the ingredient; a brand of another form or use is not the same."""
    text = held.get("text", "")
    first = product.ingredient.split(" ")[0]
    same = [
        name
        for name, one in known().drug_names.items()
        if one.ingredient == product.ingredient
        and first not in name
        and one.release in {None, product.release}
        and (one.special_use, one.factor, one.weekly) == ("", 1, False)
    ]
    is_plain = not product.special_use and not product.weekly and product.factor == 1
    if not same or first not in text.lower() or not is_plain:
        return None
    return {"text": re.sub(rf"(?i)\b{first}\b", min(same).title(), text, count=1)}


def drug_dresses() -> Iterable[Dress]:
    """Return every dress of how a drug is named."""
    one_name = {"F83": "a code and a name that contradict each other are the case itself"}
    yield Dress("contained medication", _by_reference(lambda local: f"#{local}", contained=True))
    yield Dress("referenced medication", _by_reference(lambda local: f"Medication/{local}"))
    yield Dress("absolute reference", _by_reference(lambda local: f"{BASE}/Medication/{local}"))
    yield Dress(
        "versioned reference", _by_reference(lambda local: f"Medication/{local}/_history/3")
    )
    yield Dress("rxnorm third", _codings(_after_ndc))
    yield Dress("ingredient code", _codings(_ingredient_code))
    yield Dress("atc only", each(MEDICINES, _atc), not_for=one_name)
    yield Dress("display only", each(MEDICINES, _display_only), not_for=one_name)
    yield Dress("brand name", _codings(_brand))
