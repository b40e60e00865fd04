"""More calls than a worker can hold, and peers that are no proxy."""

import asyncio

import httpx
import pytest
from starlette.requests import Request
from starlette.responses import PlainTextResponse

from cds_hooks.errors import HookError, refused
from thirdline.admission import Admission, OnlyProxies
from thirdline.mode import Mode
from thirdline.parts import in_front
from thirdline.settings import Settings


class Slow:
    """An application that answers when it is allowed to; it reads the body first, as ours does."""

    def __init__(self):
        """Allow nothing yet."""
        self.may_answer = asyncio.Event()
        self.begun = 0

    async def __call__(self, scope, receive, send):
        try:
            await Request(scope, receive).body()
        except HookError as wrong:
            await refused(wrong)(scope, receive, send)
            return
        self.begun += 1
        await self.may_answer.wait()
        await PlainTextResponse("answered")(scope, receive, send)


def client_of(app, peer=("127.0.0.1", 9)):
    return httpx.AsyncClient(
        transport=httpx.ASGITransport(app, client=peer), base_url="https://hooks.example.org"
    )


async def until(holds):
    """Let the loop run until something holds."""
    for _ in range(10_000):
        if holds():
            return
        await asyncio.sleep(0)
    raise AssertionError("it did not come to pass")


def refusal_of(answer):
    told = answer.json()
    return answer.status_code, answer.headers["Retry-After"], told["resourceType"]


@pytest.mark.hostile("D30")
def test_a_call_too_many_is_refused_at_once_and_the_next_is_answered():
    async def exchange():
        slow = Slow()
        async with client_of(Admission(slow, at_once=3)) as client:
            held = [asyncio.create_task(client.post("/", content=b"x")) for _ in range(3)]
            await until(lambda: slow.begun == 3)
            beyond = [await client.post("/", content=b"x") for _ in range(5)]
            slow.may_answer.set()
            return beyond, [await one for one in held], await client.post("/", content=b"x")

    beyond, held, then = asyncio.run(exchange())
    assert [refusal_of(answer) for answer in beyond] == [(503, "1", "OperationOutcome")] * 5
    assert [answer.text for answer in (*held, then)] == ["answered"] * 4


@pytest.mark.hostile("D30")
def test_bodies_that_end_all_at_once_find_as_many_places_as_there_are():
    async def exchange():
        slow, ends = Slow(), asyncio.Event()

        async def body():
            yield b"x"
            await ends.wait()
            yield b"y"

        async with client_of(Admission(slow, at_once=3)) as client:
            sent = [asyncio.create_task(client.post("/", content=body())) for _ in range(8)]
            await asyncio.sleep(0.05)
            ends.set()
            await until(lambda: slow.begun == 3)
            slow.may_answer.set()
            return [await one for one in sent]

    statuses = [answer.status_code for answer in asyncio.run(exchange())]
    assert sorted(statuses) == [200] * 3 + [503] * 5


@pytest.mark.hostile("D15")
def test_who_sends_a_body_slowly_takes_nobodys_place():
    """Through the wire this is test_guard's; here the places are counted."""

    async def exchange():
        slow = Slow()
        slow.may_answer.set()
        never = asyncio.Event()

        async def receive():
            await never.wait()
            return {"type": "http.disconnect"}

        app = Admission(slow, at_once=1)
        scope = {"type": "http", "path": "/", "method": "POST", "headers": []}
        dripping = [asyncio.create_task(app(scope, receive, _nowhere)) for _ in range(20)]
        await asyncio.sleep(0)
        async with client_of(app) as client:
            answer = await client.post("/", content=b"x")
        for one in dripping:
            one.cancel()
        await asyncio.gather(*dripping, return_exceptions=True)
        return answer

    assert asyncio.run(exchange()).text == "answered"


async def _nowhere(message):
    del message


def test_health_is_told_however_many_calls_there_are():
    async def exchange():
        slow = Slow()
        async with client_of(Admission(slow, at_once=1)) as client:
            held = asyncio.create_task(client.post("/", content=b"x"))
            await until(lambda: slow.begun == 1)
            probe = asyncio.create_task(client.get("/healthz"))
            await until(lambda: slow.begun == 2)
            slow.may_answer.set()
            return await probe, await held

    assert [answer.status_code for answer in asyncio.run(exchange())] == [200, 200]


PEERS = [
    (("10.0.0.2", 9), {}, 200),
    (("10.0.0.2", 9), {"X-Forwarded-Proto": "https"}, 200),
    (("10.0.0.2", 9), {"X-Forwarded-Proto": "http"}, 400),
    (("10.0.1.2", 9), {}, 400),
    (("10.0.1.2", 9), {"X-Forwarded-Proto": "https", "X-Forwarded-For": "10.0.0.2"}, 400),
    (("127.0.0.1", 9), {"X-Forwarded-Proto": "https"}, 400),
    (("2001:db8::1", 9), {}, 400),
    (None, {}, 400),
]


@pytest.mark.requirement("GEN-2")
@pytest.mark.parametrize(("peer", "headers", "status"), PEERS)
def test_plain_http_beyond_this_machine_is_answered_to_the_proxies_only(peer, headers, status):
    async def exchange():
        app = OnlyProxies(PlainTextResponse("answered"), ["10.0.0.0/24"])
        async with client_of(app, peer) as client:
            answers = [await client.get(path, headers=headers) for path in ("/x", "/healthz")]
        return [answer.status_code for answer in answers]

    assert asyncio.run(exchange()) == [status, 200]


@pytest.mark.parametrize(
    ("peer", "host"), [("10.0.0.2", "192.0.2.7"), ("10.0.1.2", "10.0.1.2"), ("::1", "::1")]
)
def test_only_a_trusted_proxy_says_who_calls(peer, host):
    async def whose(scope, receive, send):
        await PlainTextResponse(scope["client"][0])(scope, receive, send)

    async def exchange():
        settings = Settings(mode=Mode.SANDBOX, trusted_proxies=("10.0.0.0/24",))
        async with client_of(in_front(whose, settings), (peer, 9)) as client:
            return await client.get("/", headers={"X-Forwarded-For": "192.0.2.7"})

    assert asyncio.run(exchange()).text == host


@pytest.mark.requirement("GEN-2")
@pytest.mark.parametrize(
    ("listen", "status"), [("0.0.0.0:8000", 400), ("127.0.0.1:8000", 200), ("unix:/run/s", 200)]
)
def test_production_beyond_this_machine_stands_behind_its_proxies(listen, status):
    async def exchange():
        settings = Settings(mode=Mode.PRODUCTION, listen=listen, trusted_proxies=("10.0.0.0/24",))
        async with client_of(in_front(PlainTextResponse("answered"), settings)) as client:
            return (await client.get("/x")).status_code

    assert asyncio.run(exchange()) == status


def test_a_page_that_may_read_answers_may_read_a_refusal_as_well():
    async def exchange(origin):
        slow = Slow()
        origins = ("https://page.example.org",)
        app = in_front(slow, Settings(mode=Mode.SANDBOX, calls_at_once=1, cors_origins=origins))
        async with client_of(app) as client:
            held = asyncio.create_task(client.post("/", content=b"x"))
            await until(lambda: slow.begun == 1)
            beyond = await client.post("/", content=b"x", headers={"Origin": origin})
            slow.may_answer.set()
            await held
            then = await client.post("/", content=b"x", headers={"Origin": origin})
        return [
            (one.status_code, one.headers.get_list("Access-Control-Allow-Origin"))
            for one in (beyond, then)
        ]

    page = "https://page.example.org"
    assert asyncio.run(exchange(page)) == [(503, [page]), (200, [page])]
    assert asyncio.run(exchange("https://other.example.org")) == [(503, []), (200, [])]
