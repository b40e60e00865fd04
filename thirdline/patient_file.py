"""What does a file hold of one patient?

A FHIR R4 Bundle of any type, a single resource, or NDJSON (one resource or Bundle a line), told
apart by content; "-" is standard input. Nothing of the content appears in a refusal: it names the
file and the place.
"""

import codecs
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import orjson

from thirdline.errors import MORE_PATIENTS, Unusable
from trd.assess import Assessment
from trd.dates import Day
from trd.knowledge import Knowledge
from trd.read import NotFhir, WrongPatient, gather
from trd.read.access import Json, evidence_of
from trd.readings import assess_gathered

STANDARD_INPUT: Final = "-"
_NOT_FHIR: Final = "not a FHIR resource (no resourceType)"


@dataclass(frozen=True, slots=True)
class PatientFile:
    """The JSON values of one file, each with its place ("" where there is only one)."""

    name: str
    values: tuple[Json, ...]
    places: tuple[str, ...]


def assess_file(name: str, knowledge: Knowledge, as_of: Day) -> Assessment:
    """Read a file and assess the one patient in it for one day.

    Raises Unusable: with the status of unusable input, or of more than one patient.
    """
    file = read_patient_file(name)
    try:
        return assess_gathered(gather(file.values), knowledge, as_of)
    except WrongPatient as wrong:
        what = "the input holds resources of more than one patient"
        place = _place_of(file, wrong.place)
        raise Unusable(file.name, place, what, MORE_PATIENTS) from wrong
    except NotFhir as wrong:
        raise Unusable(file.name, wrong.place, wrong.what) from wrong
    except RecursionError as wrong:
        raise Unusable(file.name, "", "nested too deeply to be read") from wrong


def read_patient_file(name: str) -> PatientFile:
    """Return the FHIR values of a file. Raises Unusable where it holds anything else."""
    shown = "standard input" if name == STANDARD_INPUT else name
    data = _bytes_of(name, shown).removeprefix(codecs.BOM_UTF8)
    if not data.strip():
        raise Unusable(shown, "", "the file is empty")
    try:
        data.decode("utf-8")
    except UnicodeDecodeError as wrong:
        line = data.count(b"\n", 0, wrong.start) + 1
        raise Unusable(shown, f"line {line}", "not UTF-8 text") from wrong
    try:
        return PatientFile(shown, (_resource(orjson.loads(data), shown, ""),), ("",))
    except orjson.JSONDecodeError as wrong:
        if not _is_ndjson(data):
            place = f"line {wrong.lineno}, column {wrong.colno}"
            raise Unusable(shown, place, "not JSON") from wrong
    return _ndjson(data, shown)


def _bytes_of(name: str, shown: str) -> bytes:
    try:
        if name == STANDARD_INPUT:
            return sys.stdin.buffer.read()
        return Path(name).read_bytes()
    except OSError as wrong:
        raise Unusable(shown, "", (wrong.strerror or "cannot be read").lower()) from wrong
    except ValueError as wrong:  # a NUL in the name
        raise Unusable(shown, "", "not the name of a file") from wrong


def _lines(data: bytes) -> Iterator[tuple[int, bytes]]:
    """Return the lines that are not blank, with their numbers."""
    for number, line in enumerate(data.splitlines(), start=1):
        text = line.strip().removeprefix(codecs.BOM_UTF8)
        if text:
            yield number, text


def _is_ndjson(data: bytes) -> bool:
    """Say whether the first line is an object of its own and not the last one."""
    lines = _lines(data)
    _, first = next(lines)
    try:
        return isinstance(orjson.loads(first), dict) and next(lines, None) is not None
    except orjson.JSONDecodeError:
        return False


def _ndjson(data: bytes, shown: str) -> PatientFile:
    values, places = [], []
    for number, line in _lines(data):
        place = f"line {number}"
        try:
            values.append(_resource(orjson.loads(line), shown, place))
        except orjson.JSONDecodeError as wrong:
            raise Unusable(shown, place, "not JSON") from wrong
        places.append(place)
    return PatientFile(shown, tuple(values), tuple(places))


def _resource(value: object, shown: str, place: str) -> Json:
    """Return a value that is a FHIR resource."""
    kind = value.get("resourceType") if isinstance(value, dict) else None
    if not (isinstance(value, dict) and isinstance(kind, str) and kind):
        raise Unusable(shown, place, _NOT_FHIR)
    return value


def _place_of(file: PatientFile, evidence: str) -> str:
    """Return where a resource stands: the line, and the entry of a Bundle; "" where not found."""
    for place, value in zip(file.places, file.values, strict=True):
        if evidence_of(value) == evidence:
            return place
        for number, entry in enumerate(_entries(value), start=1):
            if evidence in _names(entry):
                return ", ".join(part for part in (place, f"entry {number}") if part)
    return ""


def _entries(value: Json) -> list[object]:
    held = value.get("entry")
    return held if isinstance(held, list) else []


def _names(entry: object) -> set[str]:
    """Return what an entry's resource may be called: by its id, or by the entry's urn."""
    resource = entry.get("resource") if isinstance(entry, dict) else None
    if not isinstance(entry, dict) or not isinstance(resource, dict):
        return set()
    lent = {**resource, "id": str(entry.get("fullUrl")).rpartition(":")[2]}
    return {evidence_of(resource), evidence_of(lent)}
