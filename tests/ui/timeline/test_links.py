"""Addresses: found, judged, opened in one place."""

import pytest
from PySide6.QtGui import QDesktopServices
from PySide6.QtWidgets import QWidget

from mim_desk.ui.widgets import links
from mim_desk.ui.widgets.links import LinkQuestion, doubt, find_links, open_link, plain_host


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("see https://example.com/a?b=1.", ["https://example.com/a?b=1"]),
        ("(https://en.wikipedia.org/wiki/Qt_(software))", ["https://en.wikipedia.org/wiki/Qt_(software)"]),
        ("www.example.com, please", ["https://www.example.com"]),
        ("mail me@example.org now", ["mailto:me@example.org"]),
        ("tel:+4670555", ["tel:+4670555"]),
        ("javascript:alert(1) file:///etc/passwd smb://host/x data:text/html,x", []),
        ("请看https://example.com/页。谢谢", ["https://example.com/页。谢谢"]),
        ("a.b.c 1.2.3", []),
        ("x" * 3000 + ".", []),
    ],
)
def test_addresses_are_found(text: str, found: list[str]) -> None:
    assert [link.address for link in find_links(text)] == found


@pytest.mark.parametrize(
    "address",
    [
        "https://google.com@evil.example/",
        "https://аррӏе.com",
        "https://exаmple.com",
        "https://xn--80ak6aa92e.com",
        "http://2130706433/",
        "http://0x7f.1/",
        "https://example.com:port/",
    ],
)
def test_a_doubtful_address_says_why(address: str) -> None:
    assert doubt(address)


@pytest.mark.parametrize("address", ["https://example.com/a", "https://例え.jp", "https://münchen.de", "mailto:a@b.c"])
def test_a_plain_address_is_not_doubted(address: str) -> None:
    assert doubt(address) == ""


def test_the_host_is_shown_as_the_network_sees_it() -> None:
    assert plain_host("https://аррӏе.com/x").startswith("xn--")


@pytest.fixture
def opened(monkeypatch) -> list[str]:
    """What the system was asked to open."""
    asked: list[str] = []
    monkeypatch.setattr(QDesktopServices, "openUrl", lambda url: asked.append(url.toString()))
    return asked


def test_other_kinds_of_addresses_never_leave(qtbot, opened: list[str]) -> None:
    parent = QWidget()
    qtbot.addWidget(parent)

    for address in ("file:///etc/passwd", "javascript:alert(1)", "smb://host/share", "ms-word:ofe|u|x", ""):
        open_link(address, parent)

    assert opened == []


def test_a_plain_address_opens_at_once(qtbot, opened: list[str]) -> None:
    parent = QWidget()
    qtbot.addWidget(parent)

    open_link("https://example.com/a", parent)

    assert opened == ["https://example.com/a"]


@pytest.mark.qt_log_ignore("propagateSizeHints")
def test_a_doubtful_address_asks_first(qtbot, opened: list[str]) -> None:
    parent = QWidget()
    qtbot.addWidget(parent)

    open_link("https://google.com@evil.example/", parent)
    question = parent.findChild(LinkQuestion)
    assert question is not None
    assert opened == []
    question.accept()

    assert opened == ["https://google.com@evil.example/"]
    assert links.SCHEMES == ("http", "https", "mailto", "tel")
