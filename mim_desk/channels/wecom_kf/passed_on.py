"""What customers pass on from elsewhere in WeChat: parts of other chats, and what they saw in Channels and its shops.

https://developer.work.weixin.qq.com/document/path/94670
"""

from collections.abc import Callable, Iterable, Mapping
from typing import Final

import msgspec

from mim_desk.channels.base import IncomingFile
from mim_desk.channels.shared.json_bodies import UNREADABLE, opened, read
from mim_desk.channels.wecom_kf import payloads
from mim_desk.domain.message import MessageType

Content = dict[str, object]
_MOST_LINES: Final = 100
_WORDS: Final = ("content", "title", "name", "address", "desc", "url", "nickname", "product_titles", "head_content")
"""Where a message inside a passed-on chat has its words, whatever its kind."""
_chat = msgspec.json.Decoder(payloads.MergedChat)
_post = msgspec.json.Decoder(payloads.ChannelsPost)
_product = msgspec.json.Decoder(payloads.ShopProduct)
_order = msgspec.json.Decoder(payloads.ShopOrder)
_inside = msgspec.json.Decoder(dict[str, msgspec.Raw])
_part = msgspec.json.Decoder(dict[str, object])


def content_of(kind: str, name: str, raw: msgspec.Raw) -> Content | None:
    """The content of a message of these kinds; None for one in another form. Its picture is called by ``name``."""
    try:
        return _READINGS[kind](name, raw)
    except UNREADABLE:
        return None


def _lines(parts: Iterable[object]) -> str:
    return "\n".join(told for part in parts if (told := _written(part)))


def _written(part: object) -> str:
    """A fact as text: ids and prices come as numbers too, names as lists."""
    if isinstance(part, list):
        return ", ".join(told for one in part if (told := _written(one)))
    return str(part).strip() if isinstance(part, str | int) and not isinstance(part, bool) else ""


def _merged(name: str, raw: msgspec.Raw) -> Content:
    """A part of another chat, a line for each message: who said it and what."""
    chat = opened(_chat.decode, raw)
    said = (f"{one.sender_name}: {_said(one)}".removeprefix(": ") for one in chat.item[:_MOST_LINES])
    details = {"forwarded": "once"}
    if len(chat.item) > _MOST_LINES:
        details["cut"] = "yes"
    return {"text": _lines((chat.title, *said)), "details": details}


def _said(one: payloads.PassedOn) -> str:
    """The words of a message inside, which is JSON in a string; its kind in brackets where it has none."""
    told = read(_inside, one.msg_content.encode()) or {}
    parts = [part for key, inner in told.items() if (part := read(_part, inner)) and key != "event"]
    words = " ".join(text for part in parts for key in _WORDS if (text := _written(part.get(key))))
    kind = one.msgtype if isinstance(one.msgtype, str) and one.msgtype else next(iter(told), "")
    return words or f"[{kind}]"


def _channels(name: str, raw: msgspec.Raw) -> Content:
    post = opened(_post.decode, raw)
    return {"type": MessageType.UNSUPPORTED, "text": _lines((post.title, post.nickname))}


def _shop_product(name: str, raw: msgspec.Raw) -> Content:
    sold = opened(_product.decode, raw)
    text = _lines((sold.title, _price(sold.sales_price), sold.shop_nickname))
    details = {"product_id": _written(sold.product_id)} if _written(sold.product_id) else {}
    files = _picture(name, sold.head_image)
    return {"type": MessageType.UNSUPPORTED, "text": text, "files": files, "details": details}


def _price(told: object) -> str:
    """In yuan; WeCom tells cents."""
    cents = _written(told)
    return f"¥{int(cents) / 100:.2f}" if cents.isascii() and cents.isdigit() and len(cents) < 12 else cents


def _shop_order(name: str, raw: msgspec.Raw) -> Content:
    order = opened(_order.decode, raw)
    told = (order.product_titles, order.price_wording, order.state, order.order_id, order.shop_nickname)
    return {"type": MessageType.ORDER, "text": _lines(told), "files": _picture(name, order.image_url)}


def _picture(name: str, url: str) -> tuple[IncomingFile, ...]:
    is_address = url.startswith(("http://", "https://"))
    return (IncomingFile(f"card-{name}.jpg", "image/jpeg", url=url),) if is_address else ()


_READINGS: Final[Mapping[str, Callable[[str, msgspec.Raw], Content]]] = {
    "merged_msg": _merged,
    "channels": _channels,
    "channels_shop_product": _shop_product,
    "channels_shop_order": _shop_order,
}
KINDS: Final = frozenset(_READINGS)
"""The kinds of messages that are read here."""
