"""Asking WeCom for what is new, from the place reached; it keeps three days.

Its callback says only that there is something: then it is asked at once, with the word in it (``token``). Without the word
the question is allowed at a stricter rate that no document names, so the pause is a setting.
"""

from collections.abc import Mapping
from typing import Any, Final

import msgspec

from mim_desk.channels.base import Account, Poll, Refused, Request, Response
from mim_desk.channels.shared.addresses import address
from mim_desk.channels.shared.json_bodies import read
from mim_desk.channels.wecom_kf import payloads
from mim_desk.channels.wecom_kf.account_token import API
from mim_desk.channels.wecom_kf.errors import refused, told

PAUSE_S: Final = 15.0
SHORTEST_PAUSE_S, LONGEST_PAUSE_S = 2, 600
_MOST: Final = 200
"""Messages in one answer; WeCom allows 1,000."""
_AMR: Final = 0
_LONGEST_WORD: Final = 128

_batch = msgspec.json.Decoder(payloads.Batch)


def pause_s(settings: Mapping[str, Any]) -> float | None:
    """The seconds between two questions; None when the setting is none."""
    written = str(settings.get("pause_s") or "").strip()
    if not written:
        return PAUSE_S
    if not (written.isascii() and written.isdigit() and len(written) < 4):
        return None
    seconds = int(written)
    return float(seconds) if SHORTEST_PAUSE_S <= seconds <= LONGEST_PAUSE_S else None


def question(account: Account, cursor: str, word: str = "") -> Request:
    """What came after the place reached; with the word of a callback where there is one."""
    body = {"open_kfid": str(account.settings.get("open_kfid", "")), "limit": _MOST, "voice_format": _AMR}
    if cursor:
        body["cursor"] = cursor
    if word and len(word.encode()) <= _LONGEST_WORD:
        body["token"] = word
    url = address(account.settings, f"{API}/cgi-bin/kf/sync_msg")
    return Request("POST", url, {"content-type": "application/json"}, msgspec.json.encode(body))


def answer(account: Account, cursor: str, response: Response) -> Poll | Refused:
    """The messages in the answer, each by itself; WeCom may have more even where the list is empty."""
    found = read(_batch, response.body)
    if found is None or found.errcode or not 200 <= response.status < 300:
        code = found.errcode if found else told(response).errcode
        if code or not 200 <= response.status < 300:
            return refused(response, code)
        return refused(Response(502, response.headers, b""))
    wait_s = 0.0 if found.has_more else pause_s(account.settings) or PAUSE_S
    return Poll(tuple(bytes(one) for one in found.msg_list), found.next_cursor or cursor, wait_s)
