"""How is an audit event kept in the database, together with the cards it says were shown?

One durable transaction: no card leaves that nobody could trace, and feedback on a card finds it.
"""

import orjson

from cds_hooks.parts import Records
from ehr.audit import AuditEvent, as_resource
from ehr.errors import AuditRefused, AuditUnavailable
from store.errors import RowRefused, StoreError
from store.rows import AuditRow, ShownCard


class RecordedAudit:
    """The audit sink over the database.

    It raises AuditUnavailable where nothing can be written, AuditRefused for one event.
    """

    def __init__(self, records: Records) -> None:
        """Keep events in these records."""
        self._records = records

    async def append(self, event: AuditEvent) -> None:
        """Append one event; it is durable when this returns. Delivered again, it is kept once."""
        try:
            await self._records.record(row_of(event), shown_of(event))
        except RowRefused as wrong:
            raise AuditRefused(wrong.reason) from wrong
        except StoreError as wrong:
            raise AuditUnavailable(wrong.reason) from wrong


def row_of(event: AuditEvent) -> AuditRow:
    """Return the row of an event."""
    return AuditRow(
        at=event.at,
        kind=event.kind.value,
        site=event.site,
        patient=event.patient,
        text=orjson.dumps(as_resource(event)),
        event=event.id,
    )


def shown_of(event: AuditEvent) -> tuple[ShownCard, ...]:
    """Return the cards an event says were shown."""
    return tuple(
        ShownCard(
            card=card,
            at=event.at,
            site=event.site,
            patient=event.patient,
            service=event.service,
            topic=topic,
            indicator=indicator,
            facts=facts,
            draft=draft,
        )
        for (card, topic, indicator), (facts, draft) in zip(event.cards, event.about, strict=False)
    )
