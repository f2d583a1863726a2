"""The connection to a carrier, against a message centre on loopback."""

import asyncio
import contextlib
import ssl
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID

from mim_desk.channels.base import Action, InDoubt, NeverLeft, Poll, Refused, Request, Response
from mim_desk.channels.sms_smpp import driver as drivers
from mim_desk.channels.sms_smpp.adapter import SmsSmppAdapter
from mim_desk.channels.sms_smpp.driver import SmsSmppDriver, Times
from mim_desk.rehearsal.providers import smpp_octets as smpp
from mim_desk.rehearsal.providers.smpp_octets import Message
from mim_desk.rehearsal.providers.smsc import Habits, Smsc
from tests.channels.sms_smpp.made import NOW, account, outgoing, raw

ADAPTER = SmsSmppAdapter()
HELLO = Message("15550001111", "15550002222", b"Hello")


class Driver(SmsSmppDriver):
    """It, in a hurry where a test waits for the end of a time."""

    times = Times(store_s=0.1, bind_again_s=0.01, sure_s=0.1)


@dataclass
class Store:
    """The hub's side: keeps what it is given, when it is let."""

    cursor: str = ""
    items: list[bytes] = field(default_factory=list)
    open: asyncio.Event = field(default_factory=asyncio.Event)
    connections: asyncio.Queue[None] = field(default_factory=asyncio.Queue)
    grown: asyncio.Event = field(default_factory=asyncio.Event)

    async def connected(self) -> None:
        self.connections.put_nowait(None)

    async def take(self, news: Poll) -> None:
        await self.open.wait()
        self.items += news.items
        self.cursor = news.cursor
        self.grown.set()

    async def until(self, count: int) -> list[str]:
        """The texts so far, once there are so many."""
        async with asyncio.timeout(30):
            while len(self.items) < count:
                self.grown.clear()
                await self.grown.wait()
        return self.texts()

    def texts(self) -> list[str]:
        events = [ADAPTER.parse(account(), raw(item)).events[0] for item in self.items]
        return [getattr(event, "text", type(event).__name__) for event in events]


@pytest.fixture
def store() -> Store:
    made = Store()
    made.open.set()
    return made


@contextlib.asynccontextmanager
async def centre(habits: Habits | None = None, **more: Any) -> AsyncIterator[Smsc]:
    smsc = Smsc("desk", "secret", habits)
    async with smsc.open(**more):
        yield smsc


def driver_to(smsc: Smsc, password: str = "secret", **settings: Any) -> Driver:
    return Driver(account(password, port=str(smsc.port), **settings))


@contextlib.asynccontextmanager
async def listening(smsc: Smsc, store: Store, **settings: Any) -> AsyncIterator[Driver]:
    """A driver that listens, as the hub has it: called again whenever the connection ended."""
    driver = driver_to(smsc, **settings)

    async def again() -> None:
        while True:
            await driver.listen(store.cursor, store)

    async with asyncio.timeout(30), asyncio.TaskGroup() as group:
        task = group.create_task(again())
        await store.connections.get()
        yield driver
        task.cancel()


async def sent(driver: SmsSmppDriver, text: str, **settings: Any) -> list[Response | NeverLeft | InDoubt]:
    """The answers to the calls of one reply, in their order, as the sender makes them."""
    answers: list[Any] = []
    for step in ADAPTER.render(account(**settings), outgoing(text)):
        request = step if isinstance(step, Request) else step(answers[-1])
        answers.append(await driver.send(request))
    return answers


def statuses(answers: Sequence[Response | NeverLeft | InDoubt]) -> list[int]:
    return [answer.status for answer in answers if isinstance(answer, Response)]


async def test_a_text_is_answered_only_once_it_is_stored(store: Store) -> None:
    async with centre() as smsc, listening(smsc, store):
        store.open.clear()
        answered = smsc.write(HELLO)
        while not smsc.delivered:
            await asyncio.sleep(0)
        assert not answered.done()

        store.open.set()
        await answered

    assert store.texts() == ["Hello"]


async def test_a_text_whose_answer_was_lost_is_not_stored_twice_and_the_same_word_again_is(store: Store) -> None:
    async with centre() as smsc, listening(smsc, store):
        smsc.unheard = 1
        await smsc.write(HELLO)
        assert len(smsc.delivered) == 2
        await smsc.write(HELLO)

    assert store.texts() == ["Hello", "Hello"]


async def test_a_text_that_could_not_be_stored_is_never_answered(store: Store) -> None:
    class Overtaken(Store):
        async def take(self, news: Poll) -> None:
            raise RuntimeError("another hub has the say")

    async with centre() as smsc:
        answered = smsc.write(HELLO)
        with pytest.raises(ExceptionGroup, match="unhandled errors"):
            await driver_to(smsc).listen("", Overtaken())
        assert not answered.done()


async def test_parts_come_in_any_order_and_over_two_connections(store: Store) -> None:
    first, second = (
        Message("15550001111", "15550002222", octets, coding, esm)
        for octets, coding, esm in smpp.in_parts("Long " * 40, 7)
    )
    async with centre() as smsc, listening(smsc, store):
        await smsc.write(second)
        smsc.hang_up()
        await smsc.write(first)

    assert store.texts() == ["Long " * 40]


async def test_a_store_that_takes_too_long_has_the_carrier_bring_the_text_again(store: Store) -> None:
    async with centre() as smsc, listening(smsc, store):
        store.open.clear()
        answered = smsc.write(HELLO)
        while not smsc.refused:
            await asyncio.sleep(0.01)
        store.open.set()
        await answered

    assert set(smsc.refused) == {0x64}
    assert store.texts() == ["Hello"]


async def test_a_long_text_leaves_in_parts_of_one_number_which_the_next_text_does_not_share(store: Store) -> None:
    async with centre() as smsc, listening(smsc, store) as driver:
        assert statuses(await sent(driver, "я" * 100)) == [0, 0, 0]
        assert statuses(await sent(driver, "я" * 100)) == [0, 0, 0]

    places = [smpp.place_of(one)[:3] for one in smsc.submits]
    assert places == [(1, 2, 1), (1, 2, 2), (2, 2, 1), (2, 2, 2)]
    assert "".join(smpp.as_text(smpp.place_of(one)[3], 8) for one in smsc.submits[:2]) == "я" * 100
    assert store.cursor.count("15550001111") == 1


async def test_a_carrier_that_complains_gets_the_same_text_later_and_fewer(store: Store) -> None:
    async with centre() as smsc, listening(smsc, store) as driver:
        smsc.orders.extend([0x58, 0x14])
        assert statuses(await sent(driver, "Hi")) == [0]

        assert [one.octets for one in smsc.submits] == [b"Hi"]
        assert driver._pace.rate < drivers.FASTEST / 2


async def test_what_fails_for_once_is_submitted_once_more_and_no_more(store: Store) -> None:
    async with centre() as smsc, listening(smsc, store) as driver:
        smsc.orders.extend([0x45, 0, 0x45, 0xFE])
        assert statuses(await sent(driver, "Hi")) == [0]
        assert statuses(await sent(driver, "Hi")) == [0xFE]


async def test_a_text_whose_answer_never_came_is_in_doubt(store: Store) -> None:
    async with centre() as smsc, listening(smsc, store) as driver:
        smsc.orders.append(None)
        (answer,) = await sent(driver, "Hi")

    assert isinstance(answer, InDoubt)
    assert len(smsc.submits) == 1


async def test_without_a_connection_nothing_leaves() -> None:
    assert await sent(SmsSmppDriver(account()), "Hi") == [NeverLeft("not-connected")]


async def test_only_so_many_texts_wait_for_the_carrier_at_a_time(store: Store) -> None:
    most = 0
    async with centre(Habits(receipts_first=True)) as smsc, listening(smsc, store, window="2") as driver:

        def seen(_id: str, _message: Message) -> None:
            nonlocal most
            most = max(most, drivers.WINDOW - 8 - driver._window._value)

        smsc.on_submit = seen
        async with asyncio.TaskGroup() as group:
            for _ in range(6):
                group.create_task(sent(driver, "Hi"))

    assert (len(smsc.submits), most) == (6, 2)


async def test_a_wrong_password_pauses_the_account_after_three_tries_and_names_it(store: Store) -> None:
    async with centre() as smsc:
        told = await driver_to(smsc, "wrong").listen("", store)

    assert isinstance(told, Refused)
    assert (told.action, told.code) == (Action.SETTINGS, "0x0E")
    assert "password" in told.reason
    assert [status for _, status in smsc.binds] == [0x0E] * 3
    assert store.connections.empty()


async def test_a_carrier_that_knows_no_transceiver_gets_two_connections(store: Store) -> None:
    async with centre(Habits(transceiver=False)) as smsc, listening(smsc, store) as driver:
        await smsc.write(HELLO)
        assert statuses(await sent(driver, "Hi")) == [0]

    assert [(command, status) for command, status in smsc.binds] == [(9, 3), (1, 0), (2, 0)]
    assert store.texts() == ["Hello"]


async def test_a_probe_tells_what_the_carrier_says_and_leaves_again() -> None:
    async with centre(Habits(most_binds=1)) as smsc:
        for password, status in (("secret", 0), ("wrong", 0x0E), ("secret", 0)):
            answer = await driver_to(smsc, password).probe(ADAPTER.probe(account(), NOW) or Request("?", ""))
            assert isinstance(answer, Response)
            assert answer.status == status


async def test_where_nobody_listens_that_is_said(store: Store) -> None:
    async with centre() as smsc:
        gone = driver_to(smsc)

    assert (await gone.listen("", store)).code == "unreachable"
    assert isinstance(await gone.probe(Request("BIND", "")), NeverLeft)


async def test_the_carrier_is_told_goodbye(store: Store) -> None:
    async with centre() as smsc:
        async with listening(smsc, store):
            pass
        await smsc.until_alone()

    assert smsc.goodbyes == 1


async def test_a_peer_that_speaks_no_smpp_costs_only_the_connection(store: Store) -> None:
    async def http(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 400 Bad Request\r\n\r\n")
        writer.close()

    server = await asyncio.start_server(http, "127.0.0.1", 0)
    async with server:
        port = str(server.sockets[0].getsockname()[1])
        told = await SmsSmppDriver(account(port=port)).listen("", store)

    assert (told.action, told.code) == (Action.RETRY, "not-smpp")


class Impatient(SmsSmppDriver):
    """Asks early and waits for no answer."""

    times = Times(answer_s=0.2, enquire_s=0.05)


async def test_a_text_in_data_sm_is_stored_once_and_answered_by_its_own_name(store: Store) -> None:
    fields = b"\0" + b"\1\x0115550001111\0" + b"\1\x0115550002222\0" + bytes((0, 0, 8))
    said = "Grüße aus Köln".encode("utf-16-be")
    body = fields + (0x0424).to_bytes(2) + len(said).to_bytes(2) + said
    answers: asyncio.Queue[bytes] = asyncio.Queue()

    async def carrier(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        asked = await reader.readexactly(16)
        await reader.readexactly(int.from_bytes(asked[:4]) - 16)
        writer.write(smpp.pdu(0x80000009, 0, int.from_bytes(asked[12:]), b"\0") + smpp.pdu(0x103, 0, 7, body))
        answers.put_nowait(await reader.readexactly(17))
        writer.close()

    server = await asyncio.start_server(carrier, "127.0.0.1", 0)
    async with server, asyncio.timeout(30):
        told = await Driver(account(port=str(server.sockets[0].getsockname()[1]))).listen("", store)

    assert store.texts() == ["Grüße aus Köln"]
    assert answers.get_nowait() == smpp.pdu(0x80000103, 0, 7, b"\0")
    assert told.code == "lost"


async def test_a_carrier_that_falls_silent_is_left(store: Store) -> None:
    async def mute(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        asked = await reader.readexactly(16)
        writer.write(smpp.pdu(0x80000009, 0, int.from_bytes(asked[12:]), b"\0"))
        await reader.read()
        writer.close()

    server = await asyncio.start_server(mute, "127.0.0.1", 0)
    async with server:
        port = str(server.sockets[0].getsockname()[1])
        told = await Impatient(account(port=port)).listen("", store)

    assert told.code == "silent"


@pytest.mark.parametrize("octets", [bytes(16), smpp.pdu(0x103, 0, 5, b"\xff"), smpp.pdu(5, 0, 6, b"\xff")])
async def test_what_the_carrier_sends_by_mistake_never_ends_the_hearing(store: Store, octets: bytes) -> None:
    async with centre() as smsc, listening(smsc, store):
        smsc.send_octets(octets)
        if octets[:4] != bytes(4):
            await smsc.write(HELLO)
            assert "Hello" in store.texts()


async def test_the_connection_is_sealed_and_a_strange_certificate_refused(
    store: Store, certificate: "Certificate"
) -> None:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate.cert, certificate.key)
    async with centre(ssl=context) as smsc:
        assert (await driver_to(smsc, tls="yes").listen("", store)).code == "unreachable"
        sealed = {"tls": "yes", "ca_certificate": certificate.cert.read_text()}
        async with listening(smsc, store, **sealed):
            await smsc.write(HELLO)

    assert store.texts() == ["Hello"]


@dataclass
class Certificate:
    """Made for 127.0.0.1."""

    cert: Path
    key: Path


@pytest.fixture
def certificate(tmp_path: Path) -> Certificate:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "carrier.test")])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number(), now, now + timedelta(days=2))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    (tmp_path / "cert.pem").write_bytes(made.public_bytes(Encoding.PEM))
    (tmp_path / "key.pem").write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    return Certificate(tmp_path / "cert.pem", tmp_path / "key.pem")
