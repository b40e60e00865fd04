"""What do we keep, and what of it is found again?

One store per process, over one database that several processes may share. Patients go in by site
and id and are found by nothing else; what belongs to another site is as if it were not there.
Every method raises StoreError, and then nothing it was asked for may be taken as absent.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from contextlib import AsyncExitStack
from datetime import datetime
from typing import Any, Final

from sqlalchemy import Select, Table, func, select, tuple_

from store.engine import Engines, open_engines
from store.errors import StaleVersion
from store.keys import KeyRing, digest
from store.migrate import check_database, upgrade
from store.outage import heard
from store.rows import AuditRow, Correction, FeedbackRow, QuietPeriod, ShownCard
from store.seals import Chain, Check
from store.shapes import (
    Row,
    audit_of_row,
    card_of_row,
    correction_of_row,
    feedback_of_row,
    quiet_of_row,
    row_of_card,
    row_of_correction,
    row_of_feedback,
    row_of_quiet,
)
from store.tables import AUDIT, CORRECTIONS, FEEDBACK, QUIET_PERIODS, SHOWN_CARDS
from store.writer import Writer
from store.writes import Disclosure, Disclosures, Told, Use, Uses, write_corrections, write_told

PATIENCE_S: Final = 1.5
"""How long a caller waits for the database, in seconds."""
AT_ONCE: Final = 500
"""How many rows of the audit are checked at a time."""
OPENING_S: Final = 10.0
"""The same at the start of the program."""


async def open_store(
    url: str, keys: KeyRing, *, migrate: bool, patience_s: float = PATIENCE_S
) -> "Store":
    """Open the store of a database URL, made or upgraded first where ``migrate`` says so.

    ``patience_s`` is how long a caller waits for the database, in seconds.

    StoreError: the database is not reached, its schema is newer than this program or (without
    ``migrate``) older, or it was begun with another key file.
    """
    engines = open_engines(url)
    async with AsyncExitStack() as failing:
        failing.push_async_callback(engines.close)
        if migrate:
            await upgrade(engines.writes, keys)
        await check_database(engines.reads, keys, OPENING_S)
        failing.pop_all()
    return Store(engines, keys, patience_s)


class Store:
    """The store of one process. Made by ``open_store``."""

    def __init__(self, engines: Engines, keys: KeyRing, patience_s: float) -> None:
        """Take over open pools; ``close`` closes them."""
        self._engines = engines
        self._keys = keys
        self._patience_s = patience_s
        chain = Chain(keys)
        self._uses = Uses()
        self._disclosures = Disclosures(chain)
        self._writer = Writer(engines.writes, patience_s, on_doubt=chain.begin_anew)

    async def first_use(self, issuer: str, jti: str, until: datetime, now: datetime) -> bool:
        """Say whether a token is used for the first time, over all workers and restarts.

        ``until`` is when it can no longer be used; a token of the past has no first use.
        """
        if until <= now:
            return False
        use = Use(token=digest(issuer, jti), until=until, now=now)
        return await self._writer.keep(self._uses.write, use)

    async def record(self, audit: AuditRow, shown: Sequence[ShownCard] = ()) -> None:
        """Keep an audit row and the cards it speaks of: all of it, or none."""
        rows = [row_of_card(card, self._keys) for card in shown]
        await self._writer.keep(self._disclosures.write, Disclosure(audit=audit, shown=rows))

    async def keep_feedback(
        self, rows: Sequence[FeedbackRow], quiet: Sequence[QuietPeriod] = ()
    ) -> Sequence[FeedbackRow]:
        """Keep feedback and quiet periods: all or none, and once however often they are told.

        Return the feedback that was not kept before.

        A quiet period without a patient is of the patient its card was shown for; of a card that
        was not shown at this site there is none.
        """
        told = Told(
            feedback=[row_of_feedback(row, self._keys) for row in rows],
            quiet=[row_of_quiet(period, self._keys) for period in quiet],
        )
        new = await self._writer.keep(write_told, told)
        return [row for row, is_new in zip(rows, new, strict=True) if is_new]

    async def shown_before(self, site: str, patient: str, since: datetime) -> Sequence[ShownCard]:
        """Return the cards shown for a patient at or after a moment, the oldest first."""
        cards = SHOWN_CARDS.c
        asked = select(SHOWN_CARDS).where(cards.at >= since).order_by(cards.at, cards.id)
        found = await self._of_patient(SHOWN_CARDS, asked, site, patient)
        return [card_of_row(row, patient) for row in found]

    async def shown_card(self, site: str, card: str) -> ShownCard | None:
        """Return a card shown at this site, without its patient; None where none has this uuid."""
        cards = SHOWN_CARDS.c
        asked = select(SHOWN_CARDS).where(cards.site == site, cards.card == card)
        found = await self._found(asked)
        return card_of_row(found[0], "") if found else None

    async def quiet_periods(self, site: str, patient: str, now: datetime) -> Sequence[QuietPeriod]:
        """Return the quiet periods of a patient that are not over, the first to end first."""
        periods = QUIET_PERIODS.c
        asked = select(QUIET_PERIODS).where(periods.until > now)
        asked = asked.order_by(periods.until, periods.id)
        found = await self._of_patient(QUIET_PERIODS, asked, site, patient)
        return [quiet_of_row(row, patient) for row in found]

    async def corrections(self, site: str, patient: str) -> Sequence[Correction]:
        """Return every correction of a patient, in the order they were made."""
        asked = select(CORRECTIONS).order_by(CORRECTIONS.c.id)
        found = await self._of_patient(CORRECTIONS, asked, site, patient)
        return [correction_of_row(row, patient, self._keys) for row in found]

    async def correct(self, row: Correction) -> None:
        """Append a correction: version 1 of its trial's field, or one more than the newest.

        StaleVersion: the field was corrected meanwhile; nothing was kept.
        """
        if not await self._writer.keep(write_corrections, row_of_correction(row, self._keys)):
            raise StaleVersion("stale-version")

    async def feedback(self, site: str, card: str) -> Sequence[FeedbackRow]:
        """Return the feedback to a card of this site, in the order it came."""
        told = FEEDBACK.c
        asked = select(FEEDBACK).where(told.site == site, told.card == card).order_by(told.id)
        return [feedback_of_row(row, self._keys) for row in await self._found(asked)]

    async def broken_links(self) -> Sequence[tuple[str, int]]:
        """Return (chain, number) of every audit row that was changed, put in, or misses the last.

        Reads the whole audit; for an operator, not for a request.
        """
        check, broken = Check(self._keys), list[tuple[str, int]]()
        place = tuple_(AUDIT.c.chain, AUDIT.c.link)
        asked = select(AUDIT).order_by(AUDIT.c.chain, AUDIT.c.link).limit(AT_ONCE)
        rows = await self._found(asked)
        while rows:
            links = [audit_of_row(row) for row in rows]
            broken += [(one.chain, one.link) for one in links if not check.holds(one)]
            rows = await self._found(asked.where(place > (links[-1].chain, links[-1].link)))
        return broken

    async def rows_by_key(self) -> Mapping[str, int]:
        """Count the sealed texts by the id of their key: a key of which there are any is needed."""
        counted: Counter[str] = Counter()
        for sealed in (FEEDBACK.c.comment, CORRECTIONS.c.text):
            for key in self._keys.keys:
                start = sealed.startswith(f"{key.id}:", autoescape=True)
                asked = select(func.count().label("rows")).where(start)
                counted[key.id] += (await self._found(asked))[0]["rows"]
        return counted

    async def check(self) -> None:
        """Say that the database answers, and that this program and these keys belong to it."""
        await check_database(self._engines.reads, self._keys, self._patience_s)

    async def close(self) -> None:
        """Write what waits, then let go of the database."""
        await self._writer.close()
        await self._engines.close()

    async def _of_patient(
        self, table: Table, asked: Select[Any], site: str, patient: str
    ) -> Sequence[Row]:
        key = self._keys.hashed(site, patient)
        return await self._found(asked.where(table.c.site == site, table.c.patient == key))

    async def _found(self, asked: Select[Any]) -> Sequence[Row]:
        return await heard(self._rows(asked), self._patience_s)

    async def _rows(self, asked: Select[Any]) -> Sequence[Row]:
        async with self._engines.reads.connect() as connection:
            return [dict(row) for row in (await connection.execute(asked)).mappings()]
