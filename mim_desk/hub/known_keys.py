"""Whether a provider still knows our key of a reply in doubt: some forget it, some know it by the device that called."""

from dataclasses import replace

from mim_desk.channels.base import Account, Adapter
from mim_desk.channels.in_doubt import ForgetsKeys, KnowsKeysByDevice
from mim_desk.channels.offering import offers
from mim_desk.hub.parts import Hub
from mim_desk.hub.sending_rules import Verdict, too_late
from mim_desk.hub.store.sends import Lease
from mim_desk.hub.store.times import utc_now


def forgotten(lease: Lease, adapter: Adapter) -> Verdict | None:
    """What follows for a reply in doubt whose key the provider may have forgotten since."""
    if lease.doubt_at is None or not offers(adapter, ForgetsKeys):
        return None
    return too_late(lease.doubt_at, utc_now(), adapter.key_lasts, lease.before)


async def of_another_device(hub: Hub, lease: Lease, adapter: Adapter, account: Account) -> bool:
    """Whether a reply in doubt would leave from another device than it did, for which its key is a new one.

    To be asked right before the call, since a new token may just have come with a sign-in.
    """
    if lease.doubt_at is None or not offers(adapter, KnowsKeysByDevice):
        return False
    now = await hub.accounts.account(account.inbox_id)
    since = adapter.keys_since(replace(now, renewed={**now.renewed, **hub.account_tokens.renewed(now)}))
    return since is not None and lease.doubt_at < since
