"""Is there time to judge this chart?

Nearly every chart is judged at once, in a fraction of the time a call has. A very large one is
judged beside the loop, so that no other call waits for it, and until the deadline of its own call:
then the call is refused, for what was not judged in time is not "nothing to say". One such chart at
a time; the others wait, each until its own deadline. A larger one still is refused at once.
"""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Final

import orjson

from cds_hooks.advice import Advice
from cds_hooks.cards import Occasion
from cds_hooks.errors import CannotAnswer
from trd.read import Gathered

LARGE_BYTES: Final = 512 * 1024
"""A chart that is written with more than this is judged beside the loop."""

HOPELESS_BYTES: Final = 4 * 1024 * 1024
"""One that is written with more than this is not begun: a thread cannot be ended half way."""

_TOO_MUCH: Final = "prefetch: more than can be read in the time of one call"

Advise = Callable[[Gathered, Occasion], Advice]


class Judge:
    """Judges charts for one door."""

    def __init__(self) -> None:
        """Start without a thread."""
        self._beside = ThreadPoolExecutor(max_workers=1, thread_name_prefix="judging")

    async def advice(
        self, advise: Advise, chart: Gathered, occasion: Occasion, end: float
    ) -> Advice:
        """Return the advice on a chart; ``end`` is on the loop's clock.

        Raises what ``advise`` raises, and CannotAnswer where a large chart is not judged by then.
        """
        size = len(orjson.dumps(chart.resources))
        if size > HOPELESS_BYTES:
            raise CannotAnswer(_TOO_MUCH)
        if size <= LARGE_BYTES:
            return advise(chart, occasion)
        loop = asyncio.get_running_loop()
        try:
            async with asyncio.timeout_at(end):
                return await loop.run_in_executor(self._beside, advise, chart, occasion)
        except TimeoutError:
            raise CannotAnswer(_TOO_MUCH) from None
