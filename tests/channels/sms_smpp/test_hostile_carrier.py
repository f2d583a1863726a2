"""A carrier that means harm or is broken: nothing said is lost, nothing is taken for sent that was not, memory stays small."""

import asyncio
import contextlib
import itertools
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import replace

import pytest

from mim_desk.channels.base import Event, IncomingMessage, InDoubt, NeverLeft, Receipt, Response
from mim_desk.channels.sms_smpp import driver as drivers
from mim_desk.channels.sms_smpp import memory as memories
from mim_desk.channels.sms_smpp.adapter import SmsSmppAdapter
from mim_desk.channels.sms_smpp.driver import SmsSmppDriver, Times
from mim_desk.channels.sms_smpp.memory import Memory
from mim_desk.channels.sms_smpp.payloads import Frames, MalformedError, Tag
from mim_desk.domain.message import DeliveryStatus
from mim_desk.rehearsal.providers import smpp_octets as smpp
from mim_desk.rehearsal.providers.smpp_octets import Message
from tests.channels.sms_smpp.made import account, part, pdu, request, text
from tests.channels.sms_smpp.test_driver import Store, sent, statuses, store

__all__ = ["store"]
ADAPTER = SmsSmppAdapter()
BIND_ANSWER = 0x80000009
Carrier = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


class Hasty(SmsSmppDriver):
    """It, where a test waits for the end of its patience."""

    times = Times(answer_s=0.5)


class Throttled(SmsSmppDriver):
    """It, where a test waits for the end of its tries."""

    times = Times(submit_s=2.0)


def deliver(said: str, number: int = 1) -> bytes:
    return smpp.pdu(smpp.DELIVER, 0, number, smpp.written(Message("15550001111", "15550002222", said.encode())))


async def asked(reader: asyncio.StreamReader) -> tuple[int, int, int]:
    """Command, status and number of the next PDU of ours."""
    length, command, status, number = smpp.head(await reader.readexactly(16))
    await reader.readexactly(length - 16)
    return command, status, number


@asynccontextmanager
async def carrier(goes_on: Carrier) -> AsyncIterator[str]:
    """One that takes the bind and then does as it likes; its port."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(OSError, asyncio.IncompleteReadError):
            _, _, number = await asked(reader)
            writer.write(smpp.pdu(BIND_ANSWER, 0, number, b"\0"))
            await goes_on(reader, writer)
        writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    async with server:
        yield str(server.sockets[0].getsockname()[1])


async def submitted(
    store: Store, goes_on: Carrier, make: type[SmsSmppDriver] = SmsSmppDriver
) -> Response | NeverLeft | InDoubt:
    """What came of one short reply."""
    async with carrier(goes_on) as port, asyncio.timeout(30), asyncio.TaskGroup() as group:
        driver = make(account(port=port))
        listening = group.create_task(driver.listen("", store))
        await store.connections.get()
        (answer,) = await sent(driver, "Hi")
        listening.cancel()
    return answer


def answering(*answers: Callable[[int], bytes]) -> Carrier:
    """Who answers each submit with all of these, and is silent to anything else."""

    async def goes_on(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while True:
            command, _, number = await asked(reader)
            if command == smpp.SUBMIT:
                writer.write(b"".join(one(number) for one in answers))

    return goes_on


def resp(command: int, status: int = 0, plus: int = 0) -> Callable[[int], bytes]:
    return lambda number: smpp.pdu(command, status, number + plus, b"77\0" if not status else b"")


SUBMIT_RESP, ENQUIRE_RESP = 0x80000004, 0x80000015


@pytest.mark.parametrize(
    ("answers", "status"),
    [
        pytest.param([resp(ENQUIRE_RESP), resp(SUBMIT_RESP)], 0, id="another answer under its number first"),
        pytest.param([resp(SUBMIT_RESP, plus=5), resp(SUBMIT_RESP)], 0, id="an answer to nothing first"),
        pytest.param([resp(SUBMIT_RESP), resp(SUBMIT_RESP, 0x0B)], 0, id="two answers"),
        pytest.param([resp(0x80000099), resp(SUBMIT_RESP, 0x0B)], 0x0B, id="an answer of no kind"),
        pytest.param([resp(smpp.NACK, 0x02)], 0x02, id="not understood"),
        pytest.param([resp(smpp.NACK, 0)], 0x03, id="not understood, with a good status"),
        pytest.param([resp(SUBMIT_RESP, 0xFFFFFFFF)], 0xFFFFFFFF, id="a status of no table"),
        pytest.param([lambda number: resp(SUBMIT_RESP)(number) + b"\0\0\0\x05" + bytes(12)], 0, id="garbage behind it"),
    ],
)
async def test_only_the_answer_to_a_submit_says_what_came_of_it(
    store: Store, answers: list[Callable[[int], bytes]], status: int
) -> None:
    answer = await submitted(store, answering(*answers))

    assert isinstance(answer, Response)
    assert answer.status == status
    assert ADAPTER.classify(account(), answer) is not None


@pytest.mark.parametrize(
    "answers",
    [
        pytest.param([resp(ENQUIRE_RESP)], id="another answer under its number"),
        pytest.param([resp(SUBMIT_RESP, plus=1)], id="an answer under another number"),
        pytest.param([lambda number: resp(SUBMIT_RESP)(number)[:-3]], id="half an answer"),
        pytest.param([lambda _: b"\0\0\0\x05" + bytes(12)], id="garbage"),
        pytest.param([lambda number: smpp.pdu(smpp.UNBIND, 0, number)], id="goodbye"),
    ],
)
async def test_a_submit_without_its_answer_is_in_doubt(store: Store, answers: list[Callable[[int], bytes]]) -> None:
    assert isinstance(await submitted(store, answering(*answers), Hasty), InDoubt)


async def test_an_answer_that_comes_after_the_connection_is_cut_settles_no_other_submit(store: Store) -> None:
    """The next connection counts anew, and there the late answer has the number of nothing that was asked."""
    late: list[int] = []

    async def goes_on(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        for number in late:
            writer.write(resp(SUBMIT_RESP)(number))
        await writer.drain()
        while True:
            command, _, number = await asked(reader)
            if command == smpp.SUBMIT and not late:
                late.append(number)
                return
            if command == smpp.SUBMIT:
                writer.write(resp(SUBMIT_RESP, 0x0B)(number))

    async with carrier(goes_on) as port, asyncio.timeout(30), asyncio.TaskGroup() as group:
        answers = []
        for _ in range(2):
            driver = SmsSmppDriver(account(port=port))
            listening = group.create_task(driver.listen("", store))
            await store.connections.get()
            answers += await sent(driver, "Hi")
            listening.cancel()

    assert isinstance(answers[0], InDoubt)
    assert statuses(answers) == [0x0B]


async def test_a_carrier_that_is_throttling_for_ever_is_asked_again_later_and_never_in_doubt(store: Store) -> None:
    counted = itertools.count()

    def throttled(number: int) -> bytes:
        next(counted)
        return resp(SUBMIT_RESP, 0x58)(number)

    answer = await submitted(store, answering(throttled), Throttled)

    assert isinstance(answer, NeverLeft) or statuses([answer]) == [0x58]
    assert next(counted) < drivers.WINDOW * 2


async def test_what_was_said_before_the_garbage_is_never_stored_otherwise(store: Store) -> None:
    async def goes_on(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(deliver("one", 1) + deliver("two", 2) + b"\xff" * 16)
        await reader.read()

    async with carrier(goes_on) as port, asyncio.timeout(30):
        over = await SmsSmppDriver(account(port=port)).listen("", store)

    assert over.code == "not-smpp"
    assert set(store.texts()) <= {"one", "two"}


def test_what_is_whole_before_the_garbage_is_told_first() -> None:
    frames = Frames()

    assert len(frames.feed(deliver("one") + deliver("two") + b"\xff" * 16)) == 2
    with pytest.raises(MalformedError):
        frames.feed(b"")


async def test_of_a_flood_each_text_is_stored_or_the_carrier_is_told_to_bring_it_again(store: Store) -> None:
    count = drivers.MOST_WAITING * 2
    told: dict[int, int] = {}
    done = asyncio.Event()

    async def goes_on(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"".join(deliver(f"text {n}", n) for n in range(1, count + 1)))
        while len(told) < count:
            command, status, number = await asked(reader)
            if command == 0x80000005:
                told[number] = status
            elif command == smpp.ENQUIRE:
                writer.write(resp(ENQUIRE_RESP)(number))
        done.set()
        await reader.read()

    async with carrier(goes_on) as port, asyncio.timeout(60), asyncio.TaskGroup() as group:
        listening = group.create_task(SmsSmppDriver(account(port=port)).listen("", store))
        await done.wait()
        listening.cancel()

    assert set(told.values()) <= {0x00, 0x64}
    assert set(store.texts()) == {f"text {number}" for number, status in told.items() if status == 0}
    assert len(store.cursor) < 100_000


async def test_a_carrier_that_asks_and_never_reads_the_answers_is_not_read_either(store: Store) -> None:
    """Else its questions would fill our memory with answers."""
    written = 0

    async def goes_on(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal written
        questions = smpp.pdu(smpp.ENQUIRE, 0, 7) * 4096
        with contextlib.suppress(TimeoutError):
            while True:
                writer.write(questions)
                async with asyncio.timeout(2.0):
                    await writer.drain()
                written += len(questions)
        writer.transport.abort()

    async with carrier(goes_on) as port, asyncio.timeout(60):
        over = await SmsSmppDriver(account(port=port)).listen("", store)

    assert over.code in ("lost", "silent")
    assert written < 50_000_000


def said(ready: list[memories.Ready]) -> list[str]:
    frames = [Frames().feed(octets)[0] for one in ready for octets in one.pdus]
    return [frame.body.hex() for frame in frames]


def test_a_part_with_a_hundred_thousand_octets_behind_it_waits_for_nobody() -> None:
    """Parts that wait are stored with each message that comes."""
    memory = Memory()
    fat = replace(part(b"a", 1, 255), tlvs=((0x1400, bytes(60_000)),))

    for reference in range(20):
        assert len(memory.take(pdu(replace(fat, octets=fat.octets[:3] + bytes((reference,)) + fat.octets[4:])), 0)) == 1
    assert memory.kept.waiting == []


def first_event(message: smpp.Message | object) -> Event:
    return ADAPTER.parse(account(), request(message)).events[0]  # type: ignore[arg-type]


RECEIPT = "id:0123 sub:001 dlvrd:001 submit date:2611221203 done date:2611221204 stat:DELIVRD err:000 text:Hi"
NAMED = ((int(Tag.RECEIPTED_MESSAGE_ID), b"0123\0"), (int(Tag.MESSAGE_STATE), b"\2"))


@pytest.mark.parametrize(
    "message",
    [
        pytest.param(
            replace(text(""), octets=RECEIPT.encode(), data_coding=0, esm_class=0x44), id="with the bit of a header"
        ),
        pytest.param(replace(text(RECEIPT), esm_class=4), id="in UCS-2"),
        pytest.param(replace(text(""), octets=RECEIPT.encode(), data_coding=0, esm_class=0x20), id="intermediate"),
        pytest.param(replace(text(""), octets=b"", esm_class=0, tlvs=NAMED), id="without the class, by its parameters"),
        pytest.param(
            replace(text(""), octets=RECEIPT.encode().upper().replace(b" ", b"\r\n"), data_coding=0, esm_class=4),
            id="in lines of capitals",
        ),
        pytest.param(
            replace(text(""), octets=b"stat:DELIVRD id:0123", data_coding=0, esm_class=4), id="the other way round"
        ),
        pytest.param(
            replace(text(""), octets=b"id:0123 stat:DELIVRD text:id:9 stat:UNDELIV err:9", data_coding=0, esm_class=4),
            id="our own text says otherwise",
        ),
    ],
)
def test_a_receipt_in_an_odd_form_is_read(message: object) -> None:
    told = first_event(message)

    assert isinstance(told, Receipt)
    assert (told.external_id, told.status, told.code) == ("0123", DeliveryStatus.DELIVERED, "")


def test_what_stands_only_in_our_own_text_tells_nothing_of_it() -> None:
    message = replace(text(""), octets=b"id:0123 text:stat:UNDELIV", data_coding=0, esm_class=4)

    assert not isinstance(first_event(message), Receipt)


def test_a_customer_who_writes_like_a_receipt_is_a_customer() -> None:
    told = first_event(text(RECEIPT))

    assert isinstance(told, IncomingMessage)
    assert told.text == RECEIPT
