"""The check of the sending domain: what its SPF, DKIM and DMARC records come to, looked up at a real DNS server."""

import asyncio
import base64
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime

import pytest
from cryptography.hazmat.primitives.asymmetric import ed25519, rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from mim_desk.channels.base import Account, Response
from mim_desk.channels.email import domain_check
from mim_desk.channels.email.adapter import EmailAdapter
from mim_desk.channels.email.driver import EmailDriver
from mim_desk.channels.email.rendering import LOOK_UP
from mim_desk.channels.standing import FigureState
from mim_desk.domain.refusal import Refusal
from mim_desk.rehearsal.providers.email_imap import MailServer
from mim_desk.rehearsal.providers.email_smtp import SubmissionServer
from tests.channels.email.name_server import NameServer, name_server
from tests.hub.live import Live

ADAPTER = EmailAdapter()
SHOP, PASSWORD = "shop.example", "app-password-of-the-tests"
OK, WARNING, DANGER = FigureState.OK, FigureState.WARNING, FigureState.DANGER
NOW = datetime(2026, 11, 23, tzinfo=UTC)


def _key(bits: int) -> str:
    made = rsa.generate_private_key(65537, bits).public_key()
    return base64.b64encode(made.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)).decode()


def _short_key() -> str:
    """512 bits, which our own library makes no more: the numbers alone, in their wrapping (RFC 8017, A.1.1)."""
    made = rsa.RSAPublicNumbers(65537, (1 << 511) + 129).public_key()
    return base64.b64encode(made.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)).decode()


def _curve_key() -> str:
    made = ed25519.Ed25519PrivateKey.generate().public_key()
    return base64.b64encode(made.public_bytes(Encoding.Raw, PublicFormat.Raw)).decode()


LONG, USUAL, CURVE, SHORT = _key(2048), _key(1024), _curve_key(), _short_key()
GOOD_SPF, GOOD_KEY, GOOD_POLICY = (
    "v=spf1 mx -all",
    f"v=DKIM1; k=rsa; p={LONG}",
    "v=DMARC1; p=reject; rua=mailto:d@shop.example",
)
WELL = {
    SHOP: ["google-site-verification=1", GOOD_SPF],
    f"s1._domainkey.{SHOP}": [GOOD_KEY],
    f"_dmarc.{SHOP}": [GOOD_POLICY],
}


def told(
    records: Mapping[str, Sequence[str] | None], address: str = f"care@{SHOP}", selector: str = "s1"
) -> dict[str, tuple[str, FigureState]]:
    """The figures by their first word, for records that are all there is."""
    settings = {"address": address, "dkim_selector": selector, "dns_server": "127.0.0.1"}
    known: dict[str, Sequence[str] | None] = {}
    while names := domain_check.wanted(settings, known):
        known |= {name: records.get(name, ()) for name in names}
    return {one.name.split()[0]: (one.value, one.state) for one in domain_check.figures(settings, known)}


SPF = [
    pytest.param(
        ["v=spf1 ip4:192.0.2.0/24 ip6:2001:db8::/32 a mx:mail.shop.example/28 -all"], "to be refused", OK, id="strict"
    ),
    pytest.param(["V=SPF1 A MX ~ALL"], "to be doubted", OK, id="soft-in-capitals"),
    pytest.param(["v=spf1 mx ?all"], "says nothing of servers", WARNING, id="neutral"),
    pytest.param(["v=spf1 mx"], "says nothing of servers", WARNING, id="no-end"),
    pytest.param(["v=spf1 mx +all"], "every server in the world", WARNING, id="everybody"),
    pytest.param(["v=spf1 all -all"], "every server in the world", WARNING, id="nothing-counts-behind-all"),
    pytest.param(["v=spf1 -all"], "sends no mail at all", DANGER, id="nobody"),
    pytest.param([], "has no SPF record", DANGER, id="none"),
    pytest.param(["v=spf10 mx -all", "spf2.0/mfrom mx -all"], "has no SPF record", DANGER, id="others-are-none"),
    pytest.param([GOOD_SPF, "v=spf1 a -all"], "several SPF records", DANGER, id="several"),
    pytest.param(["v=spf1 ipv4:192.0.2.1 -all"], "a word that there is not, ipv4:192.0.2.1", DANGER, id="unknown-word"),
    pytest.param(["v=spf1 ip4:192.0.2.300 -all"], "a word that there is not, ip4:192.0.2.300", DANGER, id="no-address"),
    pytest.param(["v=spf1 ip4:2001:db8::1 -all"], "a word that there is not", DANGER, id="wrong-family"),
    pytest.param(["v=spf1 exp=why.shop.example unknown=x mx -all"], "to be refused", OK, id="modifiers-are-left-out"),
    pytest.param(["v=spf1 include:gone.example -all"], "points to gone.example", DANGER, id="includes-nothing"),
    pytest.param(["v=spf1 redirect=gone.example"], "points to gone.example", DANGER, id="redirects-to-nothing"),
    pytest.param(["v=spf1 include:mail.example -all"], "to be refused", OK, id="includes"),
    pytest.param(["v=spf1 redirect=mail.example"], "to be doubted", OK, id="redirects"),
    pytest.param(["v=spf1 redirect=mail.example -all"], "sends no mail at all", DANGER, id="all-comes-before-redirect"),
    pytest.param(["v=spf1 exists:%{i}.list.shop.example -all"], "to be refused", OK, id="macros"),
    pytest.param(["v=spf1 include:%{d}.list.shop.example -all"], "to be refused", OK, id="an-include-by-macro"),
    pytest.param([f"v=spf1 {'a ' * 10}-all"], "to be refused", OK, id="ten-lookups"),
    pytest.param([f"v=spf1 {'a ' * 11}-all"], "more than 10 times", DANGER, id="eleven-lookups"),
    pytest.param(["v=spf1 include:loop.example -all"], "more than 10 times", DANGER, id="a-circle"),
]


@pytest.mark.parametrize(("texts", "words", "state"), SPF)
def test_what_an_spf_record_comes_to_is_said(texts: list[str], words: str, state: FigureState) -> None:
    there = {"mail.example": ["v=spf1 ip4:192.0.2.7 ~all"], "loop.example": ["v=spf1 include:loop.example -all"]}

    value, found = told({**WELL, **there, SHOP: texts})["SPF"]

    assert words in value
    assert found is state


DKIM = [
    pytest.param([GOOD_KEY], "There is a key at s1._domainkey.shop.example.", OK, id="rsa"),
    pytest.param([f"v=DKIM1;k=ed25519;p={CURVE}"], "There is a key", OK, id="ed25519"),
    pytest.param([f"p={LONG}"], "There is a key", OK, id="no-version"),
    pytest.param([f"v=DKIM1; p={LONG[:64]} {LONG[64:]}"], "There is a key", OK, id="with-a-space"),
    pytest.param([f"v=DKIM1; p={USUAL}"], "of 1024 bits; 2048 are advised", OK, id="1024-bits"),
    pytest.param([f"v=DKIM1; p={SHORT}"], "has only 512 bits", DANGER, id="512-bits"),
    pytest.param(["v=DKIM1; p="], "was withdrawn", DANGER, id="withdrawn"),
    pytest.param([f"v=DKIM1; t=y:s; p={LONG}"], "only tried out (t=y)", WARNING, id="tried-out"),
    pytest.param([f"v=DKIM1; h=sha1; p={LONG}"], "not for signatures of mail", DANGER, id="sha1-alone"),
    pytest.param([f"v=DKIM1; s=tlsrpt; p={LONG}"], "not for signatures of mail", DANGER, id="another-service"),
    pytest.param([f"v=DKIM1; p={LONG[:80]}"], "no key that can be read", DANGER, id="cut-off"),
    pytest.param([f"v=DKIM1; k=dsa; p={LONG}"], "no key that can be read", DANGER, id="unknown-kind"),
    pytest.param([f"v=DKIM1; k=ed25519; p={LONG}"], "no key that can be read", DANGER, id="the-other-kind"),
    pytest.param(["v=DMARC1; hello"], "no key that can be read", DANGER, id="something-else"),
    pytest.param([GOOD_KEY, f"v=DKIM1; p={USUAL}"], "several keys", DANGER, id="several"),
    pytest.param([], "There is no key at s1._domainkey.shop.example", DANGER, id="none"),
]


@pytest.mark.parametrize(("texts", "words", "state"), DKIM)
def test_what_a_dkim_key_comes_to_is_said(texts: list[str], words: str, state: FigureState) -> None:
    value, found = told({**WELL, f"s1._domainkey.{SHOP}": texts})["DKIM"]

    assert words in value
    assert found is state


def test_without_a_selector_no_key_is_looked_at_and_that_is_said() -> None:
    assert told(WELL, selector="")["DKIM"] == (
        "Not looked at: enter the selector in the settings, since a key is found by it alone.",
        OK,
    )


DMARC = [
    pytest.param([GOOD_POLICY], "to refuse mail that neither SPF nor DKIM proves (p=reject).", OK, id="reject"),
    pytest.param(["v=DMARC1;p=quarantine"], "to put aside as spam", OK, id="quarantine"),
    pytest.param(["v=DMARC1; p=NONE"], "to let through", OK, id="none-wanted"),
    pytest.param([], "There is no DMARC record", WARNING, id="none"),
    pytest.param(["p=reject; v=DMARC1"], "There is no DMARC record", WARNING, id="the-version-comes-first"),
    pytest.param([GOOD_POLICY, "v=DMARC1; p=none"], "several DMARC records", WARNING, id="several"),
    pytest.param(["v=DMARC1; p=deny"], "asks for nothing that there is", WARNING, id="unknown-policy"),
    pytest.param(["v=DMARC1; rua=mailto:d@shop.example"], "asks for nothing that there is", WARNING, id="no-policy"),
]


@pytest.mark.parametrize(("texts", "words", "state"), DMARC)
def test_what_a_dmarc_record_comes_to_is_said(texts: list[str], words: str, state: FigureState) -> None:
    value, found = told({**WELL, f"_dmarc.{SHOP}": texts})["DMARC"]

    assert words in value
    assert found is state


def test_a_domain_without_a_policy_has_that_of_the_domain_above() -> None:
    above = {f"_dmarc.{SHOP}": ["v=DMARC1; p=reject; sp=quarantine"], f"mail.{SHOP}": [GOOD_SPF]}

    found = told(above, address=f"care@mail.{SHOP}")

    assert found["DMARC"] == (
        "mail.shop.example has one: receivers are asked to put aside as spam mail that neither SPF nor DKIM proves (p=quarantine).",
        OK,
    )


@pytest.mark.parametrize(
    ("spf", "key", "words", "state"),
    [
        pytest.param([], [], "that is what will become of replies", DANGER, id="neither"),
        pytest.param(["v=spf1 -all"], ["v=DKIM1; p="], "that is what will become of replies", DANGER, id="both-say-no"),
        pytest.param([], [GOOD_KEY], "all hangs on your mail server's signature", WARNING, id="the-key-alone"),
        pytest.param([GOOD_SPF], [], "(p=reject).", OK, id="the-servers-alone"),
    ],
)
def test_a_strict_policy_with_nothing_in_order_says_that_replies_will_be_refused(
    spf: list[str], key: list[str], words: str, state: FigureState
) -> None:
    value, found = told({**WELL, SHOP: spf, f"s1._domainkey.{SHOP}": key})["DMARC"]

    assert words in value
    assert found is state


async def looked(server: NameServer, **settings: str) -> dict[str, tuple[str, FigureState]]:
    """The figures as the driver looks them up."""
    there = {"address": f"care@{SHOP}", "dkim_selector": "s1", "dns_server": server.address, **settings}
    account = Account("in-1", there, {})
    requests = ADAPTER.standing_requests(account)
    answers = [await EmailDriver(account).probe(one) if one.method == LOOK_UP else None for one in requests]
    assert any(isinstance(one, Response) for one in answers)
    found = ADAPTER.read_standing(account, [one if isinstance(one, Response) else None for one in answers], NOW)
    return {one.name.split()[0]: (one.value, one.state) for one in found.figures}


async def test_the_records_are_looked_up_through_aliases_and_in_parts() -> None:
    """A key of 2048 bits is longer than a part of a record, and with another text longer than a datagram."""
    alias = "selector1-shop._domainkey.mail.example"
    texts = {
        SHOP: ["v=spf1 include:spf.mail.example -all", "x" * 600],
        "spf.mail.example": ["v=spf1 ip4:192.0.2.7 -all"],
        alias: [GOOD_KEY],
        f"_dmarc.{SHOP}": [GOOD_POLICY],
    }
    async with name_server(texts=texts, aliases={f"s1._domainkey.{SHOP}": alias}) as server:
        found = await looked(server)

    assert {name: state for name, (_, state) in found.items()} == {"SPF": OK, "DKIM": OK, "DMARC": OK}
    assert found["DKIM"][0] == f"There is a key at s1._domainkey.{SHOP}."
    assert "spf.mail.example" in server.asked


async def test_a_dns_that_cannot_say_is_no_missing_record() -> None:
    async with name_server(texts=WELL, broken={SHOP}) as server:
        found = await looked(server)

    assert found["SPF"] == (
        f"Could not be looked up: the DNS did not answer for {SHOP}. It is asked again by itself.",
        WARNING,
    )
    assert found["DKIM"][1] is OK


async def test_a_dns_that_says_nothing_is_waited_for_a_while_and_then_told_so() -> None:
    async with name_server(texts=WELL, silent={f"_dmarc.{SHOP}"}) as server:
        found = await looked(server)

    assert found["DMARC"][1] is WARNING
    assert f"did not answer for _dmarc.{SHOP}" in found["DMARC"][0]
    assert found["SPF"][1] is OK


async def test_a_record_that_names_nonsense_ends_nothing() -> None:
    async with name_server(texts={**WELL, SHOP: [f"v=spf1 include:a..b include:{'x' * 70}.example -all"]}) as server:
        found = await looked(server)

    assert found["SPF"][1] is WARNING
    assert found["DKIM"][1] is OK


@pytest.mark.parametrize("address", ["care@shop.example", "care@desk.test", "care@example.com", "care@localhost"])
def test_the_worlds_dns_is_never_asked_for_a_name_of_an_example(address: str) -> None:
    account = Account("in-1", {"address": address}, {})

    assert [one.method for one in ADAPTER.standing_requests(account)] == ["EHLO"]


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("dns_server", "dns.example.org"),
        ("dns_server", "192.0.2.53:99999"),
        ("dns_server", "192.0.2.53:"),
        ("dkim_selector", "s1._domainkey.shop example"),
    ],
)
def test_a_server_or_selector_that_cannot_be_one_is_named(name: str, value: str) -> None:
    there = {"address": f"care@{SHOP}", "imap_host": "imap.example.org", "smtp_host": "smtp.example.org"}

    with pytest.raises(Refusal) as refused:
        ADAPTER.check({**there, name: value}, {"password": PASSWORD})

    assert refused.value.field == f"settings.{name}"


async def _mail_servers() -> tuple[MailServer, SubmissionServer, list[asyncio.Server]]:
    mailbox = MailServer(f"care@{SHOP}", PASSWORD)
    submission = SubmissionServer(f"care@{SHOP}", PASSWORD, lambda letter: None)
    return mailbox, submission, [await mailbox.serve(), await submission.serve()]


async def test_a_trial_says_of_the_domain_what_is_wrong_and_lets_the_inbox_be_saved(hub: Live) -> None:
    """Mail of a domain without SPF goes out all the same: a warning, and the health card goes on saying it."""
    mailbox, submission, servers = await _mail_servers()
    imap, smtp = (str(server.sockets[0].getsockname()[1]) for server in servers)
    hosts = {"imap_host": "127.0.0.1", "imap_port": imap, "smtp_host": "127.0.0.1", "smtp_port": smtp}
    try:
        async with name_server(texts={f"_dmarc.{SHOP}": [GOOD_POLICY]}) as dns:
            settings = {"address": f"care@{SHOP}", "security": "none", "dns_server": dns.address, **hosts}
            wanted = {"name": "Care", "channel": "email", "settings": settings, "secrets": {"password": PASSWORD}}
            tried = (await hub.client.post("/api/v1/inboxes/try", json=wanted)).raise_for_status().json()
            made = (await hub.client.post("/api/v1/inboxes", json=wanted)).raise_for_status().json()
            await hub.client.post(f"/api/v1/inboxes/{made['id']}/test")
            (kept,) = [one for one in await _inboxes(hub) if one["id"] == made["id"]]
    finally:
        for server in servers:
            server.close()
        mailbox.hang_up()
        submission.hang_up()

    checks = {one["title"]: one for one in tried["checks"]}
    assert checks["SPF record"]["state"] == "warning"
    assert checks["SPF record"]["told"].startswith(f"{SHOP} has no SPF record")
    assert "danger" not in {one["state"] for one in tried["checks"]}
    figures = {one["name"]: one["state"] for one in kept["health"]["figures"]}
    assert figures["SPF record"] == "danger"
    assert kept["health"]["state"] == "ok"


async def _inboxes(hub: Live) -> list[dict]:
    found = (await hub.client.get("/api/v1/inboxes")).raise_for_status().json()
    return list(found["items"] if isinstance(found, dict) else found)
