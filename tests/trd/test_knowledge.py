"""The shipped knowledge: what it says of codes and names, and that no confirmed code is lost."""

import csv
from pathlib import Path

import pytest

import trd.knowledge
from trd.knowledge.digits import URLS, code_fault
from trd.knowledge.lookup import concepts_for, indication_for_code, with_dot

SHIPPED = Path(trd.knowledge.__file__).parent
ICD, SNOMED, LOINC = URLS["icd-10-cm"], URLS["snomed"], URLS["loinc"]


# ------------------------------------------------------------------ the shipped tables


def test_the_shipped_knowledge_loads_and_is_not_signed_off(knowledge):
    assert (knowledge.version, knowledge.rules) == ("2026.1", "CH-2")
    assert not knowledge.signed_off


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        ("36437", ("sertraline", None, None, "", 1.0, False)),
        ("312938", ("sertraline", 100, "immediate", "", 1.0, False)),
        ("808744", ("venlafaxine", 150, "extended", "", 1.0, False)),
        ("993557", ("bupropion", 300, "extended", "", 1.0, False)),
        ("1801289", ("bupropion", 150, "extended", "smoking-cessation", 1.0, False)),
        ("966787", ("doxepin", 3, "immediate", "hypnotic-use", 1.0, False)),
        ("993548", ("bupropion", None, None, "", 0.862, False)),
        ("313995", ("fluoxetine", 90, "immediate", "", 1.0, True)),
        ("865206", ("selegiline transdermal", 6, "patch", "", 1.0, False)),
        ("859186", ("selegiline transdermal", 5, "immediate", "other-indication", 1.0, False)),
        ("9639", ("selegiline transdermal", None, None, "", 1.0, False)),
        ("1551468", ("bupropion", 90, "extended", "other-indication", 1.0, False)),
        ("611247", ("fluoxetine / olanzapine", None, None, "", 1.0, False)),
        ("2611260", ("dextromethorphan / bupropion", 105, "extended", "", 1.0, False)),
        ("856840", ("amitriptyline", 50, "immediate", "", 1.0, False)),
        ("833135", ("milnacipran", 100, "immediate", "", 1.0, False)),
        ("42351", ("lithium", None, None, "", 1.0, False)),
        ("310386", ("fluoxetine", 4, "immediate", "", 1.0, False)),
    ],
)
def test_a_product_code(knowledge, code, expected):
    product = knowledge.products[code]
    found = (product.ingredient, product.strength_mg, product.release, product.special_use)
    assert (*found, product.factor, product.weekly) == expected


@pytest.mark.parametrize(
    ("name", "ingredient", "release", "special_use"),
    [
        ("zoloft", "sertraline", None, ""),
        ("sertralina", "sertraline", None, ""),
        ("selegiline", "selegiline transdermal", None, ""),
        ("emsam", "selegiline transdermal", "patch", ""),
        ("zyban", "bupropion", None, "smoking-cessation"),
        ("silenor", "doxepin", None, "hypnotic-use"),
        ("agomelatine", "agomelatine", None, ""),
        ("fluoxetine olanzapine", "fluoxetine / olanzapine", None, ""),
        ("lithium carbonate", "lithium", None, ""),
        ("wellbutrin xl", "bupropion", "extended", ""),
    ],
)
def test_a_drug_name(knowledge, name, ingredient, release, special_use):
    product = knowledge.drug_names[name]
    assert (product.ingredient, product.release) == (ingredient, release)
    assert product.special_use == special_use


def test_no_unconfirmed_code_is_shipped(knowledge):
    assert knowledge.antidepressants["agomelatine"].rxcui == ""
    assert {"282427", "214220"}.isdisjoint(knowledge.products)


def test_the_minimum_doses_speak_by_release_form(knowledge):
    paroxetine = knowledge.antidepressants["paroxetine"].minima
    assert {each.release: each.minimum_mg for each in paroxetine} == {
        "immediate": 20,
        "extended": 25,
    }
    assert knowledge.antidepressants["venlafaxine"].minima[0].label_from_mg == 75
    assert knowledge.augmenters["liothyronine"].minimum_mg == 0.025


def test_roles_of_antidepressants(knowledge):
    drugs = knowledge.antidepressants
    assert {drugs[name].counts_as for name in ("esketamine", "zuranolone", "brexanolone")} == {
        "other-treatment"
    }
    assert drugs["viloxazine"].counts_as == "never"
    assert drugs["moclobemide"].thase_rush == "MAOI"
    assert drugs["venlafaxine"].boxed_quantity
    assert [drug.name for drug in drugs.values() if drug.dose_cannot_tell] == [
        "duloxetine",
        "milnacipran",
    ]
    assert knowledge.other_drugs["aripiprazole"].roles == {"antipsychotic"}


@pytest.mark.parametrize(
    ("system", "code", "concepts"),
    [
        (ICD, "F31.81", {"bipolar"}),
        (ICD, "F3181", {"bipolar"}),
        (ICD, "f31.2", {"bipolar", "mania"}),
        (ICD, "F31.5", {"bipolar", "psychosis"}),
        (ICD, "F31.64", {"bipolar", "mania"}),
        (ICD, "F30", {"bipolar", "mania"}),
        (ICD, "F30.13", {"bipolar", "mania"}),
        (ICD, "F30.3", {"bipolar"}),
        (ICD, "F30.4", {"bipolar"}),
        (ICD, "F32.4", {"mdd"}),
        (ICD, "F33.40", {"mdd-remission"}),
        (ICD, "F33.42", {"mdd-remission"}),
        (ICD, "F32.A", {"depression-unspecified"}),
        (ICD, "F53.1", {"postpartum-psychosis"}),
        (ICD, "R44.0", {"hallucination"}),
        (ICD, "F21", {"comorbidity"}),
        (ICD, "T42.4X2A", {"self-harm"}),
        (ICD, "T42.4X2S", {"self-harm-history"}),
        (ICD, "T42.4X4A", {"undetermined-poisoning"}),
        (ICD, "T42.4X1A", set()),
        (ICD, "T14.91XA", {"suicide-attempt"}),
        (ICD, "T14.91", {"suicide-attempt"}),
        (ICD, "T14.91XS", {"self-harm-history"}),
        (ICD, "X78.1XXD", {"self-harm"}),
        (ICD, "X78", {"self-harm"}),
        (ICD, "X78.1XXS", {"self-harm-history"}),
        (ICD, "T71.162A", {"self-harm"}),
        (ICD, "T71.162S", {"self-harm-history"}),
        (ICD, "F10.231", {"substance-use", "substance-withdrawal"}),
        (ICD, "Z91.51", {"self-harm-history"}),
        (ICD, "Z82.0", {"other-neuro"}),
        (ICD, "Z99", set()),
        (SNOMED, "445319001", {"vagus-nerve-stimulator"}),
        (SNOMED, "36923009", {"mdd"}),
        (SNOMED, "1", set()),
        ("http://example.org/local", "F32.0", set()),
    ],
)
def test_the_concepts_of_a_code(knowledge, system, code, concepts):
    assert {hit.concept for hit in concepts_for(knowledge, system, code)} == concepts


@pytest.mark.parametrize(
    ("code", "flag"),
    [
        ("Z96.21", "absolute"),
        ("Z98.2", "ask"),
        ("Z95.0", "relative"),
        ("G40.909", "relative"),
        ("F03.90", ""),
    ],
)
def test_the_tms_flag_of_a_code(knowledge, code, flag):
    assert [hit.tms_flag for hit in concepts_for(knowledge, ICD, code)] == [flag]


def test_psychotic_depression_is_depression_and_says_so(knowledge):
    (hit,) = concepts_for(knowledge, ICD, "F33.3")
    assert (hit.concept, hit.severity, hit.psychotic) == ("mdd", "severe", True)


@pytest.mark.parametrize(
    ("system", "code", "indication"),
    [
        (ICD, "F33.1", "depression"),
        (ICD, "G4700", "sleep"),
        (ICD, "G43.909", "migraine"),
        (ICD, "E11.42", "pain"),
        (ICD, "F17.210", "smoking"),
        (ICD, "F41.1", None),
        (SNOMED, "36923009", None),
    ],
)
def test_what_a_coded_reason_says(knowledge, system, code, indication):
    assert indication_for_code(knowledge, system, code) == indication


def test_a_code_gets_its_dot():
    assert [with_dot(code) for code in ("f32", "F33.2", " f332 ")] == ["F32", "F33.2", "F33.2"]


def test_scales_are_known_by_code_and_by_name(knowledge):
    scales = knowledge.scales
    assert scales.totals[LOINC, "44261-6"] == scales.totals[SNOMED, "720433000"] == "PHQ-9"
    assert scales.items[LOINC, "44260-8"] == ("PHQ-9", 9)
    assert scales.answers[LOINC, "LA6571-9"] == scales.answers["text", "nearly every day"] == "3"
    assert scales.names["phq-9 total score"] == scales.names["phq 9 total score"] == "PHQ-9"
    assert scales.names["asq question 5"] == "asq-now"
    assert scales.levels["text", "lithium level"] == "lithium"
    assert (LOINC, "44249-1") in scales.panels
    assert (LOINC, "44249-1") not in scales.totals
    assert scales.difficulty == {(LOINC, "69722-7"): "PHQ-9"}


def test_no_number_of_the_site_list_is_lost(knowledge):
    assert knowledge.marks["trial.adequate_days"].site == (28, 42, 56)
    assert knowledge.criteria.trial.adequate_days == 42


def test_payer_items_name_no_payer_and_are_marked_secondary(knowledge):
    assert len(knowledge.payer_items) == 5
    assert all("secondary" in item.level for item in knowledge.payer_items)


@pytest.mark.parametrize("name", [".csv", "pypi", "sandbox"])
def test_sources_are_publications(knowledge, name):
    assert not [citation for citation in knowledge.sources.values() if name in citation]


# ------------------------------------------------------------------ check digits

CODES = [
    (row["system"], row["code"])
    for name in ("scale_codes.csv", "conditions.csv", "procedures.csv")
    for row in csv.DictReader((SHIPPED / name).read_text("utf-8").splitlines())
    if row["system"] in {"loinc", "snomed"}
]


def test_every_slip_of_one_digit_is_caught():
    missed = [
        (system, wrong)
        for system, code in CODES
        for at, right in enumerate(code)
        if right.isdigit()
        for digit in "0123456789"
        if digit != right
        and code_fault(system, wrong := code[:at] + digit + code[at + 1 :]) is None
    ]
    assert missed == []


@pytest.mark.parametrize(
    ("system", "code"),
    [
        ("rxnorm", "0123"),
        ("rxnorm", "12a"),
        ("icd-10-cm", "F332"),
        ("atc", "N06AB4"),
        ("cpt", "9086"),
        ("hcpcs", "12345"),
        ("icd-10-pcs", "GZBI"),
        ("snomed", "12345"),
        ("nobody", "1"),
    ],
)
def test_a_code_of_the_wrong_shape_is_refused(system, code):
    assert code_fault(system, code)


# ------------------------------------------------------------------ against the collected lists


@pytest.fixture
def collected(shared):
    """Return the reader of a collected list, by name."""

    def rows(name):
        text = (shared / "clinical" / name).read_text("utf-8")
        return list(csv.DictReader(text.splitlines()))

    return rows


def test_every_confirmed_product_is_shipped_and_no_other(knowledge, collected):
    confirmed: set[str] = set()
    others: set[str] = set()
    for name in ("rxnorm_products.csv", "rxnorm_products_adjuncts.csv"):
        for row in collected(name):
            (confirmed if row["verified"] == "yes" else others).add(row["rxcui"])
    for row in collected("antidepressants.csv"):
        if row["in_rxcui_verified"] == "yes":
            confirmed.add(row["in_rxcui"])
        if row["pin_verified"] == "yes":
            confirmed.update(filter(None, row["pin_rxcui"].split(";")))
    for row in collected("other_drugs.csv"):
        if row["kind"] == "drug" and row["verified"] == "yes":
            confirmed.add(row["code"])
    assert confirmed == knowledge.products.keys()
    assert (others - confirmed).isdisjoint(knowledge.products)


def test_every_confirmed_condition_is_shipped(knowledge, collected):
    rows = [row for row in collected("conditions.csv") if row["verified"] == "yes"]
    codes = [(row["system"], row["code"]) for row in rows if row["match"] != "regex"]
    assert [code for code in codes if not concepts_for(knowledge, *code)] == []


def test_every_confirmed_procedure_is_shipped(knowledge, collected):
    rows = [
        (row["system"], row["code"])
        for row in collected("other_drugs.csv")
        if row["kind"] == "procedure" and row["verified"] == "yes"
    ]
    shipped = knowledge.procedures.keys() | knowledge.procedure_prefixes.keys()
    assert set(rows) <= shipped


def test_every_confirmed_scale_code_is_shipped(knowledge, collected):
    scales = knowledge.scales
    shipped = set().union(
        scales.totals,
        scales.items,
        scales.answers,
        scales.questions,
        scales.panels,
        scales.difficulty,
    )
    left_out = {"93271-5"}  # lethality of the worst attempt: no rule reads it
    wanted = {
        (row["system"], row["code"])
        for row in collected("observations.csv")
        if row["verified"] == "yes" and row["kind"] not in {"unit", "procedure"}
    }
    assert {code for code in wanted - shipped if code[1] not in left_out} == set()


def test_the_minimum_doses_are_those_collected(knowledge, collected):
    for row in collected("minimum_doses.csv"):
        minima = knowledge.antidepressants[row["ingredient"]].minima
        (held,) = [each for each in minima if each.release == row["release_form"]]
        assert held.minimum_mg == float(row["minimum_mg_per_day"])
        assert held.label_from_mg == (float(row["label_range_from_mg"] or 0) or None)
