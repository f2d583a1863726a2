"""Names of people who wrote to a LINE account, and of groups; who blocked it is not told of (404).

https://developers.line.biz/en/reference/messaging-api/#get-group-summary
"""

import re
from typing import Final

import msgspec

from mim_desk.channels.base import Account, Request, Response
from mim_desk.channels.line import payloads
from mim_desk.channels.line.rendering import API, headers
from mim_desk.channels.shared.addresses import address
from mim_desk.channels.shared.json_bodies import name_of, read

_GROUP: Final = re.compile(r"C[0-9a-f]{32}", re.ASCII)
_profile: Final = msgspec.json.Decoder(payloads.Profile)


def request(account: Account, external_id: str) -> Request | None:
    """The call for a person's profile or a group's summary; None for a room, whose id begins with R: it has no name."""
    if _GROUP.fullmatch(external_id):
        url = address(account.settings, f"{API}/v2/bot/group/{external_id}/summary")
        return Request("GET", url, headers(account))
    if not (external_id.isascii() and external_id.isalnum() and external_id.startswith("U")):
        return None
    return Request("GET", address(account.settings, f"{API}/v2/bot/profile/{external_id}"), headers(account))


def name_in(response: Response) -> str | None:
    """The name that the person shows on LINE, or the group's."""
    told = read(_profile, response.body) if response.status == 200 else None
    return name_of(told.name or told.group_name) or None if told else None


def picture_in(response: Response) -> str:
    """Where the person's picture is."""
    told = read(_profile, response.body) if response.status == 200 else None
    return told.picture if told and told.picture and told.picture.startswith("https://") else ""
