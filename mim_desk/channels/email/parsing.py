"""A delivery as events: a customer's mail, our own from elsewhere, or what a server reports of ours."""

import hashlib
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Final

import msgspec

from mim_desk.channels.base import Account, RawRequest
from mim_desk.channels.email import kinds, reports, threads
from mim_desk.channels.email.bodies import Body, body_of
from mim_desk.channels.email.kinds import Kind
from mim_desk.channels.email.payloads import SENT, Envelope
from mim_desk.channels.email.threads import Thread
from mim_desk.channels.events import (
    ConsentChanged,
    Echo,
    Event,
    IncomingMessage,
    ReachChanged,
    Receipt,
    Sender,
    Unknown,
)
from mim_desk.channels.shared.opt_out import OptOut
from mim_desk.domain import mail_headers as headers
from mim_desk.domain.consent import Source
from mim_desk.domain.mail_headers import Address, normal
from mim_desk.domain.mail_parts import Part, read
from mim_desk.domain.message import DeliveryStatus, MessageType, clean_text

MOST_ENVELOPE: Final = 500
LONGEST_SUBJECT: Final = 300
MOST_OTHERS: Final = 20
_OPT_OUT: Final = frozenset(
    {"stop", "unsubscribe", "opt out", "optout", "abmelden", "désabonner", "退订", "수신거부", "配信停止"}
)
"""A mail that says nothing else; the answer to a *List-Unsubscribe* address says it in its subject."""
_OPT_IN: Final = frozenset({"start", "subscribe", "resubscribe"})
_decode = msgspec.json.Decoder(Envelope).decode


@dataclass(frozen=True)
class _Mail:
    """A mail while its events are made."""

    account: Account
    part: Part
    envelope: Envelope
    senders: list[Address]
    subject: str
    at: datetime

    @property
    def sender(self) -> Address:
        """Who wrote it; of several the first who is not ourselves."""
        others = (one for one in self.senders if not kinds.is_ours(self.account, one.address))
        return next(others, self.senders[0])

    @property
    def references(self) -> list[str]:
        """The ids of the mails it answers, the nearest first."""
        nearest = headers.ids(self.part.first("in-reply-to"))
        return [*nearest, *reversed(headers.ids(self.part.first("references")))]

    @property
    def recipients(self) -> list[Address]:
        return [one for name in ("to", "cc", "bcc") for told in self.part.all(name) for one in headers.addresses(told)]

    def thread(self, person: str) -> Thread | None:
        """The reply of ours it answers."""
        places = [*self.references, *(one.address for one in self.recipients)]
        return threads.found(self.account, places, person)


def events_of(account: Account, request: RawRequest) -> tuple[Event, ...]:
    """What a delivery says."""
    envelope, raw = _opened(request.body)
    part = read(raw)
    charset = next((one.parameter("charset") for one in part.walk() if one.parameter("charset")), "")
    senders = _senders(part, charset)
    subject = clean_text(headers.text(part.first("subject"), charset))[:LONGEST_SUBJECT]
    mail = _Mail(account, part, envelope, senders, subject, _when(part, envelope, request.received_at))
    if not part.headers or (not part.first("from") and not part.first("message-id") and not senders):
        return (Unknown("mail", "it has no header"),)
    match kinds.kind_of(account, part, senders):
        case Kind.BOUNCE:
            return _written(mail, Kind.AUTOMATIC) if _is_theirs(mail) else _bounced(mail)
        case Kind.COMPLAINT:
            return (_complained(mail),)
        case Kind.OWN:
            return _own(mail) or _by_form(mail)
        case kind:
            return _written(mail, kind)


def _opened(body: bytes) -> tuple[Envelope, bytes]:
    """The envelope and the mail; a delivery without one is a mail of the inbox."""
    line, _, rest = body.partition(b"\n")
    if line.startswith(b"{") and len(line) <= MOST_ENVELOPE:
        try:
            return _decode(line), rest
        except msgspec.MsgspecError:
            return Envelope(), body
    return Envelope(), body


def _senders(part: Part, charset: str) -> list[Address]:
    for name in ("from", "sender", "reply-to", "return-path"):
        found = [one for told in part.all(name) for one in headers.addresses(told, charset)]
        if found:
            return found
    return []


def _when(part: Part, envelope: Envelope, received_at: datetime) -> datetime:
    """The server's time of arrival; the sender's own clock only where that is not told."""
    if envelope.received > 0:
        try:
            return datetime.fromtimestamp(envelope.received, UTC)
        except (ValueError, OverflowError, OSError):
            return received_at
    return headers.moment(part.first("date")) or received_at


def _external_id(mail: _Mail) -> str:
    """The Message-ID with a hash of what the sender wrote: some send other mails under an id again."""
    part = mail.part
    own = next(iter(headers.ids(part.first("message-id"))), "")
    told = hashlib.blake2b(digest_size=9)
    for piece in (part.first("from"), part.first("date"), part.first("subject"), part.raw[part.start : part.end]):
        told.update(len(piece).to_bytes(8, "big") + piece)
    return f"{own[:300] or 'no-id'}#{told.hexdigest()}"


def _is_theirs(mail: _Mail) -> bool:
    """Whether what has no address to return to comes from whom we wrote to: a machine of theirs that answers for them."""
    if mail.part.type == "multipart/report" or not mail.senders or kinds.is_daemon(mail.sender):
        return False
    thread = mail.thread(mail.sender.address)
    return thread is not None and thread.is_theirs


_DELAYED: Final = "The customer's mail server has not taken it yet; it is tried on, maybe for days."


def _bounced(mail: _Mail) -> tuple[Event, ...]:
    bounce = reports.bounce_of(mail.account, mail.part)
    is_machines = kinds.is_machines(mail.part, mail.senders)
    if not bounce.message_id or not (bounce.status or bounce.is_certain or is_machines):
        return () if is_machines else _written(mail, Kind.AUTOMATIC)  # a postmaster may be a person: it is kept
    if bounce.action == "failed":
        status, reason, code = DeliveryStatus.FAILED, bounce.reason, bounce.status
    elif bounce.action == "delivered":
        status, reason, code = DeliveryStatus.DELIVERED, "", ""
    elif bounce.action == "delayed":
        status, reason, code = DeliveryStatus.SENT, _DELAYED, bounce.status
    else:
        return ()
    return (Receipt(status, mail.at, None, bounce.message_id, reason, code, recipient=bounce.whom or None),)


def _complained(mail: _Mail) -> Event:
    """Who called our mail spam gets none; anybody can write such a report, so only one with a mail to them ends all."""
    person, is_proven = reports.complained(mail.account, mail.part)
    if not person:
        return Unknown("complaint")
    if is_proven:
        return ReachChanged(Sender(person), mail.at, can_reach=False, by_choice=True)
    evidence = _external_id(mail)
    return ConsentChanged(Sender(person), mail.at, granted=False, source=Source.PROVIDER, evidence=evidence)


def _own(mail: _Mail) -> tuple[Event, ...]:
    """A mail from our own address: a copy of a reply settles it; one written in another program is shown as sent there."""
    own = next(iter(headers.ids(mail.part.first("message-id"))), "")
    whom = next((one for one in mail.recipients if not kinds.is_ours(mail.account, one.address)), None)
    thread = threads.found(mail.account, [own], whom.address if whom else "")
    if thread is not None:
        sender = Sender(normal(whom.address) if whom else "")
        return (Echo(own, sender, mail.at, message_id=thread.message_id),)
    if mail.envelope.folder != SENT or whom is None:
        return ()
    body = body_of(mail.part, mail.subject)
    text = body.text or mail.subject
    return (Echo(_external_id(mail), _person(mail, whom), mail.at, text, files=tuple(body.files)),)


def _by_form(mail: _Mail) -> tuple[Event, ...]:
    """What a form of the brand's own site sent from the brand's address: it is by whom the answer is to go to."""
    went_out = any(not kinds.is_ours(mail.account, one.address) for one in mail.recipients)
    if mail.envelope.folder == SENT or went_out or kinds.is_automatic(mail.part):
        return ()
    told = headers.addresses(mail.part.first("reply-to"))
    people = [one for one in told if not kinds.is_ours(mail.account, one.address)]
    if not people:
        return (Unknown("mail", "it is from our own address and names nobody to answer"),)
    return _written(replace(mail, senders=people), Kind.PERSON)


def _person(mail: _Mail, whom: Address) -> Sender:
    return Sender(normal(whom.address), _name(whom), whom.address)


def _written(mail: _Mail, kind: Kind) -> tuple[Event, ...]:
    if mail.envelope.folder == SENT:
        return ()
    if not mail.senders:
        return (Unknown("mail", "it has no sender"),)
    body = body_of(mail.part, mail.subject)
    thread = mail.thread(mail.sender.address)
    answers = thread.message_id if thread and thread.is_theirs else None
    if answers and kind is Kind.LIST:
        kind = Kind.PERSON  # a group's address, behind which people answer what we wrote to it
    message = IncomingMessage(
        _external_id(mail),
        _sender(mail),
        mail.at,
        _type(body),
        body.text,
        tuple(body.files),
        reply_to_message_id=answers,
        details=_details(mail, body, thread, kind),
        wants_answer=kind is Kind.PERSON,
    )
    if kind is not Kind.PERSON:
        return (message,)
    # Who answers a mail has got it: that settles a reply whose sending was in doubt.
    settled = (Receipt(DeliveryStatus.DELIVERED, mail.at, message_id=answers),) if answers else ()
    return (*settled, message, *_consent(message))


def _consent(message: IncomingMessage) -> tuple[ConsentChanged, ...]:
    """A mail server blocks nobody, so an agent may still answer."""
    said = message.details.get("opt_out")
    if not said:
        return ()
    granted = said == OptOut.START
    return (ConsentChanged(message.sender, message.occurred_at, granted, evidence=message.external_id),)


def _opt_out(mail: _Mail, body: Body) -> str:
    said = (body.text or mail.subject).strip(" .!").lower()
    return OptOut.STOP.value if said in _OPT_OUT else OptOut.START.value if said in _OPT_IN else ""


def _type(body: Body) -> MessageType:
    return MessageType.UNSUPPORTED if body.is_encrypted and not body.text else MessageType.TEXT


def _sender(mail: _Mail) -> Sender:
    address = mail.sender.address
    verified = len(mail.senders) == 1 and kinds.is_verified(mail.account, mail.part, address)
    return Sender(normal(address), _name(mail.sender), address, verified=verified)


def _name(one: Address) -> str:
    """What the sender is called; never by an address, which could be somebody else's."""
    return "" if "@" in one.name and headers.addresses(one.name.encode()) else one.name


def _details(mail: _Mail, body: Body, thread: Thread | None, kind: Kind) -> dict[str, str]:
    """What the timeline shows of it and a reply builds on."""
    own = next(iter(headers.ids(mail.part.first("message-id"))), "")
    references = headers.ids(mail.part.first("references")) or headers.ids(mail.part.first("in-reply-to"))
    others = [one.address for one in mail.recipients if not kinds.is_ours(mail.account, one.address)]
    reply_to = headers.addresses(mail.part.first("reply-to"))
    told = {
        "subject": mail.subject,
        "quoted": body.quoted,
        "message_id": own[:500],
        "references": " ".join(references)[:4000],
        "copies_to": _fitting(others),
        "answer_to": _other(mail.account, reply_to, mail.sender.address),
        "automatic": kind.value if kind in (Kind.AUTOMATIC, Kind.LIST) else "",
        "stranger": "yes" if thread and not thread.is_theirs else "",
        "opt_out": _opt_out(mail, body) if kind is Kind.PERSON else "",
        "kind": "encrypted" if body.is_encrypted else "",
        "cut": "yes" if mail.envelope.left_out or not body.is_whole else "",
    }
    return {name: value for name, value in told.items() if value}


def _fitting(addresses: list[str]) -> str:
    """Whole addresses, each once, as many as are shown."""
    return ", ".join(list(dict.fromkeys(addresses))[:MOST_OTHERS])


def _other(account: Account, reply_to: list[Address], sender: str) -> str:
    """Where answers are wanted, when that is not the sender; never ourselves."""
    wanted = next((one.address for one in reply_to if not kinds.is_ours(account, one.address)), sender)
    return wanted if normal(wanted) != normal(sender) else ""
