"""The folder of ``docs/site-knowledge.md``, and folders of a site's own making."""

import re
from pathlib import Path

from tests.conftest import ROOT

_EXAMPLE = re.compile(r"^### `([\w.]+)`\n.*?^```\w+\n(.*?)^```", re.MULTILINE | re.DOTALL)
SOURCES = '[ours]\ncitation = "our formulary"\n'


def documented() -> dict[str, str]:
    """Return the files the documentation shows, by name."""
    return dict(_EXAMPLE.findall((ROOT / "docs" / "site-knowledge.md").read_text("utf-8")))


def laid(folder: Path, files: dict[str, str]) -> Path:
    """Write a site's files, with a source of theirs unless they bring their own."""
    site = folder / "site"
    site.mkdir(exist_ok=True)
    for name, text in ({"sources.toml": SOURCES} | files).items():
        if text:
            (site / name).write_text(text, encoding="utf-8")
    return site
