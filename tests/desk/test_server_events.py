"""Server-sent events come out of the bytes whole, however the network cut them."""

import pytest

from mim_desk.desk.server_events import EventParser, ServerEvent

STREAM = (
    b"event: hello\ndata: {}\n\n"
    b": nothing happens\n\n"
    b'id: 7\nevent: message\ndata: {"text": "\xe9\x80\x80\xe6\xac\xbe, a\\nb \xe2\x80\xa8"}\n\n'
    b"id:8\nevent:contact\ndata:first\ndata: second\nretry: 10\n\n"
)
EVENTS = [
    ServerEvent(b"", "hello", b"{}"),
    ServerEvent(b"7", "message", b'{"text": "\xe9\x80\x80\xe6\xac\xbe, a\\nb \xe2\x80\xa8"}'),
    ServerEvent(b"8", "contact", b"first\nsecond"),
]


def parsed(chunks: list[bytes]) -> list[ServerEvent]:
    parser = EventParser()
    return [event for chunk in chunks for event in parser.events(chunk)]


@pytest.mark.parametrize("ending", [b"\n", b"\r\n", b"\r"], ids=["lf", "crlf", "cr"])
@pytest.mark.parametrize("size", [1, 2, 3, 7, 64, 10_000])
def test_events_are_the_same_in_pieces_of_every_size_and_with_every_line_end(size: int, ending: bytes) -> None:
    stream = STREAM.replace(b"\n", ending) + ending  # what follows shows that a carriage return stood alone

    assert parsed([stream[at : at + size] for at in range(0, len(stream), size)]) == EVENTS


def test_what_has_not_ended_is_no_event() -> None:
    parser = EventParser()

    assert parser.events(STREAM[:-1]) == EVENTS[:2]
    assert parser.events(b"\n") == EVENTS[2:]


def test_a_comment_between_events_is_none() -> None:
    assert parsed([b": beat\n\n\n\n: beat\n\nevent: typing\ndata: {}\n\n"]) == [ServerEvent(b"", "typing", b"{}")]
