"""Chats of the phone's app from before the number was connected."""

from typing import Any

import pytest

from mim_desk.channels.base import AccountTold, Echo, Event, IncomingMessage, PastChat, Unknown
from mim_desk.domain.message import MessageType
from tests.channels.whatsapp.made import NOW, PHONE, STAMP, USER, WRITTEN, file, parsed, value

OURS = "15555550100"


def said(author: str, external_id: str, kind: str = "text", body: object = None, **more: Any) -> dict[str, Any]:
    told = {"body": "Hello"} if body is None else body
    return {"from": author, "id": external_id, "timestamp": STAMP, "type": kind, kind: told, **more}


def history(*threads: object, **more: object) -> tuple[Event, ...]:
    chunk = {"metadata": {"phase": 0, "chunk_order": 1, "progress": 55}, "threads": list(threads), **more}
    told = {**value(), "history": [chunk]}
    del told["contacts"]
    return parsed({"field": "history", "value": told})


def test_a_thread_is_one_chat_with_both_sides():
    thread = {
        "id": PHONE,
        "messages": [
            said(PHONE, "wamid.P1", history_context={"status": "PENDING"}),
            said(OURS, "wamid.P2", to=PHONE, history_context={"status": "READ"}),
            said(PHONE, "wamid.P3", "image", {"id": "99", "mime_type": "image/jpeg", "caption": "look"}),
        ],
    }

    (chat,) = history(thread)

    assert isinstance(chat, PastChat)
    who = chat.sender
    assert (who.external_id, who.display) == (PHONE, f"+{PHONE}")
    assert chat.said == (
        IncomingMessage("wamid.P1", who, WRITTEN, text="Hello", wants_answer=False),
        Echo("wamid.P2", who, WRITTEN, "Hello", details={"status": "read"}),
        IncomingMessage(
            "wamid.P3",
            who,
            WRITTEN,
            type=MessageType.IMAGE,
            text="look",
            files=file("image.jpg", "image/jpeg", "99"),
            wants_answer=False,
        ),
    )


WHOSE = {
    "of the thread's person": (said(PHONE, "wamid.P1"), IncomingMessage),
    "to somebody": (said(OURS, "wamid.P1", to=PHONE), Echo),
    "of another than the thread's person": (said("15550009999", "wamid.P1"), Echo),
    "said to be ours": (said(PHONE, "wamid.P1", history_context={"from_me": True}), Echo),
}


@pytest.mark.parametrize(("item", "kind"), WHOSE.values(), ids=WHOSE.keys())
def test_who_wrote_is_told_by_the_thread(item: dict[str, Any], kind: type[Event]):
    (chat,) = history({"id": PHONE, "messages": [item]})

    assert isinstance(chat, PastChat)
    assert isinstance(chat.said[0], kind)


def test_a_file_that_is_told_later_comes_under_the_same_id():
    told = value(messages=[{**said(PHONE, "wamid.P1", "image", {"id": "99", "mime_type": "image/png"})}])

    (chat,) = parsed({"field": "history", "value": told})

    assert isinstance(chat, PastChat)
    assert (chat.sender.external_id, chat.said[0].external_id) == (USER, "wamid.P1")


def test_what_cannot_be_read_of_a_history_harms_no_neighbour():
    good = said(PHONE, "wamid.P1")
    told = history(17, {"id": []}, {"id": PHONE, "messages": [None, {"id": ""}, good]})

    assert [type(one) for one in told] == [Unknown, Unknown, Unknown, Unknown, PastChat]


def test_a_history_that_the_business_does_not_share_is_told_of_the_account():
    errors = [{"code": 2593109, "title": "History sync is turned off", "message": "History sync is turned off"}]

    (told,) = history(errors=errors)

    assert isinstance(told, AccountTold)
    assert (told.name, told.value) == ("Chats from before", "WhatsApp gave none. History sync is turned off.")
    assert told.at == NOW
