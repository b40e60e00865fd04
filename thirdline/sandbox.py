"""With which settings does a service run that nobody configured?

As a sandbox: loopback only, unsigned calls, one EHR that is whoever calls. What it keeps stands in
a folder that goes away with it, unless ``THIRDLINE_DATABASE_URL`` names a place.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from thirdline.mode import Mode
from thirdline.settings import Settings
from thirdline.settings_read import read_settings


@contextmanager
def unconfigured(given: Mapping[str, Any]) -> Iterator[Settings]:
    """Return the settings of a sandbox; ``given`` are options."""
    settings = read_settings(None, given, {"mode": Mode.SANDBOX}).settings
    names_a_place = {"database_url", "database_url_file"} & settings.model_fields_set
    if names_a_place or not settings.is_sandbox:
        yield settings
        return
    with TemporaryDirectory(prefix="thirdline-") as folder:
        yield kept_in(settings, Path(folder))


def kept_in(settings: Settings, folder: Path) -> Settings:
    """Return settings by which everything is kept in a folder, but for what they name."""
    places = {
        "database_url": f"sqlite+aiosqlite:///{folder / 'thirdline.db'}",
        "keys_file": str(folder / "keys.json"),
        "spool_folder": str(folder / "spool"),
    }
    named = settings.model_fields_set
    return settings.model_copy(
        update={name: place for name, place in places.items() if name not in named}
    )
