"""Who a customer is: WeCom tells name, picture and union id when it is asked within 48 hours of what they wrote.

https://developer.work.weixin.qq.com/document/path/96429
"""

import re
from typing import Final

import msgspec

from mim_desk.channels.base import Account, Request, Response
from mim_desk.channels.shared.addresses import address
from mim_desk.channels.shared.json_bodies import name_of, read, word
from mim_desk.channels.wecom_kf import payloads
from mim_desk.channels.wecom_kf.account_token import API

_CUSTOMER: Final = re.compile(r"w[mo][A-Za-z0-9_-]{1,62}", re.ASCII)
_UNION_ID: Final = re.compile(r"[A-Za-z0-9_-]{1,128}", re.ASCII)
_customers: Final = msgspec.json.Decoder(payloads.Customers)


def request(account: Account, external_id: str) -> Request | None:
    """The call for one customer; the token comes to it where it is made."""
    if not _CUSTOMER.fullmatch(external_id):
        return None
    body = msgspec.json.encode({"external_userid_list": [external_id], "need_enter_session_context": 0})
    url = f"{address(account.settings, API)}/cgi-bin/kf/customer/batchget"
    return Request("POST", url, {"content-type": "application/json"}, body)


def name_in(response: Response) -> str | None:
    """The name that the customer shows in WeChat."""
    return name_of(word(_told(response).nickname)) or None


def picture_in(response: Response) -> str:
    """Where the customer's picture is."""
    avatar = word(_told(response).avatar)
    return avatar if avatar.startswith(("http://", "https://")) else ""


def union_id_in(response: Response) -> str:
    """There only where the company has bound an account of the Open Platform."""
    union_id = word(_told(response).unionid)
    return union_id if _UNION_ID.fullmatch(union_id) else ""


def _told(response: Response) -> payloads.Customer:
    found = read(_customers, response.body) if response.status == 200 else None
    return found.customer_list[0] if found and not found.errcode and found.customer_list else payloads.Customer()
