"""What may keep a call from being answered, and which status does it get?

HookError
├── BadRequest        400  the request is not one: JSON, context, hook, ids
├── NoSuchService     404  no service of this id, no such page
├── WrongMethod       405
├── CannotAnswer      412  the EHR did not send what is needed, or sent another patient's data
├── TooLarge          413
├── WrongMediaType    415
└── (anything else)   500  our fault; it carries a request id and never looks like an answer

A message names a place and what is wrong there; it never repeats what was sent. An error is an
OperationOutcome; ``{"cards": []}`` is an answer and is never one of these.
"""

from collections.abc import Mapping
from typing import Final

import orjson
from starlette.responses import Response

NO_STORE: Final = {"Cache-Control": "no-store", "X-Content-Type-Options": "nosniff"}
JSON_TYPE: Final = "application/json"


class HookError(Exception):
    """A call that gets no cards. ``issue`` is the FHIR issue type, ``said`` a fixed sentence."""

    status = 500
    issue = "exception"
    headers: Mapping[str, str] = {}

    def __init__(self, said: str) -> None:
        """Keep the sentence; it holds no content of the request."""
        super().__init__(said)
        self.said = said


class BadRequest(HookError):  # noqa: N818 - named for what it says
    """The body is not a request this service can read."""

    status = 400
    issue = "invalid"


class NoSuchService(HookError):  # noqa: N818 - named for what it says
    """Nothing is served at this address."""

    status = 404
    issue = "not-found"


class WrongMethod(HookError):  # noqa: N818 - named for what it says
    """The address exists, the method does not."""

    status = 405
    issue = "not-supported"

    def __init__(self, allowed: str) -> None:
        """Say which methods there are."""
        super().__init__(f"use {allowed}")
        self.headers = {"Allow": allowed}


class CannotAnswer(HookError):  # noqa: N818 - named for what it says
    """Data that are needed did not arrive, or are another patient's."""

    status = 412
    issue = "required"


class TooLarge(HookError):  # noqa: N818 - named for what it says
    """The body is larger than is read."""

    status = 413
    issue = "too-long"
    headers = {"Connection": "close"}  # noqa: RUF012 - a mapping nobody changes


class WrongMediaType(HookError):  # noqa: N818 - named for what it says
    """The body is not plain JSON."""

    status = 415
    issue = "not-supported"


def outcome_response(
    status: int, issue: str, said: str, headers: Mapping[str, str] | None = None
) -> Response:
    """Return an OperationOutcome with one issue."""
    body = {
        "resourceType": "OperationOutcome",
        "issue": [{"severity": "error", "code": issue, "diagnostics": said}],
    }
    return Response(
        orjson.dumps(body),
        status_code=status,
        media_type=JSON_TYPE,
        headers=NO_STORE | dict(headers or {}),
    )


def refused(wrong: HookError) -> Response:
    """Return the answer to a call that gets no cards."""
    return outcome_response(wrong.status, wrong.issue, wrong.said, wrong.headers)
