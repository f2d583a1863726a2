"""PDUs as octets and back; no octets break the reading."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mim_desk.channels.sms_smpp.payloads import (
    LONGEST_PDU,
    Address,
    Command,
    Frames,
    MalformedError,
    Pdu,
    ShortMessage,
    Tag,
    bind_body,
    message_id,
    short_message,
)
from tests.channels.sms_smpp.made import SHEET

octet = st.integers(0, 255)
word = st.text(st.characters(min_codepoint=1, max_codepoint=255), max_size=64)
addresses = st.builds(Address, octet, octet, word)
tlvs = st.lists(
    st.tuples(st.integers(0, 0xFFFF).filter(lambda tag: tag != Tag.MESSAGE_PAYLOAD), st.binary(max_size=40))
)
messages = st.builds(
    ShortMessage,
    source=addresses,
    dest=addresses,
    octets=st.binary(max_size=600),
    data_coding=octet,
    esm_class=octet,
    registered_delivery=octet,
    service_type=word,
    protocol_id=octet,
    priority=octet,
    schedule=word,
    validity=word,
    replace_if_present=octet,
    default_message=octet,
    tlvs=tlvs.map(tuple),
)


def test_the_sheets_part_is_read_and_written_octet_for_octet() -> None:
    (pdu,) = Frames().feed(SHEET)
    message = short_message(pdu.body)

    assert (pdu.command, pdu.status, pdu.sequence) == (Command.DELIVER_SM, 0, 1)
    assert (message.source, message.dest) == (Address(1, 1, "15550001"), Address(0, 1, "12345"))
    assert (message.esm_class, message.data_coding) == (0x40, 8)
    assert message.octets[6:].decode("utf-16-be") == "привет "
    assert Pdu(pdu.command, 0, 1, message.body()).octets() == SHEET


@given(messages)
def test_a_message_comes_back_as_it_was_written(message: ShortMessage) -> None:
    assert short_message(message.body()) == message


@given(st.lists(st.builds(Pdu, octet, octet, octet, st.binary(max_size=90)), max_size=5), st.data())
def test_pdus_are_found_wherever_the_connection_cuts_them(pdus: list[Pdu], data: st.DataObject) -> None:
    octets = b"".join(pdu.octets() for pdu in pdus)
    cuts = sorted(data.draw(st.lists(st.integers(0, len(octets)), max_size=6)))
    frames = Frames()

    found = [pdu for at, to in zip([0, *cuts], [*cuts, len(octets)], strict=True) for pdu in frames.feed(octets[at:to])]

    assert found == pdus


@given(st.binary(max_size=300))
def test_any_octets_are_read_or_refused_as_malformed(octets: bytes) -> None:
    for read in (Frames().feed, short_message):
        try:
            read(octets)
        except MalformedError:
            continue
    message_id(octets)


@given(messages, st.integers(0, 200))
def test_a_message_that_ends_too_early_is_malformed_or_lacks_its_tail(message: ShortMessage, cut: int) -> None:
    body = message.body()
    try:
        read = short_message(body[: max(len(body) - cut, 0)])
    except MalformedError:
        return
    assert read.tlvs == message.tlvs[: len(read.tlvs)]


@pytest.mark.parametrize("length", [0, 15, LONGEST_PDU + 1, 0xFFFFFFFF])
def test_a_length_that_makes_no_sense_is_refused_before_anything_is_kept(length: int) -> None:
    with pytest.raises(MalformedError):
        Frames().feed(length.to_bytes(4, "big") + bytes(12))


def test_a_text_beyond_254_octets_travels_as_payload() -> None:
    body = ShortMessage(octets=b"a" * 255).body()

    assert body[-259:-255] == bytes.fromhex("042400ff")
    assert short_message(body).octets == b"a" * 255


def test_a_bind_names_version_34_and_cannot_be_broken_by_what_is_entered() -> None:
    assert bind_body("desk", "p\0w", "") == b"desk\0pw\0\0\x34\0\0\0"


def test_the_id_in_an_answer_is_read_with_and_without_its_end() -> None:
    assert [message_id(body) for body in (b"1A2B\0", b"1A2B", b"")] == ["1A2B", "1A2B", ""]
