"""Infobip beyond messages: the end of a consultation, reports that are asked for, what a failed report closes."""

import json
from dataclasses import replace

import pytest

from mim_desk.channels.base import Action, Outgoing, Poll, Receipt, Refused, Request, Response
from mim_desk.channels.gestures import Target
from mim_desk.domain.message import DeliveryStatus
from tests.channels.kakaotalk.test_adapter import ACCOUNT, ADAPTER, ARRIVED, NOW, SETTINGS, call, events, report

ASKING = replace(ACCOUNT, settings={**SETTINGS, "reports": "asked"})
ENDING = replace(ACCOUNT, settings={**SETTINGS, "end_sessions": "yes"})


def test_a_consultation_is_ended_by_a_message_where_the_inbox_wants_it():
    request = ADAPTER.end_session(ENDING, Target("user-key-1", NOW, "act-1"))

    assert request is not None
    assert (request.method, request.url) == ("POST", "https://acme.api.example.test/kakao-sangdam/1/messages")
    assert json.loads(request.body) == {
        "messages": [
            {
                "sender": "@brand",
                "destinations": [{"to": "user-key-1", "messageId": "act-1"}],
                "content": {"type": "TERMINATE_SESSION"},
            }
        ]
    }
    assert ADAPTER.end_session(ACCOUNT, Target("user-key-1", NOW, "act-1")) is None


def test_reports_are_asked_for_only_where_the_settings_say_so():
    asked = ADAPTER.next_poll(ASKING, "")

    assert asked == Request(
        "GET",
        "https://acme.api.example.test/kakao-sangdam/1/reports",
        {"authorization": "App key-1", "accept": "application/json"},
    )
    assert ADAPTER.next_poll(ACCOUNT, "") is None


def test_where_reports_are_asked_for_messages_name_no_address_for_them():
    (sent,) = ADAPTER.render(ASKING, Outgoing("our-id", "user-key-1", NOW, "Hi"))

    assert isinstance(sent, Request)
    assert json.loads(sent.body)["messages"][0]["webhooks"] == {"callbackData": "our-id"}


def test_each_report_is_an_item_and_a_bad_one_costs_no_other():
    body = json.dumps({"results": [report("DELIVERED"), 17, report("EXPIRED")]}).encode()

    told = ADAPTER.read_poll(ASKING, "", Response(200, {}, body))

    assert isinstance(told, Poll)
    assert (told.cursor, told.wait_s) == ("", 20.0)
    found = [ADAPTER.parse(ASKING, call(one)).events[0] for one in told.items]
    assert [one.status for one in found if isinstance(one, Receipt)] == [
        DeliveryStatus.DELIVERED,
        DeliveryStatus.FAILED,
    ]
    assert len(found) == 3


@pytest.mark.parametrize(
    ("status", "body", "action"),
    [(401, b"{}", Action.SETTINGS), (429, b"", Action.RETRY), (503, b"", Action.RETRY), (200, b"<html>", Action.RETRY)],
)
def test_an_answer_without_reports_says_why(status: int, body: bytes, action: Action):
    told = ADAPTER.read_poll(ASKING, "", Response(status, {}, body))

    assert isinstance(told, Refused)
    assert told.action is action


def test_a_report_of_a_session_that_is_over_closes_the_window():
    over, other = (
        report("UNDELIVERABLE", error={"name": name, "permanent": True}) for name in ("EC_NO_ACTIVE_SESSION", "EC_LEFT")
    )
    found = events(over, other)

    assert [one.window_closed for one in found if isinstance(one, Receipt)] == [True, False]


def test_several_pictures_sent_at_once_all_come():
    details = [{"url": "https://f.example.test/1.png"}, {"url": "https://f.example.test/2.png"}, {"url": ""}]
    told = {"type": "IMAGE", "url": "https://f.example.test/1.png", "urlsDetails": details}
    odd = {**told, "urlsDetails": "none"}

    found = events({**ARRIVED, "message": told}, {**ARRIVED, "message": odd})

    files = [[file.url for file in one.files] for one in found if hasattr(one, "files")]
    assert files == [["https://f.example.test/1.png", "https://f.example.test/2.png"], ["https://f.example.test/1.png"]]
