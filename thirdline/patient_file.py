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
from trd.read import Gathered, WrongPatient, gather
from trd.read.access import Json, is_reference_to, words
from trd.read.gathered import resolved, subject_of
from trd.readings import assess_gathered

STANDARD_INPUT: Final = "-"
_NOT_FHIR: Final = "not a FHIR resource (no resourceType)"


@dataclass(frozen=True, slots=True)
class PatientFile:
    """The JSON values of one file, each with its place ("" where there is only one)."""

    name: str
    values: tuple[Json, ...]
    places: tuple[str, ...]


def assess_file(file: PatientFile, knowledge: Knowledge, as_of: Day) -> Assessment:
    """Assess the one patient of a file for one day. Raises Unusable if there are more, or none."""
    gathered = _gathered(file)
    try:
        return assess_gathered(gathered, knowledge, as_of)
    except WrongPatient as wrong:
        what = "the input holds resources of more than one patient"
        place = _place_of_another(file, gathered)
        raise Unusable(file.name, place, what, MORE_PATIENTS) from wrong


def _gathered(file: PatientFile) -> Gathered:
    """Sort what a file holds. Raises Unusable where nothing in it is of a patient."""
    gathered = gather(file.values)
    if all(subject_of(one) is None for one in gathered.resources):
        raise Unusable(file.name, "", "no resource of a patient")
    return gathered


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
    if not (isinstance(value, dict) and words(kind)):
        raise Unusable(shown, place, _NOT_FHIR)
    return value


def _place_of_another(file: PatientFile, gathered: Gathered) -> str:
    """Return the first place that names another patient than those before it; "" if not found."""
    first = ""
    for place, resource in _resources(file):
        reference = subject_of(resource)
        patient = resolved(gathered, reference) if reference else ""
        if not is_reference_to(patient, "Patient"):
            continue
        if first and patient != first:
            return place
        first = patient
    return ""


def _resources(file: PatientFile) -> Iterator[tuple[str, Json]]:
    """Return every resource with its place: the line, the entry of a Bundle, or both."""
    for place, value in zip(file.places, file.values, strict=True):
        yield place, value
        held = value.get("entry")
        for number, entry in enumerate(held if isinstance(held, list) else [], start=1):
            resource = entry.get("resource") if isinstance(entry, dict) else None
            if isinstance(resource, dict):
                yield ", ".join(part for part in (place, f"entry {number}") if part), resource
