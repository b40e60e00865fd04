"""Why does a command not do its work?

Refusal        what was asked cannot be done; one line on standard error, and an exit status
├── Unusable   an input that cannot be used, with the file and the place in it
└── Faulty     a configuration with faults, one line for each

The line names files, places and options. It never holds content: a chart's words are somebody's.
"""

from collections.abc import Sequence
from typing import ClassVar, Final

FAULTY: Final = 1
"""The exit status of faulty knowledge, and of an answer that is not 200."""
UNUSABLE: Final = 2
"""The exit status of unusable input and of wrong options."""
MORE_PATIENTS: Final = 3
"""The exit status of an input that holds more than one patient."""


class Refusal(Exception):  # noqa: N818 - it says what was done, not what went wrong
    """A command that ends with one line and an exit status."""

    default_status: ClassVar[int] = UNUSABLE

    def __init__(self, line: str, status: int | None = None) -> None:
        """Keep the line; without a status it is that of unusable input."""
        super().__init__(line)
        self.line = line
        self.lines: tuple[str, ...] = (line,)
        self.status = self.default_status if status is None else status


class Unusable(Refusal):
    """An input that cannot be used: which file, where in it ("" for the whole), what is wrong."""

    def __init__(self, file: str, place: str, what: str, status: int | None = None) -> None:
        """Join file, place and sentence into one line."""
        super().__init__(": ".join(part for part in (file, place, what) if part), status)


class Faulty(Refusal):
    """A configuration with faults: one line for each."""

    def __init__(self, lines: Sequence[str]) -> None:
        """Keep the lines; the status is that of unusable input."""
        super().__init__("\n".join(lines))
        self.lines = tuple(lines)
