"""A hospital's own folder laid over the shipped knowledge, under the same checks."""

import re

import pytest

from trd.knowledge.errors import KnowledgeError
from trd.knowledge.load import load_knowledge
from trd.knowledge.tables import laid_over


@pytest.fixture
def site(tmp_path):
    folder = tmp_path / "site"
    folder.mkdir()
    return folder


def test_a_site_lays_its_own_rows_over_ours(site):
    (site / "sources.toml").write_text('[ours]\ncitation = "our formulary"\n', "utf-8")
    (site / "minimum_doses.csv").write_text(
        "ingredient,release,minimum_mg,label_from_mg,basis,level,source\n"
        "sertraline,any,100,50,our protocol,site,ours\n",
        "utf-8",
    )
    (site / "criteria.toml").write_text("[trial]\nadequate_days = { value = 28 }\n", "utf-8")
    (site / "phrases.toml").write_text('[stop_reasons]\nno-effect = ["null result"]\n', "utf-8")
    knowledge = load_knowledge(site)
    assert knowledge.version == "2026.1+site"
    assert [each.minimum_mg for each in knowledge.antidepressants["sertraline"].minima] == [100]
    assert knowledge.criteria.trial.adequate_days == 28
    assert "null result" in knowledge.phrases.stop_reasons["no-effect"]
    assert "lack of effect" in knowledge.phrases.stop_reasons["no-effect"]
    assert knowledge.sources["ours"] == "our formulary"


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("[trial]\nadequate_days = { value = 35 }", "trial.adequate_days is 35, not one of"),
        ("[trial]\nbridge_days = { value = 35 }", "trial.bridge_days is not a site's to choose"),
    ],
)
def test_a_site_chooses_only_what_it_may(site, text, what):
    (site / "criteria.toml").write_text(text, "utf-8")
    with pytest.raises(KnowledgeError, match=re.escape(what)):
        load_knowledge(site)


def test_a_fault_of_a_site_is_told_as_the_sites(site):
    (site / "atc.csv").write_text("atc,ingredient,source\nN06AB06,sugar,who-atc\n", "utf-8")
    with pytest.raises(KnowledgeError, match=r"^site/atc\.csv:2: 'sugar' is not"):
        load_knowledge(site)


def test_values_are_laid_over_by_kind():
    ours = {"list": ["a"], "value": 1, "table": {"x": 1, "y": 2}}
    site = {"list": ["a", "b"], "value": 2, "table": {"y": 3}, "new": "z"}
    assert laid_over(ours, site) == {
        "list": ["a", "b"],
        "value": 2,
        "table": {"x": 1, "y": 3},
        "new": "z",
    }
