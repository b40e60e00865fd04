"""Which drug a code means: in its own system, out of it, and beside words that agree or do not."""

import gzip
import json

import pytest

from tests.support.fhir import RXNORM, dosage
from tests.trd.read.charts import KNOWLEDGE, chart, said, sertraline
from trd.chart import Drug, MatchedBy
from trd.knowledge.digits import URLS
from trd.read.drug_codes import product_ndc
from trd.read.drug_words import names_in
from trd.read.drugs import DrugNames, Ordinary, Recognition, Unreadable
from trd.read.strengths import liquid_strength_in, strength_in
from trd.read.vocabulary import vocabulary_of

ATC = URLS["atc"]
NDC = URLS["ndc"]
SNOMED = URLS["snomed"]
LOCAL = "urn:oid:1.2.3.4"
VOCABULARY = vocabulary_of(KNOWLEDGE)


def recognised(*codes: tuple[str, str], text: str = "", ingredients=()) -> Recognition:
    coding = [{"system": system, "code": code} for system, code in codes]
    names = DrugNames(KNOWLEDGE, VOCABULARY)
    return names.recognise([{"coding": coding, "text": text}], ingredients)


def told(found: Recognition) -> str:
    """Return a recognition in a few words: drug, strength, form and use, or why not."""
    if isinstance(found, Unreadable):
        return f"unreadable: {found.because}"
    if isinstance(found, Ordinary):
        return "ordinary"
    strength = f"{found.strength_mg:g}" if found.strength_mg is not None else "?"
    unit = "mg/mL" if found.per_ml else "mg"
    rest = [found.release, found.special_use, "weekly" if found.weekly_product else None]
    return " ".join([found.ingredient, strength, unit, *filter(None, rest)])


ZOLOFT_100 = "sertraline 100 mg immediate"


@pytest.mark.parametrize(
    ("system", "code", "expected"),
    [
        # NDC: eleven digits, and ten with their dashes
        (NDC, "00049491066", ZOLOFT_100),
        (NDC, "00049-4910-66", ZOLOFT_100),
        (NDC, "0049-4910-66", ZOLOFT_100),
        (NDC, "0049-4910", ZOLOFT_100),
        (NDC, " 0049-4910-66 ", ZOLOFT_100),
        ("urn:oid:2.16.840.1.113883.6.69", "0049-4910-66", ZOLOFT_100),
        ("https://hl7.org/fhir/sid/ndc/", "00049491066", ZOLOFT_100),
        (NDC, "0049491066", ZOLOFT_100),
        (NDC, "0777-3105-02", "fluoxetine 20 mg immediate"),
        (NDC, "0777-3104-02", "fluoxetine 10 mg immediate"),
        (NDC, "0049-0050-01", "sertraline 20 mg/mL immediate"),
        (NDC, "0002-3004-75", "fluoxetine 90 mg immediate weekly"),
        (NDC, "0173-0556-02", "bupropion 150 mg smoking-cessation"),
        (NDC, "0173-0135-55", "bupropion 150 mg extended"),
        (NDC, "0378-0042-01", "amitriptyline 10 mg immediate"),
        # SNOMED CT and dm+d
        (SNOMED, "372594008", "sertraline ? mg"),
        (SNOMED, "321959007", "sertraline 50 mg immediate"),
        ("http://snomed.info/sct/83821000000107", "321959007", "sertraline 50 mg immediate"),
        ("https://dmd.nhs.uk", "39704111000001102", "sertraline 50 mg immediate"),
        ("urn:oid:2.16.840.1.113883.2.1.3.2.4.15", "321949006", "fluoxetine 20 mg immediate"),
        (SNOMED, "38750311000001104", "venlafaxine 75 mg extended"),
        (SNOMED, "321951005", "fluoxetine 4 mg/mL"),
        (SNOMED, "703311000001108", "bupropion 150 mg extended smoking-cessation"),
        (SNOMED, "34555311000001106", "bupropion 90 mg extended other-indication"),
        (SNOMED, "765889004", "fluoxetine 90 mg immediate weekly"),
        (SNOMED, "776004002", "fluoxetine / olanzapine ? mg"),
        (SNOMED, "15499111000001100", "agomelatine 25 mg immediate"),
        # ATC under the addresses seen in practice
        (ATC, "N06AB06", "sertraline ? mg"),
        ("urn:oid:2.16.840.1.113883.6.73", "N06AB06", "sertraline ? mg"),
        ("http://fhir.de/CodeSystem/bfarm/atc", "N06AB06", "sertraline ? mg"),
        ("http://fhir.de/CodeSystem/dimdi/atc", "N06AB06", "sertraline ? mg"),
        ("http://terminology.hl7.org/CodeSystem/v3-WC", "N06AB06", "sertraline ? mg"),
        ("https://www.whocc.no/atc", "n06ab06", "sertraline ? mg"),
        (ATC, "N05AN01", "lithium ? mg"),
        (ATC, "N05AH04", "quetiapine ? mg"),
        (ATC, "N04BD01", "selegiline transdermal ? mg other-indication"),
        (ATC, "H03AA01", "ordinary"),
    ],
)
def test_a_code_means_its_drug(system, code, expected):
    assert told(recognised((system, code))) == expected


NO_NAME = "and it has no name"
OUT_OF_PLACE = "unreadable: a code out of its system may mean sertraline, and no name agrees"


@pytest.mark.parametrize(
    ("system", "code", "expected"),
    [
        # an NDC that is none, or may be read in two ways
        (NDC, "1310700130", f"unreadable: its NDC is not in our lists {NO_NAME}"),
        (NDC, "000494910", f"unreadable: its NDC is not in our lists {NO_NAME}"),
        (NDC, "00049-49-1066", f"unreadable: its NDC is not in our lists {NO_NAME}"),
        (NDC, "99999-9999-99", f"unreadable: its NDC is not in our lists {NO_NAME}"),
        (NDC, "000494910661", f"unreadable: its NDC is not in our lists {NO_NAME}"),
        # out of its system: dashes and ATC tell what they are, whatever they stand under
        (SNOMED, "0049-4910-66", ZOLOFT_100),
        (RXNORM, "00049-4910-66", ZOLOFT_100),
        (LOCAL, "0049-4910-66", ZOLOFT_100),
        ("", "0049-4910-66", ZOLOFT_100),
        (SNOMED, "N06AB06", "sertraline ? mg"),
        (LOCAL, "N06AB06", "sertraline ? mg"),
        # a number counts where it can be no code of the system it stands under
        (RXNORM, "00049491066", ZOLOFT_100),
        (SNOMED, "00049491066", ZOLOFT_100),
        (RXNORM, "321959007", "sertraline 50 mg immediate"),
        (ATC, "321959007", "sertraline 50 mg immediate"),
        # what it might mean is then at least not passed over
        (SNOMED, "312938", OUT_OF_PLACE),
        (ATC, "36437", OUT_OF_PLACE),
        (NDC, "36437", OUT_OF_PLACE),
        # but anybody's number is anybody's
        (LOCAL, "312938", f"unreadable: its code is of a system that is not read, {NO_NAME}"),
        (LOCAL, "00049491066", f"unreadable: its code is of a system that is not read, {NO_NAME}"),
        ("", "36437", f"unreadable: its code is of a system that is not read, {NO_NAME}"),
        (LOCAL, "0049-4910", f"unreadable: its code is of a system that is not read, {NO_NAME}"),
        (LOCAL, "321959007", f"unreadable: its code is of a system that is not read, {NO_NAME}"),
        (SNOMED, "321959008", f"unreadable: its SNOMED CT code is not in our lists {NO_NAME}"),
        (SNOMED, "322236009", f"unreadable: its SNOMED CT code is not in our lists {NO_NAME}"),
        # an antidepressant by its class in ATC, of which no table has a dose
        (
            ATC,
            "N06AA15",
            "unreadable: its ATC code is of an antidepressant that is not in our lists",
        ),
    ],
)
def test_a_code_out_of_place_counts_only_where_it_can_be_nothing_else(system, code, expected):
    assert told(recognised((system, code))) == expected


UNLISTED = "unreadable: its ATC code is of an antidepressant that is not in our lists"
ANOTHER = (
    "unreadable: the code means sertraline 50 mg, the words another strength and none of its names"
)
CODES_DIFFER = "unreadable: its codes mean different drugs: fluoxetine and sertraline"


@pytest.mark.parametrize(
    ("codes", "text", "expected"),
    [
        ([(SNOMED, "312938")], "Sertraline 100 mg tablet", ZOLOFT_100),
        ([(SNOMED, "312938")], "Altruline", ZOLOFT_100),
        ([(SNOMED, "312938")], "lisinopril 10 mg", OUT_OF_PLACE),
        ([(SNOMED, "312938")], "fluoxetine 20 mg", OUT_OF_PLACE),
        ([(SNOMED, "16590-619-30")], "Percocet tablet", "ordinary"),
        ([(SNOMED, "0049-4910-66")], "Zoloft", ZOLOFT_100),
        (
            [(SNOMED, "0049-4910-66")],
            "fluoxetine 20 mg capsule",
            "unreadable: the code means sertraline, the name fluoxetine",
        ),
        ([(LOCAL, "312938")], "fluoxetine 20 mg capsule", "fluoxetine 20 mg"),
        ([(LOCAL, "4493")], "lisinopril 10 mg", "ordinary"),
        ([(NDC, "0777-3105-02"), (RXNORM, "312938")], "", CODES_DIFFER),
        ([(NDC, "0777-3105-02"), (SNOMED, "372594008")], "", CODES_DIFFER),
        ([(NDC, "0049-4910-66"), (RXNORM, "312938")], "", ZOLOFT_100),
        ([(NDC, "0049-4910-66"), (RXNORM, "36437")], "", ZOLOFT_100),
        ([(NDC, "0049-4910-66"), (RXNORM, "312941")], "", "sertraline ? mg immediate"),
        ([(NDC, "0173-0135-55"), (RXNORM, "993687")], "", "bupropion ? mg"),
        ([(NDC, "99999-9999-99"), (SNOMED, "321959007")], "", "sertraline 50 mg immediate"),
        (
            [(ATC, "N06AA15")],
            "Butriptyline 25 mg",
            "unreadable: its ATC code is of an antidepressant that is not in our lists",
        ),
        ([(ATC, "N06AA15")], "sertraline 50 mg", "sertraline 50 mg"),
        ([(ATC, "N06A")], "Drug X", UNLISTED),
        ([(ATC, "n06ab")], "lisinopril 10 mg", UNLISTED),
        ([(ATC, "N06AX")], "", UNLISTED),
        ([(ATC, "N06AB")], "lithium 300 mg", UNLISTED),
        ([(ATC, "N06AB")], "phenytoin", UNLISTED),
        ([(ATC, "N06CA99")], "Drug X", UNLISTED),
        ([(ATC, "N06B")], "Drug X", "ordinary"),
        ([(ATC, "N06AB")], "sertraline 50 mg", "sertraline 50 mg"),
        ([(ATC, "N06AB"), (RXNORM, "312938")], "", ZOLOFT_100),
        # the words are of another product than the code
        ([(RXNORM, "312941")], "lisinopril 10 mg", ANOTHER),
        ([(RXNORM, "312941"), (RXNORM, "36437")], "Nordo 10 mg", ANOTHER),
        ([(RXNORM, "312941")], "Nordo 50 mg", "sertraline 50 mg immediate"),
        ([(RXNORM, "312941")], "Nordo", "sertraline 50 mg immediate"),
        ([(RXNORM, "312941")], "tablet 10 mg", "sertraline ? mg immediate"),
        ([(RXNORM, "312941")], "Zoloft 100 mg", "sertraline ? mg immediate"),
        ([(RXNORM, "36437")], "Nordo 10 mg", "sertraline 10 mg"),
        (
            [(ATC, "N06AB06")],
            "citalopram 20 mg",
            "unreadable: the code means sertraline, the name citalopram",
        ),
    ],
)
def test_codes_and_words_beside_each_other(codes, text, expected):
    assert told(recognised(*codes, text=text)) == expected


@pytest.mark.parametrize(
    ("code", "text", "expected"),
    [
        # the ingredient's code, the rest in text
        ("4493", "fluoxetine 20 mg capsule", "fluoxetine 20 mg"),
        ("4493", "fluoxetine 20 mg Oral Capsule", "fluoxetine 20 mg immediate"),
        ("315952", "Fluoxetine 20 MG Oral Capsule", "fluoxetine 20 mg immediate"),
        ("315952", "", "fluoxetine 20 mg"),
        ("39786", "venlafaxine XR 150 mg", "venlafaxine 150 mg extended"),
        ("36437", "Zoloft", "sertraline ? mg"),
        ("36437", "sertraline 20 mg/mL oral concentrate", "sertraline 20 mg/mL"),
        # what is said in two ways is not said
        ("312938", "sertraline 50 mg tablet", "sertraline ? mg immediate"),
        ("4493", "fluoxetine 20 mg or 40 mg", "fluoxetine ? mg"),
        ("4493", "fluoxetine 10-20 mg", "fluoxetine ? mg"),
        ("310386", "fluoxetine 20 mg/5 mL oral solution", "fluoxetine 4 mg/mL immediate"),
    ],
)
def test_an_ingredients_code_with_the_strength_in_text(code, text, expected):
    assert told(recognised((RXNORM, code), text=text)) == expected


def ingredient(code: str, mg=None, unit="mg", per=1, per_unit=""):
    row = {"itemCodeableConcept": {"coding": [{"system": RXNORM, "code": code}]}}
    if mg is None:
        return row
    part, whole = {"value": mg, "unit": unit}, {"value": per, "unit": per_unit}
    return row | {"strength": {"numerator": part, "denominator": whole}}


@pytest.mark.parametrize(
    ("code", "text", "ingredients", "expected"),
    [
        ("4493", "", [ingredient("4493", 20)], "fluoxetine 20 mg"),
        ("4493", "", [ingredient("4493", 20, per_unit="Capsule")], "fluoxetine 20 mg"),
        ("4493", "", [ingredient("4493", 0.02, "g")], "fluoxetine 20 mg"),
        ("4493", "", [ingredient("4493", 20, per=5, per_unit="mL")], "fluoxetine 4 mg/mL"),
        ("4493", "", [ingredient("4493", 20), ingredient("4493", 20)], "fluoxetine 20 mg"),
        ("3638", "", [ingredient("3638", 3)], "doxepin 3 mg hypnotic-use"),
        ("312938", "", [ingredient("36437", 100)], ZOLOFT_100),
        # nothing a dose could rest on
        ("4493", "", [ingredient("4493")], "fluoxetine ? mg"),
        ("4493", "", [ingredient("4493", 20, "mmol")], "fluoxetine ? mg"),
        ("4493", "", [ingredient("4493", 20, per=0)], "fluoxetine ? mg"),
        ("4493", "", [ingredient("4493", 20, per=24, per_unit="h")], "fluoxetine ? mg"),
        ("4493", "", [ingredient("36437", 50)], "fluoxetine ? mg"),
        ("4493", "", [ingredient("4493", 20), ingredient("4493", 40)], "fluoxetine ? mg"),
        ("312938", "", [ingredient("36437", 50)], "sertraline ? mg immediate"),
        ("312938", "sertraline 50 mg", [ingredient("36437", 100)], "sertraline ? mg immediate"),
    ],
)
def test_a_medications_ingredient_tells_the_strength(code, text, ingredients, expected):
    assert told(recognised((RXNORM, code), text=text, ingredients=ingredients)) == expected


@pytest.mark.parametrize(
    ("codes", "expected"),
    [
        (["704", "2356"], "amitriptyline ? mg"),
        (["4493", "61381"], "fluoxetine / olanzapine ? mg"),
        (["42347", "7243"], "bupropion ? mg other-indication"),
        (
            ["36437", "2556"],
            "unreadable: its codes mean different drugs: citalopram and sertraline",
        ),
        (["596", "6470"], "unreadable: its codes mean different drugs: alprazolam and lorazepam"),
    ],
)
def test_a_medication_of_two_ingredients(codes, expected):
    concepts = [ingredient(code)["itemCodeableConcept"] for code in codes]
    names = DrugNames(KNOWLEDGE, VOCABULARY)
    assert told(names.recognise(concepts, [ingredient(code) for code in codes])) == expected


def test_two_codes_of_an_order_are_no_combination():
    assert "different drugs" in told(recognised((RXNORM, "704"), (RXNORM, "2356")))


def tablets(number: int):
    return dosage(None, doseAndRate=[{"doseQuantity": {"value": number, "unit": "tablet"}}])


def test_a_strength_told_in_two_ways_leaves_a_note_and_no_dose():
    order = sertraline(tablets(1))
    order["medicationCodeableConcept"] = {
        "coding": [{"system": RXNORM, "code": "312938"}],
        "text": "sertraline 50 mg",
    }
    found = chart(order)
    assert (found.medications[0].drug.strength_mg, found.medications[0].steps[0].high) == (
        None,
    ) * 2
    assert (
        "medication[x]",
        "its code says 100 mg, its words 50 mg",
        "its strength is unknown",
    ) in said(found)


def test_the_ingredient_of_a_contained_medication_gives_the_dose():
    order = sertraline(tablets(2))
    code = {"text": "sertraline"}
    contained = {"resourceType": "Medication", "id": "m", "code": code}
    contained["ingredient"] = [ingredient("36437", 50)]
    del order["medicationCodeableConcept"]
    order |= {"contained": [contained], "medicationReference": {"reference": "#m"}}
    (record,) = chart(order).medications
    assert (record.drug.strength_mg, record.steps[0].high) == (50, 100)


def test_a_codes_name_names_its_drug_and_strength():
    for (_, code), product in KNOWLEDGE.drug_codes.items():
        named = names_in([product.name], KNOWLEDGE, VOCABULARY).drugs
        assert named.keys() == {product.ingredient}, code
        printed = strength_in(product.name)
        assert printed in {None, product.strength_mg}, code
        is_liquid = liquid_strength_in(product.name) is not None
        assert not (is_liquid and product.strength_mg), code


def test_every_kind_of_code_is_there():
    systems = [system for system, _ in KNOWLEDGE.drug_codes]
    assert (systems.count(NDC), systems.count(SNOMED)) == (3208, 356)
    known = set(KNOWLEDGE.atc.values())
    assert set(KNOWLEDGE.antidepressants) <= known
    assert {n for n in KNOWLEDGE.augmenters if n != "levomefolate"} <= known


def test_an_ndc_is_read_by_its_form_alone():
    assert product_ndc("\u0660\u0660049491066") == ""
    assert product_ndc("0049-4910-6") == ""


def test_the_drugs_of_the_public_inpatient_data_agree_with_their_ndc(shared):
    found = 0
    for row in inpatient_medications(shared):
        coding = row.get("code", {}).get("coding", [{}])[0]
        named = " ".join(one["value"] for one in row.get("identifier", []))
        drug = DrugNames(KNOWLEDGE, VOCABULARY).recognise([{"coding": [coding]}])
        if isinstance(drug, Drug) and drug.matched_by is MatchedBy.CODE:
            found += 1
            assert drug.ingredient in names_in([named], KNOWLEDGE, VOCABULARY).drugs
    assert found > 20


def inpatient_medications(shared):
    path = shared / "data/bulk/mimic-demo-fhir/MimicMedication.ndjson.gz"
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        yield from map(json.loads, lines)
