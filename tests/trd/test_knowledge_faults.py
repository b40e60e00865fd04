"""A broken copy of the knowledge: every fault is told, with its file and line, and all at once."""

import re
import shutil
import tomllib
from pathlib import Path

import pytest

import trd.knowledge
from thirdline.knowledge_manifest import main, rewrite
from trd.knowledge.errors import KnowledgeError
from trd.knowledge.load import load_knowledge

SHIPPED = Path(trd.knowledge.__file__).parent
TABLES = sorted(path for path in SHIPPED.iterdir() if path.suffix in {".csv", ".toml"})


@pytest.fixture
def folder(tmp_path):
    """Return a copy of the shipped tables to break."""
    copy = tmp_path / "knowledge"
    copy.mkdir()
    for path in TABLES:
        shutil.copy(path, copy)
    return copy


def faults(folder, extra=None):
    """Return the faults of a folder, its manifest written anew so that only content speaks."""
    rewrite(folder)
    with pytest.raises(KnowledgeError) as caught:
        load_knowledge(extra, base=folder)
    return caught.value.faults


def change(folder, name, old, new):
    """Replace one passage of a file, which must be there; return the line it starts on."""
    path = folder / name
    text = path.read_text("utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), "utf-8")
    return text[: text.index(old)].count("\n") + 1


def add(folder, name, row):
    """Add a row to a table and return its line."""
    path = folder / name
    text = path.read_text("utf-8")
    path.write_text(f"{text}{row}\n", "utf-8")
    return text.count("\n") + 1


def line_of(folder, name, start):
    """Return the line of a file that starts with these words."""
    lines = (folder / name).read_text("utf-8").splitlines()
    return next(number for number, line in enumerate(lines, start=1) if line.startswith(start))


# ------------------------------------------------------------------ broken copies

AD = "sertraline,36437,SSRI,SSRI,trial"
SERTRALINE = "312938,sertraline,sertraline 100 MG Oral Tablet,SCD,100,immediate"


@pytest.mark.parametrize(
    "case",
    [
        ("antidepressants.csv", AD, "sertraline,3x437,SSRI,SSRI,trial", "not written like a code"),
        ("antidepressants.csv", AD, "sertraline,36437,SSRI,SSRI,maybe", "counts_as 'maybe' is not"),
        (
            "antidepressants.csv",
            AD,
            "sertralin,36437,SSRI,SSRI,trial",
            "sertralin counts as a trial",
        ),
        ("antidepressants.csv", "SSRI,trial,citalopram-family", "SSRI,trial,lonely", "no second"),
        (
            "antidepressants.csv",
            "NDRI,NDRI,trial,bupropion-family,300",
            "NDRI,NDRI,trial,,x",
            "not a number",
        ),
        ("antidepressants.csv", "name,rxcui", "name,cui", "the columns are"),
        ("minimum_doses.csv", "sertraline,any,50", "sertralino,any,50", "is not an antidepressant"),
        ("minimum_doses.csv", "sertraline,any,50", "sertraline,any,0", "is not above 0"),
        ("minimum_doses.csv", "sertraline,any,50", "sertraline,any,", "is not above 0"),
        (
            "minimum_doses.csv",
            "sertraline,any,50,",
            "sertraline,any,50,75",
            "lies above the minimum",
        ),
        ("minimum_doses.csv", "sertraline,any,50", "sertraline,often,50", "release 'often' is not"),
        ("augmenters.csv", "aripiprazole,89013,2", "aripiprazole,89013,-2", "is not above 0"),
        ("augmenters.csv", "aripiprazole,89013,2,,", "aripiprazole,89013,2,no,", "is not one of"),
        (
            "other_drugs.csv",
            "alprazolam,596,benzodiazepine",
            "alprazolam,596,calming",
            "not a known role",
        ),
        ("products.csv", SERTRALINE, SERTRALINE.replace("312938", "31a938"), "not written like"),
        ("products.csv", SERTRALINE, SERTRALINE.replace(",sertraline,", ",sugar,"), "in no table"),
        ("products.csv", SERTRALINE, SERTRALINE.replace(",100,", ",0,"), "strength is not above 0"),
        (
            "products.csv",
            SERTRALINE + ",,,",
            SERTRALINE + ",,86.2,",
            "does not lie between 0 and 1",
        ),
        ("products.csv", SERTRALINE + ",", SERTRALINE + ",fun", "special_use 'fun' is not"),
        ("products.csv", SERTRALINE, SERTRALINE + ",,,,,", "15 cells, not 10"),
        ("drug_names.csv", "\nzoloft,", "\nZoloft,", "is not lower-case words"),
        ("drug_names.csv", "\nzoloft,", "\nthe little blue zoloft,", "more than 3 words"),
        ("atc.csv", "N06AB06,", "N06AB6,", "not written like a code of atc"),
        ("atc.csv", "N06AB06,sertraline", "N06AB06,sugar", "in no table of drugs"),
        ("drug_codes.csv", "ndc,000494910,", "ndc,00049-4910,", "not written like a code of ndc"),
        ("drug_codes.csv", "ndc,000494910,", "rxnorm,000494910,", "system 'rxnorm' is not one of"),
        ("drug_codes.csv", "snomed,372594008,", "snomed,372594009,", "check digit of SNOMED CT"),
        ("vague_words.csv", "\nunknown,", "\nUnknown,", "is not one lower-case word"),
        ("vague_words.csv", "\nunknown,", "\nunknown drug,", "is not one lower-case word"),
        (
            "concepts.csv",
            "Bipolar disorder,adjustment;",
            "Bipolar disorder,gout;",
            "which is no concept",
        ),
        ("conditions.csv", "F32.0,exact,mdd,", "F32.0,exact,gout,", "'gout' is no concept"),
        ("conditions.csv", "F32.0,exact,mdd,", "F320,exact,mdd,", "not written like a code"),
        ("conditions.csv", "F32.0,exact,", "F32.0,nearly,", "match 'nearly' is not"),
        ("conditions.csv", "X72(", "X72((", "the pattern cannot be read"),
        ("conditions.csv", "snomed,832007,exact", "snomed,832007,prefix", "only icd-10-cm has"),
        ("conditions.csv", "snomed,832007,", "snomed,832008,", "check digit of SNOMED CT"),
        (
            "conditions.csv",
            "Cochlear implant,,,,,absolute",
            "Cochlear implant,,,,,total",
            "tms_flag",
        ),
        ("procedures.csv", "cpt,90867,exact,tms", "cpt,9086,exact,tms", "not written like a code"),
        (
            "procedures.csv",
            "cpt,90867,exact,tms",
            "cpt,90867,exact,zap",
            "no treatment and no concept",
        ),
        ("procedures.csv", "cpt,90867,exact,", "cpt,90867,about,", "match 'about' is not"),
        ("indications.csv", "F32,depression", "F-2,depression", "not written like a code"),
        ("indications.csv", "F32,depression", "F32,sadness", "indication 'sadness' is not"),
        ("scale_codes.csv", "loinc,44261-6,", "loinc,44261-7,", "check digit of LOINC"),
        ("scale_codes.csv", "44261-6,total", "44261-6,sum", "kind 'sum' is not"),
        ("scale_codes.csv", "44260-8,item,PHQ-9,9", "44260-8,item,PHQ-9,10", "has no item 10"),
        ("scale_codes.csv", "44260-8,item,PHQ-9,9", "44260-8,item,PHQ-9,", "has no item (blank)"),
        ("scale_codes.csv", "44260-8,item,PHQ-9,9", "44260-8,item,MOOD,9", "MOOD has no range"),
        (
            "scale_codes.csv",
            "question,cssrs-q4,",
            "question,cssrs-q44,",
            "no question the rules know",
        ),
    ],
)
def test_a_wrong_row_is_reported_with_its_place(folder, case):
    name, old, new, what = case
    line = change(folder, name, old, new) + old.startswith("\n")
    assert [each for each in faults(folder) if each.startswith(f"{name}:{line}: ") and what in each]


@pytest.mark.parametrize(
    "case",
    [
        ("sigs.toml", "twelve", "twelve = 12", "twelve = 0", "is not a number above 0"),
        ("sigs.toml", "millilitre", "millilitre = [", "millilitres = [", "is no kind of word"),
        ("sigs.toml", "qid = 30", "monthly = 30", "qid = 30", "stands for two things"),
        ("criteria.toml", "bridge_days", "value = 30", 'value = "30"', "is not a whole number"),
        ("criteria.toml", "bridge_days", "value = 30", "value = 30.5", "is not a whole number"),
        ("criteria.toml", "bridge_days", "value = 30", "value = true", "is not a whole number"),
        ("criteria.toml", "bridge_days", "value = 30", "value = -1", "is below 0"),
        ("criteria.toml", "bridge_days", 'mark = "J"', 'mark = "X"', "needs a mark"),
        ("criteria.toml", "adequate_days", "value = 42", "value = 41", "not one of 28, 42, 56"),
        ("criteria.toml", "weekly_fluoxetine_mg", "value = 90", 'value = ""', "is not a number"),
        ("criteria.toml", "[trial]", "bridge_days", "abridge_days", "trial.bridge_days is missing"),
        ("criteria.toml", "abridge_days", "bridge_days", "abridge_days", "there is no criterion"),
        ("criteria.toml", "[tial]", "[trial]", "[tial]", "there is no group of criteria 'tial'"),
        ("criteria.toml", "", "[trial]", "[tial]", "there is no table [trial]"),
        (
            "scales.toml",
            "PHQ-9 = { items",
            "items = 9",
            "items = 8",
            "8 items of 0 to 3 do not give",
        ),
        ("scales.toml", "PHQ-9 = { items", "items = 9", "items = 'nine'", "needs items"),
        ("scales.toml", "PHQ-9 = { items", "range = [0, 27]", "range = [27]", "needs items"),
        ("scales.toml", "outcome_instruments", '"PHQ-9", "PHQ-A"', '"MADRS"', "has no range"),
        (
            "scales.toml",
            "outcome_instruments",
            '["PHQ-9", "PHQ-A"]',
            "[9]",
            "not a list of strings",
        ),
        ("scales.toml", "HAM-D = [", "GDS = [", "HAM-D = [", "HAM-D has no range"),
        ("scales.toml", "asq-then", "asq-now", "asq-then", "'asq-then' is no question"),
        (
            "scales.toml",
            "gad-9 =",
            'asq-now = ["killing',
            'gad-9 = ["killing',
            "'gad-9' is no question",
        ),
        (
            "scales.toml",
            "[names.questions]",
            "asq-now",
            "asq-then",
            "asq-now has no code and no name",
        ),
        ("scales.toml", '"1" =', '"several days"', '"not at all"', "stands for 0 as well"),
        ("phrases.toml", "as_needed", '"prn"', '"PRN"', "'PRN' is not a lower-case phrase"),
        ("phrases.toml", "as_needed", '"prn"', '"prn", "prn"', "as_needed names prn twice"),
        ("phrases.toml", "as_needed", '"prn"', "3", "as_needed is not a list of strings"),
        ("phrases.toml", "remission", '"remission"', '"ineffective"', "means no-effect as well"),
        ("phrases.toml", "gout", "bipolar = [", "gout = [", "'gout' is no meaning of conditions"),
        ("phrases.toml", "[stop_reasons]", "not-taken", "not-take", "no phrases for not-taken"),
        ("payer_items.toml", "[[items]]", 'id = "two-trials"', 'id = ""', "needs an id of its own"),
        ("sources.toml", "[loinc]", 'citation = "LOINC, R', 'cite = "LOINC, R', "has no citation"),
        (
            "sources.toml",
            "[folklore]",
            "[loinc]",
            '[folklore]\ncitation = "x"\n[loinc]',
            "used by no",
        ),
    ],
)
def test_a_wrong_entry_is_reported_with_its_place(folder, case):
    name, start, old, new, what = case
    path = folder / name
    text = path.read_text("utf-8")
    at = text.index(start) if start and start in text else 0
    assert old in text[at:]
    path.write_text(text[:at] + text[at:].replace(old, new, 1), "utf-8")
    line = line_of(folder, name, start) if start else 1
    told = [each for each in faults(folder) if what in each]
    assert [each for each in told if each.startswith(f"{name}:{line}: ")]


def test_all_faults_are_told_at_once(folder):
    change(folder, "minimum_doses.csv", "sertraline,any,50", "sertraline,any,0")
    change(folder, "phrases.toml", '"prn"', '"PRN"')
    line = add(folder, "atc.csv", "N06AB06,sertraline,who-atc")
    told = faults(folder)
    assert f"atc.csv:{line}: N06AB06 stands twice" in told
    assert {each.partition(":")[0] for each in told} == {
        "antidepressants.csv",
        "atc.csv",
        "minimum_doses.csv",
        "phrases.toml",
    }


def test_the_error_reads_as_one_fault_a_line(folder):
    told = []
    change(folder, "minimum_doses.csv", "sertraline,any,50", "sertraline,any,0")
    rewrite(folder)
    with pytest.raises(KnowledgeError) as caught:
        load_knowledge(base=folder)
    told += str(caught.value).splitlines()
    assert tuple(told) == caught.value.faults
    assert all(re.match(r"[\w/.]+:\d+: ", each) for each in told)


@pytest.mark.parametrize(
    ("row", "pair"),
    [
        ("icd-10-cm,F32.0,exact,bipolar,x,,,,,,icd-10-cm", "bipolar and mdd"),
        ("icd-10-cm,F33.42,exact,mdd,x,,,,,,icd-10-cm", "mdd and mdd-remission"),
        ("icd-10-cm,T42.4X2S,exact,self-harm,x,,,,,,icd-10-cm", "self-harm and self-harm-history"),
        ("icd-10-cm,F20.1,exact,hallucination,x,,,,,,icd-10-cm", "hallucination and psychosis"),
    ],
)
def test_concepts_that_exclude_each_other_may_not_meet(folder, row, pair):
    add(folder, "conditions.csv", row)
    assert [each for each in faults(folder) if f"stands for {pair}: they exclude" in each]


def test_an_augmenting_partner_must_be_in_the_table(folder):
    change(folder, "antidepressants.csv", ",olanzapine,,,", ",sugar,,,")
    assert [each for each in faults(folder) if "augments with sugar, unknown" in each]


def test_an_ingredient_code_must_be_among_the_products(folder):
    change(
        folder, "products.csv", "36437,sertraline,sertraline,IN", "36438,sertraline,sertraline,IN"
    )
    change(folder, "products.csv", "596,alprazolam,", "596,lorazepam,")
    told = "\n".join(faults(folder))
    assert "the code 36437 of sertraline is missing" in told
    assert "the code 596 of alprazolam is missing" in told


def test_a_source_nobody_wrote_is_told_where_it_is_cited(folder):
    line = add(folder, "atc.csv", "N06AX99,sertraline,hearsay")
    assert f"atc.csv:{line}: the source 'hearsay' is not in sources.toml" in faults(folder)


def test_payer_items_must_be_there(folder):
    path = folder / "payer_items.toml"
    path.write_text(path.read_text("utf-8").partition("[[items]]")[0], "utf-8")
    assert "payer_items.toml:1: there are no items" in faults(folder)


# ------------------------------------------------------------------ files and manifest


def test_a_missing_file_is_told(folder):
    (folder / "atc.csv").unlink()
    assert "atc.csv:1: the file cannot be read: FileNotFoundError" in faults(folder)


def test_a_file_that_is_not_toml_is_told(folder):
    (folder / "phrases.toml").write_text("negations = [", "utf-8")
    assert [each for each in faults(folder) if "phrases.toml:1: not readable as TOML" in each]


def test_a_file_that_is_not_text_is_told(folder):
    (folder / "atc.csv").write_bytes(b"\xff\xfe\x00")
    (folder / "atc.csv").rename(folder / "atc.bin")
    shutil.copy(SHIPPED / "atc.csv", folder)
    rewrite(folder)
    (folder / "atc.bin").replace(folder / "atc.csv")
    with pytest.raises(KnowledgeError, match="cannot be read: UnicodeDecodeError"):
        load_knowledge(base=folder)


def test_a_table_changed_behind_the_manifest_is_told(folder):
    change(folder, "atc.csv", "N06AB06,sertraline", "N06AB06,citalopram")
    with pytest.raises(KnowledgeError) as caught:
        load_knowledge(base=folder)
    assert caught.value.faults == ("atc.csv:1: the file is not the one manifest.toml describes",)


def test_a_manifest_that_lists_too_much_or_too_little_is_told(folder):
    rewrite(folder)
    change(folder, "manifest.toml", '[files."atc.csv"]', '[files."act.csv"]')
    change(folder, "manifest.toml", "signed_off = false", 'signed_off = "soon"')
    line = line_of(folder, "manifest.toml", '[files."act.csv"]')
    with pytest.raises(KnowledgeError) as caught:
        load_knowledge(base=folder)
    assert caught.value.faults == (
        f"manifest.toml:{line}: the file act.csv is missing",
        "atc.csv:1: the file is not in manifest.toml",
        "manifest.toml:1: version, rules and signed_off are needed",
    )


def test_the_shipped_manifest_is_what_the_command_writes(folder, capsys):
    before = (folder / "manifest.toml").read_text("utf-8")
    main(folder)
    assert (folder / "manifest.toml").read_text("utf-8") == before
    assert f"{len(TABLES) - 1} files" in capsys.readouterr().out


def test_the_manifest_keeps_its_statement_and_counts_rows(folder):
    held = tomllib.loads(rewrite(folder))
    assert "No clinician has reviewed" in held["statement"]
    assert held["files"]["atc.csv"]["rows"] == 87
