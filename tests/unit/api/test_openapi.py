from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
from fastapi import FastAPI
from fastapi.routing import APIRoute, iter_route_contexts
from pydantic import BaseModel, TypeAdapter
from starlette.testclient import TestClient

from balas.api.openapi_docs import ASSETS
from balas.api.openapi_schema import PATHS, TAGS
from balas.database.engine import Database

Json = dict[str, Any]


@pytest.fixture
def database(sqlite: Database) -> Database:
    """Which database stands behind does not matter here."""
    return sqlite


@pytest.fixture
def schema(app: FastAPI) -> Json:
    return app.openapi()


def operations(schema: Json) -> Iterator[tuple[str, str, Json]]:
    for path, methods in schema["paths"].items():
        for method, operation in methods.items():
            yield path, method, operation


def test_only_documented_paths_in_the_order_of_the_table(schema: Json, app: FastAPI) -> None:
    assert list(schema["paths"]) == list(PATHS)
    routed = {route.path for route in iter_route_contexts(app.routes) if getattr(route, "include_in_schema", False)}
    assert routed - set(PATHS) == set()


def test_every_operation_has_a_name_of_its_own_a_summary_and_a_tag(schema: Json) -> None:
    found = [operation["operationId"] for _, _, operation in operations(schema)]
    assert len(found) == len(set(found))
    for path, _, operation in operations(schema):
        assert operation["operationId"].isidentifier(), path
        assert operation["summary"], path
        assert operation["tags"][0] in TAGS
    assert {tag["name"] for tag in schema["tags"]} == set(TAGS)
    assert all(tag["description"] for tag in schema["tags"])


def test_every_body_has_an_example(schema: Json) -> None:
    for path, method, operation in operations(schema):
        bodies = [*operation["responses"].values(), *([operation["requestBody"]] if "requestBody" in operation else [])]
        for body in bodies:
            for media_type, content in body.get("content", {}).items():
                assert content.get("example") or content.get("examples"), f"{method} {path} {media_type}"
        assert "204" in operation["responses"] or any(
            status.startswith("2") and body.get("content") for status, body in operation["responses"].items()
        ), path


def test_every_error_is_documented_as_a_problem(schema: Json) -> None:
    for path, method, operation in operations(schema):
        responses = operation["responses"]
        for status, body in responses.items():
            if status.startswith(("4", "5")) and path != "/health":
                assert list(body["content"]) == ["application/problem+json"], f"{method} {path} {status}"
                example = body["content"]["application/problem+json"]["example"]
                assert example["status"] == int(status)
        assert {"500", "503"} <= set(responses), path
        if path.startswith("/api/"):
            assert "401" in responses
    text = json.dumps(schema)
    assert "HTTPValidationError" not in text


def test_examples_are_what_the_routes_answer(app: FastAPI) -> None:
    for context in iter_route_contexts(app.routes):
        route = context.original_route
        if (
            isinstance(route, APIRoute)
            and isinstance(route.response_model, type)
            and issubclass(route.response_model, BaseModel)
        ):
            for example in (route.response_model.model_config.get("json_schema_extra") or {}).get("examples", []):  # type: ignore[union-attr]
                shown = TypeAdapter(route.response_model).validate_python(example).model_dump(mode="json")
                assert shown == example, route.path


def test_references_lead_somewhere(schema: Json) -> None:
    components = schema["components"]["schemas"]
    for part in json.dumps(schema).split('"$ref": "')[1:]:
        assert part.split('"')[0].removeprefix("#/components/schemas/") in components


def test_what_is_served_is_the_schema(stranger: TestClient, schema: Json) -> None:
    answer = stranger.get("/openapi.json")
    assert answer.status_code == 200
    assert answer.json() == schema
    assert answer.json()["openapi"].startswith("3.1")


def test_the_page_holds_nothing_inline_and_nothing_from_elsewhere(stranger: TestClient) -> None:
    page = stranger.get("/docs")
    assert page.status_code == 200
    assert page.headers["content-type"].startswith("text/html")
    policy = page.headers["content-security-policy"]
    assert "unsafe" not in policy
    assert "default-src 'none'" in policy
    assert "http" not in page.text
    assert "<script>" not in page.text
    assert "style=" not in page.text
    for name in ASSETS:
        asset = stranger.get(f"/docs/assets/{name}")
        assert asset.status_code == 200, name
        assert asset.headers["x-content-type-options"] == "nosniff"
        assert name == "docs.js" or len(asset.content) > 500
    assert (
        stranger.get("/docs/assets/docs.js")
        .headers["content-type"]
        .startswith(("text/javascript", "application/javascript"))
    )


def test_parameters_are_explained_and_none_may_be_null(schema: Json) -> None:
    messages = {parameter["name"]: parameter for parameter in schema["paths"]["/api/messages"]["get"]["parameters"]}
    assert messages["phone"]["description"]
    assert messages["since"]["schema"]["format"] == "date-time"
    assert "null" not in json.dumps([parameter["schema"] for parameter in messages.values()])
