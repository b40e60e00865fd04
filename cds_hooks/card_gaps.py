"""C3: what is missing in the history decides whether it is treatment resistance.

Rule: R17. Missing facts of trials, an open question of diagnosis or age, or reads that are not
complete. It says what was found as "at least", and makes no negative statement.
"""

from collections.abc import Sequence
from typing import Final

from cds_hooks.advice import KeptBack, Said, digest, made
from cds_hooks.card_next_step import READ_WHOLLY
from cds_hooks.cards import Indicator, Message, Occasion, Topic, View
from cds_hooks.cards_text import (
    bullets,
    first_that_fits,
    inert,
    joined,
    lines,
    looked_at,
    many,
    paragraphs,
    rules,
    unread,
)
from cds_hooks.facts import (
    REVIEW_NEEDS,
    current,
    history_facts,
    knows_tms,
    open_words,
    takes_antidepressants,
    trial_words,
    weak_response,
)
from trd.assess import Assessment, Undated
from trd.findings import Verdict
from trd.resistance import Counted, Resistance

_REASONS: Final = (
    "need-more-info",
    "limited-time",
    "inappropriate-recipient",
    "cds-not-applicable",
)
_OUTSIDE: Final = "Prescriptions from elsewhere may not be visible in this record."
_ALONE: Final = ("medications", "dispenses", "statements")
"""Needs that could show an antidepressant where none was read."""
_BESIDE: Final = ("conditions", "scores", "responses", "procedures", "encounters")
"""Needs that could change what is said of an antidepressant that was read."""
_OF_DRAFT: Final = ("patient", *_ALONE, *_BESIDE)
"""Needs that could change what is said of an antidepressant that is drafted; age is one of them."""


def gaps(assessment: Assessment, occasion: Occasion) -> Said:
    """Return the card where missing facts or reads decide the verdict, or why there is none."""
    verdict = assessment.resistance.verdict
    missing = unread(assessment.chart, READ_WHOLLY)
    if verdict is Resistance.MET and missing and not knows_tms(assessment):
        return _card(assessment, occasion, _at_least(assessment, missing))
    if verdict is Resistance.UNKNOWN:
        return _card(assessment, occasion, _summary(assessment, missing))
    return KeptBack(topic=Topic.GAPS, reason="nothing-open")


def history_not_read(assessment: Assessment, occasion: Occasion, draft: str) -> Said:
    """Return a card where an antidepressant is drafted and an unread need could have made one."""
    missing = unread(assessment.chart, _OF_DRAFT)
    verdict = assessment.resistance.verdict
    if missing and verdict is Resistance.MET:
        return _card(assessment, occasion, _at_least(assessment, missing), draft)
    if missing and verdict is Resistance.UNKNOWN:
        return _card(assessment, occasion, _summary(assessment, missing), draft)
    return not_all_read(assessment, occasion, draft)


def not_all_read(assessment: Assessment, occasion: Occasion, draft: str = "") -> Said:
    """Return a card where nothing else spoke, but a need that was not read could have made it."""
    is_taking = takes_antidepressants(assessment)
    needs = _OF_DRAFT if draft else (*_ALONE, *_BESIDE) if is_taking else _ALONE
    missing = unread(assessment.chart, needs)
    if not missing or _is_well(assessment):
        return KeptBack(topic=Topic.GAPS, reason="nothing-unread-matters")
    summary = first_that_fits(
        f"Depression treatment history not fully read ({joined(missing)})."
        " Nothing to report in what was read.",
        "Depression treatment history not fully read: see what is missing."
        " Nothing to report in what was read.",
    )
    return _card(assessment, occasion, summary, draft)


def _is_well(assessment: Assessment) -> bool:
    """Say whether a complete read shows no current episode: then nothing more could count."""
    is_read = assessment.chart.is_complete(*READ_WHOLLY)
    return is_read and not assessment.episode.is_current


def _possible(assessment: Assessment) -> list[Counted | Undated]:
    """Return what may or may not be a failed trial."""
    found: list[Counted | Undated] = [row for row in assessment.trials if row.possible]
    return [*found, *(row for row in assessment.undated if not row.ongoing)]


def _at_least(assessment: Assessment, missing: Sequence[str]) -> str:
    trials = many(assessment.resistance.confirmed, "adequate trial")
    known = f"at least {trials} with {weak_response(assessment)} charted"
    return first_that_fits(
        f"Antidepressant history not fully read ({joined(missing)}): {known}.",
        f"Antidepressant history not fully read: {known}.",
    )


def _summary(assessment: Assessment, missing: Sequence[str]) -> str:
    resistance = assessment.resistance
    open_rows = _possible(assessment)
    cannot = "so treatment resistance cannot be judged"
    tried = len(current(assessment)) + len(assessment.undated)
    if open_rows and len(open_rows) <= tried:
        return first_that_fits(
            f"{many(tried, 'antidepressant')} tried; dose, dates or outcome of {len(open_rows)} not"
            f" clear, {cannot}. Review the history.",
            f"Antidepressant history has gaps, {cannot}. Review the history.",
        )
    if open_rows:
        number = many(len(open_rows), "antidepressant trial")
        return f"{number} cannot be judged from the record, {cannot}. Review the history."
    if missing:
        return first_that_fits(
            f"Antidepressant history not fully read ({joined(missing)}), {cannot}.",
            f"Antidepressant history not fully read, {cannot}.",
        )
    trials = many(resistance.confirmed, "adequate antidepressant trial")
    return (
        f"{trials} with {weak_response(assessment)}; a diagnosis or the age is to be clarified"
        " before resistance is judged."
    )


def _card(assessment: Assessment, occasion: Occasion, summary: str, draft: str = "") -> Said:
    detail = paragraphs(
        _points(assessment),
        _found(assessment),
        looked_at(assessment.chart, REVIEW_NEEDS, assessment.as_of),
        f"{_OUTSIDE} {rules(assessment.knowledge)}",
    )
    message = Message(
        topic=Topic.GAPS,
        indicator=Indicator.INFO,
        summary=summary,
        detail=detail,
        reasons=_REASONS,
        facts=digest(*history_facts(assessment), unread(assessment.chart, REVIEW_NEEDS)),
        view=View.GAPS,
        draft=draft,
    )
    return made(message, occasion)


def _points(assessment: Assessment) -> str:
    """Return what is open, as bullets."""
    points = [
        open_words(row) if isinstance(row, Counted) else f"**{row.drug.name}**: no date is recorded"
        for row in _possible(assessment)
    ]
    points += [
        inert(finding.because)
        for finding in (assessment.resistance.exclusion, assessment.resistance.adult)
        if finding.verdict is Verdict.UNKNOWN
    ]
    return lines("**What is not clear**", *bullets(points)) if points else ""


def _found(assessment: Assessment) -> str:
    rows = [trial_words(row) for row in assessment.trials if row.counts]
    if not rows:
        return ""
    complete = assessment.chart.is_complete(*READ_WHOLLY)
    heading = "Adequate, inadequate response" if complete else "At least this is charted"
    return lines(f"**{heading}**", *bullets(rows))
