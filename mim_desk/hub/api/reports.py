"""Reports: how quickly people were answered."""

from litestar import get

from mim_desk.domain.response_figures import Spread, figures_of
from mim_desk.hub.api.access import AGENT, HubPart
from mim_desk.hub.store import sla
from mim_desk.protocol import api


@get("/api/v1/reports/responses", opt=AGENT, summary="How quickly people were answered")
async def response_report(hub: HubPart) -> api.ResponseReport:
    """First and next responses of all conversations, by their clocks."""
    found = figures_of(await hub.store.read(sla.every_segment))
    return api.ResponseReport(
        first_response=_told(found.first),
        next_response=_told(found.next),
        in_time=found.in_time,
        late=found.late,
        no_reply=found.no_reply,
        waiting=found.waiting,
    )


def _told(spread: Spread) -> api.ResponseSpread:
    seconds = [None if one is None else one.total_seconds() for one in (spread.median, spread.slowest)]
    return api.ResponseSpread(spread.count, *seconds)


HANDLERS = [response_report]
