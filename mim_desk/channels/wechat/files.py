"""Fetching what a customer sent: by its media id within three days, or from where WeChat says that it lies."""

from collections.abc import Sequence
from typing import Final
from urllib.parse import quote

import msgspec

from mim_desk.channels.base import Account, Action, Refused, Request, Response
from mim_desk.channels.shared.addresses import address
from mim_desk.channels.shared.json_bodies import read
from mim_desk.channels.wechat import payloads
from mim_desk.channels.wechat.account_token import API
from mim_desk.channels.wechat.errors import classified, told
from mim_desk.domain.refusal import Refusal

_LONGEST_WORD: Final = 8_192
"""A longer answer is the file itself."""
_video = msgspec.json.Decoder(payloads.Video)


def next_call(account: Account, source: str, answered: Sequence[Response]) -> Request | None:
    """The next call on the way to a file: for a video WeChat first says where it lies."""
    if not answered:
        if source.startswith(("http://", "https://")):
            return Request("GET", source)
        return Request("GET", address(account.settings, f"{API}/cgi-bin/media/get?media_id={quote(source, safe='')}"))
    last = answered[-1]
    if len(last.body) > _LONGEST_WORD or not last.body.lstrip().startswith(b"{"):
        return None
    if told(last).errcode:
        raise _gone(last)
    found = read(_video, last.body)
    if found is None:
        return None
    if len(answered) > 1 or not found.video_url.startswith(("http://", "https://")):
        raise Refusal("no-file", "WeChat named no address of the video.")
    return Request("GET", found.video_url)


def _gone(answer: Response) -> Refusal:
    outcome = classified(answer)
    assert isinstance(outcome, Refused)
    if told(answer).errcode == 40007:
        return Refusal("expired", "WeChat no longer has the file; it keeps files for three days.")
    return Refusal("not-ready" if outcome.action is Action.RETRY else "no-file", outcome.reason)
