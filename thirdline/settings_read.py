"""What is this installation told to do?

One TOML file and ``THIRDLINE_*`` variables over it, read once, checked as a whole; no other module
reads the environment. Every fault is said at once, one line each: the name of the setting and what
is wrong, never its value.
"""

import os
import re
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path
from typing import Any, Final

from pydantic import ValidationError
from pydantic_core import ErrorDetails
from pydantic_settings import EnvSettingsSource
from pydantic_settings.exceptions import SettingsError

from thirdline.errors import Faulty, Refusal
from thirdline.settings import PREFIX, Settings
from thirdline.settings_checks import Fault, cross_faults
from thirdline.settings_files import reason_of

_OTHER_VARIABLES: Final = {"CONFIG", "KNOWLEDGE", "SHARED"}
_ALIKE: Final = 0.75
_TOML_PLACE: Final = re.compile(r"\(at (.*)\)$")
_SENTENCES: Final = {"extra_forbidden": "no such setting", "missing": "missing"}
_INPUT: Final = "input should"
_OURS: Final = "value error, "
_SQLITE: Final = "sqlite+aiosqlite:///"
_PATHS: Final = ("database_url_file", "keys_file", "spool_folder", "audit_file", "ca_file")
_EHR_PATHS: Final = ("ca_file", "cds_jwks_file")

Raw = dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """The settings, and ``THIRDLINE_*`` variables that are no setting and resemble none."""

    settings: Settings
    passed_over: tuple[str, ...] = ()


def read_settings(
    file: str | None,
    given: Mapping[str, Any] | None = None,
    defaults: Mapping[str, Any] | None = None,
) -> Told:
    """Return the settings: options ``given`` over ``THIRDLINE_*`` over the file over ``defaults``.

    Raises Refusal where the file cannot be read, Faulty with every fault where there are any.
    """
    options = dict(given or {})
    raw = dict(defaults or {}) | ({} if file is None else _from_file(file))
    variables, faults, passed_over = _from_environment()
    settings, wrong = _validated(raw | variables | options)
    settings = _resolved(settings, Path.cwd() if file is None else Path(file).absolute().parent)
    faults += wrong
    said = {name.partition("[")[0] for name, _ in faults}
    faults += [fault for fault in cross_faults(settings) if fault[0].partition("[")[0] not in said]
    if faults:
        raise Faulty([f"{'--' if name in options else ''}{name}: {what}" for name, what in faults])
    return Told(settings=settings, passed_over=passed_over)


def _from_file(named: str) -> Raw:
    try:
        return tomllib.loads(Path(named).read_text(encoding="utf-8"))
    except (OSError, ValueError) as wrong:
        raise Refusal(f"--config {named}: {_unreadable(wrong)}") from wrong


def _unreadable(wrong: OSError | ValueError) -> str:
    """Say why a file cannot be used, without a word of it."""
    if isinstance(wrong, tomllib.TOMLDecodeError):
        place = _TOML_PLACE.search(str(wrong))
        return f"not TOML {place[0] if place else ''}".rstrip()
    if isinstance(wrong, OSError):
        return reason_of(wrong)
    return "not the name of a text file in UTF-8"


def _from_environment() -> tuple[Raw, list[Fault], tuple[str, ...]]:
    """Return the settings of ``THIRDLINE_*`` variables, their faults, and variables that are none.

    A variable that looks like a misspelt setting is a fault; another one is somebody else's.
    """
    written = {
        name.removeprefix(PREFIX)
        for name in os.environ  # noqa: TID251 - the one reading of the environment
        if name.startswith(PREFIX)
    }
    keys = {name.upper() for name in Settings.model_fields}
    unknown = sorted(written - keys - _OTHER_VARIABLES)
    misspelt = [name for name in unknown if get_close_matches(name, keys, n=1, cutoff=_ALIKE)]
    faults: list[Fault] = [(f"{PREFIX}{name}", "no such setting") for name in misspelt]
    others = tuple(f"{PREFIX}{name}" for name in unknown if name not in misspelt)
    try:
        return dict(EnvSettingsSource(Settings)()), faults, others
    except SettingsError:
        return {}, [*faults, (f"{PREFIX}EHR", "not a JSON list of tables")], others


def _validated(raw: Mapping[str, Any]) -> tuple[Settings, list[Fault]]:
    """Return the settings and what is wrong; a faulty value is left to its default."""
    try:
        return _made(raw), []
    except ValidationError as wrong:
        errors = wrong.errors(include_url=False, include_context=False, include_input=False)
    faults = [(_name(error["loc"]), _sentence(error)) for error in errors]
    heads = {error["loc"][0] for error in errors}
    return _made({key: value for key, value in raw.items() if key not in heads}), faults


def _made(raw: Mapping[str, Any]) -> Settings:
    return Settings.model_validate(raw)


def _name(place: Sequence[int | str]) -> str:
    """Write a place as a person would: ehr[0].orders.phq9."""
    parts = [f"[{part}]" if isinstance(part, int) else f".{part}" for part in place]
    return "".join(parts).removeprefix(".")


def _sentence(error: ErrorDetails) -> str:
    known = _SENTENCES.get(error["type"])
    if known is not None:
        return known
    said = error["msg"][:1].lower() + error["msg"][1:]
    return said.removeprefix(_OURS).replace(_INPUT, "must")


def _resolved(settings: Settings, folder: Path) -> Settings:
    """Return settings whose relative paths are from this folder."""
    paths = {name: _from(folder, getattr(settings, name)) for name in _PATHS}
    url = settings.database_url
    file = url.removeprefix(_SQLITE)
    if url.startswith(_SQLITE) and file and not file.startswith((":", "/")):
        paths["database_url"] = f"{_SQLITE}{folder / file}"
    ehr = tuple(
        one.model_copy(update={name: _from(folder, getattr(one, name)) for name in _EHR_PATHS})
        for one in settings.ehr
    )
    held = dict(settings) | paths | {"ehr": ehr}
    return Settings.model_construct(_fields_set=settings.model_fields_set, **held)


def _from(folder: Path, written: str) -> str:
    return str(folder / written) if written else ""
