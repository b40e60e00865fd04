"""What is missing or was not read, and what would it decide?

One line each: the needs that were not read, the open questions of each trial with what would answer
them, drugs that could not be recognised, then the notes on the data grouped by what they say.
"""

import re
from collections.abc import Iterable, Sequence
from typing import Final

from thirdline.evidence_text import FEW_SHOWN, Row, named, titled
from thirdline.page import Page
from trd.assess import Assessment, Undated
from trd.findings import Verdict
from trd.read.needs import NEEDS
from trd.resistance import Counted
from trd.trials import JudgedTrial

_OPEN_SHOWN: Final = 12
_NOTES_SHOWN: Final = 8
_INDEX: Final = re.compile(r"\[\d+\]")


def gaps_section(page: Page, assessment: Assessment, told: Row, *, is_complete: bool) -> None:
    """Print every gap; where there is none only what was read."""
    page.heading(titled("Gaps: what is missing, and what would decide", is_complete=is_complete))
    because = {need.name: need.because for need in NEEDS}
    for row in told["read"]:
        if row["status"] != "complete":
            tells = because.get(row["need"], "")
            said = f"{row['need']}: {row['status']} ({row['count']} read)"
            page.item(f"{said}; it would tell: {tells}" if tells else said, style="bold")
    page.items(
        [*_about_the_patient(assessment), *_open_trials(assessment, told["trials"])],
        most=_OPEN_SHOWN,
    )
    _not_recognised(page, told["setAside"])
    complete = [f"{row['need']} {row['count']}" for row in told["read"] if _is_complete(row)]
    if complete:
        page.item(f"read and complete: {', '.join(complete)}")
    _notes(page, told["issues"])


def _is_complete(row: Row) -> bool:
    return bool(row["status"] == "complete")


def _about_the_patient(assessment: Assessment) -> Iterable[str]:
    """Say what is open about age, episode and the definition."""
    found = assessment.resistance
    for finding in (found.adult, found.exclusion):
        if finding.verdict is Verdict.UNKNOWN:
            yield f"the definition: {finding.because} {named(finding.evidence)}"
    if assessment.episode.start is None and assessment.episode.is_current:
        yield f"start of the episode not known: {assessment.episode.because}"


def _open_trials(assessment: Assessment, trials: Sequence[Row]) -> list[str]:
    """Return a line for each trial with something open; those that could tip the count first."""
    rows = list(zip(assessment.trials, trials, strict=False))
    rows.sort(key=lambda row: not row[0].possible)
    lines = [line for counted, told in rows if (line := _open_trial(counted, told))]
    return lines + [_undated(row) for row in assessment.undated]


def _undated(row: Undated) -> str:
    return f"{row.drug.name}: no date is recorded; a dated order would decide"


def _open_trial(counted: Counted, told: Row) -> str:
    """Return what is open about one trial, "" where nothing is.

    What would decide is said only of a trial that could tip the count.
    """
    best = counted.trial.best
    said = _unknowns(best, told)
    answers = []
    if counted.possible:
        said += [f"at most possible: {', '.join(best.doubts)}"] if best.doubts else []
        said += [best.outcome.because] if told["outcome"] == "running" else []
        said += [counted.note] if counted.note else []
        answers = _answers(counted, told)
    if not said:
        return ""
    tips = " (could tip the count)" if counted.possible else ""
    decide = "would help to decide" if best.doubts else "would decide"
    closing = f"; {_listed(answers)} {decide}" if answers else ""
    start = told.get("start", "start not known")
    return f"{told['ingredient']} {start}{tips}: {'; '.join(said)}{closing}"


def _unknowns(best: JudgedTrial, told: Row) -> list[str]:
    """Return what of dose, duration and outcome is unknown, each with its reason."""
    adequacy = best.adequacy
    said = []
    if told["dose"] == "unknown":
        said.append(f"dose unknown: {adequacy.dose.because.removeprefix('dose unknown: ')}")
    if told["duration"] == "unknown":
        said.append(f"duration unknown: {adequacy.duration.because}")
    if told["outcome"] == "unknown":
        said.append(f"outcome unknown: {best.outcome.because}")
    return said


def _answers(counted: Counted, told: Row) -> list[str]:
    """Return what would settle each open question of a trial, each once."""
    best = counted.trial.best
    answers = [
        _dose_answer(best) if told["dose"] == "unknown" else "",
        "an end date or days of supply" if told["duration"] == "unknown" else "",
        _outcome_answer(best) if told["outcome"] == "unknown" else "",
        "a dated onset of the episode" if best.period is None else "",
    ]
    return list(dict.fromkeys(answer for answer in answers if answer))


def _listed(parts: Sequence[str]) -> str:
    """Join parts, all of which are needed."""
    return ", ".join(parts[:-1]) + (", and " if len(parts) > 1 else "") + parts[-1]


def _dose_answer(best: JudgedTrial) -> str:
    """Say what would settle the dose; nothing in a chart does where no minimum is on file."""
    if not best.drug.minima:
        return ""
    if best.adequacy.at_minimum:
        return "an end date or days of supply"
    if best.adequacy.minimum_mg is None and best.adequacy.highest_mg is not None:
        return "the release form"
    return "a readable daily dose"


def _outcome_answer(best: JudgedTrial) -> str:
    """Say what would settle the outcome: what is absent, or one answer where two disagree."""
    has_reason = any(record.stop_text for record in best.course.records)
    has_scores = not set(best.outcome.evidence) <= set(best.course.evidence())
    if has_reason or has_scores:
        return "a clear charted outcome"
    return "a PHQ-9 pair or a charted reason"


def _not_recognised(page: Page, set_aside: Sequence[Row]) -> None:
    """Say how many drug records could not be told: each may have been an antidepressant."""
    count = sum(row["reason"] == "not-recognised" for row in set_aside)
    if count:
        noun = "drug record" if count == 1 else "drug records"
        page.item(
            f"{count} {noun} not recognised, each may have been an antidepressant; "
            "a drug code or a readable name would decide"
        )


def _notes(page: Page, issues: Sequence[Row]) -> None:
    """Print the notes on the data, those that say the same as one with their number."""
    if not issues:
        return
    groups: dict[tuple[str, str, str], list[str]] = {}
    for row in issues:
        element = _INDEX.sub("", row["element"])
        groups.setdefault((element, row["what"], row["effect"]), []).append(row["resource"])
    page.say(f"Notes on the data: {len(issues)}")
    ordered = sorted(groups.items(), key=lambda group: -len(group[1]))
    lines = [
        f"{len(refs)} x {element}: {what}; {effect} {named(list(dict.fromkeys(refs)), FEW_SHOWN)}"
        for (element, what, effect), refs in ordered
    ]
    page.items(lines, most=_NOTES_SHOWN)
