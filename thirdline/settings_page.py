"""What does docs/configuration.md say?

Printed from the settings' own descriptions: ``python -m thirdline.settings_page`` writes the page,
a test keeps it so.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Final

from pydantic import BaseModel

from thirdline.guard import BODY_S, HEADERS_S, MOST_HEADER_BYTES, MOST_HEADERS
from thirdline.service import IDLE_S
from thirdline.settings import PREFIX, Settings
from thirdline.settings_ehr import EhrSettings, OrdersSettings, ReadingSettings
from thirdline.settings_example import TABLES, default_of, toml

PAGE: Final = Path(__file__).resolve().parent.parent / "docs" / "configuration.md"
_TABLES: Final = (
    ("At the top", Settings, "Each can be set by a variable as well: `{prefix}` and its name."),
    (
        "`[[ehr]]`, one table for each EHR",
        EhrSettings,
        "Of two entries none has the same `name`, `fhir_base`, or `cds_issuer` with `cds_tenant`.",
    ),
    (
        "`[ehr.orders]`",
        OrdersSettings,
        'Each is a coding: `{{ system = "…", code = "…", display = "…" }}`.',
    ),
    ("`[ehr.reading]`", ReadingSettings, "Needs are named as prefetch keys are."),
)
_HEAD: Final = """\
# Configuration

<!-- Printed by `python -m thirdline.settings_page`; a test compares. -->

One TOML file, named by `--config` or by `THIRDLINE_CONFIG`. Variables go before the file, options
before both. A relative path is from the folder of the file. A wrong configuration is refused
before anything runs: one line for each fault, with the name of the setting and never its value,
and exit status 2. A setting that does not exist is a fault, and so is a variable that looks like
a misspelt one.

`thirdline config check` says what is wrong; `thirdline config example` prints a file with every
key.

## A sandbox, in one command

    thirdline serve

Without a configuration the service is a sandbox on `127.0.0.1:8000`: unsigned calls are taken
from whoever is on this machine, no FHIR server is called, and what is kept (an SQLite file, its
keys) is in a temporary folder that goes away with it. `THIRDLINE_DATABASE_URL` names a place that
stays.

For the public CDS Hooks sandbox, or any EHR on this machine that is called back:

    thirdline config example > thirdline.toml
    thirdline serve --config thirdline.toml

What is kept then stands beside the file. A page that signs its calls, as that sandbox does, must be
given the service's address as `public_url` has it: its tokens name what it was given.

## Production

1. `thirdline config example --mode production > /etc/thirdline/thirdline.toml`; replace every
   host that ends in `.example`. The EHR's people tell the issuer, the address of its keys and its
   FHIR base.
2. Let a proxy speak TLS and pass `/cds-services` on: on the same machine to `listen` (a loopback
   address or a Unix socket), from another one with its address in `trusted_proxies`. Whoever else
   reaches the port gets no answer but `/healthz` and `/readyz`. The proxy sets
   `X-Forwarded-Proto`.
3. SQLite serves one machine; `serve` makes it, and the key file, on its first start. PostgreSQL
   serves several: `thirdline db upgrade` once before each new version, with the services stopped;
   it makes the key file if there is none. Every machine needs the same key file.
4. Keep a copy of the key file apart from copies of the database. Without it, nothing kept is
   found again.
5. `thirdline config check --config …` must say nothing wrong. Then `thirdline serve --config …`.
6. Let `/readyz` decide whether calls come here, and Prometheus read `metrics_listen`.

A worker takes {calls} calls at a time (`calls_at_once`) and answers further ones 503 at once. A
client has {headers:g} seconds for its headers and {body:g} more for the body; at most {most}
headers, {size} KiB of them. A connection without a call is kept for {idle} seconds, longer than a
proxy's should be. Told to stop (SIGTERM), a service answers what it has begun, and ends within half
a minute with status 0. A worker that dies is replaced. Nothing is written to standard output but
where the service listens; the log is JSON lines on standard error, without an access log.

Keys: `thirdline keys new` makes one more, which encrypts from the next start on; older ones still
decrypt. Start every service again before `thirdline keys retire ID`, which takes a key out for good
once nothing is encrypted with it: one that still runs with it would write what nobody can read.
"""


def page() -> str:
    """Return the page as Markdown."""
    head = _HEAD.format(
        calls=Settings.model_fields["calls_at_once"].default,
        headers=HEADERS_S,
        body=BODY_S,
        most=MOST_HEADERS,
        size=MOST_HEADER_BYTES // 1024,
        idle=IDLE_S,
    )
    return "\n".join([head, *_sections()])


def _sections() -> Iterator[str]:
    for heading, model, note in _TABLES:
        yield f"## {heading}\n"
        yield f"{note.format(prefix=PREFIX)}\n"
        yield "| Key | Default | Meaning |"
        yield "|---|---|---|"
        yield from _rows(model)
        yield ""


def _rows(model: type[BaseModel]) -> Iterator[str]:
    for name, key in model.model_fields.items():
        is_table = name in TABLES
        default = "" if is_table or key.get_default() is None else f"`{toml(default_of(key))}`"
        meaning = (key.description or "").replace("|", "\\|")
        yield f"| `{key.alias or name}` | {default} | {meaning} |"


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
