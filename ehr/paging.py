"""How are the pages of a search read to their end, and when is it enough?

A page's link to the next is followed below the registered base only, never twice to the same
address, for so many pages. What was read until then is kept, and the reading says why it ends.
"""

from typing import Final

from ehr import because
from ehr.addresses import Address
from ehr.asking import MOST_ENTRIES, Asking
from ehr.errors import NotRead, WrongServer
from ehr.reading import Reading
from ehr.searches import address_of

MOST_PAGES: Final = 20


async def read_pages(reading: Reading, asking: Asking) -> None:
    """Read a need from its search, or the pages that follow what was sent of it."""
    try:
        await _read_on(reading, asking)
    except NotRead as wrong:
        reading.stop(wrong.reason)
    except WrongServer:
        reading.stop(because.ELSEWHERE)


async def _read_on(reading: Reading, asking: Asking) -> None:
    seen: set[Address] = set()
    pages = 1 if reading.is_begun else 0
    address = _address_of(reading, asking)
    while address not in seen and pages < MOST_PAGES:
        seen.add(address)
        reading.take(await asking.read(address))
        reading.limit(MOST_ENTRIES)
        pages += 1
        if not reading.next:
            return
        address = _address_of(reading, asking)
    reading.stop(because.PAGES_REPEAT if address in seen else because.TOO_MUCH)


def _address_of(reading: Reading, asking: Asking) -> Address:
    """Return the address of the first page, or of the one that follows."""
    need = reading.need
    if reading.is_begun:
        return asking.base.next_page(need.resource_type, reading.next)
    return address_of(need, asking.ask.patient_id, asking.base, asking.site.reading)
