"""Which knowledge does a command work with?

The shipped one, or with ``--knowledge DIR`` (or ``THIRDLINE_KNOWLEDGE``) a site's own folder laid
over it under the same checks. A folder that is not there or holds no table is refused: a typing
mistake must not leave a hospital with the shipped tables unawares.
"""

from pathlib import Path
from typing import Annotated, Final

import typer

from thirdline.errors import FAULTY, Refusal
from trd.knowledge import Knowledge
from trd.knowledge.errors import KnowledgeError
from trd.knowledge.load import load_knowledge

_OPTION: Final = "--knowledge"
_TABLES: Final = (".csv", ".toml")

Folder = Annotated[
    str | None,
    typer.Option(
        _OPTION,
        metavar="DIR",
        envvar="THIRDLINE_KNOWLEDGE",
        help="A site's own tables, laid over the shipped ones.",
    ),
]


def site_folder(written: str | None) -> Path | None:
    """Return the site's folder, None where none is named. Raises Refusal where it is no folder."""
    if written is None:
        return None
    if not written.strip():
        raise Refusal(f"{_OPTION}: no folder is named")
    try:
        held = sorted(Path(written).iterdir())
    except (OSError, ValueError) as wrong:
        reason = (getattr(wrong, "strerror", None) or "not the name of a folder").lower()
        raise Refusal(f"{_OPTION} {written}: {reason}") from wrong
    if not any(entry.suffix in _TABLES for entry in held):
        raise Refusal(f"{_OPTION} {written}: the folder holds no tables")
    return Path(written)


def load(written: str | None) -> Knowledge:
    """Return the knowledge with a site's folder over it. Raises Refusal where it is faulty."""
    folder = site_folder(written)
    try:
        return load_knowledge(folder)
    except KnowledgeError as wrong:
        place = "" if written is None else f" {_OPTION} {written}"
        line = f"{len(wrong.faults)} faults in the knowledge: see thirdline knowledge check{place}"
        raise Refusal(line, FAULTY) from wrong
