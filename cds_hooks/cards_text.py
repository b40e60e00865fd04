"""How are words put on a card so that they stay words?

Detail is GitHub-flavoured markdown that some EHRs hand on to a browser. What a chart says is made
inert: no markup, no link, no tag comes from data. A summary is plain text built from whole pieces;
where the fuller sentence is too long a barer one is taken, so nothing is ever cut in two.
"""

import re
import unicodedata
from collections.abc import Iterable, Sequence
from typing import Final

from trd.chart import PatientChart, ReadStatus
from trd.dates import Day, iso
from trd.knowledge import Knowledge

LONGEST_SUMMARY: Final = 139
MOST_BULLETS: Final = 6

_LONGEST_CHARTED: Final = 240
_LONGEST_WORD: Final = 40
_MARKUP: Final = re.compile(r"[\\`*_\[\]{}~|#!$]")
_LINE_START: Final = re.compile(r"^(?:[-+=]|\d{1,9}(?=[.)]))")
_ADDRESS_DOT: Final = re.compile(r"(?<=[^\W_])\.(?=[^\W\d_])|(?<=[wW]{3})\.(?=\S)")
_BLANKS: Final = re.compile(r"\s+")
_INVISIBLE: Final = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})
_ENTITIES: Final = {"&": "&amp;", "<": "&lt;", ">": "&gt;"}

NEED_WORDS: Final = {
    "patient": "patient record",
    "medications": "medication orders",
    "conditions": "conditions",
    "scores": "scores",
    "responses": "questionnaire responses",
    "dispenses": "dispenses",
    "statements": "medication statements",
    "procedures": "procedures",
    "devices": "devices",
    "encounters": "encounters",
    "referrals": "referrals",
}
FACTS_ONLY: Final = "This card reports charted facts; it does not estimate risk."
_WHOSE: Final = "patient"
"""Said only where it was not read: age and death hang on it."""
_WHOLE: Final = ReadStatus.COMPLETE
_READ: Final = frozenset({_WHOLE, ReadStatus.PARTIAL})
_STATUS_WORDS: Final = {
    ReadStatus.PARTIAL: "read in part",
    ReadStatus.FAILED: "could not be read",
    ReadStatus.NOT_ASKED: "not sent",
}


def inert(text: str) -> str:
    """Return charted words as one line of markdown, bounded, that shows just these words."""
    visible = "".join(
        " " if unicodedata.category(letter) in _INVISIBLE else letter
        for letter in text[: _LONGEST_CHARTED * 4]
    )
    plain = shortened(_BLANKS.sub(" ", visible).strip(), _LONGEST_CHARTED)
    plain = _ADDRESS_DOT.sub(". ", plain.replace("://", ": //").replace("@", " @ "))
    plain = "".join(_ENTITIES.get(letter, letter) for letter in plain)
    plain = _MARKUP.sub(r"\\\g<0>", plain)
    return _LINE_START.sub(r"\\\g<0>", plain)


def shortened(text: str, longest: int) -> str:
    """Return whole words of a text, with a sign where some are left out.

    A number is never parted from the unit that follows it, and no word is cut.
    """
    words = text.split(" ")
    if len(text) <= longest and max(map(len, words)) <= _LONGEST_WORD:
        return text
    kept: list[str] = []
    for word in words:
        if len(word) > _LONGEST_WORD or len(" ".join([*kept, word])) > longest:
            break
        kept.append(word)
    while kept and any(letter.isdigit() for letter in kept[-1]):
        kept.pop()
    return " ".join([*kept, "…"])


def first_that_fits(*candidates: str) -> str:
    """Return the first summary that is short enough; the last one always is."""
    return next((text for text in candidates if len(text) <= LONGEST_SUMMARY), candidates[-1])


def bullets(lines: Sequence[str]) -> list[str]:
    """Return a list of at most six bullets; what is left out is counted."""
    if len(lines) <= MOST_BULLETS:
        return [f"- {line}" for line in lines]
    shown = MOST_BULLETS - 1
    return [*(f"- {line}" for line in lines[:shown]), f"- and {len(lines) - shown} more"]


def paragraphs(*blocks: str) -> str:
    """Join blocks of markdown; an empty one is left out."""
    return "\n\n".join(block for block in blocks if block)


def lines(*rows: str) -> str:
    """Join the lines of one block."""
    return "\n".join(row for row in rows if row)


def milligrams(dose: float) -> str:
    """Write a dose with its unit, so that none stands without it."""
    return f"{round(dose, 2):g} mg"


def many(number: int, one: str, more: str = "") -> str:
    """Write a number with its noun."""
    return f"{number} {one if number == 1 else more or one + 's'}"


def joined(words: Sequence[str]) -> str:
    """Write "a", "a and b", "a, b and c"."""
    if len(words) < 2:  # noqa: PLR2004 - one word needs no "and"
        return "".join(words)
    return f"{', '.join(words[:-1])} and {words[-1]}"


def unread(chart: PatientChart, needs: Iterable[str]) -> list[str]:
    """Return these needs that were not read completely, in words."""
    return [NEED_WORDS[need] for need in needs if not chart.is_complete(need)]


def looked_at(chart: PatientChart, needs: Sequence[str], as_of: Day) -> str:
    """Say what was read until when, and what was not considered and why."""
    rows = [row for row in chart.reads if row.need in needs and row.status in _READ]
    held = [f"{NEED_WORDS[row.need]} ({row.count})" for row in rows if row.count]
    empty = [NEED_WORDS[row.need] for row in rows if not row.count and row.status is _WHOLE]
    missing = [
        f"{NEED_WORDS[need]} ({_status_words(chart, need)})"
        for need in (_WHOSE, *needs)
        if not chart.is_complete(need)
    ]
    read = [", ".join(held)] if held else []
    read += [f"none held: {', '.join(empty)}"] if empty else []
    return paragraphs(
        f"**Read, up to {iso(as_of)}:** {'; '.join(read) or 'nothing'}.",
        f"**Not considered:** {', '.join(missing)}." if missing else "",
    )


def _status_words(chart: PatientChart, need: str) -> str:
    """Say how a need was read, and why not wholly where that is known."""
    because = chart.why_unread(need)
    return _STATUS_WORDS[chart.read_status(need)] + (f": {because}" if because else "")


def rules(knowledge: Knowledge) -> str:
    """Name the ruleset, and say where it stands."""
    standing = "" if knowledge.signed_off else ", not yet signed off by a clinician"
    return f"Rules {knowledge.rules}, knowledge {knowledge.version}{standing}."
