"""Charted words stay words: no markup, tag, link or template of theirs lives on a card."""

import html
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from cds_hooks.cards_text import inert, shortened
from tests.cds_hooks.hooks import REVIEW, SAFETY, cards, prefetch_of
from tests.cds_hooks.people import depression, drug, two_failures
from tests.support.fhir import ICD, RXNORM, concept, condition, observation

HOSTILE = (
    "<script>alert(1)</script>",
    '<img src=x onerror="alert(1)">',
    "[safe dose](https://evil.test)",
    "see www.evil.test or https://evil.test/x and mail a@evil.test",
    "<https://evil.test>",
    "![x](https://evil.test/p.png)",
    "**bold** _em_ `code` ~~gone~~ # head | a | b |",
    "[ref]: https://evil.test",
    "line\n# heading\n- item\n```\ncode",
    "{{7*7}} ${7*7} %s {0.__class__}",
    "\u202eevil\u202c \u200bzero\x00width",
    "&lt;b&gt; &#60;i&#62; &amp;",
    "javascript:alert(1) data:text/html,x",
    "$x^2$ \\(y\\)",
)
RENDERER = MarkdownIt("gfm-like", {"html": True, "linkify": False})
ADDRESS = re.compile(r"(?i)\w://|www\.\w|\w@\w|[^\W_]\.[^\W\d_]")
"""What a renderer turns into a link by itself: an address, or a name with a dot."""
OURS = frozenset({"p", "strong", "ul", "li"})


def tags(markdown):
    """Return the tags a renderer makes; an address it would make a link of counts as one."""
    rendered = RENDERER.render(markdown)
    links = {"a"} if ADDRESS.search(html.unescape(re.sub(r"<[^>]*>", " ", rendered))) else set()
    return links | set(re.findall(r"</?([a-zA-Z][\w-]*)", rendered))


def charted(text):
    """Return a chart with the text in every place a person can write in."""
    rows = two_failures(text)
    rows[1] = depression()
    rows[1]["code"]["text"] = text
    rows[2]["medicationCodeableConcept"] = concept(RXNORM, "312938", text=f"sertraline {text}")
    rows[2]["reasonCode"] = [{"text": f"depression {text}"}]
    rows[0]["name"] = [{"text": text, "family": text}]
    rows.append(drug("m9", concept(text=text), 10, "2026-01-01", None))
    rows.append(observation("o8", "93373-9", "2026-08-31", text))
    rows.append(condition("c8", concept(ICD, "R45.851", text=text), onsetDateTime="2026-08-31"))
    rows.append(condition("c9", concept(ICD, "G40.909", text=text)))
    return rows


@pytest.mark.parametrize("service", [REVIEW, SAFETY])
@pytest.mark.parametrize("text", HOSTILE)
@pytest.mark.requirement("CARD-4", "SAFE-4")
@pytest.mark.hostile("G01", "G02", "G04", "G15")
def test_nothing_charted_lives_on_a_card(service, text):
    for card in cards(service, prefetch_of(charted(text))):
        assert "<" not in card["detail"]
        assert tags(card["detail"]) <= OURS
        assert "evil" not in card["summary"]
        assert not re.search(r"[<>\n]", card["summary"].replace("(< 50 %)", ""))


@pytest.mark.hostile("G15")
def test_templates_are_words():
    shown = inert("{{7*7}} ${7*7} %s {0.__class__}")
    assert RENDERER.render(shown) == "<p>{{7*7}} ${7*7} %s {0.__class__}</p>\n"


@given(st.text(max_size=300))
def test_any_text_is_one_paragraph_of_words(text):
    shown = inert(text)
    assert "\n" not in shown
    assert "<" not in shown
    assert tags(f"- **drug**: {shown}") <= OURS
    assert tags(shown) <= {"p"}


@given(st.lists(st.sampled_from([*HOSTILE, "word", "100", "mg", "evil.test", "@", "://", "www."])))
def test_pieces_of_markup_stay_words_together(pieces):
    shown = inert(" ".join(pieces))
    assert tags(shown) <= {"p"}
    assert tags(inert("".join(pieces))) <= {"p"}


def test_a_long_text_is_cut_between_words_and_never_at_a_number():
    text = "stopped because of " + "nausea " * 40 + "at 100 mg"
    for longest in range(20, 300):
        shown = shortened(text, longest)
        assert len(shown) <= longest + 2
        assert shown == text or shown.endswith(" …")
        assert not re.search(r"\d+ …$", shown)


def test_a_word_without_end_is_left_out():
    assert inert("a" * 1_000_000) == "…"
    assert inert("so " + "a" * 500) == "so …"


@pytest.mark.requirement("CARD-4")
@pytest.mark.hostile("G01", "G02", "G04", "G15")
def test_ordinary_words_stay_as_they_are():
    text = "no real benefit, 37.5 mg at night; PHQ-9 21 on 2025-10-01 (e.g. sleep)"
    rendered = RENDERER.render(inert(text))
    assert rendered == f"<p>{text.replace('e.g.', 'e. g.')}</p>\n"
