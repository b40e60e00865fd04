"""How do lines reach a person's terminal?

A page is plain text of 80 to 120 columns: sentences that wrap, rows whose cells wrap, and lines
drawn as they are. Every word of a chart passes through ``visible``, so that no control character of
the data can steer the terminal. Colour only repeats what the words say, and only on a terminal.
"""

import shutil
import sys
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import zip_longest
from typing import Final

from rich.cells import set_cell_size
from rich.console import Console
from rich.text import Text

WIDTH: Final = 80
WIDEST: Final = 120
IN_JSON: Final = "see --format json"
"""Where everything stands that a page has no room for."""
_LONGEST: Final = 1_000
_CUT: Final = " … (cut)"
_GAP: Final = "  "
_WRAPPER: Final = Console(width=WIDTH)


def visible(text: str) -> str:
    r"""Return text in which every character can be seen: blanks as blanks, the rest escaped.

    Control and formatting characters become their escapes ("\x1b"); what no reader would read to
    its end is cut, and says so.
    """
    if len(text) > _LONGEST:
        text = text[:_LONGEST] + _CUT
    shown = (
        " " if char.isspace() else char if char.isprintable() else _escaped(char) for char in text
    )
    return " ".join("".join(shown).split())


def _escaped(char: str) -> str:
    return char.encode("unicode_escape").decode("ascii")


def wrapped(text: str, width: int) -> list[str]:
    """Break visible text into lines of at most ``width`` columns; a longer word is broken too."""
    lines = Text(visible(text)).wrap(_WRAPPER, width)
    return [line.plain.rstrip() for line in lines]


@dataclass(frozen=True, slots=True)
class Column:
    """One column of a table: its heading, and its width."""

    heading: str
    width: int


@dataclass(slots=True)
class Page:
    """Lines to be shown, each with a style ("" for plain).

    ``width`` is in columns; ``has_blocks`` says whether pictures may use block characters.
    """

    lines: list[tuple[str, str]] = field(default_factory=list)
    width: int = WIDTH
    has_blocks: bool = False

    def heading(self, text: str) -> None:
        """Add an empty line and a heading."""
        if self.lines:
            self.lines.append(("", ""))
        self.say(text, style="bold")

    def say(self, text: str, *, indent: int = 0, hang: int = 0, style: str = "") -> None:
        """Add a sentence; lines after the first are indented by ``hang`` more."""
        first, *rest = wrapped(text, self.width - indent - hang)
        self.lines.append((" " * indent + first, style))
        self.lines += [(" " * (indent + hang) + line, style) for line in rest]

    def item(self, text: str, *, style: str = "") -> None:
        """Add one point of a list."""
        self.say(f"- {text}", indent=2, hang=2, style=style)

    def items(self, texts: Sequence[str], *, most: int) -> None:
        """Add points of a list; those beyond the first ``most`` are counted."""
        for text in texts[:most]:
            self.item(text)
        self.more(len(texts) - most)

    def more(self, count: int, where: str = IN_JSON) -> None:
        """Say how many there are beyond those shown, nothing where there are none."""
        if count > 0:
            self.item(f"and {count} more: {where}")

    def drawn(self, line: str, *, style: str = "") -> None:
        """Add a line whose blanks matter. Words of a chart in it have passed ``visible`` before."""
        self.lines.append((line.rstrip(), style))

    def row(self, columns: Sequence[Column], cells: Sequence[Sequence[str]]) -> None:
        """Add one row; a cell is one or more lines, each of which wraps within its column."""
        blocks = [
            [line for text in cell if text for line in wrapped(text, column.width)]
            for column, cell in zip(columns, cells, strict=True)
        ]
        for parts in zip_longest(*blocks, fillvalue=""):
            sized = [
                set_cell_size(part, column.width)
                for part, column in zip(parts, columns, strict=True)
            ]
            self.lines.append((_GAP.join(sized).rstrip(), ""))

    def head(self, columns: Sequence[Column]) -> None:
        """Add the headings of a table and a rule below each."""
        self.row(columns, [[column.heading] for column in columns])
        self.row(columns, [["-" * column.width] for column in columns])

    def show(self) -> None:
        """Print the page on standard output."""
        console = Console(
            highlight=False, markup=False, emoji=False, force_terminal=sys.stdout.isatty()
        )
        for line, style in self.lines:
            console.print(Text(line, style=style), soft_wrap=True)


def output_page() -> Page:
    """Return an empty page that fits standard output.

    As wide as the terminal within 80 and 120 columns, 80 where there is none; the environment
    variable COLUMNS goes before both. Block characters only on a terminal that writes UTF-8: what
    is piped is the same everywhere.
    """
    width = shutil.get_terminal_size((WIDTH, 0)).columns
    is_unicode = (sys.stdout.encoding or "").lower().startswith("utf")
    return Page(width=min(max(width, WIDTH), WIDEST), has_blocks=sys.stdout.isatty() and is_unicode)
