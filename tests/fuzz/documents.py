"""Turns bytes into what a harness reads: a text, and a JSON value of FHIR's names and odd leaves.

The first line of the bytes is the text; the rest chooses, byte by byte, how the value is built.
"""

from collections.abc import Iterator
from typing import Any, Final

KEYS: Final = (
    "value", "unit", "code", "system", "coding", "display", "text", "repeat", "frequency",
    "frequencyMax", "period", "periodMax", "periodUnit", "when", "timeOfDay", "dayOfWeek",
    "boundsPeriod", "boundsDuration", "start", "end", "low", "high", "doseQuantity", "doseRange",
    "doseAndRate", "reference", "identifier", "id", "resourceType", "subject",
)  # fmt: skip
LEAVES: Final = (
    None, True, False, 0, 1, 2, 0.5, -1, 1e9, -1e-9, 10**400, 1e308, float("nan"), float("inf"),
    "", " ", "d", "h", "wk", "mo", "mg", "ug", "g", "{tbl}", "mL", "1", "1/2", "-3", "1e5", "2026",
    "2026-02", "2026-02-30", "2026-12-31T23:59:60+14:00", "0001-01-01", "9999-12-31", "HS", "MORN",
    "BID", "Patient/pt", "#x", "urn:uuid:x", "https://ehr.example.org/fhir/Patient/pt/_history/2",
)  # fmt: skip
_DEEPEST: Final = 6


def document(data: bytes) -> tuple[str, Any]:
    """Return the text and the value some bytes stand for."""
    written, _, rest = data.partition(b"\n")
    text = written.decode("utf-8", "replace")
    return text, _value(iter(rest), text, 0)


def _value(steps: Iterator[int], text: str, depth: int) -> Any:
    """Build one value: an object, an array, the text itself, a number, or an odd leaf."""
    step = next(steps, None)
    if step is None:
        return text
    kind, more = step % 8, step // 8
    if kind < 2 and depth < _DEEPEST:
        held = [(KEYS[next(steps, 0) % len(KEYS)], depth + 1) for _ in range(more % 4 + 1)]
        if kind == 0:
            return {key: _value(steps, text, below) for key, below in held}
        return [_value(steps, text, below) for _, below in held]
    if kind == 2:
        return text
    if kind == 3:
        return more * (next(steps, 0) - 128) / 10
    return LEAVES[(more + 32 * next(steps, 0)) % len(LEAVES)]
