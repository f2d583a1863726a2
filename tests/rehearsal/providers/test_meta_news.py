"""The simulated channels of Meta tell news besides messages in the shapes of Meta's pages, and refuse what is not ours."""

import json
from typing import Any

from mim_desk.rehearsal.providers.messenger import Messenger
from mim_desk.rehearsal.providers.whatsapp import NUMBER, WABA, WhatsApp
from mim_desk.rehearsal.scripts import Act
from tests.rehearsal.providers.outside import Hook
from tests.rehearsal.providers.test_meta import code, written


def entries(hook: Hook, number: int) -> list[dict[str, Any]]:
    return list(json.loads(hook.calls[number - 1].body)["entry"])


async def test_news_of_the_account_name_the_business_account_and_no_number() -> None:
    network = WhatsApp()
    async with written(network) as (_, _, hook):
        network.notice("account_update", event="ACCOUNT_VIOLATION", violation_info={"violation_type": "SPAM"})
        await hook.until(2)

        (entry,) = entries(hook, 2)
        assert entry["id"] == WABA
        assert entry["changes"] == [
            {
                "field": "account_update",
                "value": {"event": "ACCOUNT_VIOLATION", "violation_info": {"violation_type": "SPAM"}},
            }
        ]


async def test_chats_from_before_and_what_is_written_on_the_phone_name_both_sides() -> None:
    network = WhatsApp()
    async with written(network) as (_, phone, hook):
        network.past(phone, (True, "Long ago"), (False, "We answered"))
        await hook.until(2)
        network.written_on_the_phone(phone, "From the phone")
        await hook.until(3)
        phone.wants_marketing(wanted=False)
        await hook.until(4)

        fields = [entries(hook, number)[0]["changes"][0] for number in (2, 3, 4)]
        assert [one["field"] for one in fields] == ["history", "smb_message_echoes", "user_preferences"]
        assert all(one["value"]["metadata"]["phone_number_id"] == NUMBER for one in fields)
        (thread,) = fields[0]["value"]["history"][0]["threads"]
        assert [("to" in one, one["text"]["body"]) for one in thread["messages"]] == [
            (False, "Long ago"),
            (True, "We answered"),
        ]
        assert fields[2]["value"]["user_preferences"][0]["value"] == "stop"


async def test_a_chat_that_another_app_has_is_told_in_standby_and_takes_no_message() -> None:
    network = Messenger()
    async with written(network) as (send, phone, hook):
        body = {"recipient": {"id": phone.id}, "messaging_type": "RESPONSE", "message": {"text": "Hi"}}
        network.take(phone, "bot")
        await hook.until(2)
        await phone.do(Act(text="For the bot"))
        await hook.until(3)
        refused = await send("me/messages", body)
        network.hand_over(phone, "to human")
        await hook.until(4)
        taken = await send("me/messages", body)

        assert entries(hook, 2)[0]["messaging"][0]["take_thread_control"]["metadata"] == "bot"
        assert entries(hook, 3)[0]["standby"][0]["message"]["text"] == "For the bot"
        assert "messaging" not in entries(hook, 3)[0]
        assert code(refused) == (400, 10, 0)
        assert taken.status_code == 200


async def test_who_comes_by_an_ad_or_asks_for_news_is_told_without_a_message() -> None:
    async with written(Messenger()) as (_, phone, hook):
        phone.come_by("promo", ad="Sale")
        await hook.until(2)
        phone.ask_for_news("Offers")
        await hook.until(3)

        came, wish = (entries(hook, number)[0]["messaging"][0] for number in (2, 3))
        assert came["referral"]["ads_context_data"] == {"ad_title": "Sale"}
        assert (wish["optin"]["type"], wish["optin"]["title"]) == ("notification_messages", "Offers")
