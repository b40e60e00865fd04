"""Was the audit changed after it was written?

Each process writes a chain of its own, so that several need not wait for each other: every row has
the chain's name, its number in it, and a seal, the keyed hash of the row and of the seal before it.
A row changed, removed from the middle or put in breaks a chain. The last rows of a chain can be cut
off unseen; a copy elsewhere (the audit file) shows that. After a write of unknown end a new chain
begins.
"""

import hmac
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Final
from uuid import uuid4

from store.keys import KeyRing
from store.rows import AuditRow
from store.tables import fit

BEGINNING: Final = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sealed:
    """One audit row with its place in its chain."""

    row: AuditRow
    chain: str
    link: int
    seal: str


class Chain:
    """The chain this process writes."""

    def __init__(self, keys: KeyRing) -> None:
        """Begin a chain; it is in the database once its first row is."""
        self._keys = keys
        self.begin_anew()

    def begin_anew(self) -> None:
        """Leave the chain as it stands: nobody knows whether its last row was kept."""
        self._chain = uuid4().hex
        self._link = 0
        self._seal = BEGINNING

    def add(self, rows: Iterable[AuditRow]) -> list[Sealed]:
        """Return rows as the next links. If they are not kept, the chain has to begin anew."""
        sealed: list[Sealed] = []
        for told in rows:
            row = told if told.event else replace(told, event=uuid4().hex)
            self._link += 1
            self._seal = seal_of(self._keys, row, self._chain, self._link, self._seal)
            sealed.append(Sealed(row=row, chain=self._chain, link=self._link, seal=self._seal))
        return sealed


def seal_of(keys: KeyRing, row: AuditRow, chain: str, link: int, before: str) -> str:
    """Return the seal of a row: of all it says, its place, and the seal before it."""
    told = (fit(part) for part in (row.kind, row.site, row.event, row.patient, row.text.decode()))
    return keys.hashed("audit", chain, str(link), before, _moment(row.at), *told)


class Check:
    """Follows chains link by link. Rows come ordered by chain and number."""

    def __init__(self, keys: KeyRing) -> None:
        """Nothing was seen yet."""
        self._keys = keys
        self._chain, self._link, self._seal = "", 0, BEGINNING

    def holds(self, one: Sealed) -> bool:
        """Say whether a row follows from the one before; go on from it in either case."""
        if one.chain != self._chain:
            self._chain, self._link, self._seal = one.chain, 0, BEGINNING
        seal = seal_of(self._keys, one.row, one.chain, one.link, self._seal)
        is_next = one.link == self._link + 1
        self._link, self._seal = one.link, one.seal
        return is_next and hmac.compare_digest(seal, one.seal)


def _moment(at: datetime) -> str:
    return at.astimezone(UTC).isoformat(timespec="microseconds")
