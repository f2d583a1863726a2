"""Session tokens and file addresses: signed by the hub's key, so that opening a chat writes nothing."""

import base64
import binascii
import hashlib
import hmac
import secrets
from datetime import datetime, timedelta
from typing import Final

import msgspec

from mim_desk.hub.file_marks import FileMarks
from mim_desk.hub.web_chat.problems import bad_token

PREFIX: Final = "wcs_"
LIFE: Final = timedelta(days=30)
FILE_LIFE: Final = timedelta(minutes=10)
_RANDOM_BYTES: Final = 32
_MAC_BYTES: Final = 32
_CONTINUE: Final = "continue"


class TokenFacts(msgspec.Struct, frozen=True):
    """What a token says by itself, before anything is stored about its session."""

    session_id: str
    inbox_id: str
    expires: int
    locale: str = ""
    client_id: str = ""
    page_url: str = ""
    page_title: str = ""
    continues: str = ""
    """Of a session that goes on from a mailed link: the identity it had then."""


_facts = msgspec.json.Decoder(TokenFacts)


class Signer:
    """Makes and reads what the hub signs."""

    def __init__(self, key: bytes) -> None:
        self._key = key
        self._files = FileMarks(key)

    def token(self, facts: TokenFacts) -> str:
        """A new token for these facts: 256 random bits, the facts, a signature over both."""
        body = secrets.token_bytes(_RANDOM_BYTES) + msgspec.json.encode(facts)
        return PREFIX + _text(body + self._mac(b"session", body))

    def facts(self, token: str) -> TokenFacts:
        """What a token says; ``bad_token`` unless this hub signed it."""
        raw = _bytes(token.removeprefix(PREFIX)) if token.startswith(PREFIX) else b""
        body, mac = raw[:-_MAC_BYTES], raw[-_MAC_BYTES:]
        if len(body) <= _RANDOM_BYTES or not hmac.compare_digest(mac, self._mac(b"session", body)):
            raise bad_token()
        return _facts.decode(body[_RANDOM_BYTES:])

    def file_address(self, session_id: str, file_id: str, now: datetime) -> str:
        """The path of a file for one session."""
        return f"/api/web-chat/v1/files/{file_id}/{self._files.mark(session_id, file_id, now + FILE_LIFE)}"

    def continue_mark(self, session_id: str, until: datetime) -> str:
        """What a mailed link holds: good for going on with one session, until then."""
        return self._files.mark(session_id, _CONTINUE, until)

    def continued(self, mark: str, now: datetime) -> str | None:
        """The session of a mailed link; None when it is forged or over."""
        return self._files.holder(mark, _CONTINUE, now)

    def file_session(self, mark: str, file_id: str, now: datetime) -> str | None:
        """The session a file's address was made for; None when it is forged or over."""
        return self._files.holder(mark, file_id, now)

    def _mac(self, purpose: bytes, body: bytes) -> bytes:
        return hmac.new(self._key, purpose + b"\0" + body, hashlib.sha256).digest()


def token_hash(token: str) -> bytes:
    """What is stored of a token."""
    return hashlib.sha256(token.encode()).digest()


def _text(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode("ascii")


def _bytes(text: str) -> bytes:
    try:
        return base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
    except (binascii.Error, ValueError):
        return b""
