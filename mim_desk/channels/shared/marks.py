"""What the marks of a reply mean, as channels with an HTML of their own are told it."""

import html
from collections.abc import Callable
from typing import Final

from mim_desk.domain.formatting import Formatted, Formatting, Style, pieces, read

_TAGS: Final = {Style.BOLD: "strong", Style.ITALIC: "em", Style.STRUCK: "del", Style.CODE: "code"}


def without_marks(text: str) -> Formatted:
    """The text and its spans where the adapter tells the channel what the marks meant."""
    return read(text, Formatting.TRANSLATED)


def html_of(formatted: Formatted, written: Callable[[str], str] = html.escape) -> str:
    """As HTML; ``written`` makes HTML of a stretch of plain text."""
    told = []
    for text, styles in pieces(formatted):
        tags = [tag for style, tag in _TAGS.items() if style in styles]
        before, after = "".join(f"<{tag}>" for tag in tags), "".join(f"</{tag}>" for tag in reversed(tags))
        told.append(f"{before}{written(text)}{after}")
    return "".join(told)
