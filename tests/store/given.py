"""Rows as the doors give them, of invented hospitals and patients; and raw looks at a database."""

import json
import sqlite3
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import psycopg
from sqlalchemy import make_url

from store.keys import KeyRing
from store.rows import AuditRow, Correction, FeedbackRow, QuietPeriod, ShownCard

NOW = datetime(2026, 11, 24, 12, 0, 0, 250_000, tzinfo=UTC)
LATER = NOW + timedelta(minutes=15)
KEYS = KeyRing.new(NOW)
NORTH, SOUTH = "north-hospital", "south-hospital"


def audit(number: int = 1, **changes: Any) -> AuditRow:
    """Return an audit row that tells its number."""
    text = json.dumps({"number": number}).encode()
    row = AuditRow(at=NOW, kind="advice", site=NORTH, patient="Patient/1", text=text)
    return replace(row, **changes)


def card(uuid: str = "card-1", **changes: Any) -> ShownCard:
    """Return a card shown for patient 1."""
    row = ShownCard(
        card=uuid,
        at=NOW,
        site=NORTH,
        patient="1",
        service="trd-review",
        topic="trdNextStep",
        indicator="info",
        facts="ab12",
        draft="MedicationRequest/draft-1",
    )
    return replace(row, **changes)


def feedback(uuid: str = "card-1", **changes: Any) -> FeedbackRow:
    """Return an override of a card."""
    row = FeedbackRow(
        at=NOW,
        site=NORTH,
        service="trd-review",
        card=uuid,
        outcome="overridden",
        outcome_at="2026-11-24T06:00:00-06:00",
        reason_system="https://thirdline.example.org/reasons",
        reason_code="patient-declined",
    )
    return replace(row, **changes)


def quiet(uuid: str = "card-1", **changes: Any) -> QuietPeriod:
    """Return a quiet period of the patient a card was shown for."""
    row = QuietPeriod(
        site=NORTH,
        patient="",
        topic="trdNextStep",
        until=NOW + timedelta(days=90),
        reason="patient-declined",
        facts="ab12",
        card=uuid,
    )
    return replace(row, **changes)


def correction(version: int = 1, **changes: Any) -> Correction:
    """Return a correction of an outcome."""
    row = Correction(
        at=NOW,
        site=NORTH,
        patient="1",
        trial="36437 MedicationRequest/7",
        field="outcome",
        author="Practitioner/1",
        text='{"from": "unknown", "to": "inefficacy"}',
        version=version,
    )
    return replace(row, **changes)


def ask(url: str, sql: str) -> list[tuple[Any, ...]]:
    """Return what a database answers to SQL of ours, asked past the store."""
    address = make_url(url)
    if address.drivername.startswith("sqlite"):
        assert address.database
        with closing(sqlite3.connect(address.database)) as connection, connection:
            return connection.execute(sql).fetchall()
    plain = address.set(drivername="postgresql").render_as_string(hide_password=False)
    with psycopg.connect(plain) as server:
        answer = server.execute(sql.encode())
        return answer.fetchall() if answer.description else []
