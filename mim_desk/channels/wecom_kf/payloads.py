"""Shapes of WeCom customer service, with exactly the fields that are read.

https://developer.work.weixin.qq.com/document/path/94670
"""

import msgspec


class Text(msgspec.Struct, frozen=True):
    """``{"content": "Hello", "menu_id": "101"}``; the second where a row of a menu was picked."""

    content: str = ""
    menu_id: str = ""


class Media(msgspec.Struct, frozen=True):
    """``{"media_id": "..."}``: of a picture, a recording, a video or a file."""

    media_id: str = ""


class Location(msgspec.Struct, frozen=True):
    """``{"latitude": 23.1, "longitude": 113.3, "name": "Shop", "address": "1 Long Street"}``."""

    latitude: float
    longitude: float
    name: str = ""
    address: str = ""


class Link(msgspec.Struct, frozen=True):
    """``{"title": "T", "desc": "D", "url": "https://example.com", "pic_url": "..."}``."""

    title: str = ""
    desc: str = ""
    url: str = ""


class Card(msgspec.Struct, frozen=True):
    """``{"userid": "..."}``: the card of a member of the company."""

    userid: str = ""


class MiniProgram(msgspec.Struct, frozen=True):
    """``{"title": "...", "appid": "wx1", "pagepath": "p/1", "thumb_media_id": "..."}``."""

    title: str = ""
    appid: str = ""
    pagepath: str = ""
    thumb_media_id: str = ""


class ChannelsEntry(msgspec.Struct, frozen=True):
    """``{"nickname": "Acme live", "scene": 1}``, of a shop ``shop_nickname``: the Channels account they came from."""

    nickname: str = ""
    shop_nickname: str = ""


class Happening(msgspec.Struct, frozen=True):
    """``{"event_type": "msg_send_fail", "external_userid": "wm1", "fail_msgid": "...", "fail_type": 4}``.

    Attributes:
        scene: of the link by which somebody opened the chat, ``scene_param`` what was added to it.
        welcome_code: with which they may be welcomed, once and within 20 seconds.
        recall_msgid: the message that the customer took back (unverified, like its event ``user_recall_msg``).
    """

    event_type: str = ""
    external_userid: str = ""
    fail_msgid: str = ""
    fail_type: int = 0
    recall_msgid: str = ""
    scene: str = ""
    scene_param: str = ""
    welcome_code: str = ""
    wechat_channels: ChannelsEntry = ChannelsEntry()


class PassedOn(msgspec.Struct, frozen=True):
    r"""``{"send_time": 1763790001, "msgtype": "text", "sender_name": "Mia", "msg_content": "{\"text\": {...}}"}``."""

    sender_name: str = ""
    msgtype: object = ""
    msg_content: str = ""


class MergedChat(msgspec.Struct, frozen=True):
    """``{"title": "Mia and Al", "item": [...]}``: a part of another chat."""

    title: str = ""
    item: list[PassedOn] = []


class ChannelsPost(msgspec.Struct, frozen=True):
    """``{"sub_type": 1, "nickname": "Acme live", "title": "New shoes"}``; 1 a post, 2 a live stream, 3 the account."""

    nickname: str = ""
    title: str = ""


class ShopProduct(msgspec.Struct, frozen=True):
    """``{"product_id": "p1", "head_image": "http://...", "title": "Shoes", "sales_price": "5000", ...}``; in cents of a yuan."""

    product_id: object = ""
    head_image: str = ""
    title: str = ""
    sales_price: object = ""
    shop_nickname: str = ""


class ShopOrder(msgspec.Struct, frozen=True):
    """``{"order_id": "o1", "product_titles": "Shoes", "price_wording": "¥50.00", "state": "paid", "image_url": "http://..."}``."""

    order_id: object = ""
    product_titles: object = ""
    price_wording: str = ""
    state: str = ""
    image_url: str = ""
    shop_nickname: str = ""


class Customer(msgspec.Struct, frozen=True):
    """``{"external_userid": "wm1", "nickname": "Mia", "avatar": "http://...", "gender": 1, "unionid": "oU1"}``."""

    nickname: object = ""
    avatar: object = ""
    unionid: object = ""


class Customers(msgspec.Struct, frozen=True):
    """``{"errcode": 0, "customer_list": [...], "invalid_external_userid": ["wm2"]}``."""

    errcode: int = 0
    customer_list: list[Customer] = []


class Click(msgspec.Struct, frozen=True):
    """``{"id": "101", "content": "Yes"}``."""

    content: str = ""


class Choice(msgspec.Struct, frozen=True):
    """``{"type": "click", "click": {...}}``; a link is a ``view``, and there are rows of plain ``text``."""

    click: Click | None = None
    view: Click | None = None
    miniprogram: Click | None = None
    text: Click | None = None


class Menu(msgspec.Struct, frozen=True):
    """``{"head_content": "Were we of help?", "list": [...], "tail_content": "Thank you"}``."""

    head_content: str = ""
    list: tuple[Choice, ...] = ()
    tail_content: str = ""


class Item(msgspec.Struct, frozen=True):
    """One of ``msg_list``; what it holds stands under the name of its type.

    ``{"msgid": "m1", "open_kfid": "wk1", "external_userid": "wm1", "send_time": 1763790001, "origin": 3,
    "msgtype": "text", "text": {"content": "Hello"}}``

    Attributes:
        origin: 3 the customer, 4 the system, 5 somebody in the WeCom client.
        send_time: in seconds.
    """

    msgid: str = ""
    external_userid: str = ""
    send_time: object = None
    origin: int = 0
    msgtype: str = ""


class Batch(msgspec.Struct, frozen=True):
    """The answer of ``sync_msg``: ``{"errcode": 0, "next_cursor": "c1", "has_more": 1, "msg_list": [...]}``."""

    errcode: int = 0
    next_cursor: str = ""
    has_more: int | bool = 0
    msg_list: list[msgspec.Raw] = []


class Answer(msgspec.Struct, frozen=True):
    """``{"errcode": 0, "errmsg": "ok", "msgid": "..."}``; errors come with status 200."""

    errcode: int = 0
    errmsg: str = ""
    msgid: str = ""


class Token(msgspec.Struct, frozen=True):
    """``{"errcode": 0, "errmsg": "ok", "access_token": "...", "expires_in": 7200}``."""

    access_token: str
    expires_in: float


class Uploaded(msgspec.Struct, frozen=True):
    """``{"errcode": 0, "type": "image", "media_id": "...", "created_at": "1763790000"}``."""

    media_id: str


class ServiceState(msgspec.Struct, frozen=True):
    """``{"errcode": 0, "service_state": 3, "servicer_userid": "li.na"}``.

    Attributes:
        service_state: 0 new, 1 ours, 2 waiting in WeCom's queue, 3 with somebody in the WeCom client, 4 over.
    """

    errcode: int = 0
    service_state: int = -1
