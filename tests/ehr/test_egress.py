"""A name is resolved once, what it leads to is checked, and that is where the call goes."""

import asyncio

import httpx
import pytest

from ehr.egress import PinnedTransport, trusted
from tests.ehr.served import GOOD, READ, UNREACHABLE, UNTRUSTED, Names, localhost, read_at
from tests.support.loopback import canary, listening
from trd.chart import ReadStatus


@pytest.mark.hostile("B09", "B25")
@pytest.mark.requirement("FA-9")
class TestAddresses:
    """A name is resolved once, what it leads to is checked, and that is where the call goes."""

    @pytest.mark.parametrize(
        "address",
        [
            "127.0.0.1",
            "::1",
            "::ffff:127.0.0.1",
            "64:ff9b::7f00:1",
            "0.0.0.0",  # noqa: S104 - an address nobody may call
            "::",
            "169.254.169.254",
            "fe80::1",
            "fd00:ec2::254",
            "100.100.100.200",
            "224.0.0.1",
            "ff02::1",
            "255.255.255.255",
            "no address",
            "",
        ],
    )
    def test_a_name_that_leads_within(self, address):
        async def call():
            async with canary() as trap:
                base = f"http://ehr.example.org:{trap.port}/fhir"
                found = await read_at(base, resolve=Names([address]))
            return found, trap.connections

        assert asyncio.run(call()) == ((ReadStatus.FAILED, UNTRUSTED), 0)

    def test_a_name_with_one_good_and_one_bad_address(self):
        async def call():
            base = "http://ehr.example.org:9/fhir"
            return await read_at(base, resolve=Names(["10.1.2.3", "127.0.0.1"]))

        assert asyncio.run(call()) == (ReadStatus.FAILED, UNTRUSTED)

    @pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "ehr.localhost"])
    def test_an_inner_address_that_the_operator_wrote(self, host):
        async def call():
            async with listening(GOOD) as server:
                return await read_at(f"http://{host}:{server.port}/fhir", resolve=localhost)

        assert asyncio.run(call()) == READ

    def test_an_answer_that_changes_between_check_and_connect(self):
        """The second answer of the resolver is a canary's; nobody asks for it."""

        async def call():
            resolve = Names(["127.0.0.1"], ["127.0.0.2"])
            async with listening(GOOD) as server:
                found = await read_at(f"http://localhost:{server.port}/fhir", resolve=resolve)
            return found, resolve.asked

        assert asyncio.run(call()) == (READ, ["localhost"])

    def test_a_second_address_is_tried_where_the_first_is_silent(self):
        async def call():
            async with listening(GOOD) as server:
                base = f"http://localhost:{server.port}/fhir"
                return await read_at(base, resolve=Names(["127.0.0.9", "127.0.0.1"]))

        assert asyncio.run(call()) == READ

    def test_no_such_name(self):
        async def resolve(host, port):
            raise OSError("no such name")

        async def call():
            return await read_at("https://ehr.example.org/fhir", resolve=resolve)

        assert asyncio.run(call()) == (ReadStatus.FAILED, UNREACHABLE)

    def test_names_of_this_machine(self):
        async def call():
            async with listening(GOOD) as server:
                return [
                    await read_at(f"http://{host}:{server.port}/fhir")
                    for host in ("localhost", "127.0.0.1")
                ]

        assert asyncio.run(call()) == [READ, READ]

    def test_an_environment_with_a_proxy_changes_nothing(self, monkeypatch):
        async def call():
            async with canary() as trap, listening(GOOD) as server:
                for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"):
                    monkeypatch.setenv(name, f"http://127.0.0.1:{trap.port}")
                found = await read_at(f"http://127.0.0.1:{server.port}/fhir")
            return found, trap.connections

        assert asyncio.run(call()) == (READ, 0)


def test_a_transport_goes_to_its_own_origins_alone():
    async def call():
        async with canary() as trap:
            transport = PinnedTransport([("127.0.0.1", 1)], trusted(""), 2, localhost)
            request = httpx.Request("GET", f"http://127.0.0.1:{trap.port}/")
            with pytest.raises(httpx.ConnectError, match="not a registered origin"):
                await transport.handle_async_request(request)
            return trap.connections

    assert asyncio.run(call()) == 0
