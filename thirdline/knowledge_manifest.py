"""Write the knowledge's manifest anew, after a deliberate change of a table.

``python -m thirdline.knowledge_manifest``. It takes the version, the ruleset and the sign-off from
the manifest there is, and the digests and row counts from the tables. It judges nothing: a wrong
table gets a digest as well, and ``load_knowledge`` finds it.
"""

import sys
import tomllib
from pathlib import Path

import trd.knowledge
from trd.knowledge.provenance import MANIFEST, manifest_for


def rewrite(folder: Path) -> str:
    """Write the manifest of a folder of tables and return its text."""
    held = tomllib.loads((folder / MANIFEST).read_text("utf-8"))
    head = {key: value for key, value in held.items() if key != "files"}
    text = manifest_for(folder, head)
    (folder / MANIFEST).write_text(text, encoding="utf-8")
    return text


def main(folder: Path | None = None) -> None:
    """Rewrite the manifest of the shipped tables (or of a folder) and count its files."""
    text = rewrite(folder or Path(trd.knowledge.__file__).parent)
    sys.stdout.write(f"{MANIFEST}: {text.count('sha256')} files\n")


if __name__ == "__main__":
    main()
