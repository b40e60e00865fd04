"""What is looked after beside the service: the configuration, the keys, the database.

No secret is ever an argument, and none is printed.
"""

from collections.abc import Mapping
from typing import Any

import typer

from store.errors import KeysUnfit
from thirdline.clock import now
from thirdline.errors import FAULTY, Faulty, Refusal
from thirdline.page import visible
from thirdline.settings import Settings
from thirdline.settings_read import read_settings
from thirdline.storage import (
    SETTING,
    broken_audit,
    first_ring,
    kept,
    key_faults,
    ring,
    sealed_with,
    upgrade,
)


def configured(config: str | None, options: Mapping[str, Any] | None = None) -> Settings:
    """Return the settings of a configuration; say which variables were passed over."""
    told = read_settings(config, options)
    for name in told.passed_over:
        typer.echo(f"thirdline: {visible(name)}: no such setting; passed over", err=True)
    return told.settings


def check_configuration(config: str | None) -> None:
    """Say that a configuration is good, or refuse it with every fault."""
    settings = configured(config)
    faults = key_faults(settings)
    if faults:
        raise Faulty(faults)
    enabled = sum(ehr.enabled for ehr in settings.ehr)
    typer.echo(f"The configuration is good: {settings.mode} mode, EHRs: {enabled}.")


def make_key(config: str | None) -> None:
    """Make a key, and the key file where there is none."""
    settings = configured(config)
    if not first_ring(settings, now()):
        kept(settings, ring(settings).with_new_key(now()))
    typer.echo(f"Made: {ring(settings).keys[0].id}")


def list_keys(config: str | None) -> None:
    """List the keys by id, the newest first; never what they are."""
    for at, key in enumerate(ring(configured(config)).keys):
        typer.echo(f"{key.id}  {key.made}  {'decrypts' if at else 'encrypts, decrypts'}")


def retire_key(key: str, config: str | None) -> None:
    """Take a key out of use; refuse it for the newest, and while anything needs it."""
    settings = configured(config)
    keys = ring(settings)
    try:
        left = keys.without(key)
    except KeysUnfit as wrong:
        raise Refusal(f"{SETTING}: {wrong}", FAULTY) from None
    count = sealed_with(settings, keys, key)
    if count:
        raise Refusal(f"{SETTING}: this key stays: rows encrypted with it: {count}", FAULTY)
    kept(settings, left)
    typer.echo(f"Retired: {visible(key)}")


def check_database(config: str | None) -> None:
    """Say that the audit is as it was written, or name the rows that are not."""
    settings = configured(config)
    broken = broken_audit(settings, ring(settings))
    for place in broken:
        typer.echo(f"Audit row changed, put in, or after one that is missing: {place}")
    if broken:
        raise Refusal(f"database_url: audit rows that do not fit: {len(broken)}", FAULTY)
    typer.echo("The audit is as it was written.")


def upgrade_database(config: str | None) -> None:
    """Make the database's tables, or bring them up to date, and the key file where it is absent."""
    settings = configured(config)
    if first_ring(settings, now()):
        typer.echo(f"Made the key file ({SETTING}). Every machine needs this one.")
    upgrade(settings)
    typer.echo("The database is up to date.")
