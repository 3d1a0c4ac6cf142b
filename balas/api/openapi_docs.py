"""GET /docs: Swagger UI from files in the package; GET /openapi.json: the schema of every documented path."""

from __future__ import annotations

from importlib.resources import files
from pathlib import Path
from typing import Any

from fastapi import APIRouter, FastAPI
from fastapi.openapi.utils import get_openapi
from starlette.exceptions import HTTPException
from starlette.responses import FileResponse

from balas.api.openapi_schema import DESCRIPTION, complete

# style-src: Swagger UI sets styles through the DOM only, which a policy does not touch.
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'; "
    "require-trusted-types-for 'script'; trusted-types default dompurify"
)
ASSETS = frozenset({"docs.js", "favicon-32x32.png", "swagger-ui-bundle.js", "swagger-ui.css"})

router = APIRouter(include_in_schema=False)


def _static(name: str) -> Path:
    return Path(str(files("balas.api").joinpath("static", name)))


@router.get("/docs")
async def get_docs() -> FileResponse:
    return FileResponse(_static("docs.html"), headers={"Content-Security-Policy": POLICY, "Cache-Control": "no-cache"})


@router.get("/docs/assets/{name}")
async def get_docs_asset(name: str) -> FileResponse:
    if name not in ASSETS:
        raise HTTPException(404)
    return FileResponse(_static(name), headers={"Cache-Control": "public, max-age=3600"})


def configure_openapi(app: FastAPI) -> None:
    """Serve /docs, and replace the application's schema, as FastAPI documents it, by one built when first asked for."""
    app.include_router(router)
    schema: dict[str, Any] = {}

    def openapi() -> dict[str, Any]:
        if not schema:
            schema.update(complete(_described(app)))
        return schema

    app.openapi = openapi  # type: ignore[method-assign]


def _described(app: FastAPI) -> dict[str, Any]:
    return get_openapi(
        title=app.title,
        version=app.version,
        summary="Answers WhatsApp messages from your own documents.",
        description=DESCRIPTION,
        license_info={"name": "MIT", "identifier": "MIT"},
        routes=app.routes,
    )
