"""What may go wrong in reading that is not content?

ReadError
├── NotFhir        the input is not FHIR JSON at all
└── WrongPatient   a resource of somebody else

Odd content never raises: it becomes a ``DataIssue``.
"""


class ReadError(ValueError):
    """The input cannot be read as one patient's chart. ``place`` says where, without content."""

    def __init__(self, place: str, what: str) -> None:
        """Keep the place and what is wrong there."""
        super().__init__(f"{place}: {what}")
        self.place = place
        self.what = what


class NotFhir(ReadError):  # noqa: N818 - named for what it says, as the callers read it
    """A JSON value that is not a FHIR resource."""


class WrongPatient(ReadError):  # noqa: N818 - named for what it says, as the callers read it
    """A resource whose patient is not the one the chart is read for."""
