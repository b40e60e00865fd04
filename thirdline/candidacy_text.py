"""How is the candidacy for TMS told?

Its answer in words, the open points with their reasons, the points that are met by name. Where a
read is incomplete, a point that rests on absence is not called met.
"""

from collections.abc import Sequence
from typing import Final

from thirdline.evidence_text import Row, reason, titled
from thirdline.page import Page

_CANDIDACY: Final = {
    "candidate": "among the next steps to consider",
    "ask": "questions to clarify first",
    "not-now": "not now",
    "crisis-first": "safety comes first",
}
_RESTS_ON_ABSENCE: Final = ("no-", "definition-applies", "seizure-threshold")
_RECORDED: Final = ("definition-applies", "no-absolute-flag")
"""Rules that stop by what the record holds, whatever else it may hold."""


def next_step(candidacy: Row, *, is_complete: bool) -> str:
    """Return the candidacy in words; "not now" for want of failures needs a complete read."""
    recorded = any(
        row["rule"] in _RECORDED and row["verdict"] == "not-met" for row in candidacy["findings"]
    )
    if candidacy["verdict"] == "not-now" and not (is_complete or recorded):
        return "the record does not tell, not everything was read"
    return _CANDIDACY[candidacy["verdict"]]


def candidacy_section(
    page: Page, told: Row, not_checked: Sequence[str], *, is_complete: bool
) -> None:
    """Print what is open, what is met, and what no chart can tell."""
    heading = f"TMS evaluation: {next_step(told, is_complete=is_complete)}"
    page.heading(titled(heading, is_complete=is_complete))
    met = [row["rule"] for row in told["findings"] if row["verdict"] == "met"]
    for row in told["findings"]:
        if row["rule"] == "failures" and row["verdict"] == "not-met" and not is_complete:
            page.item("failures: unknown: not everything was read")
        elif row["verdict"] != "met":
            page.item(f"{row['rule']}: {row['verdict']}: {reason(row)}")
    if not is_complete:
        met = [rule for rule in met if not rule.startswith(_RESTS_ON_ABSENCE)]
    if met:
        page.item(f"met: {', '.join(met)}")
    page.item(f"never checked here: {', '.join(not_checked)}")
