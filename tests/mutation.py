"""Would a test fail if a comparison of the clinical rules were wrong?

``python -m tests.mutation [--module NAME]`` changes one thing of one module at a time. Each change
is tried in a process of its own, first on every worked patient of ``tests/vignettes``, then on the
module's own tests (``tests/trd/test_<module>*.py`` and ``test_pipeline*.py``). What no test notices
is printed with its place.

Changes that cannot be noticed, because nothing would be different, stand with their reason in
``tests/mutation_equivalents.toml`` and are left out of the count.
"""

import argparse
import gc
import importlib.util
import os
import signal
import sys
import time
import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Final

import pytest
from hypothesis import Phase, settings

from tests.support import vignettes
from tests.support.expectations import differences
from tests.support.fhir import Json, bundle
from tests.support.mutations import Mutation, mutated, mutations_of
from trd.chart import PatientChart
from trd.knowledge import Knowledge
from trd.knowledge.load import load_knowledge
from trd.read import Gathered, gather, read_chart

ROOT: Final = Path(__file__).resolve().parent.parent
EQUIVALENTS: Final = ROOT / "tests" / "mutation_equivalents.toml"
MODULES: Final = (
    "adequacy",
    "exposures",
    "overlay",
    "prescriptions",
    "dispensed",
    "courses",
    "trials",
    "overlap",
    "episodes",
    "doubtful_scores",
    "outcome",
    "resistance",
    "other_uses",
    *sorted(path.stem for path in (ROOT / "trd").glob("crisis*.py")),
)
TESTED_WITH: Final = {
    "overlay": ("exposures", "courses"),
    "prescriptions": ("exposures", "courses"),
    "dispensed": ("courses",),
    "doubtful_scores": ("outcome",),
}
"""Modules whose tests are those of the modules that use them."""
FLOOR_PERCENT: Final = 90
FLOORED: Final = ("adequacy", "trials", "episodes", "outcome", "crisis")
WORKERS: Final = 2
LONGEST_SECONDS: Final = 120

SURVIVED, KILLED = 0, 1

# Worked patients of these files are tried first: they notice soonest.
FIRST_FILES: Final = {
    "adequacy": ("families_doses", "trials"),
    "exposures": ("trials",),
    "overlay": ("trials",),
    "prescriptions": ("trials",),
    "dispensed": ("trials",),
    "courses": ("trials",),
    "trials": ("outcome", "trials"),
    "overlap": ("overlap", "augmentation"),
    "episodes": ("episodes",),
    "doubtful_scores": ("outcome",),
    "outcome": ("outcome",),
    "resistance": ("resistance",),
    "other_uses": ("families_doses",),
    "crisis": ("crisis",),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Patient:
    """One worked patient, read: no module of the reader is ever changed."""

    file: str
    vignette: Json
    gathered: Gathered
    chart: PatientChart
    as_of: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Tally:
    """What came of the changes of one group of modules."""

    name: str
    killed: int
    survived: int
    equivalent: int

    def percent(self) -> float:
        """Return the share of changes that a test noticed."""
        tried = self.killed + self.survived
        return 100 * self.killed / tried if tried else 100.0


# -------------------------------------------------------------------------------- who notices


def patients(folder: Path, knowledge: Knowledge) -> list[Patient]:
    """Return every worked patient of a folder."""
    found = []
    for path in sorted(folder.glob("*.yaml")):
        for one in vignettes.load(path):
            gathered = gather([bundle(vignettes.resources(one))])
            found.append(
                Patient(
                    file=path.stem,
                    vignette=one,
                    gathered=gathered,
                    chart=read_chart(gathered, knowledge),
                    as_of=date.fromisoformat(vignettes.as_of(one)).toordinal(),
                )
            )
    return found


def group_of(module: str) -> str:
    """Return the group a module is counted in: all of crisis is one."""
    return "crisis" if module.startswith("crisis") else module


def own_tests(module: str) -> list[str]:
    """Return the files of a module's own tests; properties of any chart would take too long."""
    found = sorted((ROOT / "tests" / "trd").glob("test_*.py"))
    names = (group_of(module), *TESTED_WITH.get(module, ()))
    stems = ("test_pipeline", *(f"test_{name}" for name in names))
    mine = [path for path in found if path.stem.startswith(stems)]
    return [str(path) for path in mine if "properties" not in path.stem]


def _install(mutation: Mutation) -> None:
    """Make a changed module the one that everything imported later sees."""
    name = f"trd.{mutation.module}"
    spec = importlib.util.find_spec(name)
    assert spec is not None
    assert spec.origin is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    tree = mutated(Path(spec.origin).read_text("utf-8"), mutation)
    code = compile(tree, spec.origin, "exec")
    exec(code, module.__dict__)  # noqa: S102 - our own module, changed in one place


def survives(module: str, worked: Sequence[Patient], knowledge: Knowledge) -> bool:
    """Say whether every worked patient and every test of the module is as it should be."""
    # imported here and not above: only a process with the changed module may import them
    from trd.assess import assess  # noqa: PLC0415
    from trd.readings import assess_gathered  # noqa: PLC0415
    from trd.report import report  # noqa: PLC0415

    first = FIRST_FILES[group_of(module)]
    for one in sorted(worked, key=lambda p: p.file not in first):
        if one.chart.has_partial_dates:
            assessment = assess_gathered(one.gathered, knowledge, one.as_of)
        else:
            assessment = assess(one.chart, knowledge, one.as_of)
        if differences(one.vignette, report(assessment)):
            return False
    files = own_tests(module)
    options = ["-x", "-q", "-p", "no:cacheprovider", "--hypothesis-profile=mutation"]
    options += ["-W", "ignore:Module already imported:pytest.PytestAssertRewriteWarning"]
    return not files or pytest.main([*options, *files]) == pytest.ExitCode.OK


def _start(
    mutation: Mutation | None, module: str, worked: Sequence[Patient], knowledge: Knowledge
) -> int:
    """Try one change in a child process; return its process id."""
    pid = os.fork()
    if pid:
        return pid
    code = KILLED
    try:
        signal.alarm(LONGEST_SECONDS)
        silent = os.open(os.devnull, os.O_WRONLY)
        os.dup2(silent, 1)
        os.dup2(silent, 2)
        if mutation is not None:
            _install(mutation)
        code = SURVIVED if survives(module, worked, knowledge) else KILLED
    finally:
        os._exit(code)


def try_all(
    wanted: Sequence[Mutation], worked: Sequence[Patient], knowledge: Knowledge
) -> list[bool]:
    """Try every change, ``WORKERS`` at a time; say for each whether it was noticed."""
    noticed = [True] * len(wanted)
    running: dict[int, int] = {}
    for at, mutation in enumerate(wanted):
        if len(running) == WORKERS:
            _await_one(running, noticed)
        running[_start(mutation, mutation.module, worked, knowledge)] = at
        _progress(at, len(wanted))
    while running:
        _await_one(running, noticed)
    return noticed


def _await_one(running: dict[int, int], noticed: list[bool]) -> None:
    pid, status = os.wait()
    noticed[running.pop(pid)] = status != SURVIVED


# ------------------------------------------------------------------------------------ reporting


def _say(text: str) -> None:
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


def _progress(at: int, total: int) -> None:
    if at and at % 100 == 0:
        _say(f"  … {at} of {total}")


def equivalents() -> list[dict[str, str]]:
    """Return the changes nobody could notice, each with its reason."""
    if not EQUIVALENTS.exists():
        return []
    found = tomllib.loads(EQUIVALENTS.read_text("utf-8"))["equivalent"]
    return [{name: str(value) for name, value in row.items()} for row in found]


def _is_named(mutation: Mutation, row: dict[str, str]) -> bool:
    named = (row["module"], row["line"], row["mutation"])
    return named == (mutation.module, mutation.text, mutation.change())


def tallies(
    wanted: Sequence[Mutation], noticed: Sequence[bool], left_out: Sequence[Mutation]
) -> list[Tally]:
    """Return the figures of each group of modules."""
    groups = dict.fromkeys(group_of(m.module) for m in (*wanted, *left_out))
    return [
        Tally(
            name=name,
            killed=sum(
                n for m, n in zip(wanted, noticed, strict=True) if group_of(m.module) == name
            ),
            survived=sum(
                not n for m, n in zip(wanted, noticed, strict=True) if group_of(m.module) == name
            ),
            equivalent=sum(group_of(m.module) == name for m in left_out),
        )
        for name in groups
    ]


def _arguments(given: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.mutation", description=__doc__)
    parser.add_argument("--module", action="append", choices=MODULES, help="only this module")
    return parser.parse_args(given)


def main(given: Sequence[str] | None = None) -> int:
    """Run, print what no test noticed and the figures; return 0 if the floors hold."""
    began = time.monotonic()
    modules = _arguments(given).module or MODULES
    knowledge = load_knowledge()
    worked = patients(ROOT / "tests" / "vignettes", knowledge)
    # a failing example is enough: nobody reads the smallest one
    settings.register_profile(
        "mutation", derandomize=True, deadline=None, max_examples=50, phases=[Phase.generate]
    )
    os.chdir(ROOT)
    gc.freeze()
    for module in {group_of(name): name for name in modules}.values():
        pid = _start(None, module, worked, knowledge)
        if os.waitpid(pid, 0)[1] != SURVIVED:
            _say(f"{module}: the tests fail without any change; nothing was tried")
            return 2
    every = _every(modules)
    named = [row for row in equivalents() if row["module"] in modules]
    left_out = [m for m in every if any(_is_named(m, row) for row in named)]
    stale = [row for row in named if not any(_is_named(m, row) for m in every)]
    wanted = [m for m in every if m not in left_out]
    _say(f"{len(wanted)} changes in {len(modules)} modules, {len(left_out)} left out as equivalent")
    noticed = try_all(wanted, worked, knowledge)
    for mutation, was_noticed in zip(wanted, noticed, strict=True):
        if not was_noticed:
            place = f"trd/{mutation.module}.py:{mutation.line}"
            _say(f"survived  {place}  {mutation.change()}\n          {mutation.text}")
    for row in stale:
        _say(f"stale     {row['module']}: {row['line']}: no such change: {row['mutation']}")
    figures = _with_total(tallies(wanted, noticed, left_out))
    for one in figures:
        _say(
            f"{one.name:12} {one.percent():5.1f} %  killed {one.killed}, survived {one.survived}, "
            f"equivalent {one.equivalent}"
        )
    _say(f"{time.monotonic() - began:.0f} seconds")
    floored = [one for one in figures if one.name in (*FLOORED, "total")]
    return 0 if not stale and all(one.percent() >= FLOOR_PERCENT for one in floored) else 1


def _every(modules: Sequence[str]) -> list[Mutation]:
    return [
        m
        for name in modules
        for m in mutations_of(name, (ROOT / "trd" / f"{name}.py").read_text("utf-8"))
    ]


def _with_total(figures: Sequence[Tally]) -> list[Tally]:
    total = Tally(
        name="total",
        killed=sum(t.killed for t in figures),
        survived=sum(t.survived for t in figures),
        equivalent=sum(t.equivalent for t in figures),
    )
    return [*figures, total]


if __name__ == "__main__":
    sys.exit(main())
