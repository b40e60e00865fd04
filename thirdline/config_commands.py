"""The commands ``thirdline config``, ``keys`` and ``db``. What they do is in ``upkeep``."""

from importlib import import_module
from typing import Annotated, Any

import typer

from thirdline.mode import Mode

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


def _upkeep() -> Any:  # noqa: ANN401 - a module
    """Return what does the work; the database is slow to import, and other commands need none."""
    return import_module("thirdline.upkeep")


@config_app.command()
def check(config: Config = None) -> None:
    """Check a configuration and the files it names. All faults at once, names and never values."""
    _upkeep().check_configuration(config)


@config_app.command()
def example(
    mode: Annotated[
        Mode, typer.Option("--mode", help="For this machine, or for production.")
    ] = Mode.SANDBOX,
) -> None:
    """Print a configuration file with every key there is, and what each is for."""
    typer.echo(import_module("thirdline.settings_example").example(mode), nl=False)


@keys_app.command()
def new(config: Config = None) -> None:
    """Make a key, and the key file where there is none. The newest key encrypts, all decrypt.

    Running services take it up when they are started again.
    """
    _upkeep().make_key(config)


@keys_app.command(name="list")
def list_keys(config: Config = None) -> None:
    """List the keys by id, the newest first; never what they are."""
    _upkeep().list_keys(config)


@keys_app.command()
def retire(
    key: Annotated[str, typer.Argument(metavar="ID", help="An id as keys list shows it.")],
    config: Config = None,
) -> None:
    """Take a key out of use for good. Refused for the newest, and while anything needs it.

    Start every service again first: one that still runs would go on encrypting with the key.
    """
    _upkeep().retire_key(key, config)


@db_app.command(name="upgrade")
def upgrade_database(config: Config = None) -> None:
    """Make the database's tables, or bring them up to date; make the key file where there is none.

    Everything is done or nothing is. Stop older services first.
    """
    _upkeep().upgrade_database(config)


@db_app.command(name="check")
def check_database(config: Config = None) -> None:
    """Read the whole audit and say whether any row was changed, put in or taken out between."""
    _upkeep().check_database(config)
