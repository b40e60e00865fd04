"""Which version of a resource is the newest?

The same id may arrive twice, from two searches or in two versions. The later ``lastUpdated``
stands, then the higher ``versionId``; where neither tells, the choice does not depend on order.
"""

from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Final

from trd.read.access import Json, number, table, words

_DEEPEST: Final = 40


def newest(resources: Iterable[Json]) -> list[Json]:
    """Keep the newest version of each resource; one without an id stands for itself."""
    kept: dict[tuple[str, str], Json] = {}
    nameless: dict[str, Json] = {}
    for resource in resources:
        local = words(resource.get("id"))
        if not local:
            nameless.setdefault(_canonical(resource), resource)
            continue
        name = (words(resource.get("resourceType")), local)
        held = kept.setdefault(name, resource)
        if held is not resource and _version(resource) > _version(held):
            kept[name] = resource
    return [*kept.values(), *nameless.values()]


def _version(resource: Json) -> tuple[float, float, str]:
    meta = table(resource.get("meta"))
    return (
        _instant(words(meta.get("lastUpdated"))),
        number(meta.get("versionId")) or 0,
        _canonical(resource),
    )


def _instant(written: str) -> float:
    """Return an instant as a number that orders instants of any time zone; 0 where unreadable."""
    try:
        at = datetime.fromisoformat(written)
        return (at if at.tzinfo else at.replace(tzinfo=UTC)).timestamp()
    except (ValueError, OverflowError):
        return 0.0


def _canonical(value: object, depth: int = _DEEPEST) -> str:
    """Write a JSON value so that the order of its members does not matter."""
    if depth == 0:
        return "…"
    if isinstance(value, dict):
        members = (f"{key!r}:{_canonical(held, depth - 1)}" for key, held in value.items())
        return "{" + ",".join(sorted(members)) + "}"
    if isinstance(value, list):
        return "[" + ",".join(_canonical(held, depth - 1) for held in value) + "]"
    return repr(value)
