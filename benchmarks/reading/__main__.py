"""Write docs/reading.md from the public data.

python -m benchmarks.reading          about 15 seconds; refuses where the data is absent
"""

import os
import sys
from pathlib import Path
from typing import Final

from benchmarks.reading.page import page
from benchmarks.reading.sources import DATA_SETS
from benchmarks.reading.tally import Tally, tally_of
from benchmarks.reading.truth import read_truth
from trd.knowledge.load import load_knowledge

PAGE: Final = Path(__file__).resolve().parents[2] / "docs" / "reading.md"
_VARIABLE: Final = "THIRDLINE_SHARED"
_ABSENT: Final = 2


def tallies_of(shared: Path) -> dict[str, Tally]:
    """Count every data set, in the order of the page."""
    truth, knowledge = read_truth(shared), load_knowledge()
    return {data.name: tally_of(data, shared, truth, knowledge) for data in DATA_SETS}


def main() -> int:
    """Write the page; say in one line where the data is absent."""
    named = os.environ.get(_VARIABLE, "")  # noqa: TID251 - who measures says where, no setting
    if not (named and Path(named, "data").is_dir()):
        print(f"reading: no data: set {_VARIABLE} to the folder that holds it", file=sys.stderr)
        return _ABSENT
    PAGE.write_text(page(tallies_of(Path(named))), encoding="utf-8")
    print(f"written: {PAGE.relative_to(PAGE.parents[1])}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
