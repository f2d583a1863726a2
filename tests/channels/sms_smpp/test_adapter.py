"""Settings, what leaves, what the carrier answers, what comes."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mim_desk.channels.base import (
    Action,
    ConsentChanged,
    IncomingMessage,
    Receipt,
    Refused,
    Request,
    Response,
    Taken,
    Unknown,
)
from mim_desk.channels.shared.opt_out import OptOut, opt_out_of, own_words
from mim_desk.channels.sms_smpp.adapter import REFERENCE, SmsSmppAdapter
from mim_desk.channels.sms_smpp.payloads import Address, ShortMessage, Tag, short_message
from mim_desk.channels.sms_smpp.receipts import readings
from mim_desk.domain.message import DeliveryStatus, MessageType
from mim_desk.domain.refusal import Refusal
from tests.channels.sms_smpp.made import (
    BRAND,
    NOW,
    PERSON,
    SETTINGS,
    account,
    came_from,
    outgoing,
    part,
    pdu,
    raw,
    request,
    text,
)

ADAPTER = SmsSmppAdapter()


def submitted(said: str, to: str = "+15550001111", **settings: Any) -> list[ShortMessage]:
    """The short messages of a reply."""
    answer = Response(0, {"reference": "7"}, b"")
    steps = ADAPTER.render(account(**settings), outgoing(said, to))
    requests = [step if isinstance(step, Request) else step(answer) for step in steps]
    return [short_message(one.body) for one in requests if one.method != REFERENCE]


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"host": "smpp.example.net:2775"}, "settings.host"),
        ({"host": "http://smpp.example.net"}, "settings.host"),
        ({"port": "99999"}, "settings.port"),
        ({"port": "two"}, "settings.port"),
        ({"system_id": "sixteen-letters-"}, "settings.system_id"),
        ({"system_id": "dèsk"}, "settings.system_id"),
        ({"password": "nineteen1"}, "secrets.password"),
        ({"from": "MYBRANDISLONG"}, "settings.from"),
        ({"from": "my_brand"}, "settings.from"),
        ({"country_code": "DE"}, "settings.country_code"),
        ({"from_ton": "9"}, "settings.from_ton"),
    ],
)
def test_a_wrong_setting_is_refused_by_its_name(changes: dict[str, str], field: str) -> None:
    settings = {**SETTINGS, **changes}
    password = settings.pop("password", "secret")

    with pytest.raises(Refusal) as refused:
        ADAPTER.check(settings, {"password": password})

    assert refused.value.field == field


@pytest.mark.parametrize("sender", ["+15550002222", "12345", "MYBRAND", "My Brand 24"])
def test_numbers_short_codes_and_names_may_send(sender: str) -> None:
    ADAPTER.check({**SETTINGS, "from": sender}, {"password": "secret"})


@pytest.mark.parametrize(
    ("status", "field"),
    [
        pytest.param(None, "settings.host", id="nobody there"),
        pytest.param(0x0E, "secrets.password", id="wrong password"),
        pytest.param(0x0F, "settings.system_id", id="wrong system id"),
        pytest.param(0x0D, "secrets.password", id="bind failed"),
        pytest.param(0x99, "settings.system_id", id="anything else"),
    ],
)
def test_a_refused_bind_blames_its_field(status: int | None, field: str) -> None:
    with pytest.raises(Refusal) as refused:
        ADAPTER.judge_probe(account(), None if status is None else Response(status, {}, b""))

    assert refused.value.field == field


@pytest.mark.parametrize("status", [0x00, 0x05])
def test_an_account_in_use_is_a_right_one(status: int) -> None:
    ADAPTER.judge_probe(account(), Response(status, {}, b""))


@pytest.mark.parametrize(
    ("sender", "address"),
    [
        ("+15550002222", Address(1, 1, "15550002222")),
        ("12345", Address(3, 0, "12345")),
        ("BRAND", Address(5, 0, "BRAND")),
    ],
)
def test_the_kind_of_the_sender_follows_from_it(sender: str, address: Address) -> None:
    (message,) = submitted("Hi", **{"from": sender})

    assert message.source == address
    assert message.registered_delivery == 1


def test_the_kind_of_the_sender_may_be_another_at_a_carrier() -> None:
    (message,) = submitted("Hi", **{"from": "12345", "from_ton": "0", "from_npi": "1"})

    assert message.source == Address(0, 1, "12345")


def test_an_answer_goes_to_the_very_address_that_wrote() -> None:
    (step,) = ADAPTER.render(account(), outgoing("Hi", "01701234567", last_incoming=came_from("2", "8")))

    assert isinstance(step, Request)
    assert short_message(step.body).dest == Address(2, 8, "01701234567")


@pytest.mark.parametrize(
    ("said", "sizes"),
    [
        pytest.param("a" * 160, [160], id="a×160"),
        pytest.param("a" * 161, [153, 8], id="a×161"),
        pytest.param("€" * 80, [160], id="€×80"),
        pytest.param("€" * 81, [152, 10], id="€×81"),
        pytest.param("a" * 152 + "€" + "a" * 152, [152, 153, 1], id="an escape is never cut"),
        pytest.param("я" * 70, [140], id="я×70"),
        pytest.param("я" * 71, [134, 8], id="я×71"),
        pytest.param("👋" * 67, [132, 132, 4], id="👋×67"),
        pytest.param("я" * 65 + "🇰🇷" + "я" * 65, [130, 134, 4], id="a flag is never cut"),
    ],
)
def test_the_sheets_texts_leave_in_its_parts(said: str, sizes: list[int]) -> None:
    parts = submitted(said)

    lengths = [len(one.octets) - (6 if one.esm_class else 0) for one in parts]
    assert lengths == sizes
    assert all(one.octets[:4] == b"\5\0\3\7" for one in parts if one.esm_class)


def test_a_text_of_more_parts_than_leave_together_is_refused_in_words() -> None:
    with pytest.raises(Refusal, match="at most 10"):
        ADAPTER.render(account(), outgoing("я" * 671))


@pytest.mark.parametrize(
    ("status", "action"),
    [
        (0x01, Action.REJECTED),
        (0x02, Action.REJECTED),
        (0x03, Action.REJECTED),
        (0x04, Action.RETRY),
        (0x05, Action.RETRY),
        (0x08, Action.RETRY),
        (0x0A, Action.SETTINGS),
        (0x0B, Action.BLOCKED),
        (0x0D, Action.SETTINGS),
        (0x0E, Action.SETTINGS),
        (0x0F, Action.SETTINGS),
        (0x14, Action.RETRY),
        (0x45, Action.REJECTED),
        (0x58, Action.RETRY),
        (0x61, Action.REJECTED),
        (0x62, Action.REJECTED),
        (0x64, Action.RETRY),
        (0x65, Action.REJECTED),
        (0x66, Action.REJECTED),
        (0xFE, Action.REJECTED),
        (0xFF, Action.REJECTED),
        (0x0400, Action.REJECTED),
    ],
)
def test_each_status_of_the_sheet_says_what_to_do(status: int, action: Action) -> None:
    told = ADAPTER.classify(account(), Response(status, {}, b""))

    assert isinstance(told, Refused)
    assert (told.action, told.code) == (action, f"0x{status:02X}")


@pytest.mark.parametrize(("body", "ids"), [(b"1A2B\0", ("1A2B",)), (b"", ())])
def test_what_was_taken_is_named(body: bytes, ids: tuple[str, ...]) -> None:
    assert ADAPTER.classify(account(), Response(0, {}, body)) == Taken(ids)


def first_event(*messages: ShortMessage, **settings: Any) -> Any:
    return ADAPTER.parse(account(**settings), request(*messages)).events[0]


def test_a_text_is_a_message_of_its_number() -> None:
    message = first_event(text("привет"))

    assert isinstance(message, IncomingMessage)
    assert (message.external_id, message.text, message.occurred_at) == ("m-1", "привет", NOW)
    assert (message.sender.external_id, message.sender.fields) == ("+15550001111", {"phone": "+15550001111"})
    assert message.details == {"to": "15550002222", "ton": "1", "npi": "1"}
    assert message.wants_answer


def test_what_is_missing_of_a_text_is_told() -> None:
    message = first_event(part("конец".encode("utf-16-be"), 2, 2))

    assert (message.text, message.details["parts"]) == ("[…]конец", "1/2")


def test_data_that_is_no_text_is_kept_as_unsupported() -> None:
    message = first_event(ShortMessage(PERSON, BRAND, b"\1\2", 4))

    assert (message.type, message.text, message.details["data_coding"]) == (MessageType.UNSUPPORTED, "", "4")


@pytest.mark.parametrize(
    ("address", "country", "number"),
    [
        (Address(1, 1, "491701234567"), "", "+491701234567"),
        (Address(1, 1, "+491701234567"), "", "+491701234567"),
        (Address(0, 1, "491701234567"), "", "491701234567"),
        (Address(2, 1, "1701234567"), "49", "+491701234567"),
        (Address(0, 1, "01701234567"), "49", "+491701234567"),
        (Address(0, 1, "00491701234567"), "49", "+491701234567"),
        (Address(0, 0, "80123"), "49", "80123"),
        (Address(5, 0, "MYBANK"), "49", "MYBANK"),
    ],
)
def test_a_number_is_written_as_one_dials_it(address: Address, country: str, number: str) -> None:
    assert first_event(text("Hi", source=address), country_code=country).sender.external_id == number


@pytest.mark.parametrize("digits", ["80123", "MYBANK"])
def test_short_codes_and_names_are_machines(digits: str) -> None:
    message = first_event(text("Your parcel", source=Address(5, 0, digits)))

    assert message.details["sender_kind"] == "machine"
    assert not message.wants_answer
    assert message.sender.fields == {}


@pytest.mark.parametrize("written", ["arrêt", "ARRET", " Arrêt ", "İPTAL", "ıptal", "수신거부"])
def test_an_accounts_own_words_are_known_however_phones_write_them(written: str):
    own = own_words({"stop_words": "Arrêt, iptal, 수신거부"})

    assert opt_out_of("", written, own) is OptOut.STOP


@pytest.mark.parametrize(
    ("said", "opt_out", "wants_answer", "reach"),
    [
        (" stop ", "stop", False, [False]),
        ("UNSUBSCRIBE", "stop", False, [False]),
        ("ｓｔｏｐ", "stop", False, [False]),
        ("Start", "start", False, [True]),
        ("HELP", "help", True, []),
        ("YES", "maybe_start", True, []),
        ("please stop", "maybe_stop", True, []),
        ("Where is the bus stop that you told me about last week, please?", None, True, []),
    ],
)
def test_opt_out_words_end_or_begin_our_messages(
    said: str, opt_out: str, wants_answer: bool, reach: list[bool]
) -> None:
    message, *rest = ADAPTER.parse(account(), request(text(said))).events

    assert isinstance(message, IncomingMessage)
    assert message.details.get("opt_out") == opt_out
    assert message.wants_answer == wants_answer
    assert [(event.granted, event.evidence) for event in rest if isinstance(event, ConsentChanged)] == [
        (granted, message.external_id) for granted in reach
    ]


def receipt(said: str = "", **tlvs: bytes) -> ShortMessage:
    named = tuple((int(Tag[name.upper()]), value) for name, value in tlvs.items())
    return ShortMessage(PERSON, BRAND, said.encode(), esm_class=4, tlvs=named)


SAID = "id:0123 sub:001 dlvrd:001 submit date:2611221203 done date:2611221204 stat:{} err:{} text:id:9 stat:X"


@pytest.mark.parametrize(
    ("message", "status", "code"),
    [
        pytest.param(receipt(SAID.format("DELIVRD", "000")), DeliveryStatus.DELIVERED, "", id="DELIVRD"),
        pytest.param(receipt(SAID.format("EXPIRED", "000")), DeliveryStatus.FAILED, "", id="EXPIRED"),
        pytest.param(receipt(SAID.format("DELETED", "000")), DeliveryStatus.FAILED, "", id="DELETED"),
        pytest.param(receipt(SAID.format("UNDELIV", "034")), DeliveryStatus.FAILED, "034", id="UNDELIV"),
        pytest.param(receipt(SAID.format("REJECTD", "1")), DeliveryStatus.FAILED, "1", id="REJECTD"),
        pytest.param(receipt(SAID.format("ACCEPTD", "000")), DeliveryStatus.SENT, "", id="ACCEPTD"),
        pytest.param(receipt(SAID.format("UNKNOWN", "000")), DeliveryStatus.SENT, "", id="UNKNOWN"),
        pytest.param(receipt(SAID.format("delivrd", "000")), DeliveryStatus.DELIVERED, "", id="small letters"),
        pytest.param(
            receipt(receipted_message_id=b"0123\0", message_state=b"\2"), DeliveryStatus.DELIVERED, "", id="TLVs alone"
        ),
        pytest.param(
            receipt("id:9 stat:UNDELIV", receipted_message_id=b"0123", message_state=b"\2"),
            DeliveryStatus.DELIVERED,
            "",
            id="TLVs before the text",
        ),
        pytest.param(receipt(message_state=b"\1", receipted_message_id=b"0123"), DeliveryStatus.SENT, "", id="ENROUTE"),
        pytest.param(
            receipt(message_state=b"\3", receipted_message_id=b"0123"), DeliveryStatus.FAILED, "", id="state 3"
        ),
        pytest.param(receipt(SAID.format("DELIVERED", "0")), DeliveryStatus.DELIVERED, "", id="DELIVERED"),
        pytest.param(receipt(SAID.format("Undeliverable", "0")), DeliveryStatus.FAILED, "", id="Undeliverable"),
        pytest.param(receipt(SAID.format("FAILED", "12")), DeliveryStatus.FAILED, "12", id="FAILED"),
        pytest.param(receipt(SAID.format("ACCEPTED", "0")), DeliveryStatus.SENT, "", id="ACCEPTED"),
        pytest.param(receipt("id:0123, stat:DELIVRD, err:000;"), DeliveryStatus.DELIVERED, "", id="commas"),
        pytest.param(
            receipt("id:0123 stat:UNDELIV", network_error_code=b"\3\0\x1b"),
            DeliveryStatus.FAILED,
            "27",
            id="the network's error",
        ),
    ],
)
def test_what_a_receipt_tells(message: ShortMessage, status: DeliveryStatus, code: str) -> None:
    told = first_event(message)

    assert isinstance(told, Receipt)
    assert (told.external_id, told.status, told.code, told.recipient) == ("0123", status, code, "+15550001111")
    assert told.reason.endswith(".") == (status is DeliveryStatus.FAILED)


@pytest.mark.parametrize("message", [receipt(), receipt("id:7"), receipt("stat:DELIVRD"), receipt("id:7 stat:DANCED")])
def test_a_receipt_that_names_no_message_or_state_is_unknown(message: ShortMessage) -> None:
    assert isinstance(first_event(message), Unknown)


@pytest.mark.parametrize(
    ("submitted_as", "told"),
    [
        ("1A2B", "6699"),
        ("1a2b", "0000006699"),
        ("00001A2B", "6699"),
        ("6699", "0000006699"),
        ("6699", "1A2B"),
        ("1A2B", "1a2b"),
    ],
)
def test_an_id_is_found_in_any_way_that_carriers_write_it(submitted_as: str, told: str) -> None:
    assert submitted_as in readings(told)


@given(st.binary(max_size=200))
def test_any_delivery_is_parsed(body: bytes) -> None:
    ADAPTER.parse(account(), raw(body))


@given(st.lists(st.binary(max_size=80), min_size=1, max_size=3))
def test_any_pdus_are_parsed(bodies: list[bytes]) -> None:
    told = [pdu(text("x")).octets()[:16] + body for body in bodies]
    whole = b'{"id": "1", "pdus": [%s]}' % b", ".join(b'"%s"' % one.hex().encode() for one in told)

    assert ADAPTER.parse(account(), raw(whole)).events
