"""The wire itself: who is at the other end, over which TLS, at which address, and what it is sent.

Real connections on this machine. Each refusal has its twin that is answered.
"""

import asyncio
import datetime as dt
import ssl
import time

import httpx
import pytest
import respx
import uvloop

from ehr.client import Wire
from ehr.errors import EhrError, KeysUnavailable, NotRead, WrongServer
from ehr.gather import gather_chart
from ehr.site import ReadTerms, Site, TrustTerms
from tests.ehr.reading import ask
from tests.ehr.served import EMPTY, GOOD, READ, UNREACHABLE, UNTRUSTED, localhost, read_at
from tests.support.fault_ehr import TOKEN
from tests.support.loopback import Authority, answer, canary, listening
from trd.chart import ReadStatus


@pytest.fixture(scope="module")
def authority(tmp_path_factory):
    return Authority(tmp_path_factory.mktemp("ca"))


@pytest.fixture(scope="module")
def stranger(tmp_path_factory):
    return Authority(tmp_path_factory.mktemp("stranger"))


@pytest.mark.hostile("B25", "B26")
class TestTls:
    """No request leaves before the other end has proved its name over TLS 1.2 or newer."""

    @pytest.fixture
    def serve(self, authority):
        async def exchange(context, ca_file=None, name="localhost"):
            async with listening(GOOD, context) as server:
                base = f"https://{name}:{server.port}/fhir"
                found = await read_at(
                    base, resolve=localhost, ca_file=authority.file if ca_file is None else ca_file
                )
            return found, server.requests

        return lambda *args, **more: asyncio.run(exchange(*args, **more))

    @pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3])
    def test_a_good_certificate(self, authority, serve, version):
        context = authority.server("localhost")
        context.maximum_version = context.minimum_version = version
        found, requests = serve(context)
        assert found == READ
        assert b"GET /fhir/Condition?patient=pt-1" in requests[0]
        assert f"Authorization: Bearer {TOKEN}".lower() in requests[0].decode().lower()

    def test_the_name_is_checked_though_an_address_is_called(self, authority, serve):
        assert serve(authority.server("localhost"))[0] == READ
        assert serve(authority.server("elsewhere.example.org")) == (
            (ReadStatus.FAILED, UNTRUSTED),
            [],
        )

    def test_an_address_as_registered_is_a_name_too(self, authority, serve):
        assert serve(authority.server("127.0.0.1"), name="127.0.0.1")[0] == READ
        assert serve(authority.server("localhost"), name="127.0.0.1")[0][1] == UNTRUSTED

    def test_expired(self, authority, serve, caplog):
        ended = dt.datetime(2020, 1, 1, tzinfo=dt.UTC)
        context = authority.server("localhost", ends=ended)
        with caplog.at_level("INFO"):
            assert serve(context) == ((ReadStatus.FAILED, UNTRUSTED), [])
        assert "no-connection-to-the-ehr-that-can-be-trusted" in caplog.text

    def test_of_an_authority_nobody_trusts(self, stranger, serve):
        assert serve(stranger.server("localhost")) == ((ReadStatus.FAILED, UNTRUSTED), [])
        assert serve(stranger.server("localhost"), stranger.file)[0] == READ

    def test_without_a_file_this_machine_decides(self, authority, serve):
        assert serve(authority.server("localhost"), "")[0] == (ReadStatus.FAILED, UNTRUSTED)

    @pytest.mark.filterwarnings("ignore:ssl.TLSVersion.TLSv1:DeprecationWarning")
    def test_tls_1_1_at_most(self, authority, serve):
        context = authority.server("localhost")
        context.set_ciphers("DEFAULT@SECLEVEL=0")
        context.minimum_version = ssl.TLSVersion.TLSv1
        context.maximum_version = ssl.TLSVersion.TLSv1_1
        found, requests = serve(context)
        assert found[0] is ReadStatus.FAILED
        assert found[1] in {UNTRUSTED, UNREACHABLE}
        assert not requests

    def test_a_file_that_is_no_authority(self, tmp_path):
        bad = tmp_path / "bad.pem"
        bad.write_text("no certificate")
        for file in (str(bad), str(tmp_path / "absent.pem")):
            with pytest.raises(EhrError, match="ca-file-unreadable"):
                Wire(
                    [Site(name="n", base="https://x.example.org", reading=ReadTerms(ca_file=file))]
                )


@pytest.mark.hostile("B13", "B14", "B15")
@pytest.mark.parametrize(
    "reply",
    [
        lambda port: answer(
            b"", "302 Found", f"Location: http://127.0.0.1:{port}/fhir/Condition\r\n"
        ),
        lambda port: answer(b"", "307 X", f"Location: http://127.0.0.1:{port}/\r\n"),
        lambda port: answer(b"", "308 X", f"Location: //127.0.0.1:{port}/other\r\n"),
        lambda port: answer(
            EMPTY[:-1]
            + f', "link": [{{"relation": "next", "url": "http://127.0.0.1:{port}/fhir/Condition"}}]}}'.encode()
        ),
    ],
    ids=["302", "307", "308", "next"],
)
def test_nobody_is_followed_to_another_address(reply):
    async def call():
        async with canary() as trap, listening(reply(trap.port)) as server:
            found = await read_at(f"http://127.0.0.1:{server.port}/fhir")
            return found, trap.connections, server.connections

    (status, why), strangers, own = asyncio.run(call())
    assert status in {ReadStatus.FAILED, ReadStatus.PARTIAL}
    assert why == "the EHR pointed to another address"
    assert (strangers, own) == (0, 1)


@pytest.mark.hostile("B20")
@pytest.mark.requirement("PFB-11")
def test_a_drug_at_another_address_is_not_looked_up_there():
    async def call(host):
        async with canary() as trap, listening(GOOD) as server:
            place = {"own": server.port, "theirs": trap.port}[host]
            named = {"reference": f"http://127.0.0.1:{place}/fhir/Medication/1"}
            row = {"resourceType": "MedicationRequest", "id": "m", "medicationReference": named}
            row["subject"] = {"reference": "Patient/pt-1"}
            orders = {"resourceType": "Bundle", "entry": [{"resource": row}]}
            site = Site(name="north", base=f"http://127.0.0.1:{server.port}/fhir")
            wire = Wire([site])
            deadline = asyncio.get_running_loop().time() + 2
            asked = ask({"medications": orders}, server=site.base)
            found = await gather_chart(asked, {"medications"}, site, wire, deadline)
            await wire.close()
            return found.reads["medications"], trap.connections, server.connections

    partial = ReadStatus.PARTIAL
    assert asyncio.run(call("theirs")) == (partial, 0, 0)
    assert asyncio.run(call("own")) == (partial, 0, 1)  # it asks here, and gets no Medication


async def _drip(reader, writer):
    writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n")
    while True:
        writer.write(b" ")
        await writer.drain()
        await asyncio.sleep(0.05)


async def _endless(reader, writer):
    writer.write(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
    while True:
        writer.write(b"10000\r\n" + b" " * 65_536 + b"\r\n")
        await writer.drain()


async def _silent(reader, writer):
    await asyncio.sleep(3600)


async def _headers_without_end(reader, writer):
    writer.write(b"HTTP/1.1 200 OK\r\n")
    while True:
        writer.write(b"X-More: " + b"y" * 1000 + b"\r\n")
        await writer.drain()


async def _cut(reader, writer):
    writer.write(GOOD[:-10])
    await writer.drain()


async def _not_http(reader, writer):
    writer.write(b"SSH-2.0-OpenSSH_9.6\r\n")
    await writer.drain()


@pytest.mark.hostile("B32", "F11", "F12", "F16")
@pytest.mark.requirement("FA-11")
@pytest.mark.parametrize("loop", [asyncio.new_event_loop, uvloop.new_event_loop])
@pytest.mark.parametrize(
    ("handle", "whys"),
    [
        (_drip, {"no answer in time"}),
        (_endless, {"more than is read in one call", "no answer in time"}),
        (_silent, {"no answer in time"}),
        (_headers_without_end, {UNREACHABLE, "no answer in time"}),
        (_cut, {UNREACHABLE}),
        (_not_http, {UNREACHABLE}),
    ],
)
def test_a_wire_that_does_not_end_well(handle, whys, loop):
    async def call():
        async with listening(handle) as server:
            begun = time.monotonic()
            found = await read_at(f"http://127.0.0.1:{server.port}/fhir", budget=0.5)
            return found, time.monotonic() - begun

    with asyncio.Runner(loop_factory=loop) as runner:
        (status, why), seconds = runner.run(call())
    assert status is ReadStatus.FAILED
    assert why in whys
    assert seconds < 0.7


def test_a_handshake_and_a_name_that_hang():
    async def call():
        async def never(host, port):
            await asyncio.sleep(3600)

        begun = time.monotonic()
        async with listening(_silent) as server:
            tls = await read_at(
                f"https://localhost:{server.port}/fhir", resolve=localhost, budget=0.3
            )
        name = await read_at("https://ehr.example.org/fhir", resolve=never, budget=0.3)
        return tls, name, time.monotonic() - begun

    tls, name, seconds = asyncio.run(call())
    assert tls == name == (ReadStatus.FAILED, "no answer in time")
    assert seconds < 1.0


def test_what_an_ehr_sets_for_one_call_is_not_sent_with_the_next():
    """A cookie of one clinician's session must not serve another's call."""

    async def call():
        async with listening(answer(EMPTY, more="Set-Cookie: session=one; Path=/\r\n")) as server:
            base = f"http://127.0.0.1:{server.port}/fhir"
            wire = Wire([Site(name="north", base=base)])
            found = [await read_at(base, wire=wire) for _ in range(2)]
            await wire.close()
            return found, server.requests

    found, requests = asyncio.run(call())
    assert found == [READ, READ]
    assert not any(b"cookie" in one.lower() for one in requests)


def test_addresses_and_tokens_are_not_logged(caplog):
    async def call():
        async with listening(GOOD) as server:
            await read_at(f"http://127.0.0.1:{server.port}/fhir")

    with caplog.at_level(0):
        asyncio.run(call())
    assert "pt-1" not in caplog.text
    assert TOKEN not in caplog.text


def test_what_stands_in_for_httpx_stands_in_for_us():
    """Tests of a hospital may answer with respx, whose answers hold their bodies already."""

    async def call():
        base = "https://ehr.example.org/fhir"
        with respx.mock() as router:
            router.get(f"{base}/Condition").mock(
                return_value=httpx.Response(200, json={"resourceType": "Bundle", "total": 0})
            )
            return await read_at(base)

    assert asyncio.run(call()) == READ


@pytest.mark.hostile("B30")
class TestKeys:
    """Keys come from the registered address alone, small and soon, or not at all."""

    @staticmethod
    def fetch(reply, url=None):
        async def call():
            async with canary() as trap, listening(reply(trap.port)) as server:
                own = f"http://127.0.0.1:{server.port}/jwks"
                wire = Wire([Site(name="n", base="", trust=TrustTerms(jwks_url=own))])
                try:
                    return await wire.fetch_keys(url or own, "")
                finally:
                    await wire.close()
                    assert not trap.connections

        return asyncio.run(call())

    def test_a_set(self):
        assert self.fetch(lambda port: answer(b'{"keys": []}')) == {"keys": []}

    @pytest.mark.parametrize(
        "reply",
        [
            lambda port: answer(b"", "302 X", f"Location: http://127.0.0.1:{port}/jwks\r\n"),
            lambda port: answer(b"", "302 X", "Location: http://169.254.169.254/\r\n"),
            lambda port: answer(b"{}", "500 X"),
            lambda port: answer(b"<html>"),
            lambda port: answer(b"[]"),
            lambda port: answer(b'{"keys": "' + b"x" * 1024 * 1024 + b'"}'),
            lambda port: _silent,
        ],
    )
    def test_no_set(self, reply):
        with pytest.raises(KeysUnavailable):
            self.fetch(reply)

    def test_a_file_that_is_no_authority(self):
        url = "https://ehr.example.org/jwks"
        wire = Wire([Site(name="n", base="", trust=TrustTerms(jwks_url=url))])
        with pytest.raises(KeysUnavailable):
            asyncio.run(wire.fetch_keys(url, "/nowhere.pem"))

    def test_an_address_nobody_registered(self):
        with pytest.raises(KeysUnavailable, match="not-registered"):
            self.fetch(
                lambda port: answer(b'{"keys": []}'), url="https://elsewhere.example.org/jwks"
            )


def test_an_address_outside_the_base_is_refused_by_the_wire_itself():
    async def call():
        site = Site(name="north", base="https://ehr.example.org/fhir")
        wire = Wire([site])
        other = httpx.URL("https://ehr.example.org/fhirx/Condition")
        with pytest.raises(WrongServer):
            await wire.read(site, other, ask().token, None)  # type: ignore[arg-type]
        own = httpx.URL("https://ehr.example.org/fhir/Condition")
        with pytest.raises(NotRead):
            await wire.read(site, own, None, None)  # type: ignore[arg-type]
        await wire.close()

    asyncio.run(call())
