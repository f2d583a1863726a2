"""A labelled case for each thing a reply carries, each answer of a mail server, and each field that can be wrong."""

import email
import email.policy
from dataclasses import replace
from email.message import EmailMessage

import pytest

from mim_desk.channels.base import Account, Action, LastIncoming, OutgoingFile, Refused, Response, Taken
from mim_desk.channels.email import answers, settings
from mim_desk.domain.refusal import Refusal
from tests.channels.email.mails import ACCOUNT, ADAPTER, CARE, MIA, NOW, OURS, events, mail, message, reply, sent

LAST = LastIncoming(
    NOW,
    "1@example.org#x",
    {"subject": "Order 77", "message_id": "1@example.org", "references": "a@example.org b@example.org"},
    "Where is it?",
)


def read(raw: bytes) -> EmailMessage:
    return email.message_from_bytes(raw, policy=email.policy.default)  # type: ignore[return-value]  # of this policy


def written(
    *files: OutgoingFile, text: str = "Hi", last: LastIncoming | None = LAST, account: Account = ACCOUNT
) -> EmailMessage:
    (request,) = ADAPTER.render(account, reply(text, *files, last=last))
    return read(request.body)


def test_a_reply_comes_from_the_brand_in_its_thread():
    made = written()

    assert made["From"] == f"Shop <{CARE}>"
    assert made["To"] == MIA
    assert made["Subject"] == "Re: Order 77"
    assert made["Date"] == "Sun, 22 Nov 2026 12:00:00 +0000"
    assert made["In-Reply-To"] == "<1@example.org>"
    assert made["References"].split() == ["<a@example.org>", "<b@example.org>", "<1@example.org>"]
    assert {name.lower() for name in made} == {
        *("from", "to", "subject", "date", "message-id", "in-reply-to", "references", "mime-version", "content-type")
    }


def test_both_parts_say_the_same_and_quote_only_the_customers_own_words():
    made = written(text="See https://shop.example/a?b=1&c=2.\n\n<b>Not bold</b>")
    plain, page = (made.get_body((kind,)).get_content().replace("\r\n", "\n") for kind in ("plain", "html"))  # type: ignore[union-attr]  # both are

    assert plain.endswith("2026-11-22 12:00 UTC:\n> Where is it?\n")
    assert '<a href="https://shop.example/a?b=1&amp;c=2">https://shop.example/a?b=1&amp;c=2</a>.' in page
    assert "&lt;b&gt;Not bold&lt;/b&gt;" in page
    assert '<blockquote type="cite"><p>Where is it?</p></blockquote>' in page


def test_marks_are_read_on_the_page_and_in_our_own_words_only():
    quoted = replace(LAST, text="Where is *my* _case_?")
    made = written(text="*Paid*, see *https://shop.example/a_b*\n<i> `x`", last=quoted)
    plain, page = (made.get_body((kind,)).get_content().replace("\r\n", "\n") for kind in ("plain", "html"))  # type: ignore[union-attr]  # both are

    assert plain.startswith("*Paid*, see *https://shop.example/a_b*\n<i> `x`\n")
    assert "<p><strong>Paid</strong>, see <strong><a href=" in page
    assert ">https://shop.example/a_b</a></strong><br>\n&lt;i&gt; <code>x</code></p>" in page
    assert "<p>Where is *my* _case_?</p>" in page


def test_the_same_reply_is_the_same_bytes_each_time():
    """A second try has the same Message-ID, by which servers drop a double."""
    assert ADAPTER.render(ACCOUNT, reply(last=LAST)) == ADAPTER.render(ACCOUNT, reply(last=LAST))


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("Order", "Re: Order"),
        ("Re: Order", "Re: Order"),
        ("RE: AW: Re: Order", "Re: Order"),
        ("回复：订单", "Re: 订单"),
        ("", "Re: Shop"),
        ("x\r\nBcc: all@x.y", "Re: x Bcc: all@x.y"),
    ],
    ids=["plain", "once", "many", "chinese", "none", "injected"],
)
def test_a_subject_says_re_once_and_is_one_line(before: str, after: str):
    assert written(last=replace(LAST, details={**LAST.details, "subject": before}))["Subject"] == after


def test_a_mail_that_answers_none_has_the_accounts_subject():
    assert written(last=None)["Subject"] == "Shop"
    own = replace(ACCOUNT, settings={**ACCOUNT.settings, "subject": "News of your order"})
    assert written(last=None, account=own)["Subject"] == "News of your order"
    assert written(last=None)["In-Reply-To"] is None


def test_hundreds_of_references_are_cut_in_the_middle():
    many = " ".join(f"{n}@example.org" for n in range(500))

    told = written(last=replace(LAST, details={**LAST.details, "references": many}))["References"].split()
    assert (len(told), told[0], told[-2:]) == (21, "<0@example.org>", ["<499@example.org>", "<1@example.org>"])


def test_files_go_with_their_names_and_nothing_else():
    made = written(
        OutgoingFile("1", "Größe.pdf", "application/pdf", b"%PDF-"), OutgoingFile("2", "x", "nonsense", b"\x00")
    )

    one, two = made.iter_attachments()
    assert (one.get_filename(), one.get_content_type(), one.get_content()) == ("Größe.pdf", "application/pdf", b"%PDF-")
    assert (two.get_filename(), two.get_content_type()) == ("x", "application/octet-stream")


def test_every_line_is_short_and_ascii_whatever_is_written():
    brand = replace(ACCOUNT, brand_name="Grün & Söhne " * 9)
    (request,) = ADAPTER.render(brand, reply("订单" * 900, last=replace(LAST, details={"subject": "订单" * 90})))

    assert request.body.isascii()
    assert max(map(len, request.body.split(b"\r\n"))) <= 200
    assert read(request.body)["Subject"] == "Re: " + "订单" * 90


def test_an_automatic_reply_says_so():
    (request,) = ADAPTER.render(ACCOUNT, reply(last=LAST, automatic=True))

    assert read(request.body)["Auto-Submitted"] == "auto-replied"


def test_the_plus_address_is_used_only_where_it_is_switched_on():
    on = replace(ACCOUNT, settings={**ACCOUNT.settings, "plus_address": "on"})

    assert written()["Reply-To"] is None
    assert message(mail(To=written(account=on)["Reply-To"])).reply_to_message_id == OURS


@pytest.mark.parametrize(
    ("wanted", "goes_to"),
    [("orders@example.org", "orders@example.org"), ("eve@evil.example", MIA), ("", MIA)],
    ids=["same-domain", "another-domain", "nothing-said"],
)
def test_a_reply_goes_where_the_customer_wants_it_within_their_own_domain(wanted: str, goes_to: str):
    assert written(last=replace(LAST, details={**LAST.details, "answer_to": wanted}))["To"] == goes_to


def test_a_domain_in_another_script_is_written_as_dns_has_it():
    (request,) = ADAPTER.render(ACCOUNT, replace(reply(), recipient="mia@bücher.example"))

    assert read(request.body)["To"] == "mia@xn--bcher-kva.example"


def test_what_we_send_is_read_back_as_ours():
    raw, ours = sent("Hello", LAST)

    (echo,) = events(raw)
    assert (echo.message_id, echo.external_id) == (OURS, ours.strip("<>"))  # type: ignore[union-attr]  # an Echo


ANSWERS = [
    (250, "2.0.0 queued", "data", None),
    (421, "4.3.2 shutting down", "mail", Action.RETRY),
    (450, "4.2.0 greylisted", "rcpt", Action.RETRY),
    (451, "4.3.0 local error", "data", Action.RETRY),
    (452, "4.3.1 no storage", "mail", Action.RETRY),
    (452, "4.2.2 over quota", "rcpt", Action.RETRY),
    (454, "4.7.0 temporary", "auth", Action.RETRY),
    (530, "5.7.0 authentication required", "mail", Action.SETTINGS),
    (534, "5.7.9 app password required", "auth", Action.SETTINGS),
    (535, "5.7.8 bad credentials", "auth", Action.SETTINGS),
    (530, "certificate verify failed", "tls", Action.SETTINGS),
    (550, "5.1.1 no such user", "rcpt", Action.BLOCKED),
    (550, "5.1.10 null mx", "rcpt", Action.BLOCKED),
    (553, "5.1.3 bad address", "rcpt", Action.REJECTED),
    (552, "5.3.4 too big", "mail", Action.REJECTED),
    (552, "5.2.2 mailbox full", "rcpt", Action.RETRY),
    (550, "5.7.1 spam", "data", Action.REJECTED),
    (554, "5.7.1 Relay access denied", "rcpt", Action.REJECTED),
    (550, "go away", "rcpt", Action.BLOCKED),
    (554, "no", "data", Action.REJECTED),
]


@pytest.mark.parametrize(("status", "said", "stage", "action"), ANSWERS, ids=[f"{a} {b}" for a, b, _, _ in ANSWERS])
def test_each_answer_of_a_mail_server_tells_what_to_do(status: int, said: str, stage: str, action: Action | None):
    told = ADAPTER.classify(ACCOUNT, answers.said(status, said, stage, "smtp", "own@shop.example"))

    if action is None:
        assert told == Taken(("own@shop.example",))
    else:
        assert isinstance(told, Refused) and told.action is action
        assert told.reason.endswith(".")


@pytest.mark.parametrize(("status", "said"), [(452, "4.2.2 over quota"), (552, "5.2.2 mailbox full")])
def test_a_full_mailbox_is_tried_again_slowly(status: int, said: str):
    told = ADAPTER.classify(ACCOUNT, answers.said(status, said, "rcpt"))

    assert isinstance(told, Refused) and told.retry_after_s == 300.0


PROBES = [
    (421, "connect", "imap", "settings.imap_host"),
    (421, "connect", "smtp", "settings.smtp_host"),
    (535, "auth", "imap", "secrets.password"),
    (535, "auth", "smtp", "secrets.password"),
    (530, "tls", "smtp", "settings.security"),
    (550, "mail", "smtp", "settings.address"),
]


@pytest.mark.parametrize(("status", "stage", "server", "field"), PROBES, ids=[f"{s}-{t}" for _, t, s, _ in PROBES])
def test_a_trial_names_the_field_that_is_wrong(status: int, stage: str, server: str, field: str):
    with pytest.raises(Refusal) as refused:
        ADAPTER.judge_probe(ACCOUNT, answers.said(status, "no", stage, server))

    assert refused.value.field == field


def test_a_trial_that_went_well_says_nothing():
    ADAPTER.judge_probe(ACCOUNT, Response(250, {}, b""))
    with pytest.raises(Refusal):
        ADAPTER.judge_probe(ACCOUNT, None)


GOOD = {"address": CARE, "imap_host": "imap.shop.example", "smtp_host": "smtp.shop.example"}
WRONG = [
    ({"address": "care"}, "settings.address"),
    ({"imap_host": "https://imap.shop.example"}, "settings.imap_host"),
    ({"smtp_host": "smtp shop"}, "settings.smtp_host"),
    ({"imap_port": "99999"}, "settings.imap_port"),
    ({"smtp_port": "x"}, "settings.smtp_port"),
    ({"security": "none"}, "settings.security"),
]


@pytest.mark.parametrize(("change", "field"), WRONG, ids=[field for _, field in WRONG])
def test_a_field_that_cannot_be_right_is_named(change: dict[str, str], field: str):
    ADAPTER.check(GOOD, {"password": "p"})
    with pytest.raises(Refusal) as refused:
        ADAPTER.check({**GOOD, **change}, {"password": "p"})

    assert refused.value.field == field


@pytest.mark.parametrize(
    ("given", "imap", "smtp"),
    [
        ({}, (993, "tls"), (465, "tls")),
        ({"smtp_port": "587"}, (993, "tls"), (587, "starttls")),
        ({"security": "starttls"}, (143, "starttls"), (587, "starttls")),
        ({"imap_port": "1993", "smtp_port": "1465"}, (1993, "tls"), (1465, "tls")),
    ],
    ids=["tls", "submission", "starttls", "own-ports"],
)
def test_ports_and_security_follow_from_each_other(given: dict[str, str], imap: tuple[int, str], smtp: tuple[int, str]):
    found = [settings.server({**GOOD, **given}, name) for name in ("imap", "smtp")]

    assert [(one.port, one.security) for one in found] == [imap, smtp]
