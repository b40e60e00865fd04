"""The exact cards of a few invented patients, and discovery, as files somebody has read.

``python -m tests.cds_hooks.golden`` writes them anew; a changed sentence is then a reviewed diff.
"""

import json
from pathlib import Path

from tests.cds_hooks.hooks import (
    REVIEW,
    SAFETY,
    app_of,
    call,
    numbered_uuids,
    post,
    prefetch_of,
    send,
)
from tests.cds_hooks.orders import CASES, order_call
from tests.cds_hooks.people import PEOPLE

FOLDER = Path(__file__).parent / "golden"


def answers(person: str) -> str:
    """Return what both services answer for one patient, with ids that repeat."""
    app = app_of(new_uuid=numbered_uuids())
    body = call(prefetch_of(PEOPLE[person]()))
    said = {service: post(service, body, app=app).json() for service in (REVIEW, SAFETY)}
    return written(said)


def answers_to_order(case: str) -> str:
    """Return what is answered to a call about drafts, with ids that repeat."""
    service, drafts, chart = CASES[case]
    app = app_of(new_uuid=numbered_uuids())
    body = order_call(service, drafts(), prefetch_of(chart()))
    return written({service: post(service, body, app=app).json()})


def discovered() -> str:
    return written(send("GET", "/cds-services").json())


def written(value: object) -> str:
    return json.dumps(value, indent=2, ensure_ascii=False) + "\n"


def write_all() -> None:
    FOLDER.mkdir(exist_ok=True)
    (FOLDER / "discovery.json").write_text(discovered(), "utf-8")
    for person in PEOPLE:
        (FOLDER / f"{person}.json").write_text(answers(person), "utf-8")
    for case in CASES:
        (FOLDER / f"{case}.json").write_text(answers_to_order(case), "utf-8")


if __name__ == "__main__":
    write_all()
