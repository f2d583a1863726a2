"""What a mail server's answer means: to a mail, and to a trial of the account."""

import re
from typing import Final

import msgspec

from mim_desk.channels.base import Account, Action, Refused, Response, Taken
from mim_desk.channels.email import oauth
from mim_desk.channels.email.payloads import Said, read_said
from mim_desk.domain.refusal import Refusal

_ENHANCED: Final = re.compile(r"\b([245]\.\d{1,3}\.\d{1,3})\b")
SLOWLY_S: Final = 300.0
_FULL: Final = "5.2.2"
"""The one refusal with a 5 that passes by itself."""
_AGAIN: Final = "The mail server asks to wait; trying again."
_PASSWORD: Final = (
    "The mail server does not take the user name or password. Enter them again; "  # noqa: S105  # a sentence
    "Gmail and others want an app password."
)
_TOKEN: Final = "The SMTP server does not take the mail account's token. Sign in again and enter a new refresh token."  # noqa: S105


def taken_or_refused(account: Account, response: Response) -> Taken | Refused:
    """What came of a mail."""
    said = read_said(response.body)
    if 200 <= response.status < 300:
        own = response.headers.get("message-id", "")
        return Taken((own,) if own else ())
    found = _ENHANCED.search(said.reply)
    enhanced = found[1] if found else ""
    code = f"{response.status} {enhanced}".strip()
    if 400 <= response.status < 500:
        return _later(response.status, enhanced, code, said)
    if said.stage == "copy":
        told = f"The mail server refuses the copy to {said.address[:100]}. Nothing was sent: take it out, send again."
        return Refused(Action.REJECTED, told, code)
    if enhanced == _FULL:
        return Refused(Action.RETRY, "The customer's mailbox is full; trying again later.", code, SLOWLY_S)
    if oauth.is_used(account.settings) and refuses_sign_in(response):
        return Refused(Action.SETTINGS, _TOKEN, code)
    return Refused(*_never(response.status, enhanced, said), code)


def _later(status: int, enhanced: str, code: str, said: Said) -> Refused:
    if status == 454 and said.stage == "auth":
        return Refused(Action.RETRY, "The mail server cannot check the password now; trying again.", code)
    wait_s = SLOWLY_S if enhanced in ("4.2.2", "4.7.28") else None
    return Refused(Action.RETRY, _AGAIN, code, wait_s)


def _never(status: int, enhanced: str, said: Said) -> tuple[Action, str]:
    if said.stage == "tls":
        return (
            Action.SETTINGS,
            "The mail server offers no encryption that can be trusted. Look at the security setting.",
        )
    if status in (530, 534, 535, 538) or said.stage == "auth":
        return Action.SETTINGS, _PASSWORD
    if enhanced in ("5.1.1", "5.1.10", "5.1.0", "5.1.6", "5.2.1"):
        return Action.BLOCKED, "There is no mailbox at this address. Ask the customer for another one."
    if enhanced in ("5.1.2", "5.1.3", "5.4.4") or status == 553:
        return Action.REJECTED, "Mail cannot be sent to this address. Check how it is written."
    if enhanced in ("5.3.4", "5.2.3") or status == 552:
        return Action.REJECTED, "The mail is too large for the server. Send a link or a smaller file."
    if enhanced == "5.6.7":
        return Action.REJECTED, "The mail server cannot write to addresses in this script."
    if enhanced.startswith("5.7"):
        told = "The mail server refused the mail by its rules. Have SPF, DKIM and DMARC of your domain checked."
        return Action.REJECTED, told
    if said.stage == "rcpt" and status == 550:
        return Action.BLOCKED, "The mail server refuses this address. Ask the customer for another one."
    return Action.REJECTED, "The mail server refused the mail."


def refuses_sign_in(response: Response) -> bool:
    """Whether a server does not take what we sign in with, which nothing was done before."""
    return response.status in (530, 534, 535) and read_said(response.body).stage == "auth"


def beginning(response: Response) -> str | Refused:
    """The place in the mailbox that the driver found."""
    if response.status == 200:
        return response.body.decode()
    return Refused(Action.RETRY, "The IMAP server did not say where the mailbox stands. Save the inbox again.")


def judge(account: Account, response: Response | None) -> None:
    """Raise a Refusal that names the field which a trial of the account found wrong."""
    if response is None:
        raise Refusal(
            "invalid-settings", "The mail servers could not be reached. Check their names.", "settings.imap_host"
        )
    if 200 <= response.status < 300:
        return
    said = read_said(response.body)
    server = "smtp" if said.server == "smtp" else "imap"
    name = server.upper()
    if said.stage == "auth" and oauth.is_used(account.settings):
        told = f"The {name} server does not take the mail account's token. Look at the user name and the app's permissions."
        raise Refusal("invalid-settings", told, "secrets.refresh_token")
    if said.stage == "auth":
        told = f"The {name} server does not take the user name or password. Gmail and others want an app password."
        raise Refusal("invalid-settings", told, "secrets.password")
    if said.stage == "tls":
        told = f"The {name} server offers no encryption that can be trusted. Check the port and the security setting."
        raise Refusal("invalid-settings", told, "settings.security")
    if said.stage in ("mail", "rcpt"):
        raise Refusal("invalid-settings", "The SMTP server does not let this address send.", "settings.address")
    told = f"The {name} server {_host(account, server)} could not be reached. Check its name and port."
    raise Refusal("invalid-settings", told, f"settings.{server}_host")


def _host(account: Account, server: str) -> str:
    return str(account.settings.get(f"{server}_host", ""))[:100]


def said(
    status: int, reply: str = "", stage: str = "", server: str = "", message_id: str = "", address: str = ""
) -> Response:
    """A server's answer as a ``Response``, for the driver."""
    head = {"message-id": message_id} if message_id else {}
    return Response(status, head, msgspec.json.encode(Said(reply[:500], stage, server, address)))


def lets_in(largest: int) -> Response:
    """The SMTP server takes us, and mails of so many bytes, for the driver."""
    return Response(200, {}, msgspec.json.encode(Said(server="smtp", largest=largest)))
