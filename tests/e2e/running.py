"""Runs the service as a hospital does: production mode, behind a proxy's name, its log in a file.

``call_about`` is a call about an invented person of the demo in whose chart a word stands wherever
a chart has words, so that an answer with somebody else's word gives itself away.
"""

import json
import os
import signal
import subprocess
import sys
import uuid
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx

from tests.conftest import ROOT
from tests.support.tokens import claims_for, signed
from tests.thirdline.command import thirdline
from tests.thirdline.configured import PUBLIC_URL, production, written
from tests.thirdline.serving import JSON, NO_TLS, environment, eventually, url_of
from thirdline.clock import now, today
from thirdline.demo_patients import demo_patients, hook_request
from trd.dates import Day

REASONS = "http://terminology.hl7.org/CodeSystem/non-adherence-reason-codes"
SAFETY = "/cds-services/suicide-safety"
_PEOPLE = {person.key: person for person in demo_patients()}
_STOPPED_S = 30
Json = dict[str, Any]


@dataclass(frozen=True)
class Running:
    """A service in processes of its own: its first process, its address, its log."""

    process: subprocess.Popen[str]
    url: str
    log: Path

    def kill(self) -> None:
        """End all of its processes at once, without a word."""
        os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()


@contextmanager
def running(folder: Path, config: str, workers: int = 1, *options: str) -> Iterator[Running]:
    """Serve a configuration; what is not killed by then is told to stop, and stops well."""
    log = folder / "log.jsonl"
    command = [sys.executable, "-W", "error", "-m", "thirdline", "serve", "--config", config]
    with log.open("a", encoding="utf-8") as written_to:
        process = subprocess.Popen(  # noqa: S603 - our own command
            [*command, "--workers", str(workers), *options],
            stdout=subprocess.PIPE,
            stderr=written_to,
            text=True,
            cwd=ROOT,
            env=environment(folder),
            start_new_session=True,
        )
    with process:
        try:
            url = url_of(process)
            eventually(lambda: is_ready(url))
            yield Running(process, url, log)
        finally:
            if process.poll() is None:
                process.terminate()
                assert process.wait(timeout=_STOPPED_S) == 0


def is_ready(url: str) -> bool:
    """Say whether a service answers that it is ready."""
    try:
        return httpx.get(f"{url}/readyz", verify=NO_TLS, trust_env=False).status_code == 200
    except httpx.TransportError:
        return False


def hospital(folder: Path, database_url: str, **changes: Any) -> str:
    """Return a configuration of production over a database, its keys and tables made."""
    config = written(folder, production(folder) | {"database_url": database_url} | changes)
    made = thirdline("db", "upgrade", "--config", config)
    assert (made.status, made.err) == (0, "")
    return config


def letters(number: int) -> str:
    """Return a number as letters: words with figures may be shortened on a card."""
    return "".join("bcdfghjkmn"[int(figure)] for figure in f"{number:04d}")


def call_about(person: str, word: str, patient: str, on: Day | None = None, **more: Any) -> Json:
    """Return a call about a person whose id and words are given; further members may be changed."""
    request = hook_request(_PEOPLE[person], today() if on is None else on)
    text = json.dumps(request).replace(f"demo-{person}", patient)
    call: Json = json.loads(text.replace("Testperson", word).replace("of effect", f"of {word}"))
    noted = {
        "resourceType": "Condition",
        "id": f"{patient}-noted",
        "subject": {"reference": f"Patient/{patient}"},
        "code": {"text": f"Epilepsy {word}"},
        "note": [{"text": word}],
    }
    call["prefetch"]["conditions"]["entry"].append({"resource": noted})
    call["prefetch"]["conditions"]["total"] += 1
    return call | {"hookInstance": str(uuid.uuid4())} | more


def talking(url: str) -> httpx.AsyncClient:
    """Return a client of a service, with as many connections as there are calls at once."""
    limits = httpx.Limits(max_connections=None)
    return httpx.AsyncClient(
        base_url=url, limits=limits, timeout=60, verify=NO_TLS, trust_env=False
    )


def token_for(path: str) -> str:
    """Return a token that is good now for an endpoint."""
    return signed(claims_for(f"{PUBLIC_URL}{path}", now=now()))


def headers_for(path: str, token: str | None = None) -> dict[str, str]:
    """Return the headers of a signed call."""
    return {**JSON, "Authorization": f"Bearer {token or token_for(path)}"}


def put_away(card: str, code: str = "patient-refuses", comment: str = "") -> Json:
    """Return feedback that a card was put away, and why."""
    reason: Json = {"reason": {"system": REASONS, "code": code}}
    if comment:
        reason["userComment"] = comment
    return {
        "card": card,
        "outcome": "overridden",
        "outcomeTimestamp": now().isoformat(),
        "overrideReason": reason,
    }


def detail(event: Json, name: str) -> list[str]:
    """Return what the details of an audit event say under a name."""
    found: Sequence[Json] = [one for entity in event["entity"] for one in entity.get("detail", [])]
    return [one["valueString"] for one in found if one["type"] == name]
