"""How does a row we are given stand in its table, and how is it given back?

Patients become keyed hashes, comments and texts are sealed for the row they stand in, and what
makes a row the same as one before becomes a digest. Pure functions.
"""

import json
from collections.abc import Mapping
from typing import Any

from store.keys import KeyRing, digest
from store.rows import AuditRow, Correction, FeedbackRow, QuietPeriod, ShownCard
from store.seals import Sealed
from store.tables import fit

Row = dict[str, Any]

_CARD = ("card", "at", "site", "service", "topic", "indicator", "facts", "draft")
_FEEDBACK = (
    *("at", "site", "service", "card", "outcome", "outcome_at"),
    *("reason_system", "reason_code"),
)
_AUDIT = ("at", "kind", "site", "event", "patient")
_SEAL = ("chain", "link", "seal")
_QUIET = ("site", "topic", "until", "reason", "facts", "card")
_CORRECTION = ("at", "site", "trial", "field", "author", "version")


def row_of_card(card: ShownCard, keys: KeyRing) -> Row:
    """Return a card shown as its table's row."""
    return _told(card, _CARD) | {"patient": keys.hashed(card.site, card.patient)}


def card_of_row(row: Mapping[str, Any], patient: str) -> ShownCard:
    """Return a card shown for the patient it was asked for, "" where it was asked for by uuid."""
    return ShownCard(patient=patient, **_kept(row, _CARD))


def row_of_feedback(told: FeedbackRow, keys: KeyRing) -> Row:
    """Return feedback as its table's row. Received again, it is the same entry."""
    suggestions = json.dumps(told.suggestions)
    reason = (told.reason_system, told.reason_code)
    entry = digest(told.card, told.outcome, told.outcome_at, suggestions, *reason)
    row = _told(told, _FEEDBACK) | {"entry": entry, "suggestions": suggestions, "comment": ""}
    if told.comment:
        row["comment"] = keys.seal(told.comment, _place_of_comment(row))
    return row


def feedback_of_row(row: Mapping[str, Any], keys: KeyRing) -> FeedbackRow:
    """Return feedback as it was received."""
    comment = row["comment"]
    return FeedbackRow(
        suggestions=tuple(json.loads(row["suggestions"])),
        comment=keys.unseal(comment, _place_of_comment(row)) if comment else "",
        **_kept(row, _FEEDBACK),
    )


def row_of_quiet(period: QuietPeriod, keys: KeyRing) -> Row:
    """Return a quiet period as its table's row; its patient is "" where the card has to tell."""
    patient = keys.hashed(period.site, period.patient) if period.patient else ""
    entry = digest(period.card, period.topic, period.reason)
    return _told(period, _QUIET) | {"entry": entry, "patient": patient}


def quiet_of_row(row: Mapping[str, Any], patient: str) -> QuietPeriod:
    """Return a quiet period of the patient it was asked for."""
    return QuietPeriod(patient=patient, **_kept(row, _QUIET))


def row_of_correction(correction: Correction, keys: KeyRing) -> Row:
    """Return a correction as its table's row. Versions count per trial and field."""
    row = _told(correction, _CORRECTION) | {
        "patient": keys.hashed(correction.site, correction.patient),
        "entry": digest(correction.trial, correction.field),
    }
    return row | {"text": keys.seal(correction.text, _place_of_text(row))}


def correction_of_row(row: Mapping[str, Any], patient: str, keys: KeyRing) -> Correction:
    """Return a correction of the patient it was asked for."""
    text = keys.unseal(row["text"], _place_of_text(row))
    return Correction(patient=patient, text=text, **_kept(row, _CORRECTION))


def row_of_audit(sealed: Sealed) -> Row:
    """Return an audit row with its seal as its table's row."""
    row = _told(sealed.row, _AUDIT) | _told(sealed, _SEAL)
    return row | {"text": sealed.row.text.decode()}


def audit_of_row(row: Mapping[str, Any]) -> Sealed:
    """Return an audit row with its seal."""
    told = AuditRow(text=row["text"].encode(), **_kept(row, _AUDIT))
    return Sealed(row=told, **_kept(row, _SEAL))


def _told(row: object, names: tuple[str, ...]) -> Row:
    return {name: getattr(row, name) for name in names}


def _kept(row: Mapping[str, Any], names: tuple[str, ...]) -> Row:
    return {name: row[name] for name in names}


def _place_of_comment(row: Mapping[str, Any]) -> tuple[str, ...]:
    return ("feedback", "comment", fit(row["site"]), row["entry"])


def _place_of_text(row: Mapping[str, Any]) -> tuple[str, ...]:
    place = (fit(row["site"]), row["patient"], row["entry"], str(row["version"]))
    return ("corrections", "text", *place)
