"""What Meta tells since 2026: user ids that change, chats its own agent has, threads without a number."""

import json
from typing import Any

import pytest

from mim_desk.channels.base import (
    ContactActed,
    Echo,
    Event,
    IdentityChanged,
    IncomingMessage,
    PastChat,
    Receipt,
    Sender,
    ThreadMoved,
    Unknown,
)
from mim_desk.domain.message import Activity, DeliveryStatus, MessageType
from tests.channels.whatsapp.made import (
    ACCOUNT,
    ADAPTER,
    NOOR,
    NUMBER,
    PHONE,
    STAMP,
    USER,
    WRITTEN,
    batch,
    change,
    delivery,
    message,
    parsed,
)

LATER = "MX.77001122334455"
OURS = "15555550100"


def system(**told: object) -> dict[str, Any]:
    return {"id": "wamid.S1", "timestamp": STAMP, "type": "system", "system": {"body": "changed", **told}}


MOVES = {
    "no number is shown": (
        system(type="user_changed_user_id", user_id=LATER, previous_user_id=USER),
        Sender(LATER, verified=True, formerly=(USER,)),
    ),
    "both numbers are shown": (
        {
            **system(type="user_changed_number", user_id=LATER, wa_id="14155550777", previous_user_id=USER),
            "from": PHONE,
        },
        Sender(
            LATER,
            display="+14155550777",
            verified=True,
            fields={"phone": "+14155550777"},
            formerly=("14155550777", USER, PHONE),
            aliases=("14155550777",),
        ),
    ),
}


@pytest.mark.parametrize(("told", "whom"), MOVES.values(), ids=MOVES.keys())
def test_a_changed_user_id_is_known_by_the_one_before(told: dict[str, Any], whom: Sender):
    renamed, line = parsed(change(messages=[told], contacts=[]))

    assert renamed == IdentityChanged(whom, WRITTEN)
    assert isinstance(line, ContactActed)
    assert (line.sender, line.activity, line.details["change"]) == (whom, Activity.IDENTITY, "id")


def test_a_user_id_that_changed_may_be_told_in_a_field_of_its_own():
    told = {"wa_id": PHONE, "user_id": {"previous": USER, "current": LATER}, "timestamp": STAMP}

    (renamed,) = parsed(change("user_id_update", user_id_update=[told]))

    assert isinstance(renamed, IdentityChanged)
    assert (renamed.sender.external_id, renamed.sender.formerly) == (LATER, (PHONE, USER))


def test_who_opens_the_chat_for_the_first_time_has_written_nothing():
    told = {"from": PHONE, "from_user_id": USER, "id": "wamid.IN1", "timestamp": STAMP, "type": "request_welcome"}

    (line,) = parsed(change(messages=[told]))

    assert isinstance(line, ContactActed)
    assert (line.sender, line.activity, line.details) == (NOOR, Activity.CAME_BY, {"way": "enter"})


WHO = {
    "a number beside an id of another form": ({"from": PHONE, "from_user_id": "guest_7"}, PHONE),
    "a number that is no text": ({"from": int(PHONE), "from_user_id": None}, PHONE),
}


@pytest.mark.parametrize(("head", "external_id"), WHO.values(), ids=WHO.keys())
def test_the_number_stays_the_identity(head: dict[str, Any], external_id: str):
    person = {"profile": {"name": "Noor", "username": "@noorh"}, "wa_id": PHONE, "user_id": head["from_user_id"]}

    (said,) = parsed(change(messages=[{**message(), **head}], contacts=[person]))

    assert isinstance(said, IncomingMessage)
    assert (said.sender.external_id, said.sender.display) == (external_id, f"+{PHONE}")
    assert said.sender.fields["username"] == "noorh"


def history(*threads: object, **more: object) -> tuple[Event, ...]:
    return parsed(change("history", contacts=[], history=[{"threads": list(threads)}], **more))


def test_a_thread_of_somebody_who_hides_the_number_is_theirs():
    theirs = {"from_user_id": USER, "id": "wamid.P1", "timestamp": STAMP, "type": "text", "text": {"body": "Do you?"}}
    ours = {"from": OURS, "id": "wamid.P2", "timestamp": STAMP, "type": "text", "text": {"body": "We do"}}
    context = {"user_id": USER, "username": "noorh"}

    (chat,) = history({"context": context, "messages": [theirs, ours]})

    assert isinstance(chat, PastChat)
    assert (chat.sender.external_id, chat.sender.display) == (USER, "@noorh")
    assert [(type(one), one.text) for one in chat.said] == [(IncomingMessage, "Do you?"), (Echo, "We do")]


def test_what_we_wrote_before_is_kept_with_the_user_id_of_the_thread():
    ours = {"from": OURS, "from_user_id": USER, "to": PHONE, "id": "wamid.P2", "timestamp": STAMP}
    context = {"wa_id": PHONE, "user_id": USER}

    (chat,) = history({"id": PHONE, "context": context, "messages": [{**ours, "type": "text", "text": {"body": "Hi"}}]})

    assert isinstance(chat, PastChat)
    assert (chat.sender.external_id, [type(one) for one in chat.said]) == (USER, [Echo])


def test_echoes_of_the_past_are_the_brands():
    ours = {"from": OURS, "to_user_id": USER, "id": "wamid.P3", "timestamp": STAMP, "type": "text"}

    (chat,) = history(message_echoes=[{**ours, "text": {"body": "Hi"}}])

    assert isinstance(chat, PastChat)
    assert (chat.sender.external_id, [(type(one), one.text) for one in chat.said]) == (USER, [(Echo, "Hi")])


def standby(**told: object) -> tuple[Event, ...]:
    return parsed(change("standby", contacts=[], standby=told))


def test_what_is_written_to_metas_agent_is_kept_and_asks_nobody():
    person = {"profile": {"name": "Noor Haddad", "username": "noorh"}, "wa_id": PHONE, "user_id": USER}

    (said,) = standby(contacts=[person], messages=[message()])

    assert said == IncomingMessage(
        "wamid.IN1", NOOR, WRITTEN, text="Is it in stock?", details={"standby": "yes"}, wants_answer=False
    )


AGENT = {
    "words": ({"type": "text", "text": {"body": "It is"}}, {}, "It is"),
    "buttons": ({"type": "interactive", "interactive": {"type": "button", "body": {"text": "Which?"}}}, {}, "Which?"),
    "a template": (
        {"type": "template", "template": {"name": "sale", "language": {"code": "en"}}},
        {"template": {"components": [{"type": "BODY", "text": "Hi {{1}}, all is cheap"}]}},
        "Hi {{1}}, all is cheap",
    ),
    "a template that is not defined": ({"type": "template", "template": {"name": "sale"}}, {}, "sale"),
}


@pytest.mark.parametrize(("sent", "more", "text"), AGENT.values(), ids=AGENT.keys())
def test_what_metas_agent_writes_is_the_brands(sent: dict[str, Any], more: dict[str, Any], text: str):
    told = {"id": "wamid.E1", "timestamp": STAMP, "message": {"to": PHONE, "recipient_type": "individual", **sent}}

    (echo,) = standby(message_echoes=[{**told, **more}])

    assert isinstance(echo, Echo)
    assert (echo.external_id, echo.sender.external_id, echo.text, echo.occurred_at) == (
        "wamid.E1",
        PHONE,
        text,
        WRITTEN,
    )
    assert not echo.opens


def test_a_file_of_metas_agent_says_that_it_is_one():
    sent = {"to": PHONE, "type": "image", "image": {"link": "https://cdn.example/a.jpg"}}

    (echo,) = standby(message_echoes=[{"id": "wamid.E1", "timestamp": STAMP, "message": sent}])

    assert isinstance(echo, Echo)
    assert (echo.type, echo.details) == (MessageType.UNSUPPORTED, {"kind": "image", "standby": "yes"})


def test_receipts_of_what_metas_agent_wrote_are_read():
    told = {"id": "wamid.E1", "status": "delivered", "timestamp": STAMP, "recipient_id": PHONE}

    assert standby(statuses=[told]) == (Receipt(DeliveryStatus.DELIVERED, WRITTEN, external_id="wamid.E1"),)


def handover(kind: str, number: str = NUMBER, **owners: object) -> dict[str, Any]:
    value = {
        "messaging_product": "whatsapp",
        "sender": {"phone_number": PHONE},
        "recipient": {"phone_number_id": number, "display_phone_number": OURS},
        "timestamp": STAMP,
        "type": kind,
        kind: owners,
    }
    return {"field": "messaging_handovers", "value": value}


SUMMARY = {"type": "summary", "summary": {"text": "Wants to return order 77"}}
HANDED = {
    "to people": (
        handover(
            "control_passed",
            previous_owner_role="ai_agent",
            new_owner_role="escalation",
            metadata="Asked for a person",
            conversation_context=SUMMARY,
        ),
        True,
        "Asked for a person. Wants to return order 77",
    ),
    "to people, by themselves": (
        handover("control_taken", previous_owner_role="ai_agent", new_owner_role="escalation"),
        True,
        "",
    ),
    "from the agent, to whom is not said": (
        handover("control_taken", previous_owner_app_role="meta_business_agent"),
        True,
        "",
    ),
    "to the agent": (handover("control_passed", previous_owner_role="escalation", new_owner_role="ai_agent"), None, ""),
}


@pytest.mark.parametrize(("told", "ours", "note"), HANDED.values(), ids=HANDED.keys())
def test_who_has_the_chat_is_told_and_no_reply_is_held(told: dict[str, Any], ours: bool | None, note: str):
    (moved,) = parsed(told)

    assert isinstance(moved, ThreadMoved)
    assert (moved.sender.external_id, moved.at, moved.ours) == (PHONE, WRITTEN, ours)
    assert moved.activity is (Activity.THREAD_OURS if ours else Activity.THREAD_TAKEN)
    assert moved.details.get("note", "") == note


def test_a_chat_of_another_number_is_not_ours():
    (told,) = parsed(handover("control_passed", "999", new_owner_role="escalation"))

    assert told == Unknown("other_number", "999")


def test_who_has_a_chat_is_told_to_the_inbox_whose_number_it_is():
    other = type(ACCOUNT)("inbox-2", {**ACCOUNT.settings, "phone_number_id": "999"}, ACCOUNT.secrets)
    body = batch(handover("control_passed", "999", new_owner_role="escalation"))

    parts = ADAPTER.shared_out(body, [("whatsapp", ACCOUNT), ("whatsapp", other)])

    assert [bool(json.loads(part)["entry"]) if part else False for part in parts] == [False, True]


BEFORE = {
    "in short": (SUMMARY, "Wants to return order 77"),
    "word for word": (
        {"type": "history", "history": {"items": [{"text": {"body": "Hi"}}, {"text": {"body": "Order 77"}}]}},
        "Hi\nOrder 77",
    ),
}


@pytest.mark.parametrize(("told", "summary"), BEFORE.values(), ids=BEFORE.keys())
def test_a_message_after_a_handover_brings_what_was_said_before(told: dict[str, Any], summary: str):
    (said,) = parsed(change(messages=[message()], conversation_context=told))

    assert isinstance(said, IncomingMessage)
    assert (said.details, said.wants_answer) == ({"summary": summary}, True)


def test_what_cannot_be_read_of_a_handover_is_kept():
    nobody = handover("control_passed")
    nobody["value"]["sender"] = {}

    assert parsed(nobody) == (Unknown("messaging_handovers", "nobody is named"),)
    assert ADAPTER.parse(ACCOUNT, delivery(batch(change("standby", standby={})))).events == ()
