"""How much is how much? The numbers of ``criteria.toml``, checked against ``criteria.py``.

A site may choose another value only where the number has a ``site`` list, and only from it.
"""

from dataclasses import fields
from typing import Any, Final, get_type_hints

from trd.knowledge import Mark
from trd.knowledge.criteria import Criteria
from trd.knowledge.tables import Document, Tables

FILE: Final = "criteria.toml"
MARKS: Final = ("G", "E", "J")
_KINDS: Final[dict[type, tuple[tuple[type, ...], str]]] = {
    int: ((int,), "a whole number"),
    float: ((int, float), "a number"),
    str: ((str,), "a word"),
}
"""What a value may be written as, by the type of its criterion."""
Value = float | str


def read_criteria(tables: Tables) -> tuple[Criteria | None, dict[str, Mark]]:
    """Return the numbers and their marks ("trial.bridge_days"); no numbers where one is missing."""
    document = tables.document(FILE)
    marks: dict[str, Mark] = {}
    groups: dict[str, Any] = {}
    wanted = get_type_hints(Criteria)
    for name in sorted(document.values.keys() - wanted.keys()):
        document.fault(f"there is no group of criteria {name!r}", name)
    complete = True
    for name, group in wanted.items():
        values = _read_group(document, name, group, marks)
        if values.keys() == {each.name for each in fields(group)}:
            groups[name] = group(**values)
        else:
            complete = False
    return (Criteria(**groups) if complete else None), marks


def _read_group(
    document: Document, name: str, group: type[Any], marks: dict[str, Mark]
) -> dict[str, Value]:
    """Return the numbers of one group that are there and right."""
    written = document.table(name)
    wanted = get_type_hints(group)
    for key in sorted(written.keys() - wanted.keys()):
        document.fault(f"there is no criterion {name}.{key}", name, key)
    found: dict[str, Value] = {}
    for key, kind in wanted.items():
        entry = written.get(key)
        if not isinstance(entry, dict):
            document.fault(f"the criterion {name}.{key} is missing", name, key)
            continue
        value, mark = entry.get("value"), _mark(entry)
        marks[f"{name}.{key}"] = mark
        written_as, called = _KINDS[kind]
        if isinstance(value, bool) or not isinstance(value, written_as):
            document.fault(f"{name}.{key} is not {called}", name, key)
            continue
        found[key] = kind(value)
        _check_mark(document, (name, key), found[key], mark)
    return found


def _mark(entry: dict[str, Any]) -> Mark:
    listed = entry.get("site", [])
    return Mark(
        mark=str(entry.get("mark", "")),
        rule=str(entry.get("rule", "")),
        what=str(entry.get("what", "")),
        site=tuple(listed) if isinstance(listed, list) else (),
    )


def _check_mark(document: Document, path: tuple[str, str], value: Value, mark: Mark) -> None:
    """Note a number without mark, rule or meaning, and one outside the values a site may set."""
    named = ".".join(path)
    if mark.mark not in MARKS or not mark.rule or not mark.what:
        document.fault(f"{named} needs a mark ({', '.join(MARKS)}), a rule and a meaning", *path)
    if not isinstance(value, str) and value < 0:
        document.fault(f"{named} is below 0", *path)
    if mark.site and value not in mark.site:
        document.fault(f"{named} is {value}, not one of {_listed(mark)}", *path)
    chosen = document.site.get(path[0], {})
    if not isinstance(chosen, dict) or path[1] not in chosen:
        return
    if not mark.site:
        document.fault(f"{named} is not a site's to choose", *path)
    elif set(chosen[path[1]]) != {"value"}:
        document.fault(f"of {named} a site chooses its value and nothing else", *path)


def _listed(mark: Mark) -> str:
    return ", ".join(f"{each}" for each in mark.site)
