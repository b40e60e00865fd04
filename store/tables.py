"""In which tables does it stand?

The state after the newest migration; a test compares the two. Every table but the replay ids has
the site in its key, and every query names it. A patient stands as a keyed hash, but in the audit.
Keys over text of any length are digests, so that no text is too long for an index. Tables marked
append-only have triggers in the database that refuse an update or a deletion.
"""

from datetime import UTC, datetime
from typing import Final

from sqlalchemy import (
    BigInteger,
    Column,
    DateTime,
    Dialect,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    Text,
    TypeDecorator,
    UniqueConstraint,
)

_NAMES: Final = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "pk": "pk_%(table_name)s",
}
METADATA: Final = MetaData(naming_convention=_NAMES)


class Moment(TypeDecorator[datetime]):
    """A moment in UTC. SQLite keeps no zone, so it is taken off and put back."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Refuse a moment without a zone: it would be somebody's local time."""
        if value is None:
            return None
        if value.utcoffset() is None:
            raise ValueError("a moment without a zone")
        return value.astimezone(UTC).replace(tzinfo=None if dialect.name == "sqlite" else UTC)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Say that it is UTC."""
        del dialect
        return None if value is None else value.astimezone(UTC) if value.tzinfo else _utc(value)


def _utc(value: datetime) -> datetime:
    return value.replace(tzinfo=UTC)


class Words(TypeDecorator[str]):
    """Text from outside: what PostgreSQL cannot hold (NUL, half a surrogate pair) becomes U+FFFD.

    The same on both engines, in what is written and in what is asked for.
    """

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: str | None, dialect: Dialect) -> str | None:
        """Replace what has no place in UTF-8 text."""
        del dialect
        return None if value is None else fit(value)


def fit(text: str) -> str:
    """Return text as it is kept: without NUL and without half a surrogate pair."""
    if text.isascii() and "\0" not in text:
        return text
    read_again = text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    return read_again.replace("\0", "\ufffd")


_DIGEST: Final = String(64)
_ROW_ID: Final = BigInteger().with_variant(Integer, "sqlite")


def _id() -> Column[int]:
    return Column("id", _ROW_ID, primary_key=True, autoincrement=True)


def _words(name: str) -> Column[str]:
    return Column(name, Words, nullable=False)


def _digest(name: str) -> Column[str]:
    return Column(name, _DIGEST, nullable=False)


def _moment(name: str) -> Column[datetime]:
    return Column(name, Moment, nullable=False)


REPLAY_IDS: Final = Table(
    "replay_ids",
    METADATA,
    Column("token", _DIGEST, primary_key=True),
    _moment("until"),
    Index(None, "until"),
)
"""Tokens used: a digest of issuer and jti, and until when the token could be used again."""

AUDIT: Final = Table(
    "audit",
    METADATA,
    _id(),
    _moment("at"),
    _words("kind"),
    _words("site"),
    _words("event"),
    _words("patient"),
    _words("text"),
    Column("chain", String(32), nullable=False),
    Column("link", Integer, nullable=False),
    _digest("seal"),
    UniqueConstraint("chain", "link"),
    UniqueConstraint("site", "event"),
    Index(None, "site", "at"),
)
"""Audit events, append-only. ``chain``, ``link`` and ``seal``: see store/seals.py."""

SHOWN_CARDS: Final = Table(
    "shown_cards",
    METADATA,
    _id(),
    _words("site"),
    _words("card"),
    _moment("at"),
    _digest("patient"),
    _words("service"),
    _words("topic"),
    _words("indicator"),
    _words("facts"),
    _words("draft"),
    UniqueConstraint("site", "card"),
    Index(None, "site", "patient", "at"),
)
"""Cards sent: which, when, about what. No text of a card and no patient is in it."""

FEEDBACK: Final = Table(
    "feedback",
    METADATA,
    _id(),
    _words("site"),
    _digest("entry"),
    _moment("at"),
    _words("service"),
    _words("card"),
    _words("outcome"),
    _words("outcome_at"),
    _words("suggestions"),
    _words("reason_system"),
    _words("reason_code"),
    _words("comment"),
    UniqueConstraint("site", "entry"),
)
"""Feedback. ``entry`` is a digest of what makes it the same feedback; ``comment`` is sealed."""

QUIET_PERIODS: Final = Table(
    "quiet_periods",
    METADATA,
    _id(),
    _words("site"),
    _digest("entry"),
    _digest("patient"),
    _words("topic"),
    _moment("until"),
    _words("reason"),
    _words("facts"),
    _words("card"),
    UniqueConstraint("site", "entry"),
    Index(None, "site", "patient", "until"),
)
"""Quiet periods. ``entry`` is a digest of card, topic and reason: resent feedback adds none."""

CORRECTIONS: Final = Table(
    "corrections",
    METADATA,
    _id(),
    _words("site"),
    _digest("patient"),
    _digest("entry"),
    Column("version", Integer, nullable=False),
    _moment("at"),
    _words("trial"),
    _words("field"),
    _words("author"),
    _words("text"),
    UniqueConstraint("site", "patient", "entry", "version"),
)
"""Corrections, append-only. ``entry`` is a digest of trial and field; ``text`` is sealed."""

BEGUN_WITH: Final = Table(
    "begun_with",
    METADATA,
    Column("what", String(32), primary_key=True),
    Column("print", LargeBinary(32), nullable=False),
)
"""A fingerprint of the lookup key: with another key nothing kept would ever be found."""

APPEND_ONLY: Final = (AUDIT.name, CORRECTIONS.name)
"""The tables of which no row is ever changed or deleted."""
