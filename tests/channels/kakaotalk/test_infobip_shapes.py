"""Infobip's results with fields left out or null: a failure is never lost, nor a file."""

import pytest

from mim_desk.channels.base import Picked, Receipt
from mim_desk.domain.message import DeliveryStatus, MessageType
from tests.channels.kakaotalk.test_adapter import events, message

REPORT = {"messageId": "m-1", "to": "user-key-1", "doneAt": "2026-11-22T05:00:01.000+0000"}
FAILURES = {
    "what it means is not said": (
        {"groupName": "UNDELIVERABLE", "name": "UNDELIVERABLE_NOT_DELIVERED"},
        {"id": 7, "name": "EC_GONE", "permanent": None},
        "EC_GONE",
    ),
    "the error has no name": ({"groupName": "REJECTED", "name": "REJECTED_SENDER"}, {"name": None}, "REJECTED_SENDER"),
    "nothing has a name": ({"groupName": "EXPIRED", "name": None}, None, "EXPIRED"),
}


@pytest.mark.parametrize(("status", "error", "code"), FAILURES.values(), ids=FAILURES.keys())
def test_a_failure_is_told_whatever_is_left_out(status: object, error: object, code: str):
    (told,) = events({**REPORT, "status": status, "error": error})

    assert isinstance(told, Receipt)
    assert (told.status, told.external_id, told.code) == (DeliveryStatus.FAILED, "m-1", code)
    assert told.reason


def test_files_may_stand_in_the_details_alone():
    told = message(
        type="IMAGE", url=None, urlsDetails=[{"url": "https://cdn.example/1.jpg"}, {"url": "https://cdn.example/2.jpg"}]
    )

    assert told.type is MessageType.IMAGE
    assert [one.url for one in told.files] == ["https://cdn.example/1.jpg", "https://cdn.example/2.jpg"]


def test_a_button_that_brings_no_words_is_named_by_what_it_carries():
    told = message(type="TEXT", text=None, extra="order:77")

    assert (told.type, told.text, told.choice) == (MessageType.CHOICE, "order:77", Picked("order:77", "order:77"))
