"""GET /api/v1/channels: the manifests, for set-up screens."""

from dataclasses import asdict
from typing import Any

from litestar import get

from mim_desk.channels.manifest import Field, Manifest
from mim_desk.channels.registry import ADAPTERS, manifest
from mim_desk.hub.api.access import AGENT
from mim_desk.hub.channel_setup import sheet
from mim_desk.protocol import api


def _field(one: Field) -> dict[str, Any]:
    return {**asdict(one), "choices": list(one.choices)}


def _told(one: Manifest) -> api.ChannelManifest:
    settings, secrets = [_field(entry) for entry in one.settings], [_field(entry) for entry in one.secrets]
    return api.ChannelManifest(one.channel, one.name, settings, secrets, sheet(one.capabilities), one.guide)


@get("/api/v1/channels", opt=AGENT, summary="Channels that can be connected", sync_to_thread=False)
def list_channels() -> api.Page[api.ChannelManifest]:
    """All channels with what their set-up asks."""
    return api.Page([_told(manifest(channel)) for channel in ADAPTERS])


HANDLERS = [list_channels]
