"""A reply through another of the contact's inboxes: the hub checks that it is theirs and open."""

from tests.hub.gateway import Gateway
from tests.hub.live import Live, incoming


async def two_inboxes(shop: Live, gateway: Gateway) -> tuple[dict[str, str], str, str]:
    """A conversation of Ana, who is known in two inboxes and wrote to the second one last; both inboxes."""
    first = shop.inbox_id
    ana = await shop.conversation("ana", "in the first")
    second = await shop.connect(gateway.url, name="Second")
    await shop.deliver(incoming("ana-2", "in the second"))
    listed = (await shop.client.get("/api/v1/conversations")).json()["items"]
    other = next(one for one in listed if one["inbox_id"] == second)
    merged = await shop.client.post(
        f"/api/v1/contacts/{ana['contact_id']}/merge", json={"contact_id": other["contact_id"]}
    )
    assert merged.status_code in (200, 201), merged.text
    gateway.calls.clear()
    return (await shop.client.get("/api/v1/conversations")).json()["items"][0], first, second


async def test_a_reply_goes_by_the_inbox_of_the_last_message_unless_another_is_named(shop: Live, gateway: Gateway):
    conversation, first, second = await two_inboxes(shop, gateway)
    assert conversation["inbox_id"] == second

    usual = (await shop.reply(conversation["id"], "the usual way")).json()
    await shop.until_status(conversation["id"], usual["id"], "sent")
    chosen = (await shop.reply(conversation["id"], "the other way", inbox_id=first)).json()
    await shop.until_status(conversation["id"], chosen["id"], "sent")

    assert [(one.json["to"], one.json["text"]) for one in gateway.calls] == [
        ("ana-2", "the usual way"),
        ("ana", "the other way"),
    ]
    assert chosen["inbox_id"] == first


async def test_an_inbox_the_contact_has_no_address_in_is_refused(shop: Live, gateway: Gateway):
    conversation, _, _ = await two_inboxes(shop, gateway)
    foreign = await shop.connect(gateway.url, name="Foreign")

    refused = await shop.reply(conversation["id"], "hello", inbox_id=foreign)

    assert (refused.status_code, refused.json()["field"]) == (400, "inbox_id")
    assert refused.json()["detail"] == "The contact cannot be reached through Foreign. Choose another inbox."


async def test_the_send_guard_is_the_same_by_whatever_way(shop: Live, gateway: Gateway):
    conversation, first, _ = await two_inboxes(shop, gateway)
    ben = await shop.agent("ben")
    seen = (await shop.client.get("/readyz")).json()["seq"]
    path = f"/api/v1/conversations/{conversation['id']}/messages"
    await ben.post(
        path, json={"id": "0d6f5e1c-6c51-4c1c-8f8e-5f4b8f9a7c21", "text": "Ben was faster", "base_seq": seen}
    )

    held = await shop.reply(conversation["id"], "Me too", inbox_id=first, base_seq=seen)

    assert (held.status_code, held.json()["code"]) == (409, "conversation-moved")
