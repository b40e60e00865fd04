"""What may go wrong between us and a hospital?

EhrError
├── Untrusted        the caller did not prove who it is; the reason is for the security log only
├── WrongServer      the address is not the registered one, and is not called
├── AuditUnavailable nothing durable could be written: no advice is given that nobody can trace
├── AuditRefused     the place of the audit answers, and will never take this event
├── KeysUnavailable  the caller's keys could not be had just now
└── NotRead          one answer of an EHR could not be had, or not be read

A message is a fixed sentence or code; it never repeats what was sent.
"""


class EhrError(Exception):
    """Base of the edge's errors. ``reason`` is a fixed code of kebab-case words."""

    def __init__(self, reason: str) -> None:
        """Keep the code; it holds no content."""
        super().__init__(reason)
        self.reason = reason


class Untrusted(EhrError):  # noqa: N818 - named for what it says
    """A call that is not proved to be a registered EHR's.

    ``site`` is the name of the one that its token claims to be of, "" where it is none of ours.
    """

    site: str = ""


class WrongServer(EhrError):  # noqa: N818 - named for what it says
    """An address outside the registered base URL."""


class AuditUnavailable(EhrError):  # noqa: N818 - named for what it says
    """The audit could not be written anywhere durable."""


class AuditRefused(EhrError):  # noqa: N818 - named for what it says
    """An event that the place of the audit will not take, however often it is told."""


class KeysUnavailable(Untrusted):
    """The issuer's keys could not be fetched: as little trusted as a wrong signature."""


class NotRead(EhrError):  # noqa: N818 - named for what it says
    """An answer that could not be had or read. ``reason`` is one of the words of ehr.because."""
