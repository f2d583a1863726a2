"""A mailbox and a submission server at the edge, as the conformance tests drive them: the gateway says what is answered."""

import asyncio
import json
from dataclasses import dataclass, field

from mim_desk.hub.store import driver
from mim_desk.rehearsal.providers.email_imap import MailServer
from mim_desk.rehearsal.providers.email_smtp import CUT, Letter, SubmissionServer
from tests.channels.conformance.canary import CANARY
from tests.hub.gateway import Answer, Call, Gateway
from tests.hub.live import Live

CARE, MIA = "care@desk.example", "mia@example.org"
SAID = {429: "450 4.2.1 slower", 503: "451 4.3.0 down", 422: "554 5.6.0 no"}


@dataclass
class EmailProvider:
    """Mia with a mail program."""

    channel: str = "email"
    refused: int = 401
    unknown: int = 200
    mailbox: MailServer = field(default_factory=lambda: MailServer(CARE, CANARY))
    servers: list[asyncio.Server] = field(default_factory=list)
    inbox_id: str = ""

    async def connect(self, live: Live, gateway: Gateway) -> str:
        letters: list[Letter] = []

        def judge() -> str:
            answer = gateway.answers.pop(0) if gateway.answers else Answer()
            return CUT if answer.cut else SAID.get(answer.status, "")

        submission = _Recording(gateway, CARE, CANARY, letters.append, judge)
        self.servers = [await self.mailbox.serve(), await submission.serve()]
        imap, smtp = (server.sockets[0].getsockname()[1] for server in self.servers)
        here = {"imap_host": "127.0.0.1", "imap_port": str(imap), "smtp_host": "127.0.0.1", "smtp_port": str(smtp)}
        body = {
            "name": "Care",
            "channel": "email",
            "settings": {"address": CARE, "security": "none", **here},
            "secrets": {"password": CANARY},
        }
        made = (await live.client.post("/api/v1/inboxes", json=body)).raise_for_status().json()
        self.inbox_id = str(made["id"])
        async with asyncio.timeout(30):
            await self.mailbox.watched.wait()
        return self.inbox_id

    async def close(self) -> None:
        """The servers go."""
        for server in self.servers:
            server.close()
        self.mailbox.hang_up()

    async def deliver(self, live: Live, raw: bytes) -> int:
        """A mail arrives; returns once the hub has it."""
        self.mailbox.deliver(raw, 1_795_000_000.0)
        wanted = self.mailbox.folders["INBOX"].mails[-1].uid
        async with asyncio.timeout(30):
            while await self._read_up_to(live) < wanted:
                await asyncio.sleep(0.01)
        return 200

    async def _read_up_to(self, live: Live) -> int:
        found = await live.running.hub.store.read(lambda conn: driver.row(conn, "SELECT cursor FROM polls"))
        return int(json.loads(found[0])["folders"]["inbox"]["last"]) if found and found[0] else 0

    async def write(self, live: Live, external_id: str, text: str) -> int:
        head = f"From: Mia <{MIA}>\r\nTo: {CARE}\r\nSubject: Order\r\nMessage-ID: <{external_id}@example.org>\r\n"
        return await self.deliver(live, f"{head}Date: Sun, 22 Nov 2026 10:00:00 +0000\r\n\r\n{text}\r\n".encode())

    async def forge(self, live: Live) -> int:
        path = f"/webhooks/email/{self.inbox_id}"
        mail = b"From: eve@example.org\r\n\r\nforged"
        return (await live.client.post(path, content=mail, headers={"authorization": ""})).status_code

    async def surprise(self, live: Live) -> int:
        status = await self.deliver(live, b"\x00\xff\xfe dance \r\n")
        await self.write(live, "beside", "beside it")
        return status


class _Recording(SubmissionServer):
    """Keeps every mail that was handed in, taken or not, as the gateway's calls."""

    def __init__(self, gateway: Gateway, *rest: object) -> None:
        super().__init__(*rest)  # type: ignore[arg-type]  # the server's own
        self.gateway = gateway

    async def handed_in(self, letter: Letter) -> str:
        self.gateway.calls.append(Call("smtp", {}, letter.data))
        return await super().handed_in(letter)
