"""Whom does the service take calls from?"""

from enum import StrEnum


class Mode(StrEnum):
    """A real hospital's EHRs, or whoever is on this machine."""

    PRODUCTION = "production"
    SANDBOX = "sandbox"
