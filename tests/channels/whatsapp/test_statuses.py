"""What becomes of our replies, as Meta tells it."""

from datetime import timedelta
from typing import Any

import pytest

from mim_desk.channels.base import AccountTold, ConsentChanged, IdentityChanged, Receipt, Unknown
from mim_desk.domain.consent import Purpose, Source
from mim_desk.domain.inbox import FigureState
from mim_desk.domain.message import DeliveryStatus
from tests.channels.whatsapp.made import NOOR, NOW, PHONE, STAMP, USER, WRITTEN, change, parsed

OWN = "5f0c4d2e-8a53-4a37-9a64-1f1d7b1c0a11"


def status(**more: Any) -> dict[str, Any]:
    return {"id": "wamid.OUR1", "status": "delivered", "timestamp": STAMP, "recipient_id": PHONE, **more}


def failed(code: object, **more: object) -> dict[str, Any]:
    return status(status="failed", errors=[{"code": code, "title": "not delivered", **more}])


def receipt(told: DeliveryStatus, **more: Any) -> Receipt:
    return Receipt(told, WRITTEN, external_id="wamid.OUR1", **more)


CASES = {
    "sent": (status(status="sent"), receipt(DeliveryStatus.SENT)),
    "delivered, with all that Meta adds": (
        status(
            biz_opaque_callback_data=OWN,
            pricing={"billable": True, "pricing_model": "PMP", "type": "regular", "category": "utility"},
            conversation={"id": "c1", "origin": {"type": "service"}},
        ),
        receipt(DeliveryStatus.DELIVERED, message_id=OWN),
    ),
    "read": (status(status="read"), receipt(DeliveryStatus.READ)),
    "voice message played": (status(status="played"), receipt(DeliveryStatus.READ)),
    "to a hidden number": ({**status(), "recipient_id": None}, receipt(DeliveryStatus.DELIVERED)),
    "to a number that is no text": ({**status(), "recipient_id": 14155550142}, receipt(DeliveryStatus.DELIVERED)),
    "named by another system": (status(biz_opaque_callback_data="crm:77"), receipt(DeliveryStatus.DELIVERED)),
    "failed": (
        failed(131049, message="not delivered", error_data={"details": "kept for healthy engagement"}, href="/docs"),
        receipt(
            DeliveryStatus.FAILED,
            reason="WhatsApp gave this person enough marketing for now. Wait a day before you send it again.",
            code="131049",
        ),
    ),
    "failed since the window is closed": (
        failed(131047),
        receipt(
            DeliveryStatus.FAILED,
            reason="The customer wrote more than 24 hours ago. Only an approved template can be sent now.",
            code="131047",
            window_closed=True,
        ),
    ),
    "failed in passing": (
        failed(131000),
        receipt(
            DeliveryStatus.FAILED, reason="WhatsApp could not deliver the message. Send it again later.", code="131000"
        ),
    ),
    "failed for a reason we do not know": (
        failed(987654, error_data={"details": "Too many  cooks"}),
        receipt(DeliveryStatus.FAILED, reason="WhatsApp did not deliver the message. Too many cooks.", code="987654"),
    ),
    "failed without a reason": (
        status(status="failed"),
        receipt(DeliveryStatus.FAILED, reason="WhatsApp did not deliver the message."),
    ),
    "failed with a reason that cannot be read": (
        status(status="failed", errors=[17, {"code": "x"}]),
        receipt(DeliveryStatus.FAILED, reason="WhatsApp did not deliver the message."),
    ),
    "a status we do not know": (status(status="teleported"), Unknown("status", "teleported")),
    "no id": (status(id=""), Unknown("status", "delivered")),
}


@pytest.mark.parametrize(("item", "wanted"), CASES.values(), ids=CASES.keys())
def test_each_status_is_told_of_the_reply_it_names(item: dict[str, Any], wanted: object):
    assert parsed(change(statuses=[item])) == (wanted,)


def test_a_status_tells_by_which_user_id_a_number_is_known_from_now_on():
    (_, known) = parsed(change(statuses=[status(recipient_user_id=USER)]))

    assert known == IdentityChanged(NOOR, WRITTEN)


@pytest.mark.parametrize("hidden", [{"recipient_id": USER}, {"recipient_id": None}], ids=["no number", "nothing"])
def test_a_status_without_a_number_tells_of_no_identity(hidden: dict[str, Any]):
    assert len(parsed(change(statuses=[{**status(recipient_user_id=USER), **hidden}], contacts=[]))) == 1


@pytest.mark.parametrize("code", [131048, 131064, 131042, 131031, 368, 190])
def test_a_failure_that_is_of_the_whole_account_is_told_of_the_account_too(code: int):
    message, account = parsed(change(statuses=[failed(code)]))

    assert isinstance(message, Receipt)
    assert account == AccountTold("Sending", message.reason, WRITTEN, FigureState.DANGER, WRITTEN + timedelta(days=1))


def test_a_failure_since_they_want_no_marketing_says_so_of_them():
    message, wish = parsed(change(statuses=[failed(131050)]))

    assert isinstance(message, Receipt)
    assert wish == ConsentChanged(NOOR, WRITTEN, granted=False, purpose=Purpose.MARKETING, source=Source.PROVIDER)


@pytest.mark.parametrize("how", ["pending", "captured", "failed"])
def test_how_a_payment_goes_says_nothing_of_the_message(how: str):
    """Of a message that had arrived it was said that it had not."""
    paid = status(type="payment", status=how, payment={"reference_id": "A-77", "transaction": {"status": how}})

    assert parsed(change(statuses=[paid])) == (Unknown("status", f"payment: {how}"),)


def test_a_deleted_status_says_nothing():
    assert parsed(change(statuses=[status(status="deleted")])) == ()


def test_statuses_without_contacts_and_with_broken_neighbours_are_read():
    value = {"metadata": {"phone_number_id": "310555000111222"}, "statuses": [None, {"id": 4}, status(timestamp="x")]}

    events = parsed({"field": "messages", "value": value})

    assert [type(event) for event in events] == [Unknown, Unknown, Receipt]
    assert isinstance(events[2], Receipt)
    assert events[2].at == NOW


def test_messages_and_statuses_of_one_change_are_all_told():
    events = parsed(change(statuses=[status(), status(id="wamid.OUR2", status="read")], errors=[{"code": 131000}]))

    assert [type(event) for event in events] == [Receipt, Receipt, Unknown]
