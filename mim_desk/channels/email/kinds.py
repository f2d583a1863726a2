"""What kind of mail it is: from a customer, from ourselves, a report about our own, or written by a machine."""

from enum import StrEnum
from typing import Final

from mim_desk.channels.base import Account
from mim_desk.domain import mail_headers as headers
from mim_desk.domain.mail_headers import Address, normal
from mim_desk.domain.mail_parts import Part

_DAEMONS: Final = ("mailer-daemon", "mail-daemon", "maildaemon")
_POSTMASTER: Final = "postmaster"
"""Servers report under this name, and people read and write under it too (RFC 2142)."""
_BULK: Final = ("bulk", "junk", "auto_reply")
_SUPPRESSED: Final = ("x-autoreply", "x-autorespond", "x-autoresponder", "x-auto-reply-from", "x-mail-autoreply")
_LISTS: Final = ("list-id", "list-unsubscribe", "list-post")


class Kind(StrEnum):
    """Whose mail it is."""

    PERSON = "person"
    AUTOMATIC = "automatic"
    LIST = "list"
    BOUNCE = "bounce"
    COMPLAINT = "complaint"
    OWN = "own"


def kind_of(account: Account, mail: Part, senders: list[Address]) -> Kind:
    """Who wrote it, as far as its header tells."""
    reported = mail.parameter("report-type").lower() if mail.type == "multipart/report" else ""
    if reported == "feedback-report":
        return Kind.COMPLAINT
    if reported == "delivery-status" or _is_from_daemon(mail, senders):
        return Kind.BOUNCE
    if senders and all(is_ours(account, one.address) for one in senders):
        return Kind.OWN
    if is_automatic(mail) or reported:
        return Kind.AUTOMATIC
    if any(mail.first(name) for name in _LISTS) or _precedence(mail) == "list":
        return Kind.LIST
    return Kind.PERSON


def is_ours(account: Account, address: str) -> bool:
    """Whether it is the account's own address, a token behind a plus included."""
    ours = normal(str(account.settings.get("address", "")))
    local, _, domain = normal(address).rpartition("@")
    return f"{local.partition('+')[0]}@{domain}" == ours or normal(address) == ours


def is_machines(mail: Part, senders: list[Address]) -> bool:
    """Whether no person can have written it: it is a report, or from a name that only servers have."""
    return mail.type == "multipart/report" or any(map(is_daemon, senders))


def _is_from_daemon(mail: Part, senders: list[Address]) -> bool:
    if any(_name(one) in (*_DAEMONS, _POSTMASTER) for one in senders):
        return True
    paths = mail.all("return-path")
    return bool(paths) and paths[0].strip() == b"<>" and not is_automatic(mail)


def is_daemon(sender: Address) -> bool:
    """Whether it is the address of a mail server's own program."""
    return _name(sender) in _DAEMONS


def _name(sender: Address) -> str:
    return sender.address.lower().partition("@")[0]


def is_automatic(mail: Part) -> bool:
    """RFC 3834, and what was said before there was one."""
    said = headers.text(mail.first("auto-submitted")).lower().partition(";")[0].strip()
    if said and said != "no":
        return True
    if _precedence(mail) in _BULK:
        return True
    suppressed = headers.text(mail.first("x-auto-response-suppress")).lower()
    return (bool(suppressed) and suppressed != "none") or any(mail.first(name) for name in _SUPPRESSED)


def _precedence(mail: Part) -> str:
    return headers.text(mail.first("precedence")).lower()


def is_verified(account: Account, mail: Part, sender: str) -> bool:
    """Whether our own server says that the sender is who it says: its header is the topmost, and names the same domain."""
    server = str(account.settings.get("authserv_id") or "").strip().lower()
    told = headers.text(mail.first("authentication-results")).lower()
    name, _, results = told.partition(";")
    if not server or name.split()[:1] != [server]:
        return False
    domain = normal(sender).rpartition("@")[2]
    for result in results.split(";"):
        words = result.split()
        if words[:1] == ["dmarc=pass"]:
            return f"header.from={domain}" in words
    return False
