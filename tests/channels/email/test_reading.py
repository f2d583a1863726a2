"""A labelled case for each shape of mail that the sheet names, and what the timeline gets of it."""

import base64
import quopri

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mim_desk.channels.base import (
    ConsentChanged,
    Echo,
    IncomingMessage,
    Parsed,
    RawRequest,
    ReachChanged,
    Receipt,
    Unknown,
)
from mim_desk.channels.email.payloads import Envelope
from mim_desk.domain.message import DeliveryStatus, MessageType
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
    sent,
    whole,
)

PLAIN, PAGE = ("text/plain; charset=utf-8", "Plain words"), ("text/html; charset=utf-8", "<p>Page <b>words</b></p>")
PNG = (
    "image/png\r\nContent-Transfer-Encoding: base64\r\nContent-ID: <p1@x>\r\nContent-Disposition: inline",
    "iVBORw0KGgo=",
)
PDF = (
    'application/pdf; name="a.pdf"\r\nContent-Transfer-Encoding: base64\r\nContent-Disposition: attachment; filename="a.pdf"',
    "JVBERi0=",
)
INVITE = ("text/calendar; method=REQUEST; charset=utf-8", "BEGIN:VCALENDAR\r\nEND:VCALENDAR")
FORWARD = ("message/rfc822", "From: x@y.z\r\nSubject: Inner\r\n\r\nInside")
WINMAIL = ('application/ms-tnef; name="winmail.dat"\r\nContent-Transfer-Encoding: base64', "eJ8+Ig==")

SHAPES = [
    pytest.param(mail("Hello\r\nthere"), "Hello\nthere", [], id="plain"),
    pytest.param(whole(PAGE), "Page words", [], id="page-only"),
    pytest.param(whole(multipart("alternative", PLAIN, PAGE)), "Plain words", [], id="alternative"),
    pytest.param(
        whole(multipart("alternative", ("text/plain", " "), PAGE)), "Page words", [], id="alternative-empty-plain"
    ),
    pytest.param(whole(multipart("mixed", PLAIN, PDF)), "Plain words", ["a.pdf"], id="mixed"),
    pytest.param(whole(multipart("related", PAGE, PNG)), "Page words", ["image.png"], id="related"),
    pytest.param(
        whole(multipart("alternative", PLAIN, ("text/x-amp-html", "<html>x"), PAGE)), "Plain words", [], id="amp"
    ),
    pytest.param(whole(multipart("alternative", PLAIN, INVITE)), "Plain words", ["invite.ics"], id="invite"),
    pytest.param(whole(multipart("mixed", PLAIN, FORWARD)), "Plain words", ["Inner.eml"], id="forward-as-a-file"),
    pytest.param(whole(multipart("mixed", PLAIN, WINMAIL)), "Plain words", ["winmail.dat"], id="winmail"),
    pytest.param(
        whole(multipart("mixed", multipart("alternative", PLAIN, PAGE, boundary="i"), PDF)),
        *("Plain words", ["a.pdf"]),
        id="nested",
    ),
    pytest.param(whole(multipart("mixed", PLAIN, ("text/plain", "More"))), "Plain words\n\nMore", [], id="two-texts"),
    pytest.param(whole(multipart("signed", PLAIN, ("application/pgp-signature", "x"))), "Plain words", [], id="signed"),
    pytest.param(mail(""), "", [], id="no-body"),
    pytest.param(mail("nul \x00 inside"), "nul  inside", [], id="nul"),
    pytest.param(mail("x" * 5000), "x" * 5000, [], id="a-very-long-line"),
    pytest.param(mail("No subject", Subject=""), "No subject", [], id="no-subject"),
    pytest.param(mail("No date"), "No date", [], id="no-date"),
    pytest.param(b"From: mia@example.org\n\nbare line feeds", "bare line feeds", [], id="line-feeds"),
    pytest.param(mail("Hi", From="Team: a@b.c, d@e.f;"), "Hi", [], id="group-and-several-from"),
    pytest.param(
        whole(('multipart/mixed; boundary="b"', "--b\r\nContent-Type: text/plain\r\n\r\nno end")),
        "no end",
        [],
        id="cut-off",
    ),
    pytest.param(whole(("multipart/mixed", "no boundary")), "no boundary", [], id="multipart-without-boundary"),
    pytest.param(whole(("multipart/mixed; boundary=b", "Hello")), "Hello", [], id="boundary-that-never-comes"),
]


@pytest.mark.parametrize(("raw", "text", "files"), SHAPES)
def test_each_shape_of_mail_is_read(raw: bytes, text: str, files: list[str]):
    found = message(raw)

    assert (found.text, [file.name for file in found.files]) == (text, files)


WORDS = "漢字とかな"
CHARSETS = [
    ("gb2312", "订单到了吗㐀", "gb18030"),
    ("gbk", "订单到了吗", "gb18030"),
    ("iso-2022-jp", WORDS, "iso2022_jp"),
    ("iso-2022-jp-of-makers", "注文①は㈱どこ", "iso2022_jp_2004"),
    ("shift_jis", "注文①はどこ", "cp932"),
    ("ks_c_5601-1987", "주문 뷁", "cp949"),
    ("euc-kr", "주문 어디", "euc_kr"),
    ("big5", "訂單在哪裡", "big5"),
    ("iso-8859-1", "it’s “fine” €", "cp1252"),
    ("us-ascii", "Grüße", "utf-8"),
    ("windows-1251", "Где заказ", "cp1251"),
    ("koi8-r", "Где заказ", "koi8-r"),
    ("utf-7", "Grüße", "utf-7"),
    ("x-nonsense", "Grüße", "utf-8"),
    ("iso-8859-8-i", "שלום", "iso8859-8"),
    ("windows-874", "สวัสดี", "cp874"),
    ("rot13", "plain", "ascii"),
]


@pytest.mark.parametrize(("label", "text", "truly"), CHARSETS, ids=[label for label, _, _ in CHARSETS])
def test_each_charset_is_read_also_under_a_wrong_label(label: str, text: str, truly: str):
    octets = text.encode(truly).replace(b"\x1b$(Q", b"\x1b$B")
    raw = mail(octets, Content_Type=f"text/plain; charset={label.removesuffix('-of-makers')}")

    assert message(raw).text == text


@pytest.mark.parametrize(
    "meta", ['<meta charset="gb2312">', "<META http-equiv=Content-Type content='text/html; charset=GBK'>"]
)
def test_a_page_may_name_its_charset_itself(meta: str):
    raw = mail(f"<html><head>{meta}</head><p>订单到了吗</p>".encode("gb18030"), Content_Type="text/html")

    assert message(raw).text == "订单到了吗"
    assert message(mail(f"{meta}<p>订单到了吗</p>", Content_Type="text/html")).text == "订单到了吗"


def test_a_mark_of_byte_order_is_no_part_of_the_text():
    assert message(mail("\ufeffHello", Content_Type="text/plain; charset=utf-8")).text == "Hello"


@pytest.mark.parametrize(
    ("head", "body"),
    [
        ("base64", base64.encodebytes("Grüße".encode()).decode()),
        ("base64", base64.b64encode("Grüße".encode()).decode().rstrip("=") + "\r\n-- not base64!"),
        ("quoted-printable", quopri.encodestring("Grüße".encode()).decode()),
        ("8bit", "Grüße"),
    ],
    ids=["base64", "base64-broken", "quoted-printable", "8bit"],
)
def test_each_encoding_is_undone(head: str, body: str):
    assert (
        message(mail(body, Content_Type="text/plain; charset=utf-8", Content_Transfer_Encoding=head)).text[:5]
        == "Grüße"
    )


SUBJECTS = [
    ("Plain", "Plain"),
    ("=?utf-8?Q?Gr=C3=BC=C3=9Fe?=", "Grüße"),
    ("=?utf-8?B?R3LDvA==?=\r\n =?utf-8?B?w59l?=", "Grüße"),
    ("=?utf-8?B?R3LD?= =?utf-8?B?vMOfZQ==?=", "Grüße"),
    ("=?gb2312?B?tqm1pQ==?= 77", "订单 77"),
    ("=?iso-2022-jp?B?GyRCNEE7ehsoQg==?=", "漢字"),
    ("=?utf-8?Q?broken", "=?utf-8?Q?broken"),
    ("folded\r\n over\r\n\tlines", "folded over lines"),
    ("raw Grüße", "raw Grüße"),
    ("with \x07 bell", "with bell"),
]


@pytest.mark.parametrize(("written", "read"), SUBJECTS, ids=[read for _, read in SUBJECTS])
def test_each_subject_is_read(written: str, read: str):
    assert message(mail(Subject=written)).details["subject"] == read


NAMES = [
    ('attachment; filename="a b.pdf"', "a b.pdf"),
    ("attachment; filename*=utf-8''Gr%C3%B6%C3%9Fe.pdf", "Größe.pdf"),
    ("attachment; filename*0*=utf-8''Gr%C3%B6; filename*1=ssen; filename*2=.pdf", "Grössen.pdf"),
    ('attachment; filename="=?utf-8?B?R3LDtsOfZS5wZGY=?="', "Größe.pdf"),
    ("attachment", "document.pdf"),
]


@pytest.mark.parametrize(("head", "name"), NAMES, ids=["quoted", "rfc2231", "in-pieces", "rfc2047", "nameless"])
def test_each_file_name_is_read(head: str, name: str):
    part = (f"application/pdf\r\nContent-Disposition: {head}", "%PDF-")

    (file,) = message(whole(multipart("mixed", PLAIN, part))).files
    assert (file.name, file.mime_type, file.data) == (name, "application/pdf", b"%PDF-")


SENDERS = [
    ("Mia <Mia@Example.ORG>", "mia@example.org", "Mia"),
    ('"Doe, Jane" <jane@x.example>', "jane@x.example", "Doe, Jane"),
    ("jane@x.example (Jane (of) Doe)", "jane@x.example", ""),
    ("=?utf-8?Q?M=C3=ADa?= <m@x.example>", "m@x.example", "Mía"),
    ('"care@bank.example" <real@x.example>', "real@x.example", ""),
    ("m+shop.tag@x.example", "m+shop.tag@x.example", ""),
    ("Jane jane@x.example", "jane@x.example", ""),
]


@pytest.mark.parametrize(("written", "address", "name"), SENDERS, ids=[address for _, address, _ in SENDERS])
def test_each_sender_is_read(written: str, address: str, name: str):
    found = message(mail(From=written)).sender

    assert (found.external_id, found.name, found.verified) == (address, name, False)


def test_a_mail_without_any_sender_is_kept_and_shown_nowhere():
    assert events(mail(From="")) == (Unknown("mail", "it has no sender"),)
    assert events(b"\x00\xff no header") == (Unknown("mail", "it has no header"),)


VERIFIED = "mx.shop.example; spf=pass; dmarc=pass (p=none) header.from=example.org"


@pytest.mark.parametrize(
    ("head", "verified"),
    [
        (VERIFIED, True),
        (VERIFIED.replace("mx.shop", "mx.evil"), False),
        (VERIFIED.replace("dmarc=pass", "dmarc=fail"), False),
        (VERIFIED.replace("header.from=example.org", "header.from=evil.example"), False),
        ("", False),
    ],
    ids=["our-own-server", "another-server", "failed", "another-domain", "nothing-said"],
)
def test_a_sender_is_verified_by_our_own_server_alone(head: str, verified: bool):
    assert message(mail(Authentication_Results=head)).sender.verified is verified


def test_only_the_topmost_result_counts():
    raw = (
        b"Authentication-Results: mx.evil.example; dmarc=fail\r\nAuthentication-Results: " + VERIFIED.encode() + b"\r\n"
    )

    assert message(raw + mail()).sender.verified is False


AUTOMATIC = [
    ("Auto-Submitted", "auto-replied"),
    ("Auto-Submitted", "auto-generated; x=y"),
    ("X-Auto-Response-Suppress", "All"),
    ("Precedence", "bulk"),
    ("Precedence", "auto_reply"),
    ("X-Autoreply", "yes"),
    ("List-Id", "<news.example.org>"),
    ("List-Unsubscribe", "<mailto:x@y.z>"),
]


@pytest.mark.parametrize(("name", "value"), AUTOMATIC, ids=[f"{name}: {value}" for name, value in AUTOMATIC])
def test_what_a_machine_wrote_wants_no_answer(name: str, value: str):
    found = message(mail(**{name: value}))

    assert found.wants_answer is False
    assert found.details["automatic"] in ("automatic", "list")


def test_a_person_wants_an_answer_also_where_it_says_that_no_machine_wrote():
    assert message(mail(**{"Auto-Submitted": "no"})).wants_answer is True


def test_the_same_mail_has_the_same_id_and_a_reused_id_with_other_words_another():
    one, again, other = message(mail("One")), message(mail("One")), message(mail("Two"))
    nameless = message(mail("One", **{"Message-ID": ""})), message(mail("Two", **{"Message-ID": ""}))

    assert one.external_id == again.external_id != other.external_id
    assert one.external_id.startswith("1@example.org#")
    assert nameless[0].external_id != nameless[1].external_id


def test_an_answer_to_our_mail_is_tied_to_it_by_any_reference():
    _, ours = sent()

    for head in ({"In-Reply-To": ours}, {"References": f"<0@example.org>\r\n {ours}\r\n <2@example.org>"}):
        delivered, found = events(mail("Thanks", **head))
        assert isinstance(delivered, Receipt)
        assert isinstance(found, IncomingMessage)
        assert (delivered.status, delivered.message_id) == (DeliveryStatus.DELIVERED, OURS)
        assert found.reply_to_message_id == OURS


def test_an_answer_is_tied_by_the_plus_address_where_references_are_lost():
    _, ours = sent()

    assert message(mail(To=f"care+{ours[1:].partition('@')[0]}@shop.example")).reply_to_message_id == OURS


@pytest.mark.parametrize("place", [3, 40, 52], ids=["id", "proof", "person"])
def test_one_changed_letter_unties_it(place: str):
    _, ours = sent()
    letter = "a" if ours[place] != "a" else "b"

    found = message(mail(References=ours[:place] + letter + ours[place + 1 :]))
    assert found.reply_to_message_id is None


def test_a_stranger_with_a_forwarded_mail_is_not_taken_for_the_customer():
    _, ours = sent()

    found = events(mail(From="eve@evil.example", References=ours))
    assert [type(one) for one in found] == [IncomingMessage]
    assert found[0].reply_to_message_id is None  # type: ignore[union-attr]  # just looked at
    assert found[0].details["stranger"] == "yes"  # type: ignore[union-attr]  # the same


REFERENCES = [
    ("<a@x>\r\n\t<b@x>", "a@x b@x"),
    ("a@x, b@x", "a@x b@x"),
    ("<a@x> (comment) broken> <b@x>", "a@x b@x"),
    (" ".join(f"<{n}@x>" for n in range(900)), " ".join(f"{n}@x" for n in (0, *range(880, 900)))),
]


@pytest.mark.parametrize(("written", "read"), REFERENCES, ids=["folded", "bare", "one-broken", "hundreds"])
def test_references_are_read_whatever_was_made_of_them(written: str, read: str):
    assert message(mail(References=written)).details["references"] == read


def bounce(action: str = "failed", status: str = "5.1.1", returned: str = "", kind: str = "delivery-status") -> bytes:
    report = f"Reporting-MTA: dns; mx\r\n\r\nFinal-Recipient: rfc822; {MIA}\r\nAction: {action}\r\nStatus: {status}"
    parts = (("text/plain", "Sorry"), (f"message/{kind}", report), ("text/rfc822-headers", f"Message-ID: {returned}"))
    head, body = multipart("report; report-type=delivery-status", *parts)
    return whole((head.replace(";", ";", 1), body), From="MAILER-DAEMON@mx.example", **{"Return-Path": "<>"})


def test_a_bounce_fails_the_mail_it_is_about_with_a_sentence():
    _, ours = sent()

    (told,) = events(bounce(returned=ours))
    assert isinstance(told, Receipt)
    assert (told.status, told.message_id, told.code) == (DeliveryStatus.FAILED, OURS, "5.1.1")
    assert told.reason == "There is no mailbox at this address. Ask the customer for another one."


def test_what_is_only_delayed_fails_nothing_and_a_delivery_is_told():
    _, ours = sent()

    (delivered,) = events(bounce("delivered", "2.0.0", ours))
    (delayed,) = events(bounce("delayed", "4.4.1", ours))
    assert isinstance(delivered, Receipt) and delivered.status is DeliveryStatus.DELIVERED
    assert isinstance(delayed, Receipt) and delayed.status is DeliveryStatus.SENT
    assert (delayed.reason.partition(";")[0], delayed.code) == (
        "The customer's mail server has not taken it yet",
        "4.4.1",
    )


REPORTS = [
    ("Action: failed (gave up)\r\nStatus: 4.4.7", ["4.4.7"]),
    ("Action: delayed (still trying)\r\nStatus: 4.4.7", ["4.4.7"]),
    ("Status: 4.4.1", ["4.4.1"]),
    ("Status: 5.1.1\r\n (no such user)", ["5.1.1"]),
    ("Action:\r\n failed\r\nStatus:\r\n 5.2.2", ["5.2.2"]),
]


@pytest.mark.parametrize("kind", ["message/delivery-status", "message/global-delivery-status"])
@pytest.mark.parametrize(("fields", "codes"), REPORTS)
def test_a_report_is_read_whatever_its_form(kind: str, fields: str, codes: list[str]):
    _, ours = sent()
    told = (kind, f"Reporting-MTA: dns; mx\r\n\r\nFinal-Recipient: rfc822;\r\n {MIA}\r\n{fields}\r\n")
    returned = ("text/rfc822-headers", f"Message-ID: {ours}\r\n")
    report = whole(multipart("report; report-type=delivery-status", told, returned), From="mailer-daemon@mx.example")

    found = [one for one in events(report) if isinstance(one, Receipt)]

    assert [(one.code, one.message_id, one.recipient) for one in found] == [(code, OURS, MIA) for code in codes]


def test_a_bounce_in_words_alone_is_understood_by_our_id_in_it():
    _, ours = sent()
    words = f"I am sorry. <{MIA}>: 550 5.2.2 over quota\r\n\r\nMessage-ID: {ours}\r\n"

    (told,) = events(mail(words, From="Mail Delivery <mailer-daemon@mx.example>"))
    assert isinstance(told, Receipt) and (told.message_id, told.code) == (OURS, "5.2.2")


def test_an_answer_of_a_customers_machine_without_a_return_address_is_no_bounce():
    _, own = sent()
    (told,) = events(mail("I am away", Return_Path="<>", In_Reply_To=f"<{own}>", Subject="Away"))

    assert isinstance(told, IncomingMessage)
    assert (told.wants_answer, told.details["automatic"]) == (False, "automatic")


@pytest.mark.parametrize("name", ["List_Id", "Precedence"])
def test_an_answer_to_us_from_a_groups_address_wants_an_answer_and_a_list_does_not(name: str):
    _, own = sent()
    written = {name: "list"}

    assert message(mail("Thanks!", In_Reply_To=f"<{own}>", **written)).wants_answer
    assert not message(mail("Thanks!", **written)).wants_answer


def test_what_senders_add_for_their_own_statistics_makes_no_newsletter():
    assert message(mail("Where is it?", Feedback_ID="1.us-west-2.x:AmazonSES")).wants_answer


def test_a_bounce_of_a_mail_that_is_not_ours_opens_nothing():
    assert events(bounce(returned="<other@shop.example>")) == ()


def test_a_complaint_withdraws_the_consent():
    report = f"Feedback-Type: abuse\r\nOriginal-Rcpt-To: {MIA}\r\n"
    parts = (("text/plain", "Abuse"), ("message/feedback-report", report), ("message/rfc822", sent()[0].decode()))

    (told,) = events(whole(multipart("report; report-type=feedback-report", *parts), From="fbl@big.example"))
    assert isinstance(told, ReachChanged) and (told.sender.external_id, told.can_reach) == (MIA, False)
    assert told.by_choice


def test_a_complaint_that_hides_the_address_names_it_by_our_mail_in_it():
    report = "Feedback-Type: abuse\r\nVersion: 1\r\n"
    parts = (("text/plain", "Abuse"), ("message/feedback-report", report), ("message/rfc822", sent()[0].decode()))

    (told,) = events(whole(multipart("report; report-type=feedback-report", *parts), From="fbl@big.example"))
    assert isinstance(told, ReachChanged) and (told.sender.external_id, told.can_reach) == (MIA, False)


@pytest.mark.parametrize(
    ("body", "subject", "granted"),
    [
        ("Unsubscribe.\r\n", "Re: Order", [False]),
        ("", "unsubscribe", [False]),
        ("退订", "x", [False]),
        ("subscribe", "Order", [True]),
        ("Please stop the parcel", "Order", []),
        ("Yes", "unsubscribe", []),
    ],
)
def test_a_word_alone_withdraws_or_gives_the_consent(body: str, subject: str, granted: list[bool]):
    told = events(mail(body, Subject=subject, Content_Type="text/plain; charset=utf-8"))

    assert [one.granted for one in told if isinstance(one, ConsentChanged)] == granted
    assert all(not one.blocks for one in told if isinstance(one, ConsentChanged))
    assert message(mail(body, Subject=subject)).wants_answer


def test_what_a_machine_says_of_consent_is_not_the_customers_word():
    told = events(mail("unsubscribe", Auto_Submitted="auto-replied"))

    assert not [one for one in told if isinstance(one, ConsentChanged)]


def folder(raw: bytes, name: str) -> bytes:
    return b'{"folder":"%s","received":1795000000.0}\n' % name.encode() + raw


def test_our_own_copy_settles_the_reply_and_is_no_customer():
    raw, _ = sent()

    for one in (raw, folder(raw, "sent")):
        (told,) = events(one)
        assert isinstance(told, Echo) and (told.message_id, told.sender.external_id) == (OURS, MIA)


def test_a_mail_that_left_from_another_program_is_shown_and_a_forged_one_is_not():
    raw = mail("From my phone", From=CARE, To=MIA)

    (told,) = events(folder(raw, "sent"))
    assert isinstance(told, Echo) and (told.message_id, told.text, told.sender.external_id) == (
        None,
        "From my phone",
        MIA,
    )
    assert events(raw) == ()


def test_a_mail_of_the_brands_own_form_is_by_whom_it_wants_to_be_answered():
    form = {"From": f"Form <{CARE}>", "Reply_To": f"Mia <{MIA}>"}

    found = message(mail("Where is it?", **form))

    assert (found.sender.external_id, found.sender.name, found.sender.verified) == (MIA, "Mia", False)
    assert found.wants_answer
    assert events(mail("x", To="lee@example.org", **form)) == ()
    assert events(mail("x", Auto_Submitted="auto-generated", **form)) == ()


def test_the_time_is_the_servers():
    assert message(folder(mail(Date="Mon, 1 Jan 1990 00:00:00 +0000"), "inbox")).occurred_at.timestamp() == 1795000000.0
    assert message(mail(Date="Sun, 22 Nov 2026 13:00:00 +0200")).occurred_at == NOW.replace(hour=11)
    assert message(mail(Date="nonsense")).occurred_at == NOW


def test_an_encrypted_mail_is_said_to_be_one():
    found = message(whole(multipart("encrypted", ("application/pgp-encrypted", "Version: 1"), PDF)))

    assert (found.type, found.text, found.details["kind"]) == (MessageType.UNSUPPORTED, "", "encrypted")


@pytest.mark.parametrize(("kind", "is_sealed"), [("enveloped-data", True), ("signed-data", False)])
def test_a_sealed_smime_mail_is_said_to_be_one(kind: str, is_sealed: bool):
    told = f'application/pkcs7-mime; smime-type={kind}; name="smime.p7m"'
    found = message(mail("MIIB", Content_Type=told, Content_Transfer_Encoding="base64"))

    assert (found.type is MessageType.UNSUPPORTED, found.details.get("kind") == "encrypted") == (is_sealed, is_sealed)
    assert [file.name for file in found.files] == ["smime.p7m"]


def test_a_page_loads_nothing_runs_nothing_and_shows_where_links_lead():
    page = (
        '<style>p{}</style><script>alert(1)</script><img src="https://track.example/1.gif">'
        '<p>Pay at <a href="https://evil.example/pay">https://bank.example</a></p><form action="https://x"><input></form>'
    )

    assert message(whole(("text/html", page))).text == "Pay at https://bank.example <https://evil.example/pay>"


@pytest.mark.timeout(10)
def test_a_page_of_two_megabytes_of_tables_in_tables_says_its_words():
    page = "<table><tr><td>" * 65_000 + "Hello there" + "</td></tr></table>" * 65_000

    found = message(whole(("text/html", page)))

    assert (found.text, found.files, found.details.get("cut")) == ("Hello there", (), None)


def test_a_page_that_is_too_long_ends_before_a_tag_that_is_cut():
    page = "<p>Hello</p> " + "<table><tr>" * 400_000

    assert message(whole(("text/html", page))).text == "Hello"


def test_a_text_that_is_too_long_comes_whole_as_a_file():
    found = message(mail("word " * 20_000))

    assert len(found.text) == 60_000
    assert found.files[-1].name == "whole-message.txt"


BOMBS = {
    "parts": whole(multipart("mixed", *[("text/plain", "x")] * 100_000)),
    "depth": mail(
        "".join(f"--b{n}\r\nContent-Type: multipart/mixed; boundary=b{n + 1}\r\n\r\n" for n in range(20_000)),
        Content_Type="multipart/mixed; boundary=b0",
    ),
    "same boundary": mail(
        "--b\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n" * 20_000, Content_Type="multipart/mixed; boundary=b"
    ),
    "references": mail(References="<a@b>\r\n " * 100_000),
    "headers": b"X-Y: z\r\n" * 200_000 + mail(),
    "brackets": mail(From="(" * 100_000 + MIA),
    "tags": whole(("text/html", "<div><a href='x'>" * 100_000)),
    "quotes": mail("> x\r\na:\r\n" * 200_000),
    "encoded words": mail(Subject="=?utf-8?q?=41?= " * 50_000),
}


@pytest.mark.parametrize("name", BOMBS)
@pytest.mark.timeout(10)
def test_no_mail_costs_more_than_its_size(name: str):
    """Each of these took an innocent reader seconds to minutes; the limit of ten is far above what any of them takes."""
    assert isinstance(ADAPTER.parse(ACCOUNT, RawRequest("POST", "", "", {}, BOMBS[name], NOW)), Parsed)


PIECES = st.sampled_from(
    [
        *(
            b"From: ",
            b"To: ",
            b"Subject: ",
            b"Content-Type: multipart/mixed; boundary=b",
            b"--b",
            b"--b--",
            b"\r\n",
            b"\n",
        ),
        *(b"Content-Type: text/html", b"<p>", b"<a href=", b"=?utf-8?B?", b"?=", b"Content-Transfer-Encoding: base64"),
        *(
            b"Message-ID: <",
            b">",
            b"@x.y",
            b"References: ",
            b'{"folder":"sent"}\n',
            b"multipart/report",
            b"> ",
            b":\n",
            b"--",
        ),
    ]
)


@given(st.lists(PIECES | st.binary(max_size=20), max_size=40).map(b"".join))
def test_whatever_is_made_of_pieces_of_mails_is_read(raw: bytes):
    assert isinstance(ADAPTER.parse(ACCOUNT, RawRequest("POST", "", "", {}, raw, NOW)), Parsed)


def test_an_envelope_that_cannot_be_read_is_part_of_the_mail():
    assert isinstance(events(b'{"folder":7}\n' + mail())[0], IncomingMessage | Unknown)
    assert Envelope().folder == "inbox"
