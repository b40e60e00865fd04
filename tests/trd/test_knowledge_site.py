"""A hospital's own folder laid over the shipped knowledge, under the same checks."""

import re

import pytest

from tests.support.site import SOURCES, documented, laid
from trd.knowledge.errors import KnowledgeError
from trd.knowledge.load import load_knowledge
from trd.knowledge.tables import laid_over

LOCAL = "system,code,ingredient,strength_mg,release,special_use,source\n"
CONDITIONS = "system,code,match,concept,label,severity,course,psychotic,subtype,tms_flag,source\n"
MINIMA = "ingredient,release,minimum_mg,label_from_mg,basis,level,source\n"
PROCEDURES = "system,code,match,kind,label,side,source\n"
SCALES = "system,code,kind,value,item,label,source\n"


def faults(folder, files):
    """Return the faults of a site's files."""
    with pytest.raises(KnowledgeError) as caught:
        load_knowledge(laid(folder, files))
    return caught.value.faults


def test_a_site_lays_its_own_rows_over_ours(tmp_path):
    site = laid(
        tmp_path,
        {
            "minimum_doses.csv": f"{MINIMA}sertraline,any,100,50,our protocol,site,ours\n",
            "criteria.toml": "[trial]\nadequate_days = { value = 28 }\n",
            "phrases.toml": 'source = "ours"\n[stop_reasons]\nno-effect = ["null result"]\n',
        },
    )
    knowledge = load_knowledge(site)
    assert knowledge.version == "2026.1+site"
    assert [each.minimum_mg for each in knowledge.antidepressants["sertraline"].minima] == [100]
    assert knowledge.criteria.trial.adequate_days == 28
    assert "null result" in knowledge.phrases.stop_reasons["no-effect"]
    assert "lack of effect" in knowledge.phrases.stop_reasons["no-effect"]
    assert knowledge.sources["ours"] == "our formulary"


def test_the_documented_folder_is_without_fault(tmp_path):
    files = documented()
    assert len(files) == 9
    assert all(len(text.splitlines()) in {2, 3} for text in files.values())
    knowledge = load_knowledge(laid(tmp_path, files))
    assert (
        knowledge.local_codes["https://north.example.org/formulary", "SERT-100"].strength_mg == 100
    )


def test_each_documented_file_stands_alone(tmp_path):
    files = documented()
    for name in files.keys() - {"sources.toml", "criteria.toml"}:
        folder = tmp_path / name
        folder.mkdir()
        load_knowledge(laid(folder, {"sources.toml": files["sources.toml"], name: files[name]}))


@pytest.mark.parametrize("name", ["README.md", "LICENSE", ".gitignore"])
def test_a_note_beside_the_tables_is_no_table(tmp_path, name):
    load_knowledge(laid(tmp_path, {"sources.toml": "", "criteria.toml": "[trial]\n", name: "x"}))


def test_a_table_saved_by_a_spreadsheet_is_read(tmp_path):
    """It begins with a byte order mark, its lines end as on Windows, and a blank one ends it."""
    text = f"\ufeff{LOCAL}https://x.example/d,A,sertraline,,,,ours\n\n".replace("\n", "\r\n")
    knowledge = load_knowledge(laid(tmp_path, {"local_codes.csv": text}))
    assert set(knowledge.local_codes) == {("https://x.example/d", "A")}


def test_the_label_profile_takes_the_label_for_the_minimum(tmp_path):
    site = laid(
        tmp_path,
        {"sources.toml": "", "criteria.toml": '[dose]\nminimum_profile = { value = "label" }\n'},
    )

    def minima(knowledge, name):
        return [each.minimum_mg for each in knowledge.antidepressants[name].minima]

    ours, theirs = load_knowledge(), load_knowledge(site)
    assert (minima(ours, "venlafaxine"), minima(theirs, "venlafaxine")) == ([150], [75])
    assert minima(ours, "sertraline") == minima(theirs, "sertraline") == [50]


def test_a_row_in_the_place_of_ours_does_not_leave_our_source_without_a_use(tmp_path):
    ours = [row for row in load_knowledge().sources if row == "cpt-secondary"]
    site = laid(
        tmp_path, {"procedures.csv": f"{PROCEDURES}cpt,90870,exact,ect,ECT,bilateral,ours\n"}
    )
    assert [row for row in load_knowledge(site).sources if row == "cpt-secondary"] == ours


# ------------------------------------------------------------------------------------------ faults

FAULTS = [
    (
        "criteria.toml",
        "[trial]\nadequate_days = { value = 35 }",
        "2: trial.adequate_days is 35, not one of 28, 42, 56",
    ),
    (
        "criteria.toml",
        "[trial]\nbridge_days = { value = 35 }",
        "2: trial.bridge_days is not a site's to choose",
    ),
    (
        "criteria.toml",
        "[trial]\nadequate_days = { value = 35, site = [35] }",
        "2: of trial.adequate_days a site chooses its value and nothing else",
    ),
    (
        "criteria.toml",
        '[trial]\nadequate_days = { value = 28, mark = "G" }',
        "2: of trial.adequate_days a site chooses its value and nothing else",
    ),
    ("criteria.toml", "[trial]\nadequate_days = 28", "2: the criterion trial.adequate_days is"),
    (
        "criteria.toml",
        '[trial]\nadequate_days = { value = "28" }',
        "2: trial.adequate_days is not a whole number",
    ),
    ("criteria.toml", "[trail]\nx = 1", "1: there is no group of criteria 'trail'"),
    ("criteria.toml", "trial = 5", "1: there is no table [trial]"),
    ("criteria.toml", "[trial]\nadequate_daze = 5", "2: there is no criterion trial.adequate_daze"),
    (
        "criteria.toml",
        '[dose]\nminimum_profile = { value = "low" }',
        "2: dose.minimum_profile is low, not one of study, label",
    ),
    (
        "criteria.toml",
        "[dose]\nminimum_profile = { value = 1 }",
        "2: dose.minimum_profile is not a",
    ),
    ("criteria.toml", "[dose", "1: not readable as TOML"),
    ("criteria.toml", "[trial]\n\nx = = 1", "3: not readable as TOML"),
    (
        "criteria.toml",
        "# ours\ntrial.adequate_days = { value = 35 }",
        "2: trial.adequate_days is 35",
    ),
    ("sources.toml", "[own-words]\ncitation = 'x'", "1: the source own-words is ours"),
    ("sources.toml", "[spare]\ncitation = 'x'", "1: the source spare is used by no table"),
    ("sources.toml", "[spare]\nedition = 'x'", "1: the source spare has no citation"),
    ("product.csv", "x", "1: there is no such table; perhaps products.csv is meant"),
    ("notes.txt", "x", "1: there is no such table"),
    ("manifest.toml", "signed_off = true", "1: not a site's to change"),
    ("local_codes.csv", LOCAL + "x,A,sertraline,,,,ours", "2: 'x' is neither an address nor one"),
    ("local_codes.csv", LOCAL + "rxnorm,1,sertraline,,,,ours", "2: 'rxnorm' is neither an address"),
    (
        "local_codes.csv",
        LOCAL + "http://snomed.info/sct,1,sertraline,,,,ours",
        "2: http://snomed.info/sct is written snomed here",
    ),
    ("local_codes.csv", LOCAL + "urn:oid:1.2.3,,sertraline,,,,ours", "2: '' is not a code"),
    ("local_codes.csv", LOCAL + "urn:oid:1.2.3, A,sertraline,,,,ours", "2: ' A' is not a code"),
    ("local_codes.csv", LOCAL + "urn:oid:1.2.3,A,sugar,,,,ours", "2: the ingredient 'sugar'"),
    ("local_codes.csv", LOCAL + "urn:oid:1.2.3,A,sertraline,0,,,ours", "2: the strength is not"),
    ("local_codes.csv", LOCAL + "urn:oid:1.2.3,A,sertraline,,slow,,ours", "2: release 'slow' is"),
    ("local_codes.csv", LOCAL + "urn:oid:1.2.3,A,sertraline,,,fun,ours", "2: special_use 'fun' is"),
    ("local_codes.csv", LOCAL + "urn:oid:1.2.3,A,sertraline,,,,", "2: the source '' is not in"),
    ("local_codes.csv", LOCAL + "urn:oid:1.2.3,A,sertraline,,,,who", "2: the source 'who' is not"),
    ("local_codes.csv", LOCAL + "urn:oid:1.2.3,A,sertraline", "2: 3 cells, not 7"),
    (
        "conditions.csv",
        CONDITIONS + "urn:oid:1.2.3,D,exact,sadness,x,,,,,,ours",
        "2: 'sadness' is no concept",
    ),
    (
        "conditions.csv",
        CONDITIONS + "urn:oid:1.2.3,D,prefix,mdd,x,,,,,,ours",
        "2: only icd-10-cm has prefixes and patterns",
    ),
    ("conditions.csv", CONDITIONS + "icd10,D,exact,mdd,x,,,,,,ours", "2: 'icd10' is neither an"),
    (
        "conditions.csv",
        CONDITIONS + "snomed,370143001,exact,mdd,x,,,,,,ours",
        "2: the check digit of SNOMED CT code 370143001 is wrong",
    ),
    ("procedures.csv", PROCEDURES + "urn:oid:1.2.3,P,exact,bath,x,,ours", "2: 'bath' is no"),
    ("procedures.csv", PROCEDURES + "urn:oid:1.2.3,P,exact,ect,x,left,ours", "2: side 'left' is"),
    ("scale_codes.csv", SCALES + "urn:oid:1.2.3,S,sum,PHQ-9,,x,ours", "2: kind 'sum' is not one"),
    (
        "minimum_doses.csv",
        MINIMA + "sertraline,extended,100,,x,site,ours",
        "2: sertraline has a minimum for any form and one for a single form",
    ),
    (
        "minimum_doses.csv",
        MINIMA + "paroxetine,any,20,,x,site,ours",
        "2: paroxetine has a minimum for any form and one for a single form",
    ),
    ("phrases.toml", '[stop_reasons]\nno-effect = ["null"]', "1: the source '' is not in sources"),
    (
        "phrases.toml",
        'source = "ours"\n[stop_reasons]\nno-effect = ["nausea"]',
        "3: 'nausea' means side-effect as well",
    ),
    (
        "phrases.toml",
        'source = "ours"\n[stop_reasons]\nother = ["no effect"]',
        "3: 'no effect' means no-effect as well",
    ),
    (
        "phrases.toml",
        'source = "ours"\n[stop_reasons]\nno-effect = ["Nil"]',
        "3: 'Nil' is not a lower-case phrase",
    ),
    (
        "phrases.toml",
        'source = "ours"\n[stop_reasons]\nboredom = ["dull"]',
        "3: 'boredom' is no meaning of stop_reasons",
    ),
    ("local_codes.csv", LOCAL + "urn:oid:1.2.3,A,sertraline,nan,,,ours", "2: strength_mg 'nan' is"),
    ("local_codes.csv", LOCAL + "urn:oid:1.2.3,A,sertraline,inf,,,ours", "2: strength_mg 'inf' is"),
    ("minimum_doses.csv", MINIMA + "citalopram,any,1e999,,x,site,ours", "2: minimum_mg '1e999' is"),
    ("minimum_doses.csv", MINIMA + "fluoxetine,any,fifty,,x,site,ours", "2: minimum_mg 'fifty' is"),
    (
        "criteria.toml",
        "[trial]\nadequate_days = { value = nan }",
        "2: trial.adequate_days.value is not a finite number",
    ),
    (
        "criteria.toml",
        "[trial]\nadequate_days = { value = 28 }\nodd = [1, inf]",
        "3: trial.odd is not a finite number",
    ),
    (
        "remarks.toml",
        'source = "ours"\n[lengths]\nfortnight = 0.5',
        "3: 'fortnight' does not count a whole number above 0",
    ),
    (
        "remarks.toml",
        'source = "ours"\n[numbers]\nmany = true',
        "3: 'many' does not count a whole number above 0",
    ),
    ("atc.csv", "atc,ingredient,source\nN06AB06,sugar,who-atc", "2: the ingredient 'sugar' is"),
]


NAMES = "name,ingredient,release,special_use,factor,weekly,source\n"
FAULTS += [
    ("drug_names.csv", f"{NAMES}{row},,,,,ours", f"2: {what}")
    for row, what in (
        ("tablet,sertraline", "'tablet' is a word that names no drug"),
        ("study drug,sertraline", "'study drug' is a word that names no drug"),
        ("at bedtime,sertraline", "'at bedtime' is a word that names no drug"),
        ("hydrochloride,sertraline", "'hydrochloride' is a word that names no drug"),
        ("fluoxetine,sertraline", "'fluoxetine' is another drug's own name"),
        ("phenytoin,sertraline", "'phenytoin' is another drug's own name"),
    )
]


def test_a_site_may_name_a_drug_again(tmp_path):
    """Bupropion is also the end of a combination's name, and a drug's own name all the same."""
    text = f"{NAMES}bupropion,bupropion,,,,,ours\nnordo,sertraline,,,,,ours\n"
    names = load_knowledge(laid(tmp_path, {"drug_names.csv": text})).drug_names
    assert (names["bupropion"].ingredient, names["nordo"].ingredient) == ("bupropion", "sertraline")


TOML = [case for case in FAULTS if "\n" not in case[1] or case[0].endswith(".toml")]
ROWS = [case for case in FAULTS if case not in TOML]


@pytest.mark.parametrize(
    ("name", "text", "what"), TOML, ids=[f"{name}-{what}" for name, _, what in TOML]
)
def test_a_fault_is_told_as_the_sites_with_its_line(tmp_path, name, text, what):
    files = {name: text} if "ours" in text else {"sources.toml": "", name: text}
    found = [fault for fault in faults(tmp_path, files) if fault.startswith(f"site/{name}:{what}")]
    assert len(found) == 1


def test_a_faulty_row_is_told_as_the_sites_with_its_line(tmp_path):
    """All of them in one folder, each file with one heading and a row for each case."""
    files, wanted = {}, []
    for name, text, what in ROWS:
        heading, _, row = text.partition("\n")
        if not row:
            continue
        if name not in files:
            files[name] = f"{heading}\n"
        line = files[name].count("\n") + 1
        files[name] += row.replace("1.2.3,", f"1.2.3.{line},") + "\n"
        wanted.append(f"site/{name}:{line}{what[1:]}")
    found = faults(tmp_path, files)
    assert [each for each in wanted if sum(told.startswith(each) for told in found) != 1] == []
    assert len(wanted) > 20


def test_a_heading_that_is_not_ours_is_told(tmp_path):
    found = faults(tmp_path, {"sources.toml": "", "local_codes.csv": "system,code\n"})
    assert found[0].startswith("site/local_codes.csv:1: the columns are system, code, not system,")


def test_all_faults_are_told_at_once_and_none_is_ours(tmp_path):
    files = {
        "local_codes.csv": f"{LOCAL}x,A,sugar,,,,ours\nurn:oid:1.2.3,B,sertraline,,,,who\n"
        "urn:oid:1.2.3,C,sertraline,,,,who\n",
        "criteria.toml": "[trial]\nadequate_days = { value = 35 }\n",
        "product.csv": "x",
    }
    found = faults(tmp_path, files)
    assert all(re.match(r"site/[\w.]+:\d+: .", fault) for fault in found)
    assert len(found) == 6
    assert sum("'who'" in fault for fault in found) == 2


def test_a_list_in_the_place_of_a_table_is_told(tmp_path):
    found = faults(tmp_path, {"sources.toml": "", "phrases.toml": 'stop_reasons = ["x"]\n'})
    assert "site/phrases.toml:1: there is no table [stop_reasons]" in found


def test_a_source_no_site_has_is_a_fault_of_ours_still(tmp_path):
    assert faults(tmp_path, {"sources.toml": SOURCES}) == (
        "site/sources.toml:1: the source ours is used by no table",
    )


def test_values_are_laid_over_by_kind():
    ours = {"list": ["a"], "value": 1, "table": {"x": 1, "y": 2}}
    site = {"list": ["a", "b"], "value": 2, "table": {"y": 3}, "new": "z"}
    assert laid_over(ours, site) == {
        "list": ["a", "b"],
        "value": 2,
        "table": {"x": 1, "y": 3},
        "new": "z",
    }
