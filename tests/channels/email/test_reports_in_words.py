"""Reports of mail servers that say in words only, or in the wrong place, what became of a mail of ours."""

import pytest

from mim_desk.channels.events import IncomingMessage, Receipt
from mim_desk.domain.message import DeliveryStatus
from tests.channels.email.mails import CARE, MIA, OURS, events, mail, multipart, sent, whole

DAEMON = "Mail Delivery System <Mailer-Daemon@mx.example>"


def report(words: str, **head: str) -> Receipt:
    """What is read of a report in plain words with our mail under them."""
    _, ours = sent("Sorry, your order is delayed, we will keep trying.")
    came_back = (
        f"Received: from a by b; Sun, 22 Nov 2026\nMessage-ID: {ours}\nFrom: {CARE}\nTo: {MIA}\n\nIt will be retried."
    )
    (told,) = events(mail(f"{words}\n\n{came_back}".replace("\n", "\r\n"), **{"From": DAEMON, **head}))
    assert isinstance(told, Receipt) and told.message_id == OURS
    return told


WAITING = [
    (
        "Warning: message 1abcDE-000123-4X delayed 24 hours",
        (
            "A message that you sent has not yet been delivered to one or more of its\nrecipients after more than 24 hours "
            f"on the queue.\n\n  {MIA}\n\nNo action is required on your part. Delivery attempts will continue for some time."
        ),
    ),
    ("Warning: could not send message for past 4 hours", "    THIS IS A WARNING MESSAGE ONLY\n   4.4.1 timed out"),
    ("Your mail", f"The server of {MIA} is busy. We will keep trying for two days."),
]


@pytest.mark.parametrize(("subject", "words"), WAITING, ids=["exim", "sendmail", "other"])
def test_what_is_still_tried_is_not_told_as_failed(subject: str, words: str):
    told = report(words, Subject=subject, Auto_Submitted="auto-replied")

    assert told.status is DeliveryStatus.SENT
    assert told.reason.startswith("The customer's mail server has not taken it yet")


GIVEN_UP = [
    (
        f"I'm afraid I wasn't able to deliver your message.\nI've given up.\n\n<{MIA}>:\n(#4.4.2) timeout",
        "4.4.2",
        "reached",
    ),
    (f"The following address(es) failed:\n\n  {MIA}\n    retry timeout exceeded", "", "did not deliver it"),
    (f"The following address failed:\n\n{MIA}\n\nMail size limit exceeded.", "", "too large"),
    (f"    >>> RCPT TO:<{MIA}>\n    <<< 550 <{MIA}>: User unknown\nDelivery failed", "", "no mailbox"),
    (f"<{MIA}>: permanent error: 552 the mailbox is over quota", "", "is full"),
]


@pytest.mark.parametrize(("words", "code", "reason"), GIVEN_UP, ids=["qmail", "exim", "size", "rcpt", "quota"])
def test_what_was_given_up_has_failed_with_the_reason_that_its_words_mean(words: str, code: str, reason: str):
    told = report(words, Subject="failure notice")

    assert (told.status, told.code, told.recipient) == (DeliveryStatus.FAILED, code, MIA)
    assert reason in told.reason


def test_the_header_says_who_did_not_get_it():
    told = report("This is a permanent error.", X_Failed_Recipients=f"copy@example.org, {MIA}")

    assert (told.status, told.recipient) == (DeliveryStatus.FAILED, MIA)


def test_a_report_whose_fields_stand_in_its_text_is_read_there():
    _, ours = sent()
    fields = f"Reporting-MTA: dns; mx\r\n\r\nAction: failed\r\nFinal-Recipient: rfc822; {MIA}\r\nStatus: 4.4.7"
    parts = (("text/plain", f"Technical report:\r\n\r\n{fields}"), ("message/rfc822", f"Message-ID: {ours}\r\n\r\nHi"))

    (told,) = events(whole(multipart("mixed", *parts), From="MAILER-DAEMON@mx.example"))
    assert isinstance(told, Receipt)
    assert (told.status, told.code, told.recipient) == (DeliveryStatus.FAILED, "4.4.7", MIA)


def test_the_exact_status_of_the_other_server_counts_more_than_a_general_one():
    _, ours = sent()
    fields = (
        f"Reporting-MTA: dns; mx\r\n\r\nFinal-Recipient: rfc822; {MIA}\r\nAction: failed\r\nStatus: 5.0.0\r\n"
        "Diagnostic-Code: smtp; 550-5.1.1 no such user"
    )
    parts = (("message/delivery-status", fields), ("text/rfc822-headers", f"Message-ID: {ours}"))

    (told,) = events(whole(multipart("report; report-type=delivery-status", *parts), From=DAEMON))
    assert isinstance(told, Receipt)
    assert (told.code, told.reason) == (
        "5.1.1",
        "There is no mailbox at this address. Ask the customer for another one.",
    )


def test_a_postmasters_report_without_any_status_is_one_when_our_mail_came_back_with_it():
    _, ours = sent()
    words = f"did not reach the following recipient(s):\r\n\r\n{MIA} on Sun, 22 Nov 2026\r\n    Unknown Recipient"
    parts = (("text/plain", words), ("message/rfc822", f"Message-ID: {ours}\r\n\r\nHi"))
    kept = (("text/plain", "What did you mean by this?"), ("message/rfc822", f"Message-ID: {ours}\r\n\r\nHi"))

    (told,) = events(whole(multipart("mixed", *parts), From="postmaster@cust.example"))
    found = events(whole(multipart("mixed", *kept), From="postmaster@cust.example"))

    assert isinstance(told, Receipt) and told.status is DeliveryStatus.FAILED
    assert [one.text for one in found if isinstance(one, IncomingMessage)] == ["What did you mean by this?"]
