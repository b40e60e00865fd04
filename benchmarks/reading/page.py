"""How are the counts shown? The page docs/reading.md, the same for the same counts."""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Final

from benchmarks.reading.sources import DATA_SETS, DataSet
from benchmarks.reading.tally import KINDS, STRUCTURED, WORDED, WRITTEN, Tally, known_of

Tallies = Mapping[str, Tally]

FLOORS: Final = {
    **{data.name: 1.0 for data in DATA_SETS if data.name.startswith("eCQM")},
    "Synthea": 1.0,
    "MIMIC-IV demo": 0.98,
}
"""The least share of antidepressant orders to be recognised, by data set."""
OPEN_OUTCOMES: Final = ("running", "unknown")
_HOW: Final = ("code", "ATC code", "text")
_ORDER, _DISPENSE = KINDS

INTRODUCTION: Final = """\
# How well real records are read

This page is written by `make reading`; it is not edited by hand. Every figure comes from **public
and synthetic data**: invented cases of quality measures, generated patients, examples of a
standard, and a public demonstration set of real, de-identified inpatients. None of it says how a
given hospital's records would be read, and none of it shows that the product works in patients.

*Unknown* is an answer: a dose, a length or an outcome that is not written is not guessed. A high
count of unknowns in data that hold no doses is therefore right, and each has its reason below.
Each record is read as of the last day it speaks of.
"""
TRUTH: Final = """\
Which orders are about an antidepressant is told without our reader: a generic or brand name of an
antidepressant stands as a word anywhere in the order or in the Medication it refers to (identifiers
included), or in the name that the value sets published with the measures give for its RxNorm code.
Orders that were cancelled, planned or forbidden are included: their drug is to be recognised too.
*By text* means by a name alone, no code we read being there.
"""
DOSES: Final = """\
Of the recognised antidepressant orders that are evidence of exposure: what they write of the dose,
as the JSON stands, and how many of these doses are known as mg a day. The second table holds the
same of every drug some rule reads (augmenters, and drugs that matter for safety or for a count).
"""
LENGTHS: Final = """\
By what the days of the same orders can be told. An order known only by the day it was written
shows exposure on that day; its length is at most possible. Of dispenses: how many tell how many
days their supply lasts.
"""
OUTCOMES: Final = """\
Of the trials (one drug in one episode): what came of them, as charted reasons and PHQ-9 scores
tell. These data hold hardly any of either beside an antidepressant.
"""
ASIDE: Final = """\
Records that are no antidepressant trial, by reason. *not-recognised* counts medication records of
any kind whose drug could not be told, which may hide an antidepressant and so keep a verdict open.
"""
ISSUES: Final = """\
What the reader noted, of all resources it reads: what is wrong, and what follows. Numbers in the
text are shown as "…".
"""
VERDICTS: Final = """\
What was said of treatment resistance, of patients with at least one trial. `excluded`: the
definition does not apply (a bipolar, psychotic or organic disorder is coded).
"""
PUBLISHED: Final = """\
## Published verdicts

Tests hold the reading against what was published of the same cases, and are skipped where the data
is absent (`tests/published`): CMS128 (at least 84 of 115, and 180 of 232 days covered from
dispensing) and CMS159 (PHQ-9 above 9, below 5 twelve months later) on every case there, the
labelled switches, each of the examples and shapes, and no verdict of resistance built from
inpatient orders of trazodone.

## What this page cannot show

- Names in words other than English, local code systems with codes only, and scanned lists.
- Whether a recognised drug was taken. Whether an outcome that was not charted was good or bad.
- Patients as a health system has them: these data are mostly of one order, or of one hospital stay.
"""


def page(tallies: Tallies) -> str:
    """Return the whole page."""
    parts = [
        INTRODUCTION,
        _heading("The data", _data(tallies)),
        _heading("Drugs recognised", TRUTH, _recognised(tallies), _not_recognised(tallies)),
        _heading("Orders that were never taken", _no_exposure(tallies)),
        _heading("Doses", DOSES, _doses(tallies), _unknown_doses(tallies)),
        _heading("Durations", LENGTHS, _durations(tallies)),
        _heading("Outcomes", OUTCOMES, _outcomes(tallies)),
        _heading("Set aside", ASIDE, _counted(tallies, "Reason", lambda one: one.set_aside)),
        _heading("Issues", ISSUES, _issues(tallies)),
        _heading("Verdicts", VERDICTS, _verdicts(tallies)),
        PUBLISHED,
    ]
    return "\n".join(parts)


def _heading(title: str, *parts: str) -> str:
    return "\n".join([f"## {title}\n", *(part for part in parts if part)])


def _table(head: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    """Return a Markdown table; the first column is words, the others are numbers to the right."""
    lines = [f"| {' | '.join(head)} |", f"|---|{'---:|' * (len(head) - 1)}"]
    lines += [f"| {' | '.join(str(cell) for cell in row)} |" for row in rows]
    return "\n".join(lines) + "\n"


def _words_table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    return _table(head, rows).replace("---:|", "---|")


def _data(tallies: Tallies) -> str:
    told = _words_table(
        ("Data set", "What it is", "Source", "Licence"),
        ((data.name, data.what, data.source, data.licence) for data in _there(tallies)),
    )
    counts = _table(
        ("Data set", "Patients or cases", "Refused", "Medication orders", "Dispenses"),
        (
            (name, one.patients, one.refused, one.orders[_ORDER], one.orders[_DISPENSE])
            for name, one in tallies.items()
        ),
    )
    said = (
        "*Refused*: resources of two patients stand in one record, which is never read; the cases "
        "concerned\nhold a hospice order that names somebody else. Single resources count as "
        "patients.\n"
    )
    return f"{told}\n{counts}\n{said}"


def _there(tallies: Tallies) -> list[DataSet]:
    return [data for data in DATA_SETS if data.name in tallies]


def _percent(share: float) -> str:
    """Return a share in per cent, rounded down, so that 100 means all."""
    return f"{int(share * 1000) / 10:g} %"


def _recognised(tallies: Tallies) -> str:
    rows = []
    for name, one in tallies.items():
        for kind in KINDS:
            meant = one.meant[kind]
            if not meant:
                continue
            how = [one.recognised[kind, by] for by in _HOW]
            floor = FLOORS.get(name) if kind == _ORDER else None
            rows.append(
                (
                    f"{name}{', dispenses' if kind == _DISPENSE else ''}",
                    meant,
                    how[0] + how[1],
                    how[2],
                    meant - sum(how),
                    _percent(one.share_recognised(kind)),
                    _percent(floor) if floor is not None else "",
                )
            )
    head = ("Data set", "About an antidepressant", "By code", "By text", "Not", "Share", "Floor")
    return _table(head, rows)


def _not_recognised(tallies: Tallies) -> str:
    """Return why antidepressant orders were not recognised, and what was taken for one wrongly."""
    lines = [
        f"- {name}: {count} not recognised: {how}"
        for name, one in tallies.items()
        for (_, how), count in sorted(one.recognised.items())
        if how not in _HOW
    ]
    lines += [
        f"- {name}: {count} taken for {drug} without such a name or code"
        for name, one in tallies.items()
        for drug, count in sorted(one.unmeant.items())
    ]
    said = "Nothing else was taken for an antidepressant, and none was missed."
    return "\n".join(lines or [said]) + "\n"


def _no_exposure(tallies: Tallies) -> str:
    found = _counted(tallies, "Why an antidepressant order is no exposure", lambda t: t.no_exposure)
    return found or "No antidepressant order in these data was cancelled, planned or forbidden.\n"


def _doses(tallies: Tallies) -> str:
    tables = []
    for title, which in (("Antidepressants", "doses"), ("All drugs that are read", "all_doses")):
        rows = []
        for name, one in tallies.items():
            counts = getattr(one, which)
            known, total = known_of(counts, WRITTEN)
            if total:
                told = [known_of(counts, (written,)) for written in WRITTEN]
                rows.append((name, total, known, *(f"{k} of {n}" if n else "" for k, n in told)))
        heads = [f"Known: {written}" for written in WRITTEN]
        tables.append(_table((title, "Orders", "Known", *heads), rows))
    return "\n".join(tables)


def _unknown_doses(tallies: Tallies) -> str:
    known, total = _all_doses(tallies, STRUCTURED)
    text_known, text_total = _all_doses(tallies, WORDED)
    said = (
        f"Of the doses of all these drugs, {known} of {total} are known where a quantity with its\n"
        f"unit and how often are written, {text_known} of {text_total} where there is text only.\n"
    )
    return f"{said}\n{_counted(tallies, 'Why a dose is unknown', lambda t: t.unknown_doses)}"


def _all_doses(tallies: Tallies, written: str) -> tuple[int, int]:
    pairs = [known_of(one.all_doses, (written,)) for one in tallies.values()]
    return sum(known for known, _ in pairs), sum(total for _, total in pairs)


def _durations(tallies: Tallies) -> str:
    orders = _counted(tallies, "Orders, by what tells their days", lambda one: one.durations)
    rows = [
        (name, one.supplied.total(), one.supplied[True])
        for name, one in tallies.items()
        if one.supplied
    ]
    return f"{orders}\n{_table(('Data set', 'Dispenses', 'With days of supply'), rows)}"


def _outcomes(tallies: Tallies) -> str:
    known = sum(
        count
        for one in tallies.values()
        for outcome, count in one.outcomes.items()
        if outcome not in OPEN_OUTCOMES
    )
    total = sum(one.outcomes.total() for one in tallies.values())
    said = f"\nKnown outcomes: {known} of {total}.\n"
    return _counted(tallies, "Outcome", lambda one: one.outcomes) + said


def _verdicts(tallies: Tallies) -> str:
    confirmed = sum(one.confirmed for one in tallies.values())
    said = f"\nConfirmed adequate failures, all data together: {confirmed}.\n"
    return _counted(tallies, "Verdict", lambda one: one.verdicts) + said


def _counted(tallies: Tallies, title: str, counts: Callable[[Tally], Counter[str]]) -> str:
    """Return one row a value, one column a data set that has any; "" where none has."""
    held = {name: counts(one) for name, one in tallies.items() if counts(one)}
    values = sorted({value for found in held.values() for value in found})
    rows = ([value, *(found[value] or "" for found in held.values())] for value in values)
    return _table((title, *held), rows) if held else ""


def _issues(tallies: Tallies) -> str:
    rows = [
        (name, what, effect, count)
        for name, one in tallies.items()
        for (what, effect), count in sorted(
            one.issues.items(), key=lambda item: (-item[1], item[0])
        )
    ]
    lines = _table(("Data set", "What", "What follows", "Count"), rows).split("\n")
    lines[1] = "|---|---|---|---:|"
    return "\n".join(lines)
