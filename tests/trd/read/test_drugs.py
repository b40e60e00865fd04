"""Which drug a record means: by code, by ATC code, by name; or why it cannot be told."""

import pytest

from tests.support.fhir import RXNORM, concept, dosage
from tests.trd.read.charts import KNOWLEDGE, chart, sertraline
from trd.chart import Drug, MatchedBy
from trd.read.drugs import DrugNames, Ordinary, Recognition, Unreadable
from trd.read.vocabulary import vocabulary_of

ATC = "http://www.whocc.no/atc"
NDC = "http://hl7.org/fhir/sid/ndc"


def recognised(*concepts) -> Recognition:
    return DrugNames(KNOWLEDGE, vocabulary_of(KNOWLEDGE)).recognise(concepts)


def drug(*concepts) -> Drug:
    found = recognised(*concepts)
    assert isinstance(found, Drug)
    return found


def coded(*codes: tuple[str, str], text: str = ""):
    return {"coding": [{"system": s, "code": c} for s, c in codes], "text": text}


def rxcui(name: str) -> str:
    return KNOWLEDGE.antidepressants[name].rxcui


@pytest.mark.parametrize(
    ("medication", "ingredient", "matched_by"),
    [
        (coded((NDC, "1"), ("urn:x", "2"), (RXNORM, "312938")), "sertraline", MatchedBy.CODE),
        (coded(("urn:oid:2.16.840.1.113883.6.88", "312938")), "sertraline", MatchedBy.CODE),
        (coded((ATC, "N06AB06")), "sertraline", MatchedBy.ATC),
        (coded((RXNORM, "312938"), (ATC, "N06AB06")), "sertraline", MatchedBy.CODE),
        (coded((RXNORM, "99999999"), text="Zoloft 50 mg"), "sertraline", MatchedBy.TEXT),
        (concept(text="VENLAFAXINE ER 75 mg"), "venlafaxine", MatchedBy.TEXT),
        (coded(("urn:names", "BuPROPion XL (Once Daily)")), "bupropion", MatchedBy.TEXT),
    ],
)
def test_a_drug_is_recognised(medication, ingredient, matched_by):
    found = drug(medication)
    assert (found.ingredient, found.matched_by) == (ingredient, matched_by)


@pytest.mark.parametrize(
    ("medication", "because"),
    [
        ({}, "it has no code and no name"),
        (coded((RXNORM, "99999999")), "its RxNorm code is not in our lists and it has no name"),
        (
            coded((NDC, "99999-9999-99")),
            "its NDC is not in our lists and it has no name",
        ),
        (
            coded(("urn:x", "PROZ20")),
            "its code is of a system that is not read, and it has no name",
        ),
        (
            coded((RXNORM, rxcui("sertraline")), (RXNORM, rxcui("citalopram"))),
            "its codes mean different drugs: citalopram and sertraline",
        ),
        (
            coded((RXNORM, "312938"), (ATC, "N06AB04")),
            "its codes mean different drugs: citalopram and sertraline",
        ),
        (
            coded((RXNORM, "312938"), text="fluoxetine 20 mg"),
            "the code means sertraline, the name fluoxetine",
        ),
        (
            concept(text="sertraline or fluoxetine"),
            "it names several drugs: fluoxetine, sertraline",
        ),
    ],
)
def test_a_drug_that_cannot_be_told_says_why(medication, because):
    assert recognised(medication) == Unreadable(because)


@pytest.mark.parametrize(
    "medication",
    [
        concept(text="lisinopril 10 mg"),
        concept(text="no fluoxetine"),
        coded(("urn:x", "Docusate Sodium")),
    ],
)
def test_a_drug_of_no_concern_is_ordinary(medication):
    assert recognised(medication) == Ordinary()


def test_a_combination_is_one_drug_by_name_and_by_the_codes_of_its_parts():
    name = "fluoxetine / olanzapine"
    parts = coded((RXNORM, rxcui("fluoxetine")), (RXNORM, "61381"))
    assert KNOWLEDGE.products["61381"].ingredient == "olanzapine"
    assert drug(parts).ingredient == name
    assert drug(concept(text="olanzapine 6 mg / fluoxetine 25 mg")).ingredient == name


def test_a_combination_beside_the_code_of_one_part_is_the_combination():
    name = "dextromethorphan / bupropion"
    assert drug(coded((RXNORM, rxcui("bupropion")), (RXNORM, rxcui(name)))).ingredient == name


def test_a_partner_for_another_use_makes_the_product_one():
    found = drug(concept(text="bupropion hydrochloride 90 mg and naltrexone"))
    assert (found.ingredient, found.special_use) == ("bupropion", "other-indication")


def test_a_partner_that_is_no_antidepressant_gives_way():
    assert drug(concept(text="amitriptyline and quetiapine")).ingredient == "amitriptyline"


def test_a_code_and_a_name_that_share_a_part_agree():
    combination = "dextromethorphan / bupropion"
    found = drug(coded((RXNORM, rxcui(combination)), text="bupropion and something"))
    assert found.ingredient == combination


def test_the_code_of_a_part_beside_the_name_of_the_combination_is_no_contradiction():
    found = drug(coded((RXNORM, rxcui("bupropion")), text="dextromethorphan bupropion"))
    assert found.ingredient == "bupropion"


def test_an_ordinary_name_beside_an_antidepressants_code_is_a_contradiction():
    found = recognised(coded((RXNORM, "312938"), text="alprazolam 1 mg"))
    assert isinstance(found, Unreadable)


def test_the_brand_tells_what_the_ingredients_code_leaves_open():
    found = drug(coded((RXNORM, rxcui("bupropion")), text="Zyban"))
    assert found.special_use == "smoking-cessation"


def test_the_salts_name_tells_its_factor():
    found = drug(coded((RXNORM, rxcui("bupropion")), text="bupropion hydrobromide ER 174 MG"))
    assert found.factor == KNOWLEDGE.criteria.dose.bupropion_hydrobromide_factor


@pytest.mark.parametrize(
    ("text", "release", "strength"),
    [
        ("venlafaxine 37.5 MG Extended Release Oral Capsule", "extended", 37.5),
        ("venlafaxine 75 mg oral tablet", "immediate", 75),
        ("selegiline transdermal patch", "patch", None),
        ("sertraline 0,05 g", None, 50),
        ("sertraline 50000 mcg", None, 50),
        ("sertraline 25 mg, 50 mg", None, None),
        ("sertraline 20 mg/mL", None, 20),
        ("sertraline 100 mg/5 mL oral solution", "immediate", 20),
        ("sertraline 20 mg/mL, 40 mg/mL", None, None),
        ("sertraline", None, None),
    ],
)
def test_words_tell_the_form_and_the_strength(text, release, strength):
    found = drug(concept(text=text))
    assert (found.release, found.strength_mg) == (release, strength)


def test_a_strength_only_products_for_another_use_have_is_one():
    assert drug(concept(text="doxepin 3 mg tablet")).special_use == "hypnotic-use"


def test_oral_selegiline_is_no_transdermal_one():
    selegiline = [name for name in KNOWLEDGE.antidepressants if name.startswith("selegiline")]
    found = drug(coded((RXNORM, rxcui(selegiline[0])), text="selegiline 5 mg oral capsule"))
    assert found.special_use == "other-indication"


def test_transdermal_selegiline_in_a_form_nobody_names_is_not_the_patch():
    found = drug(coded((RXNORM, rxcui("selegiline transdermal"))))
    assert found.special_use == "other-indication"


def test_what_was_recognised_once_is_not_worked_out_again():
    names = DrugNames(KNOWLEDGE, vocabulary_of(KNOWLEDGE))
    assert names.recognise([concept(text="Zoloft")]) is names.recognise([concept(text="Zoloft")])


def test_a_code_without_display_that_is_a_name_counts_as_one():
    order = sertraline(dosage(100))
    order["medicationCodeableConcept"] = coded(("urn:names", "Sertraline"))
    assert [row.drug.ingredient for row in chart(order).medications] == ["sertraline"]
