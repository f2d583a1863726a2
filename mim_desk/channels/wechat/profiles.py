"""What WeChat tells of a follower when asked: since 2021 no name and no picture, but the id of accounts bound together.

https://developers.weixin.qq.com/doc/service/api/usermanage/userinfo/api_userinfo.html
"""

import re
from typing import Final
from urllib.parse import urlencode

import msgspec

from mim_desk.channels.base import Account, Request, Response
from mim_desk.channels.shared.addresses import address
from mim_desk.channels.shared.json_bodies import read
from mim_desk.channels.wechat.account_token import API

_OPEN_ID: Final = re.compile(r"[A-Za-z0-9_-]{1,128}")


class _Profile(msgspec.Struct, frozen=True):
    """``{"subscribe": 1, "openid": "oA1", "unionid": "oU9", "language": "zh_CN", "remark": ""}``."""

    unionid: str = ""


_profile: Final = msgspec.json.Decoder(_Profile)


def request(account: Account, external_id: str) -> Request | None:
    """The call for one follower; the token comes to it where it is made."""
    if not _OPEN_ID.fullmatch(external_id):
        return None
    asked = urlencode({"openid": external_id, "lang": "en"})
    return Request("GET", f"{address(account.settings, API)}/cgi-bin/user/info?{asked}")


def union_id_in(response: Response) -> str:
    """There only where the account is bound to an Open Platform subject, as are the brand's others."""
    told = read(_profile, response.body) if response.status == 200 else None
    return told.unionid if told and _OPEN_ID.fullmatch(told.unionid) else ""
