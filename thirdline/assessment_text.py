"""How does an assessment read for a person in a terminal?

The same object as the JSON, in sentences: urgent safety signals before all, then the verdict, the
counts and the next step, the timeline, and everything they rest on. Nothing is judged here. Where a
read is incomplete nothing is said to be absent: a count is "at least", and what was not read is
named.
"""

from collections.abc import Iterable, Sequence
from typing import Final

from thirdline.candidacy_text import candidacy_section, next_step
from thirdline.evidence_text import FEW_SHOWN, Row, named, reason, titled
from thirdline.gaps_text import gaps_section
from thirdline.page import Page
from thirdline.safety_text import safety_section, urgent_signals
from thirdline.timeline import timeline
from thirdline.timeline_text import draw_timeline
from thirdline.trials_text import trials_table
from trd.assess import Assessment
from trd.dates import years_between
from trd.report import report

_VERDICTS: Final = {
    "met": "the definition is met",
    "not-met": "the definition is not met",
    "unknown": "the record does not tell",
    "excluded": "the definition does not apply",
}
_ROWS_SHOWN: Final = 10


def assessment_page(assessment: Assessment, page: Page) -> Page:
    """Fill an empty page with one assessment and return it."""
    told = report(assessment)
    is_complete = all(row["status"] == "complete" for row in told["read"])
    urgent_signals(page, told["crisis"])
    _verdict(page, told, is_complete=is_complete)
    _patient(page, told, assessment)
    _episode(page, told["episode"], is_complete=is_complete)
    draw_timeline(page, timeline(assessment, told), is_complete=is_complete)
    trials_table(page, told["trials"], assessment, is_complete=is_complete)
    _beside_the_trials(page, told)
    safety_section(page, told["crisis"], assessment.crisis)
    gaps_section(page, assessment, told, is_complete=is_complete)
    _staging(page, told.get("staging", ()), is_complete=is_complete)
    not_checked = assessment.candidacy.not_checked
    candidacy_section(page, told["candidacy"], not_checked, is_complete=is_complete)
    _footer(page, assessment)
    return page


def sign_off(*, signed_off: bool) -> str:
    """Say whether a clinician answers for the rules."""
    if signed_off:
        return "A clinician has signed these rules off."
    return "No clinician has signed these rules off."


def _verdict(page: Page, told: Row, *, is_complete: bool) -> None:
    """Print the verdict in one sentence, then the counts."""
    resistance = told["resistance"]
    verdict, because = resistance["verdict"], resistance["because"]
    at_least = "" if is_complete else "at least "
    said = _VERDICTS[verdict]
    if verdict == "not-met" and not is_complete:
        said = "not everything was read, so the record does not tell"
    if page.lines:
        page.say("")
    page.say(f"Treatment resistance: {said} ({at_least}{because}).", style="bold")
    classes = ", ".join(resistance["classes"])
    page.say(
        f"Adequate failures{'' if is_complete else ', at least'}: "
        f"{resistance['confirmed']} confirmed, "
        f"{resistance['possible']} possible; {resistance['intolerance']} ended for intolerance; "
        f"{resistance['lifetimeConfirmed']} confirmed over all episodes"
        + (f"; classes {classes}." if classes else ".")
    )
    page.say(f"TMS evaluation: {next_step(told['candidacy'], is_complete=is_complete)}.")


def _patient(page: Page, told: Row, assessment: Assessment) -> None:
    facts = assessment.chart.patient
    born, as_of = facts.born, assessment.as_of
    age = "age not known" if born is None else f"{years_between(born, as_of)} years old"
    page.say(f"{told['patient']}, {age}, assessed for {told['asOf']}.")
    if facts.deceased:
        page.say("A death is recorded.", style="bold")


def _episode(page: Page, episode: Row, *, is_complete: bool) -> None:
    start = f"since {episode['start']}" if "start" in episode else "start not known"
    assumed = " (assumed)" if episode["assumed"] else ""
    label = titled("Current episode", is_complete=is_complete)
    page.say(f"{label}: {start}{assumed}: {reason(episode)}")


def _beside_the_trials(page: Page, told: Row) -> None:
    """Print what was set aside, what was added, and treatments other than drugs."""
    sections = (
        ("Set aside: not depression treatment trials", _set_aside(told["setAside"])),
        ("Augmentation", map(_augmentation, told["augmentation"])),
        ("Other treatments", map(_other_treatment, told.get("otherTreatments", ()))),
    )
    for title, lines in sections:
        if shown := list(lines):
            page.heading(title)
            page.items(shown, most=_ROWS_SHOWN)


def _set_aside(rows: Sequence[Row]) -> Iterable[str]:
    """Return one line for each drug and reason; rows that could not be told apart are counted."""
    groups: dict[tuple[str, str], list[Row]] = {}
    for row in rows:
        groups.setdefault((row["ingredient"], row["reason"]), []).append(row)
    for (ingredient, why), group in groups.items():
        because = "; ".join(dict.fromkeys(row["because"] for row in group))
        evidence = [ref for row in group for ref in row["evidence"]]
        times = f" ({len(group)} records)" if len(group) > 1 else ""
        yield f"{ingredient}{times}: {why}: {because} {named(evidence, FEW_SHOWN)}"


def _augmentation(row: Row) -> str:
    adequacy = row.get("adequacy", "unknown")
    return (
        f"{row['ingredient']} with {row['with']} from {row.get('start', '?')}, "
        f"adequacy {adequacy}: {reason(row)}"
    )


def _other_treatment(row: Row) -> str:
    sessions = f", {row['sessions']} sessions" if "sessions" in row else ""
    return (
        f"{row['kind']} from {row.get('start', '?')}{sessions}, "
        f"outcome {row['outcome']} {named(row['evidence'], FEW_SHOWN)}"
    )


def _range(row: Row) -> str:
    low, high = row["low"], row["high"]
    return str(low) if low == high else f"{low} to {high}"


def _staging(page: Page, staging: Sequence[Row], *, is_complete: bool) -> None:
    if not staging:
        return
    page.heading(titled("Staging", is_complete=is_complete))
    for scale in staging:
        items = "; ".join(f"{item['item']} {_range(item)}" for item in scale["items"])
        page.item(f"{scale['scale']}: {_range(scale)} ({items})")


def _footer(page: Page, assessment: Assessment) -> None:
    knowledge = assessment.knowledge
    page.say("")
    page.say(
        f"Rules {knowledge.rules}, knowledge {knowledge.version}. "
        f"{sign_off(signed_off=knowledge.signed_off)} "
        "Not a diagnosis, not an order."
    )
