"""Reports of mail servers: which of our mails could not be delivered, and who complained."""

import re
from dataclasses import dataclass
from typing import Final

from mim_desk.channels.base import Account
from mim_desk.channels.email import report_words, threads
from mim_desk.domain import mail_headers as headers
from mim_desk.domain.mail_charsets import decoded
from mim_desk.domain.mail_parts import Part, read

_FIELD: Final = re.compile(r"^([A-Za-z-]{3,40}):[ \t]*(.{0,1000})$", re.MULTILINE)
_STATUS: Final = re.compile(r"\b([245]\.\d{1,3}\.\d{1,3})\b")
_FOLD: Final = re.compile(r"\n[ \t]+(?=\S)")
_STATES: Final = ("message/delivery-status", "message/global-delivery-status")
_RETURNED: Final = ("message/rfc822", "text/rfc822-headers", "message/rfc822-headers", "message/global-headers")
_MOST_LOOKED_AT: Final = 200_000
MOST_RECIPIENTS: Final = 50


@dataclass(frozen=True, slots=True)
class Bounce:
    """What a server says of one of our mails.

    Attributes:
        message_id: ours, empty when it is not told which mail is meant.
        action: ``failed``, ``delayed``, ``delivered``, ``relayed`` or ``expanded``.
        status: such as ``5.1.1``.
        whom: the address it is about; empty when it is not told.
        meaning: the status that its words mean.
        is_certain: it was told in words that the mail failed, and our mail itself came back.
    """

    message_id: str
    action: str
    status: str
    whom: str = ""
    meaning: str = ""
    is_certain: bool = False

    @property
    def reason(self) -> str:
        """One sentence for the agent."""
        told = _REASONS.get(self.status) or _REASONS.get(self.meaning)
        return told or _FAMILIES.get(self.status[:3]) or _COULD_NOT


_COULD_NOT: Final = (
    "The customer's mail server did not deliver it. Check the address, or answer through another channel."
)
_REASONS: Final = {
    "5.1.1": "There is no mailbox at this address. Ask the customer for another one.",
    "5.1.10": "There is no mailbox at this address. Ask the customer for another one.",
    "5.1.2": "The domain of this address does not exist. Ask the customer for another address.",
    "5.2.1": "This mailbox is switched off. Ask the customer for another address.",
    "5.2.2": "The customer's mailbox is full. Try again later, or through another channel.",
    "4.2.2": "The customer's mailbox is full. Try again later, or through another channel.",
    "5.3.4": "The mail is too large for the customer's server. Send a link or a smaller file.",
    "5.2.3": "The mail is too large for the customer's server. Send a link or a smaller file.",
    "4.4.7": "The customer's mail server could not be reached for too long. Try again later, or through another channel.",
}
_FAMILIES: Final = {
    "5.1": "The address was refused. Ask the customer for another one.",
    "5.4": "No way leads to the customer's mail server. Check the address.",
    "4.4": "The customer's mail server could not be reached. Try again later, or through another channel.",
    "5.7": "The customer's mail server refused the mail by its rules. Have SPF, DKIM and DMARC of your domain checked.",
}


def bounce_of(account: Account, mail: Part) -> Bounce:
    """What a bounce says, by its machine-readable part or else by what can be found in its text.

    A report on several recipients is read for the one the mail was written to; copies come after that.
    """
    words = report_words.own_words(mail)
    told = "\n\n".join(_plain(part) for part in mail.walk() if part.type in _STATES)
    is_told = bool(told) or "final-recipient" in words.lower()
    groups = _groups(told or words) if is_told else _groups_in_words(mail, words)
    places = _pieces(_places(mail))
    found = [_bounce(account, mail, fields, places, words) for fields in groups]
    found.sort(key=lambda one: (not one[1], one[0].action != "failed"))
    return found[0][0]


def _groups_in_words(mail: Part, words: str) -> list[dict[str, str]]:
    """Those whom the header or the words name."""
    named = [one.address for one in headers.addresses(mail.first("x-failed-recipients"))] or report_words.addresses(
        words
    )
    return [{"final-recipient": f"rfc822; {one}"} for one in named[:MOST_RECIPIENTS]] or [{}]


def _groups(told: str) -> list[dict[str, str]]:
    """The fields of each recipient; of a report that names none, all fields together."""
    blocks = re.split(r"\n[ \t]*\n", told.replace("\r", ""))
    groups = [
        {name.lower(): value.strip() for name, value in _FIELD.findall(_FOLD.sub(" ", block))} for block in blocks
    ]
    named = [one for one in groups if "final-recipient" in one or "original-recipient" in one]
    return named[:MOST_RECIPIENTS] or [{name: value for one in groups for name, value in one.items()}]


def _bounce(account: Account, mail: Part, fields: dict[str, str], places: list[str], words: str) -> tuple[Bounce, bool]:
    """What is said of one recipient, and whether the mail was written to that one."""
    diagnosed = fields.get("diagnostic-code", "")
    code = _code(fields.get("status", ""), diagnosed) or _status(words)
    whom = fields.get("original-recipient") or fields.get("final-recipient") or ""
    address = headers.normal(whom.rpartition(";")[2].strip(" <>")) if "@" in whom else ""
    thread = threads.found(account, places, address)
    subject = headers.text(mail.first("subject"))
    told = fields.get("action", "").lower().split()
    action = told[0] if told else _action(subject, words, code)
    is_certain = bool(_returned(mail)) and report_words.failed(subject, words)
    meaning = report_words.meaning(diagnosed or words)
    named = thread.message_id if thread else ""
    return Bounce(named, action, code, address, meaning, is_certain), bool(thread and thread.is_theirs)


def _code(status: str, diagnosed: str) -> str:
    """The status, or the more exact one that the other server said."""
    told, exact = _status(status), _status(diagnosed)
    return exact if exact and (not told or (told.endswith(".0.0") and told[0] == exact[0])) else told


def _status(told: str) -> str:
    found = _STATUS.search(told)
    return found[1] if found else ""


def _action(subject: str, words: str, status: str) -> str:
    """What became of it: the words say it, else the status, where 4 is a mail that is tried on."""
    if report_words.waits(subject, words):
        return "delayed"
    if report_words.failed(subject, words):
        return "failed"
    return "delayed" if status.startswith("4") else "failed"


def _plain(part: Part) -> str:
    return decoded(part.content[:_MOST_LOOKED_AT])


def _places(mail: Part) -> list[str]:
    """Where our id of the reply may stand: in the header that came back, in what the report answers, or in its text."""
    places: list[str] = []
    for returned in _returned(mail):
        places += [one for name in ("message-id", "references") for one in headers.ids(returned.first(name))]
    for name in ("in-reply-to", "references", "x-failed-message-id"):
        places += headers.ids(mail.first(name))
    return places + [
        _plain(part)[:20_000] for part in mail.walk() if not part.children and part.family in ("text", "message")
    ]


def _pieces(places: list[str]) -> list[str]:
    """Long texts in pieces, as tokens are looked for in short places only."""
    return [one[at : at + 2000] for one in places for at in range(0, max(len(one), 1), 1900)]


def complained(account: Account, mail: Part) -> tuple[str, bool]:
    """Who marked our mail as spam, and whether the report has a mail of ours to them; empty when nobody is named.

    It is told by the report (RFC 5965) or by our mail in it.
    """
    told = "\n".join(_plain(part) for part in mail.walk() if part.type == "message/feedback-report")
    fields = {name.lower(): value.strip() for name, value in _FIELD.findall(told.replace("\r", ""))}
    places = [fields.get("original-rcpt-to", "").encode(), *(part.first("to") for part in _returned(mail))]
    found = [one for place in places for one in headers.addresses(place)]
    person = headers.normal(found[0].address) if found else ""
    thread = threads.found(account, _pieces(_places(mail)), person)
    return person, bool(thread and thread.is_theirs)


def _returned(mail: Part) -> list[Part]:
    """Our mails that came back, or their headers."""
    return [read(part.content[:_MOST_LOOKED_AT]) for part in mail.walk() if part.type in _RETURNED]
