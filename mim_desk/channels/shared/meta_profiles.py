"""Names and pictures of people who wrote to a Page or an Instagram account: asked for one by one, and not always told.

Who only wrote a comment, or has no account but a phone number, is not told of (errors 230 and 2018218).
"""

from typing import Final

import msgspec

from mim_desk.channels.base import Account, Request, Response
from mim_desk.channels.shared import meta
from mim_desk.channels.shared.json_bodies import name_of, read


class _Profile(msgspec.Struct, frozen=True):
    """``{"id": "9100000000000077", "first_name": "Noor", "last_name": "Haddad", "name": "Noor Haddad"}``."""

    name: str | None = None
    first_name: str | None = None
    last_name: str | None = None
    username: str | None = None
    profile_pic: str | None = None


_profile: Final = msgspec.json.Decoder(_Profile)


def request(account: Account, external_id: str, fields: str, host: str = meta.GRAPH) -> Request | None:
    """The call for ``fields`` of a person; None for what is no person's id."""
    if not (external_id.isascii() and external_id.isdigit()):
        return None
    return Request("GET", meta.address(account, external_id, host=host, fields=fields), meta.bearer(account))


def name_in(response: Response) -> str | None:
    """What the person is called; by the handle where there is no name."""
    told = read(_profile, response.body) if response.status == 200 else None
    if told is None:
        return None
    parts = f"{told.first_name or ''} {told.last_name or ''}"
    names = map(name_of, (told.name, parts, told.username))
    return next((one for one in names if one), None)


def picture_in(response: Response) -> str:
    """Where the person's picture is; the address ends after some days, so it is copied at once."""
    told = read(_profile, response.body) if response.status == 200 else None
    url = (told.profile_pic if told else None) or ""
    return url if url.startswith(("https://", "http://")) else ""
