"""FHIR R4 JSON in, one patient's chart out: lenient, total, and it explains itself."""

from trd.read.chart_reader import read_chart
from trd.read.errors import NotFhir, ReadError, WrongPatient
from trd.read.gathered import Gathered, gather

__all__ = ["Gathered", "NotFhir", "ReadError", "WrongPatient", "gather", "read_chart"]
