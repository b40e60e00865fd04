"""May this EHR call once more this minute?

Counted in this process: with several workers each allows the figure by itself.
"""

import math
from datetime import datetime
from typing import Final

from limits import RateLimitItemPerMinute
from limits.aio.storage import MemoryStorage
from limits.aio.strategies import FixedWindowRateLimiter

from cds_hooks.errors import TooMany
from ehr.site import Site

_MINUTE_S: Final = 60


class Quota:
    """The calls of each EHR in this minute."""

    def __init__(self) -> None:
        """Start with nothing counted."""
        self._limiter = FixedWindowRateLimiter(MemoryStorage())

    async def spend(self, site: Site, on: str, now: datetime) -> None:
        """Count one call of an EHR; raise TooMany beyond its figure. ``on`` is counted apart."""
        if site.calls_per_minute is None:
            return
        item = RateLimitItemPerMinute(site.calls_per_minute)
        if not await self._limiter.hit(item, site.name, on):
            ends = (await self._limiter.get_window_stats(item, site.name, on)).reset_time
            left = math.ceil(ends - now.timestamp())
            raise TooMany(min(max(left, 1), _MINUTE_S))
