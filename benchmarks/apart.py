"""Where does one call spend its time? Each step alone, in this process, best of many."""

import time
from collections.abc import Callable, Mapping
from typing import Final
from uuid import uuid4

import orjson

from benchmarks.payload import TODAY, body
from cds_hooks.call import read_call
from cds_hooks.cards import Occasion
from cds_hooks.heads import read_call_body
from cds_hooks.review import cards_of
from cds_hooks.services import SERVICE_BY_ID
from tests.support.sent import sent_with
from trd.assess import assess
from trd.knowledge.load import load_knowledge
from trd.read import read_chart

REPEATS: Final = 60


def taken_apart() -> Mapping[str, float]:
    """Return the milliseconds of each step of one call."""
    text, knowledge = body(), load_knowledge()
    service, today = SERVICE_BY_ID["trd-review"], TODAY.toordinal()
    sent = read_call_body(text, knowledge)
    call = read_call(sent.body, service.hook)
    held = sent_with(call, service.needs, sent.unused)
    chart = read_chart(held, knowledge)
    assessment = assess(chart, knowledge, today)
    occasion = Occasion(as_of=today, knowledge=knowledge, topic_system="x", new_uuid=uuid4)
    steps: dict[str, Callable[[], object]] = {
        "parse (strict, ordinary resources left as text)": lambda: read_call_body(text, knowledge),
        "gather": lambda: sent_with(read_call(sent.body, service.hook), service.needs, sent.unused),
        "read": lambda: read_chart(held, knowledge),
        "assess": lambda: assess(chart, knowledge, today),
        "cards": lambda: orjson.dumps([one.card for one in cards_of(assessment, occasion)[0]]),
        "for comparison: orjson.loads of the whole body": lambda: orjson.loads(text),
    }
    return {name: _best(step) for name, step in steps.items()}


def _best(step: Callable[[], object]) -> float:
    """Return the shortest time of many, in milliseconds."""
    shortest = float("inf")
    for _ in range(REPEATS):
        began = time.perf_counter()
        step()
        shortest = min(shortest, time.perf_counter() - began)
    return shortest * 1000
