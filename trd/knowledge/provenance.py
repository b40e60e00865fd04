"""Where does the knowledge come from, and is it still what the manifest says?

The manifest holds the version, whether a clinician has signed the rules off, and a digest of each
table. ``python -m thirdline.knowledge_manifest`` writes it anew after a deliberate change.
"""

import csv
import difflib
import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.resources.abc import Traversable
from typing import Final

from trd.knowledge.tables import SITE, Tables

SITE_MARK: Final = "+site"
"""Stands at the end of the version where a site's folder was laid over the tables."""
MANIFEST: Final = "manifest.toml"
_SUFFIXES: Final = (".csv", ".toml")
_NOTES: Final = ("readme", "license", "licence")
"""What a file of a site's folder may be called that is no table."""


@dataclass(frozen=True, slots=True)
class Release:
    """The version of the knowledge, the ruleset it serves, and whether it is signed off."""

    version: str
    rules: str
    signed_off: bool


def check_folder(tables: Tables) -> None:
    """Note every file of a site's folder that is no table of ours: it would never be read."""
    if tables.extra is None:
        return
    known = _table_names(tables.base)
    for name in sorted(entry.name for entry in tables.extra.iterdir()):
        if name in known or name.startswith(".") or name.lower().startswith(_NOTES):
            continue
        near = difflib.get_close_matches(name, known, 1)
        meant = f"; perhaps {near[0]} is meant" if near else ""
        what = "not a site's to change" if name == MANIFEST else f"there is no such table{meant}"
        tables.fault(f"{SITE}{name}", 1, what)


def read_sources(tables: Tables) -> dict[str, str]:
    """Return the citation of each source; one nobody cites and one nobody wrote are faults.

    Called last, when every table has cited its sources.
    """
    document = tables.document("sources.toml")
    found = {}
    for name in sorted(document.site.keys() & document.ours.keys()):
        document.fault(f"the source {name} is ours: a site's has a name of its own", name)
    for name, entry in document.values.items():
        citation = entry.get("citation") if isinstance(entry, dict) else None
        if not isinstance(entry, dict) or not isinstance(citation, str):
            document.fault(f"the source {name} has no citation", name)
            continue
        edition, link = entry.get("edition"), entry.get("link")
        found[name] = (
            citation + (f" ({edition})" if edition else "") + (f"; {link}" if link else "")
        )
        if name not in tables.cited:
            document.fault(f"the source {name} is used by no table", name)
    for name, places in sorted(tables.cited.items()):
        for file, line in places if name not in document.values else ():
            tables.fault(file, line, f"the source {name!r} is not in sources.toml")
    return found


def read_manifest(tables: Tables) -> Release:
    """Return the release; a table that is not as the manifest says is a fault."""
    document = tables.document(MANIFEST)
    listed = document.table("files")
    digests = digests_of(tables.base)
    for name in sorted(listed.keys() - digests.keys()):
        document.fault(f"the file {name} is missing", "files", name)
    for name, digest in digests.items():
        entry = listed.get(name)
        if not isinstance(entry, dict):
            tables.fault(name, 1, f"the file is not in {MANIFEST}")
        elif entry.get("sha256") != digest:
            tables.fault(name, 1, f"the file is not the one {MANIFEST} describes")
    version, rules = document.values.get("version"), document.values.get("rules")
    signed = document.values.get("signed_off")
    if not (isinstance(version, str) and isinstance(rules, str) and isinstance(signed, bool)):
        document.fault("version, rules and signed_off are needed")
    site = "" if tables.extra is None else SITE_MARK
    return Release(version=f"{version}{site}", rules=str(rules), signed_off=signed is True)


def digests_of(base: Traversable) -> dict[str, str]:
    """Return the SHA-256 of every table of a folder, the manifest apart, by name."""
    return {
        name: hashlib.sha256(base.joinpath(name).read_bytes()).hexdigest()
        for name in _table_names(base)
    }


def manifest_for(base: Traversable, head: Mapping[str, str | bool]) -> str:
    """Return the text of a manifest for the tables of a folder. ``head`` are its first lines."""
    lines = [
        "# What these tables are. Written by thirdline.knowledge_manifest; do not edit digests.",
        "",
    ]
    lines += [f"{key} = {_literal(value)}" for key, value in head.items()]
    for name, digest in digests_of(base).items():
        lines += ["", f'[files."{name}"]', f'sha256 = "{digest}"']
        if name.endswith(".csv"):
            text = base.joinpath(name).read_text("utf-8")
            lines.append(f"rows = {sum(1 for _ in csv.reader(text.splitlines())) - 1}")
    return "\n".join(lines) + "\n"


def _literal(value: str | bool) -> str:  # noqa: FBT001 - a TOML value, not an option
    if isinstance(value, bool):
        return str(value).lower()
    return '"' + value.replace("\\", "\\\\").replace('"', '\\"') + '"'


def _table_names(base: Traversable) -> list[str]:
    names = (entry.name for entry in base.iterdir() if entry.is_file())
    return sorted(name for name in names if name.endswith(_SUFFIXES) and name != MANIFEST)
