"""Which sentences of a card deny something, and on which reads does each of them rest?

Every sentence with a word of denial must stand in this table. One that rests on a need of which
something is missing is a false denial, unless it says itself that it knows only what was read.
"""

import re
from collections.abc import Iterable, Iterator

DENIES = re.compile(
    r"(?i)\b(no|none|nothing|not|without|never|neither|nor|cannot|lacks?|absent|free of)\b"
)
READ_ONLY = re.compile(
    r"in what was read|not (fully|completely) read|not read completely|birth date not known"
)
"""A sentence that says itself how far it knows."""
SCREENS = {"scores", "responses"}
ALWAYS = [
    r"not yet signed off by a clinician",
    r"it does not estimate risk",
    r"^\*\*Not checked:\*\*",
    r"charted as without effect",
    r"elsewhere may not be visible",
    r"then it is an intolerance, not a failed trial",
    r"^\*\*What is not clear\*\*$",
    r"^\*\*Not considered:\*\*",
    r"^\*\*What could not be told:\*\*",
    r"charted reason: “[^”]*”",
    r"cannot be judged",
    r"no draft (tells|says) ",
    r"reason not recorded",
    r"not recorded as stopped",
    r"^The safety check is incomplete: ",
    r"(could|were|was) not (be )?read",
    r"not readable|no readable item 9",
    r"the birth date is not known",
    r"date not recorded",
]
"""Ours, whatever was read: of the rules, of the order itself, or of what was not read."""
RESTS_ON = {
    r"no depressive diagnosis": {"conditions"},
    r"no pair of scores|no (PHQ-9|score)": SCREENS,
    r"PHQ-9 or PHQ-A item 9|C-SSRS|PHQ-9 of|ASQ|EPDS": SCREENS,
    r"suicidal behaviour, attempt or self-harm": SCREENS | {"conditions"},
    r"ideation as a diagnosis|psychosis|mania|self-neglect|undetermined intent": {"conditions"},
    r"psychiatric discharge, or visit": {"encounters"},
    r"boxed warning": {"patient", "medications"},
}
"""Needs on which a denial rests, beside those the sentence names as unread."""
LOOKED_FOR = "**Looked for and not found:** "
NONE_HELD = re.compile(r"none held: (.*?)\.")


def clauses(text: str) -> Iterator[str]:
    """Yield the clauses of a card that deny something."""
    for line in text.splitlines():
        is_list = line.startswith(LOOKED_FOR)
        for clause in re.split(r"; |(?<=[.!?]) ", line.removeprefix(LOOKED_FOR)):
            if is_list or DENIES.search(clause):
                yield clause


def false_denials(text: str, missing: Iterable[str], words: dict[str, str]) -> list[str]:
    """Return what a card denies though something of the needs it rests on is missing."""
    lost = set(missing)
    found = [
        f"none held: {words[need]}"
        for held in NONE_HELD.findall(text)
        for need in lost
        if words[need] in held.split(", ")
    ]
    for clause in clauses(text):
        if READ_ONLY.search(clause) or NONE_HELD.match(clause) or clause.startswith("none held"):
            continue
        rests_on = [needs for pattern, needs in RESTS_ON.items() if re.search(pattern, clause)]
        unnamed = {
            need
            for needs in rests_on
            for need in needs & lost
            if not re.search(rf"{words[need]} (could not be read|read in part|not sent)", clause)
        }
        if unnamed:
            found.append(f"{clause} (rests on {', '.join(sorted(unnamed))})")
        elif not rests_on and not any(re.search(pattern, clause) for pattern in ALWAYS):
            found.append(f"a denial nobody has looked at: {clause}")
    return found
