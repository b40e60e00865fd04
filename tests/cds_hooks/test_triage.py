"""Whatever is called ordinary is ordinary to the reader: the triage held to the reader's look."""

import copy

import msgspec
import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cds_hooks.heads import read_call_body
from cds_hooks.triage import CodedHead, ConceptHead, Triage
from tests.cds_hooks.hooks import (
    KNOWLEDGE,
    post,
    prefetch_of,
)
from tests.cds_hooks.hooks import call as call_of
from tests.cds_hooks.test_heads import PLAIN, SMALL, agrees, entry_of
from tests.cds_hooks.test_injection import HOSTILE
from tests.support.days import day
from tests.support.fhir import observation, patient
from trd.dates import FIRST_READING
from trd.read.conditions import concept_hits
from trd.read.context import ReadContext
from trd.read.days import DayReader
from trd.read.drugs import ORDINARY, DrugNames
from trd.read.gathered import Gathered
from trd.read.scales import meaning_of
from trd.read.vocabulary import vocabulary_of

VOCABULARY = vocabulary_of(KNOWLEDGE)
NDC = "http://hl7.org/fhir/sid/ndc"
SNOMED = "http://snomed.info/sct"
ATC = "http://www.whocc.no/atc"
CODED = msgspec.json.Decoder(CodedHead)
CONCEPT = msgspec.json.Decoder(ConceptHead)

TABLE_CODES = [
    *KNOWLEDGE.products,
    *KNOWLEDGE.atc,
    *(code for _, code in KNOWLEDGE.drug_codes),
    *VOCABULARY.codes,
    *(code for _, code in KNOWLEDGE.conditions_exact),
    *KNOWLEDGE.conditions_prefix,
    "f332",
    "1",
    "x",
    "aspirin",
    " 36437 ",
    "00049491066",
    "0049-4910-66",
    "0049-4910",
    "0049491066",
    "n06ab06",
    "N06AA15",
    "N06AB",
    "N06CA99",
]
NAMES = [
    *KNOWLEDGE.drug_names,
    *KNOWLEDGE.scales.names,
    *(phrase for group in KNOWLEDGE.phrases.conditions.values() for phrase in group),
    *(" ".join(spoken) for spoken, _ in VOCABULARY.levels),
    *HOSTILE,
    *KNOWLEDGE.vague_words,
    *KNOWLEDGE.phrases.antidepressant_classes,
    "sertraline50mg",
    "lisinopril 10 MG",
    "Medication Request Resource",
    "not fluoxetine",
    "Blood pressure",
    "",
    " ",
    "-",
]
WORDED = [
    *(" ".join(" ".join(phrase) for phrase in phrases) for phrases, _ in VOCABULARY.wordings),
    *(" ".join(spoken) for spoken in VOCABULARY.unmapped),
]
"""Questions told by what stands in them, and those nobody mapped."""
NAMES += WORDED
texts = st.one_of(
    st.sampled_from(NAMES), st.lists(st.sampled_from(NAMES)).map(" / ".join), st.text()
)
systems = st.sampled_from(
    [
        "http://www.nlm.nih.gov/research/umls/rxnorm",
        "http://www.whocc.no/atc",
        "http://loinc.org",
        "http://hl7.org/fhir/sid/icd-10-cm",
        "http://snomed.info/sct",
        "http://hl7.org/fhir/sid/ndc",
        "https://dmd.nhs.uk",
        "urn:x",
        "",
    ]
)
coding = st.fixed_dictionaries(
    {}, optional={"system": systems, "code": st.sampled_from(TABLE_CODES) | texts, "display": texts}
)
concepts = st.fixed_dictionaries(
    {},
    optional={
        "coding": st.lists(coding, max_size=3),
        "text": texts,
        "code": texts,
        "display": texts,
    },
)


def written_codes():
    """Yield the codes of NDC and SNOMED CT as they are written in records."""
    for system, code in KNOWLEDGE.drug_codes:
        if system != NDC:
            yield code
            continue
        labeler, product = code[:5], code[5:]
        yield from (f"{code}01", f"{labeler}-{product}-01", f"{labeler}-{product}")
        if labeler[0] == "0":
            yield from (f"{labeler[1:]}-{product}-01", f"{labeler[1:]}{product}01")
        if product[0] == "0":
            yield f"{labeler}-{product[1:]}-01"
        yield f"{labeler}-{product}-1"


def context():
    return ReadContext(
        knowledge=KNOWLEDGE,
        vocabulary=VOCABULARY,
        days=DayReader(FIRST_READING),
        gathered=Gathered(patient_id=None, resources=(), reads={}),
        drug_names=DrugNames(KNOWLEDGE, VOCABULARY),
    )


@pytest.mark.parametrize(
    "member", ["text", "display", "text of a component", "display of a component"]
)
@pytest.mark.parametrize("spoken", [*WORDED, *(f"Rating: {words}?" for words in WORDED)])
def test_a_question_is_kept_wherever_its_words_stand(spoken, member):
    body = copy.deepcopy(SMALL)
    resource = entry_of(body, "scores", 1)["resource"]
    coding = {"system": "urn:x", "code": "7"}
    concept = {"text": spoken} if "text" in member else {"coding": [coding | {"display": spoken}]}
    inner = {"code": concept, "valueInteger": 3}
    resource.update({"component": [inner]} if "component" in member else inner)
    left = read_call_body(orjson.dumps(body), KNOWLEDGE).unused["scores"]
    assert left == read_call_body(PLAIN, KNOWLEDGE).unused["scores"] - 1
    assert meaning_of(concept, context())


ITEM_9 = "Thoughts that you would be better off dead, or of hurting yourself in some way"


@pytest.mark.parametrize(
    ("code", "value", "topic"),
    [
        ({"text": ITEM_9}, {"valueInteger": 3}, "suicideSafety"),
        (
            {"text": "Has the patient thoughts of suicide?"},
            {"valueCodeableConcept": {"text": "yes"}},
            "suicideSafety",
        ),
        ({"coding": [{"system": "http://loinc.org", "code": "93373-9"}]}, {}, "suicideSafety"),
    ],
    ids=["item 9", "a question nobody mapped", "an empty C-SSRS"],
)
def test_a_sign_in_words_alone_is_answered_by_the_safety_service(code, value, topic):
    row = observation("o1", "x", "2026-08-31", 0) | {"code": code}
    del row["valueInteger"]
    body = call_of(prefetch_of([patient(), row | value]))
    assert agrees(body, day("2026-09-01")) == {}
    found = post("suicide-safety", body).json()["cards"]
    assert [card["source"]["topic"]["code"] for card in found] == [topic]


@pytest.mark.parametrize(
    ("medication", "is_read"),
    [
        (
            {"coding": [{"system": NDC, "code": "0049-4910-66"}], "text": "a drug of that code"},
            True,
        ),
        ({"coding": [{"system": NDC, "code": "00049491066", "display": "Altril"}]}, True),
        ({"coding": [{"system": "urn:x", "code": "0049-4910-66"}], "text": "Altril"}, True),
        ({"coding": [{"system": SNOMED, "code": "0049-4910-66"}], "text": "Altril"}, True),
        ({"coding": [{"system": SNOMED, "code": "321959007", "display": "Altril"}]}, True),
        ({"coding": [{"system": "https://dmd.nhs.uk", "code": "321959007"}], "text": "x y"}, True),
        ({"coding": [{"system": SNOMED, "code": "312938"}], "text": "Altril"}, True),
        ({"coding": [{"system": "urn:x", "code": "n06ab06"}], "text": "Altril"}, True),
        ({"coding": [{"system": ATC, "code": "N06AA15"}], "text": "Butriptyline"}, True),
        ({"coding": [{"system": ATC, "code": "N06AB"}], "text": "Drug X"}, True),
        ({"coding": [{"system": ATC, "code": "n06a", "display": "Drug X"}]}, True),
        (
            {"coding": [{"system": SNOMED, "code": "36236003", "display": "Antidepressant agent"}]},
            True,
        ),
        ({"text": "study drug (antidepressant vs placebo)"}, True),
        ({"text": "SERTRALINE50MG TAB"}, True),
        ({"text": "Medication Request Resource"}, True),
        ({"coding": [{"system": "urn:x", "code": "7", "display": "see notes"}]}, True),
        ({"coding": [{"system": NDC, "code": "99999-9999-99"}], "text": "Altril"}, False),
        ({"text": "lisinopril 10 MG Oral Tablet"}, False),
    ],
)
def test_an_order_told_by_its_code_alone_is_kept_and_read_as_in_full(medication, is_read):
    body = copy.deepcopy(SMALL)
    resource = entry_of(body, "medications", 1)["resource"]
    before = read_call_body(orjson.dumps(body), KNOWLEDGE).unused.get("medications", 0)
    was_read = not Triage(KNOWLEDGE).is_ordinary_drug(
        head_of(resource["medicationCodeableConcept"])
    )
    resource["medicationCodeableConcept"] = medication
    after = read_call_body(orjson.dumps(body), KNOWLEDGE).unused.get("medications", 0)
    assert after == before + was_read - is_read
    assert (context().drug_names.recognise([medication]) is not ORDINARY) == is_read
    agrees(body, day("2026-09-01"))


def head_of(concept):
    return CONCEPT.decode(orjson.dumps(concept))


def test_no_panel_of_a_screen_is_left_as_text():
    triage = Triage(KNOWLEDGE)
    for _, code in KNOWLEDGE.scales.panels:
        assert not triage.is_no_scale(CONCEPT.decode(orjson.dumps({"coding": [{"code": code}]})))


@given(concepts)
def test_what_is_called_ordinary_is_ordinary_to_the_reader(concept):
    head, reader, triage = CONCEPT.decode(orjson.dumps(concept)), context(), Triage(KNOWLEDGE)
    if triage.is_ordinary_drug(head):
        assert reader.drug_names.recognise([concept]) is ORDINARY
    if triage.is_no_scale(head):
        assert meaning_of(concept, reader) is None
    if triage.is_no_diagnosis(CODED.decode(orjson.dumps(concept))):
        assert not concept_hits(concept, reader)[0]


def test_the_reader_finds_nothing_ordinary_in_its_own_tables():
    triage = Triage(KNOWLEDGE)
    read = [c for c, p in KNOWLEDGE.products.items() if p.ingredient not in VOCABULARY.idle]
    for code in [*read, *KNOWLEDGE.atc, *written_codes()]:
        head = CONCEPT.decode(orjson.dumps({"coding": [{"code": code}], "text": "a drug"}))
        assert not triage.is_ordinary_drug(head)
    for name in [n for n, p in KNOWLEDGE.drug_names.items() if p.ingredient not in VOCABULARY.idle]:
        assert not triage.is_ordinary_drug(CONCEPT.decode(orjson.dumps({"text": name})))
    for _, code in VOCABULARY.meanings:
        head = CONCEPT.decode(orjson.dumps({"coding": [{"code": code}], "text": "a scale"}))
        assert not triage.is_no_scale(head)
    for name in KNOWLEDGE.scales.names:
        assert not triage.is_no_scale(CONCEPT.decode(orjson.dumps({"text": name})))
    for system, code in KNOWLEDGE.conditions_exact:
        coded = CODED.decode(orjson.dumps({"coding": [{"system": system, "code": code}]}))
        assert not triage.is_no_diagnosis(coded)
