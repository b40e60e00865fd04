"""Fuzzes every small reader in turn and says what was found: ``make fuzz``.

The seed is printed, and repeats a run that starts from nothing: ``make fuzz SEED=...``. Without one
the inputs kept from earlier runs (``.fuzz/``, not in git) are built upon. Exits 1 where a reader
broke; the input is kept and the command that repeats it printed.
"""

import argparse
import importlib.util
import re
import subprocess
import sys
import tempfile
from pathlib import Path
from random import SystemRandom
from typing import Final

from tests.fuzz.harnesses import HARNESSES

KEPT: Final = Path(".fuzz")
TOTAL_SECONDS: Final = 30 * 60
LARGEST_SEED: Final = 2**31 - 1
OPTIONS: Final = ("-max_len=400", "-timeout=20", "-rss_limit_mb=2048", "-print_final_stats=1")
WORDS: Final = Path(__file__).with_name("words.dict")
NO_ATHERIS: Final = (
    "Atheris is not installed: `make fuzz` installs it. It has wheels for CPython 3.11 to 3.13 on"
    " Linux only; elsewhere run the same harnesses with `pytest tests/fuzz`."
)


def fuzz(name: str, seed: int, seconds: int, corpus: Path) -> bool:
    """Fuzz one reader; print how often it ran. Returns whether it held."""
    crashes = KEPT / "crashes" / name
    for folder in (crashes, corpus):
        folder.mkdir(parents=True, exist_ok=True)
    command = [
        sys.executable,
        "-m",
        "tests.fuzz.run",
        name,
        *OPTIONS,
        f"-seed={seed}",
        f"-max_total_time={seconds}",
        f"-dict={WORDS}",
        f"-artifact_prefix={crashes}/",
        str(corpus),
    ]
    done = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603 - ours
    said = done.stdout + done.stderr
    runs = re.search(r"number_of_executed_units: (\d+)", said)
    edges = re.findall(r"cov: (\d+)", said)
    shown = f"{int(runs[1]):>10,} runs" if runs else "   no count of runs"
    print(f"  {name:<10}{shown}, {edges[-1] if edges else '?'} places reached", flush=True)
    if done.returncode:
        print("\n".join(said.splitlines()[-60:]))
        kept = re.search(r"Test unit written to (\S+)", said)
        if kept:
            print(f"repeat it: {sys.executable} -m tests.fuzz.run {name} {kept[1]}")
    return done.returncode == 0


def main() -> int:
    """Share the time among the readers; return the exit status."""
    asked = argparse.ArgumentParser(prog="python -m tests.fuzz")
    asked.add_argument("--seed", type=int, help="repeat a run from nothing but its seed")
    asked.add_argument(
        "--seconds", type=int, default=TOTAL_SECONDS, help="for all readers together"
    )
    asked.add_argument("names", nargs="*", default=list(HARNESSES))
    given = asked.parse_args()
    if importlib.util.find_spec("atheris") is None:
        print(NO_ATHERIS, file=sys.stderr)
        return 2
    seed = given.seed if given.seed is not None else SystemRandom().randint(1, LARGEST_SEED)
    share = max(given.seconds // len(given.names), 1)
    print(f"Atheris, seed {seed}, {share} s for each reader; repeat: make fuzz SEED={seed}")
    with tempfile.TemporaryDirectory() as nothing:
        corpora = Path(nothing) if given.seed is not None else KEPT / "corpus"
        held = [fuzz(name, seed, share, corpora / name) for name in given.names]
    return 0 if all(held) else 1


if __name__ == "__main__":
    sys.exit(main())
