"""The command ``thirdline``: one function a command, each with its help.

Parts are put together here and nowhere else. A command that refuses prints one line on standard
error and exits with the status the README names. Tracebacks never show values of variables.
"""

import io
import json
import re
import sys
from datetime import date
from enum import StrEnum
from typing import Annotated, Final

import typer

from thirdline.assessment_text import assessment_page
from thirdline.clock import day_option
from thirdline.config_commands import Config, config_app, db_app, keys_app
from thirdline.errors import FAULTY, Refusal
from thirdline.knowledge_folder import Folder, load, site_folder
from thirdline.knowledge_text import drug_page, knowledge_page, release_line
from thirdline.page import output_page, visible
from thirdline.patient_file import assess_file, read_patient_file
from trd.knowledge.errors import KnowledgeError
from trd.knowledge.load import load_knowledge
from trd.report import report

app = typer.Typer(
    name="thirdline",
    help="Reads a depression treatment history out of a FHIR R4 record and says what came of it.",
    epilog="No clinician has signed the rules off. Not a diagnosis, not an order.",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
)
knowledge_app = typer.Typer(
    help="What the rules rest on: tables, numbers, sources.",
    no_args_is_help=True,
    rich_markup_mode=None,
)
app.add_typer(knowledge_app, name="knowledge")
app.add_typer(config_app, name="config")
app.add_typer(keys_app, name="keys")
app.add_typer(db_app, name="db")

_TERMINAL_CODES: Final = re.compile("[\x7f-\x9f]")


class OutputFormat(StrEnum):
    """How an assessment is written."""

    TEXT = "text"
    JSON = "json"


AsOf = Annotated[
    str | None,
    typer.Option("--as-of", metavar="DATE", help="The day to assess for; today if not given."),
]
Today = Annotated[
    str | None,
    typer.Option("--today", metavar="DATE", help="The day to answer for; today if not given."),
]


@app.command()
def assess(
    file: Annotated[
        str,
        typer.Argument(metavar="FILE", help="A Bundle, a resource or NDJSON; - is standard input."),
    ],
    as_of: AsOf = None,
    output: Annotated[
        OutputFormat,
        typer.Option("--format", help="For a person (text) or a program (json)."),
    ] = OutputFormat.TEXT,
    rules: Annotated[
        str | None, typer.Option("--rules", metavar="ID", help="The ruleset; there is CH-2.")
    ] = None,
    folder: Folder = None,
) -> None:
    """Assess one patient.

    Exits 0 when assessed, 2 when the input cannot be used, 3 when it holds more than one patient.
    """
    day = day_option("--as-of", as_of)
    patient_file = read_patient_file(file)
    knowledge = load(folder)
    if rules not in {None, knowledge.rules}:
        raise Refusal(f"--rules: there is only {knowledge.rules}")
    assessment = assess_file(patient_file, knowledge, day)
    if output is OutputFormat.TEXT:
        assessment_page(assessment, output_page()).show()
        return
    written = json.dumps(report(assessment), indent=2, ensure_ascii=False)
    safe = _TERMINAL_CODES.sub(lambda found: f"\\u{ord(found[0]):04x}", written)
    sys.stdout.buffer.write(f"{safe}\n".encode())
    sys.stdout.buffer.flush()


@knowledge_app.command()
def check(folder: Folder = None) -> None:
    """Check every table: digests, codes, sources, cross-references. All faults at once."""
    try:
        knowledge = load_knowledge(site_folder(folder))
    except KnowledgeError as wrong:
        for fault in wrong.faults:
            typer.echo(visible(fault))
        raise typer.Exit(FAULTY) from wrong
    typer.echo(release_line(knowledge))


@knowledge_app.command()
def show(
    name: Annotated[
        str | None, typer.Argument(metavar="NAME", help="A drug; without it, everything.")
    ] = None,
    folder: Folder = None,
) -> None:
    """Print the tables and every number with its mark, or what is known of one drug."""
    knowledge = load(folder)
    page = knowledge_page(knowledge) if name is None else drug_page(knowledge, name)
    page.show()


@app.command()
def serve(
    config: Config = None,
    listen: Annotated[
        str | None,
        typer.Option("--listen", metavar="HOST:PORT", help="An address, or unix:/path."),
    ] = None,
    workers: Annotated[
        int | None, typer.Option("--workers", metavar="N", help="Processes that serve.")
    ] = None,
    today_: Today = None,
    folder: Folder = None,
) -> None:
    """Run the CDS Hooks service. Ctrl-C stops it.

    Without a configuration it is a sandbox: loopback only, unsigned hooks, nothing is kept.
    """
    from thirdline.service import serve_until_stopped  # noqa: PLC0415 - the web is slow to import

    day = None if today_ is None else date.fromordinal(day_option("--today", today_))
    given = {"listen": listen, "workers": workers, "today": day}
    serve_until_stopped(
        config, {name: value for name, value in given.items() if value is not None}, load(folder)
    )


@app.command()
def demo(
    *,
    today_: Today = None,
    keep: Annotated[
        bool, typer.Option("--keep", help="Keep the service running until Ctrl-C.")
    ] = False,
    folder: Folder = None,
) -> None:
    """Run the service with invented patients, print every card and the curl that repeats it."""
    from thirdline.demo import run_demo  # noqa: PLC0415 - the web is slow to import

    all_answered = run_demo(load(folder), day_option("--today", today_), keep=keep)
    if not all_answered:
        raise typer.Exit(FAULTY)


def main() -> None:
    """Run the command line; turn a refusal into its one line and its exit status."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")
    try:
        app(prog_name=app.info.name)
    except Refusal as refusal:
        for line in refusal.lines:
            typer.echo(f"thirdline: {visible(line)}", err=True)
        raise SystemExit(refusal.status) from None
