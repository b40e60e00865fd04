"""A log line says what is on the list, and nothing that was sent."""

import io
import json
import logging
import subprocess
import sys
import threading
import warnings

import httpx
import pytest
import structlog
from hypothesis import given
from hypothesis import strategies as st

from ehr import logs
from ehr.errors import Untrusted, WrongServer
from tests.conftest import ROOT
from tests.support.tokens import call, claims_for, signed, trust_of

NAME, TOKEN = "Zebulon Quirke", "eyJhbGciOiJFUzM4NCJ9.canary"
TALKATIVE = ["httpx", "httpcore", "uvicorn", "uvicorn.error", "uvicorn.access", "sqlalchemy"]


@pytest.fixture
def stream(monkeypatch):
    """Configure the logs onto a stream, and put everything back afterwards."""
    root, out = logging.getLogger(), io.StringIO()
    monkeypatch.setattr(root, "handlers", root.handlers)
    monkeypatch.setattr(logging, "raiseExceptions", logging.raiseExceptions)
    for module, name in ((sys, "excepthook"), (sys, "unraisablehook"), (threading, "excepthook")):
        monkeypatch.setattr(module, name, getattr(module, name))
    level = root.level
    levels = {name: logging.getLogger(name).level for name in TALKATIVE}
    logs.configure_logs(out)
    yield out
    root.setLevel(level)
    for name, value in levels.items():
        logging.getLogger(name).setLevel(value)
        logging.getLogger(name).propagate = True
    logging.captureWarnings(capture=False)
    structlog.reset_defaults()


def lines(stream):
    return [json.loads(line) for line in stream.getvalue().splitlines()]


def line(stream):
    (only,) = lines(stream)
    return only


def fault_of(kind, code):
    """Return the exception of that kind which a piece of code raises."""
    with pytest.raises(kind) as raised:
        code()
    return raised.value


def test_a_line_is_one_json_object_with_its_moment_and_level(stream):
    logs.operation("answered", service="trd-review", status=200, duration_ms=12.5, cards=1)
    said = line(stream)
    assert said.pop("timestamp").endswith("Z")
    assert said == {
        "event": "answered",
        "channel": "operation",
        "level": "info",
        "service": "trd-review",
        "status": 200,
        "duration_ms": 12.5,
        "cards": 1,
    }


@pytest.mark.parametrize(
    ("say", "channel", "level"),
    [
        (logs.security, "security", "warning"),
        (logs.fault, "fault", "error"),
        (logs.operation, "operation", "info"),
    ],
)
def test_each_channel_has_its_level(stream, say, channel, level):
    say("happened")
    assert (line(stream)["channel"], line(stream)["level"]) == (channel, level)


def test_lines_below_the_level_are_left_out(stream):
    logs.configure_logs(stream, "WARNING")
    logs.operation("answered")
    logs.security("refused")
    assert [one["event"] for one in lines(stream)] == ["refused"]


@pytest.mark.hostile("K01", "K02", "K04")
@pytest.mark.requirement("SEC-12")
@pytest.mark.parametrize(
    "fields",
    [
        {"patient": NAME},
        {"token": TOKEN},
        {"authorization": f"Bearer {TOKEN}"},
        {"url": f"https://x.example.org/?name={NAME}"},
        {"body": {"name": NAME}},
        {"comment": NAME},
        {"user_agent": NAME},
        {"reason": NAME},
        {"service": NAME},
        {"status": NAME},
        {"issuer": f"{NAME} {NAME}"},
        {"jti": "x" * 257},
        {"jti": [NAME]},
        {"request": {"name": NAME}},
        {"frames": [NAME]},
        {"frames": NAME},
        {"count": [1]},
        {"reason": ""},
    ],
)
def test_what_is_not_on_the_list_or_has_not_its_form_is_dropped_and_counted(stream, fields):
    logs.security("refused", site="north", **fields)
    said = line(stream)
    assert said["dropped"] == 1
    assert set(said) == {"event", "channel", "level", "timestamp", "site", "dropped"}
    assert "Zebulon" not in stream.getvalue()


@pytest.mark.hostile("K01")
@pytest.mark.parametrize("event", [NAME, "", "x" * 65, "a\nb", "é", '{"a":1}'])
def test_an_event_is_a_word_of_our_own(stream, event):
    logs.security(event)
    assert (line(stream)["event"], line(stream)["dropped"]) == ("unnamed", 1)


@pytest.mark.hostile("K08")
@given(
    event=st.text(max_size=20),
    value=st.text(max_size=50) | st.sampled_from(["a\r\nb", '"}\n{"level":"info"}', "a\u2028b"]),
    name=st.sampled_from(["request", "jti", "reason", "tenant", "user_agent", "service"]),
)
def test_whatever_is_said_makes_one_line(event, value, name):
    out = io.StringIO()
    handler = logging.StreamHandler(out)
    logger = logging.getLogger("thirdline.security")
    logger.addHandler(handler)
    try:
        logs.security(event, **{name: value})
    finally:
        logger.removeHandler(handler)
    assert out.getvalue().count("\n") == 1
    assert out.getvalue().isascii()
    assert set(json.loads(out.getvalue())) <= {
        *("event", "channel", "level", "timestamp", "dropped", name)
    }


@pytest.mark.hostile("K08")
def test_a_forged_line_in_a_name_stays_within_its_field(stream):
    logs.security("refused", request='x","level":"info","event":"trusted')
    assert line(stream)["request"] == 'x","level":"info","event":"trusted'
    assert line(stream)["event"] == "refused"


# --------------------------------------------------------------------------------------- faults


@pytest.mark.hostile("K04")
def test_a_fault_is_told_without_its_message(stream):
    error = fault_of(KeyError, lambda: dict[str, str]()[NAME])
    logs.fault("ended", error, number="7")
    said = line(stream)
    assert (said["error"], said["number"]) == ("KeyError", "7")
    assert "frames" not in said
    assert "Zebulon" not in stream.getvalue()


def test_a_fault_is_told_with_the_places_of_our_own_it_came_through(stream):
    error = fault_of(Untrusted, lambda: call(trust_of(), "a.b"))
    logs.fault("ended", error)
    said = line(stream)
    assert (said["error"], said["reason"]) == ("Untrusted", "token-malformed")
    assert [one.rpartition(":")[0] for one in said["frames"]] == [
        "ehr.trust:caller",
        "ehr.jws:read_token",
    ]


def test_a_fault_names_what_it_came_of_by_type_alone(stream):
    def failing():
        try:
            int(NAME)
        except ValueError as wrong:
            raise WrongServer("another-host") from wrong

    logs.fault("ended", fault_of(WrongServer, failing))
    assert (line(stream)["causes"], line(stream)["reason"]) == (["ValueError"], "another-host")
    assert "Zebulon" not in stream.getvalue()


@pytest.mark.hostile("K04")
def test_a_reason_of_another_library_is_not_repeated(stream):
    class Foreign(Exception):  # noqa: N818
        reason = "Zebulon"

    logs.fault("ended", Foreign(NAME))
    logs.fault("ended", Untrusted(NAME))
    assert "Zebulon" not in stream.getvalue()


def test_a_chain_of_causes_ends(stream):
    error: Exception = ValueError(NAME)
    for _ in range(100):
        error, error.__cause__ = RuntimeError(NAME), error
    logs.fault("ended", fault_of(RuntimeError, lambda: _raise(error)))
    assert len(line(stream)["causes"]) <= 5


def _raise(error):
    raise error


# ------------------------------------------------------------------------------------- libraries


@pytest.mark.hostile("K01", "K02")
def test_of_what_a_library_says_only_the_place_is_printed(stream):
    logger = logging.getLogger("some.library")
    logger.warning("GET %s", f"https://x.example.org/?token={TOKEN}")
    try:
        int(NAME)
    except ValueError:
        logger.exception("failed for %s", NAME)
    first, second = lines(stream)
    assert first == {
        "event": "library",
        "level": "warning",
        "logger": "some.library",
        "place": first["place"],
    }
    assert first["place"].startswith("test_logs:")
    assert (second["level"], second["error"]) == ("error", "ValueError")
    assert "canary" not in stream.getvalue()
    assert "Zebulon" not in stream.getvalue()


@pytest.mark.hostile("K02")
@pytest.mark.parametrize("name", TALKATIVE)
def test_a_library_that_logs_each_request_is_silent_about_them(stream, name):
    logging.getLogger(name).info("GET https://x.example.org/?token=%s", TOKEN)
    assert not stream.getvalue()


@pytest.mark.hostile("K02")
def test_the_http_client_prints_no_address(stream):
    transport = httpx.MockTransport(lambda _: httpx.Response(200))
    with httpx.Client(transport=transport) as client:
        client.get(f"https://x.example.org/?token={TOKEN}")
    assert "canary" not in stream.getvalue()


@pytest.mark.hostile("K02")
def test_an_access_log_that_was_set_up_elsewhere_is_taken_down(stream):
    own = io.StringIO()
    logging.getLogger("uvicorn.access").addHandler(logging.StreamHandler(own))
    logs.configure_logs(stream)
    logging.getLogger("uvicorn.access").warning("GET /?token=%s", TOKEN)
    assert not own.getvalue()
    assert not stream.getvalue()


def test_any_other_structlog_logger_keeps_to_the_list(stream):
    structlog.get_logger("elsewhere").warning("refused", site="north", patient=NAME)
    assert (line(stream)["site"], line(stream)["dropped"]) == ("north", 1)


@pytest.mark.hostile("K01")
def test_a_log_call_that_fails_and_a_warning_print_nothing_of_their_own(stream, capsys):
    logging.getLogger("some.library").warning("%d", NAME)
    with warnings.catch_warnings():
        warnings.simplefilter("always")
        warnings.warn(NAME, stacklevel=1)
    assert "Zebulon" not in stream.getvalue() + "".join(capsys.readouterr())


@pytest.mark.hostile("K01")
@pytest.mark.parametrize(
    "ending",
    [
        "raise ValueError(name)",
        "threading.Thread(target=lambda: {}[name]).start()",
        "class Gone:\n    def __del__(self): raise ValueError(name)\nGone()",
        "asyncio.run(abandoned())",
    ],
)
def test_an_exception_nobody_caught_is_told_without_its_message(ending):
    code = f"""
import asyncio, sys, threading
from ehr import logs
logs.configure_logs(sys.stderr)
name = sys.argv[1]
async def failing(): raise ValueError(name)
async def abandoned():
    task = asyncio.ensure_future(failing())
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    del task
{ending}
"""
    command = [sys.executable, "-c", code, NAME]
    done = subprocess.run(  # noqa: S603 - our own command
        command, cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert "Zebulon" not in done.stdout + done.stderr
    (said,) = [json.loads(one) for one in done.stderr.splitlines()]
    assert said["error"] in {"ValueError", "KeyError"}


@pytest.mark.hostile("K02")
@pytest.mark.requirement("SEC-12")
def test_a_refused_token_is_in_no_line(stream):
    token = signed(claims_for(), aud="elsewhere")
    error = fault_of(Untrusted, lambda: call(trust_of(), token))
    logs.security(error.reason, site="north")
    logs.fault("ended", error)
    assert not [part for part in token.split(".") if part[:12] in stream.getvalue()]
    assert lines(stream)[0]["event"] == "aud-not-ours"
