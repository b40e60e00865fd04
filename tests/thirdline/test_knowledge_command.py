"""``thirdline knowledge``: the check and its faults, and what is shown."""

import re
import shutil

import pytest

from tests.conftest import ROOT
from tests.thirdline.command import in_a_process, thirdline, written
from thirdline.assessment_text import sign_off


def test_the_check_is_one_line_with_version_size_and_sign_off():
    answer = thirdline("knowledge", "check")
    assert (answer.status, answer.err) == (0, "")
    assert re.fullmatch(
        r"Knowledge 2026\.1 for rules CH-2: \d+ files, \d+ rows in \d+ tables, .*no faults\. "
        r"No clinician has signed these rules off\.\n",
        answer.out,
    )


@pytest.fixture
def faulty(tmp_path):
    """Copy the product and break two tables of the copy."""
    for package in ("trd", "thirdline"):
        shutil.copytree(
            ROOT / package, tmp_path / package, ignore=shutil.ignore_patterns("__pycache__")
        )
    table = tmp_path / "trd" / "knowledge" / "minimum_doses.csv"
    text = table.read_text(encoding="utf-8")
    table.write_text(text.replace("sertraline,any,50", "sertraline,any,fifty"), encoding="utf-8")
    numbers = tmp_path / "trd" / "knowledge" / "criteria.toml"
    text = numbers.read_text(encoding="utf-8")
    numbers.write_text(text.replace("adequate_days", "adequate_daze", 1), encoding="utf-8")
    return tmp_path


def test_faults_are_listed_all_at_once_each_with_its_place(faulty):
    answer = in_a_process("knowledge", "check", cwd=faulty)
    assert answer.status == 1
    lines = answer.out.splitlines()
    assert all(re.match(r"[\w.]+:\d+: .", line) for line in lines)
    assert any(line.startswith("minimum_doses.csv:") and "fifty" in line for line in lines)
    assert any(line.startswith("criteria.toml:") for line in lines)


def test_nothing_is_assessed_on_faulty_knowledge(faulty):
    path = written(faulty, {"resourceType": "Patient", "id": "x"})
    for command in (("assess", path), ("knowledge", "show")):
        answer = in_a_process(*command, cwd=faulty)
        assert (answer.status, answer.out) == (1, "")
        assert re.fullmatch(r"thirdline: \d+ faults in the knowledge: .*\n", answer.err)


def test_everything_is_shown_with_its_mark(knowledge):
    answer = thirdline("knowledge", "show")
    assert answer.status == 0
    assert all(len(line) <= 80 for line in answer.out.splitlines())
    for name in (*knowledge.rows, *knowledge.marks, *knowledge.sources):
        assert name in answer.out.replace("\n", "")
    shown = " ".join(answer.out.split())
    assert "42* E R1 trial.adequate_days: covered days at or above the minimum" in shown
    assert "(a site may set 28, 42, 56)" in shown
    assert "No clinician has signed these rules off." in shown


DRUGS = [
    pytest.param("sertraline", ["antidepressant, SSRI", "minimum 50 mg a day"], id="ingredient"),
    pytest.param("ZOLOFT", ["zoloft is sertraline", "RxNorm codes"], id="brand"),
    pytest.param("citalopram", ["one active moiety with escitalopram"], id="family"),
    pytest.param("paroxetine", ["20 mg a day, immediate", "25 mg a day, extended"], id="forms"),
    pytest.param("venlafaxine", ["150 mg a day", "label from 75 mg"], id="label"),
    pytest.param("duloxetine", ["its dose cannot tell"], id="dose-cannot-tell"),
    pytest.param("amitriptyline", ["may be set aside as a low dose"], id="low-dose"),
    pytest.param("symbyax", ["holds the augmenter olanzapine"], id="combination"),
    pytest.param("esketamine", ["never counted as a trial"], id="other-treatment"),
    pytest.param("aripiprazole", ["augmentation", "least daily dose: 2 mg"], id="augmenter"),
    pytest.param("lithium", ["adequate only with a drug level"], id="level"),
    pytest.param("methylphenidate", ["only with a depressive reason"], id="reason"),
    pytest.param("alprazolam", ["benzodiazepine", "seizure-risk"], id="other-drug"),
]


@pytest.mark.parametrize(("name", "said"), DRUGS)
def test_a_drug_is_shown(name, said):
    answer = thirdline("knowledge", "show", name)
    assert answer.status == 0
    shown = " ".join(answer.out.split())
    for words in said:
        assert words in shown
    assert "No clinician has signed these rules off." in shown


def test_a_name_nobody_knows_is_one_line():
    answer = thirdline("knowledge", "show", "wundermittel")
    assert (answer.status, answer.out) == (2, "")
    assert answer.err == "thirdline: knowledge show: no table holds a drug of that name\n"


def test_a_clinicians_sign_off_would_be_said():
    assert sign_off(signed_off=True) == "A clinician has signed these rules off."
