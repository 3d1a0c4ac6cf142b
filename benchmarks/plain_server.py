"""The yardstick of the webhook: FastAPI reads the body and answers a constant.

`python -m benchmarks.plain_server PORT`
"""

from __future__ import annotations

import sys

import uvicorn
from fastapi import FastAPI, Request, Response

ANSWER = b'{"status":"queued","request_id":"5c1f6f0e8f0e4d6e9d5a0c8c3f1f2a77","job_id":"412","reason":null}'


def plain_app() -> FastAPI:
    app = FastAPI(docs_url=None, redoc_url=None)

    @app.post("/api/webhook")
    async def receive(request: Request) -> Response:
        await request.body()
        return Response(ANSWER, media_type="application/json")

    @app.get("/readyz")
    async def ready() -> Response:
        return Response()

    return app


if __name__ == "__main__":
    uvicorn.run(
        plain_app(),
        host="127.0.0.1",
        port=int(sys.argv[1]),
        loop="uvloop",
        http="httptools",
        access_log=False,
        log_config=None,
        server_header=False,
        backlog=2048,
    )
