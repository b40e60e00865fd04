"""One need asked of a server on this machine."""

import asyncio

from ehr.client import Wire
from ehr.gather import gather_chart
from ehr.site import ReadTerms, Site
from tests.ehr.reading import ask
from tests.support.loopback import answer
from trd.chart import ReadStatus

EMPTY = b'{"resourceType": "Bundle", "type": "searchset", "total": 0}'
GOOD = answer(EMPTY)
UNTRUSTED = "no connection to the EHR that can be trusted"
UNREACHABLE = "the EHR could not be reached"
READ = (ReadStatus.COMPLETE, "")


async def read_at(base, *, resolve=None, ca_file="", budget=2.0, wire=None, need="conditions"):
    """Ask one need of a server; return its status and reason."""
    site = Site(name="north", base=base, reading=ReadTerms(ca_file=ca_file))
    wired = wire or Wire([site], resolve=resolve)
    try:
        deadline = asyncio.get_running_loop().time() + budget
        found = await gather_chart(ask(server=base), {need}, site, wired, deadline)
    finally:
        if wire is None:
            await wired.close()
    return found.reads[need], found.because.get(need, "")


async def localhost(host, port):
    return ["127.0.0.1"]


class Names:
    """A resolver that gives one list of addresses after the other, and keeps who asked."""

    def __init__(self, *lists):
        """Give these lists in turn, the last one for ever."""
        self.lists = lists
        self.asked = []

    async def __call__(self, host, port):
        self.asked.append(host)
        return self.lists[min(len(self.asked), len(self.lists)) - 1]
