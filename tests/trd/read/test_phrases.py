"""Charted words about why a drug was stopped and what it is for, against a reader's answers.

The corpora hold the answers a psychiatrist would give. A phrase is right where just its meanings
are read, unread where nothing is read although something is said, and wrong otherwise: no phrase
may be wrong, since a wrong reason is a wrong outcome.
"""

from pathlib import Path
from typing import NamedTuple

import pytest
import yaml

from tests.support.charts import product
from tests.support.fhir import concept, order
from tests.trd.read.charts import KNOWLEDGE, chart
from trd.chart import Indication, MedicationRecord, StopReason
from trd.read.vocabulary import vocabulary_of

HERE = Path(__file__).parent
DEFAULT_DRUG = "sertraline"


class Phrase(NamedTuple):
    """A phrase of a corpus, what it means, the drug of its order, and its section."""

    text: str
    means: frozenset[str]
    drug: str
    section: str


def corpus(name: str) -> list[Phrase]:
    """Return the phrases of a corpus in the order written."""
    sections = yaml.safe_load((HERE / name).read_text("utf-8"))
    return [
        Phrase(text, frozenset(means.split()), more[0] if more else DEFAULT_DRUG, section)
        for section, rows in sections.items()
        for text, means, *more in rows
    ]


STOPPED = corpus("stop_reason_phrases.yaml")
MEANT = corpus("indication_phrases.yaml")

UNREAD = {
    "gained 15 lbs",
    "no le quitó la tristeza",
    "no lo compró por el costo",
    "la paciente dejó el medicamento sola",
    "stopped taking on own 2 months ago",
    "no current depression; taking for IBS",
    "not in remission yet",
}
"""What the reader does not understand, and says nothing about."""


def record(drug: str = DEFAULT_DRUG, **more: object) -> MedicationRecord:
    """Return what one order of a drug is read as."""
    (found,) = chart(order("m1", product(drug), [], authoredOn="2026-01-01", **more)).medications
    return found


def heard_in(phrase: Phrase) -> frozenset[str]:
    """Return what the reader hears in a phrase."""
    if phrase in STOPPED:
        reason = {"text": phrase.text}
        return frozenset(record(phrase.drug, status="stopped", statusReason=reason).stop_reasons)
    return frozenset(record(phrase.drug, reasonCode=[{"text": phrase.text}]).indications)


@pytest.fixture(scope="module")
def heard():
    """Return what is heard in every phrase of both corpora."""
    return {phrase: heard_in(phrase) for phrase in [*STOPPED, *MEANT]}


def test_no_phrase_is_read_wrongly(heard):
    wrong = [
        f"{phrase.section}: {phrase.text!r} ({phrase.drug}) "
        f"means {sorted(phrase.means)}, read {sorted(found)}"
        for phrase, found in heard.items()
        if found and found != phrase.means
    ]
    assert not wrong, "\n".join(wrong)


def test_what_is_not_understood_is_known(heard):
    unread = {p.text for p, found in heard.items() if p.means and not found}
    assert unread == UNREAD


@pytest.mark.parametrize(
    ("phrases", "meanings"),
    [
        pytest.param(STOPPED, set(StopReason), id="stop reasons"),
        pytest.param(MEANT, set(Indication), id="indications"),
    ],
)
def test_a_corpus_has_every_meaning_and_a_third_of_traps(phrases, meanings):
    assert {meaning for phrase in phrases for meaning in phrase.means} == meanings
    keys = [(phrase.text, phrase.drug) for phrase in phrases]
    assert len(set(keys)) == len(keys)
    traps = [phrase for phrase in phrases if "trap" in phrase.section]
    assert 3 * len(traps) >= len(phrases)


def test_there_are_phrases_enough_and_a_held_out_set():
    everything = [*STOPPED, *MEANT]
    assert len(everything) >= 220
    assert sum(phrase.section.startswith("held out") for phrase in everything) >= 60


@pytest.mark.parametrize(
    ("code", "said"),
    [
        ("altchoice", set()),
        ("clarif", set()),
        ("drughigh", set()),
        ("hospadm", set()),
        ("labint", set()),
        ("non-avail", set()),
        ("preg", {StopReason.OTHER}),
        ("salg", {StopReason.SIDE_EFFECT}),
        ("sddi", {StopReason.OTHER}),
        ("sdupther", {StopReason.OTHER}),
        ("sintol", {StopReason.SIDE_EFFECT}),
        ("surg", {StopReason.OTHER}),
        ("washout", set()),
    ],
)
def test_a_coded_reason_for_a_status(code, said):
    found = record(status="stopped", statusReason={"coding": [{"code": code}]})
    assert (found.stop_reasons, found.stop_text) == (said, code)


def test_all_words_of_a_reason_are_shown():
    reasons = [{"text": "no effect", "coding": [{"display": "nausea"}]}, {"text": "no effect"}]
    found = record(status="stopped", statusReason=reasons)
    assert found.stop_reasons == {StopReason.NO_EFFECT, StopReason.SIDE_EFFECT}
    assert found.stop_text == "no effect; nausea"


@pytest.mark.parametrize("name", ["endings", "purposes"])
def test_no_phrase_means_two_things_once_accents_are_gone(name):
    lexicon = getattr(vocabulary_of(KNOWLEDGE), name)
    kept = {e.spoken: e.name for group in lexicon.by_first_word.values() for e in group}
    phrases = KNOWLEDGE.phrases
    groups = phrases.stop_reasons if name == "endings" else phrases.indications
    for meaning, group in groups.items():
        for phrase in group:
            assert lexicon_name(kept, phrase) == meaning, phrase


def lexicon_name(kept, phrase):
    """Return the meaning a phrase is kept under, its accents and apostrophes taken away."""
    plain = phrase.translate(str.maketrans("áéíóúüñ'-/", "aeiouun\0  ")).replace("\0", "")
    return kept[tuple(plain.split())]


# ------------------------------------------------------------------------- depression, and denied


@pytest.mark.parametrize(
    ("given", "indications", "conflict"),
    [
        pytest.param(
            {"reasonCode": [concept("http://hl7.org/fhir/sid/icd-10-cm", "F33.1")]},
            {Indication.DEPRESSION},
            False,
            id="a code",
        ),
        pytest.param(
            {
                "reasonCode": [
                    concept("http://hl7.org/fhir/sid/icd-10-cm", "F33.1"),
                    {"text": "not for depression: sleep"},
                ]
            },
            {Indication.DEPRESSION, Indication.SLEEP},
            True,
            id="a code against words",
        ),
        pytest.param(
            {"reasonCode": [{"text": "depression"}, {"text": "not for depression"}]},
            {Indication.DEPRESSION},
            True,
            id="words against words",
        ),
        pytest.param(
            {"reasonCode": [{"text": "insomnia"}, {"text": "possible depression"}]},
            set(),
            True,
            id="depression in doubt",
        ),
        pytest.param(
            {"reasonCode": [{"text": "not for depression"}]},
            {Indication.OTHER},
            False,
            id="denied alone",
        ),
        pytest.param(
            {"dosageInstruction": [{"text": "1 tab at night for sleep, not for depression"}]},
            {Indication.SLEEP},
            False,
            id="in the instructions",
        ),
    ],
)
def test_depression_denied_in_doubt_or_against_itself(given, indications, conflict):
    request = {
        "resourceType": "MedicationRequest",
        **order("m1", product("trazodone"), []),
        **given,
    }
    (found,) = chart(request | {"authoredOn": "2026-01-01"}).medications
    assert (found.indications, found.indication_conflict) == (indications, conflict)


# --------------------------------------------------------------------------- narrative of an order

SIDE_EFFECT, NO_EFFECT = {StopReason.SIDE_EFFECT}, {StopReason.NO_EFFECT}


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("Stopped due to nausea.", SIDE_EFFECT),
        ("Pt seen today. Discontinued because of sexual side effects.", SIDE_EFFECT),
        ("sertraline d/c'd 2/2 weight gain", SIDE_EFFECT),
        ("Stopped for lack of effect, switched to venlafaxine", NO_EFFECT),
        ("Discontinued for no benefit and nausea", SIDE_EFFECT | NO_EFFECT),
        ("suspendida por náuseas", SIDE_EFFECT),
        ("Nausea.", set()),
        ("No response after 8 weeks", set()),
        ("Nausea, so stopped", set()),
        ("Fluoxetine stopped due to nausea", set()),
        ("Aspirin stopped due to bleeding", set()),
        ("Stopped due to nausea in 2019. Restarted.", set()),
        ("Stop if nausea. Stopped due to rash.", set()),
        ("Not stopped due to nausea", set()),
        ("Stopped because nausea resolved", set()),
        ("Mother stopped due to nausea", set()),
        ("Prior SSRI stopped due to nausea", set()),
        ("Take with food for nausea", set()),
        ("Nausea with aspirin stopped. Stopped for cost.", {StopReason.OTHER}),
        ("", set()),
    ],
)
def test_a_note_speaks_only_where_it_says_why_the_drug_was_stopped(text, said):
    found = record(status="stopped", note=[{"text": text}])
    assert (found.stop_reasons, found.stop_text) == (said, text if said else "")


def test_a_note_against_a_reason_is_shown_with_it():
    note = [{"text": "Stopped due to nausea"}, {"text": "see chart"}]
    found = record(status="stopped", statusReason={"text": "no effect"}, note=note)
    assert found.stop_reasons == SIDE_EFFECT | NO_EFFECT
    assert found.stop_text == "no effect; Stopped due to nausea"
