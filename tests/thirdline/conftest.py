"""What holds for every test of the command line: it asks for the width and colour of the output."""

import pytest


@pytest.fixture(autouse=True)
def plain_output(monkeypatch):
    """Let no terminal around the tests decide how wide or colourful the output is."""
    monkeypatch.setenv("COLUMNS", "80")
    for name in ("NO_COLOR", "FORCE_COLOR", "TTY_COMPATIBLE"):
        monkeypatch.delenv(name, raising=False)
