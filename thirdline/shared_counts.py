"""Where do several processes keep their counts?

Told to the metrics library before it is imported, which is why this module imports none of it.
"""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from tempfile import TemporaryDirectory
from typing import Final

VARIABLE: Final = "PROMETHEUS_MULTIPROC_DIR"


@contextmanager
def shared_counts() -> Iterator[None]:
    """Keep the counts of this process and of those made from it in one folder."""
    with TemporaryDirectory(prefix="thirdline-counts-") as folder:
        os.environ[VARIABLE] = folder  # noqa: TID251 - told to a library, not read
        try:
            yield
        finally:
            del os.environ[VARIABLE]  # noqa: TID251 - the same
