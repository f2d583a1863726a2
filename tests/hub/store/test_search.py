"""Search in the hub: any script, newest first, and nothing missing while the index is still behind."""

import pytest

from mim_desk.channels.events import MessageEdited
from mim_desk.hub.store import search
from mim_desk.hub.store.store import Store
from tests.hub.store.made import START, bring, indexed, wrote

TEXTS = [
    "Where is my refund?",
    "我想申请退款，谢谢",
    "返金をお願いします",
    "환불 부탁드립니다",
    "ขอเงินคืนด้วยครับ",
    "Refunding takes 5 days; naïve café",
    "it's a \\ back'slash : test & more | (parens)",
    "Nothing here 👍",
]


async def found(store: Store, wanted: str) -> list[str]:
    hits, _ = await store.read(lambda conn: search.messages(conn, wanted))
    return [one.text for one in hits]


@pytest.mark.parametrize("when", ["at once", "indexed"])
async def test_every_script_is_found_by_a_part_of_it(shop: Store, when):
    for number, text in enumerate(TEXTS):
        await bring(shop, wrote(f"m{number}", text, at=number))
    if when == "indexed":
        await indexed(shop)

    assert await found(shop, "退款") == [TEXTS[1]]
    assert await found(shop, "退") == [TEXTS[1]]
    assert await found(shop, "返金") == [TEXTS[2]]
    assert await found(shop, "환불") == [TEXTS[3]]
    assert await found(shop, "คืน") == [TEXTS[4]]
    assert await found(shop, "refund") == [TEXTS[5], TEXTS[0]]
    assert await found(shop, "cafe naive") == [TEXTS[5]]
    assert await found(shop, "back'slash") == [TEXTS[6]]
    assert await found(shop, "👍") == [TEXTS[7]]
    assert await found(shop, "where refunding") == []
    assert await found(shop, '" OR *') == await found(shop, "") == await found(shop, "!!!") == []


async def test_hits_come_newest_first_in_pages_over_index_and_rest(shop: Store):
    for number in range(5):
        await bring(shop, wrote(f"a{number}", f"parcel {number}", at=number))
    await indexed(shop)
    for number in range(5, 9):
        await bring(shop, wrote(f"a{number}", f"parcel {number}", at=number))

    told: list[str] = []
    place = None
    while True:
        hits, place = await shop.read(lambda conn, place=place: search.messages(conn, "parcel", 4, place))
        told += [one.text for one in hits]
        if place is None:
            break

    assert told == [f"parcel {number}" for number in reversed(range(9))]


async def test_an_edited_message_is_found_by_its_new_text_only(shop: Store):
    await bring(shop, wrote("m1", "the blue one"))
    await indexed(shop)

    await bring(shop, MessageEdited("m1", START, "the green one"))

    assert await found(shop, "blue") == []
    assert await found(shop, "green") == ["the green one"]
