"""Copies to others: who wrote to whom is kept, a reply's Cc and Bcc go out as such, and a copy that fails fails no reply."""

import email
import email.policy
from datetime import UTC, datetime
from email.message import EmailMessage

import msgspec
import pytest

from mim_desk.channels.base import Account, Action, Refused, Request
from mim_desk.channels.email import answers, smtp
from mim_desk.channels.email.adapter import EmailAdapter
from mim_desk.channels.email.rendering import Letter
from mim_desk.channels.events import Receipt
from mim_desk.domain import mail_copies
from mim_desk.domain.message import DeliveryStatus
from mim_desk.hub.store import message_rows, messages_told
from mim_desk.hub.store.unit import Unit
from mim_desk.protocol import rows
from mim_desk.rehearsal.providers.email_smtp import Letter as Taken
from mim_desk.rehearsal.providers.email_smtp import SubmissionServer
from tests.channels.email.mails import ACCOUNT, MIA, OURS, events, multipart, reply, sent, whole
from tests.hub.conftest import gateway, hub, shop
from tests.hub.live import Live

__all__ = ["gateway", "hub", "shop"]
ADAPTER = EmailAdapter()
ANNA, BOSS = "anna@partner.example", "boss@shop.example"


def rendered(**more: object) -> tuple[EmailMessage, Letter]:
    (request,) = ADAPTER.render(ACCOUNT, reply(**more))
    assert isinstance(request, Request)
    mail = email.message_from_bytes(request.body, policy=email.policy.default)
    return mail, msgspec.json.decode(request.headers["x-letter"], type=Letter)  # type: ignore[return-value]


def test_cc_is_seen_by_all_and_bcc_by_nobody():
    mail, letter = rendered(cc=(ANNA,), bcc=(BOSS,))

    assert mail["Cc"] == ANNA
    assert BOSS not in mail.as_string()
    assert letter.recipients == [MIA, ANNA, BOSS]


def test_without_copies_nothing_of_them_is_written():
    mail, letter = rendered()

    assert mail["Cc"] is None
    assert letter.recipients == [MIA]


def test_the_contact_gets_it_once_although_named_as_a_copy_too():
    _, letter = rendered(cc=(MIA.upper(), ANNA))

    assert letter.recipients == [MIA, ANNA]


def test_many_copies_are_folded_lines():
    mail, _ = rendered(cc=tuple(f"person-{number}@partner.example" for number in range(20)))
    lines = mail.as_bytes().split(b"\n")

    assert len(str(mail["Cc"]).split(",")) == 20
    assert max(map(len, lines)) < 200


async def test_a_copy_that_is_refused_is_named_and_nobody_has_got_the_mail():
    taken: list[Taken] = []
    server = SubmissionServer("care@shop.example", "p", taken.append, knows=lambda address: address != ANNA)
    listening = await server.serve()
    port = str(listening.sockets[0].getsockname()[1])
    settings = {"address": "care@shop.example", "smtp_host": "127.0.0.1", "smtp_port": port, "security": "none"}
    account = Account("in-1", settings, {"password": "p"})
    (request,) = ADAPTER.render(account, reply(cc=(ANNA,)))
    assert isinstance(request, Request)
    told = ADAPTER.classify(account, await smtp.send(account, request))  # type: ignore[arg-type]  # it answers
    listening.close()

    assert isinstance(told, Refused)
    assert told.action is Action.REJECTED, "the contact is not blocked for it"
    assert told.reason == f"The mail server refuses the copy to {ANNA}. Nothing was sent: take it out, send again."
    assert taken == []


def test_a_copy_that_is_greylisted_is_tried_again():
    told = ADAPTER.classify(ACCOUNT, answers.said(450, "4.2.0 later", "copy", "smtp", address=ANNA))

    assert isinstance(told, Refused)
    assert told.action is Action.RETRY


@pytest.mark.parametrize("order", [1, -1], ids=["the contact first", "the copy first"])
def test_a_report_on_several_recipients_is_read_for_the_one_it_was_written_to(order: int):
    _, ours = sent()
    groups = [
        f"Final-Recipient: rfc822; {MIA}\r\nAction: delivered\r\nStatus: 2.0.0\r\n",
        f"Final-Recipient: rfc822; {ANNA}\r\nAction: failed\r\nStatus: 5.1.1\r\n",
    ]
    told = "Reporting-MTA: dns; mx.example\r\n\r\n" + "\r\n".join(groups[::order])
    parts = (("message/delivery-status", told), ("text/rfc822-headers", f"Message-ID: {ours}\r\n"))
    head = multipart("report; report-type=delivery-status", *parts)
    (receipt,) = events(whole(head, From="MAILER-DAEMON@mx.example"))

    assert isinstance(receipt, Receipt)
    assert (receipt.status, receipt.message_id, receipt.recipient) == (DeliveryStatus.DELIVERED, OURS, MIA)


async def test_a_copy_that_bounces_fails_no_reply(shop: Live):
    conversation = await shop.conversation()
    posted = (await shop.reply(conversation["id"], "Hi")).json()
    await shop.until_status(conversation["id"], posted["id"], "sent")
    failed = Receipt(DeliveryStatus.FAILED, datetime.now(UTC), message_id=posted["id"], recipient=ANNA)

    def work(unit: Unit) -> list[DeliveryStatus]:
        found = []
        for copies in (rows.Copies([ANNA.title()]), None):
            message_rows.change(unit, posted["id"], lambda row, c=copies: msgspec.structs.replace(row, copies=c))
            messages_told.tell_receipt(unit, posted["id"], failed)
            row = message_rows.by_id(unit.conn, posted["id"])
            assert row is not None
            assert row.delivery is not None
            found.append(row.delivery.status)
        return found

    assert await shop.running.hub.store.writer.run(work) == [DeliveryStatus.SENT, DeliveryStatus.FAILED]


def test_who_else_got_a_mail_is_kept_each_once_and_never_cut_in_the_middle():
    others = ", ".join(f"Person {number} <person{number}@partner.example>" for number in range(30))
    head = f"From: mia@cust.example\r\nTo: care@shop.example, {ANNA}\r\nCc: {ANNA}, {others}\r\n"
    (message,) = events(f"{head}Message-ID: <1@cust.example>\r\n\r\nHi".encode())
    shown = message.details["copies_to"].split(", ")

    assert shown[:2] == [ANNA, "person0@partner.example"]
    assert len(shown) == 20
    assert all(mail_copies.is_address(one) for one in shown)


@pytest.mark.parametrize(
    ("told", "good"),
    [
        ("anna@partner.example", True),
        ("a.b+c@sub.partner.example", True),
        ("anna@bücher.example", True),
        ("anna@partner", False),
        ("anna", False),
        ("anna@partner.example\r\nBcc: eve@x.example", False),
        ("anna @partner.example", False),
        ("anna@partner..example", False),
        ("<anna@partner.example>", False),
        ("anna@partner.example,eve@x.example", False),
        ("@partner.example", False),
        ("a" * 65 + "@partner.example", False),
        ("anna@" + "a" * 250 + ".example", False),
        ("anna\u202e@partner.example", False),
        ("", False),
    ],
    ids=repr,
)
def test_only_what_can_be_an_address_is_one(told: str, good: bool):
    assert mail_copies.is_address(told) is good


@pytest.mark.parametrize(
    ("written", "addresses"),
    [
        ("a@x.example, b@x.example", ["a@x.example", "b@x.example"]),
        ("a@x.example;b@x.example  c@x.example\n", ["a@x.example", "b@x.example", "c@x.example"]),
        ('"Doe, Anna" <a@x.example>, Bob B. <b@x.example>', ["a@x.example", "b@x.example"]),
        ("a@x.example, a@x.example", ["a@x.example"]),
        ("", []),
    ],
    ids=repr,
)
def test_addresses_are_read_as_people_paste_them(written: str, addresses: list[str]):
    assert mail_copies.listed(written) == addresses


async def test_a_channel_without_copies_and_a_wrong_address_are_refused_before_anything_is_stored(shop: Live):
    conversation = await shop.conversation()
    answer = await shop.reply(conversation["id"], "Hi", copies={"cc": [ANNA]})

    assert (answer.status_code, answer.json()["field"]) == (400, "copies")
    assert answer.json()["detail"].endswith("sends no copies to others.")
