"""A real hub and a fake gateway for the tests of the service."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.hub.gateway import Gateway, serving_gateway
from tests.hub.live import Live, live_hub, settings_in


@pytest.fixture
async def gateway() -> AsyncIterator[Gateway]:
    """A provider's side on loopback."""
    async with serving_gateway() as serving:
        yield serving


@pytest.fixture
async def hub(tmp_path: Path) -> AsyncIterator[Live]:
    """A running hub with a first admin and nothing else."""
    async with live_hub(settings_in(tmp_path)) as live:
        yield live


@pytest.fixture
async def shop(hub: Live, gateway: Gateway) -> Live:
    """A running hub with one custom inbox at the gateway."""
    await hub.connect(gateway.url)
    return hub
