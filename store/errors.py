"""What may go wrong where we keep things?

StoreError
├── Unreachable      the database did not answer, was busy for too long, or went away meanwhile
├── SchemaUnfit      its tables are newer or older than this program, or belong to other keys
├── RowRefused       the database answers, and will not hold this row
├── UnreadableRow    a sealed text has no key any more, or is not this row's
├── StaleVersion     somebody else corrected the same field first
└── KeysUnfit        the key file cannot be used; the message names the setting, never the value

A message is a fixed sentence; it repeats nothing that was stored or asked for.
"""

from typing import Final

_SENTENCES: Final = {
    "database-unreachable": "the database cannot be reached",
    "database-busy": "the database gave no answer in time",
    "database-failed": "the database failed while it was written or read",
    "database-url": "database_url: neither sqlite+aiosqlite:///FILE nor postgresql+psycopg://…",
    "schema-newer": "the database was made by a newer version of Thirdline than this one;"
    " install that version, or restore the backup made before the upgrade",
    "schema-older": "the database is older than this version; run: thirdline db upgrade",
    "schema-missing": "the database has no tables yet; run: thirdline db upgrade",
    "other-keys": "the database was begun with another key file; what it holds would not be found",
    "closed": "the store is closed",
    "too-many-waiting": "too many rows wait to be written",
    "row-refused": "the database does not take this row",
    "stale-version": "this field was corrected by somebody else meanwhile",
    "unreadable-row": "a row cannot be decrypted: its key is gone, or it was moved or changed",
}


class StoreError(Exception):
    """Base. ``reason`` is a fixed code; ``fault`` names the driver's error, without its text."""

    def __init__(self, reason: str, fault: str = "") -> None:
        """Keep the code; the message is its sentence."""
        super().__init__(_SENTENCES.get(reason, reason))
        self.reason = reason
        self.fault = fault


class Unreachable(StoreError):  # noqa: N818 - named for what it says
    """Nothing is known of the row: it may or may not have been kept."""


class SchemaUnfit(StoreError):  # noqa: N818 - named for what it says
    """The program and the database do not belong together; nothing was read or written."""


class RowRefused(StoreError):  # noqa: N818 - named for what it says
    """The row was not kept, and will not be on a second attempt."""


class UnreadableRow(StoreError):  # noqa: N818 - named for what it says
    """The row is there and cannot be read; it is not to be taken as absent."""


class StaleVersion(StoreError):  # noqa: N818 - named for what it says
    """A correction was made on a state that is no longer the newest; it was not kept."""


class KeysUnfit(StoreError):  # noqa: N818 - named for what it says
    """The key file is missing, open to others, or not made as it should be."""
