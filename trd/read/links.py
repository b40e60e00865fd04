"""Which orders of the same chart does a record name, and what does it take over from them?

A link counts where it leads to an order that was gathered for this patient; any other one says
nothing. A record that states no reason is for that of the order it renews, carries out or repeats.
"""

from collections.abc import Iterable
from dataclasses import replace

from trd.chart import MedicationRecord
from trd.read.access import Json, evidence_of, reference_of, rows, table, words
from trd.read.context import ReadContext
from trd.read.gathered import resolved


def orders_named(links: object, resource: Json, context: ReadContext) -> tuple[str, ...]:
    """Return the orders that references lead to, sorted, without the record itself."""
    named = {resolved(context.gathered, reference_of(link)) for link in rows(links)}
    return tuple(sorted((named & context.orders.keys()) - {evidence_of(resource)}))


def requisition(resource: Json) -> str:
    """Return the requisition an order was written on, as system and value; "" where none is."""
    group = table(resource.get("groupIdentifier"))
    value = words(group.get("value"))
    return f"{words(group.get('system'))}|{value}" if value else ""


def with_reasons(records: Iterable[MedicationRecord]) -> list[MedicationRecord]:
    """Return records in order of time with the reasons they take over from others of their drug."""
    found = sorted(records, key=lambda r: (r.start or r.authored or 0, r.evidence))
    known = {record.evidence: record for record in found}
    for at, record in enumerate(found):
        if not (record.indications or record.indication_text) and _names_another(record):
            found[at] = known[record.evidence] = _with_reason(record, known)
    return found


def _names_another(record: MedicationRecord) -> bool:
    return bool(record.carries_out or record.renews)


def _with_reason(record: MedicationRecord, known: dict[str, MedicationRecord]) -> MedicationRecord:
    named = [
        known[ref]
        for ref in (*record.carries_out, *record.renews)
        if ref in known and known[ref].drug.ingredient == record.drug.ingredient
    ]
    stated = [one for one in named if one.indications]
    return replace(
        record,
        indications=frozenset(reason for one in stated for reason in one.indications),
        indication_text="; ".join(dict.fromkeys(one.indication_text for one in stated)),
        indication_conflict=record.indication_conflict
        or any(one.indication_conflict for one in named),
    )
