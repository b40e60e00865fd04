"""What has been read of one need so far, and how completely?

A reading takes in one answer after the other: the value of a prefetch key or of a search, then
further pages. Whatever an answer can be (a Bundle, a single resource, nothing, an error, a shape
that cannot be), the reading ends complete, partial, failed or not asked, and says why.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any, Final

from ehr import because
from ehr.outcomes import NOTHING_FOUND, said_of
from ehr.versions import version_in
from trd.chart import ReadStatus
from trd.read.access import Json, evidence_of, rows, table, words
from trd.read.gathered import bundle_entries, counted, has_next, may_lead_on
from trd.read.needs import DataRequirement

_BUNDLE: Final = "Bundle"
_OUTCOME: Final = "OperationOutcome"
_HISTORY: Final = "history"


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """What one need gave: its status, why it is not complete, and what it held."""

    status: ReadStatus
    because: str = ""
    resources: tuple[Json, ...] = ()
    references: dict[str, str] = field(default_factory=dict)


@dataclass(slots=True, kw_only=True)
class Reading:
    """One need being read. ``next`` is the link of a page that is still to be read, or ""."""

    need: DataRequirement
    next: str = ""
    _is_begun: bool = False
    _is_failed: bool = False
    _is_foreign: bool = False
    _because: str = ""
    _kind: str = ""
    _entries: list[Any] = field(default_factory=list)
    _single: Json | None = None
    _names: set[tuple[str, str]] = field(default_factory=set)
    _matches: int = 0
    _left_out: int = 0
    _total: float = 0
    _held_entries: bool = False

    def take(self, value: object, left_out: int = 0) -> None:
        """Take in the next answer; the link to a further page stands in ``next``.

        ``left_out`` resources came with it that need not be looked at; its total does not count
        them either.
        """
        self._left_out += left_out
        is_first, self._is_begun, self.next = not self._is_begun, True, ""
        resource = table(value)
        kind = words(resource.get("resourceType"))
        if value is None:
            return
        if kind == _OUTCOME:
            said = said_of([resource])
            if said != NOTHING_FOUND:
                self.stop(said or because.EHR_ERROR)
        elif kind == _BUNDLE and isinstance(resource.get("entry", []), list | None):
            self._take_bundle(resource, left_out)
        elif kind == self.need.resource_type and is_first:
            self._single = resource
            self._check_version([resource])
        else:
            self._check_version([resource])
            self.stop(because.NOT_ASKED_FOR)

    @property
    def is_begun(self) -> bool:
        """Say whether anything was sent or tried at all."""
        return self._is_begun

    def resources(self) -> Iterator[Json]:
        """Yield the resources at the top of what was read."""
        if self._single is not None:
            yield self._single
        for row in self._entries:
            yield table(table(row).get("resource"))

    def names(self) -> set[str]:
        """Return the names of what was read: "Type/id", and the address it stood under."""
        entries = rows(self._entries)
        named = {evidence_of(table(row.get("resource"))) for row in entries}
        return named | {words(row.get("fullUrl")) for row in entries}

    def include(self, resource: Json) -> None:
        """Add a resource that another one names."""
        self._entries.append({"resource": resource, "search": {"mode": "include"}})

    def limit(self, most: int) -> None:
        """Keep so many entries at the most, and read no further once there are as many."""
        if len(self._entries) > most or (len(self._entries) == most and self.next):
            del self._entries[most:]
            self.stop(because.TOO_MUCH)

    def stop(self, why: str) -> None:
        """Say why no more is read; the first reason stands."""
        self._is_begun = True
        self._is_failed = True
        self.next = ""
        self._because = self._because or why

    def miss(self, why: str) -> None:
        """Say why something of it is missing, though what is there counts."""
        self._because = self._because or why

    def part(self) -> Part:
        """Return what was read."""
        if not self._is_begun:
            return Part(status=ReadStatus.NOT_ASKED)
        found: list[Json] = [self._single] if self._single is not None else []
        references: dict[str, str] = {}
        merged = {"resourceType": _BUNDLE, "type": self._kind, "entry": self._entries}
        is_whole = bundle_entries(merged, found, references)
        why = self._why(is_whole=is_whole)
        is_held = bool(self._left_out) or any(_is(self.need.resource_type, one) for one in found)
        is_lost = not is_held and (found or (self._held_entries and why))
        is_nothing = self._is_failed and not found and not self._left_out
        if is_lost or is_nothing or self._is_foreign:
            why = self._because or (because.NOT_ASKED_FOR if found else why)
            return Part(status=ReadStatus.FAILED, because=why)
        if not is_held and not why and "?" not in self.need.query:
            return Part(status=ReadStatus.FAILED, because=because.NOT_FOUND)
        status = ReadStatus.PARTIAL if why else ReadStatus.COMPLETE
        return Part(status=status, because=why, resources=tuple(found), references=references)

    def _why(self, *, is_whole: bool) -> str:
        """Return why it is not complete, the plainest reason first; "" where it is."""
        if self._because or self.next:
            return self._because or because.MORE_PAGES
        if self._total > self._matches:
            return because.TOO_FEW
        return "" if is_whole else because.IN_PART

    def _take_bundle(self, bundle: Json, left_out: int) -> None:
        entries = bundle.get("entry") or []
        outcomes = [
            one for row in rows(entries) if _is(_OUTCOME, one := table(row.get("resource")))
        ]
        data = [row for row in entries if not _is(_OUTCOME, table(table(row).get("resource")))]
        self._held_entries = self._held_entries or bool(entries)
        self._kind = self._kind or words(bundle.get("type"))
        self._check_version(table(table(row).get("resource")) for row in data)
        if words(bundle.get("type")) == _HISTORY:
            self.miss(because.NOT_ASKED_FOR)  # its total counts versions, so it tells nothing
        said = said_of(outcomes)
        if said not in {"", NOTHING_FOUND}:
            self.miss(said)
        self._count(bundle.get("total"), data, left_out)
        self._entries += data
        self._find_next(bundle.get("link"))

    def _check_version(self, resources: Iterable[Json]) -> None:
        version = version_in(resources)
        if version:
            self._is_foreign = True
            self.stop(because.not_r4(version))

    def _count(self, total: object, entries: list[Any], left_out: int) -> None:
        """Count what earlier pages did not hold, and no copy; what is included does not count."""
        names: dict[tuple[str, str], Json] = {}
        for row in map(table, entries):
            resource = table(row.get("resource"))
            name = words(resource.get("resourceType")), words(resource.get("id"))
            is_match = words(table(row.get("search")).get("mode")) != "include"
            if name[0] not in {"", _BUNDLE} and is_match:
                is_copy = name in self._names or names.get(name) == resource
                self._matches += not name[1] or not is_copy
                names[name] = resource
        self._names |= names.keys()
        self._matches += left_out
        if total is None:
            return
        count = counted(total)
        if count is None:
            self.miss(because.IN_PART)
        else:
            self._total = max(self._total, count + left_out)

    def _find_next(self, links: object) -> None:
        if not has_next(links):
            return
        urls = {words(link.get("url")) for link in rows(links) if may_lead_on(link)}
        if len(urls) == 1 and isinstance(links, list):
            (self.next,) = urls
        if not self.next:
            self.miss(because.MORE_PAGES)


def _is(kind: str, resource: Json) -> bool:
    return words(resource.get("resourceType")) == kind
