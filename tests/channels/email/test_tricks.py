"""Mails that are not what they seem, and mails that cost too much: nobody is silenced or lost, and the hub goes on."""

from dataclasses import replace

import pytest

from mim_desk.channels.base import ConsentChanged, IncomingMessage, LastIncoming, ReachChanged, Receipt, Unknown
from mim_desk.channels.email import bodies
from mim_desk.domain.consent import Source
from tests.channels.email.mails import (
    ACCOUNT,
    ADAPTER,
    CARE,
    MIA,
    NOW,
    OURS,
    events,
    mail,
    message,
    multipart,
    reply,
    sent,
    whole,
)

EVE = "eve@evil.example"


def test_one_of_several_senders_may_be_ourselves_and_the_other_is_heard():
    found = message(mail("Hello", From=f"{CARE}, Eve <{EVE}>"))

    assert (found.sender.external_id, found.sender.verified) == (EVE, False)


@pytest.mark.parametrize(
    "written",
    [
        f'"{CARE}" <{EVE}>',
        f'"Shop <{CARE}>" <{EVE}>',
        f"<{CARE}> <{EVE}>",
        f"{CARE} <{EVE}>",
        f"=?utf-8?Q?{CARE}?= <{EVE}>",
    ],
)
def test_who_calls_themselves_by_our_address_is_not_us(written: str):
    assert message(mail("Hello", From=written)).sender.external_id == EVE


def test_a_mail_from_our_own_address_that_names_nobody_is_kept_unread():
    for sender in (CARE, CARE.replace("@", "+form@")):
        assert events(mail("An order by phone 555-0101", From=sender)) == (
            Unknown("mail", "it is from our own address and names nobody to answer"),
        )


@pytest.mark.parametrize("name", ['"bank@big.example"', "bank@big.example", '"Bank <bank@big.example>"'])
def test_nobody_is_called_by_an_address_that_is_not_theirs(name: str):
    found = message(mail("Hello", From=f"{name} <{EVE}>"))

    assert (found.sender.external_id, found.sender.name) == (EVE, "")


@pytest.mark.parametrize("head", [{"From": "Postmaster <postmaster@cust.example>"}, {"Return-Path": "<>"}])
def test_what_may_be_a_persons_mail_though_servers_write_so_is_kept_quietly(head: dict[str, str]):
    _, ours = sent()

    for more in ({}, {"In-Reply-To": ours}):
        found = events(mail("We want to buy forty chairs", **head, **more))
        assert [one.text for one in found if isinstance(one, IncomingMessage)] == ["We want to buy forty chairs"]
        assert not any(isinstance(one, IncomingMessage) and one.wants_answer for one in found)
        assert not any(isinstance(one, Receipt) and one.reason for one in found)


@pytest.mark.parametrize("sender", ["postmaster@mx.example", "MAILER-DAEMON@mx.example"])
def test_a_bounce_in_words_from_either_name_is_one(sender: str):
    _, ours = sent()

    (told,) = events(mail(f"<{MIA}>: host said: 550 5.1.1 unknown\r\n\r\nMessage-ID: {ours}", From=sender))
    assert isinstance(told, Receipt)
    assert (told.message_id, told.code) == (OURS, "5.1.1")


def test_a_complaint_that_anybody_could_write_silences_nobody():
    """It withdraws the consent, which is asked for before anything unasked is sent; answers still go out."""
    report = f"Feedback-Type: abuse\r\nOriginal-Rcpt-To: {MIA}\r\n"
    parts = (("text/plain", "Abuse"), ("message/feedback-report", report))

    (told,) = events(whole(multipart("report; report-type=feedback-report", *parts), From=EVE))
    assert isinstance(told, ConsentChanged)
    assert (told.sender.external_id, told.granted, told.blocks, told.source) == (MIA, False, False, Source.PROVIDER)


def test_a_complaint_about_somebody_else_than_our_mail_went_to_silences_nobody():
    report = "Feedback-Type: abuse\r\nOriginal-Rcpt-To: other@example.org\r\n"
    parts = (("text/plain", "Abuse"), ("message/feedback-report", report), ("message/rfc822", sent()[0].decode()))

    found = events(whole(multipart("report; report-type=feedback-report", *parts), From=EVE))
    assert not any(isinstance(one, ReachChanged) for one in found)


@pytest.mark.parametrize("wanted", [CARE, CARE.upper(), f"{CARE.partition('@')[0]}+x@shop.example", MIA])
def test_answers_are_never_wanted_at_our_own_address(wanted: str):
    assert "answer_to" not in message(mail("Hello", Reply_To=wanted)).details


@pytest.mark.parametrize(
    "domain", ["gmail.com", "yahoo.co.uk", "outlook.com", "web.de", "qq.com", "naver.com", "yandex.ru"]
)
def test_where_anybody_has_an_address_a_wish_for_another_one_is_not_followed(domain: str):
    """Who writes in somebody's name could else read what we answer."""
    person = f"mia@{domain}"
    last = LastIncoming(NOW, "<1@x>", {"answer_to": f"eve@{domain}"})
    (request,) = ADAPTER.render(ACCOUNT, replace(reply(last=last), recipient=person))

    assert f"\r\nTo: <{person}>\r\n".encode() in request.body
    assert b"eve@" not in request.body


COSTLY = {
    "spaces in a header": mail("x", Subject="a" + " " * 15_000 + "b"),
    "spaces in the header of each part": whole(multipart("mixed", *[("text/plain;" + " " * 15_000 + "x", "x")] * 190)),
    "one endless id": mail("x", References="a" * 200_000 + "@"),
    "ids that are none": mail("x", References=("a" * 399 + " ") * 600),
    "pages and pages": whole(multipart("mixed", *[("text/html", "<p>" * 190_000)] * 40)),
    "lines and lines": whole(multipart("mixed", *[("text/plain", "a\n" * 190_000)] * 60)),
}


@pytest.mark.parametrize("raw", COSTLY.values(), ids=COSTLY.keys())
@pytest.mark.timeout(60)
def test_no_mail_holds_the_hub_up(raw: bytes):
    """Each of these took the processor from one second to some minutes."""
    assert message(raw).sender.external_id == MIA


def test_text_beyond_what_is_read_comes_along_as_files():
    size = bodies.MOST_SHOWN - 10
    parts = [("text/plain", f"part {n} " + "a" * (size - 7)) for n in range(bodies.MOST_READ // size + 3)]
    found = message(whole(multipart("mixed", *parts)))

    assert found.text.startswith("part 0")
    assert [file.size for file in found.files if file.name.startswith("text")] == [size] * 3
