"""How are charted safety signals told?

The urgent ones stand before everything else; all of them stand in the section on safety, with what
was looked for and what was not read. Nothing found is never said to mean safe.
"""

from collections.abc import Sequence
from typing import Final

from thirdline.evidence_text import Row, reason
from thirdline.page import IN_JSON, Page
from trd.crisis import Crisis

_STYLES: Final = {"critical": "bold red", "warning": "yellow"}
_FIRST_SHOWN: Final = 6
_SHOWN: Final = 30


def urgent_signals(page: Page, crisis: Row) -> None:
    """Print critical signals and warnings under a heading, gravest first, then newest."""
    urgent = [signal for signal in crisis["signals"] if signal["level"] in _STYLES]
    if not urgent:
        return
    page.heading("Safety signals in the record")
    _signals(page, urgent, _FIRST_SHOWN, "below, under Safety")


def safety_section(page: Page, told: Row, crisis: Crisis) -> None:
    """Print every signal, and what the record allows to say beside them."""
    page.heading("Safety")
    if not crisis.complete:
        page.say(f"Not everything that could show a signal was read: {crisis.incomplete_because}.")
    elif not told["signals"]:
        page.say("No signal is charted in what was read. That never means safe.")
    _signals(page, told["signals"], _SHOWN, IN_JSON)
    if crisis.boxed_warning:
        page.item(crisis.boxed_warning)
    if crisis.complete and crisis.looked_for:
        page.item(f"looked for and not found: {'; '.join(crisis.looked_for)}")


def _signals(page: Page, signals: Sequence[Row], most: int, where: str) -> None:
    for signal in signals[:most]:
        level = signal["level"]
        shown = f"{level.upper()} " if level in _STYLES else ""
        on = signal.get("on", "no date")
        page.item(f"{shown}{on}: {reason(signal)}", style=_STYLES.get(level, ""))
    page.more(len(signals) - most, where)
