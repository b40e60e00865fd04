"""Which suicide screens were complete, and which earlier critical signals do they ease?

A screen is the C-SSRS answers of one day and one encounter. It is complete where Q1, Q2 and Q6 are
answered, and Q3 to Q5 too if Q2 is yes. It eases nothing unless every answer to Q3 to Q6b of its
day, in whatever encounter, is a plain "no": one yes, or one answer that could not be read, is
enough. Preliminary, undated and future answers never ease. An eased signal stays a warning.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final, TypeVar

from trd.chart import SafetyAnswer
from trd.crisis_signals import EasedBy, Sighting, is_within
from trd.dates import Day, iso

QUESTION_NAMES: Final[Mapping[str, str]] = {
    "cssrs-q1": "Q1",
    "cssrs-q2": "Q2",
    "cssrs-q3": "Q3",
    "cssrs-q4": "Q4",
    "cssrs-q5": "Q5",
    "cssrs-q6": "Q6",
    "cssrs-q6-recent": "Q6b",
}
"""The questions of a screen, as the instrument numbers them."""

_ALWAYS_ASKED: Final = frozenset({"cssrs-q1", "cssrs-q2", "cssrs-q6"})
_ASKED_AFTER_Q2: Final = frozenset({"cssrs-q3", "cssrs-q4", "cssrs-q5"})
_BLOCKING: Final = _ASKED_AFTER_Q2 | {"cssrs-q6", "cssrs-q6-recent"}
_NO_MORE_THAN_Q2: Final = frozenset({"0", "1", "2"})
"""Most severe ideation, numbered as the questions are: from 3 on it is what Q3 to Q5 ask."""
_DATE_LENGTH: Final = 10
_Key = TypeVar("_Key")


@dataclass(frozen=True, slots=True, kw_only=True)
class Screen:
    """A complete screen with none of Q3 to Q6b answered yes.

    ``settles`` says that it speaks for Q4, Q5 and behaviour too: Q1 and Q2 are no, or Q4 and Q5
    were themselves asked and answered no. ``ats`` are the moments of its answers, as written.
    """

    on: Day
    ats: tuple[str, ...]
    settles: bool
    because: str
    evidence: tuple[str, ...]


def is_complete_screen(answers: Iterable[SafetyAnswer]) -> bool:
    """Say whether one screen holds a readable answer to every question it needs.

    Rule: R16.
    """
    given = _given(answers)
    if not given.keys() >= _ALWAYS_ASKED:
        return False
    return given["cssrs-q2"] == "no" or given.keys() >= _ASKED_AFTER_Q2


def easing_screens(answers: Iterable[SafetyAnswer], as_of: Day) -> tuple[Screen, ...]:
    """Return the complete screens up to the assessment day with none of Q3 to Q6b yes.

    Rule: R16.
    """
    screens: list[Screen] = []
    for day, of_day in answers_by(answers, lambda answer: answer.on).items():
        if day is None or day > as_of or any(map(_blocks, of_day)):
            continue
        final = [answer for answer in of_day if not answer.preliminary]
        by_encounter = answers_by(final, lambda answer: answer.encounter).values()
        screens.extend(_screen(day, each) for each in by_encounter if is_complete_screen(each))
    return tuple(screens)


def eased(sighting: Sighting, screens: Iterable[Screen], eased_days: int) -> Sighting:
    """Return the sighting as a screen on or after its day eases it, or as it is.

    Only a signal that was critical on the day of the screen is eased, and by the last such screen;
    what it says then shows both results. Ideation heard of in Q1 or Q2 alone (Q4 and Q5 not asked)
    never closes an earlier Q4, Q5 or behaviour: those need a screen that settles.

    Rule: R16.
    """
    able = [screen for screen in screens if _eases(screen, sighting)]
    if not able:
        return sighting
    last = max(able, key=lambda screen: (screen.on, screen.because, screen.evidence))
    return replace(
        sighting,
        because=f"{sighting.because}; then {last.because}",
        evidence=(*sighting.evidence, *last.evidence),
        eased_until=last.on + eased_days,
    )


def answers_by(
    answers: Iterable[SafetyAnswer], key: Callable[[SafetyAnswer], _Key]
) -> dict[_Key, list[SafetyAnswer]]:
    """Return the answers grouped by a key."""
    groups: dict[_Key, list[SafetyAnswer]] = {}
    for answer in answers:
        groups.setdefault(key(answer), []).append(answer)
    return groups


def _given(answers: Iterable[SafetyAnswer]) -> dict[str, str]:
    """Return the readable answers by question; of a yes and a no to one question, the yes."""
    given: dict[str, str] = {}
    for answer in answers:
        if answer.item not in QUESTION_NAMES:
            continue
        if answer.value == "yes" or (answer.value == "no" and answer.item not in given):
            given[answer.item] = answer.value
    return given


def _blocks(answer: SafetyAnswer) -> bool:
    if answer.item == "cssrs-most-severe":
        return answer.value not in _NO_MORE_THAN_Q2
    return answer.item in _BLOCKING and answer.value != "no"


def _screen(day: Day, answers: list[SafetyAnswer]) -> Screen:
    given = _given(answers)
    said = ", ".join(
        f"{name} {given[item]}" for item, name in QUESTION_NAMES.items() if item in given
    )
    asked = [answer for answer in answers if answer.item in QUESTION_NAMES]
    return Screen(
        on=day,
        ats=tuple(answer.at for answer in asked),
        settles=given["cssrs-q1"] == given["cssrs-q2"] == "no"
        or given.keys() >= {"cssrs-q4", "cssrs-q5"},
        because=f"C-SSRS complete on {iso(day)}: {said}",
        evidence=tuple(sorted({answer.evidence for answer in asked})),
    )


def _eases(screen: Screen, sighting: Sighting) -> bool:
    if sighting.on is None or sighting.eased_by is EasedBy.NOTHING:
        return False
    if sighting.eased_by is EasedBy.SETTLING_SCREEN and not screen.settles:
        return False
    if not is_within(screen.on - sighting.on, sighting.windows.critical):
        return False
    return screen.on > sighting.on or not _was_earlier(screen.ats, sighting.at)


def _was_earlier(ats: Iterable[str], at: str) -> bool:
    """Say whether a screen of the same day was over before a moment, as far as both are written.

    Where either has no time of day, or only one has a time zone, the record does not tell, and the
    same day is allowed.
    """
    moment = _moment(at)
    answered = [_moment(text) for text in ats]
    if moment is None:
        return False
    return all(
        each is not None and (each.tzinfo is None) == (moment.tzinfo is None) and each < moment
        for each in answered
    )


def _moment(text: str) -> datetime | None:
    if len(text) <= _DATE_LENGTH:
        return None
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        return None
