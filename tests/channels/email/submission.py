"""A submission server for tests: aiosmtpd with a password, which hands mail on to Dovecot or answers as it is told."""

import asyncio
import base64
import smtplib
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session


@dataclass
class Submission:
    """A running server.

    Attributes:
        password: the only one it takes.
        taken: the mails it took.
        refusals: answers to the next mails, given instead of taking them; ``cut`` breaks the connection after the last byte.
        refused_recipients: what it answers to an address.
        takes_token: whether an access token is good.
        hand_on: what is done with a mail that was taken, in a thread.
    """

    password: str
    port: int = 0
    taken: list[Envelope] = field(default_factory=list)
    refusals: list[str] = field(default_factory=list)
    refused_recipients: dict[str, str] = field(default_factory=dict)
    hand_on: Callable[[Envelope], None] = lambda envelope: None
    names: list[str] = field(default_factory=list)
    takes_token: Callable[[str], bool] = lambda token: False

    def authenticate(
        self, server: SMTP, session: Session, envelope: Envelope, mechanism: str, data: object
    ) -> AuthResult:
        good = isinstance(data, LoginPassword) and data.password.decode() == self.password
        return AuthResult(success=good, handled=False)

    async def auth_XOAUTH2(self, server: SMTP, words: list[str]) -> AuthResult:  # noqa: N802  # aiosmtpd's name
        """As Google has it: a refusal is told in a question that wants an empty answer."""
        told = base64.b64decode(words[1]).decode().split("\x01")
        good = self.takes_token(told[1].removeprefix("auth=Bearer "))
        if not good:
            await server.challenge_auth('{"status":"400","schemes":"Bearer"}')
        return AuthResult(success=good, handled=False)

    async def handle_EHLO(  # noqa: N802  # aiosmtpd's names
        self, server: SMTP, session: Session, envelope: Envelope, name: str, lines: list[str]
    ) -> list[str]:
        session.host_name = name
        self.names.append(name)
        return lines

    async def handle_MAIL(  # noqa: N802
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        if not session.authenticated:
            return "530 5.7.0 Authentication required"
        envelope.mail_from = address
        return "250 2.1.0 fine"

    async def handle_RCPT(  # noqa: N802
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        if address in self.refused_recipients:
            return self.refused_recipients[address]
        envelope.rcpt_tos.append(address)
        return "250 2.1.5 fine"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802
        refusal = self.refusals.pop(0) if self.refusals else ""
        if refusal != "cut" and refusal:
            return refusal
        self.taken.append(envelope)
        await asyncio.to_thread(self.hand_on, envelope)
        if refusal == "cut":
            assert server.transport is not None
            server.transport.abort()
        return "250 2.0.0 taken"


@asynccontextmanager
async def submission(password: str, *, size: int = 33_554_432) -> AsyncIterator[Submission]:
    """A server on a free loopback port."""
    made = Submission(password)

    sessions: list[SMTP] = []

    def serve() -> SMTP:
        session = SMTP(
            made,
            hostname="submission.test",
            data_size_limit=size,
            authenticator=made.authenticate,
            auth_require_tls=False,
            enable_SMTPUTF8=True,
        )
        sessions.append(session)
        return session

    loop = asyncio.get_running_loop()
    server = await loop.create_server(serve, "127.0.0.1", 0)
    made.port = server.sockets[0].getsockname()[1]
    try:
        yield made
    finally:
        server.close()
        for session in sessions:
            if session.transport is not None:
                session.transport.abort()
        await server.wait_closed()


def by_lmtp(port: int, users: dict[str, str]) -> Callable[[Envelope], None]:
    """Hand mail on to the mailboxes of Dovecot: addresses to users."""

    def hand_on(envelope: Envelope) -> None:
        content = envelope.content if isinstance(envelope.content, bytes) else (envelope.content or "").encode()
        known = [users[address] for address in envelope.rcpt_tos if address in users]
        if known:
            with smtplib.LMTP("127.0.0.1", port) as lmtp:
                lmtp.sendmail(envelope.mail_from or "", known, content)

    return hand_on
