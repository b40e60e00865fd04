"""The page for health-system IT says what the service really asks."""

import re

import pytest

from ehr import because
from tests.integration_page import PAGE, printed
from trd.read.needs import NEEDS

TEXT = PAGE.read_text("utf-8")


def test_the_tables_are_those_of_the_needs():
    assert printed(TEXT) == TEXT, "python -m tests.integration_page"


@pytest.mark.parametrize("need", NEEDS, ids=lambda need: need.name)
def test_every_need_is_in_every_table_that_names_needs(need):
    assert TEXT.count(f"`{need.name}`") >= 3


def test_every_reason_a_card_may_give_is_explained():
    words = [value for name, value in vars(because).items() if name.isupper()]
    assert len(words) > 15
    assert not [one for one in words if f"| {one} |" not in TEXT]
    assert f"| {because.not_r4('STU3')} |" in TEXT


def test_what_is_explained_is_what_a_card_may_say():
    said = {value for name, value in vars(because).items() if name.isupper()}
    section = TEXT.partition("## What a card may say was not read")[2].partition("\n## ")[0]
    explained = re.findall(r"^\| ([^|]+) \|", section, re.MULTILINE)[2:]
    assert set(explained) - {because.not_r4("STU3")} == said
