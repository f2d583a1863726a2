"""Made-up mails for the tables of cases."""

from datetime import UTC, datetime

from mim_desk.channels.base import Account, Event, IncomingMessage, LastIncoming, Outgoing, OutgoingFile, RawRequest
from mim_desk.channels.email.adapter import EmailAdapter

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
OURS = "01a2042d-6204-7000-85c2-ba74aee7caef"
MIA, CARE = "mia@example.org", "care@shop.example"
ACCOUNT = Account(
    "inbox-1",
    {
        "address": CARE,
        "imap_host": "imap.shop.example",
        "smtp_host": "smtp.shop.example",
        "authserv_id": "mx.shop.example",
    },
    {"password": "p", "thread_secret": "s"},
    "Shop",
)
ADAPTER = EmailAdapter()


def mail(body: str | bytes = "Hello", **head: str) -> bytes:
    """A mail of Mia's; headers in place of hers, ``None`` takes one away."""
    told = {"From": f"Mia <{MIA}>", "To": CARE, "Subject": "Order", "Message-ID": "<1@example.org>", **head}
    lines = [f"{name.replace('_', '-')}: {value}" for name, value in told.items() if value != ""]
    raw = body.encode() if isinstance(body, str) else body
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + raw


def multipart(kind: str, *parts: tuple[str, str], boundary: str = "b") -> tuple[str, str]:
    """A part made of parts: (content type and other headers, body)."""
    inner = "".join(f"--{boundary}\r\nContent-Type: {head}\r\n\r\n{body}\r\n" for head, body in parts)
    return f'multipart/{kind}; boundary="{boundary}"', f"{inner}--{boundary}--\r\n"


def whole(part: tuple[str, str], **head: str) -> bytes:
    """A mail whose body is this part."""
    return mail(part[1], MIME_Version="1.0", Content_Type=part[0], **head)


def events(raw: bytes, account: Account = ACCOUNT) -> tuple[Event, ...]:
    """What the adapter reads."""
    return ADAPTER.parse(account, RawRequest("POST", "", "", {}, raw, NOW)).events


def message(raw: bytes, account: Account = ACCOUNT) -> IncomingMessage:
    """The one message in a mail."""
    (found,) = [one for one in events(raw, account) if isinstance(one, IncomingMessage)]
    return found


def reply(
    text: str = "It is on its way.", *files: OutgoingFile, last: LastIncoming | None = None, **more: object
) -> Outgoing:
    """A reply of ours to Mia."""
    return Outgoing(OURS, MIA, NOW, text, files, last_incoming=last, **more)  # type: ignore[arg-type]  # fields by name


def sent(text: str = "It is on its way.", last: LastIncoming | None = None) -> tuple[bytes, str]:
    """A rendered reply and its Message-ID."""
    (request,) = ADAPTER.render(ACCOUNT, reply(text, last=last))
    head = request.body.decode()
    return request.body, head.partition("Message-ID: ")[2].partition("\r\n")[0]
