"""Which words in a chart mean what, and which items do payers commonly ask for?

Words and sentences only. How a phrase is matched and when it is negated is the reader's business.
"""

from collections.abc import Collection
from types import MappingProxyType

from trd.chart import Indication, StopReason
from trd.knowledge import PayerItem, Phrases, Remarks
from trd.knowledge.concepts import OTHER_TREATMENTS, SIDES
from trd.knowledge.sig_words import read_sig_words
from trd.knowledge.tables import Document, Tables


def read_phrases(tables: Tables, concepts: Collection[str]) -> Phrases:
    """Return the phrases by meaning; within one group a phrase has one meaning."""
    document = tables.document("phrases.toml")
    document.cite()
    return Phrases(
        stop_reasons=_group(document, "stop_reasons", tuple(StopReason), complete=True),
        indications=_group(document, "indications", tuple(Indication), complete=True),
        negations=document.phrases("negations"),
        remarks=_remarks(tables, document),
        as_needed=document.phrases("as_needed"),
        bedtime=document.phrases("bedtime"),
        family_history=document.phrases("family_history"),
        conditions=_group(document, "conditions", concepts, complete=False),
        procedures=_group(document, "procedures", OTHER_TREATMENTS, complete=True),
        sides=_group(document, "sides", SIDES, complete=True),
        referrals=_group(document, "referrals", ("tms",), complete=True),
        antidepressant_classes=document.phrases("antidepressant_classes"),
        high_risk=document.phrases("high_risk"),
        sig_terms=MappingProxyType(read_sig_words(tables)),
    )


def _remarks(tables: Tables, phrases: Document) -> Remarks:
    """Return the words that turn a charted reason; words of family history are a relative's."""
    document = tables.document("remarks.toml")
    document.cite()
    family = phrases.phrases("family_history")
    return Remarks(
        negations=phrases.phrases("negations"),
        uncertain=document.phrases("uncertain"),
        not_an_end=document.phrases("not_an_end"),
        titrations=document.phrases("titrations"),
        relatives=family + document.phrases("relatives"),
        undone=document.phrases("undone"),
        silent=document.phrases("silent"),
        moves=document.phrases("moves"),
        changes=document.phrases("changes"),
        bystanders=document.phrases("bystanders"),
        senders=document.phrases("senders"),
        plain=document.phrases("plain"),
        stops=document.phrases("stops"),
        causes=document.phrases("causes"),
        denial_links=document.phrases("denial_links"),
        lengths=_counts(document, "lengths"),
        numbers=_counts(document, "numbers"),
        shorthand={key: str(value) for key, value in document.table("shorthand").items()},
    )


def _counts(document: Document, name: str) -> dict[str, int]:
    """Return what each word of a table counts, whole numbers above 0."""
    found = {}
    for word, count in document.table(name).items():
        if isinstance(count, bool) or not isinstance(count, int) or count <= 0:
            document.fault(f"{word!r} does not count a whole number above 0", name, word)
        else:
            found[word] = count
    return found


def _group(
    document: Document, name: str, allowed: Collection[str], *, complete: bool
) -> dict[str, tuple[str, ...]]:
    """Return one group of phrases; ``complete``: every allowed meaning must have some."""
    found: dict[str, tuple[str, ...]] = {}
    meaning_of: dict[str, str] = {}
    for meaning in document.table(name):
        if meaning not in allowed:
            document.fault(f"{meaning!r} is no meaning of {name}", name, meaning)
        found[meaning] = document.phrases(name, meaning)
        for phrase in found[meaning]:
            first = meaning_of.setdefault(phrase, meaning)
            if first != meaning:
                here = first if document.is_a_sites(phrase, name, first) else meaning
                other = meaning if here == first else first
                document.fault(f"{phrase!r} means {other} as well", name, here)
    missing = sorted({str(each) for each in allowed} - found.keys()) if complete else []
    if missing:
        document.fault(f"no phrases for {', '.join(missing)}", name)
    return found


def read_payer_items(tables: Tables) -> tuple[PayerItem, ...]:
    """Return the items in the order written, each with what is known of its source."""
    document = tables.document("payer_items.toml")
    document.cite()
    level = f"{document.values.get('level', '')}; collected {document.values.get('collected', '')}"
    items: list[PayerItem] = []
    for entry in document.values.get("items", []):
        item = PayerItem(
            id=str(entry.get("id", "")),
            text=str(entry.get("text", "")),
            source=str(document.values.get("source", "")),
            level=level,
        )
        if not item.id or not item.text or item.id in {each.id for each in items}:
            document.fault(f"the item {item.id!r} needs an id of its own and a text", "items")
        items.append(item)
    if not items:
        document.fault("there are no items")
    return tuple(items)
