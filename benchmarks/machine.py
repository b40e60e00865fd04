"""On which machine, and on which day, was it measured?"""

import os
import platform
import time
from pathlib import Path
from typing import Final

_CPU: Final = Path("/proc/cpuinfo")
_GIB: Final = 2**30


def today() -> str:
    """Return the day as ISO 8601."""
    return time.strftime("%Y-%m-%d")


def described() -> str:
    """Return processor, memory, system, Python and how busy it is, in a few words."""
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / _GIB
    python = f"{platform.python_implementation()} {platform.python_version()}"
    return (
        f"{os.cpu_count()} × {_processor()}, {memory:.0f} GiB, {platform.system()}"
        f" {platform.machine()}, {python}, load average {os.getloadavg()[1]:.1f} before it began"
    )


def worked(process: int) -> float:
    """Return the seconds of processor time a process has used (Linux)."""
    text = Path(f"/proc/{process}/stat").read_text(encoding="utf-8")
    user, system = text.rpartition(")")[2].split()[11:13]
    return (int(user) + int(system)) / os.sysconf("SC_CLK_TCK")


def _processor() -> str:
    """Return the name of the processor, where the system tells it."""
    if _CPU.exists():
        for line in _CPU.read_text(encoding="utf-8").splitlines():
            name, _, value = line.partition(":")
            if name.strip() == "model name":
                return value.strip()
    return platform.processor() or "processor of unknown name"
