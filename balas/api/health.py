"""GET /health, /livez and /readyz: no key needed, nothing private told."""

from __future__ import annotations

import asyncio

from fastapi import APIRouter, Request, Response

from balas import __version__
from balas.api.checks import dependency_checks
from balas.api.checkup import Checkup, Health, overall
from balas.api.figures import Alive, DependencyItem, HealthItem, Ready
from balas.errors import DatabaseUnavailable, Transient
from balas.runtime import Runtime

# A prober waits a second by default. WAHA only adds a warning, and must not make the prober give up.
WARNING_SECONDS = 0.7

router = APIRouter(tags=["operations"], generate_unique_id_function=lambda route: route.name)


def checkup_of(request: Request) -> Checkup:
    """The one checkup of the process, made when it is first asked for."""
    state = request.app.state
    checkup: Checkup | None = getattr(state, "checkup", None)
    if checkup is None:
        checkup = state.checkup = Checkup(dependency_checks(state.runtime))
    return checkup


@router.get("/health", summary="Each dependency, with its latency", responses={503: {"model": HealthItem}})
async def get_health(request: Request, response: Response) -> HealthItem:
    findings = await checkup_of(request).report()
    status = overall(findings)
    response.status_code = 503 if status is Health.UNHEALTHY else 200
    return HealthItem(
        status=status.value,
        dependencies={
            name: DependencyItem(
                status=measured.finding.health.value,
                latency_ms=round(measured.latency_ms, 2),
                detail=measured.finding.detail,
            )
            for name, measured in findings.items()
        },
        version=__version__,
    )


@router.get("/livez", summary="The process runs")
async def get_livez() -> Alive:
    return Alive()


@router.get("/readyz", summary="Webhooks can be taken")
async def get_readyz(request: Request) -> Ready:
    """503 while the database is away or documents cannot be searched yet; anything else that is wrong is a warning."""
    runtime: Runtime = request.app.state.runtime
    if not runtime.started.is_set():
        raise Transient("Still starting: the documents are being indexed.", retry_after_seconds=1)
    checkup = checkup_of(request)
    database, waha = await asyncio.gather(
        checkup.report("database"), checkup.report("waha", limit_seconds=WARNING_SECONDS)
    )
    finding = database["database"].finding
    if finding.health is not Health.HEALTHY:
        raise DatabaseUnavailable(finding.detail)
    whatsapp = waha["waha"].finding
    unwell = [whatsapp.detail] if whatsapp.health is not Health.HEALTHY else []
    return Ready(warnings=[*unwell, *finding.notes, *whatsapp.notes])
