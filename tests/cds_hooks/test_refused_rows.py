"""A row the database will not hold keeps nobody from an answer, and is not lost."""

import asyncio

import orjson
import pytest

from cds_hooks.recorded import RecordedAudit
from ehr.spool import REFUSED_EVENTS, SpooledAudit
from store.errors import RowRefused
from tests.cds_hooks.hooks import REVIEW, app_of, call, client_of, prefetch_of
from tests.cds_hooks.people import two_failures
from tests.support.kept import Kept

JSON_TYPE = {"Content-Type": "application/json"}


class Picky(Kept):
    """Records that will not hold the first row, whatever it is, and hold every other."""

    is_first = True

    async def record(self, audit, shown=()):
        if self.is_first:
            self.is_first = False
            raise RowRefused("row-refused", "DataError 22021")
        await super().record(audit, shown)


@pytest.mark.hostile("K09")
@pytest.mark.requirement("SEC-18")
def test_calls_go_on_and_the_refused_event_is_in_its_file(tmp_path):
    kept = Picky()
    body = orjson.dumps(call(prefetch_of(two_failures())))

    async def exchanges():
        audit = SpooledAudit(RecordedAudit(kept), tmp_path)
        async with client_of(app_of(audit=audit, records=kept)) as client:
            for _ in range(3):
                answer = await client.post(
                    f"/cds-services/{REVIEW}", content=body, headers=JSON_TYPE
                )
                assert (answer.status_code, len(answer.json()["cards"])) == (200, 1)
        assert audit.waiting == 0
        await audit.close()

    asyncio.run(exchanges())
    assert len(kept.audits) == 2
    (line,) = (tmp_path / REFUSED_EVENTS).read_bytes().splitlines()
    assert orjson.loads(line)["service"] == REVIEW
