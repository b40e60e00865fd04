"""The commands ``thirdline config``, ``keys`` and ``db``: what is looked after beside the service.

No secret is ever an argument, and none is printed.
"""

from collections.abc import Mapping
from typing import Annotated, Any

import typer

from store.errors import KeysUnfit
from thirdline.clock import now
from thirdline.errors import FAULTY, Faulty, Refusal
from thirdline.page import visible
from thirdline.settings import Mode, Settings
from thirdline.settings_example import example as example_file
from thirdline.settings_read import read_settings
from thirdline.storage import SETTING, first_ring, kept, key_faults, ring, sealed_with, upgrade

Config = Annotated[
    str | None,
    typer.Option(
        "--config", metavar="FILE", envvar="THIRDLINE_CONFIG", help="The configuration (TOML)."
    ),
]
config_app = typer.Typer(
    help="The configuration: check it, or see an example.",
    no_args_is_help=True,
    rich_markup_mode=None,
)
keys_app = typer.Typer(
    help="The keys of what is encrypted at rest.", no_args_is_help=True, rich_markup_mode=None
)
db_app = typer.Typer(help="The database.", no_args_is_help=True, rich_markup_mode=None)


def configured(config: str | None, options: Mapping[str, Any] | None = None) -> Settings:
    """Return the settings of a configuration; say which variables were passed over."""
    told = read_settings(config, options)
    for name in told.passed_over:
        typer.echo(f"thirdline: {visible(name)}: no such setting; passed over", err=True)
    return told.settings


@config_app.command()
def check(config: Config = None) -> None:
    """Check a configuration and the files it names. All faults at once, names and never values."""
    settings = configured(config)
    faults = key_faults(settings)
    if faults:
        raise Faulty(faults)
    enabled = sum(ehr.enabled for ehr in settings.ehr)
    typer.echo(f"The configuration is good: {settings.mode} mode, EHRs: {enabled}.")


@config_app.command()
def example(
    mode: Annotated[
        Mode, typer.Option("--mode", help="For this machine, or for production.")
    ] = Mode.SANDBOX,
) -> None:
    """Print a configuration file with every key there is, and what each is for."""
    typer.echo(example_file(mode), nl=False)


@keys_app.command()
def new(config: Config = None) -> None:
    """Make a key, and the key file where there is none. The newest key encrypts, all decrypt.

    Running services take it up when they are started again.
    """
    settings = configured(config)
    if not first_ring(settings, now()):
        kept(settings, ring(settings).with_new_key(now()))
    typer.echo(f"Made: {ring(settings).keys[0].id}")


@keys_app.command(name="list")
def list_keys(config: Config = None) -> None:
    """List the keys by id, the newest first; never what they are."""
    for at, key in enumerate(ring(configured(config)).keys):
        typer.echo(f"{key.id}  {key.made}  {'decrypts' if at else 'encrypts, decrypts'}")


@keys_app.command()
def retire(
    key: Annotated[str, typer.Argument(metavar="ID", help="An id as keys list shows it.")],
    config: Config = None,
) -> None:
    """Take a key out of use for good. Refused for the newest, and while anything needs it."""
    settings = configured(config)
    keys = ring(settings)
    try:
        left = keys.without(key)
    except KeysUnfit as wrong:
        raise Refusal(f"{SETTING}: {wrong}", FAULTY) from None
    count = sealed_with(settings, keys, key)
    if count:
        raise Refusal(f"{SETTING}: {count} rows are encrypted with this key: it stays", FAULTY)
    kept(settings, left)
    typer.echo(f"Retired: {visible(key)}")


@db_app.command(name="upgrade")
def upgrade_database(config: Config = None) -> None:
    """Make the database's tables, or bring them up to date; make the key file where there is none.

    Everything is done or nothing is. Stop older services first.
    """
    settings = configured(config)
    if first_ring(settings, now()):
        typer.echo(f"Made the key file ({SETTING}). Every machine needs this one.")
    upgrade(settings)
    typer.echo("The database is up to date.")
