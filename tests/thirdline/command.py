"""Types a command and keeps what comes back: exit status, standard output, standard error."""

import contextlib
import fcntl
import io
import json
import os
import pty
import struct
import subprocess
import sys
import termios
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.conftest import ROOT
from tests.support.fhir import ICD, RXNORM, bundle, concept, condition, dosage, observation, order
from tests.support.fhir import patient as the_patient
from thirdline.main import main

AS_OF = ("--as-of", "2026-09-01")
EVERY_NEED = 11


@dataclass(frozen=True)
class Answer:
    """What a command left behind."""

    status: int
    out: str
    err: str

    @property
    def told(self) -> Any:
        """The JSON on standard output."""
        return json.loads(self.out)


def thirdline(*args: str, stdin: bytes = b"") -> Answer:
    """Type ``thirdline ARGS`` in this process, as the installed script does."""
    streams = [io.TextIOWrapper(io.BytesIO(), encoding="utf-8") for _ in range(2)]
    held = sys.argv, sys.stdin
    sys.argv = ["thirdline", *args]
    sys.stdin = io.TextIOWrapper(io.BytesIO(stdin), encoding="utf-8")
    status = 0
    try:
        with contextlib.redirect_stdout(streams[0]), contextlib.redirect_stderr(streams[1]):
            main()
    except SystemExit as ended:
        status = int(ended.code or 0)
    finally:
        sys.argv, sys.stdin = held
    out, err = (_text_of(stream) for stream in streams)
    return Answer(status, out, err)


def _text_of(stream: io.TextIOWrapper) -> str:
    stream.flush()
    raw = stream.buffer
    assert isinstance(raw, io.BytesIO)
    return raw.getvalue().decode("utf-8")


def one_line(text: str) -> str:
    """Return text as if the page had no end."""
    return " ".join(text.split())


def in_a_process(*args: str, stdin: bytes = b"", cwd: Path = ROOT) -> Answer:
    """Type ``python -m thirdline ARGS`` in a process of its own."""
    done = subprocess.run(  # noqa: S603 - our own command
        [sys.executable, "-W", "error", "-m", "thirdline", *args],
        input=stdin,
        capture_output=True,
        check=False,
        cwd=cwd,
        timeout=60,
    )
    return Answer(done.returncode, done.stdout.decode("utf-8"), done.stderr.decode("utf-8"))


def on_a_terminal(*args: str, columns: int, **environment: str) -> str:
    """Type ``python -m thirdline ARGS`` on a terminal so wide; return all that it shows."""
    ours, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 50, columns, 0, 0))
    kept = {k: v for k, v in os.environ.items() if k != "COLUMNS"}  # noqa: TID251 - handed on
    process = subprocess.Popen(  # noqa: S603 - our own command
        [sys.executable, "-W", "error", "-m", "thirdline", *args],
        stdin=theirs,
        stdout=theirs,
        stderr=subprocess.PIPE,
        cwd=ROOT,
        env={**kept, "TERM": "xterm-256color", "PYTHONIOENCODING": "utf-8", **environment},
    )
    os.close(theirs)
    shown = b""
    with contextlib.suppress(OSError), os.fdopen(ours, "rb", buffering=0) as screen:
        while read := screen.read(65_536):  # fails, as Linux does, when the other end is closed
            shown += read
    _, err = process.communicate(timeout=60)
    assert (process.returncode, err) == (0, b"")
    return shown.decode("utf-8").replace("\r\n", "\n")


def a_chart() -> list[Any]:
    """Return the resources of one invented person: two adequate failures, one drug running."""
    drugs = [
        ("order-1", "312938", 100, "2025-10-01", "2026-01-10", "lack of effect"),
        ("order-2", "808744", 150, "2026-01-12", "2026-05-20", "lack of effect"),
        ("order-3", "993557", 300, "2026-08-10", None, None),
    ]
    orders = [
        order(
            local,
            concept(RXNORM, code),
            [dosage(mg, start, end)],
            authoredOn=start,
            status="stopped" if end else "active",
            **({"statusReason": {"text": said}} if said else {}),
        )
        for local, code, mg, start, end, said in drugs
    ]
    scores = [
        observation(f"score-{at}", "44261-6", on, total)
        | {"component": [{"code": concept("http://loinc.org", "44260-8"), "valueInteger": 0}]}
        for at, (on, total) in enumerate(
            [("2025-10-01", 21), ("2026-01-08", 18), ("2026-05-18", 19), ("2026-08-30", 20)]
        )
    ]
    depression = condition("condition-1", concept(ICD, "F33.2"), onsetDateTime="2025-09-01")
    return [the_patient("1982-03-04"), depression, *orders, *scores]


def written(folder: Path, value: object, name: str = "patient.json") -> str:
    """Write a JSON value, text or bytes to a file and return its path."""
    path = folder / name
    if isinstance(value, bytes):
        path.write_bytes(value)
    elif isinstance(value, str):
        path.write_text(value, encoding="utf-8")
    else:
        path.write_text(json.dumps(value), encoding="utf-8")
    return str(path)


def ndjson(resources: list[Any], end: str = "\n") -> str:
    """Write resources one a line."""
    return "".join(json.dumps(resource) + end for resource in resources)


def assessed(folder: Path, value: object, *more: str) -> Answer:
    """Assess a value for the day of these tests, as JSON."""
    return thirdline("assess", written(folder, value), *AS_OF, "--format", "json", *more)


def as_text(folder: Path, value: object) -> Answer:
    """Assess a value for the day of these tests, as text."""
    return thirdline("assess", written(folder, value), *AS_OF)


def the_bundle(**more: Any) -> Any:
    """Return the chart of these tests as one Bundle."""
    return bundle(a_chart()) | more
