"""``thirdline serve`` and ``thirdline demo``, over real HTTP on loopback."""

import asyncio
import json
import re
import shlex
import socket

import httpx
import pytest

from tests.thirdline.command import one_line, thirdline
from tests.thirdline.serving import started, until
from thirdline.demo import NO_CARD, show_answers, without_markup
from thirdline.demo_patients import demo_patients, hook_request

TODAY, TODAY_ORDINAL = "2026-09-01", 739_860


REFUSED = [
    pytest.param("0.0.0.0:8000", "only a loopback address", id="everywhere"),
    pytest.param("192.0.2.1:8000", "only a loopback address", id="elsewhere"),
    pytest.param("[::]:8000", "only a loopback address", id="everywhere-6"),
    pytest.param("ehr.example.org:8000", "not an address", id="name"),
    pytest.param("127.0.0.1", "not an address", id="no-port"),
    pytest.param("127.0.0.1:99999", "not an address", id="high-port"),
    pytest.param("127.0.0.1:http", "not an address", id="named-port"),
]


@pytest.mark.parametrize(("listen", "said"), REFUSED)
def test_the_sandbox_listens_on_loopback_only(listen, said):
    answer = thirdline("serve", "--listen", listen)
    assert (answer.status, answer.out) == (2, "")
    assert answer.err.startswith("thirdline: --listen: ")
    assert said in answer.err


def test_a_taken_port_isone_line():
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        answer = thirdline("serve", "--listen", f"localhost:{port}")
    assert (answer.status, answer.out) == (1, "")
    assert re.fullmatch(r"thirdline: --listen localhost:\d+: .*in use.*\n", answer.err)


def test_a_wrong_day_isone_line():
    for command in ("serve", "demo"):
        answer = thirdline(command, "--today", "tomorrow")
        assert (answer.status, answer.out) == (2, "")
        assert answer.err == "thirdline: --today: not a date of the form 2026-09-01\n"


@pytest.mark.parametrize("listen", ["127.0.0.1:0", "[::1]:0"])
def test_the_service_says_where_to_look_and_answers_there(tmp_path, listen):
    with started("serve", "--listen", listen, "--today", TODAY, folder=tmp_path) as process:
        line = until(process, "discovery")[-1]
        url = line.rpartition(" ")[2].strip()
        answer = httpx.get(url, trust_env=False)
        assert answer.status_code == 200
        assert {"trd-review", "suicide-safety"} <= {
            service["id"] for service in answer.json()["services"]
        }


@pytest.fixture(scope="module")
def shown(tmp_path_factory):
    """Run the demo once, as ``make demo`` does, and split what it prints by patient."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("tempfile.tempdir", str(tmp_path_factory.mktemp("demo")))
        answer = thirdline("demo", "--today", TODAY)
    assert (answer.status, answer.err) == (0, "")
    assert "\x1b" not in answer.out
    blocks = re.split(r"^(?=Testperson, )", answer.out, flags=re.MULTILINE)
    return blocks[0], {block.splitlines()[0].split()[1]: block for block in blocks[1:]}


def test_every_patient_is_shown_with_both_services(shown):
    _, blocks = shown
    assert set(blocks) == {patient.facts["given"] for patient in demo_patients()}
    for block in blocks.values():
        assert "POST /cds-services/trd-review" in block
        assert "POST /cds-services/suicide-safety" in block


SHOWN = {
    "Ada": r"\[INFO\] .*TMS",
    "Ben": r"\[INFO\] .*sertraline",
    "Cleo": r"\[INFO\] ",
    "Dan": r"\[CRITICAL\] .*PHQ-9 item 9",
    "Gus": r"\[INFO\] ",
    "Ida": r"\[INFO\] .*TMS",
}


@pytest.mark.parametrize("name", SHOWN)
def test_a_card_is_shown_readably(shown, name):
    block = one_line(shown[1][name])
    assert re.search(SHOWN[name], block)
    assert NO_CARD in block
    assert "source: " in block


@pytest.mark.parametrize("name", ["Eva", "Finn", "Hana"])
def test_silence_is_said(shown, name):
    block = one_line(shown[1][name])
    assert block.count(NO_CARD) == 2
    assert "[INFO]" not in block


def test_only_commands_and_paths_are_wider_than_the_page(shown):
    for block in (shown[0], *shown[1].values()):
        for line in block.splitlines():
            assert len(line) <= 80 or line.lstrip().startswith(("curl ", "/", "thirdline serve"))


def test_the_curl_holds_the_request_that_was_sent(shown):
    for patient in demo_patients():
        curl = re.search(r"^ +(curl .*trd-review)$", shown[1][patient.facts["given"]], re.MULTILINE)
        assert curl is not None
        parts = shlex.split(curl[1])
        path = parts[parts.index("--data") + 1].removeprefix("@")
        with open(path, encoding="utf-8") as body:  # noqa: PTH123 - as curl opens it
            assert json.load(body) == hook_request(patient, TODAY_ORDINAL)
        assert parts[-1].endswith("/cds-services/trd-review")
        assert "Content-Type: application/json" in parts


def test_kept_running_the_curl_repeats_the_card(tmp_path):
    with started("demo", "--keep", "--today", TODAY, folder=tmp_path) as process:
        lines = until(process, "until Ctrl-C")
        curl = next(line for line in lines if "ada.json" in line and "trd-review" in line)
        parts = shlex.split(curl)
        path = parts[parts.index("--data") + 1].removeprefix("@")
        with open(path, "rb") as body:  # noqa: PTH123 - as curl opens it
            answer = httpx.post(
                parts[-1],
                content=body.read(),
                headers={"Content-Type": "application/json"},
                trust_env=False,
            )
        assert answer.status_code == 200
        assert answer.json()["cards"]


def test_an_answer_that_is_not_200_is_said_and_counted(tmp_path, capsys):
    def refuse(request):
        status = 412 if request.url.path.endswith("trd-review") else 200
        return httpx.Response(status, json={"cards": []})

    async def ask():
        transport = httpx.MockTransport(refuse)
        async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1") as client:
            return await show_answers(client, TODAY_ORDINAL, tmp_path)

    assert asyncio.run(ask()) is False
    out = capsys.readouterr().out
    patients = len(demo_patients())
    assert out.count("answered 412: no card could be made") == patients
    assert f"{patients} of {2 * patients} requests" in out


def test_a_cards_markdown_is_shown_as_its_reader_sees_it():
    line = r"- **dose**: 5 \* 2 \<b\> &lt;b&gt; &amp; \*\*not bold\*\*"
    assert without_markup(line) == "- dose: 5 * 2 <b> <b> & **not bold**"
