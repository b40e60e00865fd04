"""What may keep a call from being answered, and which status does it get?

HookError
├── BadRequest        400  the request is not one: JSON, context, hook, ids
│   └── OtherServer       the FHIR server it names is not the registered one
├── NotTrusted        401  the caller did not prove who it is; no word of why
├── NoSuchService     404  no service of this id, no such page
├── WrongMethod       405
├── CannotAnswer      412  the EHR did not send what is needed
│   └── AnotherPatient     it sent another patient's data
├── TooLarge          413
├── WrongMediaType    415
├── TooMany           429  more calls a minute than this EHR may make
├── Unavailable       503  nothing durable can be written or read just now
└── (anything else)   500  our fault; it carries a request id and never looks like an answer

A message names a place and what is wrong there; it never repeats what was sent. An error is an
OperationOutcome, but for 401, which is bare; ``{"cards": []}`` is an answer and never one of these.
"""

from collections.abc import Mapping
from typing import Final

import orjson
from starlette.responses import Response

NO_STORE: Final = {"Cache-Control": "no-store", "X-Content-Type-Options": "nosniff"}
JSON_TYPE: Final = "application/json"
ANOTHER_PATIENT: Final = "the request holds data of another patient than the one it is about"


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


class OtherServer(BadRequest):
    """The FHIR server that is named is not the one registered for this EHR."""

    def __init__(self) -> None:
        """Say so; which one it was is not repeated."""
        super().__init__("fhirServer: not the one registered for this EHR")


class NotTrusted(HookError):  # noqa: N818 - named for what it says
    """The caller did not prove that it is a registered EHR."""

    status = 401
    issue = "login"

    def __init__(self) -> None:
        """Say nothing: every reason gets the same answer."""
        super().__init__("")
        self.headers = {"WWW-Authenticate": "Bearer"}


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


class AnotherPatient(CannotAnswer):
    """The request holds data of another patient: it is refused whole."""

    def __init__(self) -> None:
        """Say so; whose data they are is not repeated."""
        super().__init__(ANOTHER_PATIENT)


class TooLarge(HookError):  # noqa: N818 - named for what it says
    """The body is larger than is read."""

    status = 413
    issue = "too-long"
    headers = {"Connection": "close"}  # noqa: RUF012 - a mapping nobody changes


class WrongMediaType(HookError):  # noqa: N818 - named for what it says
    """The body is not plain JSON."""

    status = 415
    issue = "not-supported"


class TooMany(HookError):  # noqa: N818 - named for what it says
    """More calls a minute than agreed with this EHR."""

    status = 429
    issue = "throttled"

    def __init__(self, retry_after_s: int) -> None:
        """Say when the next call is welcome."""
        super().__init__("more calls a minute than this EHR may make")
        self.headers = {"Retry-After": str(retry_after_s)}


class Unavailable(HookError):  # noqa: N818 - named for what it says
    """What must be kept cannot be kept just now."""

    status = 503
    issue = "transient"
    headers = {"Retry-After": "5"}  # noqa: RUF012 - a mapping nobody changes


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
    """Return the answer to a call that gets no cards; 401 has no body, whatever the reason."""
    if isinstance(wrong, NotTrusted):
        return Response(status_code=wrong.status, headers=NO_STORE | dict(wrong.headers))
    return outcome_response(wrong.status, wrong.issue, wrong.said, wrong.headers)
