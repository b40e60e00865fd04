"""How does an assessment read for a person in a terminal?

The same object as the JSON, in sentences: charted safety signals before all, then the verdict, the
counts, and everything they rest on. Nothing is judged here. Where a read is incomplete nothing is
said to be absent: a count is "at least", and what was not read is named.
"""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from thirdline.page import Column, Page
from trd.assess import Assessment
from trd.dates import years_between
from trd.report import report

Row = Mapping[str, Any]

_COLUMNS: Final = (
    Column("Drug, class", 16),
    Column("From, to", 10),
    Column("mg / min.", 9),
    Column("Days", 4),
    Column("Adequacy", 8),
    Column("Outcome", 13),
    Column("Counts", 6),
)
_VERDICTS: Final = {
    "met": "the definition is met",
    "not-met": "the definition is not met",
    "unknown": "the record does not tell",
    "excluded": "the definition does not apply",
}
_CANDIDACY: Final = {
    "candidate": "among the next steps to consider",
    "ask": "questions to clarify first",
    "not-now": "not now",
    "crisis-first": "safety comes first",
}
_RESTS_ON_ABSENCE: Final = ("no-", "definition-applies", "seizure-threshold")
_RECORDED: Final = ("definition-applies", "no-absolute-flag")
"""Rules that stop by what the record holds, whatever else it may hold."""
_STYLES: Final = {"critical": "bold red", "warning": "yellow"}
_ISSUES_SHOWN: Final = 5
_EVIDENCE_SHOWN: Final = 6


def assessment_page(assessment: Assessment) -> Page:
    """Return the page of one assessment."""
    told = report(assessment)
    unread = [row for row in told["read"] if row["status"] != "complete"]
    page = Page()
    urgent = [row for row in told["crisis"]["signals"] if row["level"] in _STYLES]
    _signals(page, urgent)
    _verdict(page, told, is_complete=not unread)
    _patient(page, assessment)
    _safety(page, told, assessment)
    _episode(page, told["episode"], is_complete=not unread)
    _trials(page, told["trials"], is_complete=not unread)
    _beside_the_trials(page, told)
    _staging(page, told.get("staging", ()), is_complete=not unread)
    _candidacy(page, told["candidacy"], assessment, is_complete=not unread)
    _read(page, told["read"], unread)
    _issues(page, told["issues"])
    _footer(page, assessment)
    return page


def sign_off(*, signed_off: bool) -> str:
    """Say whether a clinician answers for the rules."""
    if signed_off:
        return "A clinician has signed these rules off."
    return "No clinician has signed these rules off."


def _because(row: Row) -> str:
    """Return a row's reason with the resources it rests on."""
    evidence = row.get("evidence") or ()
    named = ", ".join(evidence[:_EVIDENCE_SHOWN])
    more = len(evidence) - _EVIDENCE_SHOWN
    if more > 0:
        named += f" and {more} more"
    return f"{row.get('because', '')} [{named}]" if named else str(row.get("because", ""))


def _signals(page: Page, signals: Sequence[Row]) -> None:
    """Print signals as they come: gravest first, then newest."""
    if not signals:
        return
    page.heading("Safety signals in the record")
    for signal in signals:
        level = signal["level"]
        shown = level.upper() if level in _STYLES else level
        page.item(
            f"{shown} {signal.get('on', 'no date')}: {_because(signal)}",
            style=_STYLES.get(level, ""),
        )


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
    page.say(f"TMS evaluation: {_next_step(told['candidacy'], is_complete=is_complete)}.")


def _patient(page: Page, assessment: Assessment) -> None:
    facts = assessment.chart.patient
    born, as_of = facts.born, assessment.as_of
    age = "age not known" if born is None else f"{years_between(born, as_of)} years old"
    told = report(assessment)
    page.say(f"{told['patient']}, {age}, assessed for {told['asOf']}.")
    if facts.deceased:
        page.say("A death is recorded.", style="bold")


def _safety(page: Page, told: Row, assessment: Assessment) -> None:
    """Print what the record allows to say about safety beside the urgent signals."""
    crisis = assessment.crisis
    other = [row for row in told["crisis"]["signals"] if row["level"] not in _STYLES]
    page.heading("Safety")
    if not crisis.complete:
        page.say(f"Not everything that could show a signal was read: {crisis.incomplete_because}.")
    elif not told["crisis"]["signals"]:
        page.say("No signal is charted in what was read. That never means safe.")
    for signal in other:
        page.item(f"{signal.get('on', 'no date')}: {_because(signal)}")
    if crisis.boxed_warning:
        page.item(crisis.boxed_warning)
    if crisis.complete and crisis.looked_for:
        page.item(f"looked for and not found: {'; '.join(crisis.looked_for)}")


def _titled(text: str, *, is_complete: bool) -> str:
    """Return a heading; where a read is incomplete it says what all below it holds for."""
    return text if is_complete else f"{text} (in what was read)"


def _episode(page: Page, episode: Row, *, is_complete: bool) -> None:
    page.heading(_titled("Current episode", is_complete=is_complete))
    start = f"since {episode['start']}" if "start" in episode else "start not known"
    assumed = " (assumed)" if episode["assumed"] else ""
    page.say(f"{start}{assumed}: {_because(episode)}")


def _trials(page: Page, trials: Sequence[Row], *, is_complete: bool) -> None:
    page.heading(_titled("Antidepressant trials", is_complete=is_complete))
    if not trials:
        page.say("None in what was read." if is_complete else "Not everything was read.")
        return
    page.head(_COLUMNS)
    for trial in trials:
        page.row(_COLUMNS, _cells(trial))
        page.say(_because(trial), indent=4)


def _cells(trial: Row) -> list[list[str]]:
    if "end" in trial:
        end = trial["end"] + (" inferred" if trial["endInferred"] else "")
    else:
        end = "running" if trial["ongoing"] else "?"
    highest, least = trial.get("highestDailyDoseMg", "?"), trial.get("minimumDailyDoseMg", "?")
    subtype = "partial" if trial.get("subtype") == "partial" else ""
    return [
        [trial["ingredient"], trial["class"]],
        [trial.get("start", "?"), end],
        [f"{highest} / {least}"],
        [str(trial.get("daysAtOrAboveMinimum", "?"))],
        [trial["adequacy"]],
        [trial["outcome"], subtype],
        ["yes" if trial["counts"] else "no", "" if trial["inCurrentEpisode"] else "other episode"],
    ]


def _beside_the_trials(page: Page, told: Row) -> None:
    """Print what was set aside, what was added, and treatments other than drugs."""
    if told["setAside"]:
        page.heading("Set aside: not depression treatment trials")
        for row in told["setAside"]:
            page.item(f"{row['ingredient']}: {row['reason']}: {_because(row)}")
    if told["augmentation"]:
        page.heading("Augmentation")
        for row in told["augmentation"]:
            adequacy = row.get("adequacy", "unknown")
            page.item(
                f"{row['ingredient']} with {row['with']} from {row.get('start', '?')}, "
                f"adequacy {adequacy}: {_because(row)}"
            )
    if told.get("otherTreatments"):
        page.heading("Other treatments")
        for row in told["otherTreatments"]:
            sessions = f", {row['sessions']} sessions" if "sessions" in row else ""
            evidence = ", ".join(row["evidence"][:_EVIDENCE_SHOWN])
            page.item(
                f"{row['kind']} from {row.get('start', '?')}{sessions}, "
                f"outcome {row['outcome']} [{evidence}]"
            )


def _range(row: Row) -> str:
    low, high = row["low"], row["high"]
    return str(low) if low == high else f"{low} to {high}"


def _staging(page: Page, staging: Sequence[Row], *, is_complete: bool) -> None:
    if not staging:
        return
    page.heading(_titled("Staging", is_complete=is_complete))
    for scale in staging:
        items = "; ".join(f"{item['item']} {_range(item)}" for item in scale["items"])
        page.item(f"{scale['scale']}: {_range(scale)} ({items})")


def _next_step(candidacy: Row, *, is_complete: bool) -> str:
    """Return the candidacy in words; "not now" for want of failures needs a complete read."""
    recorded = any(
        row["rule"] in _RECORDED and row["verdict"] == "not-met" for row in candidacy["findings"]
    )
    if candidacy["verdict"] == "not-now" and not (is_complete or recorded):
        return "the record does not tell, not everything was read"
    return _CANDIDACY[candidacy["verdict"]]


def _candidacy(page: Page, told: Row, assessment: Assessment, *, is_complete: bool) -> None:
    """Print the open points with their reasons, and the names of the points that are met.

    Where a read is incomplete, a point that rests on absence is not called met.
    """
    heading = f"TMS evaluation: {_next_step(told, is_complete=is_complete)}"
    page.heading(_titled(heading, is_complete=is_complete))
    met = [row["rule"] for row in told["findings"] if row["verdict"] == "met"]
    for row in told["findings"]:
        if row["rule"] == "failures" and row["verdict"] == "not-met" and not is_complete:
            page.item("failures: unknown: not everything was read")
        elif row["verdict"] != "met":
            page.item(f"{row['rule']}: {row['verdict']}: {_because(row)}")
    if not is_complete:
        met = [rule for rule in met if not rule.startswith(_RESTS_ON_ABSENCE)]
    if met:
        page.item(f"met: {', '.join(met)}")
    page.item(f"never checked here: {', '.join(assessment.candidacy.not_checked)}")


def _read(page: Page, reads: Sequence[Row], unread: Sequence[Row]) -> None:
    page.heading("What was read")
    for row in unread:
        page.item(f"{row['need']}: {row['status']} ({row['count']} read)", style="bold")
    complete = [f"{row['need']} {row['count']}" for row in reads if row["status"] == "complete"]
    if complete:
        page.item(f"complete: {', '.join(complete)}")


def _issues(page: Page, issues: Sequence[Row]) -> None:
    if not issues:
        return
    page.heading(f"Notes on the data: {len(issues)}")
    for row in issues[:_ISSUES_SHOWN]:
        page.item(f"{row['resource']} {row['element']}: {row['what']}; {row['effect']}")
    if len(issues) > _ISSUES_SHOWN:
        page.item(f"and {len(issues) - _ISSUES_SHOWN} more: see --format json")


def _footer(page: Page, assessment: Assessment) -> None:
    knowledge = assessment.knowledge
    page.say("")
    page.say(
        f"Rules {knowledge.rules}, knowledge {knowledge.version}. "
        f"{sign_off(signed_off=knowledge.signed_off)} "
        "Not a diagnosis, not an order."
    )
