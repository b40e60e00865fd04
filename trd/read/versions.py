"""Which version of a resource is the newest?

The same id may arrive twice, from two searches or in two versions. The later ``lastUpdated``
stands, then the higher ``versionId``. Where neither tells and the contents differ, that is an issue
and the read is partial: of a medication one is kept whatever the order, of all else both are read,
so that the more serious one shows.
"""

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from typing import Final

from trd.chart import DataIssue, ReadStatus
from trd.read.access import Json, evidence_of, number, table, words
from trd.read.needs import NEED_BY_TYPE

_DEEPEST: Final = 40
_ONE_ONLY: Final = frozenset(
    {"MedicationRequest", "MedicationStatement", "MedicationDispense", "Medication"}
)
"""Types of which two versions read would be two exposures."""


def newest(
    resources: Iterable[Json], reads: dict[str, ReadStatus], issues: list[DataIssue]
) -> list[Json]:
    """Keep the newest version of each resource; one without an id stands for itself.

    ``reads`` and ``issues`` are told of versions that cannot be put in order.
    """
    kept: dict[tuple[str, str], list[Json]] = {}
    nameless: dict[str, Json] = {}
    for resource in resources:
        local = words(resource.get("id"))
        if local:
            kept.setdefault((words(resource.get("resourceType")), local), []).append(resource)
        else:
            nameless.setdefault(canonical(resource), resource)
    found: list[Json] = []
    for (kind, _), group in kept.items():
        standing = group if len(group) == 1 else _latest(group)
        if len(standing) > 1:
            _note(standing[0], reads, issues)
            standing = standing[-1:] if kind in _ONE_ONLY else standing
        found += standing
    return [*found, *nameless.values()]


def content(resource: Json) -> str:
    """Write what a resource says, without what is only said of this copy of it."""
    return canonical({key: held for key, held in resource.items() if key != "meta"})


def _latest(group: Sequence[Json]) -> list[Json]:
    """Return the versions no other one replaces, each content once, the likeliest newest last."""
    marks = [_marks(resource) for resource in group]
    last = max((at for at, _ in marks if at is not None), default=None)
    highest = max((number for _, number in marks if number is not None), default=0.0)
    beside = [number for at, number in marks if at in {None, last} and number is not None]
    standing = [
        (at or 0.0, number or 0.0, content(resource), resource)
        for (at, number), resource in zip(marks, group, strict=True)
        if at in {None, last}
        and (number is None or number >= (highest if at is None else max(beside)))
    ]
    if not standing:  # each is replaced by another
        standing = [(0.0, 0.0, content(resource), resource) for resource in group]
    standing.sort(key=lambda one: one[:3])
    said_last_first = {said: resource for _, _, said, resource in reversed(standing)}
    return [*reversed(said_last_first.values())]


def _marks(resource: Json) -> tuple[float | None, float | None]:
    """Return when a version was made and its number, None where they cannot be compared."""
    meta = table(resource.get("meta"))
    return _instant(words(meta.get("lastUpdated"))), number(meta.get("versionId"))


def _note(resource: Json, reads: dict[str, ReadStatus], issues: list[DataIssue]) -> None:
    kind = words(resource.get("resourceType"))
    need = NEED_BY_TYPE.get(kind, "medications")
    if reads.get(need) is ReadStatus.COMPLETE:
        reads[need] = ReadStatus.PARTIAL
    what = "two versions that cannot be put in order"
    effect = "one of them is used" if kind in _ONE_ONLY else "both are used"
    issues.append(DataIssue(evidence_of(resource), "meta", what, effect))


def _instant(written: str) -> float | None:
    """Return an instant as a number that orders instants of any time zone; None if unreadable."""
    try:
        at = datetime.fromisoformat(written)
        return (at if at.tzinfo else at.replace(tzinfo=UTC)).timestamp()
    except (ValueError, OverflowError):
        return None


def canonical(value: object, depth: int = _DEEPEST) -> str:
    """Write a JSON value so that the order of its members does not matter."""
    if depth == 0:
        return "…"
    if isinstance(value, dict):
        members = (f"{key!r}:{canonical(held, depth - 1)}" for key, held in value.items())
        return "{" + ",".join(sorted(members)) + "}"
    if isinstance(value, list):
        return "[" + ",".join(canonical(held, depth - 1) for held in value) + "]"
    return repr(value)
