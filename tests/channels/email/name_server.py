"""A small DNS server for tests: tells the TXT records that it is given over UDP, and over TCP what is too long for that."""

import asyncio
import struct
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import dns.flags
import dns.message
import dns.rcode
import dns.rdataclass
import dns.rdatatype
import dns.rrset

LONGEST_PART = 255


@dataclass
class NameServer:
    """A running server.

    Attributes:
        texts: TXT records by name.
        aliases: names that stand for other names.
        silent: names of which it says nothing; ``broken``: of which it says that it could not ask itself.
        asked: the names that were asked for.
    """

    texts: dict[str, list[str]] = field(default_factory=dict)
    aliases: dict[str, str] = field(default_factory=dict)
    silent: set[str] = field(default_factory=set)
    broken: set[str] = field(default_factory=set)
    asked: list[str] = field(default_factory=list)
    port: int = 0

    @property
    def address(self) -> str:
        """As the settings want it."""
        return f"127.0.0.1:{self.port}"

    def answer(self, wire: bytes, most: int) -> bytes | None:
        """What is said to one question, cut off where it is longer than the way carries."""
        question = dns.message.from_wire(wire)
        name = question.question[0].name.to_text(omit_final_dot=True).lower()
        self.asked.append(name)
        if name in self.silent:
            return None
        answer = dns.message.make_response(question)
        if name in self.broken:
            answer.set_rcode(dns.rcode.SERVFAIL)
        self._tell(answer, name)
        whole = answer.to_wire()
        if len(whole) <= most:
            return whole
        short = dns.message.make_response(question)
        short.flags |= dns.flags.TC
        return short.to_wire()

    def _tell(self, answer: dns.message.Message, name: str) -> None:
        if name in self.aliases:
            answer.answer.append(dns.rrset.from_text(f"{name}.", 60, "IN", "CNAME", f"{self.aliases[name]}."))
            name = self.aliases[name]
        if name in self.texts:
            records = [_written(text) for text in self.texts[name]]
            answer.answer.append(dns.rrset.from_text(f"{name}.", 60, "IN", "TXT", *records))
        elif name not in self.broken:
            answer.set_rcode(dns.rcode.NXDOMAIN)


def _written(text: str) -> str:
    """In parts, as DNS stores a text: of 255 letters at most."""
    parts = [text[at : at + LONGEST_PART] for at in range(0, len(text), LONGEST_PART)] or [""]
    return " ".join(f'"{part}"' for part in parts)


class _Datagrams(asyncio.DatagramProtocol):
    def __init__(self, server: NameServer) -> None:
        self._server = server

    def connection_made(self, transport: asyncio.DatagramTransport) -> None:  # type: ignore[override]  # what it is
        self._transport = transport

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        answer = self._server.answer(data, 512)
        if answer is not None:
            self._transport.sendto(answer, addr)


@asynccontextmanager
async def name_server(**more: object) -> AsyncIterator[NameServer]:
    """A server on a free loopback port, the same for both ways."""
    made = NameServer(**more)  # type: ignore[arg-type]  # the server's own

    async def meet(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            (length,) = struct.unpack("!H", await reader.readexactly(2))
            answer = made.answer(await reader.readexactly(length), 65_535)
            if answer is not None:
                writer.write(struct.pack("!H", len(answer)) + answer)
                await writer.drain()
        finally:
            writer.close()

    streams, datagrams = await _on_one_port(made, meet)
    try:
        yield made
    finally:
        datagrams.close()
        streams.close()
        await streams.wait_closed()


Meeting = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


async def _on_one_port(made: NameServer, meet: Meeting) -> tuple[asyncio.Server, asyncio.DatagramTransport]:
    """Both ways on one port; a port that is free for one of them only is let go."""
    loop = asyncio.get_running_loop()
    while True:
        streams = await asyncio.start_server(meet, "127.0.0.1", 0)
        made.port = streams.sockets[0].getsockname()[1]
        there = ("127.0.0.1", made.port)
        try:
            datagrams, _ = await loop.create_datagram_endpoint(lambda: _Datagrams(made), local_addr=there)
        except OSError:
            streams.close()
            await streams.wait_closed()
        else:
            return streams, datagrams
