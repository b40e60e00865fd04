"""Which day, and which moment, is it?

The one place that reads the clock. Every rule takes the day as an argument; here it comes from an
option, or from the clock of this machine.
"""

import re
from datetime import UTC, date, datetime
from typing import Final

from thirdline.errors import Refusal
from trd.dates import Day

_DATE: Final = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)


def now() -> datetime:
    """Return the moment this machine's clock shows, in UTC."""
    return datetime.now(UTC)  # noqa: TID251 - the one reading of the moment


def today() -> Day:
    """Return the day this machine's clock shows."""
    return date.today().toordinal()  # noqa: TID251, DTZ011 - the one reading of the day


def day_option(option: str, text: str | None) -> Day:
    """Return the day an option names, today where it is absent; refuse anything but a full date."""
    if text is None:
        return today()
    try:
        if _DATE.fullmatch(text):
            return date.fromisoformat(text).toordinal()
    except ValueError:
        pass
    raise Refusal(f"{option}: not a date of the form 2026-09-01")
