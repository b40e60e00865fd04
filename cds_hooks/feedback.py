"""What did a reader do with our cards?

The body of a feedback call, entry by entry: the standard's shape and Epic's (``overrideReasons``,
an object; the reason perhaps in its extension; card ids that are no UUIDs). Good entries are kept
beside bad ones, and a bad one is named by its index. Unknown members are ignored; what is kept of
an entry is bounded. A comment is a person's free text: nothing here repeats it.
"""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final

from cds_hooks.body import read_json
from cds_hooks.errors import BadRequest, TooLarge
from store.rows import FeedbackRow

LARGEST_BYTES: Final = 512 * 1024
MOST_ENTRIES: Final = 1_000
LONGEST_COMMENT: Final = 16_384
EPIC_REASON: Final = "com.epic.cdshooks.feedback.overrideReason"

LONGEST_ID: Final = 255
LONGEST_TEXT: Final = 1_024
MOST_SUGGESTIONS: Final = 50
A_SIGN: Final = r"[^\x00-\x20\x7f-\xa0]"
"""Of what a text has at least one: neither a blank nor a control character."""
_A_SIGN: Final = re.compile(A_SIGN)
_ACCEPTED: Final = "accepted"
_OUTCOMES: Final = frozenset({_ACCEPTED, "overridden"})
_MOMENT: Final = re.compile(
    r"(\d{4}-\d\d-\d\d)[Tt](\d\d:\d\d:\d\d)(\.\d{1,30})?(?:[Zz]|([+-]\d\d:\d\d))", re.ASCII
)
_FRACTION: Final = 7
"""A point and the six digits a moment keeps."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Received:
    """What one call brings: the rows to keep, and what is wrong with the other entries."""

    rows: tuple[FeedbackRow, ...]
    wrong: tuple[str, ...]


class _BadEntryError(Exception):
    """An entry that is not kept; ``place`` and ``said`` repeat nothing of it."""


def read_feedback(body: bytes, site: str, service: str, now: datetime) -> Received:
    """Return what a body reports; raise BadRequest where it is no list of feedback at all."""
    value = read_json(body)
    _check_named_once(body)
    entries = value.get("feedback")
    if not isinstance(entries, list):
        raise BadRequest("feedback: a list is required")
    if len(entries) > MOST_ENTRIES:
        raise TooLarge(f"feedback: more than {MOST_ENTRIES} entries")
    rows: list[FeedbackRow] = []
    wrong: list[str] = []
    for at, entry in enumerate(entries):
        try:
            rows.append(_row(entry, site, service, now))
        except _BadEntryError as bad:
            wrong.append(f"feedback[{at}]{bad}")
    return Received(rows=tuple(rows), wrong=tuple(wrong))


def moment(text: str) -> datetime | None:
    """Return the moment of an RFC 3339 text in UTC, None where it is none or has no zone."""
    found = _MOMENT.fullmatch(text)
    if not found:
        return None
    day, clock, fraction, zone = found.groups()
    clock = clock.replace(":60", ":59") if clock.endswith(":60") else clock
    fraction = f"{(fraction or '.0')[:_FRACTION]:0<{_FRACTION}}"
    try:
        return datetime.fromisoformat(f"{day}T{clock}{fraction}{zone or '+00:00'}").astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def _check_named_once(body: bytes) -> None:
    """Refuse an object that names one member twice: two readers could see two outcomes."""

    def pairs(found: list[tuple[str, Any]]) -> dict[str, Any]:
        named = dict(found)
        if len(named) < len(found):
            raise BadRequest("body: a member is named twice")
        return named

    json.loads(body, object_pairs_hook=pairs)


def _row(entry: object, site: str, service: str, now: datetime) -> FeedbackRow:
    if not isinstance(entry, dict):
        raise _BadEntryError(": an object is required")
    card = _text(entry, "card", LONGEST_ID)
    outcome = _text(entry, "outcome", LONGEST_ID)
    if outcome not in _OUTCOMES:
        raise _BadEntryError(".outcome: accepted or overridden is required")
    outcome_at = _text(entry, "outcomeTimestamp", LONGEST_ID)
    if moment(outcome_at) is None:
        raise _BadEntryError(".outcomeTimestamp: a moment with its zone is required (RFC 3339)")
    suggestions = _suggestions(entry.get("acceptedSuggestions"))
    if outcome == _ACCEPTED and not suggestions:
        raise _BadEntryError(".acceptedSuggestions: required where the outcome is accepted")
    system, code, comment = _reason(entry)
    return FeedbackRow(
        at=now,
        site=site,
        service=service,
        card=card,
        outcome=outcome,
        outcome_at=outcome_at,
        suggestions=suggestions,
        reason_system=system,
        reason_code=code,
        comment=comment,
    )


def _text(held: Mapping[str, Any], member: str, longest: int, place: str = "") -> str:
    """Return a text that is required and bounded."""
    value = held.get(member)
    if not isinstance(value, str) or not _A_SIGN.search(value):
        raise _BadEntryError(f"{place}.{member}: a text is required")
    return _bounded(value, longest, f"{place}.{member}")


def _bounded(value: str, longest: int, place: str) -> str:
    if len(value) > longest:
        raise _BadEntryError(f"{place}: longer than {longest} characters")
    if "\0" in value:
        raise _BadEntryError(f"{place}: holds a NUL")
    return value


def _suggestions(value: object) -> tuple[str, ...]:
    place = ".acceptedSuggestions"
    if value is None:
        return ()
    if not isinstance(value, list) or len(value) > MOST_SUGGESTIONS:
        raise _BadEntryError(f"{place}: a list of at most {MOST_SUGGESTIONS} is required")
    if not all(isinstance(one, dict) for one in value):
        raise _BadEntryError(f"{place}: objects with an id are required")
    return tuple(_text(one, "id", LONGEST_ID, place) for one in value)


def _reason(entry: Mapping[str, Any]) -> tuple[str, str, str]:
    """Return system and code of the reason, and the comment; "" where there is none."""
    found = []
    for member in ("overrideReason", "overrideReasons"):
        value = entry.get(member)
        if value is not None and not isinstance(value, dict):
            raise _BadEntryError(f".{member}: an object is required")
        found.append(_coded(value or {}, f".{member}"))
    return next((told for told in found if any(told)), ("", "", ""))


def _coded(told: Mapping[str, Any], place: str) -> tuple[str, str, str]:
    comment = _optional(told, "userComment", LONGEST_COMMENT, place)
    reason = told.get("reason")
    if isinstance(reason, dict):
        system = _optional(reason, "system", LONGEST_TEXT, f"{place}.reason")
        code = _optional(reason, "code", LONGEST_ID, f"{place}.reason")
        if code:
            return system, code, comment
        return "", "", _with(_optional(reason, "display", LONGEST_TEXT, place), comment)
    if reason is not None:
        raise _BadEntryError(f"{place}.reason: an object is required")
    return _of_extension(told.get("extension"), comment, place)


def _of_extension(extension: object, comment: str, place: str) -> tuple[str, str, str]:
    """Return what Epic tells of a reason in its extension: a category, and words for it."""
    if not isinstance(extension, dict):
        return "", "", comment
    category = _optional(extension, f"{EPIC_REASON}.reasonCategory", LONGEST_ID, place)
    display = _optional(extension, f"{EPIC_REASON}.reasonDisplay", LONGEST_TEXT, place)
    title = _optional(extension, f"{EPIC_REASON}.reasonTitle", LONGEST_TEXT, place)
    system = f"{EPIC_REASON}.reasonCategory" if category else ""
    return system, category, _with(display or title, comment)


def _with(words: str, comment: str) -> str:
    return "\n".join(part for part in (words, comment) if part)


def _optional(held: Mapping[str, Any], member: str, longest: int, place: str) -> str:
    value = held.get(member)
    if value is None:
        return ""
    if not isinstance(value, str):
        raise _BadEntryError(f"{place}.{member}: not a text")
    return _bounded(value, longest, f"{place}.{member}")
