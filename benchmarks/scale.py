"""Does an assessment of a large chart cost more per resource than one of a small chart?

Charts of several shapes and sizes are assessed, JSON report included. Printed are microseconds of
processor time and kilobytes of peak memory (the chart itself not counted) per resource, and the
ratio of the largest chart to one of a quarter of its size: 1.0 is linear. Ratios of one run compare
on any machine; the times do not. Exits 1 where a ratio is above the limit.

    python -m benchmarks.scale            about three minutes
    python -m benchmarks.scale mixed      one shape
    python -m benchmarks.scale --profile  where one large ordinary chart spends its time
"""

import cProfile
import json
import pstats
import sys
import time
import tracemalloc
from collections.abc import Sequence
from typing import Final

from benchmarks.scale_charts import SHAPES, TODAY, Json, chart
from trd.knowledge import Knowledge
from trd.knowledge.load import load_knowledge
from trd.read import gather
from trd.readings import assess_gathered
from trd.report import report

SIZES: Final = (2_500, 5_000, 10_000, 20_000)
SMALL: Final = 5_000
LARGE: Final = 20_000
REPEATS: Final = {2_500: 3, 5_000: 3, 10_000: 2, 20_000: 2}
LIMIT: Final = 1.3
SHOWN: Final = 10


def assess(resources: Sequence[Json], knowledge: Knowledge) -> str:
    """Assess one chart and write its report."""
    bundle = {"resourceType": "Bundle", "entry": [{"resource": one} for one in resources]}
    assessment = assess_gathered(gather([bundle]), knowledge, TODAY.toordinal())
    return json.dumps(report(assessment))


def microseconds(shape: str, size: int, knowledge: Knowledge) -> float:
    """Return the processor time of one assessment per resource, best of a few."""
    resources = chart(shape, size)
    shortest = float("inf")
    for _ in range(REPEATS[size]):
        began = time.process_time()
        assess(resources, knowledge)
        shortest = min(shortest, time.process_time() - began)
    return shortest * 1e6 / size


def kilobytes(shape: str, size: int, knowledge: Knowledge) -> float:
    """Return the peak memory one assessment adds, per resource."""
    resources = chart(shape, size)
    tracemalloc.start()
    assess(resources, knowledge)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    return peak / 1e3 / size


def measure(shapes: Sequence[str]) -> int:
    """Print one line a shape; return how many ratios are above the limit."""
    knowledge = load_knowledge()
    heads = "".join(f"{size:>8}" for size in SIZES)
    print(f"{'µs per resource at':<24}{heads}   ratio   kB at {SMALL} and {LARGE}   ratio")
    above = 0
    for shape in shapes:
        times = {size: microseconds(shape, size, knowledge) for size in SIZES}
        memory = {size: kilobytes(shape, size, knowledge) for size in (SMALL, LARGE)}
        ratios = times[LARGE] / times[SMALL], memory[LARGE] / memory[SMALL]
        above += sum(ratio > LIMIT for ratio in ratios)
        shown = "".join(f"{times[size]:8.0f}" for size in SIZES)
        kept = f"{memory[SMALL]:10.2f}{memory[LARGE]:10.2f}"
        print(f"{shape:<24}{shown}{ratios[0]:8.2f}{kept}{ratios[1]:12.2f}", flush=True)
    print(f"ratios above {LIMIT}: {above}")
    return above


def profile() -> None:
    """Print the functions in which one large ordinary chart spends most time."""
    knowledge, resources = load_knowledge(), chart("mixed", LARGE)
    with cProfile.Profile() as profiler:
        assess(resources, knowledge)
    pstats.Stats(profiler).strip_dirs().sort_stats("tottime").print_stats(SHOWN)


if __name__ == "__main__":
    named = sys.argv[1:]
    if named == ["--profile"]:
        profile()
    else:
        sys.exit(measure(named or list(SHAPES)) > 0)
