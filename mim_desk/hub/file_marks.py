"""The end of a file's address: until when it holds and for whom, signed by the hub's key, so that nothing is stored."""

import base64
import hashlib
import hmac
from datetime import datetime


class FileMarks:
    """Makes and reads marks; a mark is for one file and one holder (a session, a message)."""

    def __init__(self, key: bytes) -> None:
        self._key = key

    def mark(self, holder: str, file_id: str, until: datetime) -> str:
        """The mark of a file for ``holder``."""
        seconds = int(until.timestamp())
        return f"{seconds}.{holder}.{self._mac(holder, file_id, seconds)}"

    def holder(self, mark: str, file_id: str, now: datetime) -> str | None:
        """Whom a mark was made for; None when it is forged or over."""
        until, _, rest = mark.partition(".")
        holder, _, mac = rest.partition(".")
        if not (until.isascii() and until.isdigit() and len(until) <= 12):
            return None
        if not hmac.compare_digest(mac.encode(), self._mac(holder, file_id, int(until)).encode()):
            return None
        return holder if int(until) >= now.timestamp() else None

    def _mac(self, holder: str, file_id: str, until: int) -> str:
        raw = hmac.new(self._key, b"file\0" + f"{holder} {file_id} {until}".encode(), hashlib.sha256).digest()
        return base64.urlsafe_b64encode(raw).rstrip(b"=").decode("ascii")
