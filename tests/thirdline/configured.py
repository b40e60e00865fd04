"""Configuration files for tests: a good one of each mode, changed in one place."""

import copy
import json
from pathlib import Path
from typing import Any

from tests.support.tokens import Issuer
from tests.thirdline.command import Answer, thirdline
from thirdline.settings_example import toml

NORTH = Issuer("north")
PUBLIC_URL = "https://hooks.north.org"
MISSING: Any = object()
Json = dict[str, Any]


def production(folder: Path) -> Json:
    """Return a configuration that production accepts, all its files in a folder."""
    keys = folder / "jwks.json"
    keys.write_text(json.dumps(NORTH.jwks), encoding="utf-8")
    return {
        "mode": "production",
        "public_url": PUBLIC_URL,
        "listen": "127.0.0.1:0",
        "database_url": f"sqlite+aiosqlite:///{folder / 'kept.db'}",
        "keys_file": str(folder / "keys.json"),
        "spool_folder": str(folder / "spool"),
        "ehr": [
            {
                "name": "north",
                "fhir_base": NORTH.fhir,
                "cds_issuer": NORTH.url,
                "cds_jwks_file": str(keys),
            }
        ],
    }


def sandbox(folder: Path) -> Json:
    """Return a configuration that sandbox mode accepts."""
    return {
        **production(folder),
        "mode": "sandbox",
        "public_url": "http://127.0.0.1:8000",
        "ehr": [{"name": "bench", "fhir_base": "http://127.0.0.1:9/fhir", "cds_unsigned": True}],
    }


def changed(settings: Json, place: str, value: Any) -> Json:
    """Return settings with another value at a place like ``ehr.0.cds_issuer``, or none there."""
    made = copy.deepcopy(settings)
    *way, last = [int(step) if step.isdigit() else step for step in place.split(".")]
    held: Any = made
    for step in way:
        held = held.setdefault(step, {}) if isinstance(held, dict) else held[step]
    if value is MISSING:
        del held[last]
    elif isinstance(held, list) and last == len(held):
        held.append(value)
    else:
        held[last] = value
    return made


def written(folder: Path, settings: Json, name: str = "thirdline.toml") -> str:
    """Write settings as a configuration file; return its path."""
    path = folder / name
    path.write_text("".join(_lines(settings)), encoding="utf-8")
    return str(path)


def _lines(settings: Json) -> list[str]:
    tables = settings.get("ehr", [])
    lines = [f"{name} = {toml(value)}\n" for name, value in settings.items() if name != "ehr"]
    if not isinstance(tables, list):
        return [*lines, f"ehr = {toml(tables)}\n"]
    for table in tables:
        lines.append("[[ehr]]\n")
        lines += [f"{name} = {toml(value)}\n" for name, value in table.items()]
    return lines


def checked(folder: Path, settings: Json) -> Answer:
    """Return what ``thirdline config check`` says of settings."""
    return thirdline("config", "check", "--config", written(folder, settings))
