"""The first tables: replay ids, audit, cards shown, feedback, quiet periods, corrections."""

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None

_ROW_ID = sa.BigInteger().with_variant(sa.Integer, "sqlite")
_MOMENT = sa.DateTime(timezone=True)
_DIGEST = sa.String(64)
_Kind = type[sa.types.TypeEngine[Any]] | sa.types.TypeEngine[Any]


def upgrade() -> None:
    """Make them."""
    _make_replay_ids()
    _make_audit()
    _make_shown_cards()
    _make_feedback()
    _make_quiet_periods()
    _make_corrections()
    op.create_table(
        "begun_with",
        sa.Column("what", sa.String(32), nullable=False),
        sa.Column("print", sa.LargeBinary(32), nullable=False),
        sa.PrimaryKeyConstraint("what", name="pk_begun_with"),
    )
    for table in ("audit", "corrections"):
        _refuse_changes(table)


def _column(name: str, kind: _Kind = sa.Text) -> sa.Column[Any]:
    return sa.Column(name, kind, nullable=False)


def _make_replay_ids() -> None:
    op.create_table(
        "replay_ids",
        _column("token", _DIGEST),
        _column("until", _MOMENT),
        sa.PrimaryKeyConstraint("token", name="pk_replay_ids"),
    )
    op.create_index("ix_replay_ids_until", "replay_ids", ["until"])


def _make_audit() -> None:
    op.create_table(
        "audit",
        sa.Column("id", _ROW_ID, autoincrement=True, nullable=False),
        _column("at", _MOMENT),
        _column("kind"),
        _column("site"),
        _column("event"),
        _column("patient"),
        _column("text"),
        _column("chain", sa.String(32)),
        _column("link", sa.Integer),
        _column("seal", _DIGEST),
        sa.PrimaryKeyConstraint("id", name="pk_audit"),
        sa.UniqueConstraint("chain", "link", name="uq_audit_chain_link"),
        sa.UniqueConstraint("site", "event", name="uq_audit_site_event"),
    )
    op.create_index("ix_audit_site_at", "audit", ["site", "at"])


def _make_shown_cards() -> None:
    op.create_table(
        "shown_cards",
        sa.Column("id", _ROW_ID, autoincrement=True, nullable=False),
        _column("site"),
        _column("card"),
        _column("at", _MOMENT),
        _column("patient", _DIGEST),
        _column("service"),
        _column("topic"),
        _column("indicator"),
        _column("facts"),
        _column("draft"),
        sa.PrimaryKeyConstraint("id", name="pk_shown_cards"),
        sa.UniqueConstraint("site", "card", name="uq_shown_cards_site_card"),
    )
    op.create_index("ix_shown_cards_site_patient_at", "shown_cards", ["site", "patient", "at"])


def _make_feedback() -> None:
    op.create_table(
        "feedback",
        sa.Column("id", _ROW_ID, autoincrement=True, nullable=False),
        _column("site"),
        _column("entry", _DIGEST),
        _column("at", _MOMENT),
        _column("service"),
        _column("card"),
        _column("outcome"),
        _column("outcome_at"),
        _column("suggestions"),
        _column("reason_system"),
        _column("reason_code"),
        _column("comment"),
        sa.PrimaryKeyConstraint("id", name="pk_feedback"),
        sa.UniqueConstraint("site", "entry", name="uq_feedback_site_entry"),
    )


def _make_quiet_periods() -> None:
    op.create_table(
        "quiet_periods",
        sa.Column("id", _ROW_ID, autoincrement=True, nullable=False),
        _column("site"),
        _column("entry", _DIGEST),
        _column("patient", _DIGEST),
        _column("topic"),
        _column("until", _MOMENT),
        _column("reason"),
        _column("facts"),
        _column("card"),
        sa.PrimaryKeyConstraint("id", name="pk_quiet_periods"),
        sa.UniqueConstraint("site", "entry", name="uq_quiet_periods_site_entry"),
    )
    op.create_index(
        "ix_quiet_periods_site_patient_until", "quiet_periods", ["site", "patient", "until"]
    )


def _make_corrections() -> None:
    op.create_table(
        "corrections",
        sa.Column("id", _ROW_ID, autoincrement=True, nullable=False),
        _column("site"),
        _column("patient", _DIGEST),
        _column("entry", _DIGEST),
        _column("version", sa.Integer),
        _column("at", _MOMENT),
        _column("trial"),
        _column("field"),
        _column("author"),
        _column("text"),
        sa.PrimaryKeyConstraint("id", name="pk_corrections"),
        sa.UniqueConstraint(
            *("site", "patient", "entry", "version"),
            name="uq_corrections_site_patient_entry_version",
        ),
    )


def _refuse_changes(table: str) -> None:
    """Let the database refuse to change or delete a row of an append-only table."""
    if op.get_bind().dialect.name == "sqlite":
        for what in ("UPDATE", "DELETE"):
            op.execute(
                f"CREATE TRIGGER {table}_no_{what.lower()} BEFORE {what} ON {table}"
                f" BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END"
            )
        return
    op.execute(
        f"CREATE FUNCTION {table}_is_append_only() RETURNS trigger LANGUAGE plpgsql AS"
        f" $$ BEGIN RAISE EXCEPTION '{table} is append-only'; END $$"
    )
    op.execute(
        f"CREATE TRIGGER {table}_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON {table}"
        f" FOR EACH STATEMENT EXECUTE FUNCTION {table}_is_append_only()"
    )
