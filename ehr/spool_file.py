"""One file of lines that wait: what is on disk, and what of it was delivered?

A line is on disk when ``put`` returns. One that was delivered gets "#" for its first byte; the file
goes when nothing waits in it. A process locks the files it uses, so a file without a lock is of a
process that is no more, and whoever locks it first takes it over. A last line without an end was
never acknowledged and does not count.
"""

import os
import sys
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from threading import Lock
from typing import IO, Final
from uuid import uuid4

_DELIVERED: Final = b"#"
_SET_ASIDE: Final = b"!"
_NAME: Final = "audit-*.jsonl"
_PRIVATE_FILE: Final = 0o600
_PRIVATE_FOLDER: Final = 0o700


class SpoolFull(Exception):  # noqa: N818 - it says what is the matter
    """The file holds as much as it may."""


class SpoolFile:
    """A file of this process, made when the first line is put; any thread may call its methods."""

    def __init__(self, folder: Path, most_bytes: int) -> None:
        """Make nothing yet. ``most_bytes`` bounds the file."""
        self._folder = folder
        self._most_bytes = most_bytes
        self._path = folder
        self._file: IO[bytes] | None = None
        self._end = 0
        self._waiting: deque[tuple[int, int]] = deque()
        self._has_set_aside = False
        self._lock = Lock()

    def __len__(self) -> int:
        """Return how many lines wait."""
        return len(self._waiting)

    def put(self, line: bytes) -> None:
        """Write a line to the disk. Raises SpoolFull and OSError; then the line is not in it."""
        ended = line + b"\n"
        with self._lock:
            if self._end + len(ended) > self._most_bytes:
                raise SpoolFull
            file = self._opened()
            try:
                file.seek(self._end)
                write_through(file, ended)
            except OSError:
                with suppress(OSError):
                    file.truncate(self._end)
                raise
            self._waiting.append((self._end, len(line)))
            self._end += len(ended)

    def first(self) -> bytes:
        """Return the line that waits longest."""
        with self._lock:
            start, length = self._waiting[0]
            file = self._opened()
            file.seek(start)
            return file.read(length)

    def delivered(self) -> None:
        """Mark the line that waits longest as delivered."""
        self._mark(_DELIVERED)

    def set_aside(self) -> None:
        """Mark the line that waits longest as none that can be read; its file is kept."""
        self._has_set_aside = True
        self._mark(_SET_ASIDE)

    def close(self) -> None:
        """Give the file up, and with it the lock."""
        with self._lock:
            if self._file is not None:
                self._file.close()
                self._file = None
            self._waiting.clear()
            self._end = 0

    def take_over(self, path: Path) -> bool:
        """Take over a file as a process left it; say whether it is ours now."""
        file = os.fdopen(os.open(path, os.O_RDWR | getattr(os, "O_NOFOLLOW", 0)), "rb+", 0)
        if not _is_locked(file):
            file.close()
            return False
        self._path, self._file = path, file
        for line in file.read().splitlines(keepends=True):
            if line.endswith(b"\n") and line[:1] not in {_DELIVERED, _SET_ASIDE}:
                self._waiting.append((self._end, len(line) - 1))
            self._has_set_aside = self._has_set_aside or line.startswith(_SET_ASIDE)
            self._end += len(line)
        if not self._waiting:
            self._leave()
        return True

    def _mark(self, mark: bytes) -> None:
        with self._lock:
            start, _ = self._waiting.popleft()
            with suppress(OSError):  # without its mark a line comes once more, after a restart
                file = self._opened()
                file.seek(start)
                file.write(mark)
            if not self._waiting:
                self._leave()

    def _opened(self) -> IO[bytes]:
        if self._file is None:
            self._folder.mkdir(mode=_PRIVATE_FOLDER, parents=True, exist_ok=True)
            self._path = self._folder / _NAME.replace("*", uuid4().hex)
            flags = os.O_RDWR | os.O_CREAT | os.O_EXCL
            self._file = os.fdopen(os.open(self._path, flags, _PRIVATE_FILE), "rb+", buffering=0)
            _is_locked(self._file)
            _keep_name(self._folder)
        return self._file

    def _leave(self) -> None:
        """Remove the file in which nothing waits, or rename it if it holds what nobody can read."""
        if self._file is None:
            return
        with suppress(OSError):
            if self._has_set_aside:
                self._path.rename(self._path.with_suffix(".unreadable"))
            else:
                self._path.unlink()
        self._file.close()
        self._file, self._end, self._has_set_aside = None, 0, False


def write_through(file: IO[bytes], data: bytes) -> None:
    """Write all of the data where the file stands, and bring it to the disk; raises OSError."""
    write_whole(file, data)
    os.fsync(file.fileno())


def write_whole(file: IO[bytes], data: bytes) -> None:
    """Write all of the data where the file stands; raises OSError."""
    if file.write(data) != len(data):
        raise OSError("the data were cut short")


def left_behind(folder: Path) -> Iterator[SpoolFile]:
    """Take over the files in a folder that no process uses any more, the oldest first."""
    for path in sorted(folder.glob(_NAME), key=_age):
        file = SpoolFile(folder, most_bytes=0)
        with suppress(FileNotFoundError):
            if file.take_over(path):
                yield file


def _age(path: Path) -> float:
    try:
        return path.stat().st_mtime
    except FileNotFoundError:
        return 0.0


def _is_locked(file: IO[bytes]) -> bool:
    """Lock a file until it is closed or the process ends; say whether that was possible."""
    try:
        if sys.platform == "win32":
            import msvcrt  # noqa: PLC0415 - of one platform

            msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)
        else:
            import fcntl  # noqa: PLC0415 - of the other platforms

            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    return True


@contextmanager
def alone(file: IO[bytes]) -> Iterator[None]:
    """Wait until nobody else writes to a file in this way, and keep others waiting meanwhile."""
    if sys.platform == "win32":  # where there is but one worker
        yield
        return
    import fcntl  # noqa: PLC0415 - of the other platforms

    fcntl.flock(file, fcntl.LOCK_EX)
    try:
        yield
    finally:
        fcntl.flock(file, fcntl.LOCK_UN)


def _keep_name(folder: Path) -> None:
    """Bring the name of a new file to the disk, where a folder can be synchronised."""
    if sys.platform == "win32":
        return
    opened = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(opened)
    finally:
        os.close(opened)
