"""The HTML beside a message's text: only what the text does not say, which is where links lead.

https://spec.matrix.org/latest/client-server-api/#mroommessage-msgtypes
"""

import html
import re
from typing import Final

FORMAT: Final = "org.matrix.custom.html"
LONGEST: Final = 65_536
MOST_LINKS: Final = 20
_TAG: Final = re.compile(
    r"""<(/?)([a-zA-Z][a-zA-Z0-9-]{0,20}+)((?:[^<>"']++|"[^"<>]{0,4000}+"|'[^'<>]{0,4000}+'){0,100}+)>"""
)
_HREF: Final = re.compile(r"""\bhref\s{0,9}=\s{0,9}["']?((?:https?://|mailto:|tel:)[^\s"'<>]{1,2000})""", re.IGNORECASE)
_PEOPLE: Final = "https://matrix.to/"
_BREAKS: Final = ("br", "p", "div", "li", "tr", "h1", "h2", "h3", "h4", "h5", "h6", "blockquote", "pre")


def whole(body: str, page: str) -> str:
    """The text, with the links that only the page has; the page's words where there is no text."""
    page = _unquoted(page[:LONGEST])
    text = body if body.strip() else _words(page)
    links = [
        html.unescape(found) for tag in _TAG.finditer(page) if tag[2].lower() == "a" for found in _HREF.findall(tag[3])
    ]
    missing = [one for one in dict.fromkeys(links) if not one.startswith(_PEOPLE) and _told(one) not in text]
    return "\n".join([text, *(f"<{one}>" for one in missing[:MOST_LINKS])])


def _unquoted(page: str) -> str:
    """Without the message that it answers, which older programs repeat."""
    before, mark, rest = page.partition("<mx-reply>")
    return before + rest.partition("</mx-reply>")[2] if mark else page


def _words(page: str) -> str:
    broken = _TAG.sub(lambda tag: "\n" if tag[2].lower() in _BREAKS else "", page)
    lines = (" ".join(line.split()) for line in html.unescape(broken).split("\n"))
    return "\n".join(line for line in lines if line)


def _told(link: str) -> str:
    """How a text says it."""
    return link.removeprefix("mailto:").removeprefix("tel:")
