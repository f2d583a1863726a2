"""What is truly WeChat's: signatures, sealed messages, the handshake, and XML that wants to do harm."""

import base64
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from urllib.parse import urlencode

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mim_desk.channels.base import Account, IncomingMessage, Parsed, RawRequest, Unknown
from mim_desk.channels.wechat.adapter import WeChatAdapter
from mim_desk.domain.refusal import Refusal
from tests.channels.wechat import provider
from tests.channels.wechat.provider import APP_ID, Signed, plain_push, seal, sealed_push, sha1, text, xml

ADAPTER = WeChatAdapter()
STAMP = 1763790000
NOW = datetime.fromtimestamp(STAMP + 2, UTC)
SECRETS = {"app_secret": "s", "token": provider.TOKEN, "encoding_aes_key": provider.AES_KEY}
SEALED = Account("inbox-1", {"app_id": APP_ID, "mode": "aes"}, SECRETS)
PLAIN = Account("inbox-1", {"app_id": APP_ID, "mode": "plain"}, SECRETS)
MESSAGE = text("你好 MIM", "24900000000000001", STAMP)

# A vector made by hand and checked with another implementation.
VECTOR_ACCOUNT = replace(SEALED, secrets={**SECRETS, "token": "mimdesk_token_7"})
VECTOR_MESSAGE = (
    "<xml><ToUserName><![CDATA[gh_0a1b2c3d4e5f]]></ToUserName><FromUserName><![CDATA[oMIMdesk0000000000000000001A]]>"
    "</FromUserName><CreateTime>1763790000</CreateTime><MsgType><![CDATA[text]]></MsgType><Content><![CDATA[你好 MIM]]>"
    "</Content><MsgId>24900000000000001</MsgId></xml>"
)
VECTOR_SEALED = (
    "4j/AuRx71kQlxVlzbpsMWI8rETVMtEdVt+yETR7gOWheinDv2xeNwoX6Bql4qKx6KY9ZPqbqqL9vObL5r1N76Lqji2aU0AZQCix+1M89gEHOYNGd"
    "aRAkV2v3i7YUU0cOiGGnEcLk0GewKmBpCwBvcrRxsBRHe0x7TGec0dfFjPfHAU0GWq3FbbyOstOELwOkd31f0VoYLZjqX0pTsMfcWpj5o1XRiwAk"
    "nXi/tyYbPkgAtvGfXIv5iuF6W7SBh7s43YdzAm5qdn/37ApH1gPrFVyvVRqLCH5Ikxmb9S7CSov1IkIHDBraL/1d2R/KThJZW2qUPlzFy8uNci2R"
    "TMVE6f1FhEEDGvDnTgYCi66hakiEWll+uEZ0Q/9leBrTp5xm/5AGzF0TyCzWMbi81t167Oyc7dLa/m1/IyyZRPVIj/o="
)
VECTOR_QUERY = {
    "signature": "cad1644ec33fc000f2cf8cba98a3f9ccdd6d285c",
    "timestamp": "1763790000",
    "nonce": "882014",
    "encrypt_type": "aes",
    "msg_signature": "8f4475e04d50bf74f01c0b78c75b96799671a2d4",
}


def request(signed: Signed, at: datetime = NOW) -> RawRequest:
    headers = {"content-type": "text/xml"}
    return RawRequest("POST", "/webhooks/wechat/inbox-1", signed.query, headers, signed.body, at)


def vector(sealed: str = VECTOR_SEALED, **changed: str) -> RawRequest:
    body = f"<xml><ToUserName>gh_0a1b2c3d4e5f</ToUserName><Encrypt><![CDATA[{sealed}]]></Encrypt></xml>"
    return request(Signed(urlencode({**VECTOR_QUERY, **changed}), body.encode()))


def refused(account: Account, asked: RawRequest) -> str:
    with pytest.raises(Refusal) as found:
        ADAPTER.verify(account, asked)
    return found.value.code


def test_the_vector_is_verified_and_opened():
    ADAPTER.verify(VECTOR_ACCOUNT, vector())
    (event,) = ADAPTER.parse(VECTOR_ACCOUNT, vector()).events

    assert isinstance(event, IncomingMessage)
    assert (event.text, event.external_id) == ("你好 MIM", "24900000000000001")
    assert (event.sender.external_id, event.sender.verified) == ("oMIMdesk0000000000000000001A", True)
    assert event.occurred_at == datetime.fromtimestamp(STAMP, UTC)


def test_the_fake_platform_seals_as_the_vector_says():
    """Else the tests with it would prove nothing."""
    assert seal(VECTOR_MESSAGE.encode(), random16=b"0123456789abcdef") == VECTOR_SEALED


FORGED = {
    "a changed character in the sealed message": vector("5" + VECTOR_SEALED[1:]),
    "a changed character in its signature": vector(msg_signature="9" + VECTOR_QUERY["msg_signature"][1:]),
    "a changed character in the plain signature": vector(signature="d" + VECTOR_QUERY["signature"][1:]),
    "another time": vector(timestamp="1763790001"),
    "another nonce": vector(nonce="882015"),
    "no signature of the message": replace(vector(), query="timestamp=1763790000&nonce=882014"),
    "an empty signature": vector(msg_signature=""),
    "letters that are no ASCII": vector(msg_signature="ü" * 40),
    "no query": replace(vector(), query=""),
    "no body": replace(vector(), body=b""),
    "a body that ends early": replace(vector(), body=vector().body[:-20]),
    "an open message": replace(vector(), body=VECTOR_MESSAGE.encode()),
}


@pytest.mark.parametrize("asked", FORGED.values(), ids=FORGED.keys())
def test_what_is_not_wechats_is_refused(asked: RawRequest):
    assert refused(VECTOR_ACCOUNT, asked) == "bad-signature"


@given(place=st.integers(0, len(VECTOR_SEALED) - 1), bit=st.integers(0, 6))
def test_one_flipped_bit_of_the_sealed_message_is_refused(place: int, bit: int):
    changed = bytearray(VECTOR_SEALED.encode())
    changed[place] ^= 1 << bit
    body = b"<xml><Encrypt><![CDATA[" + bytes(changed) + b"]]></Encrypt></xml>"

    assert refused(VECTOR_ACCOUNT, replace(vector(), body=body)) == "bad-signature"


OTHERS = {
    "another token": {"token": "someothertoken"},
    "no token": {"token": ""},
    "another key": {"encoding_aes_key": "B" * 43},
    "no key": {"encoding_aes_key": ""},
    "a key that is none": {"encoding_aes_key": "not a key"},
}


@pytest.mark.parametrize("changed", OTHERS.values(), ids=OTHERS.keys())
def test_other_secrets_refuse_it(changed: dict[str, str]):
    account = replace(VECTOR_ACCOUNT, secrets={**VECTOR_ACCOUNT.secrets, **changed})

    assert refused(account, vector()) == "bad-signature"


def test_a_rightly_signed_message_for_another_account_is_refused():
    assert refused(SEALED, request(sealed_push(MESSAGE, STAMP, receiver="wxffffffffffffffff"))) == "bad-signature"


@pytest.mark.parametrize("length", range(64))
def test_messages_of_every_length_open(length: int):
    message = xml(FromUserName="oA1", MsgType="text", MsgId="1", Content="x" * length)
    pushed = request(sealed_push(message, STAMP))

    ADAPTER.verify(SEALED, pushed)
    (event,) = ADAPTER.parse(SEALED, pushed).events

    assert isinstance(event, IncomingMessage)
    assert event.text == "x" * length


PADDINGS = {"none": 0, "too long": 33, "longer than all": 255}


@pytest.mark.parametrize("last", PADDINGS.values(), ids=PADDINGS.keys())
def test_a_padding_that_cannot_be_is_refused(last: int):
    from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

    key = base64.b64decode(provider.AES_KEY + "=")
    sealing = Cipher(algorithms.AES(key), modes.CBC(key[:16])).encryptor()
    sealed = base64.b64encode(sealing.update(bytes(63) + bytes([last])) + sealing.finalize()).decode()
    asked = {"timestamp": "1", "nonce": "2", "msg_signature": sha1(provider.TOKEN, "1", "2", sealed)}

    assert refused(SEALED, request(Signed(urlencode(asked), xml(Encrypt=sealed).encode()))) == "bad-signature"


def test_while_they_are_changed_the_secrets_before_still_open():
    account = replace(
        SEALED,
        secrets={
            "token": "newtoken1",
            "encoding_aes_key": "B" * 42 + "A",
            "previous_token": provider.TOKEN,
            "previous_encoding_aes_key": provider.AES_KEY,
        },
    )

    ADAPTER.verify(account, request(sealed_push(MESSAGE, STAMP)))


def test_a_sealed_message_is_taken_whatever_the_hub_s_clock_says():
    """Its signature covers it whole, and its id tells when it comes again."""
    ADAPTER.verify(SEALED, request(sealed_push(MESSAGE, STAMP), NOW + timedelta(days=2)))


def test_in_compatible_mode_the_sealed_message_counts():
    sealed = sealed_push(MESSAGE, STAMP)
    both = sealed.body.replace(b"<xml>", text("forged", "1", STAMP).removesuffix("</xml>").encode())

    (event,) = ADAPTER.parse(SEALED, request(replace(sealed, body=both))).events

    assert isinstance(event, IncomingMessage)
    assert event.text == "你好 MIM"


def test_without_the_setting_a_key_means_secure_mode():
    account = replace(SEALED, settings={"app_id": APP_ID})

    assert refused(account, request(plain_push(MESSAGE, STAMP))) == "bad-signature"
    ADAPTER.verify(account, request(sealed_push(MESSAGE, STAMP)))


def test_a_plain_message_is_taken_but_proves_nobody():
    pushed = request(plain_push(MESSAGE, STAMP))

    ADAPTER.verify(PLAIN, pushed)
    (event,) = ADAPTER.parse(PLAIN, pushed).events

    assert isinstance(event, IncomingMessage)
    assert not event.sender.verified


PLAIN_FORGED = {
    "another token": request(plain_push(MESSAGE, STAMP, token="someothertoken")),
    "too old": request(plain_push(MESSAGE, STAMP), NOW + timedelta(minutes=6)),
    "too new": request(plain_push(MESSAGE, STAMP), NOW - timedelta(minutes=6)),
    "no time": request(Signed(urlencode({"signature": sha1(provider.TOKEN, "", "1"), "nonce": "1"}), b"")),
    "a time that is no number": request(
        Signed(urlencode({"signature": sha1(provider.TOKEN, "²", "1"), "timestamp": "²", "nonce": "1"}), b"")
    ),
    "no query": request(Signed("", MESSAGE.encode())),
    "too many words": request(Signed("&".join(["a=1"] * 99), MESSAGE.encode())),
}


@pytest.mark.parametrize("asked", PLAIN_FORGED.values(), ids=PLAIN_FORGED.keys())
def test_a_plain_message_that_is_not_wechats_is_refused(asked: RawRequest):
    assert refused(PLAIN, asked) == "bad-signature"


def shaken(account: Account, **asked: str) -> tuple[int, bytes, str]:
    answer = ADAPTER.handshake(account, RawRequest("GET", "/", urlencode(asked), {}, b"", NOW))
    return answer.status, answer.body, answer.content_type


def test_the_handshake_answers_the_bare_word_in_both_modes():
    asked = {name: VECTOR_QUERY[name] for name in ("signature", "timestamp", "nonce")}
    plain = replace(VECTOR_ACCOUNT, settings={**PLAIN.settings})

    assert shaken(VECTOR_ACCOUNT, **asked, echostr="5836194") == (200, b"5836194", "text/plain")
    assert shaken(plain, **asked, echostr="5836194") == (200, b"5836194", "text/plain")


def test_a_sealed_word_is_opened_for_the_handshake():
    sealed = seal(b"5836194")
    asked = {"timestamp": "1", "nonce": "2", "msg_signature": sha1(provider.TOKEN, "1", "2", sealed)}

    assert shaken(SEALED, **asked, echostr=sealed)[1] == b"5836194"


STRANGERS = {
    "another signature": {**VECTOR_QUERY, "signature": "0" * 40, "echostr": "1"},
    "no signature": {"echostr": "1"},
    "no word": {name: VECTOR_QUERY[name] for name in ("signature", "timestamp", "nonce")},
    "a word without end": {**VECTOR_QUERY, "echostr": "1" * 5000},
    "nothing": {},
}


@pytest.mark.parametrize("asked", STRANGERS.values(), ids=STRANGERS.keys())
def test_a_stranger_gets_no_handshake(asked: dict[str, str]):
    with pytest.raises(Refusal) as found:
        shaken(VECTOR_ACCOUNT, **asked)

    assert found.value.code == "forbidden"


def parsed(body: bytes, account: Account = PLAIN) -> Parsed:
    return ADAPTER.parse(account, RawRequest("POST", "/", "", {}, body, NOW))


INSIDE = "<FromUserName>oA1</FromUserName><MsgType>text</MsgType><MsgId>1</MsgId><Content>{}</Content></xml>"
HARMFUL = {
    "an entity that multiplies": (
        '<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;">]><xml>'
        + INSIDE.format("&b;")
    ),
    "an entity that reads a file": (
        '<!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd">]><xml>' + INSIDE.format("&a;")
    ),
    "an outer document type": '<!DOCTYPE x SYSTEM "http://example.com/x.dtd"><xml>' + INSIDE.format("x"),
    "an entity of parameters": '<!DOCTYPE x [<!ENTITY % a SYSTEM "http://example.com/x">%a;]><xml>'
    + INSIDE.format("x"),
    "an entity nobody declared": "<xml>" + INSIDE.format("&nobody;"),
    "30,000 elements deep": "<xml>" * 30_000,
    "30,000 elements deep and closed": "<a>" * 30_000 + "</a>" * 30_000,
    "very many elements": "<xml>" + "<a/>" * 20_000 + "</xml>",
    "nothing": "",
    "no XML": '{"MsgType": "text"}',
    "an end too early": "<xml><FromUserName>oA1</FromUserName><MsgType>te",
    "two roots": "<xml></xml><xml></xml>",
    "an encoding there is not": '<?xml version="1.0" encoding="klingon"?><xml></xml>',
    "an encoding of many bytes": '<?xml version="1.0" encoding="big5"?><xml></xml>',
    "a zero": "<xml>\0</xml>",
    "an empty element": "<xml/>",
    "no sender": xml(MsgType="text", Content="x", MsgId="1"),
    "no type": xml(FromUserName="oA1", Content="x", MsgId="1"),
}


@pytest.mark.parametrize("body", HARMFUL.values(), ids=HARMFUL.keys())
def test_what_cannot_be_read_is_unknown_and_still_answered_with_success(body: str):
    found = parsed(body.encode())

    assert [type(event) for event in found.events] == [Unknown]
    assert (found.answer.body, found.answer.status) == (b"success", 200)


def test_the_entities_of_xml_itself_are_read():
    (event,) = parsed(("<xml>" + INSIDE.format("a &lt; b &amp; c &#20320;")).encode()).events

    assert isinstance(event, IncomingMessage)
    assert event.text == "a < b & c 你"


@given(st.binary(max_size=300))
def test_any_bytes_are_parsed_without_an_exception(body: bytes):
    assert isinstance(parsed(body), Parsed)
    assert isinstance(parsed(body, SEALED), Parsed)


@given(st.binary(max_size=300))
def test_any_sealed_bytes_are_parsed_without_an_exception(message: bytes):
    assert isinstance(parsed(xml(Encrypt=seal(message)).encode(), SEALED), Parsed)
