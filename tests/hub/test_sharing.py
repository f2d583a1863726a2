"""One webhook address of an app of Meta serves all its inboxes, whichever channel they are of."""

import hashlib
import hmac
import json
from typing import Any

import pytest

from tests.hub.gateway import Gateway
from tests.hub.live import Live

SECRET = "secret-of-the-one-app"  # of the tests
PAGE, IG, NUMBER, WABA = "701000000000001", "17841400000000009", "106540352242922", "102290129340398"
SETTINGS = {
    "whatsapp": {"phone_number_id": NUMBER, "waba_id": WABA},
    "messenger": {"page_id": PAGE},
    "instagram": {"account_id": IG},
    "facebook_comments": {"page_id": PAGE},
}


async def connected(hub: Live, gateway: Gateway, channel: str, secret: str = SECRET, **settings: str) -> str:
    body = {
        "name": channel,
        "channel": channel,
        "settings": {**SETTINGS[channel], **settings, "api_base_url": gateway.url},
        "secrets": {"access_token": "token", "app_secret": secret},
    }
    return str((await hub.client.post("/api/v1/inboxes", json=body)).raise_for_status().json()["id"])


async def delivered(hub: Live, channel: str, inbox_id: str, told: dict[str, Any], secret: str = SECRET) -> int:
    body = json.dumps(told).encode()
    mark = "sha256=" + hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()
    headers = {"x-hub-signature-256": mark, "authorization": "", "content-type": "application/json"}
    return (await hub.client.post(f"/webhooks/{channel}/{inbox_id}", content=body, headers=headers)).status_code


def said(account: str, mid: str, person: str = "9100000000000077") -> dict[str, Any]:
    sides = {"sender": {"id": person}, "recipient": {"id": account}, "timestamp": 1795305600123}
    return {**sides, "message": {"mid": mid, "text": mid}}


def comment(comment_id: str) -> dict[str, Any]:
    value = {"item": "comment", "verb": "add", "post_id": f"{PAGE}_8", "comment_id": comment_id, "message": "Price?"}
    return {"field": "feed", "value": {**value, "from": {"id": "9100000000000088", "name": "Leo"}}}


async def texts_by_inbox(hub: Live) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for one in (await hub.client.get("/api/v1/conversations")).json()["items"]:
        path = f"/api/v1/conversations/{one['id']}/messages"
        for message in (await hub.client.get(path)).json()["items"]:
            found.setdefault(message["inbox_id"], []).append(message["text"])
    return found


async def unparsed(hub: Live, inbox_id: str) -> int:
    return int((await hub.client.get(f"/api/v1/inboxes/{inbox_id}")).json()["health"]["unparsed_deliveries"])


async def test_an_address_of_one_inbox_serves_the_others_of_the_app(hub: Live, gateway: Gateway):
    ids = {channel: await connected(hub, gateway, channel) for channel in SETTINGS}
    page = {"object": "page", "entry": [{"id": PAGE, "messaging": [said(PAGE, "m_1")], "changes": [comment("8_1")]}]}
    instagram = {"object": "instagram", "entry": [{"id": IG, "messaging": [said(IG, "aWd1", "6200000000000033")]}]}

    assert await delivered(hub, "whatsapp", ids["whatsapp"], page) == 200
    assert await delivered(hub, "facebook_comments", ids["facebook_comments"], instagram) == 200
    assert await delivered(hub, "messenger", ids["messenger"], page) == 200

    assert await texts_by_inbox(hub) == {
        ids["messenger"]: ["m_1"],
        ids["facebook_comments"]: ["Price?"],
        ids["instagram"]: ["aWd1"],
    }
    assert [await unparsed(hub, one) for one in ids.values()] == [0, 0, 0, 0]


async def test_an_inbox_of_another_app_is_told_nothing(hub: Live, gateway: Gateway):
    mine = await connected(hub, gateway, "facebook_comments")
    await connected(hub, gateway, "messenger", secret="secret-of-another-app")
    told = {"object": "page", "entry": [{"id": PAGE, "messaging": [said(PAGE, "m_1")]}]}

    assert await delivered(hub, "facebook_comments", mine, told) == 200

    assert await texts_by_inbox(hub) == {}
    assert await unparsed(hub, mine) == 1


async def test_a_forged_delivery_reaches_nobody(hub: Live, gateway: Gateway):
    ids = {channel: await connected(hub, gateway, channel) for channel in ("messenger", "facebook_comments")}
    told = {"object": "page", "entry": [{"id": PAGE, "messaging": [said(PAGE, "m_1")]}]}

    assert await delivered(hub, "facebook_comments", ids["facebook_comments"], told, secret="guessed") == 401

    assert await texts_by_inbox(hub) == {}


async def test_a_removed_inbox_is_told_nothing_more(hub: Live, gateway: Gateway):
    ids = {channel: await connected(hub, gateway, channel) for channel in ("messenger", "facebook_comments")}
    told = {"object": "page", "entry": [{"id": PAGE, "messaging": [said(PAGE, "m_1")]}]}
    assert await delivered(hub, "facebook_comments", ids["facebook_comments"], told) == 200
    (await hub.client.delete(f"/api/v1/inboxes/{ids['messenger']}")).raise_for_status()
    told["entry"][0]["messaging"] = [said(PAGE, "m_2")]

    assert await delivered(hub, "facebook_comments", ids["facebook_comments"], told) == 200

    assert await unparsed(hub, ids["facebook_comments"]) == 1


@pytest.mark.parametrize("channel", SETTINGS)
async def test_an_object_that_no_inbox_can_be_of_is_kept_unread_and_refused(hub: Live, gateway: Gateway, channel: str):
    mine = await connected(hub, gateway, channel)
    strange = {"object": "permissions", "entry": [{"id": "1", "changes": [{"field": "x", "value": {}}]}]}
    others = {"object": "page" if channel in ("whatsapp", "instagram") else "instagram", "entry": [{"id": "1"}]}

    assert await delivered(hub, channel, mine, strange) == 404
    assert await delivered(hub, channel, mine, others) == 200

    listed = (await hub.client.get(f"/api/v1/inboxes/{mine}/deliveries")).raise_for_status().json()["items"]
    assert [one["state"] for one in listed] == ["unparsed", "unparsed"]
    assert "'permissions'" in listed[0]["reason"]
    assert '"permissions"' in listed[0]["preview"]
