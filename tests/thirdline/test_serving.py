"""``thirdline serve`` as an operator runs it: workers, signals, sockets, what production shows."""

import json
import os
import shutil
import signal
import socket
import stat
import tempfile
import time
from pathlib import Path
from urllib.parse import urlsplit

import httpx
import pytest

from tests.support.site import documented, laid
from tests.support.tokens import SOUTH, claims_for, signed
from tests.thirdline.command import thirdline
from tests.thirdline.configured import PUBLIC_URL, changed, production, sandbox, written
from tests.thirdline.serving import (
    ADA,
    JSON,
    REVIEW,
    TODAY,
    asked,
    eventually,
    free_port,
    started,
    url_of,
    workers_of,
)
from thirdline.clock import now

SANDBOX = ("serve", "--listen", "127.0.0.1:0", "--today", TODAY)


def half_sent(url, body=ADA):
    """Return a connection on which a call is sent but for its last byte."""
    where = urlsplit(url)
    assert where.hostname is not None
    connection = socket.create_connection((where.hostname, where.port), timeout=20)
    head = f"POST {REVIEW} HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
    connection.sendall(f"{head}Content-Length: {len(body)}\r\n\r\n".encode() + body[:-1])
    return connection


def answer_on(connection):
    """Read an answer to its end."""
    with connection:
        parts = []
        while part := connection.recv(65_536):
            parts.append(part)
    return b"".join(parts)


@pytest.mark.hostile("O04")
@pytest.mark.parametrize(
    ("count", "told"), [("1", signal.SIGINT), ("1", signal.SIGTERM), ("2", signal.SIGTERM)]
)
def test_told_to_stop_it_answers_what_it_has_begun(tmp_path, count, told):
    with started(*SANDBOX, "--workers", count, folder=tmp_path, told=told) as process:
        url = url_of(process)
        assert eventually(lambda: asked(url)).status_code == 200
        begun = [half_sent(url) for _ in range(20)]
        time.sleep(0.3)
        process.send_signal(told)
        time.sleep(0.3)
        for connection in begun:
            connection.sendall(ADA[-1:])
        answers = [answer_on(connection) for connection in begun]
        assert [answer[:15] for answer in answers] == [b"HTTP/1.1 200 OK"] * 20
        assert all(b'"cards"' in answer for answer in answers)
        before = time.monotonic()
        assert process.wait(timeout=30) == 0
        assert time.monotonic() - before < 5


@pytest.mark.hostile("O14")
def test_a_worker_that_dies_is_replaced_by_one_with_the_same_knowledge(tmp_path):
    site = laid(tmp_path, documented())
    answered = (*SANDBOX, "--workers", "2", "--knowledge", str(site))
    with started(*answered, folder=tmp_path) as process:
        url = url_of(process)
        first = eventually(lambda: len(workers_of(process)) == 2 and workers_of(process))
        label = labels(asked(url))
        assert "+site" in str(label)
        shutil.rmtree(site)
        killed = min(first)
        os.kill(killed, signal.SIGKILL)
        then = eventually(lambda: len(workers_of(process) - {killed}) == 2 and workers_of(process))
        assert killed not in then
        assert [labels(asked(url)) for _ in range(10)] == [label] * 10
        os.kill(process.pid, signal.SIGTERM)
        _, err = process.communicate(timeout=20)
        (line,) = [json.loads(line) for line in err.splitlines()]
        assert (line["event"], line["pid"], line["status"]) == ("worker-ended", killed, -9)


def labels(answer):
    """Return what the cards of an answer say of the knowledge they rest on."""
    assert answer.status_code == 200
    return {card["source"]["label"] for card in answer.json()["cards"]}


def test_workers_end_with_the_first_process(tmp_path):
    with started(*SANDBOX, "--workers", "2", folder=tmp_path) as process:
        url = url_of(process)
        left = eventually(lambda: len(workers_of(process)) == 2 and workers_of(process))
        assert asked(url).status_code == 200
        process.kill()
        process.communicate(timeout=20)
        eventually(lambda: not any(Path(f"/proc/{pid}/exe").exists() for pid in left))
        with pytest.raises(httpx.ConnectError):
            asked(url)
        process.returncode = 0


def test_a_unix_socket_is_served_and_left_clean():
    with tempfile.TemporaryDirectory(prefix="t") as short:
        folder = Path(short)
        path = folder / "s.sock"
        with socket.socket(socket.AF_UNIX) as left_over:
            left_over.bind(str(path))
        with started("serve", "--listen", f"unix:{path}", folder=folder) as process:
            url_of(process)
            assert stat.S_IMODE(path.stat().st_mode) == 0o660
            transport = httpx.HTTPTransport(uds=str(path))
            with httpx.Client(transport=transport, base_url="http://thirdline") as client:
                assert client.get("/healthz").status_code == 200
                assert client.get("/cds-services").status_code == 200
            again = thirdline("serve", "--listen", f"unix:{path}")
            assert again.status == 1
            assert "in use" in again.err
        assert not path.exists()


@pytest.fixture(scope="module")
def in_production(tmp_path_factory):
    """Return the address of a service in production with two workers, and that of its counts."""
    folder = tmp_path_factory.mktemp("production")
    settings = production(folder) | {
        "metrics_listen": f"127.0.0.1:{free_port()}",
        "audit_file": "audit.jsonl",
    }
    south = {"name": "south", "fhir_base": SOUTH.fhir, "cds_issuer": SOUTH.url, "enabled": False}
    settings["ehr"].append(south)
    config = written(folder, settings)
    with started("serve", "--config", config, "--workers", "2", folder=folder) as process:
        yield url_of(process), f"http://{settings['metrics_listen']}", folder


@pytest.mark.hostile("O01")
def test_production_answers_a_signed_call_and_each_token_once(in_production):
    url, _, folder = in_production
    tokens = [signed(claims_for(f"{PUBLIC_URL}{REVIEW}", now=now())) for _ in range(4)]
    answers = [asked(url, token) for token in tokens]
    assert [answer.status_code for answer in answers] == [200] * 4
    assert all(answer.json()["cards"] for answer in answers)
    again = [asked(url, token) for token in tokens for _ in range(3)]
    assert [(answer.status_code, answer.content) for answer in again] == [(401, b"")] * 12
    endpoint = f"{PUBLIC_URL}{REVIEW}"
    elsewhere = signed(claims_for("https://elsewhere.org/cds-services/trd-review", now=now()))
    disabled = signed(claims_for(endpoint, issuer=SOUTH, now=now()), by=SOUTH)
    assert [asked(url, token).status_code for token in (elsewhere, disabled)] == [401, 401]
    lines = (folder / "audit.jsonl").read_text(encoding="utf-8").splitlines()
    told = [json.loads(line) for line in lines]
    assert {event["resourceType"] for event in told} == {"AuditEvent"}
    assert len([event for event in told if event["subtype"][0]["code"] == "advice"]) == 4


HIDDEN = ("/metrics", "/docs", "/redoc", "/openapi.json", "/explain/trd-review", "/debug", "/")


@pytest.mark.hostile("K12")
def test_production_hides_what_a_sandbox_shows(in_production):
    url, counts, _ = in_production
    with httpx.Client(base_url=url, trust_env=False) as client:
        assert {client.get(path).status_code for path in HIDDEN} <= {401, 404}
        assert client.get("/cds-services").status_code == 200
        refused = client.post(REVIEW, content=ADA, headers=JSON)
        assert (refused.status_code, refused.content) == (401, b"")
        assert refused.headers["WWW-Authenticate"] == "Bearer"
        assert client.get("/readyz").status_code == 200
    assert httpx.get(f"{counts}/metrics", trust_env=False).status_code == 200
    assert httpx.get(f"{counts}{REVIEW}", trust_env=False).status_code == 404


@pytest.mark.hostile("K12")
def test_a_sandbox_shows_counts_and_they_are_those_of_all_workers(tmp_path):
    settings = sandbox(tmp_path) | {"metrics_listen": f"127.0.0.1:{free_port()}"}
    config = written(tmp_path, settings)
    with started("serve", "--config", config, "--workers", "2", folder=tmp_path) as process:
        url = url_of(process)
        for _ in range(12):
            assert asked(url).status_code == 200
        places = [f"{url}/metrics", f"http://{settings['metrics_listen']}/metrics"]
        pages = [httpx.get(place, trust_env=False).text for place in places * 3]
    counted = 'thirdline_calls_total{service="trd-review",status="200"} 12.0'
    assert all(counted in page for page in pages)


@pytest.mark.hostile("O01")
def test_production_that_is_wrong_does_not_start(tmp_path):
    good = production(tmp_path)
    wrong = changed(good, "public_url", "http://hooks.canary-7f3a.org")
    answer = thirdline("serve", "--config", written(tmp_path, wrong))
    assert (answer.status, answer.out) == (2, "")
    assert answer.err == "thirdline: public_url: must be https in production\n"
    for option, value in (("--listen", "0.0.0.0:0"), ("--today", TODAY)):
        answer = thirdline("serve", "--config", written(tmp_path, good), option, value)
        assert (answer.status, answer.out) == (2, "")
        assert answer.err.startswith(f"thirdline: {option}: ")
    with started("serve", "--config", written(tmp_path, good), folder=tmp_path) as process:
        assert httpx.get(f"{url_of(process)}/healthz", trust_env=False).status_code == 200


def test_what_a_sandbox_keeps_is_gone_with_it_unless_it_is_told_where(tmp_path):
    with started(*SANDBOX, folder=tmp_path) as process:
        assert asked(url_of(process)).status_code == 200
        (folder,) = tmp_path.glob("thirdline-*")
        assert (folder / "thirdline.db").exists()
        assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert not list(tmp_path.glob("thirdline-*"))
    places = {"DATABASE_URL": f"sqlite+aiosqlite:///{tmp_path / 'kept.db'}"}
    places |= {"KEYS_FILE": str(tmp_path / "k.json"), "SPOOL_FOLDER": str(tmp_path / "spool")}
    named = {f"THIRDLINE_{name}": place for name, place in places.items()}
    with started(*SANDBOX, folder=tmp_path, more=named) as process:
        assert asked(url_of(process)).status_code == 200
    assert stat.S_IMODE((tmp_path / "kept.db").stat().st_mode) == 0o600
    assert stat.S_IMODE((tmp_path / "k.json").stat().st_mode) == 0o600
