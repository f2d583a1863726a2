"""HTML to text: what a mail shows, in lines; links with where they truly lead, nothing loaded, nothing run."""

import html
import re
from collections.abc import Iterator
from typing import Final
from urllib.parse import urlsplit

from mim_desk.channels.email.quoting import MARK

MOST_CHARACTERS: Final = 2_500_000
"""A whole newsletter with its tables in tables."""
MOST_DEPTH: Final = 6
LONGEST_TAG: Final = 4_000
_BLOCKS: Final = {"p", "div", "ul", "ol", "table", "tr", "h1", "h2", "h3", "h4", "h5", "h6", "pre", "blockquote", "hr"}
_SPACED: Final = {"p", "ul", "ol", "table", "h1", "h2", "h3", "h4", "h5", "h6", "pre", "blockquote"}
_UNSHOWN: Final = {
    *("script", "style", "title", "noscript", "template", "object", "svg", "math", "iframe", "textarea", "select"),
}
"""What stands inside of these is skipped, whatever it is."""
_QUOTES_BEGIN: Final = {"divrplyfwdmsg", "appendonsend", "mail-editor-reference-message-container", "x_divrplyfwdmsg"}
_INTRODUCE: Final = {"gmail_quote", "gmail_attr", "moz-cite-prefix", "yahoo_quoted", "protonmail_quote"}
_SPACE: Final = re.compile(r"[ \t\r\n\f\u00a0\u200b]+")
_MARKUP: Final = re.compile(
    r"""<!--.*?(?:-->|\Z)|<[!?][^>]*>?"""
    r"""|<(/?)([a-zA-Z][a-zA-Z0-9:-]{0,40}+)((?:[^<>"']++|"[^"]*+"|'[^']*+'){0,500}+)>""",
    re.DOTALL,
)
"""A comment, a declaration or a tag; attributes may be long, as some pictures stand in theirs whole."""
_LAYOUT: Final = re.compile(
    r"""(?:</?(?:table|tbody|thead|tfoot|tr|td|th|font|span|center)(?:\s[^<>"']*(?:"[^"<>]{0,500}"[^<>"']*){0,20})?>\s*){2,}""",
    re.IGNORECASE,
)
"""Tags of tables with nothing between them; some mails have hundreds of thousands."""
_APART: Final = re.compile(r">\s")
_ROWS: Final = re.compile(r"<(/?)(table|tr|t[dh])\b", re.IGNORECASE)
_ATTRIBUTE: Final = re.compile(
    r"""\b(href|id|alt|class|name)\s{0,9}=\s{0,9}(?:"([^"]{0,8000})"|'([^']{0,8000})'|([^\s"'<>]{1,8000}))""",
    re.IGNORECASE,
)
_ENTITY: Final = re.compile(r"&(?:#[0-9]{1,7}|#[xX][0-9a-fA-F]{1,6}|[a-zA-Z][a-zA-Z0-9]{1,30});?")

Token = tuple[str, str, str]
"""Kind (``text``, ``open`` or ``close``), text or the tag's name, and the tag's attributes as written."""


def text_of(source: str) -> str:
    """The text of an HTML body; what quotes another mail begins with ``>``, as in plain text."""
    reader = _Reader()
    whole = source if len(source) <= MOST_CHARACTERS else _whole_tags(source[:MOST_CHARACTERS])
    for kind, told, attributes in _tokens(_LAYOUT.sub(_shortened, whole)):
        match kind:
            case "text":
                reader.data(_unescaped(told))
            case "open":
                reader.opened(told, attributes)
            case _:
                reader.closed(told)
    return reader.text()


def _whole_tags(source: str) -> str:
    """Without a tag that was cut off at the end."""
    begins = source.rfind("<", -LONGEST_TAG)
    return source[:begins] if begins > source.rfind(">") and source[begins + 1 : begins + 2].isalpha() else source


def _shortened(tags: re.Match[str]) -> str:
    """What tags of tables without words between them come to in lines: a new table, a new row or a new cell."""
    found = {one[2].lower() for one in _ROWS.finditer(tags[0])}
    if not found:
        return " " if _APART.search(tags[0]) else ""
    return next((f"<{one}>" for one in ("table", "tr") if one in found), "<td>")


def _tokens(source: str) -> Iterator[Token]:
    """One pass: every character is looked at a bounded number of times, whatever is left open."""
    lowered = source.lower()
    at = 0
    while (found := _MARKUP.search(source, at)) is not None:
        if found.start() > at:
            yield "text", source[at : found.start()], ""
        at = found.end()
        name = (found[2] or "").lower()
        if name:
            yield ("close" if found[1] else "open"), name, found[3]
        if name in _UNSHOWN and not found[1] and not found[3].endswith("/"):
            end = lowered.find(f"</{name}", at)
            at = len(source) if end < 0 else end
    if at < len(source):
        yield "text", source[at:], ""


def _unescaped(told: str) -> str:
    return _ENTITY.sub(lambda found: html.unescape(found[0]), told) if "&" in told else told


def _attributes(told: str) -> dict[str, str]:
    found = _ATTRIBUTE.finditer(told)
    return {one[1].lower(): _unescaped(one[2] or one[3] or one[4] or "").strip() for one in found} if told else {}


class _Reader:
    """Collects lines; nesting is counted, never recursed into."""

    def __init__(self) -> None:
        self._lines: list[str] = []
        self._line: list[str] = []
        self._depth = 0
        self._pre = 0
        self._links: list[tuple[str, str]] = []

    def text(self) -> str:
        """What was read."""
        self._break()
        lines = [line if line == MARK else line.rstrip() for line in self._lines]
        return re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip("\n")

    def opened(self, tag: str, attributes: str) -> None:
        """A tag begins."""
        told = _attributes(attributes) if tag in ("a", "img", "div", "hr") else {}
        if tag == "br":
            self._break(always=True)
        elif tag == "li":
            self._break()
            self._line.append("• ")
        elif tag in ("td", "th"):
            self._line += [" "] if self._line else []
        elif tag == "a":
            self._links.append((told.get("href", ""), ""))
            del self._links[:-20]
        elif tag == "img":
            self._add(f"[{told['alt']}]" if told.get("alt", "").strip() else "")
        elif tag in _BLOCKS:
            self._begin_block(tag, told)

    def _begin_block(self, tag: str, told: dict[str, str]) -> None:
        self._break()
        if tag in _SPACED:
            self._space()
        if tag == "pre":
            self._pre += 1
        elif tag == "blockquote":
            self._depth = min(self._depth + 1, MOST_DEPTH)
        elif tag == "hr":
            self._lines.append(f"{self._prefix()}———")
        classes = told.get("class", "").lower().split()
        if any(one in _INTRODUCE or one.endswith("yahoo_quoted") for one in classes):
            self._space()
        if told.get("id", "").lower() in _QUOTES_BEGIN or told.get("name", "").lower() == "quote":
            self._lines.append(MARK)

    def closed(self, tag: str) -> None:
        """A tag ends."""
        if tag == "a" and self._links:
            self._end_link(*self._links.pop())
        elif tag in _BLOCKS or tag == "li":
            self._break()
            if tag == "pre":
                self._pre = max(self._pre - 1, 0)
            elif tag == "blockquote":
                self._depth = max(self._depth - 1, 0)
            if tag in _SPACED:
                self._space()

    def data(self, data: str) -> None:
        """Text between tags."""
        if self._pre:
            first, *more = data.split("\n")
            self._add(first)
            for line in more:
                self._break(always=True)
                self._add(line)
            return
        told = _SPACE.sub(" ", data)
        self._add(told.lstrip() if not self._line else told)

    def _add(self, told: str) -> None:
        self._line.append(told)
        if self._links:
            href, label = self._links[-1]
            self._links[-1] = (href, (label + told)[:2000])

    def _end_link(self, href: str, label: str) -> None:
        """Say where a link leads wherever its words do not."""
        address = href.strip()
        plain = address.removeprefix("mailto:").removeprefix("tel:")
        if address.startswith("cid:") or not _leads_somewhere(address) or plain in label:
            return
        self._line.append(f" <{plain}>" if label.strip() else plain)

    def _prefix(self) -> str:
        return "> " * self._depth

    def _break(self, *, always: bool = False) -> None:
        line = "".join(self._line)
        self._line.clear()
        if line.strip() or always:
            self._lines.append(self._prefix() + line)

    def _space(self) -> None:
        if self._lines and self._lines[-1].strip("> "):
            self._lines.append(self._prefix().rstrip() if self._depth else "")


def _leads_somewhere(address: str) -> bool:
    try:
        told = urlsplit(address)
    except ValueError:
        return False
    return bool(told.netloc) or told.scheme in ("mailto", "tel")
