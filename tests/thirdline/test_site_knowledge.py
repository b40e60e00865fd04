"""``--knowledge DIR``: a hospital's own codes and criteria, from the folder to the answer."""

import json
import os
import re
import subprocess
import sys

import orjson
import pytest

from cds_hooks.heads import read_call_body
from tests.cds_hooks.hooks import app_of, call, post, prefetch_of
from tests.conftest import ROOT
from tests.support.fhir import ICD, concept, condition, dosage, observation, order, patient
from tests.support.site import documented, laid
from tests.thirdline.command import AS_OF, assessed, thirdline
from trd.knowledge.load import load_knowledge

NORTH = "https://north.example.org"
FORMULARY, ORDERS, PROBLEMS, FLOWSHEET = (
    f"{NORTH}/{name}" for name in ("formulary", "orders", "problems", "flowsheet")
)


@pytest.fixture
def site(tmp_path):
    """Return the folder the documentation shows."""
    return laid(tmp_path, documented())


def local(system, code, text="Nordo 100"):
    """Return a concept of the hospital's own, with words that name nothing."""
    return concept(system, code, text)


def chart(days=60, mg=100, drug=None, said="lack of effect", **more):
    """Return a depressed patient with one drug so many days up to the first of July."""
    medication = drug or local(FORMULARY, "SERT-100")
    taken = dosage(
        mg, "2026-07-01", f"2026-0{8 if days > 30 else 7}-{days - 31 if days > 30 else 31}"
    )
    return [
        patient("1982-03-04"),
        condition("c", concept(ICD, "F33.1"), onsetDateTime="2026-05-01"),
        order(
            "m",
            medication,
            [taken],
            status="stopped",
            authoredOn="2026-07-01",
            statusReason={"text": said},
        )
        | more,
        observation("o", "44261-6", "2026-08-30", 16),
    ]


def both(folder, site, resources):
    """Return the answer without the folder and with it."""
    bundle = {
        "resourceType": "Bundle",
        "type": "collection",
        "entry": [{"resource": one} for one in resources],
    }
    plain = assessed(folder, bundle)
    laid_over = assessed(folder, bundle, "--knowledge", str(site))
    assert (plain.status, laid_over.status) == (0, 0)
    return plain.told, laid_over.told


def ingredients(out):
    return [row["ingredient"] for row in out["trials"]]


# ------------------------------------------------------------------------------------- own codes


def test_a_local_drug_code_becomes_a_trial(tmp_path, site):
    ours, theirs = both(tmp_path, site, chart(53))
    assert (ours["knowledge"], theirs["knowledge"]) == ("2026.1", "2026.1+site")
    assert ingredients(ours) == []
    (row,) = theirs["trials"]
    assert (row["ingredient"], row["counts"], row["rxcui"]) == ("sertraline", True, "36437")
    assert theirs["resistance"]["confirmed"] == 1


def test_a_local_code_without_any_words_is_no_longer_unread(tmp_path, site):
    ours, theirs = both(tmp_path, site, chart(53, drug=concept(FORMULARY, "SERT-100")))
    assert [row["reason"] for row in ours["setAside"]] == ["not-recognised"]
    assert (theirs["setAside"], ingredients(theirs)) == ([], ["sertraline"])


def test_the_strength_of_a_local_code_turns_tablets_into_a_dose(tmp_path, site):
    resources = chart(53)
    quantity = {"doseQuantity": {"value": 1, "unit": "tablet"}}
    resources[2]["dosageInstruction"][0]["doseAndRate"] = [quantity]
    _, theirs = both(tmp_path, site, resources)
    assert [row["highestDailyDoseMg"] for row in theirs["trials"]] == [100]


@pytest.mark.parametrize(
    ("drug", "drugs", "aside"),
    [
        pytest.param(
            local(FORMULARY, "SERT-100", "sertraline 100 mg"), ["sertraline"], [], id="name agrees"
        ),
        pytest.param(
            local(FORMULARY, "SERT-100", "fluoxetine"), [], ["not-recognised"], id="name disagrees"
        ),
        pytest.param(local(FORMULARY, "SERT-999"), [], [], id="another code"),
        pytest.param(local(f"{NORTH}/other", "SERT-100"), [], [], id="another system"),
        pytest.param(local(None, "SERT-100"), [], [], id="no system"),
        pytest.param({"text": "Sertraforte 1 tab"}, ["sertraline"], [], id="a name of the site's"),
    ],
)
def test_a_local_code_counts_in_its_own_system(tmp_path, site, drug, drugs, aside):
    _, theirs = both(tmp_path, site, chart(53, drug=drug))
    assert ingredients(theirs) == drugs
    assert [row["reason"] for row in theirs["setAside"]] == aside


def test_two_codes_that_disagree_are_no_recognition(tmp_path, site):
    drug = local(FORMULARY, "SERT-100")
    drug["coding"].append({"system": "http://www.nlm.nih.gov/research/umls/rxnorm", "code": "4493"})
    _, theirs = both(tmp_path, site, chart(53, drug=drug))
    assert [row["reason"] for row in theirs["setAside"]] == ["not-recognised"]


def test_local_diagnosis_procedure_and_score_are_read(tmp_path, site):
    resources = chart(53, drug={"text": "sertraline"})
    resources[1]["code"] = local(PROBLEMS, "DEP-2")
    resources[3]["code"] = local(FLOWSHEET, "1570010")
    resources.append(
        {
            "resourceType": "Procedure",
            "id": "p",
            "status": "completed",
            "subject": {"reference": "Patient/pt-1"},
            "code": local(ORDERS, "ECT-BL"),
            "performedDateTime": "2026-08-20",
        }
    )
    ours, theirs = both(tmp_path, site, resources)
    assert ours["resistance"]["confirmed"] == 0
    assert theirs["resistance"]["confirmed"] == 1
    assert "otherTreatments" not in ours
    assert [row["kind"] for row in theirs["otherTreatments"]] == ["ect"]
    severity = theirs["staging"][0]["items"][1]
    assert (severity["low"], severity["high"], severity["evidence"]) == (3, 3, ["Condition/c"])
    verdicts = [
        next(row["verdict"] for row in out["candidacy"]["findings"] if row["rule"] == "symptoms")
        for out in (ours, theirs)
    ]
    assert verdicts[0] != verdicts[1] == "met"


def test_a_phrase_of_the_sites_own_says_why_it_was_stopped(tmp_path, site):
    ours, theirs = both(
        tmp_path, site, chart(53, drug={"text": "sertraline"}, said="nil benefit code 7")
    )
    assert [out["trials"][0]["outcome"] for out in (ours, theirs)] == ["unknown", "inefficacy"]


def test_an_order_in_a_hook_call_is_not_taken_for_an_ordinary_one(tmp_path):
    one = {"criteria.toml": "resistance.failures = { value = 1 }\n"}
    knowledge = load_knowledge(laid(tmp_path, documented() | one))
    body = orjson.dumps(call(prefetch_of(chart(53))))
    assert read_call_body(body, load_knowledge()).unused == {"medications": 1}
    assert read_call_body(body, knowledge).unused == {}
    app = app_of(knowledge=knowledge)
    found = json.loads(post("trd-review", body, app=app).content)["cards"]
    assert found
    assert all("knowledge 2026.1+site" in card["source"]["label"] for card in found)
    assert "sertraline" in json.dumps(found)


# --------------------------------------------------------------------------------- own criteria


@pytest.mark.parametrize(
    ("criterion", "resources", "what", "before", "after"),
    [
        pytest.param(
            "trial.adequate_days = { value = 28 }",
            chart(30, drug={"text": "sertraline"}),
            lambda out: out["trials"][0]["duration"],
            "not-met",
            "met",
            id="four weeks",
        ),
        pytest.param(
            "trial.adequate_days = { value = 56 }",
            chart(50, drug={"text": "sertraline"}),
            lambda out: out["trials"][0]["duration"],
            "met",
            "not-met",
            id="eight weeks",
        ),
        pytest.param(
            "resistance.failures = { value = 1 }",
            chart(53, drug={"text": "sertraline"}),
            lambda out: out["resistance"]["verdict"],
            "not-met",
            "met",
            id="one failure",
        ),
        pytest.param(
            'dose.minimum_profile = { value = "label" }',
            chart(53, mg=75, drug={"text": "venlafaxine"}),
            lambda out: out["trials"][0]["dose"],
            "not-met",
            "met",
            id="the label's dose",
        ),
    ],
)
def test_a_criterion_of_the_sites_own_decides(tmp_path, criterion, resources, what, before, after):
    site = laid(tmp_path, {"sources.toml": "", "criteria.toml": criterion})
    ours, theirs = both(tmp_path, site, resources)
    assert (what(ours), what(theirs)) == (before, after)


# ------------------------------------------------------------------------------- the command line


def test_the_check_tells_the_version(site):
    answer = thirdline("knowledge", "check", "--knowledge", str(site))
    assert (answer.status, answer.err) == (0, "")
    assert answer.out.startswith("Knowledge 2026.1+site for rules CH-2: ")


def test_a_drug_is_shown_with_the_sites_codes_and_dose(site):
    answer = thirdline("knowledge", "show", "sertraline", "--knowledge", str(site))
    assert "1 codes of the site's own" in " ".join(answer.out.split())
    answer = thirdline("knowledge", "show", "--knowledge", str(site))
    shown = " ".join(answer.out.split())
    assert "28* E R1 trial.adequate_days" in shown
    assert "label* J R9 dose.minimum_profile" in shown
    assert "our-formulary: Formulary of North Hospital" in shown


def test_every_fault_is_a_line_and_the_status_says_so(tmp_path):
    site = laid(
        tmp_path,
        {
            "product.csv": "x",
            "criteria.toml": "[trial]\nadequate_days = { value = 35 }\n"
            "bridge_days = { value = 1 }\n",
        },
    )
    answer = thirdline("knowledge", "check", "--knowledge", str(site))
    assert (answer.status, answer.err) == (1, "")
    lines = answer.out.splitlines()
    assert len(lines) == 4
    assert all(re.match(r"site/[\w.]+:\d+: .", line) for line in lines)


@pytest.mark.parametrize(
    "command", [("assess", "-"), ("knowledge", "show"), ("serve",), ("demo",)], ids=" ".join
)
def test_nothing_is_done_on_a_faulty_folder(tmp_path, command):
    site = laid(tmp_path, {"product.csv": "x"})
    answer = thirdline(*command, "--knowledge", str(site), stdin=b'{"resourceType": "Patient"}')
    assert (answer.status, answer.out) == (1, "")
    assert answer.err == (
        f"thirdline: 2 faults in the knowledge: see thirdline knowledge check --knowledge {site}\n"
    )


@pytest.mark.parametrize(
    "command",
    [("assess", "-"), ("knowledge", "show"), ("knowledge", "check"), ("serve",), ("demo",)],
    ids=" ".join,
)
def test_a_folder_that_holds_nothing_is_refused(tmp_path, command):
    missing, empty, file = tmp_path / "missing", tmp_path / "empty", tmp_path / "file"
    empty.mkdir()
    (empty / "README").write_text("none yet", "utf-8")
    file.write_text("x", "utf-8")
    reasons = {
        str(missing): "no such file or directory",
        str(empty): "the folder holds no tables",
        str(file): "not a directory",
        " ": "no folder is named",
        "a\0b": "not the name of a folder",
    }
    for folder, reason in reasons.items():
        answer = thirdline(*command, "--knowledge", folder, stdin=b'{"resourceType": "Patient"}')
        assert (answer.status, answer.out) == (2, "")
        assert answer.err.startswith("thirdline: --knowledge")
        assert answer.err.endswith(f": {reason}\n")
        assert answer.err.count("\n") == 1


def test_the_environment_names_the_folder_where_the_option_does_not(tmp_path, site):
    def version(*args, named):
        done = subprocess.run(  # noqa: S603 - our own command
            [sys.executable, "-m", "thirdline", "knowledge", "check", *args],
            capture_output=True,
            check=False,
            cwd=ROOT,
            env={**os.environ, "THIRDLINE_KNOWLEDGE": named},  # noqa: TID251 - handed on, not read
            text=True,
            timeout=60,
        )
        return done.returncode, (done.stdout or done.stderr).split(" for rules")[0]

    other = tmp_path / "other"
    other.mkdir()
    assert version(named=str(site)) == (0, "Knowledge 2026.1+site")
    assert version(named="") == (0, "Knowledge 2026.1")
    assert version(named=str(other)) == (
        2,
        f"thirdline: --knowledge {other}: the folder holds no tables\n",
    )
    assert version("--knowledge", str(site), named=str(other)) == (0, "Knowledge 2026.1+site")


def test_the_rules_stay_the_same(site):
    answer = thirdline("assess", "-", *AS_OF, "--rules", "CH-3", "--knowledge", str(site))
    assert answer.status == 2
