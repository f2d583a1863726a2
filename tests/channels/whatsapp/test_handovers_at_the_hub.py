"""A number whose chats Meta's Business Agent answers first, and what a running hub makes of it."""

from time import time
from typing import Any

from tests.channels.whatsapp.provider import WhatsappProvider
from tests.channels.whatsapp.test_at_the_hub import TAKEN, conversations, messages
from tests.hub.conftest import gateway, hub
from tests.hub.gateway import Gateway
from tests.hub.live import Live

__all__ = ["gateway", "hub"]

PERSON, USER, NUMBER = "14155550123", "US.40917723865102", "310555000111222"


def observed(meta: WhatsappProvider, **told: Any) -> dict[str, Any]:
    return meta._change("standby", standby=told)


def handed_over() -> dict[str, Any]:
    passed = {"previous_owner_role": "ai_agent", "new_owner_role": "escalation", "metadata": "Asked for a person"}
    value = {
        "messaging_product": "whatsapp",
        "sender": {"phone_number": PERSON},
        "recipient": {"phone_number_id": NUMBER},
        "timestamp": str(int(time())),
        "type": "control_passed",
        "control_passed": passed,
    }
    return {"field": "messaging_handovers", "value": value}


async def test_a_chat_that_metas_agent_has_is_read_answered_and_opened_when_it_hands_it_over(
    hub: Live, gateway: Gateway
):
    meta = WhatsappProvider()
    hub.inbox_id = await meta.connect(hub, gateway)
    wrote = {"to": PERSON, "type": "text", "text": {"body": "Shall I get somebody?"}}
    answer = {"id": "wamid.BOT1", "timestamp": str(int(time())), "message": wrote}
    person = {"profile": {"name": "Mina Park"}, "wa_id": PERSON, "user_id": USER}

    question = observed(meta, contacts=[person], messages=[meta._message("IN1", "For the agent")])
    await meta._post(hub, question, observed(meta, message_echoes=[answer]))

    (quiet,) = await conversations(hub)
    told = list(reversed(await messages(hub)))
    assert [(one["kind"], one["text"]) for one in told] == [
        ("incoming", "For the agent"),
        ("reply", "Shall I get somebody?"),
    ]
    assert (quiet["status"], quiet.get("clocks", [])) == ("resolved", [])

    for _ in range(2):
        await meta._post(hub, handed_over())

    (opened,) = await conversations(hub)
    lines = [(one["activity"], one["details"]) for one in await messages(hub) if one["kind"] == "activity"]
    assert (opened["id"], opened["status"], opened["unread"]) == (quiet["id"], "open", 1)
    assert lines == [("thread_ours", {"note": "Asked for a person"})]


async def test_a_reply_takes_the_chat_from_metas_agent(hub: Live, gateway: Gateway):
    meta = WhatsappProvider()
    hub.inbox_id = await meta.connect(hub, gateway)
    await meta._post(hub, observed(meta, messages=[meta._message("IN1", "For the agent")]))
    (conversation,) = await conversations(hub)
    gateway.answers.append(TAKEN)

    posted = (await hub.reply(conversation["id"], "Here I am")).raise_for_status().json()

    await hub.until_status(conversation["id"], posted["id"], "sent")


async def test_somebody_whose_user_id_changes_stays_who_they_are(hub: Live, gateway: Gateway):
    meta = WhatsappProvider()
    hub.inbox_id = await meta.connect(hub, gateway)
    head = {"timestamp": str(int(time())), "from_user_id": USER, "type": "text", "text": {"body": "Hi"}}
    await meta._post(hub, meta._change(messages=[{**head, "id": "wamid.IN1"}]))
    changed = {"type": "user_changed_user_id", "user_id": "MX.77001122334455", "previous_user_id": USER}
    moved = {"id": "wamid.S1", "timestamp": head["timestamp"], "type": "system", "system": changed}

    await meta._post(hub, meta._change(messages=[moved]))
    await meta._post(hub, meta._change(messages=[{**head, "id": "wamid.IN2", "from_user_id": "MX.77001122334455"}]))

    told = [one["external_id"] for one in await messages(hub) if one["kind"] == "incoming"]
    assert sorted(told) == ["wamid.IN1", "wamid.IN2"]
