"""What customers pass on from elsewhere in WeChat says what it is, instead of being something that cannot be shown."""

import json
from typing import Any

import pytest

from mim_desk.channels.base import IncomingFile, IncomingMessage
from mim_desk.domain.message import MessageType
from tests.channels.wecom_kf.test_reading import events, item, unsupported


def heard(kind: str, inside: object) -> IncomingMessage:
    (found,) = events(item(kind, inside))
    assert isinstance(found, IncomingMessage)
    return found


def passed_on(sender: str, kind: str, inside: object) -> dict[str, Any]:
    content = json.dumps({"msgtype": kind, kind: inside}, ensure_ascii=False)
    return {"send_time": 1763790001, "msgtype": kind, "sender_name": sender, "msg_content": content}


def test_a_part_of_another_chat_is_read_line_by_line():
    told = [
        passed_on("Mia", "text", {"content": "鞋到了"}),
        passed_on("Al", "image", {"media_id": "mid-1"}),
        passed_on("Al", "link", {"title": "Shop", "url": "https://shop.example"}),
        passed_on("", "merged_msg", {"title": "An older chat", "item": []}),
    ]

    message = heard("merged_msg", {"title": "Mia and Al", "item": told})

    lines = ["Mia and Al", "Mia: 鞋到了", "Al: [image]", "Al: Shop https://shop.example", "An older chat"]
    assert (message.type, message.text.split("\n")) == (MessageType.TEXT, lines)
    assert message.details == {"forwarded": "once"}


def test_a_line_of_another_chat_in_another_form_costs_only_its_words():
    broken = {"send_time": 1, "msgtype": 17, "sender_name": "Mia", "msg_content": "no JSON"}

    message = heard("merged_msg", {"title": "", "item": [broken, passed_on("Al", "text", {"content": "Hi"})]})

    assert message.text == "Mia: []\nAl: Hi"


def test_a_long_part_of_another_chat_says_that_it_is_cut():
    told = [passed_on("Mia", "text", {"content": str(number)}) for number in range(150)]

    message = heard("merged_msg", {"title": "T", "item": told})

    assert message.text.endswith("\nMia: 99")
    assert message.details == {"forwarded": "once", "cut": "yes"}


@pytest.mark.parametrize("price", ["5000", 5000])
def test_goods_of_a_channels_shop_say_their_price_in_yuan(price: object):
    inside = {
        "product_id": 42,
        "title": "Shoes",
        "sales_price": price,
        "shop_nickname": "Shoe shop",
        "head_image": "http://pictures.example/1",
    }

    message = heard("channels_shop_product", inside)

    assert (message.type, message.text) == (MessageType.UNSUPPORTED, "Shoes\n¥50.00\nShoe shop")
    assert message.files == (IncomingFile("card-m1.jpg", "image/jpeg", url="http://pictures.example/1"),)
    assert message.details == {"product_id": "42"}


@pytest.mark.parametrize("titles", ["Shoes, Socks", ["Shoes", "Socks"]])
def test_an_order_of_a_channels_shop_is_an_order(titles: object):
    inside = {
        "order_id": "o-77",
        "product_titles": titles,
        "price_wording": "¥50.00",
        "state": "待付款",
        "shop_nickname": "Shoe shop",
    }

    message = heard("channels_shop_order", inside)

    assert (message.type, message.files) == (MessageType.ORDER, ())
    assert message.text == "Shoes, Socks\n¥50.00\n待付款\no-77\nShoe shop"


def test_a_post_of_channels_says_whose_it_is():
    message = heard("channels", {"sub_type": 1, "nickname": "Shoes live", "title": "New in"})

    assert (message.type, message.text) == (MessageType.UNSUPPORTED, "New in\nShoes live")


@pytest.mark.parametrize("kind", ["merged_msg", "channels", "channels_shop_product", "channels_shop_order"])
def test_in_another_form_it_is_kept_as_what_cannot_be_shown(kind: str):
    assert heard(kind, 17) == unsupported(kind)
