"""How do the trials read as a table?

One row a trial, its reason and evidence below it across the whole page. On a wide page each fact
has a column of its own. Trials beyond the first ones are counted.
"""

from collections.abc import Sequence
from typing import Final

from thirdline.evidence_text import Row, reason, titled
from thirdline.page import WIDEST, Column, Page
from trd.assess import Assessment
from trd.resistance import Counted

_NARROW: Final = (
    Column("Drug, class", 16),
    Column("From, to", 10),
    Column("mg / min.", 9),
    Column("Days", 4),
    Column("Adequacy", 8),
    Column("Outcome", 13),
    Column("Counts", 7),
)
_WIDE: Final = (
    Column("Drug", 20),
    Column("Class", 12),
    Column("From", 10),
    Column("To", 10),
    Column("mg / min.", 10),
    Column("Days", 4),
    Column("Adequacy", 8),
    Column("Outcome", 13),
    Column("Counts", 13),
)
_UNCLEAR: Final = "episode unclear"
_SHOWN: Final = 12


def trials_table(
    page: Page, trials: Sequence[Row], assessment: Assessment, *, is_complete: bool
) -> None:
    """Print the rows of the report's trials, those of the current episode first."""
    page.heading(titled("Antidepressant trials", is_complete=is_complete))
    if not trials:
        page.say("None in what was read." if is_complete else "Not everything was read.")
        return
    is_wide = page.width >= WIDEST
    columns = _WIDE if is_wide else _NARROW
    page.head(columns)
    episodes = [_episode(one) for one in assessment.trials] + [_UNCLEAR] * len(assessment.undated)
    ordered = sorted(zip(trials, episodes, strict=True), key=lambda row: bool(row[1]))
    for trial, episode in ordered[:_SHOWN]:
        page.row(columns, _wide(trial, episode) if is_wide else _narrow(trial, episode))
        page.say(reason(trial), indent=4)
    page.more(len(trials) - _SHOWN)


def _episode(counted: Counted) -> str:
    """Say which episode a trial belongs to: "" is the current one."""
    if counted.trial.in_current_episode:
        return ""
    return _UNCLEAR if counted.trial.best.period is None else "other episode"


def _facts(trial: Row) -> tuple[str, str, str, list[str], str]:
    """Return end, dose, days, outcome and whether it counts, as they are printed."""
    if "end" in trial:
        end = trial["end"] + (" inferred" if trial["endInferred"] else "")
    else:
        end = "running" if trial["ongoing"] else "?"
    highest, least = trial.get("highestDailyDoseMg", "?"), trial.get("minimumDailyDoseMg", "?")
    subtype = "partial" if trial.get("subtype") == "partial" else ""
    counts = "yes" if trial["counts"] else "no"
    days = str(trial.get("daysAtOrAboveMinimum", "?"))
    return end, f"{highest} / {least}", days, [trial["outcome"], subtype], counts


def _narrow(trial: Row, episode: str) -> list[list[str]]:
    end, dose, days, outcome, counts = _facts(trial)
    return [
        [trial["ingredient"], trial["class"]],
        [trial.get("start", "?"), end],
        [dose],
        [days],
        [trial["adequacy"]],
        outcome,
        [counts, episode],
    ]


def _wide(trial: Row, episode: str) -> list[list[str]]:
    end, dose, days, outcome, counts = _facts(trial)
    return [
        [trial["ingredient"]],
        [trial["class"]],
        [trial.get("start", "?")],
        [end],
        [dose],
        [days],
        [trial["adequacy"]],
        outcome,
        [counts, episode],
    ]
