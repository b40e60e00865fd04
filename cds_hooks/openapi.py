"""Which calls does this door take, and what does it answer? Its own OpenAPI 3.1.

Printed from the models of ``wire`` and ``wire_in`` and from the table of services, so that it
cannot fall behind them. The sandbox serves it.
"""

from typing import Any, Final

from pydantic import BaseModel
from pydantic.json_schema import GenerateJsonSchema, JsonSchemaValue, models_json_schema
from pydantic_core import core_schema

from cds_hooks.call import SERVER, UUID
from cds_hooks.services import SERVICES, Service, always
from cds_hooks.wire import Discovery, HookAnswer, Outcome
from cds_hooks.wire_in import CONTEXTS, Feedback

OPENAPI_PATH: Final = "/openapi.json"

_REFERENCE: Final = "#/components/schemas/{model}"
_JSON: Final = "application/json"
_OUTCOME: Final = {"$ref": "#/components/schemas/Outcome"}
_SAID: Final = {
    400: "the body is not a call of this service",
    404: "no such service",
    405: "another method than this path has",
    412: "the EHR did not send what is needed, or sent another patient's data",
    413: "the body is too large",
    415: "the body is not plain JSON",
    429: "more calls a minute than agreed",
    500: "a fault of ours",
    503: "what must be kept cannot be kept just now",
}
_HEADERS: Final = {429: "Retry-After", 503: "Retry-After", 405: "Allow"}
_OF_CALLS: Final = (400, 404, 405, 412, 413, 415, 429, 500, 503)
_OF_FEEDBACK: Final = (400, 404, 405, 413, 415, 429, 500, 503)
_OF_PAGES: Final = (400, 405, 500, 503)


_READABLE: Final = {
    "anyOf": [
        {"type": "null"},
        {
            "type": "object",
            "required": ["resourceType"],
            "properties": {
                "resourceType": {"const": "Bundle"},
                "entry": {"type": ["array", "null"]},
            },
        },
    ]
}
_ACCESS: Final = {
    "type": ["object", "null"],
    "description": "access_token, token_type Bearer, expires_in, scope, subject; without one of"
    " them it is no token, and none is used",
    "properties": {"patient": {"type": ["string", "null"]}},
}


class _WithoutNull(GenerateJsonSchema):
    """An answer never holds null: an optional member is left out."""

    def nullable_schema(self, schema: core_schema.NullableSchema) -> JsonSchemaValue:
        return self.generate_inner(schema["schema"])

    def default_schema(self, schema: core_schema.WithDefaultSchema) -> JsonSchemaValue:
        return self.generate_inner(schema["schema"])


def openapi(public_url: str, version: str) -> dict[str, Any]:
    """Return the description of a door that is reached at this address."""
    paths: dict[str, Any] = {"/cds-services": {"get": _page("discovery", "Discovery")}}
    for service in SERVICES:
        paths |= _of_service(service)
    for path in ("/healthz", "/readyz"):
        paths[path] = {"get": _page(path.strip("/"), None)}
    return {
        "openapi": "3.1.0",
        "info": {"title": "Thirdline CDS Hooks service", "version": version},
        "servers": [{"url": public_url.rstrip("/")}],
        "security": [{}, {"jwt": []}],
        "paths": paths,
        "components": {
            "schemas": _schemas() | {_name(one): _call(one) for one in SERVICES},
            "securitySchemes": {"jwt": {"type": "http", "scheme": "bearer", "bearerFormat": "JWT"}},
        },
    }


def _of_service(service: Service) -> dict[str, Any]:
    call, answer = _name(service), "HookAnswer"
    path = f"/cds-services/{service.id}"
    return {
        path: {"post": _posting(service.id, call, answer, _OF_CALLS)},
        f"{path}/feedback": {
            "post": _posting(f"{service.id}-feedback", "Feedback", None, _OF_FEEDBACK)
        },
        f"/explain/{service.id}": {
            "post": _posting(f"explain-{service.id}", call, None, _OF_CALLS)
        },
    }


def _name(service: Service) -> str:
    return f"Call.{service.id}"


def _posting(name: str, sent: str, answer: str | None, refusals: tuple[int, ...]) -> dict[str, Any]:
    schema = {"$ref": _REFERENCE.format(model=sent)}
    body = {"required": True, "content": {_JSON: {"schema": schema}}}
    return {
        "operationId": name,
        "requestBody": body,
        "responses": _responses(answer, refusals),
    }


def _page(name: str, answer: str | None) -> dict[str, Any]:
    return {"operationId": name, "responses": _responses(answer, _OF_PAGES)}


def _responses(answer: str | None, refusals: tuple[int, ...]) -> dict[str, Any]:
    schema = {"$ref": _REFERENCE.format(model=answer)} if answer else {"type": "object"}
    good = {"description": "the answer", "content": {_JSON: {"schema": schema}}}
    bare: dict[str, Any] = {"description": "the caller did not prove who it is; no body"}
    bare["headers"] = {"WWW-Authenticate": _header("WWW-Authenticate")}
    return {"200": good, "401": bare} | {str(one): _refusal(one) for one in refusals}


def _refusal(status: int) -> dict[str, Any]:
    told: dict[str, Any] = {
        "description": _SAID[status],
        "content": {_JSON: {"schema": _OUTCOME}},
    }
    if status in _HEADERS:
        told["headers"] = {_HEADERS[status]: _header(_HEADERS[status])}
    return told


def _header(name: str) -> dict[str, Any]:
    return {"description": name, "required": True, "schema": {"type": "string"}}


def _schemas() -> dict[str, Any]:
    """Return the shapes of what comes in and of what goes out."""
    return _printed([Feedback, *CONTEXTS.values()], GenerateJsonSchema) | _printed(
        [Discovery, HookAnswer, Outcome], _WithoutNull
    )


def _printed(models: list[type[BaseModel]], generator: type[GenerateJsonSchema]) -> dict[str, Any]:
    _, told = models_json_schema(
        [(model, "validation") for model in dict.fromkeys(models)],
        ref_template=_REFERENCE,
        schema_generator=generator,
    )
    found: dict[str, Any] = told["$defs"]
    return found


def _call(service: Service) -> dict[str, Any]:
    """Return the shape of a call of one service.

    What a prefetch key holds may have any shape: one that cannot be read counts as not read. Only
    what a service cannot do without has one here.
    """
    groups = service.required if service.may_concern is always else ()
    needed = {one: _READABLE for (one, *more) in groups if not more}
    prefetch = {need: needed.get(need, {}) for need in sorted(service.needs)}
    access = {"fhirServer": {"type": "string", "pattern": f"^{SERVER.pattern}$"}}
    return {
        "type": "object",
        "required": ["hook", "hookInstance", "context"],
        "properties": {
            "hook": {"const": service.hook},
            "hookInstance": {"type": "string", "pattern": f"^{UUID.pattern}$"},
            "context": {"$ref": _REFERENCE.format(model=CONTEXTS[service.hook].__name__)},
            "prefetch": {"type": ["object", "null"], "properties": prefetch},
        },
        "anyOf": [
            {"required": ["fhirServer"], "properties": access | {"fhirAuthorization": _ACCESS}},
            {"properties": access | {"fhirAuthorization": {"type": "null"}}},
            {"properties": {"fhirServer": {"type": "null"}, "fhirAuthorization": {"type": "null"}}},
        ],
    }
