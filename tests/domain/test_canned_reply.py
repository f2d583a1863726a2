"""Canned replies are found while typing, and their variables are filled or block the sending."""

from dataclasses import dataclass
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mim_desk.domain import canned_reply
from mim_desk.domain.canned_reply import CannedReplies, Variable, fill, slash_at, undefined


@dataclass(frozen=True)
class Stored:
    id: str
    shortcut: str
    title: str
    text: str


REPLIES = [
    Stored("1", "refund", "Refund policy", "We return the money within 14 days."),
    Stored("2", "refund-status", "Where is the refund", "It is on its way to your card."),
    Stored("3", "hi", "Greeting", "Hello {{contact.name|there}}, how can I help?"),
    Stored("4", "ship", "Delivery times", "Parcels need two days; a refund is possible after five."),
    Stored("5", "dz", "修改地址", "请告诉我们新的收货地址。"),
    Stored("6", "cafe", "Café opening hours", "Open from nine to five."),
]
INDEX = CannedReplies(REPLIES)


@pytest.mark.parametrize(
    ("typed", "ids"),
    [
        pytest.param("refund", ["1", "2", "4"], id="exact shortcut, its beginning, then text"),
        pytest.param("REF", ["1", "2", "4"], id="any case"),
        pytest.param("policy", ["1"], id="title word"),
        pytest.param("deliv", ["4"], id="beginning of a title word"),
        pytest.param("liver", ["4"], id="inside a title word"),
        pytest.param("parcels", ["4"], id="text word"),
        pytest.param("地址", ["5"], id="two Chinese characters"),
        pytest.param("café", ["6"], id="accent typed"),
        pytest.param("cafe hours", ["6"], id="every word must fit"),
        pytest.param("refund hours", [], id="words of different replies"),
        pytest.param("refnd", ["1", "2", "4"], id="a letter left out"),
        pytest.param("refuund", ["1", "2", "4"], id="a letter too many"),
        pytest.param("rufund", ["1", "2", "4"], id="a wrong letter"),
        pytest.param("erfund", ["1", "2", "4"], id="two letters swapped"),
        pytest.param("greting", ["3"], id="typo in the title"),
        pytest.param("parcles tow", ["4"], id="a typo in each word"),
        pytest.param("xefynd", [], id="two mistakes in a word"),
        pytest.param("zzz", [], id="nothing"),
    ],
)
def test_typed_letters_find_replies_best_first(typed: str, ids: list[str]) -> None:
    assert [reply.id for reply in INDEX.match(typed)] == ids


def test_nothing_typed_shows_all_by_shortcut() -> None:
    assert [reply.shortcut for reply in INDEX.match("")] == ["cafe", "dz", "hi", "refund", "refund-status", "ship"]
    assert len(INDEX.match("", limit=2)) == 2


@given(st.text(max_size=30))
def test_whatever_is_typed_is_answered(typed: str) -> None:
    INDEX.match(typed)


def test_five_thousand_replies_are_matched_without_comparing_each_word(monkeypatch: pytest.MonkeyPatch) -> None:
    """Counted, not timed: a key looks at fewer words than the vocabulary holds."""
    dice = Random(5)
    words = ["".join(dice.choices("abcdefghijklmnopqrstuvwxyz", k=7)) for _ in range(8000)]
    replies = [
        Stored(str(n), words[n], " ".join(dice.choices(words, k=4)), " ".join(dice.choices(words, k=40)))
        for n in range(5000)
    ]
    index = CannedReplies(replies)
    looked = 0
    real = canned_reply._Words._beginning

    def counting(self: canned_reply._Words, start: str) -> list[str]:
        nonlocal looked
        found = real(self, start)
        looked += len(found)
        return found

    monkeypatch.setattr(canned_reply._Words, "_beginning", counting)

    wrong = words[17][:3] + "#" + words[17][4:]
    assert "17" in [reply.id for reply in index.match(wrong.replace("#", "q"))]
    assert looked < len(words)


@pytest.mark.parametrize(
    ("text", "cursor", "found"),
    [
        ("/", 1, (0, "")),
        ("/ref", 4, (0, "ref")),
        ("Hello /ref", 10, (6, "ref")),
        ("Hello\n/ref", 10, (6, "ref")),
        ("您好/地", 4, (2, "地")),
        ("/ref more", 9, None),
        ("/ref more", 4, (0, "ref")),
        ("and/or", 6, None),
        ("https://x", 9, None),
        ("24/7", 4, None),
        ("Sorry :-/", 9, None),
        ("=/", 2, None),
        ("</b", 3, None),
        ("(/ref", 5, (1, "ref")),
        ("/ref\n", 5, None),
        ("", 0, None),
    ],
)
def test_a_slash_calls_replies_at_any_place_but_not_inside_words(
    text: str, cursor: int, found: tuple[int, str] | None
) -> None:
    assert slash_at(text, cursor) == found


def test_variables_are_filled_and_their_places_told() -> None:
    filled = fill("Hi {{ contact.name }}, I am {{agent.name}}.", {"contact.name": "Mia", "agent.name": "Noor"})

    assert filled.text == "Hi Mia, I am Noor."
    assert filled.undefined == ()
    assert [filled.text[found.start : found.end] for found in filled.replaced] == ["Mia", "Noor"]


def test_an_undefined_variable_stays_and_is_told() -> None:
    filled = fill("Order {{order.id}} for {{contact.name}}", {"contact.name": "Mia", "order.id": "  "})

    assert filled.text == "Order {{order.id}} for Mia"
    assert filled.undefined == (Variable("order.id", 6, 18),)
    assert undefined(filled.text) == filled.undefined


@pytest.mark.parametrize(
    ("text", "values", "filled"),
    [
        ("Hi {{contact.name|there}}", {}, "Hi there"),
        ("Hi {{contact.name|there}}", {"contact.name": "Mia"}, "Hi Mia"),
        ("Hi{{contact.name|}}!", {}, "Hi!"),
        ("a {b} {{}", {}, "a {b} {{}"),
        ("Hi {{contact.name|{x}}}", {}, "Hi {x}"),
        ("Hi {{contact.name|{x}}}", {"contact.name": "Mia"}, "Hi Mia"),
        ("{{contact.name}}", {"contact.name": "{{agent.name}}", "agent.name": "Noor"}, "{{agent.name}}"),
        ("你好 {{contact.name|朋友}}", {}, "你好 朋友"),
    ],
)
def test_fallbacks_fill_and_values_are_not_filled_again(text: str, values: dict[str, str], filled: str) -> None:
    assert fill(text, values).text == filled


@given(st.text(alphabet="ab{}| .", max_size=40), st.dictionaries(st.sampled_from(["a", "b", "a.b"]), st.just("Z")))
def test_told_places_are_where_the_variables_stand(text: str, values: dict[str, str]) -> None:
    filled = fill(text, values)

    for found in filled.undefined:
        assert filled.text[found.start : found.end].startswith("{{")
        assert found.name in filled.text[found.start : found.end]


def test_a_shortcut_without_letters_is_found_by_itself() -> None:
    marks = CannedReplies(
        [Stored("a", "!", "Other", ""), Stored("b", "??", "Twice", ""), Stored("c", "?", "Which", ""), *REPLIES]
    )

    assert [reply.id for reply in marks.match("?")] == ["c", "b"]
    assert marks.match("#") == []
    assert len(marks.match("")) == 9
