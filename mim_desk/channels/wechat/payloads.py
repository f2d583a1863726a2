"""Shapes of WeChat's Official Accounts, with exactly the fields that are read.

https://developers.weixin.qq.com/doc/service/guide/product/message/Receiving_standard_messages.html
"""

import msgspec


class Push(msgspec.Struct, frozen=True, rename=lambda name: name.replace("_", "")):
    """One message or event, its elements named in small letters.

    ``<xml><ToUserName>gh_1</ToUserName><FromUserName>oA1</FromUserName><CreateTime>1763790001</CreateTime>
    <MsgType>text</MsgType><Content>Hello</Content><MsgId>2490001</MsgId></xml>``

    Attributes:
        biz_msg_menu_id: the row of a menu of ours that was picked.
        location_x: the latitude; ``location_y`` is the longitude.
        msg_id: a number of 64 bits, kept as text; some events write ``MsgID``.
    """

    from_user_name: str = ""
    create_time: str = ""
    msg_type: str = ""
    msg_id: str = ""
    content: str = ""
    biz_msg_menu_id: str = ""
    media_id: str = ""
    thumb_media_id: str = ""
    pic_url: str = ""
    format: str = ""
    recognition: str = ""
    location_x: str = msgspec.field(name="location_x", default="")
    location_y: str = msgspec.field(name="location_y", default="")
    label: str = ""
    title: str = ""
    description: str = ""
    url: str = ""
    app_id: str = ""
    page_path: str = ""
    event: str = ""
    event_key: str = ""
    scan_result: str = ""
    status: str = ""
    file_name: str = ""
    fail_reason: str = ""
    expired_time: str = ""


class Notice(msgspec.Struct, frozen=True, rename=lambda name: name.replace("_", "")):
    """What became of a subscribe notice: ``<List><TemplateId/><MsgID/><ErrorCode/><ErrorStatus/></List>``."""

    msg_id: str = ""
    error_code: str = ""
    error_status: str = ""


class Agreed(msgspec.Struct, frozen=True, rename=lambda name: name.replace("_", "")):
    """``<List><TemplateId/><SubscribeStatusString>accept</SubscribeStatusString><PopupScene/></List>``."""

    template_id: str = ""
    subscribe_status_string: str = ""


class Answer(msgspec.Struct, frozen=True):
    """``{"errcode": 0, "errmsg": "ok"}``; errors come with status 200, a good answer may have no ``errcode``."""

    errcode: int = 0
    errmsg: str = ""
    msgid: int | str | None = None


class Token(msgspec.Struct, frozen=True):
    """``{"access_token": "...", "expires_in": 7200}``."""

    access_token: str
    expires_in: float


class Uploaded(msgspec.Struct, frozen=True):
    """``{"type": "image", "media_id": "...", "created_at": 1763790000}``; of a thumb ``thumb_media_id``."""

    media_id: str


class Video(msgspec.Struct, frozen=True):
    """``{"video_url": "..."}``: where a video lies that was asked for by its media id."""

    video_url: str
