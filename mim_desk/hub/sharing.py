"""Hands a delivery to every inbox that it tells of, where a provider has one address for several."""

from dataclasses import replace

from mim_desk.channels.base import Account, Adapter, RawRequest
from mim_desk.channels.offering import offers
from mim_desk.channels.registry import ADAPTERS
from mim_desk.channels.shared_webhooks import SharesWebhook
from mim_desk.domain.refusal import Refusal
from mim_desk.hub.parts import Hub

Share = tuple[Adapter, Account, RawRequest]


async def shared_out(hub: Hub, adapter: Adapter, account: Account, request: RawRequest) -> list[Share]:
    """Who gets what of a delivery that ``account`` has verified.

    Only inboxes whose own secret proves the delivery too are told of it: they are of the same app.
    """
    whole: list[Share] = [(adapter, account, request)]
    if not offers(adapter, SharesWebhook):
        return whole
    others = [
        (ADAPTERS[channel], other)
        for channel, other in await hub.accounts.of_channels(adapter.shared_with)
        if other.inbox_id != account.inbox_id and _proves(ADAPTERS[channel], other, request)
    ]
    if not others:
        return whole
    told = [(adapter, account), *others]
    parts = adapter.shared_out(request.body, [(each.channel, of) for each, of in told])
    # An empty body is nobody's part, and stays with the one who was called.
    return [(*who, replace(request, body=part)) for who, part in zip(told, parts, strict=True) if part] or whole


def _proves(adapter: Adapter, account: Account, request: RawRequest) -> bool:
    try:
        adapter.verify(account, request)
    except Refusal:
        return False
    return True
