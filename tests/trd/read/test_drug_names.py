"""Which drug a record's words name: brands, salts, languages, combinations; and what names none."""

import pytest

from tests.trd.read.charts import KNOWLEDGE
from tests.trd.read.test_drug_codes import recognised, told

NO_DRUG = "unreadable: no word of it names a drug"
A_CLASS = "unreadable: it names a class of antidepressants and no drug"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        # generic first with brands, tall-man letters, salts, signs
        ("fluoxetine (PROzac) 20 mg cap", "fluoxetine 20 mg"),
        ("FLUoxetine HCl 20 MG Oral Capsule", "fluoxetine 20 mg immediate"),
        ("sertraline (ZOLOFT,LUSTRAL) tablet 50 mg", "sertraline 50 mg"),
        ("buPROPion-hydrochloride XL 150 mg", "bupropion 150 mg extended"),
        ("bupropion hydrobromide ER 174 mg", "bupropion 174 mg extended"),
        ("Citalopram Hydrobromide 20mg Tab", "citalopram 20 mg"),
        ("escitalopram oxalate 10 mg", "escitalopram 10 mg"),
        ("PARoxetine mesylate 20 mg", "paroxetine 20 mg"),
        ("desvenlafaxine succinate ER 50 mg", "desvenlafaxine 50 mg extended"),
        ("fluvoxamine maleate 100 mg", "fluvoxamine 100 mg"),
        ("Effexor-XR 75 mg", "venlafaxine 75 mg extended"),
        ("EffexorXR 150 mg", "venlafaxine 150 mg extended"),
        ("WELLBUTRIN SR 150 MG TB12", "bupropion 150 mg extended"),
        ("mirtazapine 15 mg ODT", "mirtazapine 15 mg"),
        ("fluoxetine DR 90 mg", "fluoxetine 90 mg weekly"),
        ("duloxetine 60 mg capsule,delayed release", "duloxetine 60 mg"),
        ("trazadone 50 mg", "trazodone 50 mg"),
        ("buproprion sr 100mg", "bupropion 100 mg extended"),
        # United Kingdom, Germany, France, Spain, Latin America, elsewhere
        ("Lustral 50mg tablets", "sertraline 50 mg"),
        ("Venlalic XL 75mg tablets", "venlafaxine 75 mg extended"),
        ("Venlafaxine 75mg m/r capsules", "venlafaxine 75 mg extended"),
        ("Zispin SolTab 30mg orodispersible tablets", "mirtazapine 30 mg"),
        ("Molipaxin 100mg capsules", "trazodone 100 mg"),
        ("Fluctin 20 mg Hartkapseln", "fluoxetine 20 mg"),
        ("Trevilor retard 75 mg", "venlafaxine 75 mg extended"),
        ("Venlafaxin Retardkapseln 37,5 mg", "venlafaxine 37.5 mg extended"),
        ("Sertralin 50 mg Filmtabletten", "sertraline 50 mg"),
        ("DEROXAT 20 mg, comprim\u00e9", "paroxetine 20 mg"),
        ("fluox\u00e9tine 20 mg, g\u00e9lule", "fluoxetine 20 mg"),
        ("venlafaxine LP 75 mg", "venlafaxine 75 mg extended"),
        ("Besitran 50 mg comprimidos", "sertraline 50 mg"),
        ("sertralina 50 mg tomar por la ma\u00f1ana", "sertraline 50 mg"),
        ("desvenlafaxina 50 mg liberaci\u00f3n prolongada", "desvenlafaxine 50 mg extended"),
        ("Altruline 50 mg", "sertraline 50 mg"),
        ("cloridrato de bupropiona 150 mg", "bupropion 150 mg"),
        ("Trittico 100 mg", "trazodone 100 mg"),
        # combinations, and a strength that is one drug's alone
        ("olanzapine-fluoxetine 6-25 mg", "fluoxetine / olanzapine ? mg"),
        ("olanzapine 6 mg / fluoxetine 25 mg", "fluoxetine / olanzapine ? mg"),
        ("dextromethorphan-bupropion 45-105 mg", "dextromethorphan / bupropion ? mg"),
        ("Naltrexone-bupropion 8-90 mg ER", "bupropion ? mg extended other-indication"),
        ("perphenazine/amitriptyline 2-25 mg", "amitriptyline ? mg"),
        ("amitriptyline-perphenazine 10-2 mg", "amitriptyline ? mg"),
        ("amitriptyline 10 mg / perphenazine 2 mg", "amitriptyline ? mg"),
        ("amitriptyline with perphenazine 2 mg", "amitriptyline ? mg"),
        ("chlordiazepoxide-amitriptyline 5-12.5 mg", "amitriptyline ? mg"),
        # strengths that are not one
        ("sertraline 50-100 mg", "sertraline ? mg"),
        ("lithium carbonate 1,200 mg", "lithium ? mg"),
        ("sertraline 20 mg per mL", "sertraline 20 mg/mL"),
        ("sertraline 1,500 mg/5 mL", "sertraline ? mg"),
    ],
)
def test_words_name_a_drug(text, expected):
    assert told(recognised(text=text)) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        # made for another use
        ("Zyban 150 mg", "bupropion 150 mg smoking-cessation"),
        ("Quomem 150 mg", "bupropion 150 mg smoking-cessation"),
        ("Brisdelle 7.5 mg", "paroxetine 7.5 mg other-indication"),
        ("Sarafem 20 mg", "fluoxetine 20 mg other-indication"),
        ("Silenor 3 mg", "doxepin 3 mg hypnotic-use"),
        ("doxepin 6 mg tablet", "doxepin 6 mg hypnotic-use"),
        ("doxepin 5 % topical cream", "doxepin ? mg other-indication"),
        ("amitriptyline 2 % ointment", "amitriptyline ? mg other-indication"),
        ("selegiline 5 mg capsule", "selegiline transdermal 5 mg other-indication"),
        ("Emsam 6 mg/24 hr patch", "selegiline transdermal ? mg patch"),
        ("selegiline 6 mg/24 hr patch", "selegiline transdermal ? mg patch"),
        # names that look or sound like another's
        ("Celebrex 200 mg", "ordinary"),
        ("Celexa 20 mg", "citalopram 20 mg"),
        ("tramadol 50 mg", "tramadol 50 mg"),
        ("trazodone 50 mg", "trazodone 50 mg"),
        ("nortriptyline 25 mg", "nortriptyline 25 mg"),
        ("amitriptyline 25 mg", "amitriptyline 25 mg"),
        ("Paxlovid 300 mg", "ordinary"),
        ("Lamisil 250 mg", "ordinary"),
        ("fluorouracil 5 % cream", "ordinary"),
        ("fluticasone nasal spray", "ordinary"),
        ("duloxicam", "ordinary"),
        ("prozacor", "ordinary"),
        ("St. John's wort 300 mg", "ordinary"),
        ("L-tryptophan 500 mg", "ordinary"),
        ("dextromethorphan cough syrup", "ordinary"),
        ("timolol eye drops", "ordinary"),
        ("drospirenone-ethinyl estradiol (YAZ,GIANVI) tablet 3-0.02 mg", "ordinary"),
        ("levothyroxine 50 mcg", "ordinary"),
        ("prenatal vitamin", "ordinary"),
        # nothing a drug could be told by
        ("Medication Request Resource", NO_DRUG),
        ("see notes", NO_DRUG),
        ("Medication", NO_DRUG),
        ("unknown drug", NO_DRUG),
        ("*** NON-FORMULARY ***", NO_DRUG),
        ("Patient's own med: see comments", NO_DRUG),
        ("tablet 20 mg", NO_DRUG),
        ("1 tab po daily", NO_DRUG),
        ("study drug 123", NO_DRUG),
        ("medicamento sin especificar", NO_DRUG),
        # a class of antidepressants is no drug, and not of no concern either
        ("SSRI", A_CLASS),
        ("SSRI tablet", A_CLASS),
        ("antidepressant", A_CLASS),
        ("antidepressant (unspecified)", A_CLASS),
        ("Antidepressant agent", A_CLASS),
        ("study drug (antidepressant vs placebo)", A_CLASS),
        ("Selective serotonin reuptake inhibitor 20 mg capsule", A_CLASS),
        ("lithium 300 mg, beside an antidepressant", "lithium 300 mg"),
        # a name and a strength written as one word
        ("SERTRALINE50MG TAB", "sertraline 50 mg"),
        ("sertraline hcl50mg", "sertraline 50 mg"),
        ("Sertraline100", "sertraline ? mg"),
        ("50mgsertraline", "sertraline ? mg"),
        ("vitamin b12 100 mcg", "ordinary"),
        ("...", NO_DRUG),
        ("sertraline or citalopram", "unreadable: it names several drugs: citalopram, sertraline"),
        ("not fluoxetine", "ordinary"),
    ],
)
def test_words_that_mislead(text, expected):
    assert told(recognised(text=text)) == expected


def test_useless_words_beside_a_name_do_no_harm():
    found = recognised(text="Medication Request Resource: sertraline 50 mg")
    assert told(found) == "sertraline 50 mg"


@pytest.mark.parametrize(
    ("system", "because"),
    [
        ("http://www.nlm.nih.gov/research/umls/rxnorm", "its RxNorm code is not in our lists"),
        ("http://hl7.org/fhir/sid/ndc", "its NDC is not in our lists"),
        ("http://snomed.info/sct", "its SNOMED CT code is not in our lists"),
        ("urn:local", "its code is of a system that is not read,"),
    ],
)
def test_useless_words_beside_a_code_nobody_knows(system, because):
    found = told(recognised((system, "1"), text="see notes"))
    assert found == f"unreadable: {because} and no word of it names a drug"


def test_a_word_that_names_a_drug_is_not_vague():
    named = {word for name in KNOWLEDGE.drug_names for word in name.split()}
    assert KNOWLEDGE.vague_words.isdisjoint(named - {"cr", "er", "sr", "xl", "xr", "lp", "24"})
