"""Search text: what a person types finds what a person wrote, in every script, and nothing typed is syntax."""

import sqlite3

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mim_desk.domain import search_text

TEXTS = (
    "我要退款，订单号 A-1023，谢谢！",
    "修改地址可以吗",
    "注文を返金してください ﾊﾞﾅﾅ",
    "주문번호 확인해 주세요",
    "ขอคืนเงินได้ไหมครับ ที่นี่",
    "ຂໍຄືນເງິນ",
    "សូមបង្វិលប្រាក់វិញ",
    "ငွေပြန်အမ်းပါ",
    "Where is my REFUND? Café Zürich, Ｆｕｌｌ width",
    "أَهْلًا بكم في المتجر",
    "हिन्दी में बात करें",
    "Ещё один заказ № 12345",
    "iPhone手机壳 is here 👍",
)


def found(texts: tuple[str, ...] | list[str], typed: str) -> list[int]:
    """Rows of a real index that answer ``typed``."""
    base = sqlite3.connect(":memory:")
    base.execute("CREATE VIRTUAL TABLE hits USING fts5(text, content='', tokenize='unicode61')")
    rows = [(number, search_text.index_text(text)) for number, text in enumerate(texts)]
    base.executemany("INSERT INTO hits(rowid, text) VALUES (?, ?)", rows)
    expression = search_text.query(typed)
    hits = base.execute("SELECT rowid FROM hits WHERE hits MATCH ?", (expression,)) if expression else []
    numbers = sorted(row[0] for row in hits)
    base.close()
    return numbers


@pytest.mark.parametrize(
    ("typed", "row"),
    [
        ("退款", 0),
        ("退", 0),
        ("款", 0),
        ("a-1023", 0),
        ("改地", 1),
        ("修改地址", 1),
        ("返金", 2),
        ("バナナ", 2),
        ("번호", 3),
        ("คืนเงิน", 4),
        ("ที่นี่", 4),
        ("ຄືນ", 5),
        ("ប្រាក់", 6),
        ("ပြန်", 7),
        ("refu", 8),
        ("cafe zurich", 8),
        ("full", 8),
        ("اهلا", None),
        ("أهلا", 9),
        ("हिन्दी", 10),
        ("еще", 11),
        ("12345", 11),
        ("iphone手机", 12),
        ("机壳 here", 12),
        ("👍", 12),
    ],
)
def test_a_part_of_a_text_finds_it(typed: str, row: int | None) -> None:
    assert found(TEXTS, typed) == ([] if row is None else [row])


def test_a_vowel_sign_counts_so_that_another_word_is_not_found() -> None:
    assert found(["ที", "ทา"], "ที") == [0]


def test_the_middle_of_a_word_with_spaces_around_is_not_a_beginning() -> None:
    assert found(["delivery"], "livery") == []


@pytest.mark.parametrize(
    "typed",
    [
        '"',
        "*",
        "NEAR(",
        "a AND",
        "col:x",
        "^a",
        "-x",
        "(a OR b)",
        'x" OR "y',
        "'; --",
        "{a b}",
    ],
)
def test_query_syntax_is_only_text(typed: str) -> None:
    assert found(["nothing of that"], typed) in ([], [0])


def test_nothing_to_look_for_is_an_empty_query() -> None:
    assert [search_text.query(typed) for typed in ("", "  ", '"*-+"', "…")] == [
        "",
        "",
        "",
        "",
    ]


@given(st.text(max_size=40))
def test_whatever_is_typed_is_a_valid_question(typed: str) -> None:
    found(["some text", "别的"], typed)


@given(
    st.lists(
        st.text(alphabet="退款修改地址返金のすアー환불วีนที่ຄືນ", min_size=1, max_size=9),
        min_size=1,
        max_size=12,
    ),
    st.text(alphabet="退款修改地址返金のすアー환불วีนที่ຄືນ", min_size=1, max_size=3),
)
def test_scripts_without_spaces_are_found_exactly_where_the_text_contains_them(texts: list[str], typed: str) -> None:
    wanted = [number for number, text in enumerate(texts) if search_text.fold(typed) in search_text.fold(text)]

    assert found(texts, typed) == wanted


@given(
    st.lists(st.text(alphabet="abcdé Ñ-_'1", min_size=1, max_size=12), max_size=8),
    st.text(alphabet="abcdeñ1", min_size=1),
)
def test_words_are_found_by_their_beginnings_exactly(texts: list[str], typed: str) -> None:
    def words(text: str) -> list[str]:
        return "".join(ch if ch.isalnum() else " " for ch in search_text.fold(text)).split()

    wanted = [
        number
        for number, text in enumerate(texts)
        if any(word.startswith(search_text.fold(typed)) for word in words(text))
    ]

    assert found(texts, typed) == wanted


@pytest.mark.parametrize(
    ("text", "typed", "marked"),
    [
        ("请退款 REFUNDED café", "refund 退款", ["退款", "REFUND"]),
        ("Café cafeteria", "café", ["Café", "cafe"]),
        ("ﾊﾞﾅﾅ 3本", "バナ", ["ﾊﾞﾅ"]),
        ("हिन्दी", "हि", ["हि"]),
        ("退退退", "退退", ["退退退"]),
        ("nothing", "x", []),
        ("", "x", []),
    ],
)
def test_what_was_hit_is_marked_in_the_text_as_written(text: str, typed: str, marked: list[str]) -> None:
    assert [text[start:end] for start, end in search_text.spans(text, typed)] == marked


@given(st.text(max_size=60), st.text(max_size=10))
def test_marks_lie_inside_the_text_in_order(text: str, typed: str) -> None:
    marks = search_text.spans(text, typed)

    ends = [place for mark in marks for place in mark]
    assert ends == sorted(ends)
    assert all(0 <= place <= len(text) for place in ends)


def test_a_long_hostile_run_grows_only_in_proportion() -> None:
    assert len(search_text.index_text("退" * 300_000)) <= 3 * 300_000 + 2


@pytest.mark.parametrize("before", [0, 1, 499, 1_000, 1_999, 280_000])
def test_of_a_long_text_only_what_is_near_the_hit_is_shown(before: int) -> None:
    text = "退" * before + "地址 Straße" + "订" * 50_000

    near = search_text.nearby(text, "strasse")

    assert len(near) < 2_000
    assert "地址 Straße" in near
    assert [near[start:end] for start, end in search_text.spans(near, "strasse")] == ["Straße"]


def test_a_short_text_is_shown_whole_and_of_a_long_one_without_a_hit_its_beginning() -> None:
    assert search_text.nearby("abc", "x") == "abc"
    assert search_text.nearby("ab" * 5_000, "x") == "ab" * 500
