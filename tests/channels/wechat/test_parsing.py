"""Every kind of message and event of WeChat, and what the desk hears of it."""

import uuid
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from mim_desk.channels.base import (
    Account,
    AccountTold,
    ConsentChanged,
    ContactActed,
    Event,
    IncomingFile,
    IncomingMessage,
    Picked,
    Place,
    RawRequest,
    ReachChanged,
    Receipt,
    Sender,
    Unknown,
)
from mim_desk.channels.wechat.adapter import WeChatAdapter
from mim_desk.domain.consent import Source
from mim_desk.domain.inbox import FigureState
from mim_desk.domain.message import Activity, DeliveryStatus, MessageType
from tests.channels.wechat.provider import TOKEN, xml

STAMP = 1763790001
AT = datetime.fromtimestamp(STAMP, UTC)
RECEIVED = datetime.fromtimestamp(STAMP + 2, UTC)
ACCOUNT = Account("inbox-1", {"app_id": "wx1", "mode": "plain"}, {"token": TOKEN})
ANA = Sender("oMIMana0000000000000000A1B2", display="WeChat customer …A1B2")


def events(body: str, account: Account = ACCOUNT) -> tuple[Event, ...]:
    return WeChatAdapter().parse(account, RawRequest("POST", "/", "", {}, body.encode(), RECEIVED)).events


def pushed(kind: str, **elements: str) -> str:
    told = {"ToUserName": "gh_x", "FromUserName": ANA.external_id, "CreateTime": str(STAMP), "MsgType": kind}
    return xml(**told, **elements)


def event(name: str, inside: str = "", **elements: str) -> str:
    return pushed("event", Event=name, **elements).replace("</xml>", f"{inside}</xml>")


def message(external_id: str, kind: MessageType = MessageType.TEXT, **more: object) -> IncomingMessage:
    return IncomingMessage(external_id, ANA, AT, kind, **more)  # type: ignore[arg-type]  # the fields of the case


def verification(told: str, state: FigureState, until: datetime | None = None) -> AccountTold:
    return AccountTold("Verification at WeChat", told, AT, state, until)


SHORT = {"window_s": "60", "replies": "3"}
MESSAGES = {
    "text": (
        pushed("text", Content="你好 /:rose [Smile]", MsgId="24900000000000001"),
        message("24900000000000001", text="你好 /:rose [Smile]"),
    ),
    "text with fields we do not know": (
        pushed("text", Content="Hi", MsgId="1", MsgDataId="7", Idx="1", Later="x"),
        message("1", text="Hi"),
    ),
    "a picked row of a menu message": (
        pushed("text", Content="Yes", bizmsgmenuid="101", MsgId="2490006"),
        message("2490006", MessageType.CHOICE, text="Yes", choice=Picked("101", "Yes"), details=SHORT),
    ),
    "image": (
        pushed("image", PicUrl="http://img.example/1", MediaId="mid-1", MsgId="2490001"),
        message(
            "2490001",
            MessageType.IMAGE,
            files=(IncomingFile("image-2490001.jpg", "image/jpeg", external_id="mid-1"),),
        ),
    ),
    "image without a media id": (
        pushed("image", PicUrl="http://img.example/1", MsgId="2"),
        message("2", MessageType.IMAGE, files=(IncomingFile("image-2.jpg", "image/jpeg", url="http://img.example/1"),)),
    ),
    "voice with its transcript": (
        pushed("voice", MediaId="mid-2", Format="amr", Recognition="hello", MsgId="2490002"),
        message(
            "2490002",
            MessageType.VOICE,
            text="hello",
            files=(IncomingFile("voice-2490002.amr", "audio/amr", external_id="mid-2"),),
            details={"transcribed_by": "WeChat"},
        ),
    ),
    "voice without one": (
        pushed("voice", MediaId="mid-2", Format="speex", Recognition="", MsgId="3"),
        message("3", MessageType.VOICE, files=(IncomingFile("voice-3.speex", "audio/speex", external_id="mid-2"),)),
    ),
    "video": (
        pushed("video", MediaId="mid-3", ThumbMediaId="mid-4", MsgId="2490003"),
        message(
            "2490003",
            MessageType.VIDEO,
            files=(IncomingFile("video-2490003.mp4", "video/mp4", external_id="mid-3"),),
        ),
    ),
    "short video": (
        pushed("shortvideo", MediaId="mid-3", ThumbMediaId="mid-4", MsgId="4"),
        message("4", MessageType.VIDEO, files=(IncomingFile("video-4.mp4", "video/mp4", external_id="mid-3"),)),
    ),
    "location, its X being the latitude": (
        pushed("location", Location_X="31.23", Location_Y="121.47", Scale="15", Label="Shanghai", MsgId="2490004"),
        message("2490004", MessageType.LOCATION, location=Place(31.23, 121.47, "Shanghai")),
    ),
    "location that is nowhere": (
        pushed("location", Location_X="nan", Location_Y="121.47", Label="Shanghai", MsgId="5"),
        message("5", MessageType.UNSUPPORTED, text="Shanghai"),
    ),
    "location beyond the pole": (
        pushed("location", Location_X="131", Location_Y="21", MsgId="5"),
        message("5", MessageType.UNSUPPORTED),
    ),
    "link": (
        pushed("link", Title="T", Description="D", Url="https://example.com/a", MsgId="2490005"),
        message("2490005", text="T\nD\nhttps://example.com/a", details={"link": "https://example.com/a"}),
    ),
    "mini program card": (
        pushed(
            "miniprogrampage", Title="Shoes", AppId="wx2", PagePath="p/1", ThumbUrl="u", ThumbMediaId="mid-5", MsgId="6"
        ),
        message(
            "6",
            MessageType.UNSUPPORTED,
            text="Shoes",
            files=(IncomingFile("card-6.jpg", "image/jpeg", external_id="mid-5"),),
            details={"app_id": "wx2", "page_path": "p/1"},
        ),
    ),
    "file with a media id": (
        pushed("file", MediaId="mid-5", FileName="plan.pdf", MsgId="7"),
        message(
            "7", MessageType.FILE, files=(IncomingFile("plan.pdf", "application/octet-stream", external_id="mid-5"),)
        ),
    ),
    "file, whose fields nobody knows": (
        pushed("file", Title="plan.pdf", MsgId="7"),
        message("7", MessageType.UNSUPPORTED, text="plan.pdf", details={"wechat_type": "file"}),
    ),
    "a kind there is not yet": (
        pushed("hologram", MsgId="8"),
        message("8", MessageType.UNSUPPORTED, details={"wechat_type": "hologram"}),
    ),
    "what stands for a sticker": (
        pushed("text", Content="【收到不支持的消息类型，暂无法显示】", MsgId="9"),
        message("9", MessageType.UNSUPPORTED, text="【收到不支持的消息类型，暂无法显示】"),
    ),
    "a menu click": (
        event("CLICK", EventKey="HELP"),
        message(
            f"{ANA.external_id}:{STAMP}:click:HELP",
            MessageType.CHOICE,
            text="HELP",
            choice=Picked("HELP", "HELP"),
            details=SHORT,
            wants_answer=False,
        ),
    ),
    "a scanned code": (
        event(
            "scancode_waitmsg",
            "<ScanCodeInfo><ScanType>qrcode</ScanType><ScanResult>SKU 7</ScanResult></ScanCodeInfo>",
            EventKey="scan",
        ),
        message(
            f"{ANA.external_id}:{STAMP}:scancode_waitmsg:scan",
            MessageType.CHOICE,
            text="SKU 7",
            choice=Picked("scan", "SKU 7"),
            details=SHORT,
            wants_answer=False,
        ),
    ),
}


@pytest.mark.parametrize(("body", "wanted"), MESSAGES.values(), ids=MESSAGES.keys())
def test_each_kind_of_message(body: str, wanted: IncomingMessage):
    assert events(body) == (wanted,)


def came(way: str, scene: str = "") -> ContactActed:
    line_id = str(uuid.uuid5(uuid.NAMESPACE_OID, f"wechat:{ANA.external_id}:{STAMP}:{way}:{scene}"))
    details = {"way": way, **({"referral": scene} if scene else {}), **SHORT}
    return ContactActed(ANA, AT, Activity.CAME_BY, line_id, details)


def agreed(template_id: str, *, granted: bool) -> ConsentChanged:
    evidence = f"{ANA.external_id}:{STAMP}:{template_id}"
    return ConsentChanged(ANA, AT, granted, f"notice {template_id}", Source.PROVIDER, evidence)


AGREED = "".join(
    f"<List><TemplateId>{name}</TemplateId><SubscribeStatusString>{said}</SubscribeStatusString>"
    "<PopupScene>2</PopupScene></List>"
    for name, said in (("t1", "accept"), ("t2", "reject"), ("t3", "perhaps"))
)
BLOCKED = "The customer refuses messages of the account."
NOTICE = "<List><TemplateId>t</TemplateId><MsgID>{}</MsgID><ErrorCode>{}</ErrorCode><ErrorStatus>s</ErrorStatus></List>"
FACTS: dict[str, tuple[str, list[Event]]] = {
    "follow": (
        event("subscribe", EventKey="qrscene_shop7", Ticket="tk"),
        [ReachChanged(ANA, AT, can_reach=True, by_choice=True), came("follow", "shop7")],
    ),
    "follow without a code": (
        event("subscribe", EventKey=""),
        [ReachChanged(ANA, AT, can_reach=True, by_choice=True), came("follow")],
    ),
    "a code scanned by a follower": (event("SCAN", EventKey="shop7", Ticket="tk"), [came("scan", "shop7")]),
    "what was said to notices": (
        event("subscribe_msg_popup_event", f"<SubscribeMsgPopupEvent>{AGREED}</SubscribeMsgPopupEvent>"),
        [
            agreed("t1", granted=True),
            agreed("t2", granted=False),
            Unknown("subscribe_msg_popup_event", "it says neither accept nor reject"),
        ],
    ),
    "leave": (event("unsubscribe", EventKey=""), [ReachChanged(ANA, AT, can_reach=False, by_choice=True)]),
    "a template that arrived": (
        event("TEMPLATESENDJOBFINISH", MsgID="9001", Status="success"),
        [Receipt(DeliveryStatus.DELIVERED, AT, "9001")],
    ),
    "a template that was refused": (
        event("TEMPLATESENDJOBFINISH", MsgID="9001", Status="failed:user block"),
        [Receipt(DeliveryStatus.FAILED, AT, "9001", reason=BLOCKED, code="failed:user block")],
    ),
    "a template that failed": (
        event("TEMPLATESENDJOBFINISH", MsgID="9001", Status="failed: system failed"),
        [
            Receipt(
                DeliveryStatus.FAILED,
                AT,
                "9001",
                reason="WeChat could not deliver the message.",
                code="failed: system failed",
            )
        ],
    ),
    "notices, each by itself": (
        event(
            "subscribe_msg_sent_event",
            f"<SubscribeMsgSentEvent>{NOTICE.format(7, 0)}{NOTICE.format('', 0)}{NOTICE.format(8, 43101)}"
            "</SubscribeMsgSentEvent>",
        ),
        [
            Receipt(DeliveryStatus.DELIVERED, AT, "7"),
            Unknown("subscribe_msg_sent_event", "it names no message"),
            Receipt(DeliveryStatus.FAILED, AT, "8", reason="WeChat could not deliver the notice.", code="43101"),
        ],
    ),
    "another customer service client": (
        event("kf_create_session", KfAccount="a@b"),
        [
            AccountTold(
                "Tencent's own customer service client",
                "It answers here too: end its sessions and switch it off.",
                AT,
                FigureState.WARNING,
                AT + timedelta(days=1),
            )
        ],
    ),
    "the account is verified": (
        event("qualification_verify_success", ExpiredTime="1795326000"),
        [verification("The account is verified.", FigureState.OK, AT + timedelta(days=3))],
    ),
    "the account was not verified": (
        event("qualification_verify_fail", FailTime="1763790000", FailReason="by time"),
        [verification("The account was not verified: by time.", FigureState.DANGER)],
    ),
    "the name was not verified, nobody says why": (
        event("naming_verify_fail"),
        [verification("The account's name was not verified.", FigureState.WARNING)],
    ),
    "the verification is over": (
        event("verify_expired"),
        [
            verification(
                "The verification is over. Verify the account again: until then it may not send.", FigureState.DANGER
            )
        ],
    ),
    "an event there is not yet": (event("dance"), [Unknown("dance")]),
    "an event without a name": (event(""), [Unknown("event")]),
}


@pytest.mark.parametrize(("body", "wanted"), FACTS.values(), ids=FACTS.keys())
def test_each_event(body: str, wanted: list[Event]):
    assert list(events(body)) == wanted


@pytest.mark.parametrize(
    "name",
    [
        "LOCATION",
        "VIEW",
        "view_miniprogram",
        "pic_sysphoto",
        "pic_photo_or_album",
        "pic_weixin",
        "location_select",
        "MASSSENDJOBFINISH",
        "subscribe_msg_popup_event",
        "subscribe_msg_change_event",
    ],
)
def test_events_in_which_the_customer_says_nothing_open_nothing_and_are_no_problem(name: str):
    assert events(event(name, EventKey="k", MsgID="1")) == ()


def test_the_names_of_events_may_be_written_large_or_small():
    assert events(event("Unsubscribe")) == (ReachChanged(ANA, AT, can_reach=False, by_choice=True),)


def test_two_clicks_of_one_second_on_different_rows_are_two():
    keys = {one.external_id for key in "AB" for one in events(event("CLICK", EventKey=key)) if hasattr(one, "choice")}

    assert len(keys) == 2


def test_an_id_of_64_bits_stays_whole():
    (found,) = events(pushed("text", Content="x", MsgId="9223372036854775807"))

    assert isinstance(found, IncomingMessage)
    assert found.external_id == "9223372036854775807"


@pytest.mark.parametrize("told", ["-5", "99999999999999999999999", "", "soon", "4102444800", "1e9", "²"])
def test_a_time_that_cannot_be_is_that_of_the_delivery(told: str):
    (found,) = events(xml(FromUserName="oA1", CreateTime=told, MsgType="text", Content="x", MsgId="1"))

    assert isinstance(found, IncomingMessage)
    assert found.occurred_at == RECEIVED


def test_only_the_menu_items_that_the_admin_names_want_an_answer():
    account = replace(ACCOUNT, settings={**ACCOUNT.settings, "menu_questions": ["HELP"]})

    found = [events(event("CLICK", EventKey=key), account)[0] for key in ("HELP", "ABOUT")]

    assert [one.wants_answer for one in found if isinstance(one, IncomingMessage)] == [True, False]


def test_the_short_window_is_a_setting():
    account = replace(ACCOUNT, settings={**ACCOUNT.settings, "short_replies": "5", "short_window_s": "90"})

    (scanned,) = events(event("SCAN", EventKey="shop7"), account)

    assert isinstance(scanned, ContactActed)
    assert scanned.details == {"way": "scan", "referral": "shop7", "window_s": "90", "replies": "5"}


def test_the_same_follow_told_twice_is_one_line():
    lines = [events(event("subscribe", EventKey="qrscene_shop7"))[1] for _ in range(2)]

    assert lines[0] == lines[1]
