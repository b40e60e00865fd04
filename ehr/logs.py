"""What is said in the logs? One line each, of allowed fields only."""

import structlog


def security(event: str, **fields: str) -> None:
    """Say that something was refused, and why, in a fixed code."""
    structlog.get_logger("security").warning(event, **fields)


def fault(event: str, **fields: str) -> None:
    """Say that something of ours went wrong."""
    structlog.get_logger("fault").error(event, **fields)
