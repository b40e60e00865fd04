"""What is to be served?"""

from collections.abc import Callable
from dataclasses import dataclass

from thirdline.clock import today
from thirdline.settings import Settings
from trd.dates import Day
from trd.knowledge import Knowledge


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """Settings, knowledge, the day, and where EHRs reach the service."""

    settings: Settings
    knowledge: Knowledge
    today: Callable[[], Day]
    public_url: str = ""


def day_of(settings: Settings) -> Callable[[], Day]:
    """Return what says the day: the clock, or the one day a sandbox is told."""
    if settings.today is None:
        return today
    fixed = settings.today.toordinal()
    return lambda: fixed
