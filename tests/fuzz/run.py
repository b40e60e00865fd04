"""Fuzzes one reader with Atheris: ``python -m tests.fuzz.run NAME [libFuzzer options] [CORPUS]``.

A file instead of a corpus folder is run once: so is a crash repeated.
"""

import sys

import atheris

with atheris.instrument_imports(include=["trd"]):
    from tests.fuzz.harnesses import HARNESSES

from tests.fuzz.documents import document


def main() -> None:
    """Drive the harness named first; the rest is for libFuzzer."""
    harness = HARNESSES[sys.argv[1]]

    def once(data: bytes) -> None:
        harness(*document(data))

    atheris.Setup([sys.argv[0], *sys.argv[2:]], once)
    atheris.Fuzz()


if __name__ == "__main__":
    main()
