"""What a connection remembers beyond its end."""

import itertools

from hypothesis import given
from hypothesis import strategies as st

from mim_desk.channels.sms_smpp import memory as memories
from mim_desk.channels.sms_smpp.joining import joined
from mim_desk.channels.sms_smpp.memory import DOUBT_S, HOLD_S, Memory, Ready
from mim_desk.channels.sms_smpp.payloads import Pdu, short_message
from tests.channels.sms_smpp.made import part, pdu, text

HELLO = pdu(text("Hello"))


def said(ready: list[Ready]) -> list[str | None]:
    return [joined([short_message(octets[16:]) for octets in one.pdus], "gsm").text for one in ready]


def piece(word: str, number: int, total: int, reference: int = 1) -> Pdu:
    return pdu(part(word.encode("utf-16-be"), number, total, reference))


def test_a_whole_text_is_ready_at_once() -> None:
    assert said(Memory().take(HELLO, 0)) == ["Hello"]


@given(st.permutations([1, 2, 3]), st.lists(st.sampled_from([1, 2, 3]), max_size=3))
def test_parts_in_any_order_and_twice_make_one_text(order: list[int], again: list[int]) -> None:
    memory, come = Memory(), [order[0], *again, *order[1:]]
    come = come[: max(come.index(number) for number in order) + 1]

    ready = [said(memory.take(piece("abc"[number - 1], number, 3), 0)) for number in come]

    assert list(itertools.chain(*ready)) == ["abc"]
    assert not memory.kept.waiting


def test_a_part_that_comes_again_after_its_text_was_whole_begins_no_other() -> None:
    memory = Memory()
    memory.take(piece("a", 1, 2), 0)

    assert said(memory.take(piece("b", 2, 2), 0)) == ["ab"]
    again = Memory.opened(memory.cursor())
    assert again.take(piece("b", 2, 2), 1) == []
    assert again.overdue(1 + HOLD_S) == []
    assert again.take(piece("a", 1, 2), 2 + HOLD_S) == []
    assert said(again.take(piece("b", 2, 2), 2 + HOLD_S)) == ["ab"]


def test_texts_of_different_numbers_do_not_mix() -> None:
    memory = Memory()

    ready = [
        memory.take(one, 0) for one in (piece("a", 1, 2), piece("c", 1, 2, 2), piece("d", 2, 2, 2), piece("b", 2, 2))
    ]

    assert [said(one) for one in ready] == [[], [], ["cd"], ["ab"]]


def test_a_text_waits_only_so_long_and_is_shown_with_its_gap() -> None:
    memory = Memory()
    memory.take(piece("a", 1, 2), 100)

    assert memory.next_due_s(100) == HOLD_S
    assert memory.overdue(100 + HOLD_S - 1) == []
    assert said(memory.overdue(100 + HOLD_S)) == ["a[…]"]
    assert memory.next_due_s(500) is None


def test_another_text_under_a_number_that_wrapped_begins_anew() -> None:
    memory = Memory()
    memory.take(piece("a", 1, 2), 0)

    assert said(memory.take(piece("x", 1, 2), 1)) == ["a[…]"]
    assert said(memory.take(piece("y", 2, 2), 2)) == ["xy"]


def test_nobody_can_fill_the_memory() -> None:
    memory = Memory()

    ready = [memory.take(piece("a", 1, 255, number), 0) for number in range(memories.MOST_WAITING + 10)]

    assert len(memory.kept.waiting) == memories.MOST_WAITING
    assert sum(map(len, ready)) == 10


def test_parts_and_numbers_outlive_the_connection() -> None:
    first = Memory()
    first.take(piece("a", 1, 2), 0)
    assert [first.next_number("49170"), first.next_number("49170"), first.next_number("49171")] == [1, 2, 1]

    second = Memory.opened(first.cursor())

    assert said(second.take(piece("b", 2, 2), 1)) == ["ab"]
    assert second.next_number("49170") == 3


def test_numbers_are_eight_bits_and_only_so_many_addresses_are_remembered() -> None:
    memory = Memory()
    numbers = [memory.next_number("49170") for _ in range(257)]
    for each in range(memories.MOST_NUMBERS):
        memory.next_number(str(each))

    assert numbers[254:] == [255, 0, 1]
    assert len(memory.kept.numbers) == memories.MOST_NUMBERS


def test_what_was_stored_before_its_answer_was_lost_is_known_again_once() -> None:
    first = Memory()
    first.take(HELLO, 0)
    first.answered(HELLO, 0)
    second = Memory.opened(first.cursor())

    assert second.came_before(pdu(text("Hello"), 77), 5)
    assert not second.came_before(HELLO, 5)


def test_the_same_word_twice_on_one_connection_is_two_messages() -> None:
    memory = Memory()
    memory.answered(HELLO, 0)

    assert not memory.came_before(HELLO, 1)


def test_an_answer_that_the_carrier_has_read_is_in_doubt_no_more() -> None:
    first = Memory()
    first.answered(HELLO, 0)
    first.answered(pdu(text("Bye")), 0)

    assert first.is_sure(1)
    second = Memory.opened(first.cursor())
    assert not second.came_before(HELLO, 1)
    assert second.came_before(pdu(text("Bye")), 1)
    assert first.is_sure(2)
    assert not first.is_sure(2)


def test_a_doubt_ends_after_a_while() -> None:
    first = Memory()
    first.answered(HELLO, 0)

    assert not Memory.opened(first.cursor()).came_before(HELLO, DOUBT_S)


def test_what_was_stored_after_the_carrier_was_sent_away_is_known_when_it_comes_again() -> None:
    memory = Memory()
    memory.answered(HELLO, 0)
    memory.was_refused(HELLO, 1)

    assert memory.came_before(HELLO, 2)
    assert not memory.came_before(HELLO, 3)


def test_a_text_told_again_after_a_crash_has_the_same_id() -> None:
    first = Memory()
    first.take(piece("a", 1, 2), 100)
    stored = first.cursor()

    assert first.overdue(400)[0].id == Memory.opened(stored).overdue(500)[0].id


@given(st.text(max_size=60))
def test_any_place_to_go_on_from_is_read(cursor: str) -> None:
    Memory.opened(cursor)


@given(st.lists(st.binary(max_size=40), max_size=8))
def test_any_octets_are_handed_on_or_wait(bodies: list[bytes]) -> None:
    memory = Memory()
    ready = [one for body in bodies for one in memory.take(Pdu(5, body=body), 0)]

    assert sum(len(one.pdus) for one in ready) + sum(len(one.pdus) for one in memory.kept.waiting) <= len(bodies)
