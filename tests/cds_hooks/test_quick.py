"""An answer is there before anybody waits for it: a large chart, and the best of a few tries.

How fast it is beside others stands in docs/performance.md; this test only notices a disaster.
"""

import time
from random import Random

import orjson
import pytest

from benchmarks.payload import call
from tests.cds_hooks.hooks import app_of, post

SECONDS = 0.5
TRIES = 5


@pytest.mark.requirement("RESP-7")
def test_a_large_chart_is_answered_within_half_a_second():
    body = orjson.dumps(call(Random(3)))  # noqa: S311 - the same data on every run
    assert len(body) > 300_000
    app, taken = app_of(), []
    for _ in range(TRIES):
        start = time.perf_counter()
        answer = post("trd-review", body, app=app)
        taken.append(time.perf_counter() - start)
        assert answer.status_code == 200
        assert answer.json()["cards"]
    assert min(taken) < SECONDS
