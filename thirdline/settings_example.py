"""What does a configuration file look like, with every key in it?

Printed from the models: each key with its description, those of the profile with a value, the
others commented out with their default. Both profiles name every key there is.
"""

import json
import textwrap
from collections.abc import Iterator, Mapping
from enum import StrEnum
from typing import Any, Final, NamedTuple

from pydantic import BaseModel
from pydantic.fields import FieldInfo

from thirdline.mode import Mode
from thirdline.settings import Settings
from thirdline.settings_ehr import EhrSettings, OrdersSettings, ReadingSettings

_WIDTH: Final = 96
_CODING: Final = {"system": "urn:oid:…", "code": "…", "display": "…"}
TABLES: Final = frozenset({"ehr", "services", "orders", "reading"})
"""Keys that have tables of their own."""

_SANDBOX: Final[Mapping[str, Any]] = {
    "mode": "sandbox",
    "public_url": "http://127.0.0.1:8000",
    "cors_origins": ["https://sandbox.cds-hooks.org"],
}
_SANDBOX_EHR: Final[Mapping[str, Any]] = {
    "name": "cds-hooks-sandbox",
    "fhir_base": "https://launch.smarthealthit.org/v/r4/fhir",
    "cds_issuer": "https://sandbox.cds-hooks.org",
    "cds_jwks_url": "https://sandbox.cds-hooks.org/.well-known/jwks.json",
    "cds_unsigned": True,
}
_PRODUCTION: Final[Mapping[str, Any]] = {
    "mode": "production",
    "public_url": "https://thirdline.hospital.example",
    "listen": "127.0.0.1:8000",
    "workers": 2,
    "metrics_listen": "127.0.0.1:9100",
    "database_url": "sqlite+aiosqlite:////var/lib/thirdline/thirdline.db",
    "keys_file": "/var/lib/thirdline/keys.json",
    "spool_folder": "/var/lib/thirdline/spool",
}
_PRODUCTION_EHR: Final[Mapping[str, Any]] = {
    "name": "north-hospital",
    "fhir_base": "https://ehr.hospital.example/fhir/r4",
    "cds_issuer": "https://ehr.hospital.example",
    "cds_jwks_url": "https://ehr.hospital.example/jwks",
    "time_zone": "America/Chicago",
}
_HEADS: Final = {
    Mode.SANDBOX: (
        "Thirdline as a sandbox on this machine, for the public CDS Hooks sandbox"
        " (sandbox.cds-hooks.org). Anybody can sign as that sandbox: its private key is published."
    ),
    Mode.PRODUCTION: (
        "Thirdline in production, behind a proxy that speaks TLS. It does not start before every"
        " host that ends in .example is replaced."
    ),
}


class Profile(NamedTuple):
    """The values a profile gives: at the top, and to its one EHR."""

    top: Mapping[str, Any]
    ehr: Mapping[str, Any]


PROFILES: Final = {
    Mode.SANDBOX: Profile(_SANDBOX, _SANDBOX_EHR),
    Mode.PRODUCTION: Profile(_PRODUCTION, _PRODUCTION_EHR),
}


def example(mode: Mode) -> str:
    """Return a configuration file of this mode as text; it is valid TOML."""
    profile = PROFILES[mode]
    lines = [
        *_comment(_HEADS[mode]),
        *_comment("Keys that are commented out stand with their default, or with an example."),
        *_keys(Settings, profile.top),
        "",
        "[[ehr]]",
        *_keys(EhrSettings, profile.ehr),
        *_table("services", ['trd-review = "on"']),
        *_table("orders", [f"{name} = {toml(_CODING)}" for name in OrdersSettings.model_fields]),
        *_table("reading", []),
        *_keys(ReadingSettings, {}),
    ]
    return "\n".join(lines) + "\n"


def _table(name: str, lines: list[str]) -> Iterator[str]:
    """Write a sub-table of the EHR, its keys commented out."""
    yield ""
    yield from _comment(EhrSettings.model_fields[name].description or "")
    yield f"[ehr.{name}]"
    yield from (f"# {line}" for line in lines)


def _keys(model: type[BaseModel], values: Mapping[str, Any]) -> Iterator[str]:
    for name, key in model.model_fields.items():
        if name in TABLES:
            continue
        yield ""
        yield from _comment(key.description or "")
        written = key.alias or name
        if name in values:
            yield f"{written} = {toml(values[name])}"
        else:
            yield f"# {written} = {toml(default_of(key))}"


def default_of(key: FieldInfo) -> object:
    """Return a key's default, or an example where it has none."""
    value = key.get_default(call_default_factory=True, validated_data={})
    return key.examples[0] if value is None and key.examples else value


def toml(value: object) -> str:
    """Write a value of a setting as TOML."""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, int):
        return str(value)
    if isinstance(value, Mapping):
        pairs = ", ".join(f"{key} = {toml(one)}" for key, one in value.items())
        return f"{{ {pairs} }}" if pairs else "{}"
    if isinstance(value, list | tuple):
        return f"[{', '.join(toml(one) for one in value)}]"
    written = value.value if isinstance(value, StrEnum) else str(value)
    return json.dumps(written, ensure_ascii=False)


def _comment(text: str) -> list[str]:
    return [f"# {line}" for line in textwrap.wrap(text, _WIDTH)]
