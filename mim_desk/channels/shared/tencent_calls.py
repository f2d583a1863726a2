"""Calls to WeChat and WeCom: the token goes into the address, and errors come with status 200."""

from dataclasses import replace
from typing import ClassVar, Final
from urllib.parse import quote, urlsplit

import msgspec

from mim_desk.channels.base import Account, Request, Response
from mim_desk.channels.shared.addresses import address
from mim_desk.channels.shared.json_bodies import read

TOKEN_CODES: Final = frozenset({40001, 40014, 42001})
"""The token of a call is no longer right; for the call that asks for a token 40001 means the secret."""
_LONGEST_ERROR: Final = 4096
"""A longer answer is a file or a batch."""


class _Error(msgspec.Struct, frozen=True):
    errcode: int = 0


_error = msgspec.json.Decoder(_Error, strict=False)


class CallsWithToken:
    """The half of an adapter that is the same for both.

    Attributes:
        api: where the interface lies, unless the settings name another place.
    """

    api: ClassVar[str]

    def authorized(self, account: Account, request: Request, token: str) -> Request:
        """The call with the token in its address, unless it goes to another host than the interface's."""
        ours, theirs = urlsplit(address(account.settings, self.api)), urlsplit(request.url)
        if (ours.scheme, ours.netloc) != (theirs.scheme, theirs.netloc):
            return request
        joint = "&" if theirs.query else "?"
        return replace(request, url=f"{request.url}{joint}access_token={quote(token, safe='')}")

    def refuses_token(self, response: Response) -> bool:
        """Whether the answer says that the token is no longer right."""
        told = read(_error, response.body) if len(response.body) <= _LONGEST_ERROR else None
        return told is not None and told.errcode in TOKEN_CODES
