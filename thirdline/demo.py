"""What do the cards look like, as an EHR receives them?

Starts the service on a free loopback port, sends real HTTP requests for invented patients, prints
each answer and the ``curl`` that repeats it, and stops. The request bodies stay behind in a folder
the command names; they hold invented people only.
"""

import asyncio
import html
import re
import socket
import tempfile
from collections.abc import Mapping
from http import HTTPStatus
from pathlib import Path
from typing import Any, Final

import httpx
import orjson
import typer
import uvicorn

from thirdline.clock import now
from thirdline.demo_patients import DemoPatient, demo_patients, hook_request
from thirdline.listening import bound, url_of
from thirdline.mode import Mode
from thirdline.page import Page
from thirdline.parts import composed
from thirdline.plan import Plan
from thirdline.sandbox import kept_in
from thirdline.service import running, server_config
from thirdline.settings import Settings
from thirdline.settings_values import Address
from thirdline.storage import prepare
from trd.dates import Day, iso
from trd.knowledge import Knowledge
from trd.knowledge.provenance import SITE_MARK

SERVICES: Final = ("trd-review", "suicide-safety")
NO_CARD: Final = "no card: everything was read, nothing to say"
_BOLD: Final = re.compile(r"(?<!\\)\*\*")
_ESCAPED: Final = re.compile(r"\\([!-/:-@\[-`{-~])")
_TIMEOUT_S: Final = 10.0
_STYLES: Final = {"critical": "bold red", "warning": "yellow", "info": "cyan"}


def run_demo(knowledge: Knowledge, today: Day, *, keep: bool) -> bool:
    """Run the demo; return whether every answer was 200. With ``keep`` it serves until Ctrl-C."""
    folder = Path(tempfile.mkdtemp(prefix="thirdline-demo-"))
    settings = kept_in(Settings(mode=Mode.SANDBOX), folder)
    with bound(Address("127.0.0.1"), "demo") as sock:
        plan = Plan(
            settings=settings, knowledge=knowledge, today=lambda: today, public_url=url_of(sock)
        )
        try:
            prepare(settings, now())
            return asyncio.run(_demo(plan, folder, sock, keep=keep))
        except KeyboardInterrupt:
            return True


async def _demo(plan: Plan, folder: Path, sock: socket.socket, *, keep: bool) -> bool:
    url, today = plan.public_url, plan.today()
    _introduce(url, today, folder, plan.knowledge, keep=keep)
    async with (
        composed(plan) as made,
        running(uvicorn.Server(server_config(made.app)), sock),
        httpx.AsyncClient(base_url=url, timeout=_TIMEOUT_S, trust_env=False) as client,
    ):
        all_answered = await show_answers(client, today, folder)
        if keep:
            typer.echo(f"The service runs on {url} until Ctrl-C.")
            await asyncio.Event().wait()
    return all_answered


async def show_answers(client: httpx.AsyncClient, today: Day, folder: Path) -> bool:
    """Ask about every patient, print the answers; return whether each of them was 200."""
    patients = demo_patients()
    answered = 0
    for patient in patients:
        answered += await _show_patient(client, patient, today, folder)
    asked = len(patients) * len(SERVICES)
    page = Page()
    page.say("")
    page.say(f"{answered} of {asked} requests for {len(patients)} patients were answered.")
    page.show()
    return answered == asked


def _introduce(url: str, today: Day, folder: Path, knowledge: Knowledge, *, keep: bool) -> None:
    page = Page()
    page.say("Thirdline demo: invented patients, real requests over HTTP.", style="bold")
    page.say(f"Today is {iso(today)}. The service listens on {url}.")
    page.say("The request bodies are in this folder:")
    page.lines.append((f"  {folder}", ""))
    if not keep:
        listen = url.removeprefix("http://")
        page.say("The service stops at the end. For a curl of below, start it again first:")
        page.lines.append((f"  thirdline serve --listen {listen} --today {iso(today)}", ""))
        if knowledge.version.endswith(SITE_MARK):
            page.say("with the --knowledge of this call,")
        page.say("or run this with --keep.")
    page.say("No clinician has signed the rules off. Not for use in care.")
    page.show()


async def _show_patient(
    client: httpx.AsyncClient, patient: DemoPatient, today: Day, folder: Path
) -> int:
    """Ask each service about one patient, print the answers; return how many were 200."""
    body = orjson.dumps(hook_request(patient, today), option=orjson.OPT_INDENT_2)
    file = folder / f"{patient.key}.json"
    await asyncio.to_thread(file.write_bytes, body)
    page = Page()
    page.say("")
    page.say(patient.name, style="bold")
    page.say(patient.story)
    answered = 0
    for service in SERVICES:
        path = f"/cds-services/{service}"
        headers = {"Content-Type": "application/json"}
        answer = await client.post(path, content=body, headers=headers)
        page.say(f"POST {path}", indent=2, style="dim")
        answered += _answer(page, answer)
        url = str(client.base_url.join(path))
        curl = f"curl -sS -H 'Content-Type: application/json' --data @{file} {url}"
        page.lines.append((f"    {curl}", "dim"))
    page.show()
    return answered


def _answer(page: Page, answer: httpx.Response) -> bool:
    """Print one answer; return whether it was 200."""
    if answer.status_code != HTTPStatus.OK:
        page.say(f"answered {answer.status_code}: no card could be made", indent=4, style="bold")
        return False
    cards = orjson.loads(answer.content)["cards"]
    if not cards:
        page.say(NO_CARD, indent=4)
    for card in cards:
        _card(page, card)
    return True


def _card(page: Page, card: Mapping[str, Any]) -> None:
    """Print a card as a person would see it: indicator, summary, detail, source, what it offers."""
    indicator = str(card["indicator"])
    summary = f"[{indicator.upper()}] {card['summary']}"
    page.say(summary, indent=4, hang=2, style=_STYLES.get(indicator, ""))
    for line in str(card.get("detail", "")).splitlines():
        if line.strip():
            page.say(without_markup(line), indent=6, hang=2 if line.startswith("- ") else 0)
    offered = [str(one.get("label", "")) for one in card.get("suggestions", ())]
    offered += [f"{one.get('label', '')} ({one.get('url', '')})" for one in card.get("links", ())]
    for label in offered:
        page.say(f"> {label}", indent=6, hang=2)
    page.say(f"source: {card['source']['label']}", indent=6, style="dim")


def without_markup(line: str) -> str:
    """Return a line of a card's markdown as its reader sees it."""
    return html.unescape(_ESCAPED.sub(r"\1", _BOLD.sub("", line)))
