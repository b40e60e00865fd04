"""What do suicide screens and recorded assessments say?

C-SSRS, ASQ, EPDS item 10 kept as an answer, risk levels as stored, and assessments done with or
without a result. Each fact becomes a ``Sighting`` with the windows of its row.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Final

from trd.chart import PatientChart, ProcedureDone, SafetyAnswer
from trd.crisis_scores import item9_windows
from trd.crisis_screens import answers_by, is_complete_screen
from trd.crisis_signals import EasedBy, Sighting, Windows, on_day
from trd.knowledge import Knowledge, Phrases
from trd.knowledge.criteria import CrisisCriteria

_QUESTIONS: Final[Mapping[str, str]] = {
    "cssrs-q1": "C-SSRS Q1 (wish to be dead)",
    "cssrs-q2": "C-SSRS Q2 (suicidal thoughts)",
    "cssrs-q3": "C-SSRS Q3 (thoughts with a method)",
    "cssrs-q4": "C-SSRS Q4 (some intent)",
    "cssrs-q5": "C-SSRS Q5 (plan and intent)",
    "cssrs-q6": "C-SSRS Q6 (behaviour ever)",
    "cssrs-q6-recent": "C-SSRS Q6b (behaviour within 3 months)",
    "cssrs-q1-lifetime": "C-SSRS Q1 lifetime (wish to be dead)",
    "cssrs-most-severe": "C-SSRS most severe ideation",
    "cssrs-most-severe-lifetime": "C-SSRS most severe ideation, lifetime",
    "asq-now": "ASQ thoughts now",
    "asq-other": "ASQ question",
    "epds-10": "EPDS item 10",
    "phq-item9": "PHQ item 9",
    "risk-level": "Suicide risk level",
    "assessment": "Suicide risk assessment",
}
_RESULTS: Final = frozenset({"risk-level", "assessment"})
_SEVERITIES: Final = frozenset({"cssrs-most-severe", "cssrs-most-severe-lifetime"})
_NUMBERS_ONLY: Final = _SEVERITIES | {"phq-item9"}
_NUMBERED: Final = _NUMBERS_ONLY | {"epds-10"}
_KINDS: Final[Mapping[str, str]] = {
    "cssrs-q1": "cssrs-ideation",
    "cssrs-q2": "cssrs-ideation",
    "cssrs-q3": "cssrs-ideation",
    "cssrs-q4": "cssrs-q4",
    "cssrs-q5": "cssrs-q5",
    "cssrs-q6-recent": "cssrs-behaviour",
    "cssrs-most-severe": "cssrs-most-severe",
    "asq-now": "asq-now",
    "asq-other": "asq-positive",
    "epds-10": "epds-item10",
    "phq-item9": "phq9-item9",
}
_GRAVE: Final = frozenset({"cssrs-q4", "cssrs-q5", "asq-now"})
_NOTHING_RAISED: Final = frozenset({"low", "none", "no", "minimal"})
_RISK_WORDS: Final = frozenset({"risk", "suicide", "level"})
_WORD: Final = re.compile(r"\w+(?:['\u2019]\w+)*")
_CLAUSE: Final = re.compile(r"[^\w\s'\u2019-]+")
_NEGATION_REACH: Final = 2
"""A negation speaks for a word at most this many words later in its clause."""


def answer_sightings(chart: PatientChart, knowledge: Knowledge) -> Iterator[Sighting]:
    """Yield what the answers to suicide screens and the recorded assessments say.

    Rule: R16.
    """
    assessments = map(_assessment, (p for p in chart.procedures if p.kind == "assessment"))
    by_day = answers_by((*chart.answers, *assessments), lambda answer: answer.on)
    for of_day in by_day.values():
        for answer in of_day:
            yield from _answer_sightings(answer, of_day, knowledge)


def _answer_sightings(
    answer: SafetyAnswer, of_day: list[SafetyAnswer], knowledge: Knowledge
) -> Iterator[Sighting]:
    """Yield what one answer says, in the light of the other answers of its day.

    Rule: R16.
    """
    criteria = knowledge.criteria.crisis
    if answer.item in _RESULTS:
        yield from _result_sightings(answer, of_day, knowledge)
    elif answer.value is None or not _is_readable(answer.item, answer.value):
        yield _unread(answer, criteria)
    elif answer.value.lstrip("0") not in {"", "no"}:
        yield _positive(answer, answer.value, of_day, criteria)


def _is_readable(item: str, value: str) -> bool:
    """Say whether a value can answer a question: a number only where the question asks for one."""
    if value in {"yes", "no"}:
        return item not in _NUMBERS_ONLY
    return item in _NUMBERED and value.isdecimal()


def _positive(
    answer: SafetyAnswer, value: str, of_day: list[SafetyAnswer], criteria: CrisisCriteria
) -> Sighting:
    """Return a positive answer with its kind, its windows and what may ease it.

    Rule: R16.
    """
    if answer.item == "cssrs-q6":
        return _behaviour_ever(answer, of_day, criteria)
    if answer.item.endswith("-lifetime"):
        return _sighting("history", answer, Windows())
    kind = _KINDS.get(answer.item, "screen-positive")
    is_general = answer.item in {"asq-now", "phq-item9"}
    eased_by = EasedBy.ANY_SCREEN if is_general else EasedBy.SETTLING_SCREEN
    return _sighting(kind, answer, _windows(answer.item, value, criteria), eased_by)


def _windows(item: str, value: str, criteria: CrisisCriteria) -> Windows:
    """Return the windows of a positive answer.

    Rule: R16.
    """
    if item == "cssrs-q6-recent":
        return Windows(critical=criteria.behaviour_critical_days, kept=True)
    if item == "phq-item9":
        return item9_windows(int(value), criteria)
    is_severe = item in _SEVERITIES and int(value) >= criteria.most_severe_critical_from
    return _grave(criteria) if item in _GRAVE or is_severe else _other(criteria)


def _grave(criteria: CrisisCriteria) -> Windows:
    return Windows(critical=criteria.screen_critical_days, warning=criteria.critical_fades_days)


def _other(criteria: CrisisCriteria) -> Windows:
    return Windows(warning=criteria.screen_warning_days)


def _behaviour_ever(
    answer: SafetyAnswer, of_day: list[SafetyAnswer], criteria: CrisisCriteria
) -> Sighting:
    """Return behaviour ever: history where the same day says how recent, else recency missing.

    Rule: R16.
    """
    recent = {each.value for each in of_day if each.item == "cssrs-q6-recent"}
    if answer.on is not None and recent and recent <= {"yes", "no"}:
        return _sighting("history", answer, Windows())
    windows = replace(_other(criteria), kept=True)
    sighting = _sighting("cssrs-behaviour-undated", answer, windows)
    return replace(sighting, because=f"{sighting.because}, how recent not recorded")


def _result_sightings(
    answer: SafetyAnswer, of_day: list[SafetyAnswer], knowledge: Knowledge
) -> Iterator[Sighting]:
    """Yield what the stored result of an assessment says; tiers are local, so it is quoted.

    High is critical, none or low an information line, anything else a warning. An assessment
    without result is a warning too, unless the same day holds a result that was read.

    Rule: R16.
    """
    criteria = knowledge.criteria.crisis
    if answer.value is None:
        if answer.on is None or answer.item == "risk-level" or not _has_result(of_day):
            yield _unread(answer, criteria)
        return
    words = frozenset(_WORD.findall(answer.value.casefold()))
    if _says_high(answer.value, knowledge.phrases):
        yield _sighting("risk-level", answer, _grave(criteria), EasedBy.ANY_SCREEN)
    elif words & _NOTHING_RAISED and words <= _NOTHING_RAISED | _RISK_WORDS:
        yield _sighting("risk-level", answer, Windows())
    else:
        yield _sighting("risk-level", answer, _other(criteria))


def _says_high(text: str, phrases: Phrases) -> bool:
    """Say whether a phrase for a high level stands in a text without a negation shortly before."""
    wanted = [_WORD.findall(phrase) for phrase in phrases.high_risk]
    for clause in _CLAUSE.split(text.casefold()):
        words = _WORD.findall(clause)
        for at in range(len(words)):
            before = words[max(0, at - _NEGATION_REACH) : at]
            is_said = any(words[at : at + len(phrase)] == phrase for phrase in wanted)
            if is_said and not any(each in phrases.negations for each in before):
                return True
    return False


def _has_result(of_day: list[SafetyAnswer]) -> bool:
    """Say whether a day holds a complete screen, or an assessment whose result was stored."""
    if any(answer.item in _RESULTS and answer.value is not None for answer in of_day):
        return True
    screens = answers_by(of_day, lambda answer: answer.encounter).values()
    return any(map(is_complete_screen, screens))


def _assessment(procedure: ProcedureDone) -> SafetyAnswer:
    return SafetyAnswer(
        item="assessment",
        instrument="",
        on=procedure.on,
        at="",
        value=procedure.outcome or None,
        preliminary=False,
        evidence=procedure.evidence,
    )


def _unread(answer: SafetyAnswer, criteria: CrisisCriteria) -> Sighting:
    """Return an assessment recorded without a result that can be read.

    The rule gives it no window; it has that of the other screens.

    Rule: R16.
    """
    stored = "" if answer.value is None else f" (stored as “{answer.value}”)"
    said = f"{_name(answer)}{on_day(answer.on)}: assessed, result not read{stored}"
    sighting = _sighting("assessment-unread", answer, _other(criteria))
    return replace(sighting, because=said + _note(answer))


def _sighting(
    kind: str, answer: SafetyAnswer, windows: Windows, eased_by: EasedBy = EasedBy.NOTHING
) -> Sighting:
    said = f"answered {answer.value}"
    if answer.item in _RESULTS:
        said = f"recorded as “{answer.value}”"
    return Sighting(
        kind=kind,
        on=answer.on,
        windows=windows,
        because=f"{_name(answer)} {said}{on_day(answer.on)}{_note(answer)}",
        evidence=(answer.evidence,),
        encounter=answer.encounter,
        at=answer.at,
        eased_by=eased_by,
    )


def _name(answer: SafetyAnswer) -> str:
    return _QUESTIONS.get(answer.item, answer.item)


def _note(answer: SafetyAnswer) -> str:
    return " (preliminary result)" if answer.preliminary else ""
