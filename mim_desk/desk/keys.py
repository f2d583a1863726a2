"""The secrets of one desk: keys of its files and what it shows to hubs."""

import os

import msgspec


class Keys(msgspec.Struct, frozen=True, kw_only=True):
    """Made once per home folder, kept by ``secrets``.

    Attributes:
        cache, outbox, hub: raw 32-byte keys of the encrypted files.
        admin_token: what the embedded hub takes as its first admin's token.
        tokens: bearer tokens of team hubs by address.
    """

    cache: bytes
    outbox: bytes
    hub: bytes
    admin_token: str
    tokens: dict[str, str] = {}

    def __repr__(self) -> str:
        return "Keys(...)"


def new_keys() -> Keys:
    """Fresh random keys."""
    return Keys(
        cache=os.urandom(32), outbox=os.urandom(32), hub=os.urandom(32), admin_token="mim_" + os.urandom(24).hex()
    )
