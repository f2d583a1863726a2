"""What the driver hands over besides the mail, and what it says of a call.

The mail itself has the shape of RFC 5322; see https://www.rfc-editor.org/rfc/rfc5322 and, for reports,
https://www.rfc-editor.org/rfc/rfc3464.
"""

import msgspec

INBOX, SENT = "inbox", "sent"


class Envelope(msgspec.Struct, frozen=True, omit_defaults=True):
    """The first line of a delivery; the mail follows as it came.

    ``{"folder":"sent","received":1763790000.0}``

    Attributes:
        folder: ``inbox``, or ``sent`` for what left the account.
        received: when the server took it, in seconds since 1970; 0 when that is not told.
        left_out: bytes of a mail that is too large: only its header is here.
    """

    folder: str = INBOX
    received: float = 0.0
    left_out: int = 0


class Said(msgspec.Struct, frozen=True, omit_defaults=True):
    """What a mail server answered: the body of a ``Response``.

    ``{"reply":"5.1.1 No such user","stage":"rcpt"}``

    Attributes:
        stage: the step it answered to: ``connect``, ``tls``, ``auth``, ``mail``, ``rcpt``, ``copy`` or ``data``.
        address: of a copy that is refused.
        server: ``imap`` or ``smtp``, of a trial of the account.
        largest: the most bytes that a mail may have, 0 where the server names no limit; None where it was not asked.
    """

    reply: str = ""
    stage: str = ""
    server: str = ""
    address: str = ""
    largest: int | None = None


class Looked(msgspec.Struct, frozen=True):
    """What the DNS said: the TXT records by name, none where there are none, null where it did not say.

    ``{"records":{"example.com":["v=spf1 mx -all"],"_dmarc.example.com":null}}``
    """

    records: dict[str, list[str] | None]


def read_said(body: bytes) -> Said:
    """What a server said; nothing when it cannot be read."""
    try:
        return msgspec.json.decode(body, type=Said)
    except msgspec.MsgspecError:
        return Said()
