"""How is a reason said, with the resources it rests on?

Evidence of many resources is counted, so that a long history stays readable.
"""

from collections.abc import Mapping, Sequence
from typing import Any, Final

Row = Mapping[str, Any]
"""One row of a written assessment."""

_SHOWN: Final = 6
FEW_SHOWN: Final = 3
"""As many examples as a line needs that stands for a whole group of rows."""


def named(evidence: Sequence[str], most: int = _SHOWN) -> str:
    """Return the resources in brackets, the first ones by name; "" where there are none."""
    more = len(evidence) - most
    rest = f" and {more} more" if more > 0 else ""
    return f"[{', '.join(evidence[:most])}{rest}]" if evidence else ""


def reason(row: Row) -> str:
    """Return a row's reason with the resources it rests on."""
    said = (str(row.get("because", "")), named(row.get("evidence") or ()))
    return " ".join(part for part in said if part)


def titled(text: str, *, is_complete: bool) -> str:
    """Return a heading; where a read is incomplete it says what all below it holds for."""
    return text if is_complete else f"{text} (in what was read)"
