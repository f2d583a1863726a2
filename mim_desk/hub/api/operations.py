"""Operations: is it alive, can it work, what are its figures.."""

from litestar import MediaType, Response, get

from mim_desk.hub.api.access import ANYONE, HubPart
from mim_desk.hub.health import Readiness, measured, readiness


@get("/healthz", opt=ANYONE, media_type=MediaType.TEXT, sync_to_thread=False, summary="Is the process alive")
def alive() -> str:
    """Always ``ok`` while the process answers."""
    return "ok"


@get("/readyz", opt=ANYONE, summary="Can the hub take deliveries and calls")
async def ready(hub: HubPart) -> Response[Readiness]:
    """200 while the store takes writes, else 503 with the reason."""
    told = await readiness(hub)
    return Response(told, status_code=200 if told.ready else 503)


@get("/metrics", opt=ANYONE, media_type=MediaType.TEXT, summary="Figures for Prometheus")
async def metrics(hub: HubPart) -> Response[bytes]:
    """Figures without contents: counts, ages and queue depths."""
    return Response(await measured(hub), media_type="text/plain; version=0.0.4")


HANDLERS = [alive, ready, metrics]
