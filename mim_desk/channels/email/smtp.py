"""The sending half of the email driver: one SMTP connection for one mail."""

import contextlib
import ssl
from typing import Final

import aiosmtplib
import msgspec

from mim_desk.channels.base import Account, InDoubt, NeverLeft, Request, Response
from mim_desk.channels.email import oauth, settings
from mim_desk.channels.email.answers import lets_in, said
from mim_desk.channels.email.rendering import Letter
from mim_desk.channels.email.threads import domain

STEP_S: Final = 12.0
DATA_S: Final = 30.0
_LOST: Final = (aiosmtplib.SMTPConnectError, aiosmtplib.SMTPServerDisconnected, aiosmtplib.SMTPTimeoutError, OSError)


async def send(account: Account, request: Request) -> Response | NeverLeft | InDoubt:
    """Hand one mail in; in doubt when the connection is lost while the server takes it."""
    letter = msgspec.json.decode(request.headers["x-letter"].encode(), type=Letter)
    client = _client(account)
    try:
        refused = await _signed_in(client, account, request.headers.get(oauth.TOKEN, ""))
        answer = refused or await _handed_in(client, letter, request.body)
        await _parted(client)
        return answer
    finally:
        client.close()


async def try_out(account: Account, request: Request) -> Response | NeverLeft:
    """Whether the server takes the user name and password, or the token; what it says of itself when it does."""
    client = _client(account)
    try:
        answer = await _signed_in(client, account, request.headers.get(oauth.TOKEN, "")) or lets_in(_largest(client))
        await _parted(client)
        return answer
    finally:
        client.close()


async def greet(account: Account) -> Response | NeverLeft:
    """What the server says of itself, without signing in."""
    client = _client(account)
    try:
        answer = await _signed_in(client, account, "", only_greets=True) or lets_in(_largest(client))
        await _parted(client)
        return answer
    finally:
        client.close()


def _largest(client: aiosmtplib.SMTP) -> int:
    """The most bytes that a mail may have (SIZE, RFC 1870); 0 where the server names no limit."""
    told = client.esmtp_extensions.get("size", "").strip()
    return int(told) if told.isascii() and told.isdigit() and len(told) < 16 else 0


async def _parted(client: aiosmtplib.SMTP) -> None:
    """Say goodbye, as servers like it; nothing depends on it."""
    if client.is_connected:
        with contextlib.suppress(*_LOST, aiosmtplib.SMTPException):
            await client.quit(timeout=3.0)


def _client(account: Account) -> aiosmtplib.SMTP:
    server = settings.server(account.settings, "smtp")
    return aiosmtplib.SMTP(
        hostname=server.host,
        port=server.port,
        # The name of this machine is nobody's business.
        local_hostname=domain(account),
        timeout=STEP_S,
        use_tls=server.security == "tls",
        start_tls=False,
        tls_context=ssl.create_default_context(),
    )


async def _signed_in(
    client: aiosmtplib.SMTP, account: Account, token: str, *, only_greets: bool = False
) -> Response | NeverLeft | None:
    """Connect, encrypt and sign in; what stands in the way, if anything does."""
    server = settings.server(account.settings, "smtp")
    stage = "connect"
    if server.security == "none" and not settings.is_here(server.host):
        return said(530, "5.7.0 not in clear", "tls", "smtp")
    try:
        await client.connect()
        if server.security == "starttls":
            stage = "tls"
            await client.starttls(server_hostname=server.host)
        stage = "auth"
        await client.ehlo()
        if not only_greets:
            await _sign_in(client, account, token)
    except ssl.SSLError as problem:
        return said(530, str(problem), "tls", "smtp")
    except aiosmtplib.SMTPConnectError as problem:
        is_tls = isinstance(problem.__cause__, ssl.SSLError)
        return said(530, str(problem), "tls", "smtp") if is_tls else NeverLeft("connect")
    except aiosmtplib.SMTPResponseException as problem:
        return said(problem.code, problem.message, stage, "smtp")
    except _LOST as problem:
        return NeverLeft(type(problem).__name__)
    except aiosmtplib.SMTPException as problem:
        # The server offers no STARTTLS, or no way to sign in that we know.
        return said(530 if stage == "tls" else 534, str(problem), stage, "smtp")
    return None


async def _sign_in(client: aiosmtplib.SMTP, account: Account, token: str) -> None:
    """With the token, or the password where the server asks for one."""
    if token:
        await _with_token(client, account, token)
    elif client.supported_auth_methods:
        await client.login(settings.user_name(account.settings), account.secrets.get("password", ""))


async def _with_token(client: aiosmtplib.SMTP, account: Account, token: str) -> None:
    if "xoauth2" not in client.server_auth_methods:
        raise aiosmtplib.SMTPException("the server takes no tokens")
    await client.auth_xoauth2(settings.user_name(account.settings), token)


async def _handed_in(client: aiosmtplib.SMTP, letter: Letter, mail: bytes) -> Response | NeverLeft | InDoubt:
    most = _largest(client)
    if 0 < most < len(mail):
        return said(552, f"5.3.4 larger than {most} bytes", "mail", "smtp")
    stage, address = "mail", ""
    try:
        words = [letter.sender, *letter.recipients]
        options = [f"size={len(mail)}"] if client.supports_extension("size") else []
        if not all(word.isascii() for word in words):
            if not client.supports_extension("smtputf8"):
                return said(550, "5.6.7 the server takes no such addresses", "rcpt", "smtp")
            options.append("smtputf8")
        encoding = "utf-8" if "smtputf8" in options else "ascii"
        await client.mail(letter.sender, options=options, encoding=encoding)
        for place, recipient in enumerate(letter.recipients):
            # Nothing is handed in when one of them is refused: the agent is told which, and nobody gets it twice.
            stage, address = ("copy", recipient) if place else ("rcpt", "")
            await client.rcpt(recipient, encoding=encoding)
    except aiosmtplib.SMTPResponseException as problem:
        return said(problem.code, problem.message, stage, "smtp", address=address)
    except (*_LOST, aiosmtplib.SMTPException) as problem:
        return NeverLeft(type(problem).__name__)
    return await _given(client, letter, mail)


async def _given(client: aiosmtplib.SMTP, letter: Letter, mail: bytes) -> Response | InDoubt:
    try:
        answer = await client.data(mail, timeout=DATA_S)
    except aiosmtplib.SMTPResponseException as problem:
        return said(problem.code, problem.message, "data", "smtp")
    except (*_LOST, aiosmtplib.SMTPException) as problem:
        return InDoubt(type(problem).__name__)
    return said(answer.code, answer.message, "data", "smtp", letter.message_id)
