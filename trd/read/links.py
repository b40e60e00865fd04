"""Which orders of the same chart does a record name?

A link counts where it leads to an order that was gathered for this patient; any other one says
nothing.
"""

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
