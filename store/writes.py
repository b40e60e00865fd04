"""How is each kind of row written, many at a time?

Each function writes all items of its kind in the transaction of the group, in the order of their
keys, so that two processes never wait for each other crosswise, and returns one result for each.
What is there already stays as it is: nothing here changes a row, and only replay ids whose time
is over are deleted.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import Insert, Table, bindparam, delete, func, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncConnection

from store.rows import AuditRow
from store.seals import Chain
from store.shapes import Row, row_of_audit
from store.tables import (
    AUDIT,
    CORRECTIONS,
    FEEDBACK,
    QUIET_PERIODS,
    REPLAY_IDS,
    SHOWN_CARDS,
    fit,
)

_Insert = postgresql.Insert | sqlite.Insert

PRUNED_EVERY: Final = timedelta(seconds=10)
PRUNED_AT_ONCE: Final = 5_000
KEPT_LONGER: Final = timedelta(hours=1)
"""How long a replay id stays after its time: clocks of several workers may differ."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Use:
    """One use of a token, by its digest."""

    token: str
    until: datetime
    now: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Disclosure:
    """One audit row and the cards that go with it."""

    audit: AuditRow
    shown: Sequence[Row]


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """Feedback and quiet periods of one batch; a quiet period without a patient has "" there."""

    feedback: Sequence[Row]
    quiet: Sequence[Row]


class Uses:
    """Writes uses of tokens, and now and then deletes those whose time is over."""

    def __init__(self) -> None:
        """Nothing was pruned yet."""
        self._pruned_at: datetime | None = None

    async def write(self, connection: AsyncConnection, uses: Sequence[Use]) -> list[bool]:
        """Return which uses are the first of their token."""
        rows: dict[str, Row] = {}
        for use in sorted(uses, key=lambda use: use.token):
            rows.setdefault(use.token, {"token": use.token, "until": use.until})
        added = _adding(connection, REPLAY_IDS).returning(REPLAY_IDS.c.token)
        new = set((await connection.execute(added, list(rows.values()))).scalars())
        await self._prune(connection, max(use.now for use in uses))
        firsts: list[bool] = []
        for use in uses:
            firsts.append(use.token in new)
            new.discard(use.token)
        return firsts

    async def _prune(self, connection: AsyncConnection, now: datetime) -> None:
        if self._pruned_at is not None and now - self._pruned_at < PRUNED_EVERY:
            return
        self._pruned_at = now
        over = (
            select(REPLAY_IDS.c.token)
            .where(REPLAY_IDS.c.until < now - KEPT_LONGER)
            .order_by(REPLAY_IDS.c.token)
            .limit(PRUNED_AT_ONCE)
        )
        if connection.dialect.name == "postgresql":
            over = over.with_for_update(skip_locked=True)
        await connection.execute(delete(REPLAY_IDS).where(REPLAY_IDS.c.token.in_(over)))


class Disclosures:
    """Writes audit rows, as links of this process's chain, and the cards shown."""

    def __init__(self, chain: Chain) -> None:
        """Go on with this chain."""
        self._chain = chain

    async def write(
        self, connection: AsyncConnection, told: Sequence[Disclosure]
    ) -> Sequence[None]:
        """Write the audit rows in the order of the items; an event kept before is kept once.

        Among several such an event is refused, and met again by itself: then it changes nothing,
        but that the chain, which counted it, has to begin anew.
        """
        rows = [row_of_audit(link) for link in self._chain.add(one.audit for one in told)]
        if len(rows) == 1:
            added = _adding(connection, AUDIT).returning(AUDIT.c.id)
            if (await connection.execute(added, rows)).first() is None:
                self._chain.begin_anew()
        else:
            await connection.execute(AUDIT.insert(), rows)
        shown = sorted((row for one in told for row in one.shown), key=_of_card)
        if shown:
            await connection.execute(_adding(connection, SHOWN_CARDS), shown)
        return [None] * len(told)


async def write_told(
    connection: AsyncConnection, told: Sequence[Told]
) -> Sequence[tuple[bool, ...]]:
    """Write feedback and quiet periods; what was told before stands already.

    Return of each batch which of its feedback was not told before.
    """
    feedback = [row for one in told for row in one.feedback]
    new: set[tuple[str, str]] = set()
    if feedback:
        added = _adding(connection, FEEDBACK).returning(FEEDBACK.c.site, FEEDBACK.c.entry)
        found = await connection.execute(added, _by_entry(feedback))
        new = {(row.site, row.entry) for row in found}
    quiet = _by_entry([row for one in told for row in one.quiet])
    known = [row for row in quiet if row["patient"]]
    if known:
        await connection.execute(_adding(connection, QUIET_PERIODS), known)
    unknown = [
        {f"new_{name}": value for name, value in row.items()} for row in quiet if not row["patient"]
    ]
    if unknown:
        await connection.execute(_adding_for_the_cards_patient(connection), unknown)
    return [tuple(_is_first(row, new) for row in one.feedback) for one in told]


async def write_corrections(connection: AsyncConnection, rows: Sequence[Row]) -> list[bool]:
    """Return which corrections were made on the newest version of their field, and are kept."""
    kept: list[bool] = []
    for row in rows:
        newest = await connection.scalar(
            select(func.coalesce(func.max(CORRECTIONS.c.version), 0)).where(
                *(CORRECTIONS.c[name] == row[name] for name in ("site", "patient", "entry"))
            )
        )
        if row["version"] != (newest or 0) + 1:
            kept.append(False)
            continue
        added = _adding(connection, CORRECTIONS).returning(CORRECTIONS.c.id)
        kept.append((await connection.execute(added, row)).first() is not None)
    return kept


def _is_first(row: Row, new: set[tuple[str, str]]) -> bool:
    """Say whether a row is among the new ones, for the first time in this group."""
    key = fit(row["site"]), row["entry"]
    is_first = key in new
    new.discard(key)
    return is_first


def _of_card(row: Row) -> tuple[str, str]:
    return row["site"], row["card"]


def _by_entry(rows: Sequence[Row]) -> list[Row]:
    return sorted(rows, key=lambda row: (row["site"], row["entry"]))


def _adding(connection: AsyncConnection, table: Table) -> _Insert:
    """Return an insert that leaves what is there already as it is."""
    if connection.dialect.name == "postgresql":
        return postgresql.insert(table).on_conflict_do_nothing()
    return sqlite.insert(table).on_conflict_do_nothing()


def _adding_for_the_cards_patient(connection: AsyncConnection) -> Insert:
    """Return an insert of quiet periods for the patient each card was shown for, of its site."""
    names = [column.name for column in QUIET_PERIODS.c if column.name != "id"]
    values = [
        SHOWN_CARDS.c.patient
        if name == "patient"
        else bindparam(f"new_{name}", type_=QUIET_PERIODS.c[name].type)
        for name in names
    ]
    shown = select(*values).where(
        SHOWN_CARDS.c.site == bindparam("new_site", type_=SHOWN_CARDS.c.site.type),
        SHOWN_CARDS.c.card == bindparam("new_card", type_=SHOWN_CARDS.c.card.type),
    )
    return _adding(connection, QUIET_PERIODS).from_select(names, shown)
