"""Which address a provider calls, for signatures over it."""

import pytest

from tests.channels.conformance.providers import SmsTwilioProvider
from tests.hub.gateway import Gateway
from tests.hub.live import Live

ADDRESSES = {
    "nothing is said": ("", "{hub}/webhooks/sms_twilio/{inbox}"),
    "a host alone": ("https://desk.example.test", "https://desk.example.test/webhooks/sms_twilio/{inbox}"),
    "a host with a port and a slash": (
        "https://desk.example.test:8443/",
        "https://desk.example.test:8443/webhooks/sms_twilio/{inbox}",
    ),
    "a whole address": ("https://desk.example.test/hooks/one?x=1", "https://desk.example.test/hooks/one?x=1"),
}


@pytest.mark.parametrize(("told", "wanted"), ADDRESSES.values(), ids=ADDRESSES.keys())
async def test_the_address_that_is_called(hub: Live, gateway: Gateway, told: str, wanted: str):
    inbox = await SmsTwilioProvider(called=told).connect(hub, gateway)

    account = await hub.running.hub.accounts.account(inbox)

    assert account.webhook_url == wanted.format(hub=hub.url, inbox=inbox)
