"""The hub's key: where it comes from, what is derived from it, and the cipher of the encrypted column."""

import os
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import msgspec
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from mim_desk.domain.refusal import Refusal

KEY_BYTES: Final = 32
_NONCE_BYTES: Final = 12
_VERSION: Final = b"\x01"


@dataclass(frozen=True)
class Keys:
    """Everything that is derived from the hub's one key.

    Attributes:
        made_at: the key file that was made just now, None when the key was there before.
    """

    root: bytes = field(repr=False)
    made_at: Path | None = None

    def derive(self, purpose: str) -> bytes:
        """32 bytes for one purpose; different purposes tell nothing about each other."""
        return HKDF(SHA256(), KEY_BYTES, salt=None, info=f"mim-desk {purpose}".encode()).derive(self.root)

    @property
    def database(self) -> bytes:
        """Key of the SQLite file."""
        return self.derive("database")

    @property
    def number(self) -> int:
        """Tells this key from others; it can be kept in the open, as 63 bits of a derived value."""
        return int.from_bytes(self.derive("number")[:8]) >> 1

    def cipher(self) -> "ColumnCipher":
        """The cipher of the encrypted column."""
        return ColumnCipher(self.derive("column"))


class ColumnCipher:
    """AES-256-GCM over small values; the place of a value is bound to it, so that it can't be moved."""

    def __init__(self, key: bytes) -> None:
        self._cipher = AESGCM(key)

    def seal(self, values: Mapping[str, str], place: str) -> bytes:
        """The encrypted bytes of ``values`` for ``place``, e.g. ``inbox:<id>``."""
        nonce = secrets.token_bytes(_NONCE_BYTES)
        return _VERSION + nonce + self._cipher.encrypt(nonce, msgspec.json.encode(values), place.encode())

    def open(self, sealed: bytes, place: str) -> dict[str, str]:
        """The values again; a Refusal when the key is another one or the bytes were changed."""
        nonce, text = sealed[1 : 1 + _NONCE_BYTES], sealed[1 + _NONCE_BYTES :]
        try:
            if sealed[:1] != _VERSION:
                raise InvalidTag
            return msgspec.json.decode(self._cipher.decrypt(nonce, text, place.encode()), type=dict[str, str])
        except InvalidTag as problem:
            raise wrong_key() from problem


def wrong_key() -> Refusal:
    """The refusal of a key that is not the one the store was made with."""
    reason = "The stored secrets cannot be opened with this key. Start the hub with the key they were saved with."
    return Refusal("wrong-key", reason)


def parse_key(text: str, source: str) -> bytes:
    """The key written as 64 hexadecimal digits."""
    try:
        key = bytes.fromhex(text.strip())
    except ValueError:
        key = b""
    if len(key) != KEY_BYTES:
        raise Refusal("bad-key", f"The key in {source} must be 64 hexadecimal digits.", source)
    return key


def find_keys(home: Path, environ: Mapping[str, str], piped: str = "") -> Keys:
    """The key from the pipe, else the environment, else the key file, which is made when missing."""
    if piped:
        return Keys(parse_key(piped, "standard input"))
    if environ.get("MIM_DESK_KEY"):
        return Keys(parse_key(environ["MIM_DESK_KEY"], "MIM_DESK_KEY"))
    path = Path(environ.get("MIM_DESK_KEY_FILE") or home / "hub.key")
    if path.exists():
        _refuse_readable_by_others(path)
        return Keys(parse_key(path.read_text("ascii", "replace"), str(path)))
    return _make_key_file(path)


def _refuse_readable_by_others(path: Path) -> None:
    if os.name == "posix" and path.stat().st_mode & 0o077:
        raise Refusal("bad-key", f"Others can read {path}. Run: chmod 600 {path}", str(path))


def _make_key_file(path: Path) -> Keys:
    path.parent.mkdir(parents=True, exist_ok=True)
    root = secrets.token_bytes(KEY_BYTES)
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w", encoding="ascii") as file:
        file.write(root.hex() + "\n")
        file.flush()
        os.fsync(file.fileno())
    return Keys(root, made_at=path)
