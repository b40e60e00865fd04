"""How deep is a JSON text?

Deep nesting is a way to exhaust a reader. It is seen in the text, before anything follows it down.
"""

import re
from itertools import accumulate
from typing import Final

DEEPEST: Final = 64
"""Levels that are read, of what arrives with a call and of what an EHR answers."""

_BRACKETS: Final = b'"{}[]'
_NOT_OPENING: Final = bytes(byte for byte in range(256) if byte not in b"{[")
_NOT_BRACKETS: Final = bytes(byte for byte in range(256) if byte not in _BRACKETS)
_ROUND: Final = bytes.maketrans(b"{}[]", b"()()")
_MANY: Final = 200_000
_STEPS: Final = bytes.maketrans(b"()", b"\x01\xff")
"""One level up and, as a signed byte, one down."""
_STRING: Final = re.compile(rb'"[^"]*"')


def is_deeper(text: bytes, levels: int = DEEPEST) -> bool:
    """Say whether valid JSON has more levels than allowed; brackets in strings do not count.

    Brackets and quotes are kept, strings are taken out, then innermost pairs, level by level; of
    very many brackets the levels are counted one by one, which takes the same time for any nesting.
    """
    if len(text.translate(None, _NOT_OPENING)) <= levels:
        return False
    if b"\\" in text:
        text = text.replace(b"\\\\", b"").replace(b'\\"', b"")
    kept = text.translate(_ROUND, _NOT_BRACKETS).replace(b'""', b"")
    if b'"' in kept:
        kept = _STRING.sub(b"", kept)
    if len(kept) > _MANY:
        steps = memoryview(kept.translate(_STEPS)).cast("b")
        return max(accumulate(steps)) > levels
    too_deep = b"(" * (levels + 1)
    for _ in range(levels):
        if not kept:
            return False
        if too_deep in kept:
            return True
        kept = kept.replace(b"()", b"")
    return bool(kept)
