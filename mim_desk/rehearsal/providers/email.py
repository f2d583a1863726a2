"""E-mail as the sheet has it: the brand's mailbox at servers of the rehearsal's own, and people with mail programs."""

import asyncio
import email
import email.headerregistry
import email.policy
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from email.message import EmailMessage
from email.utils import format_datetime, getaddresses, parseaddr
from typing import Any, Final

import httpx

from mim_desk.rehearsal.phone import Heard, Phone
from mim_desk.rehearsal.providers.email_imap import MailServer
from mim_desk.rehearsal.providers.email_smtp import CUT, Letter, SubmissionServer
from mim_desk.rehearsal.providers.posting import CALM, Delivery
from mim_desk.rehearsal.providers.provider import Connection, Order, Provider, digits
from mim_desk.rehearsal.providers.wire import NOWHERE, Answer, Call
from mim_desk.rehearsal.scripts import Act, Script

PASSWORD: Final = "app-password-of-the-rehearsal"  # noqa: S105  # of the rehearsal
ADDRESS: Final = "care@juniper.example"
TWICE_EVERY: Final = 5
"""Of an unruly provider so many mails are delivered once, and the next one twice."""
_REFUSALS: Final = {
    Order.BLOCKED: Answer(550, b"550 5.1.1 no such mailbox"),
    Order.BUSY: Answer(451, b"451 4.7.1 greylisted, come again"),
    Order.TOKEN_EXPIRED: Answer(535, b"535 5.7.8 wrong user name or password"),
    Order.BROKEN: Answer(451, b"451 4.3.0 internal error"),
    Order.LOST: Answer(250, CUT.encode(), lost=True),
}


class Email(Provider):
    """The brand's mailbox."""

    channel = "email"
    refusals = _REFUSALS

    def __init__(self, *rest: Any) -> None:
        super().__init__(*rest)
        self.mailbox = MailServer(ADDRESS, PASSWORD)
        self.submission = SubmissionServer(ADDRESS, PASSWORD, self._take, self._judge, self._knows)
        self._ports = (0, 0)
        self._people: dict[str, EmailPhone] = {}
        self._delivered = 0

    def connection(self) -> Connection:
        imap, smtp = map(str, self._ports)
        here = {"imap_host": "127.0.0.1", "imap_port": imap, "smtp_host": "127.0.0.1", "smtp_port": smtp}
        return Connection("Email", {"address": ADDRESS, "security": "none", **here}, {"password": PASSWORD})

    @asynccontextmanager
    async def at_work(self, address: str, http: httpx.AsyncClient) -> AsyncIterator[None]:
        async with super().at_work(address, http):
            servers = [await self.mailbox.serve(), await self.submission.serve()]
            imap, smtp = (server.sockets[0].getsockname()[1] for server in servers)
            self._ports = (imap, smtp)
            try:
                yield
            finally:
                for server in servers:
                    server.close()
                self.mailbox.hang_up()
                self.submission.hang_up()

    async def connected(self, webhook_url: str, verify_token: str) -> None:
        """Nobody is called: the hub reads the mailbox. People write once it does."""
        async with asyncio.timeout(30):
            await self.mailbox.watched.wait()

    async def answer(self, call: Call) -> Answer:
        return self.no(f"mail has no such call: {call.method} {call.path}", NOWHERE)

    def deliveries(self, news: Sequence[Any]) -> Sequence[Delivery]:
        raise TypeError("mail calls no webhook")

    def new_phone(self, script: Script) -> Phone:
        phone = EmailPhone(self, script)
        self._people[phone.address] = phone
        return phone

    def deliver(self, mail: EmailMessage) -> None:
        """A mail reaches the brand's mailbox; where mischief is made, some come twice."""
        data = mail.as_bytes(policy=email.policy.SMTP)
        at = self.clock()
        self._delivered += 1
        for _ in range(1 + (self.mischief is not CALM and self._delivered % TWICE_EVERY == 0)):
            self.mailbox.deliver(data, at)

    def _knows(self, address: str) -> bool:
        return address in self._people

    def _judge(self) -> str:
        """What was ordered for this mail."""
        answer = self.as_ordered(lambda: Answer(250))
        return CUT if answer.lost else "" if answer.status == 250 else answer.body.decode()

    def _take(self, letter: Letter) -> None:
        mail = email.message_from_bytes(letter.data, policy=email.policy.default)
        assert isinstance(mail, EmailMessage)
        for fault in _faults(mail, letter):
            self.refused.append(fault)
        for recipient in letter.recipients:
            self._people[recipient].receive(mail)


def _faults(mail: EmailMessage, letter: Letter) -> list[str]:
    """What a strict reader of RFC 5322 holds against a mail."""
    missing = [name for name in ("From", "To", "Date", "Message-ID", "Subject", "MIME-Version") if not mail[name]]
    sender = parseaddr(str(mail["From"]))[1]
    told = getaddresses([str(mail["To"])])
    return [
        *(f"a mail without {name}" for name in missing),
        *(["From is not who hands it in"] if sender != letter.sender else []),
        *(["nobody of To gets it"] if {one for _, one in told}.isdisjoint(letter.recipients) else []),
        *(["a line is longer than 998"] if any(len(line) > 998 for line in letter.data.split(b"\r\n")) else []),
        *(["a bare line feed"] if b"\n" in letter.data.replace(b"\r\n", b"") else []),
        *(["a header that is not ASCII"] if not letter.data.partition(b"\r\n\r\n")[0].isascii() else []),
    ]


class EmailPhone(Phone):
    """A person's mail program."""

    can = frozenset({"file", "quote"})

    def __init__(self, mail: Email, script: Script) -> None:
        super().__init__()
        self.address = f"{digits(script.name, 8)}@people.example"
        self._mail = mail
        self._script = script
        self._last: EmailMessage | None = None
        self._subject = ""
        self._written = 0

    async def do(self, act: Act) -> None:
        self._written += 1
        mail = EmailMessage()
        mail["From"] = email.headerregistry.Address(self._script.name, addr_spec=self.address)
        mail["To"] = ADDRESS
        mail["Date"] = format_datetime(datetime.fromtimestamp(self._mail.clock(), UTC))
        mail["Message-ID"] = f"<{self._written}.{self.address}>"
        subject, words = self._parted(act)
        mail["Subject"] = subject
        if self._last is not None:
            mail["In-Reply-To"] = mail["References"] = str(self._last["Message-ID"])
        mail.set_content(words + self._quote())
        if act.file:
            kept = self._mail.keep(act)
            main, _, sub = kept.mime_type.partition("/")
            mail.add_attachment(kept.data, maintype=main, subtype=sub, filename=kept.name)
        self._mail.deliver(mail)

    def _parted(self, act: Act) -> tuple[str, str]:
        """Subject and words: the subject of the first mail is its first paragraph, where more follow."""
        if self._subject:
            return f"Re: {self._last['Subject'] if self._last else self._subject}", act.text
        first, _, rest = act.text.partition("\n\n")
        self._subject = first if len(first) <= 50 else f"{first[:47]}..."
        return self._subject, rest or act.text

    def _quote(self) -> str:
        """What mail programs put below an answer."""
        if not self.heard:
            return ""
        quoted = "\n".join(f"> {line}" for line in self.heard[-1].text.split("\n"))
        return f"\n\nOn Sun, 22 Nov 2026 at 10:00, {ADDRESS} wrote:\n{quoted}\n"

    def receive(self, mail: EmailMessage) -> None:
        """A mail of the brand arrives; what it quotes is folded away."""
        self._last = mail
        plain = mail.get_body(("plain",))
        text = str(plain.get_content()) if plain is not None else ""
        files = list(mail.iter_attachments())
        data = files[0].get_payload(decode=True) if files else b""
        file = data if isinstance(data, bytes) else b""
        sender = parseaddr(str(mail["From"]))[0]
        self.hear(Heard(str(mail["Message-ID"]), _unquoted(text), sender, "file" if files else "text", file))


def _unquoted(text: str) -> str:
    lines = text.replace("\r\n", "\n").rstrip("\n").split("\n")
    first = next((at for at, line in enumerate(lines) if line.startswith(">")), None)
    kept = lines if first is None else lines[: max(first - 1, 0)]
    return "\n".join(kept).strip("\n")
