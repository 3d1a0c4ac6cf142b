"""Completes the schema that FastAPI derives: tags, an example for every body, and the problems of each operation."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any

DESCRIPTION = """All paths under `/api` except the webhook need a key: `Authorization: Bearer KEY` or `X-API-Key: KEY`.
Listings come newest first, page by page: pass `next_cursor` as `cursor` until it is null.
Every error is `application/problem+json` (RFC 9457), and every answer carries `X-Request-ID`."""

TAGS = {
    "webhook": "What WAHA calls. Signed, and stored before it is answered; a repeated event adds nothing.",
    "archive": "What was said, by whom, in which conversation.",
    "documents": "What answers are drawn from.",
    "golden questions": "Questions whose answers are known, asked before and after each change.",
    "answers": "Search and ask as a person on WhatsApp would, without WhatsApp.",
    "traces": "How each answer came about, and what would be answered now.",
    "gaps": "Questions that the documents did not answer, by meaning.",
    "dead letters": "What could not be answered and why, and trying again.",
    "audit": "What operators did.",
    "keys": "Keys with scopes, for whoever needs less than everything.",
    "figures": "The books, and figures of a period.",
    "operations": "Health, readiness, metrics and this documentation; no key needed.",
}
PATHS = {
    "/api/webhook": "webhook",
    "/api/messages": "archive",
    "/api/conversations": "archive",
    "/api/conversations/{conversation_id}": "archive",
    "/api/users": "archive",
    "/api/users/{user_id}": "archive",
    "/api/conversations/{conversation_id}/done": "archive",
    "/api/documents": "documents",
    "/api/documents/{document_id}": "documents",
    "/api/documents/{document_id}/chunks": "documents",
    "/api/websites": "documents",
    "/api/websites/{website_id}": "documents",
    "/api/websites/{website_id}/pages": "documents",
    "/api/websites/{website_id}/sync": "documents",
    "/api/documents/{document_id}/rollback": "documents",
    "/api/documents/{document_id}/publish": "documents",
    "/api/documents/{document_id}/discard": "documents",
    "/api/answers": "documents",
    "/api/answers/{answer_id}": "documents",
    "/api/audiences": "documents",
    "/api/audiences/{name}": "documents",
    "/api/audiences/{name}/{phone}": "documents",
    "/api/golden": "golden questions",
    "/api/golden/draft": "golden questions",
    "/api/golden/run": "golden questions",
    "/api/golden/reports": "golden questions",
    "/api/golden/{golden_id}": "golden questions",
    "/api/golden/{golden_id}/approve": "golden questions",
    "/api/search": "answers",
    "/api/ask": "answers",
    "/api/traces": "traces",
    "/api/traces/{turn_id}": "traces",
    "/api/traces/{turn_id}/replay": "traces",
    "/api/gaps": "gaps",
    "/api/gaps.csv": "gaps",
    "/api/gaps/{gap_id}": "gaps",
    "/api/gaps/{gap_id}/dismiss": "gaps",
    "/api/dead": "dead letters",
    "/api/dead/{inbox_id}/retry": "dead letters",
    "/api/dead/retry": "dead letters",
    "/api/audit": "audit",
    "/api/keys": "keys",
    "/api/keys/{key_id}": "keys",
    "/api/books": "figures",
    "/api/stats": "figures",
    "/health": "operations",
    "/livez": "operations",
    "/readyz": "operations",
    "/metrics": "operations",
    "/docs": "operations",
    "/openapi.json": "operations",
}
CONFLICTING = ("/retry", "/replay", "/rollback", "/publish", "/discard")  # may come too late
_METRICS_EXAMPLE = (
    "# HELP balas_inbox_messages Inbox messages by state\n# TYPE balas_inbox_messages gauge\n"
    'balas_inbox_messages{state="answered"} 930.0\n'
)
_REQUEST_ID = "9f86d081884c7d659a2feaa0c55ad015"
_PROBLEM_SCHEMA = {
    "title": "Problem",
    "description": "RFC 9457 problem details.",
    "type": "object",
    "required": ["type", "title", "status", "detail", "instance"],
    "properties": {
        "type": {"type": "string", "format": "uri-reference"},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "detail": {"type": "string", "description": "What happened, and what to do next."},
        "instance": {"type": "string", "description": "The request id, as in X-Request-ID."},
        "errors": {
            "type": "array",
            "description": "With 422: what is not valid, and where.",
            "items": {
                "type": "object",
                "required": ["pointer", "detail"],
                "properties": {"pointer": {"type": "string"}, "detail": {"type": "string"}},
            },
        },
    },
}
_PROBLEMS: dict[int, tuple[str, str]] = {
    400: ("about:blank", "The body is not valid JSON."),
    401: ("about:blank", "An API key is needed: Authorization: Bearer KEY, or X-API-Key: KEY."),
    403: ("urn:balas:problem:not-allowed", "This key does not open that: it takes one with the scope knowledge:write."),
    404: ("about:blank", "There is no user with this id."),
    406: ("about:blank", "This address answers application/json only."),
    409: ("about:blank", "This message is not dead any more, or nothing in it can be answered."),
    413: ("about:blank", "The body is larger than 1048576 bytes."),
    415: ("about:blank", "Send application/json."),
    422: ("urn:balas:problem:validation-error", "The request holds values that are not valid here; errors lists them."),
    500: ("about:blank", "Something went wrong here; the log has it under this request id."),
    503: ("urn:balas:problem:database-unavailable", "The database did not answer; try again in a moment."),
}
_TITLES = {403: "Not allowed", 422: "Validation error", 503: "Database unavailable"}
_EVERYWHERE = (500, 503)

Json = dict[str, Any]


def complete(schema: Json) -> Json:
    """Only the documented paths, each operation whole."""
    components = schema.setdefault("components", {}).setdefault("schemas", {})
    components["Problem"] = _PROBLEM_SCHEMA
    found = {**schema.get("paths", {}), **_own_paths()}
    schema["paths"] = {path: found[path] for path in PATHS if path in found}
    for path, operations in schema["paths"].items():
        for operation in operations.values():
            operation["tags"] = [PATHS[path]]
            for parameter in operation.get("parameters", []):
                _say_plainly(parameter)
            _add_problems(path, operation)
            _add_examples(operation, components)
    for name in ("HTTPValidationError", "ValidationError"):
        components.pop(name, None)
    schema["tags"] = [{"name": name, "description": text} for name, text in TAGS.items()]
    return schema


def _own_paths() -> Json:
    page = {"text/html": {"schema": {"type": "string"}, "example": "<!doctype html>…"}}
    itself = {"application/json": {"schema": {"type": "object"}, "example": {"openapi": "3.1.0", "paths": {}}}}
    return {
        "/docs": {"get": _own("get_docs", "This documentation", page)},
        "/openapi.json": {"get": _own("get_openapi", "This schema", itself)},
    }


def _own(operation_id: str, summary: str, content: Json) -> Json:
    response = {"description": "Successful Response", "content": content}
    return {"operationId": operation_id, "summary": summary, "responses": {"200": response}}


def _say_plainly(parameter: Json) -> None:
    """A parameter may be left out, but an address cannot hold null: show only the kind of value it takes."""
    schema: Json = parameter["schema"]
    kinds = [kind for kind in schema.get("anyOf", []) if kind != {"type": "null"}]
    if len(kinds) == 1:
        parameter["schema"] = schema = {**{k: v for k, v in schema.items() if k != "anyOf"}, **kinds[0]}
    if "description" in schema:
        parameter.setdefault("description", schema.pop("description"))


def _add_examples(operation: Json, components: Json) -> None:
    """Models carry their examples; they belong beside every body too, where tools look for them."""
    bodies = [operation["requestBody"]] if "requestBody" in operation else []
    for body in [*bodies, *operation["responses"].values()]:
        for media_type, content in body.get("content", {}).items():
            if "example" in content or "examples" in content:
                continue
            examples = _resolved(content.get("schema", {}), components).get("examples")
            if examples:
                content["example"] = examples[0]
            elif media_type.startswith("text/plain"):
                content["example"] = _METRICS_EXAMPLE


def _resolved(schema: Json, components: Json) -> Json:
    reference = schema.get("$ref")
    found: Json = components[reference.rpartition("/")[2]] if reference else schema
    return found


def _add_problems(path: str, operation: Json) -> None:
    responses = operation["responses"]
    for status in _statuses(path, operation):
        responses[str(status)] = _problem_response(path, status, responses.get(str(status), {}))
    if path == "/metrics":
        content = {"schema": {"type": "string"}, "example": _METRICS_EXAMPLE}
        responses["200"] = {"description": "Successful Response", "content": {"text/plain; version=1.0.0": content}}
    operation["responses"] = dict(sorted(responses.items()))


def _statuses(path: str, operation: Json) -> set[int]:
    statuses = {int(status) for status in operation["responses"] if status.isdigit() and int(status) >= 400}
    statuses |= set(_EVERYWHERE)
    if path.startswith("/api/"):
        statuses.add(401)
    if path == "/api/webhook":
        return (statuses | {413, 415}) - {422}  # signed and unusable is 200, dead
    if path.startswith("/api/"):
        statuses |= {403, 406}
    parameters = operation.get("parameters", [])
    if any(parameter["name"] == "cursor" for parameter in parameters):
        statuses.add(400)
    if any(parameter["name"] == "Idempotency-Key" for parameter in parameters):
        statuses |= {409, 422}
    if any(parameter["in"] == "path" for parameter in parameters):
        statuses.add(404)
    if "requestBody" in operation:
        statuses |= {400, 413, 415, 422}
    if path.endswith(CONFLICTING):
        statuses.add(409)
    return statuses


def _problem_response(path: str, status: int, given: Json) -> Json:
    """The response as a problem; /health alone answers 503 with its own report."""
    phrase = HTTPStatus(status).phrase
    if path == "/health" and status == 503 and given:
        return given
    kind, detail = _PROBLEMS.get(status, ("about:blank", phrase))
    example: Json = {
        "type": kind,
        "title": _TITLES.get(status, phrase),
        "status": status,
        "detail": detail,
        "instance": _REQUEST_ID,
    }
    if status == 422:
        example["errors"] = [{"pointer": "/query/limit", "detail": "Input should be less than or equal to 200"}]
    content = {"schema": {"$ref": "#/components/schemas/Problem"}, "example": example}
    described = given.get("description") if given.get("description") not in {None, "Validation Error"} else None
    return {"description": described or example["title"], "content": {"application/problem+json": content}}
