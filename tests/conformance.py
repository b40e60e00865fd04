"""Which requirement and which hostile case is shown by which test, and why are the others not?

Two tables name what binds us, in our own words; tests carry the marks ``requirement`` and
``hostile`` with their ids. ``python -m tests.conformance`` prints docs/conformance.md from both.
A test that needs the reference material may be skipped, and so is no evidence by itself.
"""

import contextlib
import csv
import io
import json
import sys
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest

HERE = Path(__file__).resolve().parent
PAGE = HERE.parent / "docs" / "conformance.md"
TABLES = {
    "requirement": HERE / "cds_hooks" / "requirements.csv",
    "hostile": HERE / "hostile_cases.csv",
}

Marked = Mapping[str, Mapping[str, Sequence[str]]]
"""Mark, id, and the tests that carry it; "~" before a test says that it may be skipped."""

REQUIREMENT_SECTIONS = {
    "GEN": "A. Transport and JSON",
    "CAP": "B. Capabilities",
    "DISC": "C. Discovery",
    "PF": "D. Prefetch templates",
    "PFB": "E. Prefetch as received",
    "REQ": "F. The call",
    "FA": "G. Calling the FHIR server",
    "RESP": "H. The answer",
    "CARD": "I. Cards",
    "SRC": "J. Source and topic",
    "SUG": "K. Suggestions",
    "ACT": "L. Actions",
    "SYS": "M. System actions",
    "LINK": "N. Links",
    "OVR": "O. Override reasons",
    "FB": "P. Feedback",
    "SEC": "Q. Security",
    "CORS": "R. Calls from browsers",
    "STALE": "S. Stale guidance",
    "EXT": "T. Extensions and versions",
    "VER": "T. Extensions and versions",
    "SAFE": "U. Safety",
}
HOSTILE_SECTIONS = {
    "A": "A. The caller's token",
    "B": "B. Calls we make",
    "D": "D. Bodies and connections",
    "E": "E. Whose data it is",
    "F": "F. Faults of the EHR",
    "G": "G. What the reader sees",
    "H": "H. Clinical meaning",
    "J": "J. Storage",
    "K": "K. Data where it does not belong",
    "L": "L. Tenants and feedback",
    "N": "N. Time",
    "O": "O. Configuration and operation",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One id. ``untested`` is the reason why no test shows it, or ""."""

    id: str
    section: str
    what: str
    level: str
    untested: str
    inferno: tuple[str, ...] = ()


def rows_of(mark: str) -> list[Row]:
    """Return the table of one mark, in its order."""
    is_requirement = mark == "requirement"
    sections = REQUIREMENT_SECTIONS if is_requirement else HOSTILE_SECTIONS
    with TABLES[mark].open(encoding="utf-8", newline="") as table:
        return [
            Row(
                id=one["id"],
                section=sections[one["id"].partition("-")[0] if is_requirement else one["id"][0]],
                what=one["what"],
                level=one["level"] if is_requirement else one["concerns"],
                untested=one["untested"],
                inferno=tuple(one.get("inferno", "").split()),
            )
            for one in csv.DictReader(table, strict=True)
        ]


def faults(rows: Iterable[Row], tests: Mapping[str, Sequence[str]]) -> list[str]:
    """Return what is wrong between a table and the marked tests."""
    table = {row.id: row for row in rows}
    found = [f"{one}: marked by {tests[one][0]}, in no table" for one in tests if one not in table]
    for row in table.values():
        is_shown = any(not test.startswith("~") for test in tests.get(row.id, ()))
        if is_shown and row.untested:
            found.append(f"{row.id}: a reason stands beside {tests[row.id][0]}")
        if not (is_shown or row.untested):
            found.append(f"{row.id}: neither a test nor a reason")
    return sorted(found)


def marked_by(items: Iterable[pytest.Item]) -> dict[str, dict[str, list[str]]]:
    """Return the marked tests of a collection; parameters of a test do not count apart."""
    found: dict[str, dict[str, list[str]]] = {mark: {} for mark in TABLES}
    for item in items:
        never = item.get_closest_marker("skip") or item.get_closest_marker("xfail")
        fixtures = getattr(item, "fixturenames", ())
        may_skip = item.get_closest_marker("skipif") or "shared" in fixtures
        for mark in TABLES if never is None else ():
            for one in (one for marker in item.iter_markers(mark) for one in marker.args):
                test = ("~" if may_skip else "") + item.nodeid.partition("[")[0]
                tests = found[mark].setdefault(one, [])
                if test not in tests:
                    tests.append(test)
    return {
        mark: {one: sorted(tests) for one, tests in sorted(ids.items())}
        for mark, ids in found.items()
    }


class Collector:
    """A plugin that keeps what pytest collects."""

    marked: Marked

    @pytest.hookimpl(tryfirst=True)
    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        """Keep the marks of all items, before any is deselected."""
        self.marked = marked_by(items)


def collected() -> Marked:
    """Collect all tests anew and return the marked ones."""
    collector = Collector()
    options = ["--collect-only", "-qqq", "--no-summary", "-p", "no:cacheprovider", str(HERE)]
    said = io.StringIO()
    with contextlib.redirect_stdout(said):
        failed = pytest.main(options, plugins=[collector])
    if failed:
        raise SystemExit(said.getvalue())
    return collector.marked


def page(marked: Marked) -> str:
    """Return docs/conformance.md."""
    lines = [
        "# Conformance",
        "",
        "Printed by `make conformance` from `tests/cds_hooks/requirements.csv`,",
        "`tests/hostile_cases.csv` and the marks of the tests; a test compares.",
        "A test marked (reference) needs data that is not part of this repository.",
        "",
        "## CDS Hooks: what the specification asks of a service",
        "",
        *_tables("requirement", marked["requirement"], "Level"),
        "## Hostile inputs and faults",
        "",
        *_tables("hostile", marked["hostile"], "Concerns"),
    ]
    return "\n".join(lines).rstrip() + "\n"


def _tables(mark: str, tests: Mapping[str, Sequence[str]], second: str) -> Iterable[str]:
    rows = rows_of(mark)
    yield from _counts(rows, tests)
    section = ""
    for row in rows:
        if row.section != section:
            if section:
                yield ""
            section = row.section
            yield from (f"### {section}", "", f"| Id | {second} | What | Tested by, or why not |")
            yield "| --- | --- | --- | --- |"
        yield f"| {row.id} | {row.level} | {row.what} | {_shown(row, tests.get(row.id, ()))} |"
    yield ""


def _counts(rows: Sequence[Row], tests: Mapping[str, Sequence[str]]) -> Iterable[str]:
    tested = sum(not row.untested and row.id in tests for row in rows)
    reasons = sum(bool(row.untested) for row in rows)
    names = {test.lstrip("~") for row in rows for test in tests.get(row.id, ())}
    yield f"{len(rows)} rows: {tested} tested by {len(names)} test functions,"
    yield f"{reasons} not tested for the reason given."
    yield ""


def _shown(row: Row, tests: Sequence[str]) -> str:
    said = [row.untested] if row.untested else []
    said += [
        f"`{test.lstrip('~')}`" + (" (reference)" if test.startswith("~") else "") for test in tests
    ]
    return "<br>".join(said)


if __name__ == "__main__":
    if sys.argv[1:] == ["--json"]:
        sys.stdout.write(json.dumps(collected()))
    else:
        PAGE.write_text(page(collected()), "utf-8")
