"""How does the treatment history look as a picture of characters?

One row a drug over one axis, its outcome at the end; PHQ-9 totals and urgent safety signals at
their days; a legend of the signs that are used. Where old episodes would squeeze the current one,
it has a picture of its own.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

from rich.cells import cell_len, set_cell_size

from thirdline.evidence_text import titled
from thirdline.page import Page, visible
from thirdline.timeline import Timeline, TimelineRow
from thirdline.timeline_axis import Axis, fitted_axis
from thirdline.timeline_bar import EPISODE, FEW, GAP, bar
from trd.dates import Day, iso

_SIGNAL, _TICK = "!", "+"
_MEANINGS: Final = (
    ("=", "at or above minimum"),
    ("-", "below"),
    ("~", "dose not known"),
    (":", "only possible"),
    (FEW, "few documented days"),
    (GAP, "not documented"),
    ("a", "added"),
    ("*", "day it was given"),
    (">", "running"),
    ("?", "end not known"),
    ("i", "end inferred"),
    (_SIGNAL, "safety signal"),
)
_BLOCKS: Final = str.maketrans({"=": "█", "-": "▄", "~": "▒", ":": "░", ".": "·", "|": "│"})
_SAFETY: Final = "safety"
_NAME_WIDTH: Final = 22
_SAID_WIDTH: Final = 14
_ROWS_SHOWN: Final = 24
_SPLIT_RATIO: Final = 3
_SPLIT_FROM_DAYS: Final = 3 * 365
_BASELINE_DAYS: Final = 30
"""Scores from so many days before the first drug are drawn."""


@dataclass(frozen=True, slots=True)
class _Canvas:
    """The page with the axis, the width of the names, and the signs used so far."""

    page: Page
    axis: Axis
    name_width: int
    used: set[str]

    def row(self, name: str, cells: str, said: str = "", style: str = "") -> None:
        """Add one row: the name, as many cells as there are columns and one more, a word."""
        self.used.update(cells)
        shown = cells.translate(_BLOCKS) if self.page.has_blocks else cells
        self.text_row(name, shown, said, style)

    def text_row(self, name: str, cells: str, said: str = "", style: str = "") -> None:
        """Add one row whose cells are words or numbers, not signs."""
        label = set_cell_size(_cut(name, self.name_width), self.name_width)
        self.page.drawn(f"{label}  {cells:<{self.axis.columns + 1}}  {said}", style=style)


def _cut(name: str, width: int) -> str:
    text = visible(name)
    return text if cell_len(text) <= width else set_cell_size(text, width - 1) + "…"


def draw_timeline(page: Page, history: Timeline, *, is_complete: bool) -> None:
    """Draw the picture; two of them where the current episode would be squeezed by old ones."""
    current = [row for row in history.rows if row.in_current_episode]
    other = [row for row in history.rows if not row.in_current_episode]
    if _is_squeezed(current, other, history.as_of):
        _picture(page, "Timeline of the current episode", current, history, is_complete=is_complete)
        _picture(
            page, "Timeline of other or undated episodes", other, history, is_complete=is_complete
        )
    elif history.rows:
        _picture(page, "Timeline", history.rows, history, is_complete=is_complete)


def _is_squeezed(current: Sequence[TimelineRow], other: Sequence[TimelineRow], as_of: Day) -> bool:
    now = [s.first for row in current for s in row.stretches]
    then = [s.first for row in other for s in row.stretches]
    if not now or not then:
        return False
    span = as_of - min(then)
    return span > _SPLIT_FROM_DAYS and span > _SPLIT_RATIO * (as_of - min(now))


def _picture(
    page: Page,
    title: str,
    rows: Sequence[TimelineRow],
    history: Timeline,
    *,
    is_complete: bool,
) -> None:
    shown = rows[:_ROWS_SHOWN]
    widest = max(cell_len(visible(row.name)) for row in shown)
    name_width = min(max(widest, len(_SAFETY)), _NAME_WIDTH)
    axis = _axis(shown, history, page.width - name_width - _SAID_WIDTH - 5)
    page.heading(titled(title, is_complete=is_complete))
    if axis is None:
        for row in shown:
            page.item(f"{row.name}: {row.undrawn}; {row.said}")
        return
    canvas = _Canvas(page, axis, name_width, set())
    _head(canvas, history)
    for row in shown:
        style = "bold" if row.counts else ""
        if row.stretches:
            canvas.row(row.name, bar(row, axis, history.episode), row.said, style)
        else:
            canvas.text_row(row.name, f"({row.undrawn})", row.said, style)
    _scores(canvas, history)
    _signals(canvas, history)
    page.more(len(rows) - len(shown))
    _legend(canvas, history)


def _axis(rows: Sequence[TimelineRow], history: Timeline, room: int) -> Axis | None:
    """Return the axis of these rows, None where nothing has a date.

    It reaches back to the start of the episode and to a baseline score where they are near, and on
    to the day of the assessment unless most of the picture would be empty.
    """
    stretches = [stretch for row in rows for stretch in row.stretches]
    if not stretches:
        return None
    first, last = min(s.first for s in stretches), max(s.last for s in stretches)
    span = last - first
    begins = [first]
    if history.episode is not None and first - history.episode <= span // 2 + _BASELINE_DAYS:
        begins.append(history.episode)
    begins += [on for on, _ in history.scores if 0 <= first - on <= _BASELINE_DAYS]
    if history.as_of - last <= span + _BASELINE_DAYS:
        last = max(last, history.as_of)
    return fitted_axis(min(begins), last, room)


def _head(canvas: _Canvas, history: Timeline) -> None:
    """Draw the labels of the axis, and below them a tick for each and the start of the episode."""
    axis = canvas.axis
    labels = ticks = ""
    for column, label in axis.labels():
        labels = f"{labels:<{column}}{label}"
        ticks = f"{ticks:<{column}}{_TICK}"
    cells = list(f"{ticks:<{axis.columns + 1}}")
    if history.episode is not None and axis.holds(history.episode):
        cells[axis.column(history.episode)] = EPISODE
    canvas.text_row("", labels, style="dim")
    canvas.row("", "".join(cells), style="dim")


def _scores(canvas: _Canvas, history: Timeline) -> None:
    """Write PHQ-9 totals at their days; the last and the first go before those between them."""
    axis = canvas.axis
    inside = [one for one in history.scores if axis.holds(one[0])]
    if not inside:
        return
    cells = [" "] * (axis.columns + 1)
    shown = 0
    for on, total in dict.fromkeys((inside[-1], inside[0], *inside)):
        text = str(total)
        at = min(axis.column(on), len(cells) - len(text))
        near = cells[max(at - 1, 0) : at + len(text) + 1]
        if at >= 0 and not "".join(near).strip():
            cells[at : at + len(text)] = text
            shown += 1
    hidden = "" if shown == len(inside) else f"{shown} of {len(inside)} shown"[:_SAID_WIDTH]
    canvas.text_row("PHQ-9", "".join(cells), hidden, "cyan")


def _signals(canvas: _Canvas, history: Timeline) -> None:
    axis = canvas.axis
    columns = {axis.column(day) for day in history.signals if axis.holds(day)}
    if columns:
        cells = (_SIGNAL if at in columns else " " for at in range(axis.columns + 1))
        canvas.row(_SAFETY, "".join(cells), "see Safety", "red")


def _legend(canvas: _Canvas, history: Timeline) -> None:
    """Say what the signs of this picture mean, and how long a column is."""
    shown: Callable[[str], str] = (
        (lambda sign: sign.translate(_BLOCKS)) if canvas.page.has_blocks else str
    )
    parts = [f"{shown(sign)} {meaning}" for sign, meaning in _MEANINGS if sign in canvas.used]
    if EPISODE in canvas.used and history.episode is not None:
        assumed = " (assumed)" if history.is_assumed else ""
        parts.append(f"{shown(EPISODE)} episode from {iso(history.episode)}{assumed}")
    parts.append(f"one column: {canvas.axis.resolution()}")
    line = ""
    for part in parts:
        joined = f"{line}  {part}" if line else part
        if cell_len(joined) > canvas.page.width:
            canvas.page.drawn(line, style="dim")
            joined = part
        line = joined
    canvas.page.drawn(line, style="dim")
