"""How are the tables read, and a site's own folder laid over them?

CSV for lists, TOML for the rest, through ``importlib.resources`` only. Nothing here raises: every
fault is noted with its file and line, and ``load_knowledge`` reports them together. A site's row
replaces the row with the same key and otherwise joins the table; in a TOML file its lists are
appended and its single values replace ours. A site's folder holds files of our names and no others.
"""

import csv
import math
import re
import tomllib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from importlib.resources.abc import Traversable
from typing import Any, Final

from trd.knowledge.digits import URLS, address_of, code_fault, local_fault

YES = "yes"
_AT_LINE: Final = re.compile(r"\bat line (\d+)")
SITE: Final = "site/"
"""Stands before the name of a site's file in a fault."""


@dataclass(frozen=True, slots=True)
class Row:
    """One row of a table with its place; its readers note a fault where a cell cannot be read."""

    file: str
    line: int
    cells: Mapping[str, str]
    tables: "Tables"

    def fault(self, what: str) -> None:
        """Note that something is wrong with this row."""
        self.tables.fault(self.file, self.line, what)

    def text(self, column: str) -> str:
        """Return the cell as written; a missing column has been noted before and reads as ""."""
        return self.cells.get(column, "")

    def number(self, column: str) -> float | None:
        """Return the cell as a number, or None where it is blank (or unreadable, noted)."""
        written = self.text(column)
        if not written:
            return None
        try:
            number = float(written)
        except ValueError:
            number = math.nan
        if math.isfinite(number):
            return number
        self.fault(f"{column} {written!r} is not a number")
        return None

    def flag(self, column: str) -> bool:
        """Return whether the cell says yes; anything but "yes" and blank is noted."""
        return self.choice(column, (YES, "")) == YES

    def choice(self, column: str, allowed: Iterable[str]) -> str:
        """Return the cell; a value that is not allowed is noted."""
        written = self.text(column)
        if written not in allowed:
            named = ", ".join(repr(each) for each in allowed)
            self.fault(f"{column} {written!r} is not one of {named}")
        return written

    def is_a_sites(self) -> bool:
        """Say whether the row stands in a site's own file."""
        return self.file.startswith(SITE)

    def place(self) -> tuple[str, str] | None:
        """Return address and code of the row's coding; one that cannot be one is noted, None.

        A site's row may be of a system of its own.
        """
        system, code = self.text("system"), self.text("code")
        is_local = self.is_a_sites() and system not in URLS
        fault = local_fault(system, code) if is_local else code_fault(system, code)
        if fault:
            self.fault(fault)
            return None
        return address_of(system), code

    def cite(self) -> None:
        """Take the row's source as used; a blank one is noted when the sources are checked."""
        self.tables.cite(self.file, self.line, self.text("source"))


@dataclass(slots=True)
class Tables:
    """The folder of tables, a site's folder over it, and what was found wrong and cited so far."""

    base: Traversable
    extra: Traversable | None = None
    faults: list[str] = field(default_factory=list)
    cited: dict[str, list[tuple[str, int]]] = field(default_factory=dict)
    rows: dict[str, int] = field(default_factory=dict)

    def fault(self, file: str, line: int, what: str) -> None:
        """Note one fault."""
        self.faults.append(f"{file}:{line}: {what}")

    def cite(self, file: str, line: int, source: str) -> None:
        """Note that a row rests on a source; its places are kept for the report."""
        self.cited.setdefault(source, []).append((file, line))

    def list_of(self, name: str, columns: Sequence[str], key: Sequence[str]) -> list[Row]:
        """Return the rows of a CSV table, a site's rows laid over by key; cite their sources."""
        found: dict[tuple[str, ...], Row] = {}
        for row in self._rows_in(self.base, name, columns, key):
            row.cite()
            found[tuple(row.text(column) for column in key)] = row
        if self.extra is not None and self.extra.joinpath(name).is_file():
            for row in self._rows_in(self.extra, name, columns, key, label=f"{SITE}{name}"):
                row.cite()
                found[tuple(row.text(column) for column in key)] = row
        self.rows[name] = len(found)
        return list(found.values())

    def _rows_in(
        self,
        folder: Traversable,
        name: str,
        columns: Sequence[str],
        key: Sequence[str],
        label: str = "",
    ) -> list[Row]:
        file = label or name
        lines = csv.reader(self._text(folder, name, file).splitlines())
        head = next(lines, [])
        if head != list(columns):
            self.fault(file, 1, f"the columns are {', '.join(head)}, not {', '.join(columns)}")
            return []
        rows, seen = [], set()
        for cells in lines:
            if not cells:
                continue
            if len(cells) != len(head):
                self.fault(file, lines.line_num, f"{len(cells)} cells, not {len(head)}")
                continue
            row = Row(file, lines.line_num, dict(zip(head, cells, strict=True)), self)
            held = tuple(row.text(column) for column in key)
            if held in seen:
                row.fault(f"{' '.join(held)} stands twice")
            seen.add(held)
            rows.append(row)
        return rows

    def _text(self, folder: Traversable, name: str, file: str) -> str:
        try:
            return folder.joinpath(name).read_text("utf-8-sig")
        except (OSError, UnicodeDecodeError) as error:
            self.fault(file, 1, f"the file cannot be read: {type(error).__name__}")
            return ""

    def document(self, name: str) -> "Document":
        """Return a TOML file with a site's file laid over it."""
        ours = self._document_in(self.base, name, name)
        if self.extra is None or not self.extra.joinpath(name).is_file():
            return ours
        site = self._document_in(self.extra, name, f"{SITE}{name}")
        values = laid_over(ours.values, site.values)
        return Document(name, ours.text, values, self, ours.values, site.values, site.text)

    def _document_in(self, folder: Traversable, name: str, file: str) -> "Document":
        text = self._text(folder, name, file)
        try:
            values = tomllib.loads(text)
        except tomllib.TOMLDecodeError as error:
            told = _AT_LINE.search(str(error))
            self.fault(file, int(told[1]) if told else 1, f"not readable as TOML: {error}")
            values = {}
        for path in _endless(values):
            line = max(_line_of(text, path[:size]) for size in range(1, len(path) + 1))
            self.fault(file, line, f"{'.'.join(path)} is not a finite number")
        return Document(name, text, values, self, values)


@dataclass(frozen=True, slots=True)
class Document:
    """One TOML file: its values, its text to tell lines from, and a site's part alone."""

    file: str
    text: str
    values: dict[str, Any]
    tables: Tables
    ours: dict[str, Any]
    site: dict[str, Any] = field(default_factory=dict)
    site_text: str = ""

    def fault(self, what: str, *path: str) -> None:
        """Note a fault at the line where the key at the end of the path stands.

        What a site wrote is told as the site's.
        """
        if path and _stands_in(self.site, path):
            self.tables.fault(f"{SITE}{self.file}", _line_of(self.site_text, path), what)
        else:
            self.tables.fault(self.file, _line_of(self.text, path), what)

    def table(self, *path: str) -> dict[str, Any]:
        """Return the table at a path, an empty one (noted) where there is none."""
        found: Any = self.values
        for step in path:
            found = found.get(step) if isinstance(found, dict) else None
        if isinstance(found, dict):
            return found
        self.fault(f"there is no table [{'.'.join(path)}]", *path)
        return {}

    def strings(self, *path: str) -> tuple[str, ...]:
        """Return a list of strings as written; anything else is noted and reads as none."""
        *tables, key = path
        found = self.table(*tables).get(key)
        if isinstance(found, list) and all(isinstance(each, str) for each in found):
            return tuple(found)
        self.fault(f"{key} is not a list of strings", *path)
        return ()

    def phrases(self, *path: str) -> tuple[str, ...]:
        """Return a list of phrases; one that is not in lower case or stands twice is noted."""
        found = self.strings(*path)
        for phrase in found:
            if not phrase or phrase != phrase.lower() or phrase != phrase.strip():
                self.fault(f"{phrase!r} is not a lower-case phrase", *path)
        if len(set(found)) < len(found):
            twice = sorted({each for each in found if found.count(each) > 1})
            self.fault(f"{path[-1]} names {', '.join(twice)} twice", *path)
        return found

    def cite(self) -> None:
        """Take the file's source as used, and that of a site's file, which has its own."""
        source, line = str(self.ours.get("source", "")), _line_of(self.text, ("source",))
        self.tables.cite(self.file, line, source)
        if self.site:
            source, line = str(self.site.get("source", "")), _line_of(self.site_text, ("source",))
            self.tables.cite(f"{SITE}{self.file}", line, source)

    def is_a_sites(self, value: object, *path: str) -> bool:
        """Say whether a site's file lists a value at a path."""
        found: object = self.site
        for step in path:
            found = found.get(step) if isinstance(found, dict) else None
        return isinstance(found, list) and value in found


def _stands_in(values: object, path: Sequence[str]) -> bool:
    """Say whether a key, or a value that stands where its table would, is in these values."""
    for step in path:
        if not isinstance(values, dict):
            return True
        if step not in values:
            return False
        values = values[step]
    return True


def _endless(value: object, *path: str) -> Iterator[tuple[str, ...]]:
    """Yield the path of every number that is infinite or none."""
    if isinstance(value, dict):
        for key, held in value.items():
            yield from _endless(held, *path, key)
    elif isinstance(value, list):
        for held in value:
            yield from _endless(held, *path)
    elif isinstance(value, float) and not math.isfinite(value):
        yield path


def _line_of(text: str, path: Sequence[str]) -> int:
    """Return the line of a key in its table, else of its table, else 1."""
    if not path:
        return 1
    tables = path[:-1]
    here, heading = "", 1
    for number, line in enumerate(text.splitlines(), start=1):
        if line.startswith("["):
            here = line.strip("[] ").replace('"', "")
            if here == ".".join(path):
                return number
            heading = number if here == ".".join(tables) else heading
        elif ".".join(filter(None, (here, _key_of(line)))) == ".".join(path):
            return number
    return heading


def _key_of(line: str) -> str:
    """Return the key, dotted or not, that a line of TOML gives a value."""
    return line.partition("=")[0].strip().replace('"', "")


def laid_over(ours: dict[str, Any], site: dict[str, Any]) -> dict[str, Any]:
    """Return our values with a site's over them: tables merged, lists appended, values replaced."""
    merged = dict(ours)
    for key, value in site.items():
        held = merged.get(key)
        if isinstance(held, dict) and isinstance(value, dict):
            merged[key] = laid_over(held, value)
        elif isinstance(held, list) and isinstance(value, list):
            merged[key] = held + [each for each in value if each not in held]
        else:
            merged[key] = value
    return merged
