"""A channel's set-up guide as plain labels: our own Markdown, told line by line and never as markup."""

import re
from typing import Final

from PySide6.QtWidgets import QVBoxLayout, QWidget

from mim_desk.ui.theme import Theme
from mim_desk.ui.widgets.paragraph import Paragraph

_LINK: Final = re.compile(r"\[([^]]+)\]\(([^)]+)\)")
_MARKS: Final = re.compile(r"\*\*|`|(?<!\w)\*(?=\S)|(?<=\S)\*(?!\w)")
_ITEM: Final = re.compile(r"(?:[-*]|\d+\.) ")
_MARK: Final = re.compile(r"(?:\u2022|\d+\.) ")
_RULE: Final = re.compile(r"\|?[\s:|-]+\|?")


def guide_lines(markdown: str) -> list[tuple[str, str]]:
    """Type role and words of each paragraph; tables become lines, links are followed by their address."""
    found: list[tuple[str, str]] = []
    is_open = False
    for raw in markdown.splitlines():
        line = raw.strip()
        if line.startswith("#"):
            found.append(("body-strong", _words(line.lstrip("# "))))
            is_open = False
        elif not line or line.startswith("```"):
            is_open = False
        elif line.startswith("|"):
            if not _RULE.fullmatch(line):
                found.append(("body", _words(" \u2013 ".join(cell.strip() for cell in line.strip("|").split("|")))))
            is_open = False
        elif _ITEM.match(line):
            found.append(("body", _words(f"\u2022 {line[2:]}" if line[0] in "-*" else line)))
            is_open = True
        elif is_open:
            found[-1] = (found[-1][0], f"{found[-1][1]} {_words(line)}")
        else:
            found.append(("body", _words(line)))
            is_open = True
    return found[1:] if found and found[0][0] == "body-strong" else found


def _words(line: str) -> str:
    return _MARKS.sub("", _LINK.sub(lambda match: f"{match[1]} ({match[2]})", line))


def guide_page(theme: Theme, markdown: str) -> QWidget:
    """The same as labels below each other."""
    page = QWidget()
    column = QVBoxLayout(page)
    column.setContentsMargins(0, 0, 0, 0)
    column.setSpacing(theme.space(2))
    for role, words in guide_lines(markdown):
        if role == "body-strong":
            column.addSpacing(theme.space(2))
        shown = Paragraph(theme, words, role)
        shown.setObjectName("" if role == "body-strong" else "secondary")
        mark = _MARK.match(words)
        shown.hang(mark[0] if mark is not None else "")
        column.addWidget(shown)
    return page
