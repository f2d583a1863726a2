"""Pictures of people who wrote to a bot (getUserProfilePhotos): the newest, in the size that a desk shows."""

from typing import Final

import msgspec

from mim_desk.channels.base import Account, Request, Response
from mim_desk.channels.shared.json_bodies import read
from mim_desk.channels.telegram import errors, payloads
from mim_desk.channels.telegram.writing import api_call

SHOWN: Final = 160
"""Points at the side: the smallest size of at least so many is taken."""
_photos: Final = msgspec.json.Decoder(payloads.ProfilePhotos)


def request(account: Account, external_id: str) -> Request | None:
    """The call for one person's newest picture; None for a group, whose number is below zero."""
    person = external_id.rpartition(":")[2]
    if not (person.isascii() and person.isdigit() and len(person) < 20):
        return None
    return api_call(account, "getUserProfilePhotos", {"user_id": int(person), "limit": 1})


def source_in(response: Response) -> str:
    """The file of the picture in an answer; empty where the person shows none."""
    told = read(_photos, errors.result_of(response)) if response.status == 200 else None
    sizes = sorted(told.photos[0], key=lambda one: one.width or 0) if told and told.photos else []
    large = [one for one in sizes if (one.width or 0) >= SHOWN]
    return next((one.file_id for one in (large or sizes[::-1])), "")
