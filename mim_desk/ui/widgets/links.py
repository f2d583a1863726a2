"""Addresses in texts: found, judged and opened in one place only.

Only http, https, mailto and tel leave the desk; an address that may not be what it seems asks first.
"""

import re
import unicodedata
from dataclasses import dataclass
from typing import Final
from urllib.parse import SplitResult, urlsplit

from PySide6.QtCore import QUrl
from PySide6.QtGui import QDesktopServices
from PySide6.QtWidgets import QDialog, QDialogButtonBox, QVBoxLayout, QWidget

from mim_desk.ui.texts import PlainLabel, tr

SCHEMES: Final = ("http", "https", "mailto", "tel")
_FOUND: Final = re.compile(
    r"(?:https?://|www\.(?=\w))[^\s<>\"\u2066-\u2069\u202a-\u202e]{2,2000}"
    r"|mailto:[^\s<>\"]{3,300}|tel:\+?[\d().-]{3,30}"
    r"|(?<![\w.+-])[\w.+-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63}){1,8}",
    re.IGNORECASE,
)
_TRAILING: Final = ".,;:!?'\u2019\u201d\u3002\uff0c\uff01\uff1f\u3001*_~"
_LOOK_LATIN: Final = frozenset("асеорхуіјѕԁһӏԛԝвкмнтгαεικνορτυχ")
_LONGEST_SHOWN: Final = 300


@dataclass(frozen=True, slots=True)
class Link:
    """A part of a text that is an address; positions are Python's."""

    start: int
    end: int
    address: str


def find_links(text: str) -> list[Link]:
    """The addresses in a text, in order."""
    if "." not in text and ":" not in text:
        return []
    return [_trimmed(text, match) for match in _FOUND.finditer(text)]


def _trimmed(text: str, match: re.Match[str]) -> Link:
    found = match[0].rstrip(_TRAILING)
    while found.endswith(")") and found.count(")") > found.count("("):
        found = found[:-1].rstrip(_TRAILING)
    return Link(match.start(), match.start() + len(found), _address(found))


def _address(found: str) -> str:
    lower = found.lower()
    if lower.startswith("www."):
        return f"https://{found}"
    if "@" in found and "/" not in found and not lower.startswith("mailto:"):
        return f"mailto:{found}"
    return found


def allowed(address: str) -> bool:
    """Whether an address is of a kind that may leave the desk at all."""
    return address.partition(":")[0].lower() in SCHEMES


def doubt(address: str) -> str:
    """Why an address may not be what it seems; empty when nothing speaks against it."""
    if address.partition(":")[0].lower() not in ("http", "https"):
        return ""
    try:
        parts = urlsplit(address)
        host = parts.hostname or ""
        parts.port  # noqa: B018 - raises for a port that is none
    except ValueError:
        return tr("links", "The address is not well formed.")
    return _doubt_of(parts, host)


def _doubt_of(parts: SplitResult, host: str) -> str:
    if parts.username is not None:
        return tr("links", "The part before @ hides the real host.")
    if any(_looks_like_another(label) for label in host.split(".")):
        return tr("links", "The host uses letters that look like others.")
    if re.fullmatch(r"[\d.]+|0x[\da-f.x]+|.*:.*", host):
        return tr("links", "The host is a bare number.")
    return ""


def _looks_like_another(label: str) -> bool:
    if label.isascii():
        return label.startswith("xn--")
    scripts = {_script(char) for char in label if char.isalpha()}
    east_asian = scripts <= {"LATIN", "CJK", "HIRAGANA", "KATAKANA", "HANGUL"}
    if len(scripts) > 1:
        return not east_asian
    return all(char in _LOOK_LATIN for char in label if char.isalpha())


def _script(char: str) -> str:
    return unicodedata.name(char, "UNKNOWN").split(" ", 1)[0]


def plain_host(address: str) -> str:
    """The host as the network sees it, in ASCII."""
    host = urlsplit(address).hostname or ""
    try:
        return host.encode("idna").decode("ascii")
    except UnicodeError:
        return host.encode("ascii", "backslashreplace").decode("ascii")


def open_link(address: str, parent: QWidget) -> None:
    """Open an address in the system's own program; asks first when in doubt, drops other kinds."""
    if not allowed(address):
        return
    why = doubt(address)
    if not why:
        QDesktopServices.openUrl(QUrl(address))
        return
    question = LinkQuestion(address, why, parent)
    question.accepted.connect(lambda: QDesktopServices.openUrl(QUrl(address)))
    question.open()


class LinkQuestion(QDialog):
    """Asks before a doubtful address is opened; shows its host as the network sees it."""

    def __init__(self, address: str, why: str, parent: QWidget) -> None:
        super().__init__(parent)
        self.setObjectName("link_question")
        self.setWindowTitle(tr("links", "Open this link?"))
        buttons = QDialogButtonBox(self)
        buttons.addButton(tr("links", "Open"), QDialogButtonBox.ButtonRole.AcceptRole)
        buttons.addButton(tr("links", "Leave it"), QDialogButtonBox.ButtonRole.RejectRole).setDefault(True)
        buttons.accepted.connect(self.accept)
        buttons.rejected.connect(self.reject)
        self.finished.connect(self.deleteLater)
        column = QVBoxLayout(self)
        for text in (why, _host_line(address), address[:_LONGEST_SHOWN]):
            label = PlainLabel(text, self)
            label.setWordWrap(True)
            column.addWidget(label)
        column.addWidget(buttons)


def _host_line(address: str) -> str:
    try:
        host = plain_host(address)
    except ValueError:
        host = "?"
    return tr("links", "It leads to {host}").format(host=host)
