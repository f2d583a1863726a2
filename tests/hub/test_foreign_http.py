"""Calls to addresses that others name: none reaches this machine or its neighbours, none runs for ever."""

import asyncio
import gzip
import socket
import ssl
from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from mim_desk.channels.base import Request, Response
from mim_desk.hub.foreign_http import Answered, ForeignHttp, Unfit, Unreachable
from mim_desk.hub.public_addresses import is_public
from tests.hub.file_server import FileServer, Given, serving_files

PUBLIC = "93.184.216.34"
OTHER = "93.184.216.35"
MOST = 1_000_000


class World:
    """Names and what stands behind them, without a network; remembers what was called.

    Attributes:
        names: the addresses of each name, of each look-up in turn, the last for ever.
        answers: by address without scheme.
    """

    def __init__(self) -> None:
        self.names: dict[str, list[list[str]]] = {}
        self.answers: dict[str, httpx.Response] = {}
        self.calls: list[httpx.Request] = []
        self.looked_up: list[str] = []

    async def resolve(self, host: str, port: int) -> list[str]:
        self.looked_up.append(host)
        found = self.names.get(host, [[host]])
        return found.pop(0) if len(found) > 1 else found[0]

    def answer(self, request: httpx.Request) -> httpx.Response:
        self.calls.append(request)
        told = self.answers.get(request.headers["host"] + request.url.path, httpx.Response(200, content=b"bytes"))
        return httpx.Response(told.status_code, headers=told.headers, content=told.content)

    async def get(self, url: str, own_host: str = "", **headers: str) -> Answered:
        http = ForeignHttp(self.resolve, httpx.MockTransport(self.answer))
        request = Request("GET", url, headers)
        return await http.call(request, own_host=own_host, most_bytes=MOST, within_s=5)

    def lead(self, place: str, to: str, status: int = 302) -> None:
        self.answers[place] = httpx.Response(status, headers={"location": to})


@pytest.fixture
def world() -> World:
    made = World()
    made.names = {"cdn.test": [[PUBLIC]], "other.test": [[OTHER]], "inside.test": [["10.1.2.3"]]}
    return made


@pytest.mark.parametrize(
    "address",
    [
        *("127.0.0.1", "127.255.255.254", "0.0.0.0", "10.0.0.1", "172.16.0.1", "172.31.255.255", "192.168.1.1"),
        *("169.254.169.254", "100.64.0.1", "100.100.100.200", "192.0.0.192", "198.18.0.1", "168.63.129.16"),
        *("224.0.0.1", "239.1.2.3", "240.0.0.1", "255.255.255.255", "192.0.2.1", "198.51.100.1", "203.0.113.1"),
        *("::1", "::", "fe80::1", "fe80::1%eth0", "fd00:ec2::254", "fc00::1", "ff02::1", "::ffff:127.0.0.1"),
        *("::ffff:169.254.169.254", "::127.0.0.1", "64:ff9b::7f00:1", "64:ff9b::a9fe:a9fe", "64:ff9b:1::1"),
        *("2002:7f00:1::", "2001::1", "2001:db8::1", "fec0::1", "100::1", "", "localhost", "0x7f000001"),
    ],
)
def test_an_address_that_is_not_out_in_the_world(address: str):
    assert not is_public(address)


@pytest.mark.parametrize(
    "address", [PUBLIC, "1.1.1.1", "172.32.0.1", "100.128.0.1", "2606:4700::1111", "64:ff9b::5db8:d822"]
)
def test_an_address_that_is(address: str):
    assert is_public(address)


@pytest.mark.parametrize(
    "url",
    [
        "http://127.0.0.1/a",
        "http://localhost/a",
        "http://LOCALHOST:80/a",
        "http://2130706433/a",
        "http://0x7f000001/a",
        "http://0x7f.0.0.1/a",
        "http://0177.0.0.1/a",
        "http://017700000001/a",
        "http://127.1/a",
        "http://0/a",
        "http://[::1]/a",
        "http://[::ffff:127.0.0.1]/a",
        "http://[::ffff:7f00:1]/a",
        "http://[::ffff:a9fe:a9fe]/latest/meta-data/",
        "http://169.254.169.254/latest/meta-data/",
        "http://public.test@127.0.0.1/a",
        "http://１２７.0.0.1/a",
        "https://127.0.0.1:8642/api/v1/me",
        "file:///etc/passwd",
        "ftp://cdn.test/a",
        "gopher://127.0.0.1:6379/_INFO",
        "data:text/plain,hello",
        "//cdn.test/a",
        "/reel/1",
        "cdn.test/a",
        "http:///a",
        "",
        "http://[::1",
    ],
)
async def test_no_call_leaves_for_such_an_address(url: str):
    """With the machine's own reading of names: decimal, octal and hexadecimal ones are read as it reads them."""
    calls: list[httpx.Request] = []

    def remembered(request: httpx.Request) -> httpx.Response:
        calls.append(request)
        return httpx.Response(200)

    http = ForeignHttp(transport=httpx.MockTransport(remembered))
    told = await http.call(Request("GET", url), own_host="", most_bytes=MOST, within_s=5)

    assert isinstance(told, Unfit | Unreachable), told
    assert calls == []


async def test_a_public_address_is_called_by_its_number_and_with_its_name(world: World):
    told = await world.get("https://cdn.test:8443/a/b?c=d#e")

    assert isinstance(told, Response)
    assert (told.status, told.body) == (200, b"bytes")
    (call,) = world.calls
    assert str(call.url) == f"https://{PUBLIC}:8443/a/b?c=d"
    assert (call.headers["host"], call.extensions["sni_hostname"]) == ("cdn.test:8443", "cdn.test")


async def test_a_name_that_means_something_else_a_moment_later_changes_nothing(world: World):
    """DNS rebinding: the name is looked up once, and the connection is made to what was looked at."""
    world.names["turning.test"] = [[PUBLIC], ["127.0.0.1"]]

    await world.get("http://turning.test/a")
    again = await world.get("http://turning.test/a")

    assert [call.url.host for call in world.calls] == [PUBLIC]
    assert world.looked_up == ["turning.test", "turning.test"]
    assert again == Unfit("not a public address")


async def test_one_address_of_ours_among_public_ones_is_enough_to_refuse(world: World):
    world.names["mixed.test"] = [[PUBLIC, "10.0.0.1"]]

    assert await world.get("http://mixed.test/a") == Unfit("not a public address")
    assert world.calls == []


async def test_who_reads_an_address_also_calls_it(world: World):
    """Readers disagree about such an address; no other one is asked than the one that was looked at."""
    await world.get("http://127.0.0.1\\@cdn.test/a")

    assert world.looked_up == ["cdn.test"]
    assert [call.url.host for call in world.calls] == [PUBLIC]


@pytest.mark.parametrize(
    "target",
    [
        "http://169.254.169.254/latest/meta-data/",
        "http://inside.test/a",
        "//127.0.0.1/a",
        "http://[::ffff:169.254.169.254]/",
        "http://turning.test/a",
        "file:///etc/passwd",
        "",
    ],
    ids=["metadata", "private name", "no scheme", "mapped", "rebound", "file", "nowhere"],
)
async def test_a_redirect_is_looked_at_like_the_first_address(world: World, target: str):
    world.names["turning.test"] = [["127.0.0.1"]]
    world.lead("cdn.test/a", target)

    assert isinstance(await world.get("http://cdn.test/a"), Unfit)
    assert len(world.calls) == 1


@pytest.mark.parametrize(
    ("start", "target", "kept"),
    [
        ("https://cdn.test/a", "https://cdn.test/b", True),
        ("https://cdn.test/a", "/b", True),
        ("https://cdn.test/a", "https://other.test/b", False),
        ("https://cdn.test/a", "http://cdn.test/b", False),
        ("https://cdn.test/a", "https://cdn.test:444/b", False),
    ],
    ids=["same host", "path only", "other host", "without tls", "other port"],
)
async def test_credentials_stay_where_they_belong(world: World, start: str, target: str, kept: bool):
    world.lead("cdn.test/a", target)

    await world.get(start, authorization="Bearer secret", **{"x-api-key": "secret"})

    assert [("authorization" in call.headers, "x-api-key" in call.headers) for call in world.calls] == [
        (True, True),
        (kept, kept),
    ]


@pytest.mark.parametrize(("hops", "arrives"), [(3, True), (4, False)])
async def test_redirects_are_counted(world: World, hops: int, arrives: bool):
    for hop in range(hops):
        world.lead(f"cdn.test/{hop}", f"/{hop + 1}", status=301 + hop % 2)

    told = await world.get("http://cdn.test/0")

    assert isinstance(told, Response) is arrives
    assert len(world.calls) == 4


async def test_a_call_that_changes_something_is_not_led_elsewhere(world: World):
    world.lead("cdn.test/a", "/b", status=307)
    http = ForeignHttp(world.resolve, httpx.MockTransport(world.answer))

    told = await http.call(Request("POST", "http://cdn.test/a", body=b"{}"), own_host="", most_bytes=MOST, within_s=5)

    assert isinstance(told, Unfit)
    assert len(world.calls) == 1


async def test_only_the_host_of_the_settings_may_be_a_neighbour(world: World):
    assert isinstance(await world.get("http://inside.test:81/a", own_host="Inside.test"), Response)
    assert isinstance(await world.get("http://inside.test.evil.test/a", own_host="inside.test"), Unfit)
    assert isinstance(await world.get("http://10.1.2.3/a", own_host="inside.test"), Unfit)


async def test_a_stranger_does_not_lead_to_the_neighbour_either(world: World):
    world.lead("cdn.test/a", "http://inside.test/a")
    world.lead("inside.test/b", "http://inside.test/c")
    world.lead("inside.test/out", "http://cdn.test/a")

    assert isinstance(await world.get("http://cdn.test/a", own_host="inside.test"), Unfit)
    assert isinstance(await world.get("http://inside.test/b", own_host="inside.test"), Response)
    assert isinstance(await world.get("http://inside.test/out", own_host="inside.test"), Unfit)


async def test_nothing_of_one_call_is_told_to_the_next(world: World):
    world.answers["cdn.test/a"] = httpx.Response(200, headers={"set-cookie": "who=me"}, content=b"x")
    http = ForeignHttp(world.resolve, httpx.MockTransport(world.answer))

    for _ in range(2):
        await http.call(Request("GET", "http://cdn.test/a"), own_host="", most_bytes=MOST, within_s=5)

    assert "cookie" not in world.calls[1].headers


@pytest.fixture
async def files() -> AsyncIterator[FileServer]:
    async with serving_files() as serving:
        yield serving


async def fetched(url: str, most: int = MOST, within_s: float = 5, own_host: str = "127.0.0.1") -> Answered:
    http = ForeignHttp()
    try:
        return await http.call(Request("GET", url), own_host=own_host, most_bytes=most, within_s=within_s)
    finally:
        await http.aclose()
        await asyncio.sleep(0.01)  # what was broken off is closed by the loop, a generator after the other


async def test_a_file_comes_whole(files: FileServer):
    data = bytes(range(256)) * 1000

    told = await fetched(files.give("/a", Given(data)), most=len(data))

    assert isinstance(told, Response)
    assert told.body == data


@pytest.mark.parametrize(
    ("given", "told"),
    [
        (Given(b"x" * 1001), Unfit("too large")),
        (Given(endless=True), Unfit("too large")),
        (Given(gzip.compress(bytes(50_000_000)), headers={"content-encoding": "gzip"}), Unfit("too large")),
        (Given(b"?", headers={"content-encoding": "br"}), Unfit("packed in an unknown way")),
        (Given(b"no gzip", headers={"content-encoding": "gzip"}), Unreachable("DecodingError")),
        (Given(b"half", cut=True), Unreachable("RemoteProtocolError")),
        (Given(b"drip" * 100, drip_s=0.05), Unreachable("timeout")),
    ],
    ids=["declared too large", "endless", "swelling", "unknown packing", "broken packing", "cut", "slow drip"],
)
async def test_a_file_that_is_not_taken(files: FileServer, given: Given, told: Answered):
    limit_s = 0.5 if given.drip_s else 10

    assert await fetched(files.give("/a", given), most=1000, within_s=limit_s) == told


async def test_nobody_there(world: World):
    world.names["empty.test"] = [[]]

    assert await fetched("http://127.0.0.1:9/a") == Unreachable("ConnectError")
    assert await world.get("http://empty.test/a") == Unreachable("no address")


async def test_a_name_that_nobody_knows_is_looked_up_another_time():
    async def unknown(host: str, port: int) -> list[str]:
        raise socket.gaierror("no such name")

    http = ForeignHttp(unknown, httpx.MockTransport(lambda _: httpx.Response(200)))
    told = await http.call(Request("GET", "http://no.test/a"), own_host="", most_bytes=MOST, within_s=5)

    assert told == Unreachable("gaierror")


@pytest.mark.parametrize(("named", "reaches"), [("media.test", True), ("evil.test", False)])
async def test_the_certificate_must_name_the_host_not_its_address(
    tmp_path: Path, named: str, reaches: bool, certified: Callable[[str], ssl.SSLContext]
):
    async with serving_files(certified(named)) as files:
        files.give("/a", Given(b"safe"))
        trusted = ssl.create_default_context(cafile=str(tmp_path / "ca.pem"))

        async def resolve(host: str, port: int) -> list[str]:
            return ["127.0.0.1"]

        http = ForeignHttp(resolve, httpx.AsyncHTTPTransport(verify=trusted))
        request = Request("GET", files.url.replace("127.0.0.1", "media.test") + "/a")
        told = await http.call(request, own_host="media.test", most_bytes=MOST, within_s=5)
        await http.aclose()

    assert isinstance(told, Response if reaches else Unreachable)


@pytest.fixture
def certified(tmp_path: Path) -> Callable[[str], ssl.SSLContext]:
    """Makes a server's side for one name; who trusts ``ca.pem`` trusts it."""

    def made(name: str) -> ssl.SSLContext:
        key = ec.generate_private_key(ec.SECP256R1())
        subject = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, name)])
        now = datetime.now(UTC)
        certificate = (
            x509.CertificateBuilder(subject, subject, key.public_key(), x509.random_serial_number())
            .not_valid_before(now - timedelta(days=1))
            .not_valid_after(now + timedelta(days=1))
            .add_extension(x509.SubjectAlternativeName([x509.DNSName(name)]), critical=False)
            .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
            .sign(key, SHA256())
        )
        (tmp_path / "ca.pem").write_bytes(certificate.public_bytes(Encoding.PEM))
        private = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
        (tmp_path / "both.pem").write_bytes(private + certificate.public_bytes(Encoding.PEM))
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(tmp_path / "both.pem")
        return context

    return made
