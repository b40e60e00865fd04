"""What may a log line say?

Logs are for whoever runs the service: one JSON line each, of fields on a list, each of its own
form. Anything else is dropped and counted, so a careless call cannot print a name. A fault is told
by the type of its exception and the places in our own code it came through; its message may quote
what was sent, so it is told only as the fixed reason of an error of our own. Of what libraries say
only the place is printed: an HTTP client would log addresses, a database its statements.
"""

import json
import logging
import re
import sys
import threading
import traceback
from collections.abc import Mapping, MutableMapping
from types import TracebackType
from typing import Any, Final, TextIO

import structlog

_OURS: Final = frozenset({"trd", "ehr", "store", "cds_hooks", "thirdline"})
_CODE: Final = re.compile(r"[A-Za-z][A-Za-z0-9_-]{0,63}")
_LONGEST: Final = 256
_MOST_FRAMES: Final = 20
_MOST_CAUSES: Final = 5
_IS_RENDERED: Final = "is_rendered"

# A field not named here is not printed. Codes are words of our own; names come from outside.
_CODES: Final = frozenset(
    {"channel", "level", "kind", "service", "reason", "error", "outcome", "need", "topic"}
)
_NAMES: Final = frozenset(
    {"request", "number", "hook_instance", "site", "issuer", "tenant", "jti", "knowledge", "rules"}
    | {"card", "listen", "version", "timestamp", "logger", "place"}
)
_NUMBERS: Final = frozenset(
    {"status", "count", "cards", "waiting", "bytes", "workers", "pid"}
    | {"duration_ms", "read_ms", "advise_ms", "wait_ms"}
)
_LISTS: Final = frozenset({"frames", "causes"})

# They log each request or statement; a line without its text would say nothing.
_TALKATIVE: Final = (
    "httpx",
    "httpcore",
    "uvicorn",
    "sqlalchemy",
    "aiosqlite",
    "alembic",
    "asyncio",
)


def configure_logs(stream: TextIO, level: str = "INFO") -> None:
    """Send all logs of this process to a stream, in our form; to be called once, when it begins.

    What would print a message of its own (a log call that fails, an exception nobody caught, a
    warning) goes the same way.
    """
    handler = logging.StreamHandler(stream)
    handler.setFormatter(_OneLine())
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(level)
    for name in _TALKATIVE:
        logging.getLogger(name).setLevel(logging.WARNING)
    for name in ("uvicorn", "uvicorn.error", "uvicorn.access"):
        logging.getLogger(name).handlers = []
        logging.getLogger(name).propagate = name != "uvicorn.access"
    logging.raiseExceptions = False
    logging.captureWarnings(capture=True)
    structlog.configure(
        processors=_PROCESSORS,
        wrapper_class=structlog.stdlib.BoundLogger,
        logger_factory=structlog.stdlib.LoggerFactory(),
    )
    sys.excepthook = _on_exception
    sys.unraisablehook = lambda given: fault("unraisable", given.exc_value)
    threading.excepthook = lambda given: fault("thread-ended", given.exc_value)


def security(event: str, **fields: object) -> None:
    """Say that something was refused, and why, in a fixed code."""
    _channel("security").warning(event, **fields)


def fault(event: str, error: BaseException | None = None, **fields: object) -> None:
    """Say that something of ours went wrong."""
    _channel("fault").error(event, **_told(error), **fields)


def operation(event: str, **fields: object) -> None:
    """Say what the service does: that it began, that a call was answered and how fast."""
    _channel("operation").info(event, **fields)


def _channel(name: str) -> Any:  # noqa: ANN401 - the type structlog gives
    logger = logging.getLogger(f"thirdline.{name}")
    return structlog.wrap_logger(
        logger, processors=_PROCESSORS, wrapper_class=structlog.stdlib.BoundLogger, channel=name
    )


def _told(error: BaseException | None) -> Mapping[str, object]:
    """Tell an exception without its message, the exceptions it came of by their types alone."""
    if error is None:
        return {}
    told: dict[str, object] = {"error": type(error).__name__}
    reason = getattr(error, "reason", None)
    if _is_ours(type(error).__module__) and isinstance(reason, str):
        told["reason"] = reason
    frames = [
        f"{frame.f_globals.get('__name__', '')}:{frame.f_code.co_name}:{line}"
        for frame, line in traceback.walk_tb(error.__traceback__)
        if _is_ours(frame.f_globals.get("__name__", ""))
    ]
    told["frames"] = frames[-_MOST_FRAMES:]
    told["causes"] = _causes(error)
    return {name: value for name, value in told.items() if value}


def _causes(error: BaseException) -> list[str]:
    causes: list[str] = []
    cause = error.__cause__ or error.__context__
    while cause is not None and len(causes) < _MOST_CAUSES:
        causes.append(type(cause).__name__)
        cause = cause.__cause__ or cause.__context__
    return causes


def _is_ours(module: str) -> bool:
    return module.partition(".")[0] in _OURS


def _only_allowed(_: object, __: str, fields: MutableMapping[str, Any]) -> dict[str, Any]:
    """Keep the fields on the list that have their form, and say how many others there were."""
    event = fields.pop("event", "")
    kept = {"event": event if isinstance(event, str) and _CODE.fullmatch(event) else "unnamed"}
    dropped = int(kept["event"] != event)
    for name, value in fields.items():
        if _is_allowed(name, value):
            kept[name] = value
        else:
            dropped += 1
    return kept | ({"dropped": dropped} if dropped else {})


def _is_allowed(name: str, value: object) -> bool:
    if name in _CODES:
        return isinstance(value, str) and _CODE.fullmatch(value) is not None
    if name in _NAMES:
        return _is_name(value)
    if name in _NUMBERS:
        return isinstance(value, int | float)
    return name in _LISTS and isinstance(value, list) and all(_is_name(one) for one in value)


def _is_name(value: object) -> bool:
    return (
        isinstance(value, str)
        and len(value) <= _LONGEST
        and value.isprintable()
        and not value.count(" ")
    )


def _rendered(_: object, __: str, fields: Mapping[str, Any]) -> tuple[tuple[str], dict[str, Any]]:
    """Write a line; whatever is not ASCII, a line end above all, is escaped."""
    return (json.dumps(fields),), {"extra": {_IS_RENDERED: True}}


_PROCESSORS: Final[list[structlog.typing.Processor]] = [
    structlog.stdlib.filter_by_level,
    structlog.stdlib.add_log_level,
    structlog.processors.TimeStamper(fmt="iso", utc=True),
    _only_allowed,
    _rendered,
]


class _OneLine(logging.Formatter):
    """Prints our lines as they are, and of a library's only from where it came."""

    def format(self, record: logging.LogRecord) -> str:
        """Return the line of a record."""
        if getattr(record, _IS_RENDERED, False):
            return record.getMessage()
        fields = {
            "event": "library",
            "level": record.levelname.lower(),
            "logger": record.name,
            "place": f"{record.module}:{record.lineno}",
            **_told(record.exc_info[1] if record.exc_info else None),
        }
        return json.dumps(_only_allowed(None, "", fields))


def _on_exception(
    kind: type[BaseException], error: BaseException, trace: TracebackType | None
) -> None:
    """Tell what ended the process; an interrupt by its operator is none of our faults."""
    if issubclass(kind, KeyboardInterrupt):
        sys.__excepthook__(kind, error, trace)
    else:
        fault("ended", error)
