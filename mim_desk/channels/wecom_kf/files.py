"""Fetching what a customer sent, by its media id within three days, or a picture from where WeCom says that it lies."""

from collections.abc import Sequence
from typing import Final
from urllib.parse import quote

from mim_desk.channels.base import Account, Action, Request, Response
from mim_desk.channels.shared.addresses import address
from mim_desk.channels.wecom_kf.account_token import API
from mim_desk.channels.wecom_kf.errors import refused, told
from mim_desk.domain.refusal import Refusal

_LONGEST_ERROR: Final = 4_096
"""A longer answer is the file itself."""


def next_call(account: Account, source: str, answered: Sequence[Response]) -> Request | None:
    """The one call; its answer is the file, or says why there is none."""
    if not answered and source.startswith(("http://", "https://")):
        return Request("GET", source)
    if not answered:
        return Request("GET", address(account.settings, f"{API}/cgi-bin/media/get?media_id={quote(source, safe='')}"))
    last = answered[-1]
    if len(last.body) > _LONGEST_ERROR or "content-disposition" in last.headers:
        return None
    code = told(last).errcode
    if not code:
        return None
    if code == 40007:
        raise Refusal("expired", "WeCom no longer has the file; it keeps files for three days.")
    why = refused(last, code)
    raise Refusal("not-ready" if why.action is Action.RETRY else "no-file", why.reason)
