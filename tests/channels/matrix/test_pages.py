"""What the HTML beside a text adds to it, and live locations."""

import pytest

from mim_desk.channels.base import IncomingMessage
from mim_desk.channels.matrix.pages import whole
from mim_desk.domain.message import MessageType
from tests.channels.matrix.test_events import BRAND, event, read

LINK = '<a href="https://x.example/1?a=1&amp;b=2">here</a>'


def html(body: str, page: str) -> dict[str, str]:
    return {"msgtype": "m.text", "body": body, "format": "org.matrix.custom.html", "formatted_body": page}


@pytest.mark.parametrize(
    ("body", "page", "text"),
    [
        ("See here", f"See {LINK}", "See here\n<https://x.example/1?a=1&b=2>"),
        ("See [here](https://x.example/1?a=1&b=2)", f"See {LINK}", "See [here](https://x.example/1?a=1&b=2)"),
        ("write a@b.example", '<a href="mailto:a@b.example">write</a>', "write a@b.example"),
        ("Mia", '<a href="https://matrix.to/#/@mia:example.test">Mia</a>', "Mia"),
        ("Go", '<a href="javascript:alert(1)">Go</a>', "Go"),
        ("Yes", f"<mx-reply><blockquote>{LINK}</blockquote></mx-reply>Yes", "Yes"),
        ("", "<p>Hello <b>you</b></p><p>1 &lt; 2</p>", "Hello you\n1 < 2"),
        ("", f"<ul><li>One</li><li>{LINK}</li></ul>", "One\nhere\n<https://x.example/1?a=1&b=2>"),
        ("Hi", "<![broken <a href=", "Hi"),
    ],
    ids=["a link", "told", "an address", "a person", "a script", "a quote", "no text", "a list", "broken"],
)
def test_a_page_adds_what_its_text_does_not_say(body: str, page: str, text: str):
    (found,) = read(event(html(body, page)))

    assert isinstance(found, IncomingMessage)
    assert (found.type, found.text) == (MessageType.TEXT, text)


@pytest.mark.parametrize("piece", ["<a ", '<a href="', "<mx-reply>", "<!--", "<a href='x' ", "&"])
def test_a_page_that_wishes_us_ill_is_read(piece: str):
    assert whole("Hi", piece * (65_536 // len(piece))).startswith("Hi")


def test_where_somebody_is_for_a_while_is_told_and_its_end_is_not():
    live = {"description": "On my way", "live": True, "timeout": 60_000}

    (found,) = read(event(live, "org.matrix.msc3672.beacon_info", state_key="@mia:example.test"))
    assert isinstance(found, IncomingMessage)
    assert (found.type, found.text, found.details["kind"]) == (MessageType.UNSUPPORTED, "On my way", "location")
    for told in ({**live, "live": False}, {"live": "yes"}, {}):
        assert read(event(told, "m.beacon_info", state_key="@mia:example.test")) == ()
    assert read(event(live, "m.beacon_info", sender=BRAND, state_key=BRAND)) == ()
